"""A reply as its owner gets it by mail: the person's words first, then what Relance makes of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final
from zoneinfo import ZoneInfo

from sequences.channels import CHANNELS, EMAIL
from sequences.number_words import number_of
from sequences.replies.original import Original, is_seven_bit
from sequences.sending.email_content import EmailContent, MailFile

_LONGEST_SUBJECT: Final = 200
_MOST_WORDS: Final = 100_000
_MOST_LINES: Final = 20
_NOT_YET: Final = "Relance has not judged it yet."


@dataclass(frozen=True)
class ReplyJudgement:
    """What is known of the meaning of a reply.

    Attributes:
        label: ``positive | negative | neutral``, or None: nothing was said yet.
        confidence: of the label, 0 to 1, or None.
        needs_review: a person must say what it means.
        by_person: somebody said so; the model's confidence says nothing of it.
        doubt: why it is not proved that the person wrote it, in words; None: nobody doubts that.
    """

    label: str | None = None
    intent: str | None = None
    confidence: float | None = None
    opt_out: bool = False
    needs_review: bool = False
    by_person: bool = False
    doubt: str | None = None


@dataclass(frozen=True)
class RepliedWith:
    """A reply, as a mail tells it.

    Attributes:
        reaction: its id.
        person: their name, or what else they are called.
        channel: that it came on.
        written_by: the address or number that it came from.
        words: the person's own.
        subject: of the thread, or None.
        sequence: its name for people.
        at: when it came.
        followed: what Relance did, a line each.
    """

    reaction: str
    person: str
    channel: str
    written_by: str
    words: str
    subject: str | None
    sequence: str
    at: datetime
    judgement: ReplyJudgement = field(default_factory=ReplyJudgement)
    followed: Sequence[str] = ()
    original: Original = field(default_factory=Original)


def forward_of(reply: RepliedWith, company: str, zone: ZoneInfo) -> EmailContent:
    """Subject, text and the original of one forwarded reply; times are those of ``zone``."""
    lines = [_cut(reply.words) or "(no words of their own)", "", "-- ", about_line(reply, zone)]
    lines += [judged(reply.judgement, reply.reaction)]
    if reply.followed:
        lines += ["What followed:", *(f"- {_line(each)}" for each in reply.followed[:_MOST_LINES])]
    if len(reply.followed) > _MOST_LINES:
        lines += [f"- and {len(reply.followed) - _MOST_LINES} more"]
    lines += _about_files(reply.original)
    mail = reply.channel == EMAIL.name
    lines += [
        "",
        _how_to_answer(reply, mail=mail),
        why_line(company),
    ]
    return EmailContent(subject_of(reply), "\n".join(lines) + "\n", files=_files(reply.original))


def judged(judgement: ReplyJudgement, reaction: str) -> str:
    """One line on what a reply means."""
    if judgement.doubt is not None and not judgement.by_person:
        waits = f"Relance waits for you ({judgement.doubt}), and sends nothing in this sequence meanwhile"
        else_said = "or --label neutral --not-theirs if somebody else did"
        return f"It is not proved that the person wrote this. {waits}; {_to_say(reaction)}, {else_said}"
    if judgement.opt_out:
        return "They ask not to be contacted; that is obeyed on every channel."
    if judgement.label is None:
        return f"Relance cannot say what it means; {_to_say(reaction)}" if judgement.needs_review else _NOT_YET
    means = f"{judgement.label}, {judgement.intent}" if judgement.intent else judgement.label
    if judgement.by_person:
        return f"A person says: {means}."
    sure = f" ({judgement.confidence:.0%} sure)" if judgement.confidence is not None else ""
    if judgement.needs_review:
        return f"Relance is not sure: {means}{sure}; {_to_say(reaction)}"
    return f"Relance takes it for {means}{sure}."


def subject_of(reply: RepliedWith) -> str:
    """The subject of the thread, so that the owner's mail program shows one conversation."""
    about = reply.channel == EMAIL.name and reply.subject
    return _short(f"Re: {reply.subject}" if about else f"{_label(reply.channel)} from {reply.person}")


def about_line(reply: RepliedWith, zone: ZoneInfo) -> str:
    """One line on who replied to what, and when."""
    when = f"{reply.at.astimezone(zone):%a %d %b %Y %H:%M %Z}"
    about = f' to "{_line(reply.subject)}"' if reply.subject else ""
    return f"{_line(reply.person)} <{_line(reply.written_by)}> replied{about}, {_line(reply.sequence)}, {when}"


def why_line(company: str) -> str:
    """One line on why the owner gets this mail."""
    return f"{_line(company)} sends you this because replies reach you by mail."


def _to_say(reaction: str) -> str:
    return f"say what it means: relance review set {reaction} --label positive|negative|neutral"


def _how_to_answer(reply: RepliedWith, *, mail: bool) -> str:
    own = f'relance reply {reply.reaction[:10]} "..."'
    if mail:
        return f"To answer, answer this mail: it goes to {_line(reply.person)}. In the thread, by Relance: {own}"
    return f"To answer: {own}. Answers to this mail are not read."


def _about_files(original: Original) -> list[str]:
    lines = [f"Attachments: {', '.join(original.files)}"] if original.files else []
    if original.too_large:
        lines += ["The original is too large to be attached; it is kept in Relance."]
    elif original.attachable is not None:
        lines += ["The original is attached."]
    return lines


def _files(original: Original) -> tuple[MailFile, ...]:
    """RFC 2046 section 5.2.1: a mail within a mail is never encoded. One with 8-bit content goes as a file."""
    raw = original.attachable
    if raw is None:
        return ()
    kind = "message/rfc822" if is_seven_bit(raw) else "application/octet-stream"
    return (MailFile("reply.eml", kind, raw),)


def _label(channel: str) -> str:
    label = CHANNELS.get(channel, EMAIL).label
    return label[:1].upper() + label[1:]


def _cut(words: str) -> str:
    shown = words.strip()
    more = len(shown) - _MOST_WORDS
    return shown if more <= 0 else f"{shown[:_MOST_WORDS]}\n[{number_of(more, 'more character')}]"


def _line(text: str) -> str:
    return " ".join(text.split())


def _short(subject: str) -> str:
    line = _line(subject)
    return line if len(line) <= _LONGEST_SUBJECT else line[: _LONGEST_SUBJECT - 3].rstrip() + "..."
