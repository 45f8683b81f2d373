"""Finds out what became of sends of which nobody knows whether they went out, and says what is believed at last."""

from __future__ import annotations

import logging
from collections import Counter
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.errors import NotFoundError, PermanentError, UnavailableError
from sequences.runs.unknown_sends import LOST_AFTER, ReconcilePass, next_look, resolution
from sequences.sending.send_obstacles import SEND_PROBLEM
from sequences.sms.twilio_address import at_twilio
from services.notifications import NewNotification, notify
from services.runs.run_row import CLOSED, RunRow
from services.sending.contacts import note_contacted, prove_sent

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import datetime, timedelta

    from adapters.postgres.database import Connection, Database
    from services.ports import ProviderLookup, SentFolder
    from services.runs.planning import Planning

_log = logging.getLogger("relance.reconciling")

_A_PAGE: Final = 200
_MOST_PAGES: Final = 50
_IN_SENT: Final = "the mail in the Sent folder"
_UNTIL: Final = {
    "assumed_sent": "no proof that it was sent; the sequence treats it as sent",
    "given_up": "no proof that it was sent, and its run has ended or its retries are used up",
}


class ReconcileUnknown:
    """Watches what is in doubt. Instants are the workflow's: a run's own time decides nothing here."""

    def __init__(
        self,
        database: Database,
        planning: Planning,
        sent: SentFolder | None,
        providers: Mapping[str, ProviderLookup],
        unknown_after: timedelta,
    ) -> None:
        self._database = database
        self._planning = planning
        self._sent = sent
        self._providers = providers
        self._after = unknown_after

    async def pass_over(self, now: datetime, stopping: Callable[[], bool] = lambda: False) -> ReconcilePass:
        """One pass over everything that is in doubt and due, safe to repeat.

        ``stopping`` says when to begin no further page.
        """
        async with self._database.transaction() as connection:
            await queries.look_at_claims(connection, now=now)
            lost = await queries.lost_claims(connection, before=now - LOST_AFTER)
        done: Counter[str] = Counter(lost=len(lost))
        for _ in range(_MOST_PAGES):
            async with self._database.transaction() as connection:
                page = await queries.unknown_sends(connection, now=now, limit=_A_PAGE)
            # Told first: whatever the look brings or costs, nobody's owner is left without a word.
            for row in page:
                await self._report(row, now)
            proofs = await self._look(page, done)
            for row in page:
                done[await self._settle(row, proofs.get(row.id), now)] += 1
            if len(page) < _A_PAGE or stopping():
                break
        return ReconcilePass(
            lost=done["lost"],
            proved=done["proved"],
            assumed_sent=done["assumed_sent"],
            given_up=done["given_up"],
            waiting=done["waiting"],
            away=done["away"],
        )

    async def _report(self, row: queries.UnknownSendsRow, now: datetime) -> None:
        """Tells the owner, if nobody did: the same key as the step's own notification."""
        async with self._database.transaction() as connection:
            try:
                context = await self._planning.context(connection, await RunRow.load(connection, row.enrollment_id))
            except NotFoundError:
                _log.warning("send %s is unknown, and its record is gone: no owner to notify", row.id)
                return
            await notify(
                connection,
                context,
                NewNotification(
                    SEND_PROBLEM,
                    f"{row.step}: unknown ({row.reason or ''})",
                    now,
                    key=f"n{context.run.id}-{row.step}-unknown",
                ),
            )

    async def _look(
        self, page: Sequence[queries.UnknownSendsRow], done: Counter[str]
    ) -> dict[str, tuple[str, str | None]]:
        """What shows that a send went out, by its id: words for people, and the provider's id."""
        found: dict[str, tuple[str, str | None]] = {}
        if self._sent is not None:
            by_sender: dict[str, list[queries.UnknownSendsRow]] = {}
            for row in page:
                if row.message_id:
                    by_sender.setdefault(row.sender, []).append(row)
            for sender, rows in by_sender.items():
                try:
                    filed = await self._sent.filed(sender, [row.message_id for row in rows if row.message_id])
                except UnavailableError as error:
                    done["away"] += 1
                    _log.warning("cannot look for %d unknown mails: %s", len(rows), error)
                    continue
                found |= {row.id: (_IN_SENT, None) for row in rows if row.message_id in filed}
        for row in page:
            lookup = self._providers.get(row.channel)
            provider = await self._at_provider(lookup, row, done) if lookup is not None else None
            if provider is not None:
                found[row.id] = (f"the {CHANNELS[row.channel].label} at the provider", provider)
        return found

    async def _at_provider(
        self, lookup: ProviderLookup, row: queries.UnknownSendsRow, done: Counter[str]
    ) -> str | None:
        async with self._database.transaction() as connection:
            others = await queries.provider_ids_of_others(connection, id=row.id)
        try:
            to, sender = at_twilio(row.channel, row.recipient), at_twilio(row.channel, row.sender)
            return await lookup.find(to, row.text, row.claimed_at, sender=sender, known=others)
        except (UnavailableError, PermanentError) as error:
            done["away"] += 1
            _log.warning("cannot look for the unknown %s %s: %s", CHANNELS[row.channel].label, row.id, error)
            return None

    async def _settle(self, row: queries.UnknownSendsRow, proof: tuple[str, str | None] | None, now: datetime) -> str:
        async with self._database.transaction() as connection:
            if proof is not None:
                by, provider = proof
                return "proved" if await prove_sent(connection, row, now, by=by, provider_message_id=provider) else ""
            version = await self._planning.version(connection, row.sequence, row.version)
            # A run sends again as long as it lives and has not put the step behind it.
            again = row.run_state not in CLOSED and row.step_state == "planned"
            believed = resolution(
                version.definition.if_unknown, first=row.looked_at, now=now, after=self._after, sends_again=again
            )
            if believed is None:
                await queries.look_again(connection, id=row.id, at=next_look(row.looked_at, now))
                return "waiting"
            return await self._believe(connection, row, believed, now)

    async def _believe(self, connection: Connection, row: queries.UnknownSendsRow, believed: str, now: datetime) -> str:
        resolved = await queries.resolve_unknown(connection, id=row.id, resolution=believed, at=now)
        if resolved is None:
            return ""
        await queries.add_run_event(
            connection,
            enrollment_id=row.enrollment_id,
            at=now,
            kind=f"send_{believed}",
            detail={"step": row.step, "send": row.id, "reason": _UNTIL[believed]},
            key=f"{believed}:{row.id}:{row.attempts}",
        )
        if believed == "assumed_sent":
            run = await RunRow.load(connection, row.enrollment_id)
            await note_contacted(connection, run, row.id, row.claimed_at or now)
        return believed
