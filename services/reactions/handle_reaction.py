"""Handles what came back: judges it, does the follow-ups, stops, pauses or goes on. One transaction a reaction."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from itertools import takewhile
from typing import TYPE_CHECKING, Final, TypeAlias

from adapters.postgres import queries
from adapters.temporal.metrics import Instruments
from sequences.definition.reactions import ReactionKind, ThenKind
from sequences.inbound.absence.auto_reply import LEFT
from sequences.inbound.absence.return_date import find_return_date
from sequences.inbound.trust import ASKED, DOUBT
from sequences.reactions.preferences import PREFERENCES, TOPIC
from sequences.reactions.reviews import OVERRULED, REPLY, REVIEWED, Done, ReplyToReview, farewell, left_to_do, reading
from sequences.reactions.same_client import COLLEAGUE, REPLIED
from sequences.reactions.sentiment import Intent, Label
from sequences.reactions.tasks import REASON, STEP, TASK_DONE
from sequences.reactions.verdict import (
    ReactionFacts,
    ReactionVerdict,
    ScoredReply,
    moves_the_plan,
    pause_until,
    reaction_verdict,
)
from sequences.replies.judged_later import concerns_owner
from sequences.runs.state import Decision
from sequences.sending.tracked_links import shorten
from services.follow_ups.carry_out import Cause
from services.notifications import NewNotification, notify
from services.reactions.colleagues import note_colleagues
from services.runs.end_run import close
from services.runs.run_row import RunRow
from services.sending.opt_out_holds import hold_until_confirmed
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.follow_ups.carry_out import FollowUps
    from services.runs.planning import Planning, RunContext


Reacted: TypeAlias = "queries.LockReplyRow | queries.ReactionRow"
"""A reaction, with the words that came in."""
_BY_THE_PERSON: Final = frozenset({ReactionKind.REPLIED, ReactionKind.UNSUBSCRIBED, ReactionKind.COMPLAINED})


@dataclass(frozen=True)
class Heard:
    """What is handled: a reaction, and what it is about.

    Attributes:
        row: the reaction that the run was told of.
        about: what came back: the same row, or the reply that ``row`` is a review of.
        review: the newest review of the reply; None: nobody has said anything.
    """

    row: Reacted
    about: Reacted
    review: queries.ReviewRow | None = None


class HandleReaction:
    """Decides about reactions."""

    def __init__(
        self,
        database: Database,
        planning: Planning,
        follow_ups: FollowUps,
        instruments: Instruments | None = None,
    ) -> None:
        self._database = database
        self._planning = planning
        self._follow_ups = follow_ups
        self._instruments = instruments or Instruments()

    async def handle(self, enrollment: str, reaction: str, now: datetime) -> Decision:
        """Handles one reaction once; handled again, it gives the same decision and does nothing more."""
        async with self._database.transaction() as connection:
            run = await RunRow.lock(connection, enrollment)
            heard = await _heard(connection, reaction)
            if heard is None:
                # A run that was closed while it was being started is told so by a reaction without a row.
                return Decision("continue", reason="no such reaction", due=run.over if run.closed else None)
            context = await self._planning.context(connection, run)
            verdict = reaction_verdict(context.version.definition, facts_of(heard.about, heard.review), context.view)
            await self._follow_up(connection, context, heard, verdict, now)
            await self._suppress(connection, context, heard.about, verdict, now)
            await self._tell(connection, context, heard.about, verdict, now)
            if verdict.holds is not None:
                await self._hold(connection, heard.about, verdict.holds, now)
            if _speaks(heard, verdict):
                await note_colleagues(connection, context, heard.about, now)
            if heard.about.kind == TASK_DONE:
                step = heard.about.detail[STEP]
                await queries.task_step_done(connection, enrollment_id=run.id, step=step, at=now, reason=REASON)
            decision = await self._decide(connection, context, heard, verdict, now)
            await self._record(connection, heard, verdict, decision, now)
        if decision.then == "stop" and heard.row.kind in _BY_THE_PERSON:
            self._instruments.stopped(heard.row.kind, (now - heard.row.received_at).total_seconds())
        return decision

    async def _follow_up(
        self, connection: Connection, context: RunContext, heard: Heard, verdict: ReactionVerdict, now: datetime
    ) -> None:
        about, key = heard.about, heard.row.id
        cause = Cause(key, verdict.kind, now, about.id, _reading(about))
        if heard.review is None:
            await self._follow_ups.carry_out(connection, context, cause, verdict.do)
            return
        past = await queries.verdicts_on_reply(connection, reply=about.id)
        under = {row.id: row.reason for row in past}
        run = context.run.id
        # Who wrote the review stopped what waited to go out, without knowing whether the verdict changes.
        stands = [row.id for row in takewhile(lambda row: row.reason == verdict.reason, reversed(past))]
        if key in under:
            # The attempt before this one committed: it asked for everything that there is.
            return
        await queries.restore_overruled(connection, causes=stands, enrollment_id=run, overruled=OVERRULED)
        done = await queries.done_about_reply(connection, causes=list(under), enrollment_id=run, overruled=OVERRULED)
        left = left_to_do(
            verdict.do,
            verdict.reason,
            past[-1].reason if past else None,
            [Done(row.arguments, under[row.cause]) for row in done],
        )
        for position, item in left:
            await self._follow_ups.carry_out(connection, context, cause, (item,), first=position)

    async def _suppress(
        self, connection: Connection, context: RunContext, row: Reacted, verdict: ReactionVerdict, now: datetime
    ) -> None:
        wanted = verdict.suppress
        if wanted is None:
            return
        send = await queries.send_row(connection, id=row.send_id) if row.send_id else None
        if wanted.whole_person:
            await suppress(
                connection,
                NewSuppression(
                    wanted.channel,
                    wanted.reason,
                    row.id,
                    now,
                    person=context.view.person_id,
                    written_to=[send.recipient] if send else (),
                ),
            )
        elif send is not None:
            await suppress(
                connection, NewSuppression(wanted.channel, wanted.reason, row.id, now, address=send.recipient)
            )

    async def _hold(self, connection: Connection, row: Reacted, channel: str, now: datetime) -> None:
        """A wish that the model found is held as one that the list found was when the reply came in."""
        send = await queries.send_row(connection, id=row.send_id) if row.send_id else None
        if send is not None:
            await hold_until_confirmed(connection, send, row.id, channel, now)

    async def _tell(
        self, connection: Connection, context: RunContext, row: Reacted, verdict: ReactionVerdict, now: datetime
    ) -> None:
        """The file says nothing of clicks, and the run ends all the same: its owner hears why, once."""
        if not verdict.notify_owner or context.run.closed:
            return
        target = await queries.link_target(connection, id=str(row.detail.get("link", "")))
        link = f" ({shorten(target)})" if target else ""
        title = f"{context.version.definition.name} ended because a link was followed{link}"
        await notify(connection, context, NewNotification(verdict.kind, title, now, key=row.id))

    async def _decide(
        self, connection: Connection, context: RunContext, heard: Heard, verdict: ReactionVerdict, now: datetime
    ) -> Decision:
        run = context.run
        if run.closed:
            return Decision("none", reason=verdict.reason, due=run.over)
        if verdict.then.kind is ThenKind.STOP:
            due = await close(connection, run, "stopped", verdict.reason, now)
            return Decision("stop", reason=verdict.reason, due=due)
        definition = context.version.definition
        facts = facts_of(heard.about)
        changed = facts.kind == ReactionKind.FIELD_CHANGED
        moved = changed and (not facts.fields or moves_the_plan(facts.fields, definition.day_zero))
        if run.state == "paused":
            if verdict.then.kind is ThenKind.PAUSE and heard.row.decision == "pause":
                # The attempt before this one committed, and its answer was lost: the run does not know yet.
                return Decision("pause", _end_of(verdict, now, facts), verdict.reason)
            if verdict.until_resumed:
                # The pause that stands must not end by itself: whoever is away for a while has gone for good.
                return Decision("pause", None, verdict.reason)
            if heard.review is not None and await self._may_end(connection, heard, run, now):
                # A pause that ends now makes the run resume by itself.
                ends = now if verdict.then.kind is ThenKind.CONTINUE else pause_until(verdict.then, now, None)
                return Decision("pause", ends, verdict.reason)
            # What the change puts into the past is decided now, not by the resume: that may be weeks away.
            replanned = await self._planning.next_due(connection, context, now, moved=moved) if changed else None
            return Decision("continue", reason=verdict.reason, due=replanned)
        due = await self._planning.next_due(connection, context, now, moved=moved)
        if verdict.then.kind is ThenKind.PAUSE and due.step is not None:
            until = _end_of(verdict, now, facts)
            await queries.open_pause(connection, enrollment_id=run.id, started_at=now, reason=verdict.reason)
            await queries.set_run_state(connection, id=run.id, state="paused", reason=verdict.reason)
            return Decision("pause", until, verdict.reason, due)
        return Decision("continue", reason=verdict.reason, due=due)

    async def _may_end(self, connection: Connection, heard: Heard, run: RunRow, now: datetime) -> bool:
        """The run is paused for this reply alone, or for nothing that still wants it."""
        reply = heard.about.id
        pause = await queries.pause_of_reply(connection, reply=reply, enrollment_id=run.id, at=now)
        return pause is not None

    async def _record(
        self,
        connection: Connection,
        heard: Heard,
        verdict: ReactionVerdict,
        decision: Decision,
        now: datetime,
    ) -> None:
        row = heard.row
        then = "continue" if decision.until == now else decision.then
        handled = await queries.handle_reaction(connection, id=row.id, at=now, decision=then, reason=decision.reason)
        if handled is None:
            return
        if row.kind == ReactionKind.REPLIED:
            facts = facts_of(row, heard.review)
            news = heard.review is None and verdict.kind != ReactionKind.OUT_OF_OFFICE and concerns_owner(facts.score)
            await queries.reply_judged(connection, reaction_id=row.id, concerns_owner=news)
        by = heard.review.number if heard.review else None
        pause = verdict.then.kind is ThenKind.PAUSE
        wanted = _end_of(verdict, now, facts_of(heard.about)) if pause else None
        if by is not None or wanted is not None:
            await queries.judged(connection, id=row.id, by=by, pause_until=wanted)
        detail = {"reaction": row.id, "kind": verdict.kind, "then": then, "reason": decision.reason}
        if decision.until is not None and decision.until != now:
            detail["until"] = decision.until.isoformat()
        await queries.add_run_event(
            connection, enrollment_id=row.enrollment_id, at=now, kind="reaction", detail=detail, key=row.id
        )


def _speaks(heard: Heard, verdict: ReactionVerdict) -> bool:
    """It is the person's own answer, and known to be since just now: a person has said so of what was doubted."""
    if heard.about.kind != ReactionKind.REPLIED or verdict.kind == ReactionKind.OUT_OF_OFFICE:
        return False
    if DOUBT not in heard.about.detail:
        return heard.row.kind == ReactionKind.REPLIED
    return heard.review is not None and not heard.review.not_theirs


