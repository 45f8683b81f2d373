"""What Twilio's error codes of texts mean, in words that name no person, and what follows from them.

Source: Twilio's error and warning dictionary (docs/api/errors), one page a code. 3xxxx codes come with a status
callback, long after the text was accepted; 2xxxx ones answer the request itself.
"""

from __future__ import annotations

import re
from typing import Final

OPTED_OUT: Final = 21610
_UNKNOWN_HANDSET: Final = 30005
_LANDLINE: Final = 30006
# 21211 no such number, 21265 a short code, 21614 and 21635 a line that cannot receive texts.
# 63003 and 63024: of a WhatsApp message, no WhatsApp behind the number.
_DEAD_AT_ONCE: Final = frozenset({21211, 21265, 21614, 21635, 63003, 63024})

_WORDS: Final = {
    20003: "Twilio refused our credentials",
    20404: "Twilio does not know this account or resource",
    20429: "Twilio asks us to slow down",
    21211: "Twilio says that the recipient's number is not valid",
    21212: "Twilio says that the sender's number is not valid",
    21265: "the recipient's number is a short code",
    21266: "the recipient's number is the sender's own",
    21408: "our account may not text this country",
    21602: "the text has no body",
    21603: "no sender was given",
    21604: "no recipient was given",
    21606: "the sender's number cannot send texts to this recipient",
    21608: "a trial account may only text verified numbers",
    21609: "Twilio does not accept our status callback URL",
    21610: "the recipient opted out of texts from this sender",
    21611: "the sender's queue at Twilio is full",
    21612: "Twilio has no route from this sender to this recipient",
    21614: "the recipient's number cannot receive texts",
    21617: "the text is longer than 1,600 characters",
    21635: "the recipient's number is a landline",
    21701: "the messaging service does not exist",
    21703: "the messaging service has no number to send from",
    30001: "the queue for this sender was full",
    30002: "our Twilio account is suspended",
    30003: "the phone is off, has no service or cannot be reached for now",
    30004: "the recipient, their carrier or their country's register blocks this text",
    30005: "the recipient's number is unknown to the carriers or no longer in service",
    30006: "the recipient's number is a landline, or its carrier cannot be reached from this sender",
    30007: "Twilio or the carrier filtered the text as unwanted",
    30008: "the carrier gave no reason",
    30010: "the text would cost more than the highest price that was allowed",
    30022: "the sender texted faster than its registration allows in the United States",
    30023: "the sender has reached its daily limit at a carrier in the United States",
    30032: "the toll-free sender is not verified",
    30034: "the sender is not registered for texts in the United States",
    63003: "the recipient's number has no WhatsApp",
    63005: "WhatsApp does not accept the content",
    63013: "the message breaks a rule of WhatsApp",
    63016: "the person has not written for 24 hours: only an approved template may go",
    63018: "the sender wrote faster than WhatsApp allows",
    63024: "the recipient's number has no WhatsApp",
    63027: "the approved template does not exist for this language",
    63028: "the variables do not fit the approved template",
    63032: "WhatsApp does not deliver this message to this person",
    63041: "WhatsApp paused the approved template",
    63042: "WhatsApp disabled the approved template",
    63049: "WhatsApp chose not to deliver this message to protect the person",
    63051: "WhatsApp locked our business account",
    30410: "a carrier behind Twilio did not answer in time",
}
_SHORT_CODE = re.compile(r"[0-9]{3,8}")


def parse_code(raw: str | None) -> int | None:
    """The code in a callback's ``ErrorCode``; None when there is none or it is no number."""
    text = (raw or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= 6 and int(text) else None


def words_of(code: int) -> str:
    """What ``code`` means, without the code; a code that we do not know is only called an error."""
    return _WORDS.get(code, "Twilio reports an error")


def is_known(code: int) -> bool:
    """Whether there are words of ours for ``code``."""
    return code in _WORDS


def names_dead_number(code: int, sender: str | None = None) -> bool:
    """Whether no text will ever reach the number, by Twilio's published meaning of ``code``.

    30003 (off, roaming), 30004 (blocked), 30007 (filtered) and 30008 (no reason) say nothing of the number itself, and
    a wrong suppression loses a person. 30006 means a landline unless a short code sent it: then it may only say that
    the carrier takes none.

    Args:
        code: Twilio's.
        sender: the number that the text really came from, or None when that is not known.
    """
    if code == _LANDLINE:
        return _SHORT_CODE.fullmatch(sender or "") is None
    return code == _UNKNOWN_HANDSET or code in _DEAD_AT_ONCE
