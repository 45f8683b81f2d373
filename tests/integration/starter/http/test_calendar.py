"""The calendar over HTTP, and that of an owner for calendar programs: its link, and the feed behind it."""

from __future__ import annotations

import json
import random
import re
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from services.reading import mailbox_queues
from services.reading.calendar import CalendarRequest, calendar_entries
from services.reading.calendar_days import calendar_groups, calendar_sums
from tests.support.rigs.api import PUBLIC
from tests.support.stored_definition import stored_definition

if TYPE_CHECKING:
    from tests.support.rigs.api import ApiRig

PAGE = Path(__file__).parents[4] / "docs" / "calendar.md"


@pytest.fixture
async def planned(api: ApiRig) -> None:
    """Seven people get `hello` on one day, two get `again` the day after: all of dana, but for one of eli."""
    await api.execute("INSERT INTO owner (id) VALUES ('dana'), ('eli')")
    stored = stored_definition("one", "hello", "again")
    await api.execute("INSERT INTO sequence_version VALUES ('one', 1, $1, '{}', 'x', $2)", stored, api.now)
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


async def test_a_step_on_a_day_is_one_row_with_up_to_five_names(api: ApiRig, planned: None) -> None:
    found = await api.ask("GET", "/calendar")
    hello, again = found.json()["items"]
    day = (api.now + timedelta(days=1)).date().isoformat()
    assert {key: hello[key] for key in ("day", "step", "number", "waiting", "conditional", "recipients")} == {
        "day": day,
        "step": "hello",
        "number": 7,
        "waiting": 0,
        "conditional": 0,
        "recipients": [],
    }
    assert [each["person_name"] for each in again["recipients"]] == ["Ana7 Example, Jr", "Ana8 Example, Jr"]
    assert found.json()["more"] is False
    first = (await api.ask("GET", "/calendar?limit=1")).json()
    assert (first["items"], first["more"]) == ([hello], True)


async def test_sums_and_each_recipient(api: ApiRig, planned: None) -> None:
    sums = (await api.ask("GET", "/calendar/sum")).json()
    assert [(day["number"], day["steps"]) for day in sums["items"]] == [(7, {"one/hello": 7}), (2, {"one/again": 2})]
    each = (await api.ask("GET", "/calendar/each?limit=8")).json()
    assert (len(each["items"]), each["more"]) == (8, True)
    assert [row["step"] for row in each["items"][-2:]] == ["hello", "again"]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("owner=eli", [1]),
        ("owner=dana", [7, 1]),
        ("sequence=one", [7, 2]),
        ("sequence=two", []),
        ("to=2027-05-06", [7]),
        ("from=2027-05-06", [2]),
        ("from=2027-05-05T09:03:00Z&to=2027-05-06T00:00:00%2B00:00", [4]),
    ],
)
async def test_filters(api: ApiRig, planned: None, asked: str, numbers: list[int]) -> None:
    for path in ("/calendar", "/calendar/sum"):
        items = (await api.ask("GET", f"{path}?{asked}")).json()["items"]
        assert [row["number"] for row in items] == numbers, path
    assert len((await api.ask("GET", f"/calendar/each?{asked}")).json()["items"]) == sum(numbers)


@pytest.mark.parametrize("asked", ["since=2027-05-06", "from=tomorrow", "limit=1001", "to=2027-05-06T10:00:00"])
async def test_what_cannot_be_asked(api: ApiRig, asked: str) -> None:
    for path in ("/calendar", "/calendar/sum", "/calendar/each"):
        assert (await api.ask("GET", f"{path}?{asked}")).status_code == 422


