"""Text messages by SMS."""

from __future__ import annotations

from typing import Final

from sequences.channels.spec import AddressField, ChannelSpec
from sequences.email_address import phone_key
from sequences.errors import RefusedError
from sequences.phone import to_e164
from sequences.planning.quiet_hours import LEGAL_QUIET_FLOOR
from sequences.planning.values import Channel

NO_PHONE: Final = "no_phone"
BAD_PHONE: Final = "invalid_phone"


def _problem(value: object, region: str) -> str | None:
    if not value:
        return NO_PHONE
    try:
        to_e164(str(value), region)
    except RefusedError:
        return BAD_PHONE
    return None


def _key(value: object, region: str) -> str | None:
    return phone_key(str(value), region) if value else None


SMS: Final = ChannelSpec(
    name=Channel.SMS,
    label="text",
    noun="a text message",
    title="Text messages",
    address=AddressField("person.phone", _problem, _key),
    opt_out_words=frozenset({"sms", "text", "texts"}),
    segmented=True,
    hours=LEGAL_QUIET_FLOOR,
    stop_words=True,
    read_before_answer=True,
    by_twilio=True,
)
