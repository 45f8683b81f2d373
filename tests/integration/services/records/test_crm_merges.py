"""Merges told by the CRM: the survivor keeps window, history and open runs, and nobody gets the first mail again."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.postgres.records import Records
from adapters.postgres.rules.evaluator import Rules
from adapters.postgres.rules.statements import compile_rule
from adapters.templates.renderer import Renderer
from sequences.auto_enroll.messages import Refused
from sequences.ids import window_workflow_id
from services.enrolling.enroll import EntryRequest
from services.enrolling.window_ledger import WindowLedger
from services.follow_ups.carry_out import FollowUps
from services.reactions.handle_reaction import HandleReaction
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from services.runs.begin_run import BeginRun
from services.runs.planning import Planning
from services.sending.compose_email import Composer
from starter.composition import organisation_of
from tests.support import by_name as queries
from tests.support.opening import start_window
from tests.support.rigs.api import ApiRig

RULES = {"real": {"person.status": ["Chase"]}, "prevent_reenrollment_within": "6 months"}
ONCE = {"real": {"person.status": ["Chase"]}}


@pytest_asyncio.fixture
async def tell(api: ApiRig) -> Callable[..., Awaitable[Any]]:
    intake = CrmIntake(
        api.database, ItemWriter(api.changes, origin="crm"), api.clock, api.wake, api.settings.catalogue()
    )
    numbers = iter(range(1000))

    async def send(*items: Any) -> Any:
        return (await intake.receive(f"evt-{next(numbers)}", list(items)))["results"]

    return send


@pytest.fixture
def activities(api: ApiRig) -> tuple[HandleReaction, BeginRun]:
    renderer = Renderer()
    follow_ups = FollowUps(renderer, Composer(renderer, organisation_of(api.settings)), api.changes)
    planning = Planning(Records("UTC"), api.versions)
    return HandleReaction(api.database, planning, follow_ups), BeginRun(api.database, planning)


@pytest.fixture
def handled(api: ApiRig, activities: tuple[HandleReaction, BeginRun]) -> Callable[..., Awaitable[tuple[Any, Any]]]:
    async def handle(enrollment: str) -> tuple[Any, Any]:
        for row in await api.rows("reactions_of", enrollment_id=enrollment):
            await activities[0].handle(enrollment, row["id"], api.now)
        run = await api.row("enrollment_row", id=enrollment)
        return run["state"], run["reason"]

    return handle


def merged(person: str, into: str) -> dict[str, str]:
    return {"entity": "person", "id": person, "merged_into": into}


async def enter(
    api: ApiRig,
    person: str,
    sequence: str = "bd",
    *,
    rules: dict[str, Any] = RULES,
    sent: bool = True,
    state: str = "active",
) -> Any:
    """A run with its window, as if by rule; with a mail that went out an hour ago."""
    if await api.row("person_row", id=person) is None:
        await api.person(person, status="Chase")
    await api.publish(sequence, auto_enroll=rules)
    accepted = await api.enrolling.enroll(EntryRequest(sequence, f"n-{person}", person))
    await api.execute("UPDATE enrollment SET state = $2 WHERE id = $1", accepted.enrollment, state)
    if sent:
        await api.sent(accepted.enrollment)
    return accepted.enrollment


async def refused(api: ApiRig, person: str, sequence: str = "bd") -> tuple[Any, Any]:
    """What the rule's own statement says of the person, and until when."""
    async with api.database.transaction() as connection:
        rule = compile_rule(await api.versions.get(connection, sequence))
        (match,) = await Rules().of_records(connection, rule, api.now, [person])
        return match.refused, match.detail


async def windows(api: ApiRig, person: str) -> list[tuple[Any, Any, Any]]:
    rows = await api.fetch("SELECT * FROM reenrollment_window WHERE person_id = $1 ORDER BY opened_at, id", person)
    return [(row["sequence"], row["state"], row["reason"]) for row in rows]


