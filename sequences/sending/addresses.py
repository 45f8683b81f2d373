"""Whether a person can be written to on a channel, and whether we can write from an address."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sequences.email_address import AddressProblem, BadEmail, email_problem, read_email
from sequences.errors import RefusedError
from sequences.phone import to_e164
from sequences.planning.values import Channel

if TYPE_CHECKING:
    from sequences.records.record_view import Values

NO_EMAIL: Final = "no_email"
BAD_EMAIL: Final = "invalid_email"
NO_PHONE: Final = "no_phone"
BAD_PHONE: Final = "invalid_phone"
BAD_SENDER: Final = "the sender's address"


def address_problem(person: Values, channel: Channel, region: str) -> str | None:
    """Why a person cannot be reached on a channel, or None.

    ``no_email``, ``no_phone``, ``invalid_phone``, or ``invalid_email`` with what is wrong with it in brackets.
    """
    if channel is Channel.EMAIL:
        found = read_email(person.get("email"))
        if isinstance(found, BadEmail):
            return NO_EMAIL if found.problem is AddressProblem.MISSING else f"{BAD_EMAIL} ({found.words})"
        return None
    if channel is Channel.SMS:
        phone = person.get("phone")
        if not phone:
            return NO_PHONE
        try:
            to_e164(str(phone), region)
        except RefusedError:
            return BAD_PHONE
    return None


def sender_problem(address: str) -> str | None:
    """Why no mail can go out from an address, or None."""
    words = email_problem(address)
    return None if words is None else f"{BAD_SENDER} is no e-mail address: {words}"