async def test_the_numbers_are_those_of_a_naive_count(api: ApiRig) -> None:
    """Across zones, a change of clocks, versions, holds, pauses, conditions and steps without a date."""
    draw = random.Random(17)
    zones = [None, "Europe/London", "Asia/Kathmandu", "Pacific/Auckland", "America/Los_Angeles"]
    conditional = {"steps": [{"id": "a", "if": "clicked"}, {"id": "b", "if": {"person.phone": "present"}}, {"id": "c"}]}
    await api.execute("INSERT INTO hold VALUES ('haaaaaaaaaaa', 'owner', 'dana', 'x', $1, NULL, 20)", api.now)
    for sequence in ("one", "two"):
        for version, definition in ((1, {}), (2, conditional)):
            await api.execute(
                "INSERT INTO sequence_version VALUES ($1, $2, $3, '{}', 'x', $4)",
                sequence,
                version,
                definition,
                api.now,
            )
    for number in range(120):
        run = f"erandom{number:08d}"
        await api.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) VALUES ($1, $1, $2, $3, 'person', $1, $1, $4, 'hand', $5, $6)",
            run,
            draw.choice(["one", "two"]),
            draw.choice([1, 2]),
            draw.choice([None, "dana", "eli"]),
            draw.choice(["active", "active", "paused", "stopped"]),
            api.now,
        )
        for step in "abc":
            due = None if draw.random() < 0.1 else api.now + timedelta(hours=draw.randrange(24 * 12))
            await api.execute(
                "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, timezone, reason) "
                "VALUES ($1, $2, 0, 'planned', $3, $4, $5)",
                run,
                step,
                due,
                draw.choice(zones),
                None if due else draw.choice(["no_day_zero", "unknown"]),
            )
    spans = [(None, None), (api.now + timedelta(days=2), api.now + timedelta(days=5, hours=7)), (api.now, None)]
    for start, stop in spans:
        for in_sequence, of_owner in ((None, None), ("one", None), (None, "dana"), ("two", "eli")):
            asked = CalendarRequest(start, stop, in_sequence, of_owner, 10_000)
            async with api.database.transaction() as connection:
                entries = (await calendar_entries(connection, asked)).items
                groups = (await calendar_groups(connection, asked)).items
                sums = (await calendar_sums(connection, asked)).items
            assert entries
            counted = Counter((each.day, each.sequence, each.step) for each in entries)
            assert {(each.day, each.sequence, each.step): each.number for each in groups} == counted
            for group in groups:
                those = [e for e in entries if (e.day, e.sequence, e.step) == (group.day, group.sequence, group.step)]
                assert group.waiting == sum(each.waits is not None for each in those)
                assert group.conditional == sum(bool(each.conditions) for each in those)
                earliest = [each for each in those if each.due_at == those[0].due_at]
                assert group.due_at == those[0].due_at
                assert group.local in [each.local for each in earliest]
                assert list(group.recipients) == (those if len(those) <= 5 else [])
            assert _in_order([each.due_at for each in groups])
            for each in sums:
                mine = [group for group in groups if group.day == each.day]
                assert each.steps == {f"{group.sequence}/{group.step}": group.number for group in mine}
                assert (each.number, each.waiting, each.conditional) == (
                    sum(group.number for group in mine),
                    sum(group.waiting for group in mine),
                    sum(group.conditional for group in mine),
                )
            assert _in_order([each.day for each in sums])
            assert any(group.conditional for group in groups)


def _in_order(values: list[Any]) -> bool:
    known = [value for value in values if value is not None]
    return known == sorted(known) and None not in values[: len(known)]


