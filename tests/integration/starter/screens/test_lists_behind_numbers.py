"""Numbers of pages lead to lists that are as long as they say."""

from __future__ import annotations

import re

import pytest

from sequences.access.role import PeopleVisible, Role
from services.reading.health import StackHealth
from starter.console.app import PATH
from starter.console.screens import health
from tests.support.screens.html import parse, text_of
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.world import dead_follow_up, pause_by_hold, plan

OUT_OF_SIGHT = "You see only the people whom you may see here."


async def linked(console: ConsoleRig, page: str, part: str) -> dict[str, int]:
    """The links of a page whose address has ``part``, with the number that each says."""
    root = parse(await console.page(page))
    return {
        link.get("href").removeprefix(PATH): int(re.sub(r"\D.*", "", text_of(link).replace(",", "")))
        for link in root.xpath(f"//main//a[contains(@href, '{part}')]")
    }


async def listed(console: ConsoleRig, path: str) -> list[str]:
    """Whom all pages of a list name."""
    found: list[str] = []
    following = path
    while following:
        root = parse(await console.page(following))
        found += [text_of(cell) for cell in root.xpath("//main//tbody/tr/th")]
        following = next(iter(root.xpath("//a[@rel='next']/@href")), "").removeprefix(PATH)
    return found


@pytest.fixture(autouse=True)
def short_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    for each in ("mailbox_messages", "mailbox_runs", "given_up", "hold", "next_steps", "rule_people"):
        monkeypatch.setattr(f"services.console.{each}.PAGE", 2)


