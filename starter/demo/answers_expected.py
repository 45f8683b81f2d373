"""The two questions of a recruiter: who replied and what was done about it, and which step works."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from adapters.postgres import queries
from starter.demo.registration import REGISTRATION
from starter.demo.story import BUSINESS

if TYPE_CHECKING:
    from starter.demo.expectations import Checking


async def check_answers(checking: Checking) -> None:
    """Both are answered by one request each."""
    await _replies(checking)
    await _statistics(checking)


async def _replies(checking: Checking) -> None:
    replies = (await checking.world.get("/replies"))["items"]
    found = {reply["person_id"]: reply for reply in replies}
    followed = [each["what"] for each in found["ada"]["followed"]] if "ada" in found else []
    checking.expect(
        "Replies: three, with what was done about Ada's",
        "HTTP",
        len(replies) == len(found) == 3 and found.keys() == {"ada", "ben", "eve"} and len(followed) >= 3,
        (sorted(found), followed),
    )


async def _statistics(checking: Checking) -> None:
    rows = (await checking.world.get("/stats"))["rows"]
    people = {row["sequence"]: row["people"] for row in rows}.get(BUSINESS, {})
    wanted = {"entered": 4, "sent": 4, "replied": 2, "clicked": 1, "opted_out": 1, "finished": 1, "in_it_now": 0}
    found = {name: people.get(name) for name in wanted}
    checking.expect("Statistics: of four, two replied and one clicked", "HTTP", found == wanted, found)
    rows = (await checking.world.get("/stats", sequence=REGISTRATION, by="variant"))["rows"]
    sent = {row["variant"]: row["people"]["sent"] for row in rows if row["variant"] and row["step"] == "invite"}
    runs = [checking.story.runs[person].enrollment for person in ("hana", "ivo")]
    got = Counter([(await checking.world.ask(queries.sends_of, enrollment_id=run))[0].variant for run in runs])
    # Both may have got the same one: which, depends on the ids of their runs.
    checking.expect("Statistics: each variant has its people", "HTTP", sent == got, (sent, dict(got)))
