"""The rows of whole tables.

Written by ``python -m tools.queries`` from ``migrations/*.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.row import Row

if TYPE_CHECKING:
    from datetime import datetime


class ChangeRow(Row):
    """A row of the table ``change``."""

    __slots__ = (
        "id",
        "entity",
        "entity_id",
        "fields",
        "before",
        "after",
        "origin",
        "lineage",
        "event_id",
        "at",
        "watched_at",
        "batch",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: int,
        entity: str,
        entity_id: str,
        fields: list[str],
        before: Any,
        after: Any,
        origin: str,
        lineage: list[str],
        event_id: str | None,
        at: datetime,
        watched_at: datetime | None,
        batch: str,
    ) -> None:
        self.id: Final = id
        self.entity: Final = entity
        self.entity_id: Final = entity_id
        self.fields: Final = fields
        self.before: Final = before
        self.after: Final = after
        self.origin: Final = origin
        self.lineage: Final = lineage
        self.event_id: Final = event_id
        self.at: Final = at
        self.watched_at: Final = watched_at
        self.batch: Final = batch


class ClientRow(Row):
    """A row of the table ``client``."""

    __slots__ = ("id", "name", "timezone", "city")

    columns = itemgetter(*__slots__)

    def __init__(self, id: str, name: str | None, timezone: str | None, city: str | None) -> None:
        self.id: Final = id
        self.name: Final = name
        self.timezone: Final = timezone
        self.city: Final = city


class EnrollmentEventRow(Row):
    """A row of the table ``enrollment_event``."""

    __slots__ = ("id", "enrollment_id", "at", "kind", "detail", "key")

    columns = itemgetter(*__slots__)

    def __init__(self, id: int, enrollment_id: str, at: datetime, kind: str, detail: Any, key: str) -> None:
        self.id: Final = id
        self.enrollment_id: Final = enrollment_id
        self.at: Final = at
        self.kind: Final = kind
        self.detail: Final = detail
        self.key: Final = key


class EnrollmentPauseRow(Row):
    """A row of the table ``enrollment_pause``."""

    __slots__ = ("enrollment_id", "started_at", "ended_at", "reason", "mode")

    columns = itemgetter(*__slots__)

    def __init__(
        self, enrollment_id: str, started_at: datetime, ended_at: datetime | None, reason: str, mode: str | None
    ) -> None:
        self.enrollment_id: Final = enrollment_id
        self.started_at: Final = started_at
        self.ended_at: Final = ended_at
        self.reason: Final = reason
        self.mode: Final = mode


class EnrollmentRow(Row):
    """A row of the table ``enrollment``."""

    __slots__ = (
        "id",
        "workflow_id",
        "sequence",
        "version",
        "record_type",
        "record_id",
        "person_id",
        "owner_id",
        "via",
        "lineage",
        "state",
        "reason",
        "enrolled_at",
        "started_at",
        "ended_at",
        "merged_from",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        workflow_id: str,
        sequence: str,
        version: int,
        record_type: str,
        record_id: str,
        person_id: str,
        owner_id: str | None,
        via: str,
        lineage: list[str],
        state: str,
        reason: str | None,
        enrolled_at: datetime,
        started_at: datetime | None,
        ended_at: datetime | None,
        merged_from: str | None,
    ) -> None:
        self.id: Final = id
        self.workflow_id: Final = workflow_id
        self.sequence: Final = sequence
        self.version: Final = version
        self.record_type: Final = record_type
        self.record_id: Final = record_id
        self.person_id: Final = person_id
        self.owner_id: Final = owner_id
        self.via: Final = via
        self.lineage: Final = lineage
        self.state: Final = state
        self.reason: Final = reason
        self.enrolled_at: Final = enrolled_at
        self.started_at: Final = started_at
        self.ended_at: Final = ended_at
        self.merged_from: Final = merged_from


class EnrollmentStepRow(Row):
    """A row of the table ``enrollment_step``."""

    __slots__ = (
        "enrollment_id",
        "step",
        "position",
        "state",
        "due_at",
        "decided_at",
        "reason",
        "moved_by",
        "timezone",
        "timezone_source",
        "own_at",
        "judged_at",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        enrollment_id: str,
        step: str,
        position: int,
        state: str,
        due_at: datetime | None,
        decided_at: datetime | None,
        reason: str | None,
        moved_by: list[str],
        timezone: str | None,
        timezone_source: str | None,
        own_at: datetime | None,
        judged_at: datetime | None,
    ) -> None:
        self.enrollment_id: Final = enrollment_id
        self.step: Final = step
        self.position: Final = position
        self.state: Final = state
        self.due_at: Final = due_at
        self.decided_at: Final = decided_at
        self.reason: Final = reason
        self.moved_by: Final = moved_by
        self.timezone: Final = timezone
        self.timezone_source: Final = timezone_source
        self.own_at: Final = own_at
        self.judged_at: Final = judged_at


class FollowUpRow(Row):
    """A row of the table ``follow_up``."""

    __slots__ = (
        "id",
        "enrollment_id",
        "cause",
        "position",
        "kind",
        "arguments",
        "state",
        "result",
        "at",
        "event",
        "tries",
        "round",
        "tried_since",
        "next_try_at",
        "hand_at",
        "settled_at",
        "left_behind",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        enrollment_id: str,
        cause: str,
        position: int,
        kind: str,
        arguments: Any,
        state: str,
        result: str | None,
        at: datetime,
        event: str | None,
        tries: int,
        round: int,
        tried_since: datetime | None,
        next_try_at: datetime | None,
        hand_at: datetime,
        settled_at: datetime | None,
        left_behind: bool,
    ) -> None:
        self.id: Final = id
        self.enrollment_id: Final = enrollment_id
        self.cause: Final = cause
        self.position: Final = position
        self.kind: Final = kind
        self.arguments: Final = arguments
        self.state: Final = state
        self.result: Final = result
        self.at: Final = at
        self.event: Final = event
        self.tries: Final = tries
        self.round: Final = round
        self.tried_since: Final = tried_since
        self.next_try_at: Final = next_try_at
        self.hand_at: Final = hand_at
        self.settled_at: Final = settled_at
        self.left_behind: Final = left_behind


class HoldRow(Row):
    """A row of the table ``hold``."""

    __slots__ = ("id", "scope", "key", "reason", "since", "ended_at", "rate")

    columns = itemgetter(*__slots__)

    def __init__(
        self, id: str, scope: str, key: str, reason: str, since: datetime, ended_at: datetime | None, rate: int
    ) -> None:
        self.id: Final = id
        self.scope: Final = scope
        self.key: Final = key
        self.reason: Final = reason
        self.since: Final = since
        self.ended_at: Final = ended_at
        self.rate: Final = rate


class NotificationRow(Row):
    """A row of the table ``notification``."""

    __slots__ = (
        "id",
        "owner_id",
        "kind",
        "title",
        "enrollment_id",
        "person_id",
        "created_at",
        "read_at",
        "sequence",
        "records",
        "mailed_at",
        "to_mail",
        "mail_id",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        owner_id: str,
        kind: str,
        title: str,
        enrollment_id: str | None,
        person_id: str | None,
        created_at: datetime,
        read_at: datetime | None,
        sequence: str | None,
        records: int | None,
        mailed_at: datetime | None,
        to_mail: bool,
        mail_id: str | None,
    ) -> None:
        self.id: Final = id
        self.owner_id: Final = owner_id
        self.kind: Final = kind
        self.title: Final = title
        self.enrollment_id: Final = enrollment_id
        self.person_id: Final = person_id
        self.created_at: Final = created_at
        self.read_at: Final = read_at
        self.sequence: Final = sequence
        self.records: Final = records
        self.mailed_at: Final = mailed_at
        self.to_mail: Final = to_mail
        self.mail_id: Final = mail_id


class OwnerRow(Row):
    """A row of the table ``owner``."""

    __slots__ = ("id", "first_name", "last_name", "email", "phone", "notify_by")

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        first_name: str | None,
        last_name: str | None,
        email: str | None,
        phone: str | None,
        notify_by: str,
    ) -> None:
        self.id: Final = id
        self.first_name: Final = first_name
        self.last_name: Final = last_name
        self.email: Final = email
        self.phone: Final = phone
        self.notify_by: Final = notify_by


class PersonRow(Row):
    """A row of the table ``person``."""

    __slots__ = (
        "id",
        "type",
        "first_name",
        "last_name",
        "email",
        "phone",
        "timezone",
        "status",
        "company",
        "job_title",
        "city",
        "language",
        "source",
        "available_from",
        "created_at",
        "resume",
        "owner_id",
        "client_id",
        "custom",
        "field_lineage",
        "deleted_at",
        "last_contacted",
        "last_shortlisted",
        "last_interviewed",
        "last_placed",
        "last_replied",
        "resume_updated",
        "created",
        "merged_into",
        "email_key",
        "phone_key",
        "keys_stale",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        type: str | None,
        first_name: str | None,
        last_name: str | None,
        email: str | None,
        phone: str | None,
        timezone: str | None,
        status: str | None,
        company: str | None,
        job_title: str | None,
        city: str | None,
        language: str | None,
        source: str | None,
        available_from: str | None,
        created_at: str | None,
        resume: str | None,
        owner_id: str | None,
        client_id: str | None,
        custom: Any,
        field_lineage: Any,
        deleted_at: datetime | None,
        last_contacted: datetime | None,
        last_shortlisted: datetime | None,
        last_interviewed: datetime | None,
        last_placed: datetime | None,
        last_replied: datetime | None,
        resume_updated: datetime | None,
        created: datetime | None,
        merged_into: str | None,
        email_key: str | None,
        phone_key: str | None,
        keys_stale: bool,
    ) -> None:
        self.id: Final = id
        self.type: Final = type
        self.first_name: Final = first_name
        self.last_name: Final = last_name
        self.email: Final = email
        self.phone: Final = phone
        self.timezone: Final = timezone
        self.status: Final = status
        self.company: Final = company
        self.job_title: Final = job_title
        self.city: Final = city
        self.language: Final = language
        self.source: Final = source
        self.available_from: Final = available_from
        self.created_at: Final = created_at
        self.resume: Final = resume
        self.owner_id: Final = owner_id
        self.client_id: Final = client_id
        self.custom: Final = custom
        self.field_lineage: Final = field_lineage
        self.deleted_at: Final = deleted_at
        self.last_contacted: Final = last_contacted
        self.last_shortlisted: Final = last_shortlisted
        self.last_interviewed: Final = last_interviewed
        self.last_placed: Final = last_placed
        self.last_replied: Final = last_replied
        self.resume_updated: Final = resume_updated
        self.created: Final = created
        self.merged_into: Final = merged_into
        self.email_key: Final = email_key
        self.phone_key: Final = phone_key
        self.keys_stale: Final = keys_stale


class PlacementRow(Row):
    """A row of the table ``placement``."""

    __slots__ = (
        "id",
        "person_id",
        "client_id",
        "owner_id",
        "status",
        "start_date",
        "end_date",
        "job_title",
        "timezone",
        "location",
        "meeting_with",
        "custom",
        "field_lineage",
        "deleted_at",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        person_id: str,
        client_id: str | None,
        owner_id: str | None,
        status: str | None,
        start_date: str | None,
        end_date: str | None,
        job_title: str | None,
        timezone: str | None,
        location: str | None,
        meeting_with: str | None,
        custom: Any,
        field_lineage: Any,
        deleted_at: datetime | None,
    ) -> None:
        self.id: Final = id
        self.person_id: Final = person_id
        self.client_id: Final = client_id
        self.owner_id: Final = owner_id
        self.status: Final = status
        self.start_date: Final = start_date
        self.end_date: Final = end_date
        self.job_title: Final = job_title
        self.timezone: Final = timezone
        self.location: Final = location
        self.meeting_with: Final = meeting_with
        self.custom: Final = custom
        self.field_lineage: Final = field_lineage
        self.deleted_at: Final = deleted_at


class ReenrollmentWindowRow(Row):
    """A row of the table ``reenrollment_window``."""

    __slots__ = (
        "id",
        "sequence",
        "person_id",
        "record_id",
        "scope",
        "enrollment_id",
        "via",
        "opened_at",
        "until",
        "state",
        "ended_at",
        "reason",
        "revision",
        "told_revision",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        sequence: str,
        person_id: str,
        record_id: str,
        scope: str,
        enrollment_id: str,
        via: str,
        opened_at: datetime,
        until: datetime | None,
        state: str,
        ended_at: datetime | None,
        reason: str | None,
        revision: int,
        told_revision: int,
    ) -> None:
        self.id: Final = id
        self.sequence: Final = sequence
        self.person_id: Final = person_id
        self.record_id: Final = record_id
        self.scope: Final = scope
        self.enrollment_id: Final = enrollment_id
        self.via: Final = via
        self.opened_at: Final = opened_at
        self.until: Final = until
        self.state: Final = state
        self.ended_at: Final = ended_at
        self.reason: Final = reason
        self.revision: Final = revision
        self.told_revision: Final = told_revision


class ReviewRow(Row):
    """A row of the table ``review``."""

    __slots__ = (
        "id",
        "reaction_id",
        "number",
        "label",
        "intent",
        "opt_out",
        "reviewer",
        "note",
        "reviewed_at",
        "said_label",
        "said_intent",
        "said_confidence",
        "said_held",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        reaction_id: str,
        number: int,
        label: str,
        intent: str,
        opt_out: bool | None,
        reviewer: str | None,
        note: str | None,
        reviewed_at: datetime,
        said_label: str | None,
        said_intent: str | None,
        said_confidence: float | None,
        said_held: bool | None,
    ) -> None:
        self.id: Final = id
        self.reaction_id: Final = reaction_id
        self.number: Final = number
        self.label: Final = label
        self.intent: Final = intent
        self.opt_out: Final = opt_out
        self.reviewer: Final = reviewer
        self.note: Final = note
        self.reviewed_at: Final = reviewed_at
        self.said_label: Final = said_label
        self.said_intent: Final = said_intent
        self.said_confidence: Final = said_confidence
        self.said_held: Final = said_held


class RuleBatchRow(Row):
    """A row of the table ``rule_batch``."""

    __slots__ = (
        "id",
        "sequence",
        "version",
        "origin",
        "state",
        "records",
        "created_at",
        "decided_at",
        "decided_by",
        "scanned_at",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        sequence: str,
        version: int,
        origin: str,
        state: str,
        records: int,
        created_at: datetime,
        decided_at: datetime | None,
        decided_by: str | None,
        scanned_at: datetime | None,
    ) -> None:
        self.id: Final = id
        self.sequence: Final = sequence
        self.version: Final = version
        self.origin: Final = origin
        self.state: Final = state
        self.records: Final = records
        self.created_at: Final = created_at
        self.decided_at: Final = decided_at
        self.decided_by: Final = decided_by
        self.scanned_at: Final = scanned_at


class RuleStateRow(Row):
    """A row of the table ``rule_state``."""

    __slots__ = ("sequence", "version", "since", "scanned_at", "broken")

    columns = itemgetter(*__slots__)

    def __init__(
        self, sequence: str, version: int, since: datetime, scanned_at: datetime | None, broken: str | None
    ) -> None:
        self.sequence: Final = sequence
        self.version: Final = version
        self.since: Final = since
        self.scanned_at: Final = scanned_at
        self.broken: Final = broken


class RunWatchRow(Row):
    """A row of the table ``run_watch``."""

    __slots__ = ("id", "looked_at", "run_after", "window_after", "page", "trouble")

    columns = itemgetter(*__slots__)

    def __init__(
        self, id: bool, looked_at: datetime | None, run_after: str, window_after: str, page: str, trouble: str | None
    ) -> None:
        self.id: Final = id
        self.looked_at: Final = looked_at
        self.run_after: Final = run_after
        self.window_after: Final = window_after
        self.page: Final = page
        self.trouble: Final = trouble


class SendRow(Row):
    """A row of the table ``send``."""

    __slots__ = (
        "id",
        "enrollment_id",
        "step",
        "person_id",
        "channel",
        "state",
        "sender",
        "recipient",
        "subject",
        "message_id",
        "content",
        "text",
        "planned_at",
        "claimed_at",
        "claimed_by",
        "decided_at",
        "provider_message_id",
        "provider_status",
        "code",
        "reason",
        "attempts",
        "slot_at",
        "tells_opt_out",
        "provider_error",
        "looked_claim",
        "looked_at",
        "next_look_at",
        "resolution",
        "resolved_at",
        "recipient_key",
        "handed_at",
        "waits_since",
        "undelivered_at",
        "undelivered_reason",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        enrollment_id: str,
        step: str,
        person_id: str,
        channel: str,
        state: str,
        sender: str,
        recipient: str,
        subject: str | None,
        message_id: str | None,
        content: bytes,
        text: str,
        planned_at: datetime,
        claimed_at: datetime | None,
        claimed_by: str | None,
        decided_at: datetime | None,
        provider_message_id: str | None,
        provider_status: str | None,
        code: str | None,
        reason: str | None,
        attempts: int,
        slot_at: datetime | None,
        tells_opt_out: bool,
        provider_error: str | None,
        looked_claim: str | None,
        looked_at: datetime | None,
        next_look_at: datetime | None,
        resolution: str | None,
        resolved_at: datetime | None,
        recipient_key: str | None,
        handed_at: datetime | None,
        waits_since: datetime | None,
        undelivered_at: datetime | None,
        undelivered_reason: str | None,
    ) -> None:
        self.id: Final = id
        self.enrollment_id: Final = enrollment_id
        self.step: Final = step
        self.person_id: Final = person_id
        self.channel: Final = channel
        self.state: Final = state
        self.sender: Final = sender
        self.recipient: Final = recipient
        self.subject: Final = subject
        self.message_id: Final = message_id
        self.content: Final = content
        self.text: Final = text
        self.planned_at: Final = planned_at
        self.claimed_at: Final = claimed_at
        self.claimed_by: Final = claimed_by
        self.decided_at: Final = decided_at
        self.provider_message_id: Final = provider_message_id
        self.provider_status: Final = provider_status
        self.code: Final = code
        self.reason: Final = reason
        self.attempts: Final = attempts
        self.slot_at: Final = slot_at
        self.tells_opt_out: Final = tells_opt_out
        self.provider_error: Final = provider_error
        self.looked_claim: Final = looked_claim
        self.looked_at: Final = looked_at
        self.next_look_at: Final = next_look_at
        self.resolution: Final = resolution
        self.resolved_at: Final = resolved_at
        self.recipient_key: Final = recipient_key
        self.handed_at: Final = handed_at
        self.waits_since: Final = waits_since
        self.undelivered_at: Final = undelivered_at
        self.undelivered_reason: Final = undelivered_reason


class SequenceVersionRow(Row):
    """A row of the table ``sequence_version``."""

    __slots__ = ("sequence", "version", "definition", "templates", "fingerprint", "published_at")

    columns = itemgetter(*__slots__)

    def __init__(
        self, sequence: str, version: int, definition: Any, templates: Any, fingerprint: str, published_at: datetime
    ) -> None:
        self.sequence: Final = sequence
        self.version: Final = version
        self.definition: Final = definition
        self.templates: Final = templates
        self.fingerprint: Final = fingerprint
        self.published_at: Final = published_at


class SuppressedAddressRow(Row):
    """A row of the table ``suppressed_address``."""

    __slots__ = ("address", "suppression_id", "channel")

    def __init__(self, address: str, suppression_id: int, channel: str) -> None:
        self.address: Final = address
        self.suppression_id: Final = suppression_id
        self.channel: Final = channel


class SuppressionRow(Row):
    """A row of the table ``suppression``."""

    __slots__ = ("id", "person_id", "address", "channel", "reason", "source", "since", "lifted_at")

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: int,
        person_id: str | None,
        address: str | None,
        channel: str,
        reason: str,
        source: str,
        since: datetime,
        lifted_at: datetime | None,
    ) -> None:
        self.id: Final = id
        self.person_id: Final = person_id
        self.address: Final = address
        self.channel: Final = channel
        self.reason: Final = reason
        self.source: Final = source
        self.since: Final = since
        self.lifted_at: Final = lifted_at
