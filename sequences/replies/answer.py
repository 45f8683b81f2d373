"""An answer of a recruiter to a reply: what may be written, to whom, and in which words it is headed."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from sequences.channels import CHANNELS, EMAIL
from sequences.number_words import number_of

if TYPE_CHECKING:
    from sequences.channels import ChannelSpec

NEVER: Final = ("complained", "stop_word")
"""Reasons of suppressions that no ``anyway`` passes: a complaint to the provider, and STOP, after which carriers block
the number."""

_MOST: Final = 100_000
_MOST_IN_A_TEXT: Final = 1_600
"""Characters; Twilio takes no more in one message."""


def words_problem(words: str, channel: str) -> str | None:
    """Why these words cannot be sent, or None."""
    if not words.strip():
        return "the answer has no words"
    most = _MOST if CHANNELS.get(channel, EMAIL).mail_like else _MOST_IN_A_TEXT
    if len(words) > most:
        return f"the answer is too long: {number_of(len(words), 'character')}, at most {most:,}"
    return None


def suppression_problem(reasons: list[str], *, anyway: bool) -> str | None:
    """Why somebody who is suppressed for these reasons gets no answer, or None."""
    final = sorted({reason for reason in reasons if reason in NEVER})
    if final:
        return f"the person must not be contacted ({', '.join(final)}), whatever is asked for"
    if reasons and not anyway:
        named = ", ".join(sorted(set(reasons)))
        return f"the person is not to be contacted ({named}); if this answer is wanted: --anyway (over HTTP: anyway)"
    return None


def outside_words(spec: ChannelSpec) -> str:
    """Why no answer may go on a channel that takes free words for a while only, and what to do."""
    assert spec.free_for is not None
    hours = spec.free_for // timedelta(hours=1)
    return (
        f"they last wrote more than {hours} hours ago, so only an approved template may go as a {spec.label}: "
        "enroll them in a sequence that has one, or write on another channel"
    )


def answer_subject(thread: str | None) -> str:
    """The subject of the thread, as an answer has it.

    >>> answer_subject("Your new job")
    'Re: Your new job'
    """
    return f"Re: {thread}" if thread else "Re: your message"
