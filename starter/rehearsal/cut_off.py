"""The outside world of a rehearsal: everything that would leave ends in a list. It opens no connection to anybody."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sequences.reactions.sentiment import Intent, Label, Probabilities, Score
from sequences.sending.deliveries import DeliveryVerdict, ReceiverAnswer
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Mapping, Sequence
    from datetime import datetime


@dataclass
class WouldHaveLeft:
    """What would have left.

    Attributes:
        mails: how many.
        texts: how many.
        posts: URLs of webhooks.
    """

    mails: int = 0
    texts: int = 0
    posts: list[str] = field(default_factory=list)


class DroppedMail:
    """An ``EmailTransport`` that accepts every mail and drops it."""

    def __init__(self, outside: WouldHaveLeft) -> None:
        self._outside = outside

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[DroppedMail]:
        """Always ready."""
        yield self

    async def send(self, *, envelope_from: str, recipient: str, content: bytes, handover: HandOver) -> TransportOutcome:
        """Accepted."""
        self._outside.mails += 1
        return TransportOutcome(TransportVerdict.ACCEPTED, "rehearsal")


class DroppedSms:
    """An ``SmsTransport`` that accepts every text and drops it."""

    def __init__(self, outside: WouldHaveLeft) -> None:
        self._outside = outside

    async def send(
        self,
        *,
        recipient: str,
        body: str,
        sender: str | None,
        status_callback: str,
        handover: HandOver,
        content: Mapping[str, str] | None = None,
    ) -> TransportOutcome:
        """Accepted."""
        self._outside.texts += 1
        return TransportOutcome(TransportVerdict.ACCEPTED, "rehearsal")

    async def find(
        self, recipient: str, body: str, since: datetime, *, sender: str | None = None, known: Collection[str] = ()
    ) -> str | None:
        """Nothing is ever in doubt here."""
        return None


class DroppedPosts:
    """``Receivers`` that take every webhook and post nothing."""

    def __init__(self, outside: WouldHaveLeft) -> None:
        self._outside = outside

    async def address_of(self, endpoint: str) -> str | None:
        """Its name: the copy that is played has no receivers, and nothing is posted anyway."""
        return endpoint

    async def post(self, url: str, body: bytes, *, key: str) -> ReceiverAnswer:
        """Done."""
        self._outside.posts.append(url)
        return ReceiverAnswer(DeliveryVerdict.DONE, "not posted: this is a rehearsal")


class GivenScores:
    """A model that reads every reply as it was asked for."""

    def __init__(self, label: Label) -> None:
        self._label = label

    def score(self, texts: Sequence[str]) -> list[Score]:
        """The same for all."""
        sure = {each: 0.98 if each is self._label else 0.01 for each in (Label.POSITIVE, Label.NEGATIVE, Label.NEUTRAL)}
        probabilities = Probabilities(sure[Label.POSITIVE], sure[Label.NEGATIVE], sure[Label.NEUTRAL])
        one = Score(
            label=self._label,
            confidence=0.98,
            probabilities=probabilities,
            intent=Intent.OTHER,
            opt_out=False,
            needs_review=False,
        )
        return [one] * len(texts)
