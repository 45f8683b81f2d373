"""A message that is stored by its claim: the same rows as with a claim of its own, and nothing that is forbidden."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from adapters.templates.source import TemplateSource
from sequences.checking import load_file
from sequences.runs.state import Due, StepCall
from services.runs.run_row import RunRow
from tests.support.counted import CountedDatabase
from tests.support.mortal import KilledError
from tests.support.rigs.send import NOW, SendRig, made_ready_first, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

SEQUENCE = """
sequence: both
name: Both
record: person
frequency_cap: {email: 1 a day}
steps:
  - {id: one, email: t/links}
  - {id: two, when: 1 day after one, email: t/links}
"""
MAIL = TemplateSource(
    name="t/links",
    subject="For {{ person.first_name }}",
    text="Hello {{ person.first_name }}, see https://agency.example/a",
    html="<p>Hello <a href='https://agency.example/a'>one</a> <a href='https://agency.example/b'>two</a></p>",
)
ROWS = {
    "send": "SELECT * FROM send WHERE enrollment_id = $1",
    "send_link": "SELECT l.* FROM send_link l JOIN send s ON s.id = l.send_id "
    "WHERE s.enrollment_id = $1 ORDER BY position",
    "step": "SELECT * FROM enrollment_step WHERE enrollment_id = $1 ORDER BY position",
    "run": "SELECT state, reason, ended_at FROM enrollment WHERE id = $1",
    "story": "SELECT kind, detail, key FROM enrollment_event WHERE enrollment_id = $1 ORDER BY id",
    "told": "SELECT kind, title FROM notification WHERE enrollment_id = $1",
}
OF_ONE = {"id", "send_id", "enrollment_id", "person_id", "recipient", "message_id"}
OF_ONE |= {"content", "text", "claimed_by", "key"}
"""Columns that are different for each person and send."""


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        async with made.database.transaction() as connection:
            definition = load_file(SEQUENCE, "both.yaml").sequence
            await made.versions.publish(connection, definition, {MAIL.name: MAIL.to_json()}, NOW)
        yield made


@dataclass
class Waits:
    """A mail server whose connection comes after something has happened."""

    rig: SendRig
    statement: str = ""
    run: str = ""

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[Any]:
        statement, self.statement = self.statement, ""
        if statement:
            await self.rig.database.pool.execute(statement.replace("RUN", self.run))
        async with self.rig.wire.connection() as ready:
            yield ready


async def _rows(rig: SendRig, run: str) -> dict[str, Any]:
    found = {name: await rig.fetch(query, run) for name, query in ROWS.items()}
    return {
        name: [{key: value for key, value in dict(row).items() if key not in OF_ONE} for row in rows]
        for name, rows in found.items()
    }


async def _take(rig: SendRig, statement: str = "") -> tuple[Due, dict[str, Any], list[str]]:
    run = (await rig.ready("both", frozen=False)).run.id
    counted = CountedDatabase(rig.database)
    steps = rig.steps(Waits(rig, statement, run), counted)
    due: Due = await ActivityEnvironment().run(steps.take_step, StepCall(run, "one", NOW))
    rows = await _rows(rig, run)
    return due, rows, counted.said


async def test_both_ways_leave_the_same_rows(rig: SendRig, monkeypatch: pytest.MonkeyPatch) -> None:
    due, rows, said = await _take(rig)
    assert [each.split("(")[0] for each in said] == [
        "SELECT p.*, whole_run",
        "SELECT claim_new_send",
        "SELECT settle_sent_step",
    ]
    assert len(rows["send_link"]) >= 2
    made_ready_first(monkeypatch)
    slow, others, said = await _take(rig)
    assert any("claim_send" in each for each in said)
    assert due == slow
    assert rows == others


MEANWHILE = {
    "nothing": "",
    "paused": "UPDATE enrollment SET state = 'paused' WHERE id = 'RUN'",
    "skipped": "UPDATE enrollment_step SET state = 'skipped', decided_at = '2027-05-04T09:00Z' "
    "WHERE enrollment_id = 'RUN' AND step = 'one'",
    "planned again": "UPDATE enrollment SET plan_revision = plan_revision + 1 WHERE id = 'RUN'",
    "held": "INSERT INTO hold (id, scope, key, reason, since, rate) "
    "VALUES ('h0123456789', 'sequence', 'both', 'x', '2027-05-04T09:00Z', 1)",
    "answered": "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, received_at, detail) "
    "SELECT 'r' || substr(id, 2), 'x', id, person_id, 'replied', true, '2027-05-04T09:00Z', '{}' "
    "FROM enrollment WHERE id = 'RUN'",
    "suppressed": "INSERT INTO suppression (person_id, channel, reason, source, since) "
    "SELECT person_id, 'email', 'opt_out', 'test', '2027-05-04T09:00Z' FROM enrollment WHERE id = 'RUN'",
    "closed day": "INSERT INTO closed_day (day, since) VALUES ('2027-05-04', '2027-05-04T09:00Z')",
    "server wants less": "INSERT INTO mailbox_back_off (channel, address, since, until, code) "
    "VALUES ('email', 'dana@agency.example', '2027-05-04T09:00Z', '2027-05-04T10:00Z', '450')",
    "person is gone": "UPDATE person SET deleted_at = '2027-05-04T09:00Z' "
    "WHERE id = (SELECT person_id FROM enrollment WHERE id = 'RUN')",
    "another mail today": "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, "
    "content, text, planned_at, claimed_at) SELECT 's' || id, id, 'other', person_id, 'email', 'sent', "
    "'dana@agency.example', person_id || '@client.example', '', '', '2027-05-04T08:00Z', '2027-05-04T08:00Z' "
    "FROM enrollment WHERE id = 'RUN'",
}


COMES = {
    # What became of the send, and what comes next.
    "nothing": (["sent"], "two"),
    "paused": (["planned"], "one"),
    "skipped": ([], "two"),
    "planned again": (["sent"], "two"),
    "held": (["planned"], "one"),
    "answered": (["planned"], "one"),
    "suppressed": (["refused"], "two"),
    "closed day": ([], "one"),
    "server wants less": (["planned"], "one"),
    "person is gone": ([], None),
    "another mail today": (["planned", "sent"], "one"),
}


@pytest.mark.parametrize("case", MEANWHILE)
async def test_what_comes_between_look_and_claim_is_met(rig: SendRig, case: str) -> None:
    due, rows, said = await _take(rig, MEANWHILE[case])
    assert sum(each.startswith("SELECT claim_new_send") for each in said) == 1
    states, step = COMES[case]
    assert sorted(row["state"] for row in rows["send"]) == states
    assert (due.step, due.closed) == (step, step is None)
    assert len(rig.wire.handed) == (1 if case in ("nothing", "planned again") else 0)


async def test_a_hold_that_commits_first_is_met(rig: SendRig) -> None:
    async with rig.database.transaction() as holding:
        await holding.execute("SELECT take_turn_of_holds()")
        await holding.execute(MEANWHILE["held"])
        taking = asyncio.create_task(_take(rig))
        await asyncio.sleep(0.5)
        assert not taking.done()
    due, rows, _ = await taking
    assert (due.step, [row["state"] for row in rows["send"]]) == ("one", ["planned"])
    assert rig.wire.handed == []


async def test_a_second_try_finds_the_claim_of_the_first(rig: SendRig) -> None:
    run = await rig.ready("both", frozen=False)

    class Dies:
        @asynccontextmanager
        async def connection(self) -> AsyncIterator[Any]:
            yield self

        async def send(self, **_: object) -> Any:
            raise KilledError

    call = StepCall(run.run.id, "one", NOW)
    with pytest.raises(KilledError):
        await ActivityEnvironment().run(rig.steps(Dies()).take_step, call)
    await ActivityEnvironment().run(rig.steps().take_step, call)
    assert rig.wire.handed == []
    assert (await rig.row(run))["state"] == "unknown"


RECORDS = {
    "person": "SELECT 1",
    "with a client": "UPDATE person SET client_id = 'c1', custom = '{\"x\": [\"1\"]}', last_replied = now()",
    "placement": "UPDATE enrollment SET record_type = 'placement', record_id = 'pl1'",
    "placement of another person": "UPDATE enrollment SET record_type = 'placement', record_id = 'pl2'",
    "placement without anything": "UPDATE enrollment SET record_type = 'placement', record_id = 'pl3'",
    "without an owner": "UPDATE person SET owner_id = NULL",
    "with an unknown owner": "UPDATE person SET owner_id = 'nobody'",
}


@pytest.mark.parametrize("case", RECORDS)
async def test_the_record_read_with_its_run_is_the_record(rig: SendRig, case: str) -> None:
    run = (await rig.ready("both", frozen=False)).run
    for statement in (
        "INSERT INTO client (id, name, timezone) VALUES ('c1', 'One', 'Europe/Paris'), ('c2', 'Two', NULL)",
        "INSERT INTO owner (id, first_name, signature) VALUES ('eva', 'Eva', 'E.')",
        "INSERT INTO closed_day (day, owner_id, since) VALUES "
        "('2027-05-05', NULL, now()), ('2027-05-06', 'dana', now()), ('2027-05-07', 'eva', now())",
        "INSERT INTO placement (id, person_id, client_id, owner_id, start_date, custom, deleted_at) VALUES "
        "('pl1', 'p1', 'c2', 'eva', '2027-06-01', '{\"x\": 1}', NULL), ('pl2', 'p9', NULL, NULL, NULL, '{}', now()), "
        "('pl3', 'p1', '', '', NULL, '{}', NULL)",
        RECORDS[case],
    ):
        await rig.fetch(statement)
    async with rig.database.transaction() as connection:
        run = await RunRow.load(connection, run.id)
        looked = await rig.planning.look(connection, run.id)
        assert looked is not None
        assert looked[0] == await rig.planning.context(connection, run)


async def test_a_record_that_is_gone_is_left_to_the_transaction(rig: SendRig) -> None:
    run = (await rig.ready("both", frozen=False)).run
    await rig.fetch("UPDATE enrollment SET record_type = 'placement', record_id = 'nothing'")
    async with rig.database.transaction() as connection:
        assert await rig.planning.look(connection, run.id) is None
        assert await rig.planning.look(connection, "enothing") is None


async def test_it_goes_on_after_it_as_after_any_other(rig: SendRig) -> None:
    due, rows, _ = await _take(rig)
    assert due.step == "two"
    assert due.at == NOW + timedelta(days=1)
    assert [row["state"] for row in rows["step"]] == ["sent", "planned"]
