"""Whether a person can be written to on a channel, and whether we can write from an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sequences.channels import CHANNELS
from sequences.email_address import email_problem, trimmed

if TYPE_CHECKING:
    from sequences.records.record_view import RecordView, Values

BAD_SENDER: Final = "the sender's address"


def address_problem(view: RecordView, channel: str, region: str) -> str | None:
    """Why a person cannot be reached on a channel, or None; always None for what is no channel.

    ``no_email``, ``no_phone``, ``invalid_phone``, or ``invalid_email`` with what is wrong with it in brackets; or
    what a channel that needs the person's consent says without it.
    """
    spec = CHANNELS.get(channel)
    if spec is None:
        return None
    problem = spec.address.problem(view.value(spec.address.name), region)
    if problem is None and spec.consent is not None and not view.value(spec.consent.field):
        return spec.consent.missing
    return problem


def field_in_the_way(view: RecordView, channel: str, region: str) -> str:
    """The field that ``address_problem`` is about: when it changes, the person may be reached."""
    spec = CHANNELS[channel]
    has_address = spec.address.problem(view.value(spec.address.name), region) is None
    return spec.consent.field if has_address and spec.consent is not None else spec.address.name


def writer(asked: str, owner: Values, assigned: Values) -> Values:
    """Fields of the recruiter in whose name the mail of a sequence goes out; empty: there is none.

    Args:
        asked: ``sender`` of the sequence.
        owner: of the record.
        assigned: the assigned-by user; empty when there is none.
    """
    return (assigned or owner) if asked == "assigned_by" else owner


def sender_address(asked: str, owner: Values, assigned: Values, otherwise: str) -> str:
    """The mailbox of a sequence's mail: the owner's, unless it names one or the assigned-by user.

    Args:
        asked: ``sender`` of the sequence.
        owner: of the record.
        assigned: the assigned-by user; empty when there is none.
        otherwise: the organisation's, for a recruiter who has none.
    """
    return asked if "@" in asked else trimmed(str(writer(asked, owner, assigned).get("email") or otherwise))


def sender_problem(address: str) -> str | None:
    """Why no mail can go out from an address, or None."""
    words = email_problem(address)
    return None if words is None else f"{BAD_SENDER} is not an e-mail address: {words}"
