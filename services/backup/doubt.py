"""Writes down that a message may have gone out: it is unknown from now on, and never sent again by itself."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.errors import PermanentError
from sequences.runs.after_restore import MAY_HAVE_GONE_OUT
from sequences.sending.addresses import address_problem
from sequences.sending.send_obstacles import SEND_PROBLEM, Settled
from services.mailboxes.choose_mailbox import likely_mailbox
from services.notifications import NewNotification, notify_owner
from services.sending.compose_email import store

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.organisation import Organisation
    from services.runs.planning import Planning, RunContext
    from services.runs.whole_run import WholeRun
    from services.sending.compose_email import Composer


class SendDoubt:
    """Every method writes in the caller's transaction; done again, it changes nothing more."""

    def __init__(self, planning: Planning, composer: Composer, organisation: Organisation) -> None:
        self._planning = planning
        self._composer = composer
        self._organisation = organisation

    async def step(
        self, connection: Connection, context: RunContext, whole: WholeRun, step: str, at: datetime, now: datetime
    ) -> None:
        """A step may have gone out.

        Its message is written as it would have been, if it has no row: what comes back names it, and it can be found
        by its Message-ID where the mail server files what it took.

        Args:
            connection: in a transaction.
            context: of the run.
            whole: the run, locked.
            step: its id.
            at: when it went out, if it did; later steps count from there.
            now: UTC.
        """
        send = ids.send_id(context.run.id, step)
        if all(row.step != step for row in whole.sends):
            await self._write(connection, context, whole, step, at)
        await queries.doubt_send(connection, id=send, at=at, reason=MAY_HAVE_GONE_OUT)
        await self._planning.decide(connection, context, step, Settled("unknown", MAY_HAVE_GONE_OUT), at)
        await queries.add_run_event(
            connection,
            enrollment_id=context.run.id,
            at=now,
            kind="send_unknown",
            detail={"send": send, "reason": MAY_HAVE_GONE_OUT},
            key=f"unknown:{send}:restored",
        )
        await self.tell(connection, context.run.id, step, now)

    async def _write(
        self, connection: Connection, context: RunContext, whole: WholeRun, step: str, at: datetime
    ) -> None:
        asked = context.version.step(step)
        if address_problem(context.view, asked.channel, self._organisation.phone_region) is not None:
            return
        context = replace(context, mailbox=await likely_mailbox(connection, context))
        try:
            async with connection.transaction():
                await store(connection, await self._composer.compose(connection, context, asked, at, whole.sends))
        except PermanentError:
            # It cannot be written from what the rows have now. The step says by itself that it is unknown.
            return

    async def follow_up(self, connection: Connection, row: queries.MessagesInDoubtRow, now: datetime) -> None:
        """A message that answers a reaction may have gone out."""
        send = await queries.send_of_follow_up(connection, follow_up_id=row.id)
        if send is not None:
            await queries.doubt_send(connection, id=send, at=row.at, reason=MAY_HAVE_GONE_OUT)
        await queries.doubt_follow_up(connection, id=row.id, result=MAY_HAVE_GONE_OUT, at=now)
        await self.tell(connection, row.enrollment_id, f"message {row.id}", now)

    async def tell(self, connection: Connection, run: str, what: str, now: datetime) -> None:
        """Tells the owner, once for each message."""
        key = f"{what.replace(' ', '-')}-unknown"
        await notify_owner(
            connection, run, NewNotification(SEND_PROBLEM, f"{what}: unknown ({MAY_HAVE_GONE_OUT})", now, key=key)
        )
