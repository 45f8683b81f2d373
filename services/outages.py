"""Servers that we need and cannot use: a warning in the log, a row in Postgres, a word to the operator."""

from __future__ import annotations

import hashlib
import logging
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.number_words import number_of
from services.notifications import NewNotification

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from sequences.sending.outcome import TransportOutcome

_log = logging.getLogger("relance.outages")

MAIL_SERVER: Final = "mail server"
TWILIO: Final = "Twilio"

_SAY_AGAIN: Final = timedelta(minutes=10)
_WRITE_AGAIN: Final = timedelta(seconds=20)
_SAME: Final = timedelta(minutes=10)
"""One that comes back so soon is the same outage: a server that comes and goes is told once."""


class Outages:
    """What one process knows of outages. Without a database it only writes the log, and without a clock nothing.

    Args:
        database: where all processes keep them.
        clock: the wall clock, UTC: outages are the world's, and no run's.
        operator: id of the owner who is told.
        logs: False where somebody else writes the log already.
    """

    def __init__(
        self,
        database: Database | None = None,
        clock: Callable[[], datetime] | None = None,
        operator: str = "",
        *,
        logs: bool = True,
    ) -> None:
        self._logs = logs
        self._database = database
        self._clock = clock
        self._operator = operator
        self._asked: set[str] = set()
        self._since: dict[str, datetime] = {}
        self._said: dict[str, datetime] = {}
        self._written: dict[str, datetime] = {}

    async def fails(self, service: str, outcome: TransportOutcome) -> None:
        """The service cannot be used. Says so once, then every ten minutes.

        Args:
            service: ``MAIL_SERVER``, ``TWILIO``, or another name without personal data.
            outcome: its stage, code and reason are what people read.
        """
        if self._clock is None:
            return
        now = self._clock()
        since = self._since.setdefault(service, now)
        words = ", ".join(filter(None, (outcome.stage, outcome.code, outcome.reason)))
        if self._logs and now - self._said.get(service, now - _SAY_AGAIN) >= _SAY_AGAIN:
            self._said[service] = now
            lasting = "" if since == now else f" since {since:%Y-%m-%d %H:%M} UTC"
            _log.warning("%s cannot be used%s (%s); due sends wait and are retried", service, lasting, words)
        if self._database is None or now - self._written.get(service, now - _WRITE_AGAIN) < _WRITE_AGAIN:
            return
        self._written[service] = now
        try:
            self._since[service] = await self._begin(self._database, service, outcome, now, words)
        except Exception as error:  # noqa: BLE001 - who reports an outage must not suffer from another one
            _log.warning("the outage of %s cannot be stored now (%s)", service, type(error).__name__)

    async def _begin(
        self, database: Database, service: str, outcome: TransportOutcome, now: datetime, words: str
    ) -> datetime:
        async with database.transaction() as connection:
            began: datetime = await queries.outage_seen(
                connection,
                service=service,
                at=now,
                stage=outcome.stage,
                code=outcome.code,
                reason=outcome.reason,
                reopened_since=now - _SAME,
            )
            key = _key(service, began, "began")
            await self._tell(connection, NewNotification("outage", f"{service} cannot be used: {words}", now, key))
        return began

    async def works(self, service: str) -> None:
        """The service can be used (again). Costs nothing while it always could."""
        if self._clock is None or (service in self._asked and service not in self._since):
            return
        self._asked.add(service)
        now = self._clock()
        since = self._since.pop(service, None)
        self._said.pop(service, None)
        self._written.pop(service, None)
        if self._database is not None:
            try:
                since = await self._end(self._database, service, now) or since
            except Exception as error:  # noqa: BLE001 - as above
                _log.warning("the end of the outage of %s cannot be stored now (%s)", service, type(error).__name__)
                self._asked.discard(service)
        if since is not None and self._logs:
            _log.warning("%s works again, after %s", service, _for_people(now - since))

    async def _end(self, database: Database, service: str, now: datetime) -> datetime | None:
        async with database.transaction() as connection:
            stood: datetime | None = await queries.outage_over(connection, service=service, at=now)
            if stood is not None:
                words = f"{service} works again, after {_for_people(now - stood)}"
                await self._tell(connection, NewNotification("outage", words, now, _key(service, stood, "over")))
        return stood

    async def _tell(self, connection: Connection, notification: NewNotification) -> None:
        if not self._operator:
            return
        await queries.add_notification(
            connection,
            id=f"nout{notification.key}",
            owner_id=self._operator,
            kind=notification.kind,
            title=notification.title,
            enrollment_id=None,
            person_id=None,
            created_at=notification.at,
        )


def _key(service: str, since: datetime, what: str) -> str:
    return hashlib.sha256(f"{service}\x1f{since.isoformat()}\x1f{what}".encode()).hexdigest()[:24]


def _for_people(length: timedelta) -> str:
    minutes = round(length.total_seconds() / 60)
    if minutes < 1:
        return number_of(max(round(length.total_seconds()), 0), "second")
    return number_of(minutes, "minute") if minutes < 120 else number_of(round(minutes / 60), "hour")
