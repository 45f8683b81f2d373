"""The words in which a wish not to be contacted is looked for as soon as a mail is stored.

They must be the person's own: our footer says how to unsubscribe, and whoever quotes it asks for nothing. What stands
elsewhere in the mail may be the person's too, where a reader cut too much: a wish there is for a person to judge.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from sequences.inbound.about_send import ParentMail
from sequences.inbound.replies.own_lines import OwnMailWords, without_any_own_line
from sequences.inbound.replies.quote_start import is_quote
from sequences.reactions.opt_out.match import opt_out_reasons

_SENTENCE = re.compile(r"(?<=[.!?])\s+|\n\n")
_MOST = 500
"""Lines, or sentences, looked at from each end of a text, so that no length of it costs more."""
_ANSWERS = re.compile(r"\W{0,3}(?:re|aw|sv|vs|antw|antwort|odp|ynt|rif|res|r|tr|rv|fwd?|wg)\s?(?:\[\d+\])?\s?:", re.I)


def wish_in_mail(
    reply_text: str, text: str, *, certain: bool, subject: str = "", parent: ParentMail | None = None
) -> tuple[str, ...]:
    """Names of the opt-out patterns in the words of a mail; empty when there are none.

    Args:
        reply_text: what the person wrote, as far as the reader found it.
        text: the full text.
        certain: the reader found words that are surely the person's own. Otherwise, and when it found none, whatever
            is neither quoted nor ours is read; of a mail whose parent nobody knows that cannot be told apart.
        subject: it counts where the mail has no words: many a wish is a subject alone. Not one of an answer, nor ours.
        parent: our mail that is answered, where it is known.
    """
    if certain and reply_text.strip():
        return opt_out_reasons(reply_text)
    own = [line for line in text.split("\n") if not is_quote(line)]
    words = "\n".join(without_any_own_line(own, parent.text)) if parent is not None and parent.text.strip() else ""
    own_subject = not _ANSWERS.match(subject) and _letters(subject) != _letters(parent.subject if parent else "")
    return opt_out_reasons(words) or (opt_out_reasons(subject[:200]) if own_subject else ())


def asking_lines(other_words: Iterable[str]) -> tuple[str, ...]:
    """The lines, and sentences over several, that ask not to be contacted; whose they are is left open.

    Args:
        other_words: what a mail says beside the words that were found to be the person's.
    """
    found: dict[str, None] = {}
    for text in other_words:
        if opt_out_reasons(text):
            found |= dict.fromkeys(_asking(text.split("\n")) or [text])
            continue
        # A program breaks a sentence where a line is full.
        joined = "\n\n".join(" ".join(block.split()) for block in text.split("\n\n"))
        if opt_out_reasons(joined):
            found |= dict.fromkeys(_asking(_SENTENCE.split(joined)))
    return tuple(found)


def _asking(pieces: list[str]) -> list[str]:
    """Those that ask not to be contacted, each once."""
    said = list(dict.fromkeys(piece.strip() for piece in pieces))
    if len(said) > 2 * _MOST:
        said = said[:_MOST] + said[-_MOST:]
    return [piece for piece in said if piece and opt_out_reasons(piece)]


def asked_beside(asking: Iterable[str], ours: Iterable[str]) -> bool:
    """True when one of these lines is not from a mail of ours.

    Args:
        asking: see ``asking_lines``.
        ours: the texts of all mails that the person may have quoted.
    """
    own = OwnMailWords("\n".join(ours))
    return any(not own.hold_words(line) for line in asking)


def _letters(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum())
