"""E-mail."""

from __future__ import annotations

from typing import Final

from sequences.channels.spec import AddressField, ChannelSpec
from sequences.email_address import AddressProblem, BadEmail, email_key, read_email
from sequences.planning.values import Channel

NO_EMAIL: Final = "no_email"
BAD_EMAIL: Final = "invalid_email"


def _problem(value: object, region: str) -> str | None:
    """``no_email``, or ``invalid_email`` with what is wrong in brackets."""
    found = read_email(value)
    if isinstance(found, BadEmail):
        return NO_EMAIL if found.problem is AddressProblem.MISSING else f"{BAD_EMAIL} ({found.words})"
    return None


def _key(value: object, region: str) -> str | None:
    return email_key(str(value)) if value else None


EMAIL: Final = ChannelSpec(
    name=Channel.EMAIL,
    label="e-mail",
    noun="an e-mail",
    title="E-mails",
    address=AddressField("person.email", _problem, _key),
    opt_out_words=frozenset({"email", "e mail", "mail"}),
    mail_like=True,
    unsubscribe_link=True,
    from_owner=True,
    bounces=True,
    backs_off=True,
)
