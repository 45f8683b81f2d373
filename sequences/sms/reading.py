"""What a text that came in means, and which of its words its writer wrote."""

from __future__ import annotations

import enum
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from sequences.reactions.opt_out.match import opt_out_reasons
from sequences.sms import tapbacks
from sequences.sms.keywords import Keyword, declared, is_answer_too, keyword_of
from sequences.sms.own_words import OwnSmsWords, find_own_words
from sequences.sms.stop_words import asks_help, is_signed_stop, means_person, means_stop
from sequences.sms.tapbacks import Tap, Tapback

NO_OWN_WORDS: Final = "no_own_words"
"""Reason: nothing that is surely the person's own was found, so nothing may be concluded from the words."""
ASKS_FOR_HELP: Final = "asks_for_help"
"""Reason: somebody must answer, whatever a model makes of the word."""

_MAX_CHARS: Final = 4_000
"""Characters read of a text; Twilio delivers 1,600."""
_BLANKS: Final = str.maketrans(
    dict.fromkeys("\u00a0\u2009\u200a\u202f\u3000", " ") | dict.fromkeys("\u200b\u200c\u2060\ufeff")
)
_LEFT_OVER: Final = re.compile(
    r"(?:(?:re|aw|fwd?|wg|sv|rv)\s*:|(?:replied|replying|in reply|reply) to:?)[\s\"\u201c]*$", re.IGNORECASE
)
_BROKEN_OFF: Final = re.compile(r"^\s*(?:\u2026|\.{3})")
_ORPHANS: Final = ' \t"\u201c\u201d\u201e\u00ab\u00bb>|-\u2013\u2014~_*=.\u2026,:;'


class SmsEvent(enum.StrEnum):
    """What an incoming text means before anybody reads it."""

    OPT_OUT = "opt_out"
    OPT_IN = "opt_in"
    HELP = "help"
    HUMAN = "human"
    LIKE = "like"
    DISLIKE = "dislike"


_EVENTS: Final = {
    Keyword.STOP: SmsEvent.OPT_OUT,
    Keyword.START: SmsEvent.OPT_IN,
    Keyword.HELP: SmsEvent.HELP,
}
_TAPS: Final = {Tap.LIKE: SmsEvent.LIKE, Tap.DISLIKE: SmsEvent.DISLIKE, Tap.ASK: SmsEvent.HUMAN}


@dataclass(frozen=True, slots=True)
class SmsReading:
    """What a text means.

    Attributes:
        event: ``opt_out``, ``opt_in`` and ``help`` for keywords and what stands for them; ``like`` and ``dislike`` for
            a tap on one of our texts without a word; ``human`` for everything that is to be read.
        words: the person's own, ours taken away.
        wish: opt-out patterns in them (``reactions.opt_out``): a no in words means the person, not the number.
        about: which of our texts is quoted, or None when none is.
        taken_back: of a tapback: it was removed.
        reasons: why a person must read it: ``no_own_words``, ``asks_for_help``.
        answers_too: of an ``opt_in``: where no STOP stands it is the answer to a question ("Yes").
    """

    event: SmsEvent
    words: str
    wish: tuple[str, ...] = ()
    about: int | None = None
    taken_back: bool = False
    reasons: tuple[str, ...] = ()
    answers_too: bool = False

    @property
    def kind(self) -> SmsEvent:
        """In one word, of a number from which no STOP stands: a no in words is an opt-out, "Yes" a person's answer."""
        if self.wish:
            return SmsEvent.OPT_OUT
        return SmsEvent.HUMAN if self.answers_too else self.event


def read_sms(body: str, ours: Sequence[str] = (), *, opt_out_type: str | None = None) -> SmsReading:
    """Tells what a text means.

    Twilio's own keywords are exact, as Twilio reads them, whether our text stands below them or not. A wish for no more
    texts is wider: a word or phrase that can mean nothing else, in many languages.

    Args:
        body: of the text, as it came.
        ours: what we last sent to that number, the likeliest first: what of it stands in ``body`` is not the person's.
        opt_out_type: Twilio's ``OptOutType`` (``STOP``, ``START``, ``HELP``) of a service with Advanced Opt-Out. It is
            trusted above the words: Twilio has already acted on it.
    """
    text = body[:_MAX_CHARS].replace("\r\n", "\n").replace("\r", "\n")
    known = declared(opt_out_type)
    if known is not None:
        return SmsReading(_EVENTS[known], text.strip(), answers_too=is_answer_too(text))
    if keyword_of(text) is not None or means_stop(text, ours):
        return _judged(text.strip(), text.strip(), ours, exact=True)
    stretches = find_own_words(text, ours)
    about = max(stretches, key=lambda one: one.letters).of if stretches else None
    framed = _framed(text, stretches)
    if framed is None:
        shown, judged = _without(text, stretches)
        if not shown and not any(each.whole or each.opening or each.quoted for each in stretches):
            # Who answers with one line of ours, and no mark of a quote, means it.
            shown = judged = _tidy(text)
        found = replace(_judged(shown, judged, ours), about=about)
        return found if shown else replace(found, reasons=(NO_OWN_WORDS,))
    written = "\n".join(part for part in (framed.before, framed.after) if part)
    if written:
        return replace(_judged(*_without(written, find_own_words(written, ours)), ours), about=about)
    tap = framed.tapback
    reasons = (NO_OWN_WORDS,) if tap.tap is Tap.ASK and not tap.taken_back else ()
    event = SmsEvent.LIKE if tap.tap is Tap.ASK and tap.taken_back else _TAPS[tap.tap]
    return SmsReading(event, "", about=about, taken_back=tap.taken_back, reasons=reasons)