def _end_of(verdict: ReactionVerdict, now: datetime, facts: ReactionFacts) -> datetime | None:
    return None if verdict.until_resumed else pause_until(verdict.then, now, facts.return_date)


async def _heard(connection: Connection, reaction: str) -> Heard | None:
    row = await queries.reaction_row(connection, id=reaction)
    if row is None or row.kind not in (ReactionKind.REPLIED, REVIEWED):
        return Heard(row, row) if row is not None else None
    # Locked: a review that is being written is waited for, and one written later has a reaction of its own.
    about = await queries.lock_reply(connection, id=row.detail.get(REPLY, reaction))
    if about is None:
        return None
    review = await queries.newest_review(connection, reaction_id=about.id)
    return Heard(about if about.id == reaction else row, about, review)


def _reading(row: Reacted) -> str:
    if _left(row):
        return farewell(row.enrollment_id, row.reply_text or row.full_text or "")
    if row.kind != ReactionKind.REPLIED:
        return ""
    # What asks not to be contacted stands beside the words that were found to be the person's: all is shown.
    words = "" if row.wish_in_other_words else row.reply_text
    return reading(
        ReplyToReview(
            row.id,
            words or row.full_text or "",
            channel=row.channel,
            label=row.label,
            intent=row.intent,
            confidence=row.confidence,
            reasons=row.score_reasons or (),
            asks=facts_of(row).asks is not None and DOUBT in row.detail,
        )
    )


