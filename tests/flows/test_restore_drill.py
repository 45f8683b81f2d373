"""The drill: everything is lost and restored, with Temporal ahead of the rows, behind them, or empty."""

from __future__ import annotations

import secrets
import shutil
from collections import Counter
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from adapters.clock import utc_now
from adapters.postgres import listings
from adapters.temporal.bulk_control import TemporalBulk
from adapters.temporal.executions import TemporalExecutions
from sequences.errors import RefusedError
from sequences.ids import bulk_control_workflow_id
from sequences.names import SENTIMENT_QUEUE
from sequences.runs.after_restore import Difference
from sequences.runs.bulk import HoldScope
from sequences.runs.hold import EVERYTHING_KEY
from sequences.runs.state import Command
from services.backup.opt_out_journal import BringBack, JournalWriter, read_journal
from services.backup.restoration import unsettled
from services.backup.restore import RestoreTarget, restore_backup
from services.backup.take import WhatToKeep, take_backup
from services.operations.bulk import BulkControl, BulkRequest
from services.runs.run_watch import RunWatch
from services.sending.suppress import NewSuppression, suppress
from starter.composition import comparing_of
from starter.local.mail_capture import list_mail
from starter.local.temporal import LocalTemporal
from tests.support.rigs.flow import FlowRig, open_flow

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from sequences.runs.after_restore import RestoreComparison
    from services.enrolling.enroll import Accepted
    from tests.support.databases import Databases

STEPS = (
    "sequence: drill\nname: Drill\nrecord: person\nfrequency_cap: exempt\nif_unknown: resend\nschedule: {window: any}\n"
    "steps:\n"
    "  - {id: one, email: bd/introduce}\n"
    "  - {id: two, when: 2 days after one, email: bd/remind}\n"
    "  - {id: three, when: 2 days after two, email: bd/remind}\n"
)


class Drill:
    """A Relance with a Temporal of its own, which can be lost."""

    def __init__(self, folder: Path, temporal: LocalTemporal) -> None:
        self.folder = folder
        self.temporal = temporal
        self.url = ""
        self.journal = folder / "elsewhere" / "opt-outs.jsonl"

    def living(self) -> AbstractAsyncContextManager[FlowRig]:
        """All processes; at their end Temporal keeps its runs."""
        return open_flow(self.url, self.temporal, self.folder, ends_runs=False)

    async def temporal_goes_back_to(self, copy: Path | None) -> None:
        """Its file is the one of then, or there is none."""
        await self.temporal.stop()
        for file in self._files():
            file.unlink()
        for file in sorted(copy.iterdir()) if copy is not None else ():
            shutil.copy(file, self.folder / "temporal" / file.name)
        await self.temporal.start()

    async def copy_of_temporal(self) -> Path:
        await self.temporal.stop()
        copy = self.folder / f"copy-{secrets.token_hex(4)}"
        copy.mkdir()
        for file in self._files():
            shutil.copy(file, copy / file.name)
        await self.temporal.start()
        return copy

    def _files(self) -> list[Path]:
        return sorted((self.folder / "temporal").glob("temporal.db*"))

    def mails(self) -> Counter[str]:
        """How many mails everybody has got."""
        return Counter(mail.recipient for mail in list_mail(self.folder / "mail"))

    async def back_up(self) -> Path:
        file = self.folder / "the.backup"
        await take_backup(file, WhatToKeep(self.url, None, b"a-key-of-the-drill", [], "0.2.0"))
        return file


@pytest_asyncio.fixture
async def drill(tmp_path: Path, database_url: str) -> AsyncIterator[Drill]:
    async with LocalTemporal(tmp_path / "temporal", time_skipping=True, ui_port=None) as server:
        found = Drill(tmp_path, server)
        found.url = database_url
        yield found


@asynccontextmanager
async def restored(drill: Drill, databases: Databases, file: Path, now: datetime) -> AsyncIterator[None]:
    """The database is lost, and there is another one with what the backup has."""
    async with databases.fresh("template1") as url:
        drill.url = url
        await restore_backup(file, RestoreTarget(url, "GB", None), lost_at=now, now=now)
        yield


async def compared(flow: FlowRig, now: datetime, *, dry_run: bool = False) -> RestoreComparison:
    return await comparing_of(flow.services, dry_run=dry_run, seen=lambda _: None).compare(now)


def kinds(found: RestoreComparison, *accepted: Accepted) -> dict[str, list[str]]:
    """By name of the run: what was found of it."""
    names = {each.enrollment: f"p{number}" for number, each in enumerate(accepted, start=1)}
    result: dict[str, list[str]] = {}
    for each in found.found:
        result.setdefault(names.get(each.about, each.about), []).append(str(each.kind))
    return result


