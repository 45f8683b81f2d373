"""What comes back: a letter from a loft is an answer to the newest letter that we sent there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from services.intake.store_inbound import Arrival, Stored, store_arrival

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Database


class PigeonIntake:
    """Takes letters in."""

    def __init__(self, database: Database, clock: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake

    async def receive(self, ring: str, loft: str, words: str) -> Stored:
        """Stores a letter once, by the number on the pigeon's ring."""
        async with self._database.transaction() as connection:
            found = await connection.fetch(
                "SELECT id FROM send WHERE channel = 'pigeon' AND recipient = $1 ORDER BY claimed_at DESC LIMIT 1", loft
            )
            arrival = Arrival(
                key=f"pigeon:{ring}",
                channel="pigeon",
                raw=words.encode(),
                event="human",
                received_at=self._clock(),
                sender=loft,
                text=words,
                reply_text=words,
                send=await queries.send_row(connection, id=found[0]["id"]) if found else None,
                kind=ReactionKind.REPLIED,
            )
            stored = await store_arrival(connection, arrival)
        self._wake()
        return stored
