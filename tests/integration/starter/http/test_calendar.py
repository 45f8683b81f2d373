"""The calendar of an owner for calendar programs: its link, and the feed behind it."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from tests.support.rigs.api import PUBLIC

if TYPE_CHECKING:
    from tests.support.rigs.api import ApiRig


@pytest.fixture
async def planned(api: ApiRig) -> None:
    """Seven people get `hello` on one day, two get `again` the day after: all of dana, but for one of eli."""
    await api.execute("INSERT INTO owner (id) VALUES ('dana'), ('eli')")
    await api.execute("INSERT INTO sequence_version VALUES ('one', 1, '{}', '{}', 'x', $1)", api.now)
    tomorrow = (api.now + timedelta(days=1)).replace(hour=9, minute=0, second=0, microsecond=0)
    for number in range(9):
        person, run = f"p{number}", f"e{number}aaaaaaaaaa"
        await api.person(person, first_name=f"Ana{number}", last_name="Example, Jr")
        await api.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) VALUES ($1, $1, 'one', 1, 'person', $2, $2, $3, 'hand', 'active', $4)",
            run,
            person,
            "eli" if number == 8 else "dana",
            api.now,
        )
        await api.execute(
            "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, timezone, moved_by) "
            "VALUES ($1, $2, 0, 'planned', $3, 'Europe/London', '{}')",
            run,
            "hello" if number < 7 else "again",
            tomorrow + timedelta(days=number // 7, minutes=number),
        )


async def test_the_feed_is_read_conditionally_and_ends_when_it_is_revoked(api: ApiRig, planned: None) -> None:
    made = (await api.ask("POST", "/owners/dana/calendar-link")).json()
    assert (await api.ask("POST", "/owners/dana/calendar-link")).json() == made
    path = made["link"].removeprefix(PUBLIC)
    answer = await api.http.get(path)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "text/calendar; charset=utf-8"
    assert answer.text.count("BEGIN:VEVENT") == 2
    assert "SUMMARY:hello: 7 people (one)" in answer.text
    assert "SUMMARY:again: Ana7 Example\\, Jr (one)" in answer.text
    assert "UID:e7aaaaaaaaaa.again@relance" in answer.text
    assert not [word for word in ("@client", "Ana8", "dana") if word in answer.text]
    again = await api.http.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    await api.execute("UPDATE enrollment_step SET due_at = due_at + interval '1 hour' WHERE step = 'again'")
    moved = await api.http.get(path, headers={"If-None-Match": answer.headers["etag"]})
    assert moved.status_code == 200
    assert (await api.ask("POST", "/owners/dana/calendar-link/revoke")).json() == {"owner": "dana", "link": None}
    assert (await api.http.get(path)).status_code == 404
    assert (await api.http.get("/calendar/knonsense.ics")).status_code == 404
    assert (await api.ask("POST", "/owners/dana/calendar-link")).json()["link"] != made["link"]
    assert (await api.ask("POST", "/owners/nobody/calendar-link")).status_code == 404
    assert (await api.ask("POST", "/owners/eli/calendar-link/revoke")).status_code == 409
