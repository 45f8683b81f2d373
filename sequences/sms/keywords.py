"""The words by which a person steers a provider's own opt-out, as Twilio reads them on long codes by default.

Source: Twilio docs/messaging/tutorials/advanced-opt-out, default keywords (REVOKE and OPTOUT since 2025). Only when the
whole body is the word, in any case. What we take for a wish to get no more texts is wider: ``stop_words``.
"""

from __future__ import annotations

import enum
from typing import Final


class Keyword(enum.StrEnum):
    """The three things that a keyword can ask for, by the names of the webhook's ``OptOutType``."""

    STOP = "STOP"
    START = "START"
    HELP = "HELP"


WORDS: Final = {
    Keyword.STOP: ("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"),
    Keyword.START: ("START", "YES", "UNSTOP"),
    Keyword.HELP: ("HELP", "INFO"),
}
_BY_WORD: Final = {word: keyword for keyword, words in WORDS.items() for word in words}
# The answer to a question just as well as a keyword: where no STOP stands, it is a person's.
_ALSO_AN_ANSWER: Final = "YES"


def keyword_of(body: str) -> Keyword | None:
    """What ``body`` asks Twilio for, or None for an ordinary text."""
    return _BY_WORD.get(body.strip().upper())


def declared(opt_out_type: str | None) -> Keyword | None:
    """What Twilio says it took a text for: the parameter ``OptOutType`` of a service with Advanced Opt-Out."""
    word = (opt_out_type or "").strip().upper()
    return Keyword(word) if word in Keyword.__members__ else None


def is_answer_too(body: str) -> bool:
    """Whether a keyword may just as well answer a question ("Yes"); "START" cannot."""
    return body.strip().upper() == _ALSO_AN_ANSWER
