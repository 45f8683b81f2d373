"""One line of each list that people and programs page through. Instants are UTC; ids of records are the CRM's."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from adapters.postgres.row import Row

_L = TypeVar("_L")


def line_of(kind: type[_L], row: Row, **more: object) -> _L:
    """The line of a row: the columns that the line has, by name, and what is no column of it."""
    return kind(**{each.name: getattr(row, each.name) for each in fields(kind) if each.name in row.__slots__}, **more)  # type: ignore[arg-type]


@dataclass(frozen=True)
class PersonLine:
    """A person.

    Attributes:
        open_runs: enrollments that have not ended.
        suppressed: on some channel.
        deleted_at: when the CRM deleted it, or merged it into ``merged_into``.
    """

    id: str
    type: str | None
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    status: str | None
    owner_id: str | None
    client_id: str | None
    created: datetime | None
    open_runs: int
    suppressed: bool
    deleted_at: datetime | None
    merged_into: str | None


@dataclass(frozen=True)
class PlacementRecord:
    """A placement of a person. Dates as the CRM sent them."""

    id: str
    person_id: str
    client_id: str | None
    owner_id: str | None
    status: str | None
    start_date: str | None
    end_date: str | None
    job_title: str | None
    timezone: str | None
    location: str | None
    meeting_with: str | None
    deleted_at: datetime | None
    custom: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class ClientRecord:
    """A client."""

    id: str
    name: str | None
    timezone: str | None
    city: str | None


@dataclass(frozen=True)
class OwnerRecord:
    """A recruiter.

    Attributes:
        notify_by: how notifications reach them: ``none | email | digest``.
        replies: how replies do: ``forward | notify | none``; null: as the organisation's setting says.
    """

    id: str
    first_name: str | None
    last_name: str | None
    email: str | None
    phone: str | None
    notify_by: str
    replies: str | None
    signature: str | None
    booking_url: str | None


@dataclass(frozen=True)
class SequenceLine:
    """A published sequence, by its newest version.

    Attributes:
        sequence: its name in files, rules and requests.
        name: what people call it.
        record: what its runs are about: ``person | placement``.
        open_runs: of all versions.
        rules_on: people enter it by rule.
        paused: as a whole.
    """

    sequence: str
    name: str
    record: str
    version: int
    published_at: datetime
    open_runs: int
    rules_on: bool
    paused: bool


@dataclass(frozen=True)
class SequenceVersionLine:
    """One published version; ``definition`` is the parsed file."""

    version: int
    published_at: datetime
    open_runs: int
    definition: dict[str, Any]


@dataclass(frozen=True)
class EnrollmentLine:
    """A run of one record through one version of a sequence.

    Attributes:
        via: ``hand | hook | rule | sequence``.
        lineage: the chain of sequences that led to it, oldest first.
        reason: of its state.
        next_step: id; null when nothing is planned.
        next_due_at: null as well when ``waits_for`` says ``day_zero``.
        merged_from: the person whose run it was before the CRM merged them.
    """

    id: str
    workflow_id: str
    sequence: str
    version: int
    record_type: str
    record_id: str
    person_id: str
    owner_id: str | None
    via: str
    lineage: list[str]
    state: str
    reason: str | None
    enrolled_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    merged_from: str | None
    next_step: str | None
    next_due_at: datetime | None
    waits_for: str | None


@dataclass(frozen=True)
class TaskLine:
    """Something for a recruiter to do.

    Attributes:
        state: ``open | done | closed``; closed: it is not wanted any more, as ``reason`` says.
        step: of its run, whose task it is; None: a follow-up made it.
        kind: ``call | linkedin | letter | other``.
        waited_for: its run waits until it is done.
        decided_at: when it was done or closed.
    """

    id: str
    title: str
    description: str | None
    due_at: datetime | None
    owner_id: str | None
    person_id: str
    enrollment_id: str
    sequence: str | None
    reaction_id: str | None
    state: str
    created_at: datetime
    step: str | None
    kind: str
    waited_for: bool
    decided_at: datetime | None
    decided_by: str | None
    reason: str | None


@dataclass(frozen=True)
class LeadLine:
    """A lead; ``source`` is what the sequence wrote into it."""

    id: str
    person_id: str
    source: str
    owner_id: str | None
    enrollment_id: str
    sequence: str | None
    created_at: datetime


@dataclass(frozen=True)
class ListMember:
    """A person on a list; ``enrollment_id`` is the run that added them."""

    list: str
    person_id: str
    added_at: datetime
    enrollment_id: str | None
    sequence: str | None


@dataclass(frozen=True)
class NotificationLine:
    """A notification to a recruiter; ``records`` is their number, if it was about several."""

    id: str
    owner_id: str
    kind: str
    title: str
    enrollment_id: str | None
    person_id: str | None
    sequence: str | None
    records: int | None
    created_at: datetime
    read_at: datetime | None
    mailed_at: datetime | None


@dataclass(frozen=True)
class UnmatchedLine:
    """An incoming message that matches no run; ``event`` is how it was classified."""

    id: str
    channel: str
    received_at: datetime
    event: str
    sender: str | None
    reply_text: str
    state: str


@dataclass(frozen=True)
class SuppressionLine:
    """A person or an address that must not be contacted.

    Attributes:
        channel: a channel, or ``all``.
        source: what it comes from: a reaction, an event of the CRM, a command.
        lifted_at: null while it is in force.
    """

    id: int
    person_id: str | None
    address: str | None
    channel: str
    reason: str
    source: str
    since: datetime
    lifted_at: datetime | None


@dataclass(frozen=True)
class UnknownLine:
    """A message that may or may not have gone out.

    Attributes:
        claimed_at: when it was handed over.
        reason: why nobody knows.
        next_look_at: when Relance looks for a proof again.
        if_unknown: what its sequence believes without one: ``assume_sent | resend``.
        run_state: of its run.
    """

    id: str
    enrollment_id: str
    person_id: str
    owner_id: str | None
    sequence: str
    step: str
    channel: str
    recipient: str
    subject: str | None
    claimed_at: datetime | None
    reason: str | None
    looked_at: datetime | None
    next_look_at: datetime | None
    if_unknown: str
    run_state: str


@dataclass(frozen=True)
class JobRecord:
    """Background work that somebody asked for.

    Attributes:
        subject: what it is about: kind and id, such as ``sequence:new-services``.
        user_id: who asked in the console; null: not known.
        state: ``waiting | running | done | failed | cancelled``.
        total: null: not counted yet.
        result: one line.
        notes: what somebody should look at.
        problem: why it failed.
        cancel_asked_at: when somebody asked for its end.
    """

    id: str
    kind: str
    subject: str
    user_id: str | None
    state: str
    done: int
    total: int | None
    result: str | None
    notes: list[str]
    problem: str | None
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    cancel_asked_at: datetime | None


@dataclass(frozen=True)
class HoldLine:
    """Everything of a sequence or an owner (``scope``) is paused, or everything there is.

    Attributes:
        key: name of the sequence, id of the owner, or ``all``.
        asked_by: who asked for it; null: an older release did not store it.
        until: when it ends automatically; null: somebody ends it.
    """

    scope: str
    key: str
    reason: str
    since: datetime
    paused_runs: int
    asked_by: str | None = None
    until: datetime | None = None


@dataclass(frozen=True)
class BatchLine:
    """People who matched and wait: ``held`` for approval, or ``waiting`` because of max_per_day (without a batch)."""

    sequence: str
    state: str
    batch_id: str | None
    origin: str | None
    records: int
    since: datetime


@dataclass(frozen=True)
class CompanyOptOutLine:
    """A reply that asks not to write to anybody at a company.

    Attributes:
        reply: id of the reply in whose words it is.
        state: ``open | suppressed | dismissed``.
        client_id: of the person who wrote, or null.
        domain: of their address; null: it is a free provider's, or ours.
        reasons: names of the patterns that matched.
        people: who were suppressed because of it.
    """

    reply: str
    state: str
    client_id: str | None
    domain: str | None
    reasons: list[str]
    person_id: str
    owner_id: str | None
    sequence: str
    noticed_at: datetime
    decided_at: datetime | None
    decided_by: str | None
    people: int | None
    text: str


@dataclass(frozen=True)
class ReviewLine:
    """A reply that the model was unsure about, or that may be somebody else's.

    Label, intent and confidence are null if the model gave no answer.

    Attributes:
        doubt: ``other_sender | not_authenticated``: it is not proved to be the person's; null: nobody doubts that.
        authentication: ``proved | failed``: what the mail server found about the sender; null: nobody looked.
        authenticated_by: what that rests on, such as ``dmarc=pass``.
        confirm_opt_out: it asks not to be contacted, and nothing is sent until somebody confirms or denies that.
    """

    id: str
    received_at: datetime
    sequence: str
    enrollment_id: str
    run_state: str
    person_id: str
    person_name: str | None
    owner_id: str | None
    channel: str | None
    label: str | None
    intent: str | None
    confidence: float | None
    reasons: list[str]
    doubt: str | None
    authentication: str | None
    authenticated_by: str | None
    confirm_opt_out: bool
    text: str