async def enrolled(flow: FlowRig, number: int) -> Accepted:
    await flow.person(f"p{number}")
    accepted = await flow.enroll("drill", f"p{number}")
    await flow.until_step(accepted, "one")
    return accepted


async def resumed(flow: FlowRig) -> None:
    control = BulkControl(flow.services.database, TemporalBulk(flow.services.client), utc_now)
    await control.resume(HoldScope.EVERYTHING, EVERYTHING_KEY, BulkRequest(secrets.token_hex(4), 100, by="Kim"))

    # Until every run is resumed: the time that is skipped while one is paused would shift its steps.
    workflow_id = bulk_control_workflow_id(HoldScope.EVERYTHING, EVERYTHING_KEY)
    await flow.services.client.get_workflow_handle(workflow_id).result()
    assert await flow.rows("holds_on") == []


async def test_temporal_is_ahead_of_the_rows(drill: Drill, databases: Databases) -> None:
    async with drill.living() as flow:
        await flow.publish("drill", STEPS)
        one, two, three, five, six = [await enrolled(flow, number) for number in (1, 2, 3, 5, 6)]
        file = await drill.back_up()
        # What the backup does not know: a step, an answer that stopped a run, a new run, an answer not handled yet.
        await flow.skip(one, days=2, minutes=1)
        await flow.until_step(one, "two")
        await flow.reply(three, "Please remove me from your list")
        await flow.until_state(three, "stopped")
        four = await enrolled(flow, 4)
        await flow.stop_worker(SENTIMENT_QUEUE)
        await flow.reply(five, "Perhaps")
        await heard(flow, five)
        # And an opt-out of which no run and no mailbox knows.
        async with flow.services.database.transaction() as connection:
            await suppress(connection, NewSuppression("all", "by_hand", "cli", utc_now(), person="p6"))
        services = flow.services
        await JournalWriter(services.database, drill.journal, services.settings.keys(), utc_now).write()
    before = drill.mails()
    assert before == {f"p{n}@client.example": 2 if n == 1 else 1 for n in range(1, 7)}
    # As if three days had passed, in which the step of everybody else was due as well.
    now = utc_now() + timedelta(days=3)
    everybody = (one, two, three, four, five, six)
    async with restored(drill, databases, file, now):
        async with drill.living() as flow:
            # All processes run already, and the watch looks: nothing is sent, closed or resumed before the comparison.
            assert (await watched(flow, now)).trouble
            with pytest.raises(RefusedError, match="reconcile --after-restore"):
                await resumed(flow)
            planned = await compared(flow, now, dry_run=True)
            assert await flow.steps(one) == {"one": "sent", "two": "planned", "three": "planned"}
            await brought_back(flow, drill, now)
            found = await compared(flow, now)
            assert [each.kind for each in planned.found] == [each.kind for each in found.found]
            assert kinds(found, *everybody) == {
                "p1": [Difference.MAY_HAVE_GONE_OUT],
                "p2": [Difference.MAY_HAVE_GONE_OUT],
                "p3": [Difference.MAY_HAVE_GONE_OUT, Difference.ENDED_IN_TEMPORAL],
                "p4": [Difference.ROW_LOST],
                "p5": [Difference.MAY_HAVE_GONE_OUT, Difference.ANSWER_LOST],
                "p6": [Difference.MAY_HAVE_GONE_OUT],
            }
            assert await flow.steps(one) == {"one": "sent", "two": "unknown", "three": "planned"}
            assert (await flow.rows("steps_of", enrollment_id=four.enrollment), await flow.state(four)) == (
                [],
                "stopped",
            )
            # Again, it finds nothing.
            again = await compared(flow, now)
            assert (again.found, again.settled) == ((), True)
            await the_rows_say_so(flow, one, three, five)
            await resumed(flow)
            await flow.skip(one, days=3)
            await flow.skip(two, days=5)
            for run in (one, two):
                await flow.until_step(run, "three")
            assert await flow.steps(two) == {"one": "sent", "two": "unknown", "three": "sent"}
            await flow.skip(six, days=5)
            await flow.until_state(six, "stopped", "finished")
            assert (await flow.steps(six))["three"] != "sent"
        extra = {"p1@client.example": 1, "p2@client.example": 1}
        assert drill.mails() == before + Counter(extra)


