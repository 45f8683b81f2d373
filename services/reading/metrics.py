"""What the rows of Postgres say of the product's promises, as metrics. Read when Prometheus asks."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.outage_errors import is_outage
from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Database

_DAY: Final = timedelta(days=1)
_PLANNED_WITHIN: Final = timedelta(days=3)
"""A message is planned, waits for its slot, and is claimed: what was claimed today was planned since then."""
_MOST: Final = 10_000
_KEPT_SECONDS: Final = 10.0
_SECONDS: Final = 5.0
_log = logging.getLogger("relance.metrics")


@dataclass(frozen=True)
class Gauge:
    """One metric: what it means, and its labels."""

    name: str
    meaning: str
    labels: tuple[str, ...] = ()


OLDEST_DUE: Final = "relance_send_oldest_due_seconds"
GAUGES: Final = (
    Gauge("relance_sends_last_day", "Messages of the last 24 hours, by what became of them.", ("channel", "outcome")),
    Gauge(
        "relance_sends_after_reply_last_day",
        "Messages of steps sent after the person's answer was stored, in the last 24 hours. It must be 0.",
        ("answer",),
    ),
    Gauge("relance_sends_unknown", "Messages of which it is unknown whether they went out."),
    Gauge(OLDEST_DUE, "Age of the oldest message that is due and not sent."),
    Gauge("relance_opt_outs_last_day", "New suppressions of the last 24 hours, by what led to them.", ("way",)),
    Gauge("relance_reactions_last_day", "Replies, bounces, complaints and opt-outs of the last 24 hours.", ("kind",)),
    Gauge("relance_reaction_oldest_undelivered_seconds", "Age of the oldest reaction that its run was not told of."),
    Gauge("relance_reviews_waiting", "Replies that wait for a person to read them."),
    Gauge("relance_unmatched_waiting", "Received messages that fit no run and wait for a person."),
    Gauge("relance_batches_waiting", "Batches of automatic enrollments that wait for approval."),
    Gauge("relance_dead_letters", "Follow-ups that were given up and can be delivered again.", ("kind",)),
    Gauge("relance_back_offs", "Our addresses and numbers that a server asked to wait.", ("channel",)),
    Gauge("relance_webhook_tries_last_day", "Tries to deliver webhooks in the last 24 hours.", ("outcome",)),
    Gauge("relance_crm_read_age_seconds", "Seconds since all that had changed in the CRM was read."),
    Gauge("relance_crm_records", "Records of the CRM that were read, and items that were refused, ever.", ("outcome",)),
    Gauge(
        "relance_crm_writes_last_day", "Writes to the CRM about the last 24 hours: done, waiting, dead.", ("outcome",)
    ),
    Gauge("relance_crm_writes_dead", "Writes to the CRM that were given up and can be tried again."),
    Gauge("relance_crm_oldest_waiting_seconds", "Age of what happened longest ago and waits to be written to the CRM."),
    Gauge("relance_subscriptions", "Subscriptions to events: active, paused, failed.", ("state",)),
    Gauge("relance_subscription_events_waiting", "Events that were read for a subscription and are not posted yet."),
    Gauge("relance_subscription_failing_seconds", "For how long a receiver that is still tried has taken nothing."),
)


@dataclass(frozen=True)
class Measured:
    """One value of a gauge."""

    gauge: str
    labels: tuple[str, ...]
    value: float


class RowMetrics:
    """Reads the values; however often they are asked for, at most every ten seconds.

    Args:
        database: asked with a time limit of five seconds.
        clock: the wall clock, UTC.
    """

    def __init__(self, database: Database, clock: Callable[[], datetime]) -> None:
        self._database = database
        self._clock = clock
        self._one_at_a_time = asyncio.Lock()
        self._read_at: float | None = None
        self._values: Sequence[Measured] | None = None

    async def values(self) -> Sequence[Measured] | None:
        """All values; None: Postgres does not answer in time."""
        async with self._one_at_a_time:
            now = asyncio.get_running_loop().time()
            if self._read_at is None or now - self._read_at >= _KEPT_SECONDS:
                self._values = await self._in_time()
                self._read_at = asyncio.get_running_loop().time()
            return self._values

    async def _in_time(self) -> Sequence[Measured] | None:
        try:
            async with asyncio.timeout(_SECONDS):
                return await self._read(self._clock())
        except Exception as error:
            if not (isinstance(error, TimeoutError) or is_outage(error)):
                raise
            _log.warning("the rows cannot be measured now (%s)", type(error).__name__)
            return None

    async def _read(self, now: datetime) -> Sequence[Measured]:
        async with self._database.statement() as connection:
            rows = await queries.metric_values(
                connection, now=now, since=now - _DAY, planned_since=now - _PLANNED_WITHIN, most=_MOST
            )
            box = await queries.outbox(connection, now=now)
        oldest = max(0.0, (now - box.oldest_due).total_seconds()) if box is not None and box.oldest_due else 0.0
        return [*(Measured(row.metric, tuple(row.labels), row.value) for row in rows), Measured(OLDEST_DUE, (), oldest)]