async def test_the_survivor_is_refused_by_the_window_of_the_merged_one_with_its_end(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await enter(api, "mg1")
    api.now += timedelta(days=1)
    await api.person("mg2", status="New")
    (result,) = await tell(merged("mg1", "mg2"))
    assert result["status"] == "merged"
    await tell({"entity": "person", "id": "mg2", "fields": {"status": "Chase"}})
    reason, _ = await refused(api, "mg2")
    assert reason is Refused.ALREADY_ENROLLED
    await api.execute("UPDATE enrollment SET state = 'stopped'")
    reason, detail = await refused(api, "mg2")
    assert (reason, detail) == (Refused.WINDOW, "until 2027-11-04 09:00 UTC")


async def test_once_ever_holds_for_the_survivor(api: ApiRig, tell: Callable[..., Awaitable[Any]]) -> None:
    await enter(api, "mg1", rules=ONCE, state="finished")
    await api.person("mg2", status="Chase")
    assert await refused(api, "mg2") == (None, "")
    await tell(merged("mg1", "mg2"))
    assert (await refused(api, "mg2"))[0] is Refused.ONCE


async def test_everything_that_is_theirs_moves_and_the_open_run_goes_on(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], handled: Callable[..., Awaitable[tuple[Any, Any]]]
) -> None:
    run = await enter(api, "mg1")
    await api.execute("INSERT INTO list_member VALUES ('warm', 'mg1', $1, $2)", api.now, run)
    await api.execute(
        "INSERT INTO task (id, title, person_id, enrollment_id, created_at) VALUES ('t', 'Call', 'mg1', $1, $2)",
        run,
        api.now,
    )
    await tell({"entity": "event", "person": "mg1", "event": "contacted", "at": "2027-05-01T09:00:00Z", "id": "c"})
    await api.person("mg2", email="two@client.example")
    await tell(
        {"entity": "placement", "id": "pl1", "fields": {"person": "mg1", "status": "Open"}}, merged("mg1", "mg2")
    )
    assert await handled(run) == ("active", None)
    row = await api.row("enrollment_row", id=run)
    assert (row["person_id"], row["record_id"], row["workflow_id"]) == ("mg2", "mg2", "enrollment:bd:mg1")
    for table in ("send", "task", "list_member", "reaction", "placement"):
        rows = await api.fetch(f"SELECT DISTINCT person_id FROM {table}")
        assert [each["person_id"] for each in rows] == ["mg2"], table
    survivor = await api.row("person_row", id="mg2")
    assert survivor["last_contacted"].isoformat() == "2027-05-01T09:00:00+00:00"
    assert "merged" in [event["kind"] for event in await api.rows("run_events", enrollment_id=run)]


async def test_the_survivors_gate_is_told_of_the_window(api: ApiRig, tell: Callable[..., Awaitable[Any]]) -> None:
    await enter(api, "mg1")
    await api.execute("UPDATE reenrollment_window SET told_revision = revision")
    await api.person("mg2")
    await tell(merged("mg1", "mg2"))
    (row,) = await api.rows("unsignalled_windows", now=api.now, among=None, limit=9)
    await api.windows.tell(row["id"])
    told = api.gates.changed[-1]
    assert (told.window, told.revision) == (row["id"], (await api.row("window_row", id=row["id"]))["revision"])
    assert await api.rows("unsignalled_windows", now=api.now, among=None, limit=9) == []


@pytest.mark.parametrize(("first", "second", "stays"), [(1, 0, "mg1"), (1, 1, "mg2"), (0, 1, "mg2"), (0, 0, "mg2")])
async def test_of_two_open_runs_of_a_sequence_the_one_that_sent_more_stays(
    api: ApiRig,
    tell: Callable[..., Awaitable[Any]],
    handled: Callable[..., Awaitable[tuple[Any, Any]]],
    first: int,
    second: int,
    stays: str,
) -> None:
    runs = {"mg1": await enter(api, "mg1", sent=bool(first)), "mg2": await enter(api, "mg2", sent=bool(second))}
    await tell(merged("mg1", "mg2"))
    ends = "mg2" if stays == "mg1" else "mg1"
    assert await handled(runs[stays]) == ("active", None)
    assert await handled(runs[ends]) == ("stopped", "merged")
    assert (await api.row("enrollment_row", id=runs[stays]))["record_id"] == "mg2"
    # Late replies to either find the survivor.
    assert {row["person_id"] for row in await api.fetch("SELECT person_id FROM enrollment")} == {"mg2"}
    standing = [each for each in await windows(api, "mg2") if each[1] == "open"]
    assert len(standing) == 1


