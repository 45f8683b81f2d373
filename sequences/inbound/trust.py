"""What a mail may do by itself: how it was matched, whether its author is proved, who wrote it, and what it says.

One table. Anybody can write any From; what proves more is knowledge of a mail of ours (a signed address, a Message-ID:
neither can be guessed), and the border's word on the domain in From. The rule behind it: only the recipient does what
would be hard to take back, and a wish not to be contacted stops the sending at once, whoever wrote it.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping, Set
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final

from sequences.inbound.authentication import Verdict


class MatchWay(enum.StrEnum):
    """How a mail was matched to a send of ours."""

    SIGNED = "signed"
    """By an address that we signed."""
    MESSAGE_ID = "message_id"
    """By the id of a mail of ours."""
    ADDRESS = "address"
    """By nothing but its sender's address."""
    NONE = "none"
    """It was not: it waits in the unmatched queue."""


class Writer(enum.StrEnum):
    """Who wrote it, as From has it."""

    RECIPIENT = "recipient"
    ANOTHER = "another"


class Says(enum.StrEnum):
    """What it says. Until it is judged, a reply without a wish not to be contacted may be either of the two others."""

    OPT_OUT = "opt_out"
    DECLINE = "decline"
    POSITIVE = "positive"
    ABSENCE = "absence"
    BOUNCE = "bounce"
    COMPLAINT = "complaint"


class MailOutcome(enum.StrEnum):
    """What it may do."""

    ACTS = "acts"
    WAITS = "waits"
    """Its run waits until a person has said what it means."""
    HOLDS = "holds"
    """As ``WAITS``, and nothing is sent to the person until somebody confirms the wish, or denies it."""
    STORED = "stored"
    """It is kept, and changes nothing."""


class SenderDoubt(enum.StrEnum):
    """Why a person must look first. Stored, and shown."""

    OTHER_SENDER = "other_sender"
    NOT_AUTHENTICATED = "not_authenticated"


DOUBT_WORDS: Final[Mapping[SenderDoubt, str]] = MappingProxyType(
    {SenderDoubt.OTHER_SENDER: "from another address", SenderDoubt.NOT_AUTHENTICATED: "sender not proved"}
)
DOUBT: Final = "doubt"
"""Key, in the detail of what came in and of its reaction, of a ``SenderDoubt``; with it, nothing acts by itself."""
ASKED: Final = "asks_to_stop"
"""Key of the channel (``email | all``) on which it asks not to be contacted, where ``DOUBT`` stands as well."""
AUTHENTICATION: Final = "authentication"
"""Key of a ``Verdict``; without it nobody looked."""
BY: Final = "authenticated_by"
"""Key of what the verdict rests on."""


@dataclass(frozen=True, slots=True)
class Doubted:
    """What a person must look at first.

    Attributes:
        why: the reason.
        channel: that it asks to end, ``email | all``, until somebody has looked; None: it does not ask for that.
    """

    why: SenderDoubt
    channel: str | None = None


_REPLIES: Final = frozenset({Says.OPT_OUT, Says.DECLINE, Says.POSITIVE})
_REPORTS: Final = frozenset({Says.BOUNCE, Says.COMPLAINT})


@dataclass(frozen=True, slots=True)
class _Rule:
    """One line of the table; an empty set is anything."""

    outcome: MailOutcome
    says: Set[Says] = frozenset()
    way: Set[MatchWay] = frozenset()
    verdict: Set[Verdict] = frozenset()
    writer: Set[Writer] = frozenset()

    def holds(self, way: MatchWay, verdict: Verdict, writer: Writer, says: Says) -> bool:
        asked = ((self.says, says), (self.way, way), (self.verdict, verdict), (self.writer, writer))
        return all(not allowed or each in allowed for allowed, each in asked)


_TABLE: Final = (
    # Of no run: the address alone can be meant, and only the word "stop" says anything about it.
    _Rule(MailOutcome.HOLDS, says={Says.OPT_OUT}, way={MatchWay.NONE}, verdict={Verdict.FAILED}),
    _Rule(MailOutcome.ACTS, says={Says.OPT_OUT, Says.ABSENCE}, way={MatchWay.NONE}),
    _Rule(MailOutcome.WAITS, says=_REPLIES, way={MatchWay.NONE}),
    # Servers and providers write reports, never the recipient, and many servers sign none of theirs. Who cites our mail
    # has seen it; who cites nothing proves nothing.
    _Rule(MailOutcome.STORED, says=_REPORTS, way={MatchWay.NONE, MatchWay.ADDRESS}),
    _Rule(MailOutcome.ACTS, says={Says.BOUNCE}),
    # It would suppress the person on every channel.
    _Rule(MailOutcome.HOLDS, says={Says.COMPLAINT}, verdict={Verdict.FAILED}),
    _Rule(MailOutcome.ACTS, says={Says.COMPLAINT}),
    # Whoever forges one gains a pause, and a pause has an end.
    _Rule(MailOutcome.ACTS, says={Says.ABSENCE}),
    _Rule(MailOutcome.HOLDS, says={Says.OPT_OUT}, writer={Writer.ANOTHER}),
    _Rule(MailOutcome.WAITS, writer={Writer.ANOTHER}),
    _Rule(MailOutcome.HOLDS, says={Says.OPT_OUT}, way={MatchWay.ADDRESS}, verdict={Verdict.FAILED}),
    _Rule(MailOutcome.WAITS, way={MatchWay.ADDRESS}, verdict={Verdict.FAILED}),
    _Rule(MailOutcome.ACTS),
)


def outcome(way: MatchWay, verdict: Verdict, writer: Writer, says: Says) -> MailOutcome:
    """What a mail may do; the first line of the table that fits."""
    return next(rule.outcome for rule in _TABLE if rule.holds(way, verdict, writer, says))


def doubt(way: MatchWay, verdict: Verdict, writer: Writer, says: Says) -> SenderDoubt | None:
    """Why a person must look first; None: nobody must."""
    if outcome(way, verdict, writer, says) not in (MailOutcome.WAITS, MailOutcome.HOLDS):
        return None
    another = writer is Writer.ANOTHER and says in _REPLIES
    return SenderDoubt.OTHER_SENDER if another else SenderDoubt.NOT_AUTHENTICATED


def mark(doubted: str | None, verdict: str | None, by: str | None) -> str | None:
    """What people are told of where something came from, in a few words; None: there is nothing to tell.

    Args:
        doubted: a ``SenderDoubt``, or None.
        verdict: a ``Verdict``, or None.
        by: what the verdict rests on, or None.
    """
    rests = f" ({by})" if by else ""
    if doubted is not None:
        return DOUBT_WORDS[SenderDoubt(doubted)] + (rests if doubted == SenderDoubt.NOT_AUTHENTICATED else "")
    return f"accepted unproved{rests}" if verdict == Verdict.FAILED else None


def mark_of(detail: Mapping[str, Any]) -> str | None:
    """``mark`` for the detail of what came in, or of its reaction."""
    return mark(detail.get(DOUBT), detail.get(AUTHENTICATION), detail.get(BY))