async def brought_back(flow: FlowRig, drill: Drill, now: datetime) -> None:
    """What the journal knows beyond the rows: the opt-outs of p3 and p6."""
    async with flow.services.database.transaction() as connection:
        restoration = await unsettled(connection)
        assert restoration is not None
        bringing = BringBack(flow.services.settings.keys())
        found = await bringing.all_of(connection, read_journal([drill.journal]), restoration.backup_at, now)
        rows = await connection.fetch("SELECT person_id, reason FROM suppression WHERE person_id = 'p6'")
    assert found.opt_outs >= 2
    assert [tuple(row) for row in rows] == [("p6", "by_hand")]


async def heard(flow: FlowRig, run: Accepted) -> None:
    async def told() -> bool:
        rows = await flow.services.database.pool.fetch(
            "SELECT 1 FROM reaction WHERE enrollment_id = $1 AND delivered_at IS NOT NULL", run.enrollment
        )
        return bool(rows)

    await flow.until(told)


async def watched(flow: FlowRig, now: datetime) -> Any:
    services = flow.services
    watch = RunWatch(services.database, services.runs, TemporalExecutions(services.client))
    return await watch.pass_over(now)


async def the_rows_say_so(flow: FlowRig, one: Accepted, three: Accepted, five: Accepted) -> None:
    """The message in doubt can be found and proved, and what came back is somebody's to read."""
    [send] = [row for row in await flow.rows("sends_of", enrollment_id=one.enrollment) if row["step"] == "two"]
    # The very Message-ID under which it went out: an answer to it, or its copy in a Sent folder, proves it.
    assert [mail.message_id for mail in list_mail(flow.folder / "mail")].count(send["message_id"]) == 1
    assert send["state"] == "unknown"
    suppressed = await flow.services.database.pool.fetch("SELECT person_id, channel FROM suppression")
    assert ("p3", "all") in [tuple(row) for row in suppressed]
    tasks = await flow.listed(listings.TASKS)
    assert [task["enrollment_id"] for task in tasks] == [five.enrollment]
    assert await flow.state(five) == "stopped"
    told = {row["enrollment_id"] for row in await flow.listed(listings.NOTIFICATIONS)}
    assert {one.enrollment, five.enrollment} <= told


async def test_temporal_is_behind_the_rows(drill: Drill) -> None:
    async with drill.living() as flow:
        await flow.publish("drill", STEPS)
        one, two = [await enrolled(flow, number) for number in (1, 2)]
    copy = await drill.copy_of_temporal()
    async with drill.living() as flow:
        await flow.skip(one, days=2, minutes=1)
        await flow.until_step(one, "two")
        await flow.reply(two, "Please remove me from your list")
        await flow.until_state(two, "stopped")
        three = await enrolled(flow, 3)
        before = drill.mails()
    await drill.temporal_goes_back_to(copy)
    now = utc_now()
    async with drill.living() as flow:
        found = await compared(flow, now)
        assert kinds(found, one, two, three) == {"p2": [Difference.ROW_CLOSED], "p3": [Difference.LOST_IN_TEMPORAL]}
        assert (await compared(flow, now)).found == ()
        await flow.skip(one, days=5)
        await flow.until_step(one, "three")
        await flow.skip(three, days=2, minutes=1)
        await flow.until_step(three, "two")
    assert drill.mails() == before + Counter({"p1@client.example": 1, "p3@client.example": 1})


async def test_temporal_has_lost_everything(drill: Drill) -> None:
    """Also a paused run, which stays so."""
    async with drill.living() as flow:
        await flow.publish("drill", STEPS)
        one, two = [await enrolled(flow, number) for number in (1, 2)]
        await steered(flow, two, "pause")
        before = drill.mails()
    await drill.temporal_goes_back_to(None)
    async with drill.living() as flow:
        found = await compared(flow, utc_now())
        assert kinds(found, one, two) == {"p1": [Difference.LOST_IN_TEMPORAL], "p2": [Difference.LOST_IN_TEMPORAL]}
        await flow.skip(one, days=2, minutes=1)
        await flow.until_step(one, "two")
        status = await flow.services.runs.status(two.workflow_id)
        assert (status.phase, await flow.state(two)) == ("paused", "paused")
        await steered(flow, two, "resume")
        await flow.skip(two, days=3)
        await flow.until_step(two, "two")
    assert drill.mails() == before + Counter({"p1@client.example": 1, "p2@client.example": 1})


async def steered(flow: FlowRig, run: Accepted, kind: str) -> None:
    await flow.services.runs.command(run.workflow_id, Command(secrets.token_hex(4), kind))
