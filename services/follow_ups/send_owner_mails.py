"""Mails notifications to owners who want that: at most once, and nothing is lost while the mail server is away."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import NotReadyError
from sequences.sending.outcome import MOST_TRIES, HandOver, TransportOutcome, TransportVerdict, wait_before_try
from sequences.sending.owner_mails import OwnerMailPass
from services.uncancelled import to_the_end

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database
    from services.follow_ups.write_owner_mails import OwnerMails
    from services.ports import EmailTransport, ReadyConnection

_log = logging.getLogger("relance.notices")

_A_PAGE: Final = 100
_SECONDS_A_PASS: Final = 120.0
"""After this no further mail is begun: the next pass goes on, and one mail may take ten minutes more."""
_LOST_AFTER: Final = timedelta(minutes=20)
"""Longer than any pass lasts, so whoever claimed a mail before that is gone."""


class NotifyByMail:
    """The outbox of notifications."""

    def __init__(self, database: Database, mails: OwnerMails, email: EmailTransport, sender: str) -> None:
        self._database = database
        self._mails = mails
        self._email = email
        self._sender = sender

    async def pass_over(
        self, now: datetime, claimer: str, stopping: Callable[[], bool] = lambda: False
    ) -> OwnerMailPass:
        """Writes the mails that are due, and sends those that wait.

        Args:
            now: UTC.
            claimer: another one for each pass.
            stopping: says when to begin no further mail.
        """
        async with self._database.transaction() as connection:
            lost = await queries.lost_owner_mails(connection, claimed_before=now - _LOST_AFTER, at=now)
            await queries.cancel_unwanted_owner_mails(connection)
        for row in lost:
            _log.warning("owner mail %s is unknown: its worker died; it is not sent again", row)
        written = await self._mails.write(now)
        done, away = await self._send_waiting(now, claimer, stopping)
        return OwnerMailPass(
            written=written.mails,
            sent=done["sent"],
            failed=done["failed"],
            unknown=done["unknown"] + len(lost),
            put_off=done["planned"],
            unreachable=written.unreachable,
            away=away,
        )

    async def _send_waiting(
        self, now: datetime, claimer: str, stopping: Callable[[], bool]
    ) -> tuple[Counter[str], bool]:
        done: Counter[str] = Counter()
        clock = asyncio.get_running_loop().time
        until = clock() + _SECONDS_A_PASS
        while True:
            async with self._database.transaction() as connection:
                waiting = await queries.owner_mails_to_send(connection, now=now, limit=_A_PAGE)
            for row in waiting:
                if stopping() or clock() >= until:
                    return done, False
                state, away = await self._send(row, now, claimer)
                done[state] += 1
                if away:
                    return done, True
            # Each was claimed, by us or by somebody else, so the next page holds others.
            if len(waiting) < _A_PAGE:
                return done, False

    async def _send(self, identity: str, now: datetime, claimer: str) -> tuple[str, bool]:
        """The state of the mail now (empty: somebody else has it), and whether the mail server is away."""
        try:
            async with self._email.connection() as ready:
                async with self._database.transaction() as connection:
                    row = await queries.claim_owner_mail(connection, id=identity, claimer=claimer, now=now)
                if row is None:
                    return "", False
                outcome = await self._handed_over(ready, row, claimer, now)
        except NotReadyError as error:
            _log.warning("the mail server does not accept owner mails (%s)", error)
            return "planned", True
        return await to_the_end(self._settled(row, outcome, claimer, now))

    async def _handed_over(
        self, ready: ReadyConnection, row: queries.ClaimOwnerMailRow, claimer: str, now: datetime
    ) -> TransportOutcome:
        handover = HandOver()
        try:
            return await ready.send(
                envelope_from=self._sender, recipient=row.recipient, content=row.content, handover=handover
            )
        except asyncio.CancelledError:
            if not handover.may_be_out:
                cut = TransportOutcome(TransportVerdict.RETRY, "cancelled", None, "ended before it was handed over")
                await to_the_end(self._release(row, claimer, cut, row.tries, None))
            else:
                cut = TransportOutcome(TransportVerdict.UNKNOWN, "data", None, "ended before the server had answered")
                await to_the_end(self._settle(row.id, claimer, cut, now))
            raise

    async def _settled(
        self, row: queries.ClaimOwnerMailRow, outcome: TransportOutcome, claimer: str, now: datetime
    ) -> tuple[str, bool]:
        if outcome.away:
            await self._release(row, claimer, outcome, row.tries, None)
            _log.warning("the mail server does not accept owner mails (%s)", outcome.reason)
            return "planned", True
        if _again(outcome) and row.tries + 1 < MOST_TRIES:
            tries = row.tries + 1
            wait = outcome.retry_after or wait_before_try(tries)
            await self._release(row, claimer, outcome, tries, now + timedelta(seconds=wait))
            return "planned", False
        return await self._settle(row.id, claimer, outcome, now), False

    async def _release(
        self,
        row: queries.ClaimOwnerMailRow,
        claimer: str,
        outcome: TransportOutcome,
        tries: int,
        after: datetime | None,
    ) -> None:
        async with self._database.transaction() as connection:
            await queries.release_owner_mail(
                connection,
                id=row.id,
                claimer=claimer,
                tries=tries,
                try_after=after,
                code=outcome.code,
                reason=outcome.reason or None,
            )

    async def _settle(self, identity: str, claimer: str, outcome: TransportOutcome, now: datetime) -> str:
        state = {TransportVerdict.ACCEPTED: "sent", TransportVerdict.UNKNOWN: "unknown"}.get(outcome.verdict, "failed")
        async with self._database.transaction() as connection:
            await queries.settle_owner_mail(
                connection,
                id=identity,
                claimer=claimer,
                state=state,
                at=now,
                code=outcome.code,
                reason=outcome.reason or None,
            )
            if state == "sent":
                await queries.mark_notifications_mailed(connection, mail_id=identity, at=now)
        if state != "sent":
            _log.warning("owner mail %s is %s (%s %s)", identity, state, outcome.stage, outcome.code or "")
        return state


def _again(outcome: TransportOutcome) -> bool:
    """A refused sender (MAIL FROM) is our mistake and may be corrected; it must not cost every waiting notice."""
    return outcome.verdict is TransportVerdict.RETRY or (
        outcome.verdict is TransportVerdict.FAILED and outcome.stage == "mail"
    )
