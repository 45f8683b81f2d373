"""How it is sent: the pigeons take every letter, unless they were told otherwise."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.sending.attempt import Attempt, ClaimedSend
    from services.sending.carriers import HandsOver


@dataclass
class Pigeons:
    """A carrier that works in memory."""

    outcomes: list[TransportOutcome] = field(default_factory=list)
    flown: list[tuple[str, str]] = field(default_factory=list)

    @asynccontextmanager
    async def ready(self, attempt: Attempt) -> AsyncIterator[HandsOver]:
        """Always."""
        yield self._hand_over

    async def _hand_over(self, row: ClaimedSend, handover: HandOver) -> TransportOutcome:
        self.flown.append((row.recipient, row.text))
        return self.outcomes.pop(0) if self.outcomes else TransportOutcome(TransportVerdict.ACCEPTED, "air")

    async def report(self, attempt: Attempt, outcome: TransportOutcome, content: bytes) -> None:
        """Pigeons say nothing."""