def _judged(words: str, judged: str, ours: Sequence[str], *, exact: bool = False) -> SmsReading:
    """What the person's own words mean.

    Args:
        words: to be shown.
        judged: the same without words of ours that the person's sentence holds ("What does Reply STOP mean?").
        ours: see ``read_sms``.
        exact: they are the whole text, so that Twilio reads a keyword in them as well.
    """
    keyword = keyword_of(words)
    if keyword is Keyword.STOP or means_stop(judged, ours) or is_signed_stop(judged):
        wish = opt_out_reasons(judged) if keyword is None and means_person(judged) else ()
        return SmsReading(SmsEvent.OPT_OUT, words, wish)
    if keyword is not None and (exact or not is_answer_too(words)):
        return SmsReading(
            _EVENTS[keyword],
            words,
            answers_too=is_answer_too(words),
            reasons=(ASKS_FOR_HELP,) if keyword is Keyword.HELP else (),
        )
    wish = opt_out_reasons(judged)
    reasons: tuple[str, ...] = ()
    if asks_help(words):
        reasons = (ASKS_FOR_HELP,)
    elif not wish and words != judged and opt_out_reasons(words):
        reasons = (NO_OWN_WORDS,)
    return SmsReading(SmsEvent.HUMAN, words, wish, reasons=reasons)


def _framed(text: str, stretches: Sequence[OwnSmsWords]) -> tapbacks.Framed | None:
    """The tapback that a text is, around what it quotes of ours, else around whatever it quotes."""
    for each in sorted(stretches, key=lambda one: -one.letters):
        earlier, _, before = text[: each.start].rpartition("\n")
        after, _, later = text[each.end :].partition("\n")
        tapback: Tapback | None = None
        if each.quoted or each.whole:
            tapback = tapbacks.read_frame(before, after, quoted=each.quoted)
            if tapback is None and before.strip():
                tapback = tapbacks.read_frame(before, "", quoted=each.quoted)
                later = f"{after}\n{later}" if tapback else later
        if tapback is not None:
            return tapbacks.Framed(tapback, earlier.strip(), _tidy(later))
    return tapbacks.find_framed(text)


def _without(text: str, stretches: Sequence[OwnSmsWords]) -> tuple[str, str]:
    """The text without what is ours: as it is shown, and as it is judged."""
    shown: list[str] = []
    judged: list[str] = []
    at = 0
    for each in stretches:
        piece = text[at : each.start]
        kept = not each.whole and not each.opening and _inside_a_sentence(text, each)
        left = piece if kept else _LEFT_OVER.sub("", piece)
        ours = text[each.start : each.end]
        shown.append(left + (ours if kept else "\n"))
        judged.append(left + (" \u2026 " if kept else "\n"))
        at = each.end
    rest = _BROKEN_OFF.sub("", text[at:]) if stretches else text
    return _tidy("".join(shown) + rest), _tidy("".join(judged) + rest)


def _inside_a_sentence(text: str, each: OwnSmsWords) -> bool:
    """The person speaks of it: own words go before it in the same sentence, and behind it where it has no marks."""
    before = text[: each.start].rpartition("\n")[2].rstrip()
    after = text[each.end :].partition("\n")[0].lstrip()
    return before[-1:].isalnum() and (each.quoted or after[:1].isalnum())


def _tidy(text: str) -> str:
    """Without lines that have nothing but marks, and without quoted ones where others are: a phone quotes its whole."""
    lines = [line.strip() for line in text.translate(_BLANKS).split("\n")]
    written = [line for line in lines if line.strip(_ORPHANS)]
    own = [line for line in written if not line.startswith(">")]
    return "\n".join(own or written)
