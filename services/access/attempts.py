"""What a browser began and brings back: once, soon, and by nobody else."""

from __future__ import annotations

import hashlib
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres import queries

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection

GOOD_FOR: Final = timedelta(minutes=10)


class Attempts:
    """Attempts of one kind.

    Args:
        kind: what is begun, such as ``oidc``.
        good_for: how long it may take.
    """

    def __init__(self, kind: str, good_for: timedelta = GOOD_FOR) -> None:
        self._kind = kind
        self._good_for = good_for

    async def begin(
        self, connection: Connection, secret: str, browser: str, detail: Mapping[str, Any], now: datetime
    ) -> None:
        """Remembers one.

        Args:
            connection: in a transaction.
            secret: what will come back.
            browser: a secret that only this browser has.
            detail: what to know then.
            now: UTC.
        """
        await queries.drop_old_attempts(connection, now=now)
        await queries.add_attempt(
            connection,
            hash=_hash(secret),
            browser=_hash(browser),
            kind=self._kind,
            detail=dict(detail),
            expires_at=now + self._good_for,
        )

    async def look(self, connection: Connection, secret: str, browser: str, now: datetime) -> dict[str, Any] | None:
        """What was remembered, without using it up; None as for ``take``."""
        found: dict[str, Any] | None = await queries.look_at_attempt(
            connection, hash=_hash(secret), browser=_hash(browser), kind=self._kind, now=now
        )
        return found

    async def take(self, connection: Connection, secret: str, browser: str, now: datetime) -> dict[str, Any] | None:
        """What was remembered; None: unknown, used, too old, or another browser began it."""
        found: dict[str, Any] | None = await queries.take_attempt(
            connection, hash=_hash(secret), browser=_hash(browser), kind=self._kind, now=now
        )
        return found


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()
