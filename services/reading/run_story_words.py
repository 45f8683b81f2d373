"""What happened in one run, as single moments made from its rows. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from sequences.channels import CHANNELS, is_channel
from sequences.enrolling.warnings import NO_ZONE, waiting_words, zone_words
from sequences.inbound.noted import noted
from sequences.inbound.trust import mark_of
from sequences.number_words import number_of
from sequences.reactions.same_client import COLLEAGUE, REASONS, REPLIED, SAME_CLIENT
from sequences.sending.deliveries import webhook_target
from sequences.sending.tracked_links import shorten
from sequences.sms.error_codes import parse_code, words_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from adapters.postgres import queries


@dataclass(frozen=True)
class RunRows:
    """The rows of one run."""

    enrollment: queries.EnrollmentRow
    steps: Sequence[queries.EnrollmentStepRow]
    sends: Sequence[queries.SendRow]
    reactions: Sequence[queries.ReactionsOfRow]
    follow_ups: Sequence[queries.FollowUpRow]
    pauses: Sequence[queries.EnrollmentPauseRow]
    tasks: Sequence[queries.TasksOfRow]
    events: Sequence[queries.EnrollmentEventRow]
    suppressions: Sequence[queries.SuppressionsFromRow]


@dataclass(frozen=True)
class Moment:
    """One thing that happened, or that is planned.

    Attributes:
        at: UTC.
        kind: ``enrolled | started | command | note | sent | done | skipped | refused | failed | unknown | reaction |
            decision | follow_up | suppression | paused | resumed | stopped | finished | planned``.
        what: one short phrase for people.
        why: the reason, or empty.
        text: the words of a reply, or empty.
        ref: id of the step, reaction or follow-up it is about.
    """

    at: datetime
    kind: str
    what: str
    why: str = ""
    text: str = ""
    ref: str = ""


# What is decided together bears one instant: cause before effect, and the end last.
_ORDER = (
    "enrolled",
    "started",
    "resumed",
    "command",
    "note",
    "skipped",
    "sent",
    "done",
    "refused",
    "failed",
    "unknown",
)
_ORDER_AFTER = ("reaction", "decision", "follow_up", "suppression", "paused", "planned", "stopped", "finished")
_RANK = {kind: rank for rank, kind in enumerate((*_ORDER, *_ORDER_AFTER))}


def moments(rows: RunRows) -> tuple[Moment, ...]:
    """Everything that happened, then everything that is planned, each in order."""
    found = [
        *_ends(rows),
        *_commands(rows),
        *_doubts(rows),
        *_steps(rows),
        *_reactions(rows),
        *_follow_ups(rows),
        *_suppressions(rows),
        *_pauses(rows),
    ]
    # A reply cannot come before the mail it answers, whatever two machines' clocks say.
    sent = {row.id: row.decided_at or row.claimed_at for row in rows.sends}
    answers = {row.id: sent.get(row.send_id) for row in rows.reactions if row.send_id is not None}

    def position(moment: Moment) -> tuple[bool, datetime, int]:
        cause = answers.get(moment.ref) if moment.kind == "reaction" else None
        at = max(moment.at, cause) if cause is not None else moment.at
        return moment.kind == "planned", at, _RANK[moment.kind]

    return tuple(sorted(found, key=position))


def _ends(rows: RunRows) -> Iterator[Moment]:
    row = rows.enrollment
    lineage = " > ".join(row.lineage)
    yield Moment(row.enrolled_at, "enrolled", f"enrolled by {row.via}", f"after {lineage}" if lineage else "")
    if row.started_at is not None:
        yield Moment(row.started_at, "started", "the run started")
    stops = {event.at for event in rows.events if event.kind == "stop"}
    for event in rows.events:
        if event.kind in ("stopped", "finished"):
            by_hand = " by hand" if event.kind == "stopped" and event.at in stops else ""
            reason = event.detail.get("reason") or ""
            why = "" if by_hand and reason == "stopped by hand" else reason
            yield Moment(event.at, event.kind, f"{event.kind}{by_hand}", why)


def _commands(rows: RunRows) -> Iterator[Moment]:
    """What a person asked for, or should know, that nothing else in the story tells."""
    for event in rows.events:
        detail = event.detail
        if event.kind in ("skip", "send-now"):
            words = "skipped" if event.kind == "skip" else "sent now"
            step = detail.get("step") or ""
            yield Moment(event.at, "command", f"{step} to be {words}, by hand", detail.get("reason") or "", ref=step)
        elif event.kind == "long_text":
            what = f"{detail['step']} takes {number_of(detail['segments'], 'segment')} ({detail['encoding']})"
            yield Moment(event.at, "note", what, "more than the settings allow without a warning", ref=detail["step"])
        elif event.kind == "not_delivered":
            yield Moment(event.at, "failed", f"{detail['step']} not delivered", detail["reason"], ref=detail["step"])
        elif event.kind == "missing_field":
            why = ", ".join(detail.get("fields") or ()) or detail.get("wrong") or ""
            yield Moment(
                event.at, "note", f"{detail['step']} cannot be written yet", f"missing: {why}", ref=detail["step"]
            )
        elif event.kind == "answered":
            yield Moment(event.at, "note", "a recruiter answered the reply", ref=detail["reaction"])
        elif event.kind == "waiting":
            yield Moment(event.at, "note", waiting_words(detail["steps"], detail.get("field")), "not known yet")
        elif event.kind == NO_ZONE:
            yield Moment(event.at, "note", zone_words(detail["timezone"], detail["unknown"]), "no time zone is known")
        elif event.kind == "merged":
            yield Moment(event.at, "note", "the CRM merged the person", f"now {detail['into']}")
        elif event.kind == "move":
            what = f"moved to version {detail.get('mode')}, by hand"
            yield Moment(event.at, "command", what, detail.get("reason") or "")


def _doubts(rows: RunRows) -> Iterator[Moment]:
    """How it ended with sends of which nobody knew whether they went out."""
    for event in rows.events:
        detail = event.detail
        if event.kind == "send_proved":
            yield Moment(event.at, "sent", f"{detail['step']} was sent after all", detail["by"], ref=detail["step"])
        elif event.kind in ("send_assumed_sent", "send_given_up"):
            what = "treated as sent" if event.kind == "send_assumed_sent" else "not sent again"
            yield Moment(event.at, "unknown", f"{detail['step']} {what}", detail["reason"], ref=detail["step"])


def _steps(rows: RunRows) -> Iterator[Moment]:
    sends = {row.step: row for row in rows.sends}
    for row in rows.steps:
        send = sends.get(row.step)
        moved = f"moved by {', '.join(row.moved_by)}" if row.moved_by else ""
        if row.state == "planned":
            if row.due_at is not None:
                what = f"{row.step} is waited for until then" if row.goes_on_at else f"{row.step} is due"
                yield Moment(row.due_at, "planned", what, row.reason or moved, ref=row.step)
        elif row.state != "cancelled" and row.decided_at is not None:
            yield Moment(
                row.decided_at,
                row.state,
                f"{row.step} {_outcome(row.state, send)}",
                _why(row.reason, *_provider(send)) or moved,
                ref=row.step,
            )


def _provider(send: queries.SendRow | None) -> tuple[str | None, ...]:
    """What the provider said last, and why a text did not arrive."""
    if send is None:
        return ()
    code = parse_code(send.provider_error)
    return (send.provider_status, f"{words_of(code)} ({code})" if code is not None else None)


def _outcome(state: str, send: queries.SendRow | None) -> str:
    channel = f"by {CHANNELS[send.channel].label}" if send and is_channel(send.channel) else ""
    words = {
        "sent": f"sent {channel}".strip(),
        "done": "done",
        "skipped": "skipped",
        "refused": "refused",
        "failed": "failed",
        "unknown": "may have been sent",
    }[state]
    return f"{words}: {send.subject}" if send and send.subject and state in ("sent", "unknown") else words


def _why(*parts: str | None) -> str:
    return ", ".join(part for part in parts if part)


def _reactions(rows: RunRows) -> Iterator[Moment]:
    steps = {row.id: row.step for row in rows.sends}
    for row in rows.reactions:
        kind = f"{row.kind}.{row.label}" if row.label else row.kind
        joined = {"replied": " to ", "liked": " ", "disliked": " "}.get(row.kind)
        about = f"{joined}{steps[row.send_id]}" if joined and row.send_id in steps else ""
        about += ", removed" if row.detail.get("taken_back") else ""
        if row.kind == "opened":
            kind, about = "likely opened", f" {steps[row.send_id]}" if row.send_id in steps else ""
        if row.kind == "clicked" and row.link_target:
            step = f" in {steps[row.send_id]}" if row.send_id in steps else ""
            about = f" {shorten(row.link_target)}{step}"
        if row.kind == SAME_CLIENT:
            kind, about = REASONS[row.detail.get(COLLEAGUE, REPLIED)], ""
        if row.kind == "unsubscribed" and row.detail.get("topic"):
            about = f" from {row.detail['topic']}"
        if row.kind == "form_submitted":
            about = f" {row.detail.get('form')}"
        if row.kind in MEETINGS:
            kind, about = MEETINGS[row.kind], _meeting(row.detail)
        about += f" ({row.detail['step']})" if row.kind == "task_done" else ""
        fields = ", ".join(row.detail.get("fields", ()))
        score = f"confidence {row.confidence:.2f}" if row.confidence is not None else None
        why = _why(
            mark_of(row.detail),
            *noted(row.detail),
            fields,
            score,
            row.intent,
            "opt-out" if row.opt_out else None,
            "needs review" if row.held_for_review else None,
            *(row.score_reasons or ()),
        )
        late = ", after the run" if row.late else ""
        yield Moment(row.received_at, "reaction", f"{kind}{about}{late}", why, row.reply_text or "", row.id)
        if row.handled_at is not None:
            what = {"stop": "the run stops", "pause": "the run pauses", "continue": "the run continues"}
            decision = what.get(row.decision or "", "no decision needed")
            yield Moment(row.handled_at, "decision", decision, row.decision_reason or "", ref=row.id)


def _meeting(detail: Mapping[str, Any]) -> str:
    """When it is, and whether somebody else than the recipient booked it."""
    starts = detail.get("starts_at")
    at = f" for {datetime.fromisoformat(starts).astimezone(UTC):%Y-%m-%d %H:%M} UTC" if starts else ""
    return f"{at}, from another address" if detail.get("other_sender") else at


MEETINGS = {"meeting_booked": "a meeting was booked", "meeting_cancelled": "the meeting was cancelled"}
"""What people read of a meeting."""
_ENROLLED = {
    "pending": "will be enrolled in {}",
    "failed": "not enrolled in {}",
    "dead": "could not be enrolled in {}",
}
_SENT = {
    "pending": "message {} waits to be sent",
    "failed": "message {} was not sent",
    "dead": "message {} was not sent",
}
_POSTED = {
    "pending": "webhook {} waits for delivery",
    "failed": "webhook {} was not delivered",
    "dead": "webhook {} could not be delivered",
}


def _follow_ups(rows: RunRows) -> Iterator[Moment]:
    tasks = {row.id: row for row in rows.tasks}
    for row in rows.follow_ups:
        next_try = row.next_try_at
        why = _why(
            row.state if row.state != "done" else None,
            row.result,
            f"next try {next_try:%Y-%m-%d %H:%M} UTC" if next_try is not None and row.state == "pending" else None,
        )
        task = tasks.get(row.id)
        yield Moment(row.at, "follow_up", follow_up_words(row, task.title if task else None), why, ref=row.id)


def follow_up_words(row: queries.FollowUpRow | queries.FollowedRepliesRow, title: str | None) -> str:
    """One follow-up in words; ``title`` is that of the task it made, if it made one."""
    value: Any = row.arguments.get(row.kind)
    match row.kind:
        case "create_task":
            return f"task: {title or value['title']}"
        case "create_lead":
            return f"lead (source {value['source']})"
        case "add_to_list":
            return f"added to the list {value}"
        case "remove_from_list":
            return f"removed from the list {value}"
        case "set_field":
            return ", ".join(f"{name} = {'empty' if new is None else new}" for name, new in value.items())
        case "notify":
            return f"notified {'the owner' if value == 'owner' else 'the assigned-by user'}"
        case "suppress":
            return f"suppressed ({value})"
        case "enroll":
            return _ENROLLED.get(row.state, "enrolled in {}").format(value)
        case "send":
            return _SENT.get(row.state, "message {}").format(value)
        case "webhook":
            return _POSTED.get(row.state, "webhook {}").format(webhook_target(value))
    return str(row.kind)


def _suppressions(rows: RunRows) -> Iterator[Moment]:
    for row in rows.suppressions:
        if row.reason != "by_sequence":  # its follow-up tells that one
            channel = "every channel" if row.channel == "all" else row.channel
            yield Moment(row.since, "suppression", f"suppressed on {channel}", row.reason, ref=row.source)


def _pauses(rows: RunRows) -> Iterator[Moment]:
    for row in rows.pauses:
        yield Moment(row.started_at, "paused", "paused", row.reason)
        if row.ended_at is not None:
            mode = f"what was due meanwhile: {row.mode}" if row.mode else ""
            yield Moment(row.ended_at, "resumed", "resumed", mode)
