"""What a reaction means for a run: pure, from the sequence's policies and what is known of the reaction."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sequences.auto_enroll.conditions import condition_holds
from sequences.channels import CHANNELS
from sequences.definition.durations import Duration, DurationUnit
from sequences.definition.follow_ups import FollowUp
from sequences.definition.model import SequenceDefinition
from sequences.definition.policies import CONFIRM_IT, FIND_THEM, READ_IT, UNTIL_RETURN, policy_for
from sequences.definition.reactions import ReactionKind, Then, ThenKind, parse_same_client
from sequences.inbound.trust import DOUBT_WORDS, SenderDoubt
from sequences.planning.values import Channel
from sequences.reactions.same_client import REASONS, REPLIED, SAME_CLIENT, SUPPRESSED
from sequences.reactions.tasks import REASON, TASK_DONE
from sequences.records.record_view import RecordView

CONTINUE = Then(ThenKind.CONTINUE)
STOP = Then(ThenKind.STOP)
PAUSE = Then(ThenKind.PAUSE)
OPTED_OUT = "opt_out"
"""Why a run ended when words of the person ask for no more contact, and the reason of the suppression."""
ANOTHER_PERSON = "the placement has another person"
GONE = "an automatic answer says that the person has left"
AUTOMATIC = "out_of_office by its words"
NOT_THEIRS = "somebody else wrote it"
LONGEST_ABSENCE = Duration(90, DurationUnit.DAYS)
"""For how long an absence is believed at the most: anybody can write one, and a date may be misread."""
MERGED = "merged"
"""Why a run ended whose person was merged into one that has a run of the same sequence, or is not known here."""


@dataclass(frozen=True)
class ScoredReply:
    """What the sentiment worker said of a reply; None as label: it could not be scored.

    Attributes:
        automatic: it is sure that a machine wrote it, or somebody who is away.
    """

    label: str | None
    opt_out: bool
    needs_review: bool
    automatic: bool = False


@dataclass(frozen=True)
class ReactionFacts:
    """A reaction as the verdict needs it.

    Attributes:
        kind: such as ``replied``, before the label is known.
        channel: it came on, or None.
        score: of a reply, or None.
        fields: that changed, by catalogue name.
        return_date: of an absent person.
        left: of an automatic answer that says that its person is gone, or that nobody reads the address.
        suppressed_already: the person chose a topic, or on the preference page, what to end; nothing is added to that.
        taken_back: the person removed a tap on one of our texts.
        form: that came in, of ``form_submitted``.
        doubt: why a person must look at a reply before anything acts on it (a ``SenderDoubt``); None:
            nobody must, or somebody has.
        asks: the channel on which a doubted reply asks not to be contacted, a channel, or ``all``; None: it does not.
        not_theirs: a person says that somebody else wrote the reply.
        colleague: what another contact of the client did, of the reaction about that.
    """

    kind: str
    channel: str | None = None
    score: ScoredReply | None = None
    fields: tuple[str, ...] = ()
    return_date: date | None = None
    left: bool = False
    suppressed_already: bool = False
    taken_back: bool = False
    form: str | None = None
    doubt: str | None = None
    asks: str | None = None
    not_theirs: bool = False
    colleague: str = REPLIED


@dataclass(frozen=True)
class Suppression:
    """Who must not be contacted any more: the person, or only the address that failed."""

    channel: str
    reason: str
    whole_person: bool


@dataclass(frozen=True)
class ReactionVerdict:
    """What is done about a reaction.

    Attributes:
        kind: with the label, such as ``replied.positive``; what people see.
        do: follow-ups, in order.
        then: whether the run goes on.
        suppress: or None.
        reason: one short phrase without personal data.
        until_resumed: the pause ends when somebody says so, and not by itself.
        notify_owner: the run ends for something of which its file says nothing: the owner must hear of it.
        holds: the channel on which nothing is sent to the person until somebody confirms their wish, or denies it.
    """

    kind: str
    do: tuple[FollowUp, ...]
    then: Then
    reason: str
    suppress: Suppression | None = None
    until_resumed: bool = False
    notify_owner: bool = False
    holds: str | None = None


def reaction_verdict(sequence: SequenceDefinition, facts: ReactionFacts, view: RecordView) -> ReactionVerdict:
    """The verdict of ``sequence`` on a reaction; ``view`` is the record as it is now."""
    if facts.kind == ReactionKind.FIELD_CHANGED:
        return _field_changed(sequence, facts, view)
    if facts.kind == ReactionKind.REPLIED:
        return _reply(sequence, facts)
    if facts.kind == SAME_CLIENT:
        then = STOP if facts.colleague == SUPPRESSED else parse_same_client(sequence.same_client)
        return ReactionVerdict(facts.kind, (), then, REASONS[facts.colleague])
    if facts.kind == TASK_DONE:
        return ReactionVerdict(facts.kind, (), CONTINUE, REASON)
    if facts.taken_back:
        return ReactionVerdict(facts.kind, (), CONTINUE, f"{facts.kind}, taken back")
    if facts.left:
        return _left(sequence, facts)
    policy = policy_for(sequence, facts.kind, form=facts.form)
    suppression = None
    # STOP was obeyed when it came in, for the number; START lifts that, and would not lift a second suppression.
    stop_word = facts.kind == ReactionKind.UNSUBSCRIBED and obeyed_for_the_address(facts.channel)
    if policy.suppress is not None and not stop_word and not facts.suppressed_already:
        channel = "all" if policy.suppress == "all" else (facts.channel or "email")
        # A dead address says nothing of its person, who may give another one tomorrow.
        whole = facts.kind != ReactionKind.BOUNCED
        suppression = Suppression(channel, facts.kind, whole)
    unsaid = facts.kind == ReactionKind.CLICKED and policy.rule == "default" and policy.then.kind is ThenKind.STOP
    return ReactionVerdict(
        facts.kind, policy.do, policy.then, f"{facts.kind} ({policy.rule})", suppression, notify_owner=unsaid
    )


def obeyed_for_the_address(channel: str | None) -> bool:
    """True for an unsubscribe that was a stop word: the address was suppressed when it came, and START lifts that."""
    return channel in CHANNELS and CHANNELS[channel].stop_words


def _left(sequence: SequenceDefinition, facts: ReactionFacts) -> ReactionVerdict:
    """Nobody is there to write to, and no day brings them back: a person decides what becomes of the run."""
    policy = policy_for(sequence, facts.kind)
    stops = policy.then.kind is ThenKind.STOP
    then = policy.then if stops else UNTIL_RETURN
    return ReactionVerdict(facts.kind, (*policy.do, FIND_THEM), then, GONE, until_resumed=not stops)


def _reply(sequence: SequenceDefinition, facts: ReactionFacts) -> ReactionVerdict:
    if facts.not_theirs:
        return ReactionVerdict(ReactionKind.REPLIED, (), CONTINUE, NOT_THEIRS)
    if facts.doubt is not None:
        # Whoever wrote it, the rules of the sequence are for the recipient's answers: a person looks first.
        ask = READ_IT if facts.asks is None else CONFIRM_IT
        reason = f"{ReactionKind.REPLIED}, {DOUBT_WORDS[SenderDoubt(facts.doubt)]}: needs review"
        return ReactionVerdict(ReactionKind.REPLIED, (ask,), PAUSE, reason, until_resumed=True, holds=facts.asks)
    score = facts.score or ScoredReply(None, opt_out=False, needs_review=True)
    unsure = score.label is None or (score.needs_review and not score.opt_out)
    if score.automatic and not unsure and not score.opt_out:
        # The header said nothing of a machine, and the words are one's: no answer of a person's, so no end.
        policy = policy_for(sequence, ReactionKind.OUT_OF_OFFICE)
        return ReactionVerdict(ReactionKind.OUT_OF_OFFICE, policy.do, policy.then, f"{AUTOMATIC} ({policy.rule})")
    kind = ReactionKind.REPLIED if score.label is None else ReactionKind(f"replied.{score.label}")
    policy = policy_for(sequence, kind, low_confidence=unsure)
    if not score.opt_out:
        reason = f"{kind} ({policy.rule})" if not unsure else f"{kind}, needs review"
        then = policy.then
        if unsure:
            # "A low-confidence reply stops sending", unless the author lets every reply go on.
            then = policy_for(sequence, ReactionKind.REPLIED).then
        return ReactionVerdict(kind, policy.do, then, reason)
    opted = policy_for(sequence, ReactionKind.UNSUBSCRIBED)
    own = opted.do if opted.rule != "default" else ()
    # Words such as "remove me from your list" mean the person, not the address or channel they were written from.
    meant = Suppression(facts.asks or "all", OPTED_OUT, whole_person=True)
    return ReactionVerdict(kind, (*policy.do, *own), STOP, OPTED_OUT, meant)


def _field_changed(sequence: SequenceDefinition, facts: ReactionFacts, view: RecordView) -> ReactionVerdict:
    gone = recipient_gone(view)
    if gone is not None:
        return ReactionVerdict(facts.kind, (), STOP, gone)
    channel = _suppressed_channel(sequence, facts.fields)
    if channel is not None:
        return ReactionVerdict(facts.kind, (), STOP, f"suppressed in the CRM ({channel})")
    reason = stop_reason(sequence.stop_when, view)
    if reason is not None:
        return ReactionVerdict(facts.kind, (), STOP, reason)
    do: list[FollowUp] = []
    then = CONTINUE
    for field in facts.fields:
        policy = policy_for(sequence, ReactionKind.FIELD_CHANGED, field=field)
        if policy.rule != "default":
            do.extend(item for item in policy.do if item not in do)
            then = policy.then if policy.then.kind is not ThenKind.CONTINUE else then
    # Of no field: an upgrade of Relance asked for a new plan.
    return ReactionVerdict(facts.kind, tuple(do), then, f"changed: {', '.join(facts.fields) or 'the rules of time'}")


def recipient_gone(view: RecordView) -> str | None:
    """Why a run has nobody left to write to, or None; ``view`` is of the run's own person."""
    if view.person.get("merged_into"):
        return MERGED
    if view.deleted:
        return "the record was deleted"
    return ANOTHER_PERSON if view.another_person else None


