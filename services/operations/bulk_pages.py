"""Pauses and resumes pages of runs, no faster than a rate, and keeps the hold that is over them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from temporalio.client import WorkflowUpdateFailedError

from adapters.postgres import queries
from sequences import ids
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.runs.bulk import BulkBegun, BulkKind, BulkPage, Stage, ends_now
from sequences.runs.state import Command, CommandKind
from services.operations.bulk import add_hold

if TYPE_CHECKING:
    from collections.abc import Sequence

    from adapters.postgres.database import Connection, Database
    from sequences.runs.bulk import BulkCall
    from services.ports import Runs

_log = logging.getLogger("relance.bulk")

_AT_ONCE = 20


class BulkPages:
    """Carries out orders about all runs that a hold covers. Everything here is safe to repeat."""

    def __init__(self, database: Database, runs: Runs) -> None:
        self._database = database
        self._runs = runs

    async def begin(self, call: BulkCall) -> BulkBegun:
        """A pause adds the hold (it is on already, unless a resume came in between); then counts the runs."""
        order = call.order
        pausing = order.kind == BulkKind.PAUSE
        if pausing:
            assert call.now is not None
            # Alone: no send is claimed before it commits, and what follows takes longer.
            async with self._database.transaction() as connection:
                await add_hold(connection, call.scope, call.key, order, call.now)
        async with self._database.transaction() as connection:
            await self._remember(connection, call)
            row = await queries.standing_hold(connection, scope=call.scope, key=call.key)
            if row is not None and not pausing and not ends_now(order, row.until):
                # It was to end by itself, and somebody has moved its end since.
                return BulkBegun(standing=False, until=row.until)
            left = await queries.count_runs_to_pause(connection, scope=call.scope, key=call.key, after="")
            return BulkBegun(row is not None, left, row.until if row is not None and pausing else None)

    async def command_page(self, call: BulkCall) -> BulkPage:
        """Sends the runs of one page the command of the stage, evenly spread over the time that the rate gives them."""
        pausing = call.stage == Stage.PAUSING
        which = "pause" if pausing else "resume"
        async with self._database.transaction() as connection:
            if await _stands(connection, call) != pausing:
                # A newer order is on its way: nobody is resumed under a hold, nobody is paused without one.
                return BulkPage()
            if not pausing:
                await queries.hand_over_runs(connection, scope=call.scope, key=call.key)
            size = call.order.page_size
            page: Sequence[queries.RunToCommandRow] = await (
                queries.runs_to_pause if pausing else queries.runs_to_resume
            )(connection, scope=call.scope, key=call.key, after=call.after, limit=size)
        answered = await self._command_all(call, page, CommandKind(which))
        if len(page) == size:
            after = page[-1].id
            return BulkPage(after, sum(answered), len(answered) - sum(answered), await self._left(call, size, after))
        async with self._database.transaction() as connection:
            await self._remember(connection, call)
        return BulkPage(None, sum(answered), len(answered) - sum(answered))

    async def _left(self, call: BulkCall, size: int, after: str) -> int:
        if call.left is not None:
            return max(0, call.left - size)
        # A page of an order that was under way when an older release was replaced.
        count = queries.count_runs_to_pause if call.stage == Stage.PAUSING else queries.count_runs_to_resume
        async with self._database.transaction() as connection:
            return int(await count(connection, scope=call.scope, key=call.key, after=after))

    async def release(self, call: BulkCall) -> int:
        """Ends the hold. Every run is paused by now, so nothing is sent by that; returns how many are to be resumed.

        An order that comes because the hold's time is over leaves one that lasts longer by now.
        """
        async with self._database.transaction() as connection:
            await self._remember(connection, call)
            order = call.order
            by = order.by or ("its end" if order.until else None)
            await queries.end_hold(connection, scope=call.scope, key=call.key, at=call.now, by=by, due=order.until)
            if await _stands(connection, call):
                # Its end was moved at this very moment.
                return 0
            await queries.hand_over_runs(connection, scope=call.scope, key=call.key)
            left = await queries.count_runs_to_resume(connection, scope=call.scope, key=call.key, after="")
            return int(left)

    async def _remember(self, connection: Connection, call: BulkCall) -> None:
        prefix = f"command:{ids.bulk_control_workflow_id(call.scope, call.key)}:"
        await queries.remember_paused_runs(connection, scope=call.scope, key=call.key, prefix=prefix)
        await queries.forget_runs(connection, scope=call.scope, key=call.key)

    async def _command_all(
        self, call: BulkCall, page: Sequence[queries.RunToCommandRow], kind: CommandKind
    ) -> list[bool]:
        """Begins one command every ``1 / rate`` seconds, also after the last: the next page does not come too soon."""
        loop = asyncio.get_running_loop()
        turns = asyncio.Semaphore(_AT_ONCE)
        command = Command(f"{call.order.id}:{kind}", kind, call.order.reason, call.order.mode)
        tasks: list[asyncio.Task[bool]] = []
        try:
            for row in page:
                await turns.acquire()
                began = loop.time()
                task = asyncio.create_task(self._command(row, command))
                task.add_done_callback(lambda _: turns.release())
                tasks.append(task)
                # What was slow is not caught up: a burst is what the rate is there to prevent.
                await asyncio.sleep(max(0.0, began + 1 / call.order.rate - loop.time()))
            return list(await asyncio.gather(*tasks))
        finally:
            for task in tasks:
                task.cancel()

    async def _command(self, row: queries.RunToCommandRow, command: Command) -> bool:
        """False when the run did not answer. One that is over, or that somebody steered meanwhile, needs no command."""
        try:
            await self._runs.command(row.workflow_id, command)
        except (RefusedError, NotFoundError):
            return True
        except (UnavailableError, WorkflowUpdateFailedError) as error:
            _log.warning("%s did not answer: %s", row.id, type(error).__name__)
            return False
        return True


async def _stands(connection: Connection, call: BulkCall) -> bool:
    return await queries.standing_hold(connection, scope=call.scope, key=call.key) is not None
