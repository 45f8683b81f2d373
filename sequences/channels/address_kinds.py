"""Channels that use the same kind of address: what stands against a number counts for all channels of numbers."""

from __future__ import annotations

from typing import Final

from sequences.channels import CHANNELS, EMAIL, SMS

MAIL: Final = EMAIL.address.name
NUMBER: Final = SMS.address.name
"""Fields of the catalogue that hold a person's address; a channel says which of them it uses."""


def field_of(channel: str) -> str | None:
    """The field that holds the address of a channel; None: it is no channel."""
    spec = CHANNELS.get(channel)
    return spec.address.name if spec is not None else None


def channels_of(field: str) -> tuple[str, ...]:
    """The channels whose address is in a field of the catalogue."""
    return tuple(str(name) for name, spec in CHANNELS.items() if spec.address.name == field)


def alike(channel: str) -> tuple[str, ...]:
    """The channels that use the same address as this one, itself too."""
    field = field_of(channel)
    return channels_of(field) if field is not None else (channel,)


def closed_at(address: str, channel: str = "all") -> tuple[str, ...]:
    """What a "no" closes at an address of somebody else's record, too.

    Colleagues share a switchboard, so a number closes the channels of numbers alone; an e-mail address closes whatever
    its "no" closes.

    Args:
        address: as it is compared.
        channel: that the "no" is about, or ``all``.
    """
    return channels_of(NUMBER) if channel == "all" and "@" not in address else (channel,)
