"""The channels on which messages go. A channel is one file here, and one line in ``CHANNELS``."""

from __future__ import annotations

from typing import Final

from sequences.channels.email import EMAIL
from sequences.channels.sms import SMS
from sequences.channels.spec import ChannelSpec, Consent
from sequences.channels.whatsapp import WHATSAPP
from sequences.planning.wallclock import ClockRange

CHANNELS: Final[dict[str, ChannelSpec]] = {spec.name: spec for spec in (EMAIL, SMS, WHATSAPP)}
"""By name, in the order in which people see them. A step's key and every stored ``channel`` is one of these names."""

__all__ = [
    "CHANNELS",
    "EMAIL",
    "SMS",
    "WHATSAPP",
    "ChannelSpec",
    "Consent",
    "consents",
    "from_owner",
    "is_channel",
    "legal_hours",
]


def is_channel(name: str) -> bool:
    """True for a channel, and False for ``action``, ``all`` and ``web``."""
    return name in CHANNELS


def from_owner(name: str) -> bool:
    """A message goes out in the name and from the address of a recruiter; False also for what sends no message."""
    spec = CHANNELS.get(name)
    return spec is not None and spec.from_owner


def legal_hours(name: str) -> ClockRange | None:
    """The hours of the recipient's day in which the channel may be used; None: any hour, or no channel at all."""
    spec = CHANNELS.get(name)
    return spec.hours if spec is not None else None


def consents() -> dict[str, Consent]:
    """What a person must have said before anything goes to them, by the channels that ask for it."""
    return {str(name): spec.consent for name, spec in CHANNELS.items() if spec.consent is not None}
