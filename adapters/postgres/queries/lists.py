"""The rows of the lists of ``listings``.

Written by ``python -m tools.queries`` from ``listings.py``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.queries.tables import ClientRow, NotificationRow, OwnerRow, PlacementRow, SuppressionRow
from adapters.postgres.row import Row

if TYPE_CHECKING:
    from datetime import datetime


class ListedBatchesRow(Row):
    """A row of ``batches``."""

    __slots__ = ("sequence", "state", "batch_id", "origin", "records", "since")

    columns = itemgetter(*__slots__)

    def __init__(
        self, sequence: str, state: str, batch_id: str | None, origin: str | None, records: int, since: datetime
    ) -> None:
        self.sequence: Final = sequence
        self.state: Final = state
        self.batch_id: Final = batch_id
        self.origin: Final = origin
        self.records: Final = records
        self.since: Final = since


class ListedDeliveriesRow(Row):
    """A row of ``deliveries``."""

    __slots__ = (
        "id",
        "kind",
        "arguments",
        "cause",
        "event",
        "state",
        "result",
        "at",
        "tries",
        "tried_since",
        "next_try_at",
        "settled_at",
        "enrollment_id",
        "sequence",
        "run_state",
        "person_id",
        "owner_id",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        kind: str,
        arguments: Any,
        cause: str,
        event: str | None,
        state: str,
        result: str | None,
        at: datetime,
        tries: int,
        tried_since: datetime | None,
        next_try_at: datetime | None,
        settled_at: datetime | None,
        enrollment_id: str,
        sequence: str,
        run_state: str,
        person_id: str,
        owner_id: str | None,
    ) -> None:
        self.id: Final = id
        self.kind: Final = kind
        self.arguments: Final = arguments
        self.cause: Final = cause
        self.event: Final = event
        self.state: Final = state
        self.result: Final = result
        self.at: Final = at
        self.tries: Final = tries
        self.tried_since: Final = tried_since
        self.next_try_at: Final = next_try_at
        self.settled_at: Final = settled_at
        self.enrollment_id: Final = enrollment_id
        self.sequence: Final = sequence
        self.run_state: Final = run_state
        self.person_id: Final = person_id
        self.owner_id: Final = owner_id


class ListedEnrollmentsRow(Row):
    """A row of ``enrollments``."""

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
        "next_step",
        "next_due_at",
        "waits_for",
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
        next_step: str | None,
        next_due_at: datetime | None,
        waits_for: str | None,
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
        self.next_step: Final = next_step
        self.next_due_at: Final = next_due_at
        self.waits_for: Final = waits_for


class ListedHoldsRow(Row):
    """A row of ``holds``."""

    __slots__ = ("scope", "key", "reason", "since", "paused_runs")

    columns = itemgetter(*__slots__)

    def __init__(self, scope: str, key: str, reason: str, since: datetime, paused_runs: int) -> None:
        self.scope: Final = scope
        self.key: Final = key
        self.reason: Final = reason
        self.since: Final = since
        self.paused_runs: Final = paused_runs


class ListedLeadsRow(Row):
    """A row of ``leads``."""

    __slots__ = ("id", "person_id", "source", "owner_id", "enrollment_id", "created_at", "sequence")

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        person_id: str,
        source: str,
        owner_id: str | None,
        enrollment_id: str,
        created_at: datetime,
        sequence: str | None,
    ) -> None:
        self.id: Final = id
        self.person_id: Final = person_id
        self.source: Final = source
        self.owner_id: Final = owner_id
        self.enrollment_id: Final = enrollment_id
        self.created_at: Final = created_at
        self.sequence: Final = sequence


class ListedListsRow(Row):
    """A row of ``lists``."""

    __slots__ = ("list", "person_id", "added_at", "enrollment_id", "sequence")

    columns = itemgetter(*__slots__)

    def __init__(
        self, list: str, person_id: str, added_at: datetime, enrollment_id: str | None, sequence: str | None
    ) -> None:
        self.list: Final = list
        self.person_id: Final = person_id
        self.added_at: Final = added_at
        self.enrollment_id: Final = enrollment_id
        self.sequence: Final = sequence


class ListedPeopleRow(Row):
    """A row of ``people``."""

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
        "open_runs",
        "suppressed",
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
        open_runs: int,
        suppressed: bool,
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
        self.open_runs: Final = open_runs
        self.suppressed: Final = suppressed


class ListedRefusalsRow(Row):
    """A row of ``refusals``."""

    __slots__ = (
        "sequence",
        "person_id",
        "record_id",
        "reason",
        "detail",
        "fields",
        "via",
        "state",
        "times",
        "first_at",
        "at",
        "first_name",
        "last_name",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        sequence: str,
        person_id: str,
        record_id: str,
        reason: str,
        detail: str,
        fields: list[str],
        via: str,
        state: str,
        times: int,
        first_at: datetime,
        at: datetime,
        first_name: str | None,
        last_name: str | None,
    ) -> None:
        self.sequence: Final = sequence
        self.person_id: Final = person_id
        self.record_id: Final = record_id
        self.reason: Final = reason
        self.detail: Final = detail
        self.fields: Final = fields
        self.via: Final = via
        self.state: Final = state
        self.times: Final = times
        self.first_at: Final = first_at
        self.at: Final = at
        self.first_name: Final = first_name
        self.last_name: Final = last_name


class ListedReviewsRow(Row):
    """A row of ``reviews``."""

    __slots__ = (
        "id",
        "received_at",
        "sequence",
        "enrollment_id",
        "run_state",
        "person_id",
        "owner_id",
        "person_name",
        "channel",
        "label",
        "intent",
        "confidence",
        "reasons",
        "text",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        received_at: datetime,
        sequence: str,
        enrollment_id: str,
        run_state: str,
        person_id: str,
        owner_id: str | None,
        person_name: str | None,
        channel: str | None,
        label: str | None,
        intent: str | None,
        confidence: float | None,
        reasons: list[str],
        text: str | None,
    ) -> None:
        self.id: Final = id
        self.received_at: Final = received_at
        self.sequence: Final = sequence
        self.enrollment_id: Final = enrollment_id
        self.run_state: Final = run_state
        self.person_id: Final = person_id
        self.owner_id: Final = owner_id
        self.person_name: Final = person_name
        self.channel: Final = channel
        self.label: Final = label
        self.intent: Final = intent
        self.confidence: Final = confidence
        self.reasons: Final = reasons
        self.text: Final = text


class ListedSequenceVersionsRow(Row):
    """A row of ``sequence_versions``."""

    __slots__ = ("version", "published_at", "definition", "open_runs")

    columns = itemgetter(*__slots__)

    def __init__(self, version: int, published_at: datetime, definition: Any, open_runs: int) -> None:
        self.version: Final = version
        self.published_at: Final = published_at
        self.definition: Final = definition
        self.open_runs: Final = open_runs


class ListedSequencesRow(Row):
    """A row of ``sequences``."""

    __slots__ = (
        "sequence",
        "name",
        "record",
        "version",
        "published_at",
        "definition",
        "open_runs",
        "rules_on",
        "paused",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        sequence: str,
        name: str | None,
        record: str | None,
        version: int,
        published_at: datetime,
        definition: Any,
        open_runs: int,
        rules_on: bool,
        paused: bool,
    ) -> None:
        self.sequence: Final = sequence
        self.name: Final = name
        self.record: Final = record
        self.version: Final = version
        self.published_at: Final = published_at
        self.definition: Final = definition
        self.open_runs: Final = open_runs
        self.rules_on: Final = rules_on
        self.paused: Final = paused


class ListedTasksRow(Row):
    """A row of ``tasks``."""

    __slots__ = (
        "id",
        "title",
        "description",
        "due_at",
        "owner_id",
        "person_id",
        "enrollment_id",
        "reaction_id",
        "state",
        "created_at",
        "sequence",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        title: str,
        description: str | None,
        due_at: datetime | None,
        owner_id: str | None,
        person_id: str,
        enrollment_id: str,
        reaction_id: str | None,
        state: str,
        created_at: datetime,
        sequence: str | None,
    ) -> None:
        self.id: Final = id
        self.title: Final = title
        self.description: Final = description
        self.due_at: Final = due_at
        self.owner_id: Final = owner_id
        self.person_id: Final = person_id
        self.enrollment_id: Final = enrollment_id
        self.reaction_id: Final = reaction_id
        self.state: Final = state
        self.created_at: Final = created_at
        self.sequence: Final = sequence


class ListedUnmatchedRow(Row):
    """A row of ``unmatched``."""

    __slots__ = ("id", "channel", "received_at", "event", "sender", "state", "reply_text")

    columns = itemgetter(*__slots__)

    def __init__(
        self, id: str, channel: str, received_at: datetime, event: str, sender: str | None, state: str, reply_text: str
    ) -> None:
        self.id: Final = id
        self.channel: Final = channel
        self.received_at: Final = received_at
        self.event: Final = event
        self.sender: Final = sender
        self.state: Final = state
        self.reply_text: Final = reply_text


class ListedUnreachableRow(Row):
    """A row of ``unreachable``."""

    __slots__ = ("address", "since", "person_id", "returned")

    columns = itemgetter(*__slots__)

    def __init__(self, address: str | None, since: datetime, person_id: str | None, returned: int) -> None:
        self.address: Final = address
        self.since: Final = since
        self.person_id: Final = person_id
        self.returned: Final = returned


class ListedWindowsRow(Row):
    """A row of ``windows``."""

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


ROWS: Final[dict[str, type[Row]]] = {
    "people": ListedPeopleRow,
    "placements": PlacementRow,
    "clients": ClientRow,
    "owners": OwnerRow,
    "sequences": ListedSequencesRow,
    "sequence_versions": ListedSequenceVersionsRow,
    "enrollments": ListedEnrollmentsRow,
    "tasks": ListedTasksRow,
    "leads": ListedLeadsRow,
    "lists": ListedListsRow,
    "notifications": NotificationRow,
    "unmatched": ListedUnmatchedRow,
    "suppressions": SuppressionRow,
    "unreachable": ListedUnreachableRow,
    "refusals": ListedRefusalsRow,
    "windows": ListedWindowsRow,
    "deliveries": ListedDeliveriesRow,
    "reviews": ListedReviewsRow,
    "holds": ListedHoldsRow,
    "batches": ListedBatchesRow,
}
"""The class of the rows of each list, by its name."""