async def test_the_longer_of_two_windows_stands(api: ApiRig, tell: Callable[..., Awaitable[Any]]) -> None:
    long = await enter(api, "mg1", state="finished")
    await enter(api, "mg2", state="finished")
    await api.execute("UPDATE reenrollment_window SET until = until + interval '1 day' WHERE enrollment_id = $1", long)
    await tell(merged("mg1", "mg2"))
    rows = await api.fetch("SELECT enrollment_id = $1 AS long, state, reason FROM reenrollment_window", long)
    assert sorted((row["long"], row["state"], row["reason"]) for row in rows) == [
        (False, "ended", "merged"),
        (True, "open", None),
    ]
    assert (await refused(api, "mg2"))[0] is Refused.WINDOW


async def test_a_run_that_had_not_begun_goes_on_under_the_id_with_which_it_was_accepted(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], activities: tuple[HandleReaction, BeginRun]
) -> None:
    run = await enter(api, "mg1", sent=False, state="starting")
    await api.person("mg2")
    await tell(merged("mg1", "mg2"))
    await api.execute("UPDATE reenrollment_window SET state = 'opening'")
    (window,) = await api.fetch("SELECT id FROM reenrollment_window")
    await start_window(api.windows, window["id"])
    assert (api.gates.started[-1].person, api.gates.started[-1].record) == ("mg2", "mg1")
    await activities[1].begin(run, api.now)
    assert (await api.row("enrollment_row", id=run))["state"] == "active"


async def test_a_survivor_who_is_told_later_gets_the_history_then(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], handled: Callable[..., Awaitable[tuple[Any, Any]]]
) -> None:
    run = await enter(api, "mg1")
    await tell(merged("mg1", "mg2"))
    assert await handled(run) == ("stopped", "merged")
    await tell({"entity": "person", "id": "mg2", "fields": {"status": "Chase", "email": "two@client.example"}})
    assert (await refused(api, "mg2"))[0] is Refused.WINDOW
    assert (await api.row("enrollment_row", id=run))["person_id"] == "mg2"