async def test_the_page_shows_what_is_answered(api: ApiRig) -> None:
    page = PAGE.read_text("utf-8")
    [asked] = re.findall(r"http://127.0.0.1:8080(/calendar[^\"]+)", page)
    [answer] = re.findall(r"```json\n(.+?)```", page, re.DOTALL)
    steps = stored_definition("new-services", "introduce", {"id": "remind", "if": "not clicked introduce"})
    await api.execute("INSERT INTO sequence_version VALUES ('new-services', 1, $1, '{}', 'x', $2)", steps, api.now)
    gale = ("gale", "e5r7mvamylefjrfaazwm32qcxjs", "remind", 4)
    for person, run, step, hours in (gale, *((f"p{n}", f"e{n}aaaaaaaaaa", "introduce", n / 60) for n in range(7))):
        await api.person(person, first_name="Gale", last_name="Dekarios")
        await api.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) "
            "VALUES ($1, $1, 'new-services', 1, 'person', $2, $2, 'dana', 'hand', 'active', $3)",
            run,
            person,
            api.now,
        )
        await api.execute(
            "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, timezone, timezone_source) "
            "VALUES ($1, $2, 0, 'planned', $3, 'Europe/London', 'person')",
            run,
            step,
            api.now + timedelta(days=1, hours=hours),
        )
    assert (await api.ask("GET", asked)).json() == json.loads(answer)


async def test_a_condition_is_in_the_calendar_and_in_the_feed(api: ApiRig, planned: None) -> None:
    steps = stored_definition("one", {"id": "hello", "if": "opened"}, {"id": "again", "if": "not clicked hello"})
    await api.execute("UPDATE sequence_version SET definition = $1", steps)
    hello, again = (await api.ask("GET", "/calendar")).json()["items"]
    assert (hello["conditional"], hello["conditions"]) == (7, ["opened"])
    assert again["recipients"][0]["conditions"] == ["not clicked hello"]
    path = (await api.ask("POST", "/owners/dana/calendar-link")).json()["link"].removeprefix(PUBLIC)
    feed = (await api.http.get(path)).text.replace("\r\n ", "")
    assert "SUMMARY:hello: 7 people (one\\, only if opened)" in feed
    assert "only if not clicked hello)" in feed


async def test_what_a_limit_puts_off_is_told(api: ApiRig, planned: None, monkeypatch: pytest.MonkeyPatch) -> None:
    await api.execute("INSERT INTO mailbox VALUES ('email', $1, '2027-01-01')", api.settings.sender_address.lower())
    await api.execute(
        "INSERT INTO mailbox_day SELECT 'email', $1, $2::date, 1996, $3",
        api.settings.sender_address.lower(),
        (api.now + timedelta(days=1)).date(),
        api.now,
    )
    hello, again = (await api.ask("GET", "/calendar")).json()["items"]
    # Four of seven find room in what the mailbox may send on that day.
    assert (hello["later"], again["later"]) == (3, 0)
    assert [day["later"] for day in (await api.ask("GET", "/calendar/sum")).json()["items"]] == [3, 0]
    each = (await api.ask("GET", "/calendar/each?sequence=one")).json()["items"]
    assert [row["later_limit"] for row in each] == [None] * 4 + ["mailbox"] * 3 + [None] * 2
    assert each[4]["later_from"].startswith("2027-05-06T00:00")
    assert [day["later"] for day in (await api.ask("GET", "/calendar/sum?owner=eli")).json()["items"]] == [0]
    # One person gets two of a day: the later one waits for the next.
    await api.execute("UPDATE enrollment SET person_id = 'p0' WHERE id IN ('e0aaaaaaaaaa', 'e1aaaaaaaaaa')")
    limits = [row["later_limit"] for row in (await api.ask("GET", "/calendar/each")).json()["items"]]
    assert limits == [None, "person", *[None] * 2, *["mailbox"] * 3, *[None] * 2]
    monkeypatch.setattr(mailbox_queues, "MOST", 5)
    assert {row["later"] for row in (await api.ask("GET", "/calendar")).json()["items"]} == {None}


async def test_a_zone_that_postgres_does_not_know_counts_as_utc(api: ApiRig, planned: None) -> None:
    await api.execute("UPDATE enrollment_step SET timezone = 'Mars/Base' WHERE step = 'hello'")
    sums = (await api.ask("GET", "/calendar/sum")).json()["items"]
    assert [day["number"] for day in sums] == [7, 2]


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
