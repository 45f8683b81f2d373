"""A human says what a reply means: written down, obeyed by the run, and kept as training data."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import CHANNELS, is_channel
from sequences.definition.policies import CONFIRM_IT, READ_IT
from sequences.definition.reactions import ReactionKind
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.inbound.trust import DOUBT
from sequences.reactions.reviews import (
    OVERRULED,
    PAIRS,
    REPLY,
    REVIEWED,
    intent_for,
    opt_out_said,
    pair_problem,
    split_of,
)
from sequences.reactions.sentiment import Intent, Label
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction
from services.runs.run_row import CLOSED
from services.sending.contacts import note_replied
from services.sending.opt_out_holds import end_hold
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection


class UnclearError(RefusedError):
    """What was said does not say enough, or contradicts itself: it must be said otherwise."""


@dataclass(frozen=True)
class Opinion:
    """What a person says of a reply.

    Attributes:
        label: what it is.
        intent: what the writer does; None: the model's when it fits the label, else the usual one of the label.
        by: who says so.
        note: anything else.
        not_an_opt_out: the person does not ask not to be contacted, whatever the model or a review said. Nothing else
            lifts the suppression that came of it.
        not_theirs: somebody else wrote it: the run goes on as if it had not come. It denies an opt-out, too.
    """

    label: Label
    intent: Intent | None = None
    by: str | None = None
    note: str | None = None
    not_an_opt_out: bool = False
    not_theirs: bool = False

    @property
    def denies(self) -> bool:
        """It says that the person does not ask not to be contacted."""
        return self.not_an_opt_out or self.not_theirs


@dataclass(frozen=True)
class _Said:
    """An opinion, made complete: its intent, and what it says of an opt-out (None: nothing)."""

    opinion: Opinion
    intent: Intent
    opt_out: bool | None


@dataclass(frozen=True)
class Reviewed:
    """What became of a review.

    Attributes:
        review: id of the reaction by which the run hears of it.
        number: 1 for the first review of this reply; the newest counts.
        said_label: the model's, or None when it had said nothing.
        said_held: the model was not sure.
        repeated: the newest review says the same; nothing was changed, except what ``notes`` say.
        notes: what a person should know, without anybody's data.
    """

    reaction: str
    review: str
    number: int
    enrollment: str
    label: str
    intent: str
    said_label: str | None
    said_intent: str | None
    said_confidence: float | None
    said_held: bool | None
    repeated: bool
    notes: tuple[str, ...] = ()


async def review(connection: Connection, reaction: str, opinion: Opinion, now: datetime) -> Reviewed:
    """Writes down what a reply means. The run hears of it as of anything that comes back, and does what its rules say.

    Who asks not to be contacted is suppressed here, in the same transaction: nothing is sent meanwhile. What the reply
    led to so far and has not gone out stays in it, unless the run comes to the same verdict.

    Args:
        connection: in a transaction.
        reaction: id of the reply.
        opinion: what somebody says of it.
        now: UTC.

    Raises:
        NotFoundError: there is no such reaction.
        UnclearError: the intent does not fit the label, or must be said.
        RefusedError: it is no reply.
    """
    reply = await queries.lock_reply(connection, id=reaction)
    if reply is None:
        raise NotFoundError(f"unknown reaction {reaction}; `relance review list` lists replies that need review")
    if reply.kind != ReactionKind.REPLIED:
        raise RefusedError(
            RequestRefused.NOT_A_REPLY,
            f"{reaction} is not a reply ({reply.kind}); only replies can be reviewed",
        )
    await queries.lock_person(connection, person=reply.person_id)
    before = await queries.newest_review(connection, reaction_id=reaction)
    said = _complete(opinion, reply, before)
    hold = await queries.opt_out_hold_of(connection, source=reaction)
    if hold is not None and hold.ended_at is None and said.intent is not Intent.OPT_OUT and not opinion.denies:
        raise UnclearError(
            RequestRefused.AMBIGUOUS,
            "it asks not to be contacted, and nothing is sent until somebody says whose wish that is: give the intent "
            "opt_out to confirm it, --not-an-opt-out (over HTTP: not_an_opt_out) if they do not ask for that, or "
            "--not-theirs (not_theirs) if somebody else wrote it",
        )
    same = (opinion.label, said.intent, said.opt_out, opinion.not_theirs)
    if before is not None and (before.label, before.intent, before.opt_out, before.not_theirs) == same:
        made, repeated, notes = before, True, []
    else:
        number = (before.number if before else 0) + 1
        made = await _write(connection, reply, number, said, now)
        repeated, notes = False, _notes(reply, again=before is not None)
    about = await _suppression(connection, reply, said, now, hold=hold, repeated=repeated)
    return _answer(reply, made, repeated=repeated, notes=(*about, *notes))


async def _suppression(
    connection: Connection,
    reply: queries.LockReplyRow,
    said: _Said,
    now: datetime,
    *,
    hold: queries.OptOutHoldRow | None,
    repeated: bool,
) -> list[str]:
    """Suppresses or lifts, also when the same was said before: the suppression may have come or gone since."""
    person, reaction = reply.person_id, reply.id
    if said.intent is Intent.OPT_OUT:
        channel = hold.channel if hold is not None else "all"
        fresh = False
        for each in dict.fromkeys((person, *(hold.people if hold is not None else ()))):
            new = NewSuppression(channel, "opt_out", reaction, now, person=each)
            fresh = await suppress(connection, new) or fresh
        await end_hold(connection, reaction, "confirmed", now)
        where = "on any channel" if channel == "all" else f"by {CHANNELS[channel].label}"
        if not repeated:
            return [f"this person will no longer be contacted {where}"]
        again = "every channel" if channel == "all" else CHANNELS[channel].label
        return [f"the suppression had been lifted; the person is suppressed again, on {again}"] if fresh else []
    if said.opinion.denies:
        held = await end_hold(connection, reaction, "denied", now)
        lifted = await queries.lift_mistaken_opt_out(connection, person_id=person, reply=reaction, at=now)
        notes = ["the hold on messages to this person is lifted"] if held else []
        notes += ["not an opt-out: the suppression that it caused is lifted"] if lifted else []
        row = await queries.person_row(connection, id=person)
        email, phone = (row.email_key, row.phone_key) if row else (None, None)
        rows = await queries.suppressions_of(connection, person_id=person, email=email, phone=phone)
        if rows:
            left = ", ".join(f"{row.reason} ({row.channel})" for row in rows)
            notes.append(f"the person is still suppressed for another reason: {left}")
        return notes
    if bool(reply.opt_out) if said.opt_out is None else said.opt_out:
        return ["the person is still suppressed; to lift that, use --not-an-opt-out (over HTTP: not_an_opt_out)"]
    return []


def _notes(reply: queries.LockReplyRow, *, again: bool) -> list[str]:
    notes = []
    if reply.run_state in CLOSED:
        notes.append(f"the run has already ended ({reply.run_state}); its follow-ups will still be carried out")
    elif reply.handled_at is None and reply.label is None:
        notes.append("the model has not scored this reply yet; the run also waits for the model")
    if reply.handled_at is not None and (again or not reply.held_for_review):
        notes.append("earlier actions about this reply are not undone")
    return notes


def _complete(opinion: Opinion, reply: queries.LockReplyRow, before: queries.ReviewRow | None) -> _Said:
    denied = opinion.denies
    intent = (
        opinion.intent
        or (Intent.OTHER if opinion.not_theirs else None)
        or _intent(opinion.label, reply, before, denied=denied)
    )
    problem = pair_problem(opinion.label, intent, denied=denied, not_theirs=opinion.not_theirs)
    if problem is not None:
        raise UnclearError(RequestRefused.AMBIGUOUS, problem)
    return _Said(opinion, intent, opt_out_said(intent, before.opt_out if before else None, denied=denied))


def _intent(label: Label, reply: queries.LockReplyRow, before: queries.ReviewRow | None, *, denied: bool) -> Intent:
    if before is not None and before.label == label and not (denied and before.intent == Intent.OPT_OUT):
        # Somebody said it more exactly before; the same label again is no change.
        return Intent(before.intent)
    meant = intent_for(label, reply.intent, opt_out=bool(reply.opt_out), denied=denied)
    if meant is None:
        raise UnclearError(
            RequestRefused.AMBIGUOUS,
            f"the model suspects an opt-out: give the intent as well, {Intent.OPT_OUT} if it is one, otherwise one "
            f"of {', '.join(each for each in PAIRS[label] if each is not Intent.OPT_OUT)}",
        )
    return meant


async def _write(
    connection: Connection, reply: queries.LockReplyRow, number: int, said: _Said, now: datetime
) -> queries.ReviewRow:
    label, intent = said.opinion.label.value, said.intent.value
    # It holds: whatever the run would send next waits until it has heard of this. Neither message nor send is named,
    # since nothing new came in.
    identity = await write_reaction(
        connection,
        NewReaction(
            key=reaction_key("review", reply.id, number),
            run=reply.enrollment_id,
            person=reply.person_id,
            kind=REVIEWED,
            received_at=now,
            detail={REPLY: reply.id},
            channel=reply.channel,
        ),
    )
    await queries.label_review(connection, id=identity, label=label, intent=intent, opt_out=bool(said.opt_out))
    run = reply.enrollment_id
    await queries.overrule_pending(connection, reply=reply.id, overruled=OVERRULED, enrollment_id=run)
    made = await queries.add_review(
        connection,
        id=identity,
        reaction_id=reply.id,
        number=number,
        label=label,
        intent=intent,
        opt_out=said.opt_out,
        reviewer=said.opinion.by or None,
        note=said.opinion.note or None,
        reviewed_at=now,
        said_label=reply.label,
        said_intent=reply.intent,
        said_confidence=reply.confidence,
        said_held=reply.held_for_review,
        not_theirs=said.opinion.not_theirs,
    )
    await queries.reply_reviewed(connection, id=reply.id, at=now)
    titles = [READ_IT.create_task.title, CONFIRM_IT.create_task.title]
    await queries.reading_done(connection, reaction_id=reply.id, titles=titles, enrollment_id=run)
    if DOUBT in reply.detail and not said.opinion.not_theirs and reply.inbound_id is not None:
        # It is the person's word from now on.
        await note_replied(connection, reply.person_id, reply.inbound_id, reply.received_at)
    return made


def _answer(
    reply: queries.LockReplyRow, made: queries.ReviewRow, *, repeated: bool, notes: tuple[str, ...]
) -> Reviewed:
    return Reviewed(
        reaction=reply.id,
        review=made.id,
        enrollment=reply.enrollment_id,
        repeated=repeated,
        notes=notes,
        number=made.number,
        label=made.label,
        intent=made.intent,
        said_label=made.said_label,
        said_intent=made.said_intent,
        said_confidence=made.said_confidence,
        said_held=made.said_held,
    )


@dataclass(frozen=True)
class Export:
    """Reviewed replies as training data.

    Attributes:
        lines: text, label, intent, channel and split, as the corpus has them; the oldest review first.
        wordless: replies left out, because the person wrote no words of their own, or somebody else wrote them.
        repeated: replies left out, because a newer review is about the same words.
    """

    lines: tuple[dict[str, str], ...]
    wordless: int
    repeated: int


async def export(connection: Connection, *, repeats: bool) -> Export:
    """Every reviewed reply, as its newest review has it. Holds what people wrote: personal data.

    Args:
        connection: in a transaction.
        repeats: keep replies whose words are those of another.
    """
    lines, seen, wordless, repeated = [], set(), 0, 0
    for row in await queries.reviewed_replies(connection):
        text = row.text.strip()
        words = " ".join(text.lower().split())
        if not words or row.no_own_words or row.not_theirs:
            wordless += 1
        elif words in seen and not repeats:
            repeated += 1
        else:
            seen.add(words)
            channel = row.channel if row.channel and is_channel(row.channel) else "email"
            lines.append(
                {
                    "text": text,
                    "label": row.label,
                    "intent": row.intent,
                    "channel": channel,
                    "split": split_of(text),
                }
            )
    return Export(tuple(reversed(lines)), wordless, repeated)
