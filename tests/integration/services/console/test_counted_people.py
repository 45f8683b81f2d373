"""Every number of the statistics has exactly the people behind it that it counts, whatever happened in their runs."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest

from sequences.paging import CursorError
from sequences.statistics.measures import Measure
from sequences.statistics.number import Number
from sequences.statistics.outcomes import By
from services.console import counted_people as screen
from services.console.counted_people import NO_OWNER, NumberAsked, counted_people
from services.reading.statistics import StatisticsRequest, StatisticsRow, statistics
from tests.support.rigs.api import ApiRig
from tests.support.viewers import ADMIN, OWN

_CAME_BACK = [
    *("opened", "clicked", "replied_positive", "replied_negative", "replied_neutral", "replied_unread", "opted_out"),
    *("complained", "liked", "disliked", "out_of_office", "form_submitted", "bounced", "delivered"),
]
_TURNS = ["sent", "sent", "sent", "not_sent", "unknown", "skipped", "sent_with_link", "sent_with_pixel"]


def facts(chance: random.Random, versions: list[int]) -> str:
    """What may have happened in a run: first what the steps did, then what came back."""
    places = [f"|{step}|{chance.choice(versions)}|" for step in ("one", "two-b") if chance.random() < 0.8]
    wordings = [place + chance.choice(["", "short", "long.er"]) for place in places]
    did = [chance.choice(_TURNS) + place for place in wordings for _ in range(2)]
    back = [chance.choice(_CAME_BACK) + chance.choice([*wordings, "|||"]) for _ in range(chance.randrange(4))]
    return " ".join(did + back)


async def make_runs(api: ApiRig, chance: random.Random, runs: int = 70) -> None:
    for version in (1, 2):
        steps = [
            {"id": "one", "email": "hello/one"},
            {"id": "two-b", "email": "hello/one", "when": f"{version} days after one"},
        ]
        await api.publish("hello", steps=steps)
        await api.publish("other", steps=steps)
    for number in range(runs):
        version = chance.choice([1, 2])
        earlier = [1] if version == 2 and chance.random() < 0.5 else []
        await api.execute(
            "INSERT INTO run_outcome (enrollment_id, sequence, version, earlier_versions, person_id, owner_id, "
            "entered_at, state, facts) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
            f"e{number:011d}",
            "hello" if chance.random() < 0.8 else "other",
            version,
            earlier,
            f"p{chance.randrange(40)}",
            chance.choice(["o1", "o2", None]),
            api.now - timedelta(hours=number * 7),
            chance.choice(["open", "stopped", "finished"]),
            facts(chance, [*earlier, version]),
        )
    await api.execute(
        "UPDATE run_outcome o SET often = true WHERE EXISTS (SELECT 1 FROM run_outcome x "
        "WHERE x.sequence = o.sequence AND x.person_id = o.person_id AND x.enrollment_id <> o.enrollment_id)"
    )


async def everybody(api: ApiRig, asked: NumberAsked, viewer: Any = ADMIN) -> list[str]:
    """All pages of the people behind a number, from that of ``asked`` on."""
    found: list[str] = []
    cursor: str | None = asked.cursor
    while cursor is not None:
        again = NumberAsked(asked.sequence, asked.number, asked.owner, asked.since, asked.week, cursor)
        page = await counted_people(api.database, viewer, again)
        assert len(page.lines) <= screen.PAGE
        found += [line.person_id for line in page.lines]
        cursor = page.next
    return found


def number_of(row: StatisticsRow, measure: Measure, by: By) -> NumberAsked:
    owner = (row.owner or NO_OWNER) if by is By.OWNER else ""
    number = Number(measure, row.version, row.step or "", row.variant or "")
    return NumberAsked(row.sequence, number, owner, week=row.week)


@pytest.mark.parametrize("seed", range(3))
async def test_the_list_has_as_many_people_as_the_number(
    api: ApiRig, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    chance = random.Random(seed)
    monkeypatch.setattr(screen, "PAGE", 7)
    monkeypatch.setattr(screen, "_AT_ONCE", 5)
    await make_runs(api, chance)
    for by in By:
        since = api.now - timedelta(days=10) if chance.random() < 0.4 else None
        owner = chance.choice([None, "o1"]) if by is not By.OWNER else None
        rows = (await statistics(api.database, StatisticsRequest(by, since=since, owner=owner))).rows
        numbers = [(row, measure) for row in rows for measure in Measure]
        # Some of those that count nobody, and of the others as many as a second is enough for.
        some = [each for each in numbers if each[0].people[each[1]]]
        none = [each for each in numbers if not each[0].people[each[1]]]
        for row, measure in [*chance.sample(some, min(40, len(some))), *chance.sample(none, min(8, len(none)))]:
            asked = number_of(row, measure, by)
            asked = NumberAsked(asked.sequence, asked.number, asked.owner or owner or "", since, asked.week)
            people = await everybody(api, asked)
            assert len(people) == len(set(people)) == row.people[measure], (by, row, measure)


async def test_only_those_whom_the_viewer_sees(api: ApiRig) -> None:
    await make_runs(api, random.Random(7))
    entered = NumberAsked("hello", Number(Measure.ENTERED))
    theirs = await api.fetch(
        "SELECT DISTINCT person_id FROM run_outcome WHERE sequence = 'hello' AND coalesce(owner_id, 'o1') = 'o1'"
    )
    assert sorted(await everybody(api, entered, OWN)) == sorted(row["person_id"] for row in theirs)
    page = await counted_people(api.database, OWN, entered)
    assert page.others
    assert not (await counted_people(api.database, ADMIN, entered)).others


async def test_a_cursor_of_another_number_is_refused(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "PAGE", 2)
    await make_runs(api, random.Random(7))
    first = await counted_people(api.database, ADMIN, NumberAsked("hello", Number(Measure.ENTERED)))
    with pytest.raises(CursorError):
        await counted_people(api.database, ADMIN, NumberAsked("hello", Number(Measure.SENT), cursor=first.next or ""))


async def test_pages_go_on_when_the_first_run_changes_its_version(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "PAGE", 3)
    await make_runs(api, random.Random(7))
    await api.execute("UPDATE run_outcome SET earlier_versions = '{}'")
    # Each person once: where somebody stands does not change.
    await api.execute(
        "DELETE FROM run_outcome o WHERE EXISTS (SELECT FROM run_outcome x WHERE x.sequence = o.sequence "
        "AND x.person_id = o.person_id AND x.enrollment_id < o.enrollment_id)"
    )
    await api.execute("UPDATE run_outcome SET often = false")
    asked = NumberAsked("hello", Number(Measure.ENTERED, 1))
    before = await everybody(api, asked)
    assert len(before) > 3 * screen.PAGE
    first = await counted_people(api.database, ADMIN, asked)
    # One of the first page, and one whom the next pages show.
    for person in (before[0], before[-1]):
        await api.execute(
            "UPDATE run_outcome SET version = 2, earlier_versions = '{1}' WHERE sequence = 'hello' AND person_id = $1",
            person,
        )
    rest = await everybody(api, NumberAsked("hello", asked.number, cursor=first.next or ""))
    assert [line.person_id for line in first.lines] + rest == before


async def test_nobody_is_missed_when_a_newer_run_of_theirs_moves(api: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "PAGE", 3)
    monkeypatch.setattr(screen, "_AT_ONCE", 4)
    for version in (1, 2):
        await api.publish("hello", steps=[{"id": "one", "email": "hello/one", "at": f"1{version}:00"}])
    people = [f"p{number}" for number in range(8)]
    # Each has a newer run on version 1, and then an older one on version 2.
    for number, (version, person) in enumerate((version, person) for version in (1, 2) for person in people):
        await api.execute(
            "INSERT INTO run_outcome (enrollment_id, sequence, version, earlier_versions, person_id, entered_at, "
            "state, facts, often) VALUES ($1, 'hello', $2, '{}', $3, $4, 'open', '', true)",
            f"e{number:011d}",
            version,
            person,
            api.now - timedelta(hours=number),
        )
    asked = NumberAsked("hello", Number(Measure.ENTERED, 2))
    first = await counted_people(api.database, ADMIN, asked)
    assert [line.person_id for line in first.lines] == people[:3]
    # Somebody moves the newer runs while somebody else reads on.
    await api.execute("UPDATE run_outcome SET version = 2, earlier_versions = '{1}' WHERE version = 1")
    rest = await everybody(api, NumberAsked("hello", asked.number, cursor=first.next or ""))
    assert rest == people[3:]
    # Where they stand is the older run; what is said of them is of the newer one.
    again = await counted_people(api.database, ADMIN, asked)
    assert [line.entered_at for line in again.lines] == [api.now - timedelta(hours=number) for number in range(3)]
