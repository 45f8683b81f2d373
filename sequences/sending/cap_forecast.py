"""Which planned messages the limit of messages to one person puts off, as far as the plans of today say."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from sequences.sending.send_obstacles import span_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sequences.definition.compile import FrequencyLimit


@dataclass(frozen=True, slots=True)
class MessageAhead:
    """A message of one person's plans.

    Attributes:
        run: id of the run.
        step: of the sequence.
        at: when it is due; UTC.
        timezone: the recipient's.
        limit: of its sequence on its channel; None: the sequence is exempt.
    """

    run: str
    step: str
    channel: str
    at: datetime
    timezone: str
    limit: FrequencyLimit | None


@dataclass(frozen=True, slots=True)
class SentMessage:
    """A message that went to the person, or may have."""

    channel: str
    at: datetime


def put_off(planned: Sequence[MessageAhead], sent: Sequence[SentMessage]) -> Mapping[tuple[str, str], datetime]:
    """Run and step of each message that will not go when it is due, with the earliest instant of the next try.

    Asked as the engine asks when the message is due: in the span of its own limit, how many went out on its channel.
    Messages that are put off are not planned again here, so what they push away in turn is not known.

    Args:
        planned: of one person, in all sequences.
        sent: to that person.
    """
    went = list(sent)
    later: dict[tuple[str, str], datetime] = {}
    for each in sorted(planned, key=lambda one: (one.at, one.run, one.step)):
        span = span_of(each.limit, each.timezone, each.at)
        if span.cap is not None and span.start is not None and span.ends is not None:
            before = sum(one.channel == each.channel and span.start <= one.at <= each.at for one in went)
            if before >= span.cap:
                later[each.run, each.step] = span.ends
                continue
        went.append(SentMessage(each.channel, each.at))
    return later
