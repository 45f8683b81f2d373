"""Whether a person can be written to on a channel, and whether we can write from an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sequences.channels import CHANNELS
from sequences.email_address import email_problem

if TYPE_CHECKING:
    from sequences.records.record_view import RecordView

BAD_SENDER: Final = "the sender's address"


def address_problem(view: RecordView, channel: str, region: str) -> str | None:
    """Why a person cannot be reached on a channel, or None; always None for what is no channel.

    ``no_email``, ``no_phone``, ``invalid_phone``, or ``invalid_email`` with what is wrong with it in brackets.
    """
    spec = CHANNELS.get(channel)
    return None if spec is None else spec.address.problem(view.value(spec.address.name), region)


def sender_problem(address: str) -> str | None:
    """Why no mail can go out from an address, or None."""
    words = email_problem(address)
    return None if words is None else f"{BAD_SENDER} is not an e-mail address: {words}"