def _asks_by_model(row: Reacted) -> bool:
    """The model, or the list in the model's place, found a wish not to be contacted; as words of ours it counts not."""
    found = any(reason.startswith(f"{Intent.OPT_OUT}:") for reason in row.score_reasons or ())
    return found and not row.no_own_words


def _left(row: Reacted) -> bool:
    return row.kind == ReactionKind.OUT_OF_OFFICE and LEFT in row.detail.get("reasons", ())


def facts_of(row: Reacted, review: queries.ReviewRow | None = None) -> ReactionFacts:
    """A reaction row as the verdict needs it.

    A human's word on it counts, whatever the model says; but an opt-out stays one until a human denies it in so many
    words, whichever of the two came first.
    """
    detail = row.detail
    back = date.fromisoformat(detail["return_date"]) if detail.get("return_date") else None
    score: ScoredReply | None = None
    doubt = detail.get(DOUBT)
    asks = detail.get(ASKED) or ("all" if doubt is not None and _asks_by_model(row) else None)
    if row.label:
        automatic = row.intent == Intent.AUTO_REPLY
        score = ScoredReply(row.label, bool(row.opt_out), bool(row.held_for_review), automatic)
        if automatic and back is None:
            back = find_return_date("", row.reply_text or "", row.received_at)
    if score is None and row.opt_out:
        # The list found the wish when the reply was stored; that the model said nothing does not take it away.
        score = ScoredReply(Label.NEGATIVE, opt_out=True, needs_review=True)
    if review is not None:
        said = review.opt_out
        score = ScoredReply(review.label, bool(row.opt_out if said is None else said), needs_review=False)
    return ReactionFacts(
        kind=row.kind,
        channel=row.channel,
        score=score,
        fields=tuple(detail.get("fields", ())),
        return_date=back,
        left=_left(row),
        suppressed_already=PREFERENCES in detail or TOPIC in detail,
        taken_back=bool(detail.get("taken_back")),
        form=detail.get("form"),
        doubt=doubt if review is None else None,
        asks=asks,
        not_theirs=review is not None and review.not_theirs,
        colleague=detail.get(COLLEAGUE, REPLIED),
    )
