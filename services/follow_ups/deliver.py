"""Follow-ups that go out: other sequences and webhooks. Each is a row, with tries, an end and a last word.

Messages to the person go another way: ``services.follow_ups.send_message``.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries
from sequences.auto_enroll.messages import Refused
from sequences.errors import NotFoundError, RefusedError, UnavailableError
from sequences.sending.deliveries import (
    DELIVERY_PROBLEM,
    NET,
    SEND,
    Delivered,
    DeliveryVerdict,
    asked_wait,
    lasts_words,
    next_try,
    webhook_payload,
)
from sequences.tokens import TokenKind, sign
from services.enrolling.enroll import EntryRequest
from services.notifications import NewNotification, colleague, notify
from services.runs.run_row import RunRow
from services.webhooks.tries import WebhookTry, log_try

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.enrolling.enroll import Enrolling
    from services.ports import Receivers
    from services.runs.planning import Planning

_log = logging.getLogger("relance.deliveries")

_DONE, _REFUSED, _AGAIN, _DEAD = "done", "failed", "again", "dead"

_MOST_TOLD: Final = 20
_A_WHILE: Final = timedelta(hours=1)
"""An owner is told of so many in such a time, each by itself; then once that there is more."""


@dataclass(frozen=True)
class _Outcome:
    state: str
    words: str
    asked: timedelta | None = None
    posted_to: str = ""


@dataclass(frozen=True, kw_only=True)
class DeliverFollowUp:
    """Tries what waits in ``follow_up`` to go out, one row a call.

    Attributes:
        secret: signs the token that comes back.
        lasts: from the first try to the deadline.
    """

    database: Database
    planning: Planning
    enrolling: Enrolling
    receivers: Receivers
    secret: bytes
    lasts: timedelta

    async def deliver(self, follow_up: str, now: datetime) -> Delivered:
        """One try. What a receiver does or fails to do is the outcome, never an error."""
        async with self.database.transaction() as connection:
            row = await queries.begin_delivery(connection, id=follow_up, now=now, again_at=now + 4 * NET)
            if row is None:
                # Done, overruled by a review, or closed meanwhile.
                return Delivered(await _state(connection, follow_up))
            if row.kind == SEND:
                return Delivered(row.state, sends=True)
            run = await RunRow.load(connection, row.enrollment_id)
        outcome = await (self._enroll(run, row) if row.kind == "enroll" else self._post(run, row, now))
        async with self.database.transaction() as connection:
            return await self._settle(connection, run, row, outcome, now)

    async def give_up(self, follow_up: str, reason: str, now: datetime) -> Delivered:
        """The tries fail on our own side, for good: the row says so and its owner is told."""
        async with self.database.transaction() as connection:
            row = await queries.follow_up_row(connection, id=follow_up)
            if row is not None and row.state == "pending":
                run = await RunRow.load(connection, row.enrollment_id)
                return await self._end(connection, run, row, _Outcome(_DEAD, reason), now)
            return Delivered(row.state if row is not None else "")

    # --- trying -------------------------------------------------------------------------------------------------

    async def _enroll(self, run: RunRow, row: queries.FollowUpRow) -> _Outcome:
        try:
            lineage = (*run.lineage, run.sequence)
            accepted = await self.enrolling.enroll(
                EntryRequest(row.arguments["enroll"], row.id, run.person_id, run.record_id, "sequence", lineage)
            )
        except RefusedError as error:
            # An answer of the person is being read at this moment; it decides whether they may be enrolled.
            waits = error.reason == Refused.ANSWERED
            return _Outcome(_AGAIN if waits else _REFUSED, f"{error.reason}: {error.detail}")
        except NotFoundError as error:
            return _Outcome(_DEAD, str(error))
        except UnavailableError as error:
            return _Outcome(_AGAIN, str(error))
        except Exception as error:  # noqa: BLE001 - a fault of ours has an end too: it counts as a try
            _log.exception("delivery %s failed", row.id)
            return _Outcome(_AGAIN, f"it failed on our side ({type(error).__name__})")
        return _Outcome(_DONE, accepted.enrollment)

    async def _post(self, run: RunRow, row: queries.FollowUpRow, now: datetime) -> _Outcome:
        """Posts the facts, with a token that the CRM hands back as ``echo`` in changes that this webhook led to."""
        webhook = row.arguments["webhook"]
        endpoint = webhook.get("endpoint")
        url = await self.receivers.address_of(endpoint) if endpoint is not None else webhook["url"]
        if url is None:
            return _Outcome(_DEAD, f"there is no receiver {endpoint} any more: `relance webhook add` adds it")
        facts = _facts(run, row) | {"echo": sign(TokenKind.ECHO, row.id, self.secret)}
        payload = webhook_payload(facts) if endpoint is not None else facts
        body = json.dumps(payload, separators=(",", ":")).encode()
        answer = await self.receivers.post(url, body, key=row.id)
        state = {DeliveryVerdict.DONE: _DONE, DeliveryVerdict.AGAIN: _AGAIN, DeliveryVerdict.NEVER: _DEAD}[
            answer.verdict
        ]
        return _Outcome(state, answer.words, asked_wait(answer.retry_after, now), url)

    # --- settling -----------------------------------------------------------------------------------------------

    async def _settle(
        self, connection: Connection, run: RunRow, row: queries.FollowUpRow, outcome: _Outcome, now: datetime
    ) -> Delivered:
        if outcome.posted_to:
            tried = WebhookTry(outcome.posted_to, row.id, outcome.state, outcome.words)
            await log_try(connection, tried, now)
        if outcome.state == _DONE:
            await queries.delivered(connection, id=row.id, result=outcome.words, at=now)
            _log.info("delivery %s of %s is done", row.id, run.id, extra=_ids(row, run))
            return Delivered(_DONE)
        if outcome.state != _AGAIN:
            return await self._end(connection, run, row, outcome, now)
        assert row.tried_since is not None, "a try began"
        again = next_try(row.tries, now, row.tried_since + self.lasts, seed=row.id, asked=outcome.asked)
        if again is None:
            words = f"given up after {lasts_words(self.lasts)}: {outcome.words}"
            return await self._end(connection, run, row, _Outcome(_DEAD, words), now)
        waits = await queries.put_off_delivery(
            connection,
            id=row.id,
            round=row.round,
            result=outcome.words,
            next_try_at=again,
            hand_at=again + NET,
        )
        if not waits:
            return Delivered(await _state(connection, row.id))
        _log.info("delivery %s of %s waits for a retry (%s)", row.id, run.id, outcome.words, extra=_ids(row, run))
        return Delivered("pending", again)

    async def _end(
        self, connection: Connection, run: RunRow, row: queries.FollowUpRow, outcome: _Outcome, now: datetime
    ) -> Delivered:
        ended = await queries.end_delivery(
            connection,
            id=row.id,
            round=row.round,
            state=outcome.state,
            result=outcome.words,
            at=now,
        )
        if ended is None:
            return Delivered(await _state(connection, row.id))
        if outcome.state == _DEAD:
            _log.warning("delivery %s of %s is dead (%s)", row.id, run.id, outcome.words, extra=_ids(row, run))
            await self._tell(connection, run, row, outcome.words, now)
        else:
            _log.info("delivery %s of %s is refused", row.id, run.id, extra=_ids(row, run))
        return Delivered(outcome.state)

    async def _tell(
        self, connection: Connection, run: RunRow, row: queries.FollowUpRow, words: str, now: datetime
    ) -> None:
        try:
            context = await self.planning.context(connection, run)
        except NotFoundError:
            _log.warning("delivery %s is dead, and its record is gone: no owner to notify", row.id)
            return
        owner = colleague(context, "owner")
        if owner is None:
            _log.warning("delivery %s is dead, and its record has no owner to notify", row.id)
            return
        told = await queries.problem_notifications(
            connection, owner_id=owner, kind=DELIVERY_PROBLEM, since=now - _A_WHILE
        )
        if told >= _MOST_TOLD:
            # One receiver that is gone may cost thousands of rows: the list has them all.
            if told == _MOST_TOLD:
                await queries.add_notification(
                    connection,
                    id=f"n{row.id[1:]}-more",
                    owner_id=owner,
                    kind=DELIVERY_PROBLEM,
                    title="more deliveries failed; `relance deliveries --dead` lists them",
                    enrollment_id=None,
                    person_id=None,
                    created_at=now,
                )
            return
        kinds = {"enroll": f"enrollment in {row.arguments.get('enroll')}", SEND: f"message {row.arguments.get(SEND)}"}
        what = kinds.get(row.kind, "webhook")
        key = row.id if row.round == 0 else f"{row.id}-{row.round}"
        await notify(
            connection,
            context,
            NewNotification(
                DELIVERY_PROBLEM, f"{what} of {context.version.definition.name} not delivered ({words})", now, key=key
            ),
        )


def _ids(row: queries.FollowUpRow, run: RunRow) -> dict[str, dict[str, str]]:
    return {"ids": {"follow_up": row.id, "run": run.id}}


async def _state(connection: Connection, follow_up: str) -> str:
    row = await queries.follow_up_row(connection, id=follow_up)
    return str(row.state) if row is not None else ""


def _facts(run: RunRow, row: queries.FollowUpRow) -> dict[str, Any]:
    return {
        "id": row.id,
        "event": row.event,
        "cause": row.cause,
        "enrollment": run.id,
        "sequence": run.sequence,
        "version": run.version,
        "person": run.person_id,
        "record": run.record_id,
        "record_type": run.record_type,
        "lineage": [*run.lineage, run.sequence],
        "at": row.at.isoformat(),
    }
