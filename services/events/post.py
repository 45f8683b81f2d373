"""Posts the event stream to its subscribers: at least once, and in order for each person.

An event that a receiver does not take holds back the later events of its person alone. What a process had begun when it
died is posted again once its claim is over, under the same id.
"""

from __future__ import annotations

import json
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.events.catalogue import StoredEvent, event_id, event_of, known_types, plain
from sequences.sending.deliveries import DeliveryVerdict, asked_wait, lasts_words, next_try
from services.events.read import PLACED_AT_ONCE, people_of
from services.webhooks.tries import WebhookTry, log_try

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.sending.deliveries import ReceiverAnswer
    from services.ports import Receivers

_log = logging.getLogger("relance.events")

LEASE: Final = timedelta(minutes=2)
"""Longer than a post may take. Then whoever claimed it is taken for dead."""
_PAGE: Final = 500
_MOST_WAITING: Final = 5_000
"""So many rows of one subscription wait; the stream keeps the rest."""
_EACH: Final = 5
"""Posts to one receiver at the same time."""
_MANY: Final = 5
"""Failures after which the receiver itself is doubted, if they are about several people."""
_PEOPLE: Final = 3
_NO_ROOM: Final = timedelta(seconds=2)
_GONE: Final = 410
_TOLD_EVERY: Final = timedelta(hours=1)