async def test_a_chain_of_merges_ends_at_its_last_person_in_any_order(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await enter(api, "a", state="finished")
    for person in ("b", "c"):
        await api.person(person, status="Chase")
    await tell(merged("b", "c"))
    await tell(merged("a", "b"))
    assert (await refused(api, "c"))[0] is Refused.WINDOW
    # What is told of the ones who are gone concerns the one who is left.
    await tell({"entity": "event", "person": "a", "event": "contacted", "at": "2027-05-04T08:00:00Z", "id": "x"})
    assert (await api.row("person_row", id="c"))["last_contacted"].isoformat() == "2027-05-04T08:00:00+00:00"
    await tell({"entity": "person", "id": "a", "suppress": "all"})
    assert {row["person_id"] for row in await api.fetch("SELECT person_id FROM suppression")} == {"a", "c"}
    await tell({"entity": "placement", "id": "pl9", "fields": {"person": "a", "status": "Open"}})
    assert (await api.row("placement_row", id="pl9"))["person_id"] == "c"


async def test_merges_in_a_circle_are_refused_and_change_nothing(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    for person in ("a", "b", "c"):
        await api.person(person)
    await tell(merged("a", "b"), merged("b", "c"))
    (result,) = await tell(merged("c", "a"))
    assert result["status"] == "refused"
    assert "deleted: false" in result["reason"]
    row = await api.row("person_row", id="c")
    assert (row["deleted_at"], row["merged_into"]) == (None, None)


async def test_told_twice_nothing_moves_twice(api: ApiRig, tell: Callable[..., Awaitable[Any]]) -> None:
    run = await enter(api, "mg1")
    await api.person("mg2")
    await tell(merged("mg1", "mg2"))
    before = await api.fetch("SELECT * FROM reenrollment_window")
    assert (await tell(merged("mg1", "mg2")))[0]["status"] == "unchanged"
    assert await api.fetch("SELECT * FROM reenrollment_window") == before
    assert len(await api.rows("reactions_of", enrollment_id=run)) == 1


async def test_a_merge_that_is_taken_back_gives_the_history_back_and_nobody_is_free_too_early(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], handled: Callable[..., Awaitable[tuple[Any, Any]]]
) -> None:
    run = await enter(api, "mg1")
    await api.person("mg2", status="Chase")
    await tell(merged("mg1", "mg2"))
    await tell({"entity": "person", "id": "mg1", "deleted": False})
    row = await api.row("enrollment_row", id=run)
    assert (row["person_id"], row["record_id"], row["merged_from"]) == ("mg1", "mg1", None)
    assert await handled(run) == ("active", None)
    assert (await refused(api, "mg1"))[0] is Refused.ALREADY_ENROLLED
    await api.execute("UPDATE enrollment SET state = 'stopped'")
    assert (await refused(api, "mg1"))[0] is Refused.WINDOW
    # The mails went to mg1; mg2 is another human being again.
    assert await refused(api, "mg2") == (None, "")
    (row,) = await api.rows("unsignalled_windows", now=api.now, among=None, limit=9)
    assert row["id"] is not None


async def test_taken_back_in_a_chain_only_what_was_theirs_goes_back(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await enter(api, "a", state="finished")
    await enter(api, "b", "other", state="finished")
    await api.person("c", status="Chase")
    await tell(merged("a", "b"), merged("b", "c"))
    assert {(await refused(api, "c", name))[0] for name in ("bd", "other")} == {Refused.WINDOW}
    await tell({"entity": "person", "id": "b", "deleted": False})
    assert {(await refused(api, "b", name))[0] for name in ("bd", "other")} == {Refused.WINDOW}
    assert {(await refused(api, "c", name))[0] for name in ("bd", "other")} == {None}


async def test_a_window_that_ended_by_the_merge_stands_again_when_it_is_taken_back(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await enter(api, "mg1", state="finished")
    api.now += timedelta(days=1)
    await enter(api, "mg2", state="finished")
    await tell(merged("mg1", "mg2"))
    await tell({"entity": "person", "id": "mg1", "deleted": False})
    assert [(await refused(api, person))[0] for person in ("mg1", "mg2")] == [Refused.WINDOW, Refused.WINDOW]


async def test_a_gate_whose_window_moved_to_another_person_ends(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await enter(api, "mg1", state="finished")
    (row,) = await api.fetch("SELECT * FROM reenrollment_window")
    await api.person("mg2", status="Chase")
    await tell(merged("mg1", "mg2"))
    async with api.database.transaction() as connection:
        old, new = (window_workflow_id("bd", person) for person in ("mg1", "mg2"))
        assert (await WindowLedger().end(connection, row["id"], api.now, old)).ended
        assert not (await WindowLedger().end(connection, row["id"], api.now, new)).ended
    # One that is left behind by a merge that was taken back keeps nobody out.
    await tell({"entity": "person", "id": "mg1", "deleted": False})
    api.gates.standing["bd:mg2"] = row["id"]
    own = await enter(api, "mg2", sent=False)
    await api.execute("UPDATE reenrollment_window SET state = 'opening' WHERE enrollment_id = $1", own)
    (mine,) = await api.fetch("SELECT id FROM reenrollment_window WHERE enrollment_id = $1", own)
    assert not await start_window(api.windows, mine["id"])
    assert api.gates.told[-1].window == row["id"]
    assert (await api.row("window_row", id=mine["id"]))["state"] == "opening"


async def test_the_frequency_cap_counts_what_the_merged_one_got(
    api: ApiRig, tell: Callable[..., Awaitable[Any]]
) -> None:
    await enter(api, "mg1")
    await api.person("mg2")
    await tell(merged("mg1", "mg2"))
    run = await enter(api, "mg2", "other", rules=ONCE, sent=False)
    async with api.database.transaction() as connection:
        await queries.run(
            connection,
            "add_send",
            id="s1234567890",
            enrollment_id=run,
            step="one",
            person_id="mg2",
            channel="email",
            sender="us",
            recipient="mg2@client.example",
            subject="Hello",
            message_id="<x@y>",
            content=b"",
            text="",
            variant=None,
            planned_at=api.now,
        )
        midnight = api.now.replace(hour=0)
        why = await queries.row(
            connection,
            "why_not_claimed",
            id="s1234567890",
            now=api.now,
            span_start=midnight,
            cap=1,
            day=None,
            owner=None,
        )
        assert why is not None
        assert why["obstacle"] == "frequency_cap"


async def test_the_survivors_runs_hear_of_the_suppressions_that_came_along(
    api: ApiRig, tell: Callable[..., Awaitable[Any]], handled: Callable[..., Awaitable[tuple[Any, Any]]]
) -> None:
    run = await enter(api, "mg2")
    await api.person("mg1")
    await tell({"entity": "person", "id": "mg1", "suppress": "email"}, merged("mg1", "mg2"))
    assert await handled(run) == ("stopped", "suppressed in the CRM (email)")
