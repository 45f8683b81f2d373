"""Numbers as Twilio writes them: it marks those of a channel other than texts, such as ``whatsapp:+442071838750``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sequences.channels import CHANNELS, SMS

if TYPE_CHECKING:
    from collections.abc import Mapping

SERVICE: Final = re.compile(r"MG[0-9a-fA-F]{32}")
"""A messaging service, which chooses the sender itself, and is the same on every channel."""
_NUMBERS: Final = ("From", "To")


def at_twilio(channel: str, address: str) -> str:
    """A number, or a messaging service, as Twilio is told it for a message of a channel.

    >>> at_twilio("whatsapp", "+442071838750"), at_twilio("sms", "+442071838750")
    ('whatsapp:+442071838750', '+442071838750')
    """
    mark = CHANNELS[channel].twilio_mark if channel in CHANNELS else ""
    return address if not mark or SERVICE.fullmatch(address) else mark + address


def from_twilio(parameters: Mapping[str, str]) -> tuple[str, dict[str, str]]:
    """The channel that the parameters of a hook are about, and the same parameters with plain numbers.

    >>> from_twilio({"From": "whatsapp:+442071838750", "Body": "Yes"})
    ('whatsapp', {'From': '+442071838750', 'Body': 'Yes'})
    """
    written = [parameters[name] for name in _NUMBERS if name in parameters]
    for name, spec in CHANNELS.items():
        if spec.twilio_mark and any(each.startswith(spec.twilio_mark) for each in written):
            plain = {each: parameters[each].removeprefix(spec.twilio_mark) for each in _NUMBERS if each in parameters}
            return str(name), dict(parameters) | plain
    return str(SMS.name), dict(parameters)
