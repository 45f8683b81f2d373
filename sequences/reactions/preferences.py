"""What a person chose on the preference page, and what that changes. Only what was chosen there is undone there."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime

from sequences.channels import CHANNELS

TOPIC = "topic"
"""In the detail of an unsubscribe: the topic that the person left, and nothing else."""
PREFERENCES = "preferences"
"""The reason of a suppression that was chosen on the preference page; no other one is ever lifted there."""


@dataclass(frozen=True)
class Standing:
    """A suppression that stands: ``channel`` is one of ``CHANNELS``, or ``all``; ``since`` is UTC."""

    channel: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class Preference:
    """One channel as the page shows it.

    Attributes:
        allowed: we may write there.
        locked: the reason of a suppression that the page cannot lift, or None.
        since: UTC; since when it is off, or None.
    """

    channel: str
    allowed: bool
    locked: str | None = None
    since: datetime | None = None


@dataclass(frozen=True)
class Change:
    """Channels to suppress, and channels whose own suppression is lifted; either may hold ``all``."""

    suppress: tuple[str, ...] = ()
    lift: tuple[str, ...] = ()


@dataclass(frozen=True)
class Topic:
    """A topic as the page shows it: whether the person hears of it, and since when not."""

    name: str
    wanted: bool
    since: datetime | None = None


def present(standing: Iterable[Standing], agreed: Collection[str] = ()) -> tuple[Preference, ...]:
    """The state of every channel that the page shows.

    Args:
        standing: all suppressions of the person.
        agreed: channels that nobody is written to on without their consent, and the person gave it.
    """
    known = sorted(standing, key=lambda one: one.since)
    return tuple(_of(channel, known) for channel in _shown(known, agreed))


def _shown(standing: Iterable[Standing], agreed: Collection[str]) -> tuple[str, ...]:
    """Without consent nothing comes on a channel that needs it: there is nothing to choose."""
    chosen = {one.channel for one in standing if one.reason == PREFERENCES}
    return tuple(name for name, spec in CHANNELS.items() if spec.consent is None or name in agreed or name in chosen)


def _of(channel: str, known: list[Standing]) -> Preference:
    here = [one for one in known if one.channel in (channel, "all")]
    locks = [one for one in here if one.reason != PREFERENCES]
    if locks:
        return Preference(channel, allowed=False, locked=locks[0].reason, since=locks[0].since)
    return Preference(channel, allowed=not here, since=here[0].since if here else None)


def change(standing: Iterable[Standing], allowed: frozenset[str] | None, agreed: Collection[str] = ()) -> Change:
    """What a choice changes; making it twice changes nothing more.

    Args:
        standing: all suppressions of the person.
        allowed: the channels that the person lets us use, or None for "nothing at all, ever".
        agreed: as in ``present``.
    """
    known = list(standing)
    own = {one.channel for one in known if one.reason == PREFERENCES}
    if allowed is None:
        wanted = {"all"}
    else:
        locked = {state.channel for state in present(known, agreed) if state.locked is not None}
        # A locked channel cannot be chosen: it stays off by the person's own choice too, if it was.
        wanted = {
            channel
            for channel in _shown(known, agreed)
            if channel not in allowed and (channel not in locked or not own.isdisjoint({channel, "all"}))
        }
    return Change(tuple(sorted(wanted - own)), tuple(sorted(own - wanted)))
