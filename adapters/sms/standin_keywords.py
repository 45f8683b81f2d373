"""The words by which a person steers a provider's own opt-out, as Twilio reads them on long codes by default.

Source: Twilio docs/messaging/tutorials/advanced-opt-out, default keywords. Only when the whole body is the word, in any
case. This is what the *provider* does; what Relance takes for an opt-out is wider and decided elsewhere.
"""

from __future__ import annotations

import enum
from typing import Final


class Keyword(enum.StrEnum):
    """The three things that a keyword can ask for, by the names of the webhook's ``OptOutType``."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


_WORDS: Final = {
    Keyword.STOP: ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"),
    Keyword.START: ("START", "YES", "UNSTOP"),
    Keyword.HELP: ("HELP", "INFO"),
}
_BY_WORD: Final = {word: keyword for keyword, words in _WORDS.items() for word in words}

CONFIRMATIONS: Final = {
    Keyword.STOP: "You are unsubscribed and will get no more messages from this number. Reply START to resubscribe.",
    Keyword.HELP: "Reply STOP to unsubscribe. Msg&Data Rates May Apply.",
    Keyword.START: "You are subscribed again to messages from this number. Reply STOP to unsubscribe.",
}
"""What the provider answers by itself."""


def keyword_of(body: str) -> Keyword | None:
    """Returns what ``body`` asks for, or None for an ordinary text."""
    return _BY_WORD.get(body.strip().upper())
