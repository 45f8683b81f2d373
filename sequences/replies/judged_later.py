"""A reply that its owner got before it was judged: when they hear of it once more, and in which words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sequences.replies.forward import about_line, judged, subject_of, why_line
from sequences.sending.email_content import EmailContent

if TYPE_CHECKING:
    from zoneinfo import ZoneInfo

    from sequences.reactions.verdict import ScoredReply
    from sequences.replies.forward import RepliedWith

_QUOTED: Final = 300


def concerns_owner(score: ScoredReply | None) -> bool:
    """Whether a judgement is told to somebody who has read the words already.

    Only what changes what they may do, or asks something of them: an opt-out, and a reply that needs review. That a yes
    is a yes they know from the words.
    """
    return score is None or score.label is None or score.opt_out or score.needs_review


def judged_later(reply: RepliedWith, company: str, zone: ZoneInfo) -> EmailContent:
    """A short mail in the thread of the one that they got; times are those of ``zone``."""
    words = " ".join(reply.words.split())
    quoted = words if len(words) <= _QUOTED else f"{words[:_QUOTED].rstrip()} [...]"
    lines = [
        judged(reply.judgement, reply.reaction),
        *([f"What followed: {'; '.join(reply.followed)}"] if reply.followed else []),
        "",
        f"> {quoted or '(no words of their own)'}",
        "",
        "-- ",
        about_line(reply, zone),
        "You got this reply before Relance could say what it means.",
        why_line(company),
    ]
    return EmailContent(subject_of(reply), "\n".join(lines) + "\n")
