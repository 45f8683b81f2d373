"""What an arrival may do by itself, and what a person must look at first: the table of trust, asked of one mail."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from sequences.channels import EMAIL
from sequences.definition.reactions import ReactionKind
from sequences.inbound.about_send import OTHER_SENDER
from sequences.inbound.authentication import Verdict
from sequences.inbound.trust import (
    ASKED,
    AUTHENTICATION,
    BY,
    DOUBT,
    Doubted,
    MailOutcome,
    MatchWay,
    Says,
    Writer,
    doubt,
    outcome,
)

if TYPE_CHECKING:
    from sequences.inbound.authentication import Authentication
    from services.intake.store_inbound import Arrival

SOLE: Final = "sole_open_run"
"""The rule of matching by nothing but the sender's address, as stored rows have it."""

_WAYS: Final = {
    None: MatchWay.NONE,
    SOLE: MatchWay.ADDRESS,
    "message_id": MatchWay.MESSAGE_ID,
    "token": MatchWay.SIGNED,
}
_SAYS: Final = {
    ReactionKind.BOUNCED: Says.BOUNCE,
    ReactionKind.COMPLAINED: Says.COMPLAINT,
    ReactionKind.OUT_OF_OFFICE: Says.ABSENCE,
    ReactionKind.UNSUBSCRIBED: Says.OPT_OUT,
    # Which of the two the model says later: the table has the same for both.
    ReactionKind.REPLIED: Says.DECLINE,
}


def believed(arrival: Arrival, proof: Authentication) -> Arrival:
    """The same, as far as it may act: with its doubt, and with the marks of what is known of its sender."""
    says = Says.OPT_OUT if arrival.wish else _SAYS.get(arrival.kind) if arrival.kind is not None else None
    way = _WAYS.get(arrival.matched_by)
    if says is None or way is None:
        return arrival
    detail = dict(arrival.detail)
    if proof.verdict is not Verdict.UNKNOWN:
        detail |= {AUTHENTICATION: proof.verdict.value, BY: proof.by}
    writer = Writer.ANOTHER if detail.get(OTHER_SENDER) else Writer.RECIPIENT
    may = outcome(way, proof.verdict, writer, says)
    if may is MailOutcome.STORED:
        return replace(arrival, kind=None, detail=detail)
    why = doubt(way, proof.verdict, writer, says)
    if why is None or (may is MailOutcome.WAITS and way is MatchWay.NONE):
        # What belongs to no run waits in the unmatched queue anyway.
        return replace(arrival, detail=detail)
    channel = None
    if may is MailOutcome.HOLDS:
        channel = EMAIL.name if arrival.kind is ReactionKind.UNSUBSCRIBED else "all"
    detail |= {DOUBT: why.value} | ({ASKED: channel} if channel else {})
    if arrival.kind is ReactionKind.COMPLAINED:
        # Nobody's words: a person reads the report, and no model learns from it.
        detail["reasons"] = [*detail.get("reasons", ()), "no_own_words"]
    # A person says what it means as of any reply; what it would have been by itself stays as its event.
    kind = ReactionKind.REPLIED if arrival.send is not None else arrival.kind
    return replace(arrival, kind=kind, detail=detail, doubt=Doubted(why, channel))