@dataclass(frozen=True)
class PostEvents:
    """Reads the stream for subscriptions, and posts.

    Attributes:
        receivers: the world outside.
        lasts: how long an event is tried, and how long a receiver may take nothing.
        operator: id of the owner who hears of what fails for good; empty: nobody does.
    """

    database: Database
    receivers: Receivers
    clock: Callable[[], datetime]
    lasts: timedelta
    operator: str

    async def read_stream(self) -> bool:
        """Takes the next events for every subscription that has room. True: there is more at once."""
        async with self.database.transaction() as connection:
            head = await queries.place_stream_events(connection, most=PLACED_AT_ONCE)
        more = False
        async with self.database.transaction() as connection:
            now = self.clock()
            for each in await queries.subscriptions_to_read(connection, most=_MOST_WAITING):
                page = await queries.read_for_subscription(
                    connection,
                    endpoint_id=each.endpoint_id,
                    types=known_types(each.types),
                    after=each.position,
                    limit=_PAGE,
                    now=now,
                    erased_at=now + LEASE,
                )
                full = page is not None and page.found >= _PAGE and page.last is not None
                # Of a page that is not full everything up to the head is read.
                place = page.last if page is not None and page.last is not None and full else head
                await queries.move_subscription(connection, endpoint_id=each.endpoint_id, position=place)
                more = more or full
        return more

    async def claim(self, claim: str, limit: int) -> list[queries.ClaimEventDeliveriesRow]:
        """Claims what may be posted now.

        Args:
            claim: whose it is: unique for every claim.
            limit: rows at the most.
        """
        now = self.clock()
        async with self.database.transaction() as connection:
            return await queries.claim_event_deliveries(
                connection, now=now, claim=claim, until=now + LEASE, limit=limit, each=_EACH, failed=_MANY
            )

    async def post(self, row: queries.ClaimEventDeliveriesRow, claim: str) -> None:
        """Posts one event that was claimed, and writes what came of it."""
        if row.type is None or row.at is None:
            # Its person was erased, or it is older than what is kept.
            async with self.database.transaction() as connection:
                await queries.event_delivered(
                    connection, endpoint_id=row.endpoint_id, position=row.position, claim=claim
                )
            return
        stored = StoredEvent(
            row.position, row.type, row.at, row.person_id, row.enrollment_id, row.sequence, row.version, row.detail
        )
        people = {}
        if row.with_person:
            async with self.database.statement() as connection:
                people = dict(await people_of(connection, [row.person_id]))
        event = event_of(stored, people.get(row.person_id or ""))
        body = json.dumps(plain(event), separators=(",", ":")).encode()
        answer = await self.receivers.post(row.url, body, key=event_id(row.position))
        await self._settle(row, claim, answer)

    async def _settle(self, row: queries.ClaimEventDeliveriesRow, claim: str, answer: ReceiverAnswer) -> None:
        now = self.clock()
        key = {"endpoint_id": row.endpoint_id, "position": row.position, "claim": claim}
        async with self.database.transaction() as connection:
            if answer.verdict is DeliveryVerdict.DONE:
                await queries.event_delivered(connection, **key)  # type: ignore[arg-type]
                await queries.receiver_took_one(connection, endpoint_id=row.endpoint_id)
                await self._note(connection, row, "done", answer.words, now)
            elif not answer.tried:
                await queries.untry_event(connection, **key, next_try_at=now + _NO_ROOM)  # type: ignore[arg-type]
            elif answer.status == _GONE:
                await queries.put_off_event(connection, **key, next_try_at=now)  # type: ignore[arg-type]
                await self._note(connection, row, "dead", answer.words, now)
                await self._fail(connection, row, "gone", "it says that it is gone (HTTP 410)", now)
            else:
                await self._failed(connection, row, claim, answer, now)

    async def _failed(
        self,
        connection: Connection,
        row: queries.ClaimEventDeliveriesRow,
        claim: str,
        answer: ReceiverAnswer,
        now: datetime,
    ) -> None:
        state = await queries.receiver_failed(connection, endpoint_id=row.endpoint_id, now=now)
        if state is None:
            return
        since = state.failing_since or now
        doubted = state.failures >= _MANY and state.people >= _PEOPLE
        asked = asked_wait(answer.retry_after, now)
        began = row.tried_since or now
        again = next_try(row.tries, now, began + self.lasts, seed=f"{row.endpoint_id}:{row.position}", asked=asked)
        if doubted or again is not None:
            # A receiver that is away loses nothing: its events wait as long as it is tried.
            wait = again or now
            await queries.put_off_event(
                connection, endpoint_id=row.endpoint_id, position=row.position, claim=claim, next_try_at=wait
            )
            await self._note(connection, row, "again", answer.words, now)
        else:
            await queries.event_delivered(connection, endpoint_id=row.endpoint_id, position=row.position, claim=claim)
            words = f"given up after {lasts_words(self.lasts)}: {answer.words}"
            await self._note(connection, row, "dead", words, now)
            _log.warning("event %d for %s is given up (%s)", row.position, row.name, answer.words)
            hour = int(now.timestamp() // _TOLD_EVERY.total_seconds())
            title = f"An event could not be posted to {row.name}: {words}"
            await self._tell(connection, f"{row.endpoint_id}:{hour}", title, now)
        if not doubted:
            return
        rest = next_try(state.failures - _MANY + 1, now, since + self.lasts, seed=row.endpoint_id, asked=asked)
        if rest is None:
            words = f"it took nothing for {lasts_words(self.lasts)} ({answer.words})"
            await self._fail(connection, row, "took_nothing", words, now)
        else:
            await queries.rest_subscription(connection, endpoint_id=row.endpoint_id, until=rest)

    async def _fail(
        self, connection: Connection, row: queries.ClaimEventDeliveriesRow, reason: str, words: str, now: datetime
    ) -> None:
        changed = await queries.set_subscription_state(
            connection, endpoint_id=row.endpoint_id, state="failed", reason=reason, at=now
        )
        if changed is None:
            # Another post said so at the same moment.
            return
        _log.warning("events are not posted to %s any more: %s; `relance webhook resume` goes on", row.name, words)
        title = f"Events are not posted to {row.name} any more: {words}. Resume it when it works again."
        await self._tell(connection, f"{row.endpoint_id}:{now.isoformat()}", title, now)

    async def _note(
        self, connection: Connection, row: queries.ClaimEventDeliveriesRow, outcome: str, words: str, now: datetime
    ) -> None:
        await log_try(connection, WebhookTry(row.url, event_id(row.position), outcome, words), now)

    async def _tell(self, connection: Connection, key: str, title: str, now: datetime) -> None:
        if not self.operator:
            return
        await queries.add_notification(
            connection,
            id=f"nevents:{key}",
            owner_id=self.operator,
            kind="delivery_problem",
            title=title,
            enrollment_id=None,
            person_id=None,
            created_at=now,
        )