async def test_what_came_back_of_a_mailbox(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for person in ("p1", "p2", "p3", "p4", "p5"):
        await api.sent(runs[person])
    await api.execute(
        "UPDATE send SET undelivered_at = $2 WHERE enrollment_id = ANY($1)", [runs["p1"], runs["p2"]], api.now
    )
    for person, kind in (("p1", "bounced"), ("p3", "complained"), ("p3", "unsubscribed"), ("p4", "unsubscribed")):
        await api.reaction(f"{person}{kind}", runs[person], kind)
        # The same once more is the same message.
        await api.reaction(f"{person}{kind}-again", runs[person], kind)
    await api.execute("UPDATE reaction r SET send_id = s.id FROM send s WHERE s.enrollment_id = r.enrollment_id")
    numbers = await linked(console, "/deliverability?numbers=1", "/deliverability/messages")
    assert {path.rpartition("what=")[2]: number for path, number in numbers.items()} == {
        "sent": 5,
        "hard": 1,
        "soft": 1,
        "complained": 1,
        "opted_out": 2,
    }
    for path, number in numbers.items():
        assert len(await listed(console, path)) == number, path
    (soft,) = [path for path in numbers if path.endswith("soft")]
    assert await listed(console, soft) == ["Ben Ray"]
    assert "Complained Opted out" in await console.text(next(path for path in numbers if path.endswith("complained")))
    # Who sees only some people sees only these, and is told so.
    console.see(role=Role.RECRUITER, owner_id="o1", people_visible=PeopleVisible.OWN)
    assert await listed(console, soft) == []
    assert OUT_OF_SIGHT in await console.text(soft)


async def test_follow_ups_that_were_given_up(
    console: ConsoleRig, runs: dict[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    api = console.api
    for number, person in enumerate(("p1", "p2", "p4")):
        await dead_follow_up(api, f"f{number}bbbbbbbbbb", runs[person])
    # Of another kind, and so counted too.
    await api.execute("UPDATE follow_up SET kind = 'notify', arguments = '{\"notify\": \"owner\"}' WHERE id LIKE 'f1%'")
    (row,) = await api.fetch("SELECT count(*) AS n FROM follow_up WHERE state = 'dead'")

    async def asked(*_: object) -> StackHealth:
        return StackHealth(False, (), None, unknown=0, dead=row["n"])

    monkeypatch.setattr(health, "health", asked)
    assert await linked(console, "/health", "/follow-ups") == {"/follow-ups": 3}
    assert sorted(await listed(console, "/follow-ups")) == ["Ann Ray", "Ben Ray", "Dan Ray"]
    assert "it hung up" in await console.text("/follow-ups")
    assert "Try again" not in await console.text("/follow-ups")
    console.see(role=Role.ADMIN)
    assert "Try again" in await console.text("/follow-ups")
    answer = await console.act("/follow-ups/f0bbbbbbbbbb/retry")
    assert answer.headers["location"] == f"{PATH}/follow-ups?said=follow_up_retried"
    assert sorted(await listed(console, "/follow-ups")) == ["Ben Ray", "Dan Ray"]


async def test_open_runs_of_a_mailbox(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    made = await api.ask("POST", "/mailboxes", json={"address": "own@agency.example", "owner": "o1"})
    mailbox = made.json()["id"]
    bound = [runs[person] for person in ("p1", "p2", "p3", "p4")]
    await api.execute("UPDATE enrollment SET mailbox_id = $2 WHERE id = ANY($1)", bound, mailbox)
    console.see(owner_id="o1")
    # Cleo's run has ended.
    assert await linked(console, f"/mailboxes/{mailbox}", "/runs") == {f"/mailboxes/{mailbox}/runs": 3}
    assert sorted(await listed(console, f"/mailboxes/{mailbox}/runs")) == ["Ann Ray", "Ben Ray", "Dan Ray"]
    assert OUT_OF_SIGHT not in await console.text(f"/mailboxes/{mailbox}/runs")
    console.see(role=Role.RECRUITER, people_visible=PeopleVisible.OWN)
    assert sorted(await listed(console, f"/mailboxes/{mailbox}/runs")) == ["Ann Ray", "Dan Ray"]
    assert OUT_OF_SIGHT in await console.text(f"/mailboxes/{mailbox}/runs")
    # A mailbox of somebody else has no page for them, and so no runs.
    console.see(owner_id="o2")
    assert (await console.http.get(f"{PATH}/mailboxes/{mailbox}/runs")).status_code == 403
    await api.execute("UPDATE enrollment SET state = 'stopped' WHERE id = ANY($1)", bound)
    console.see(owner_id="o1")
    assert await linked(console, f"/mailboxes/{mailbox}", "/runs") == {}
    assert "No open run sends from it." in await console.text(f"/mailboxes/{mailbox}/runs")


async def test_runs_of_holds(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    holds = {"h2345678901": ("sequence", "hello"), "h2345678902": ("owner", "o2"), "h2345678903": ("everything", "")}
    for hold, (scope, key) in holds.items():
        await api.execute(
            "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ($1, $2, $3, 'holidays', $4, 9)",
            hold,
            scope,
            key,
            api.now,
        )
    for person, number in {"p1": 1, "p4": 1, "p5": 1, "p2": 2, "p6": 3}.items():
        await pause_by_hold(api, f"h234567890{number}", runs[person])
    await api.execute("UPDATE enrollment SET state = 'paused' WHERE id = $1", runs["p7"])
    numbers = await linked(console, "/?whose=everyone", "/holds/")
    assert numbers == {"/holds/h2345678901": 3, "/holds/h2345678902": 1, "/holds/h2345678903": 1}
    for path, number in numbers.items():
        assert len(await listed(console, path)) == number, path
    # Somebody paused Gus before: that run is paused, and not by a hold.
    assert sorted(await listed(console, "/holds/h2345678901")) == ["Ann Ray", "Dan Ray", "Eve Ray"]
    assert await linked(console, "/sequences/hello", "/holds/") == {"/holds/h2345678901": 3}
    assert "holidays" in await console.text("/holds/h2345678903")
    console.see(role=Role.RECRUITER, owner_id="o1", people_visible=PeopleVisible.OWN)
    assert await listed(console, "/holds/h2345678902") == []


async def test_steps_of_the_next_24_hours(console: ConsoleRig, runs: dict[str, str]) -> None:
    api = console.api
    for number, person in enumerate(("p1", "p2", "p4", "p5", "p6", "p7")):
        await plan(api, runs[person], 30 if person == "p7" else number + 1)
    await api.execute("UPDATE enrollment SET state = 'paused' WHERE id = ANY($1)", [runs["p4"], runs["p5"]])
    await api.execute(
        "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ('h2345678902', 'owner', 'o2', 'ill', $1, 9)",
        api.now,
    )
    for whose in ("", "?whose=everyone"):
        numbers = await linked(console, f"/{whose}", "/next-steps")
        for path, number in numbers.items():
            assert len(await listed(console, path)) == number, path
    assert await listed(console, "/next-steps?whose=everyone") == ["Ann Ray", "Fay Ray"]
    assert await listed(console, "/next-steps?which=waits&whose=everyone") == ["Ben Ray", "Dan Ray", "Eve Ray"]
    assert "on hold ill" in await console.text("/next-steps?which=waits&whose=everyone")
    # An old page of the list begins again at the present.
    assert await listed(console, "/next-steps?at=2001-01-01T00:00:00Z&whose=everyone") == ["Ann Ray", "Fay Ray"]


@pytest.mark.parametrize("draft", [False, True])
async def test_who_is_left_after_a_condition(console: ConsoleRig, runs: dict[str, str], draft: bool) -> None:
    api = console.api
    await api.publish(
        "ruled",
        auto_enroll={"qualitative": {"person.city": "missing"}, "real": {"person.status": ["Hot"]}},
    )
    await api.execute("UPDATE person SET status = 'Hot' WHERE id <> 'p3'")
    await api.execute("UPDATE person SET city = 'Leeds' WHERE id IN ('p1', 'p2')")
    await api.execute("UPDATE person SET deleted_at = $1 WHERE id = 'p7'", api.now)
    page = "/sequences/ruled/edit/rules" if draft else "/sequences/ruled/rules"
    numbers = await linked(console, f"{page}?counts=1", "/rules/people?left=")
    assert {path.rpartition("left=")[2]: number for path, number in numbers.items()} == {"0": 6, "1": 4, "2": 3}
    for path, number in numbers.items():
        assert path.startswith(f"{page}/people")
        assert len(await listed(console, path)) == number, path
    # And what becomes of those who are left.
    becomes = await linked(console, f"{page}?counts=1", "/rules/people?outcome=")
    assert sum(number for path, number in becomes.items() if path.endswith(("enrolled", "refused"))) == 3
    for path, number in becomes.items():
        assert len(await listed(console, path)) == number, path
    assert await listed(console, f"{page}/people?left=2") == ["Dan Ray", "Eve Ray", "Fay Ray"]
    assert "City: empty Status: Hot" in await console.text(f"{page}/people?left=2")
    # More than there are: all of them.
    assert len(await listed(console, f"{page}/people?left=900")) == 3