def suppressed_field(channel: str) -> str:
    """What a reaction calls the news that the CRM suppressed a person on ``channel`` (a channel, or ``all``)."""
    return f"person.suppressed_{channel}"


def _suppressed_channel(sequence: SequenceDefinition, fields: tuple[str, ...]) -> str | None:
    """The channel whose suppression ends this run: ``all``, or one that it sends on, as an unsubscribe would."""
    used = ("all", *sorted({step.channel for step in sequence.steps} - {Channel.ACTION}))
    return next((channel for channel in used if suppressed_field(channel) in fields), None)


def stop_reason(stop_when: Mapping[str, Any], view: RecordView) -> str | None:
    """Why the record as it is now ends a run, or None. Any field suffices; in it any value, or `all_of` them."""
    met = (field for field, wanted in stop_when.items() if condition_holds(wanted, view.value(field)))
    return next((f"stop_when: {field}" for field in met), None)


_ZONE_FIELDS = frozenset({"person.timezone", "person.phone", "placement.timezone", "client.timezone"})


def moves_the_plan(fields: tuple[str, ...], day_zero: str | None) -> bool:
    """True when a change of ``fields`` can move a step: the anchor or a source of the zone is among them."""
    return not _ZONE_FIELDS.isdisjoint(fields) or (day_zero is not None and day_zero in fields)


def pause_until(then: Then, now: datetime, return_date: date | None) -> datetime:
    """End of a pause, UTC: the morning of the return date when it lies ahead, else after the pause's length.

    No return date is believed beyond ``LONGEST_ABSENCE``.
    """
    length = then.pause or Duration(7, DurationUnit.DAYS)
    if then.until_return and return_date is not None:
        back = datetime.combine(return_date, datetime.min.time(), tzinfo=now.tzinfo)
        if back > now:
            return min(back, LONGEST_ABSENCE.after(now))
    return length.after(now)
