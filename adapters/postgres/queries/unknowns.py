"""The queries of ``sql/unknowns.sql``.

Written by ``python -m tools.queries`` from ``sql/unknowns.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_LOOK_AT_CLAIMS = """
UPDATE send SET looked_claim = claimed_by, looked_at = $1, next_look_at = $1
WHERE state IN ('claimed', 'unknown') AND resolution IS NULL AND looked_claim IS DISTINCT FROM claimed_by"""

_LOST_CLAIMS = """
UPDATE send SET state = 'unknown', decided_at = claimed_at, reason = 'the worker died while sending',
                handed_at = coalesce(handed_at, claimed_at)
WHERE state = 'claimed' AND looked_claim = claimed_by AND looked_at <= $1 RETURNING id"""

_UNKNOWN_SENDS = """
SELECT s.*, e.sequence, e.version, e.state AS run_state, t.state AS step_state
FROM send s JOIN enrollment e ON e.id = s.enrollment_id
LEFT JOIN enrollment_step t ON t.enrollment_id = s.enrollment_id AND t.step = s.step
WHERE s.state = 'unknown' AND s.resolution IS NULL AND s.next_look_at <= $1
ORDER BY s.next_look_at, s.id LIMIT $2"""

_LOOK_AGAIN = """
UPDATE send SET next_look_at = $2 WHERE id = $1"""

_RESOLVE_UNKNOWN = """
UPDATE send SET resolution = $2, resolved_at = $3
WHERE id = $1 AND state = 'unknown' AND resolution IS NULL RETURNING id"""

_STEP_WAS_SENT = """
UPDATE enrollment_step SET state = 'sent', reason = $3
WHERE enrollment_id = $1 AND step = $2 AND state = 'unknown'"""

_PROVIDER_IDS_TO = """
SELECT provider_message_id FROM send
WHERE channel = $1 AND recipient = $2 AND id <> $3 AND provider_message_id IS NOT NULL"""

_UNRESOLVED_SENDS = """
SELECT s.id, s.enrollment_id, s.person_id, e.sequence, s.step, s.channel, s.claimed_at, s.reason, s.attempts, s.looked_at,
       s.next_look_at, coalesce(v.definition ->> 'if_unknown', 'assume_sent') AS if_unknown
FROM send s JOIN enrollment e ON e.id = s.enrollment_id
JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
WHERE s.state = 'unknown' AND s.resolution IS NULL ORDER BY s.claimed_at, s.id LIMIT $1"""


class UnknownSendsRow(Row):
    """A row of ``unknown_sends``."""

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
        "sequence",
        "version",
        "run_state",
        "step_state",
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
        claimed_at: datetime,
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
        looked_at: datetime,
        next_look_at: datetime,
        resolution: str | None,
        resolved_at: datetime | None,
        recipient_key: str | None,
        handed_at: datetime | None,
        waits_since: datetime | None,
        undelivered_at: datetime | None,
        undelivered_reason: str | None,
        sequence: str,
        version: int,
        run_state: str,
        step_state: str | None,
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
        self.sequence: Final = sequence
        self.version: Final = version
        self.run_state: Final = run_state
        self.step_state: Final = step_state


class UnresolvedSendsRow(Row):
    """A row of ``unresolved_sends``."""

    __slots__ = (
        "id",
        "enrollment_id",
        "person_id",
        "sequence",
        "step",
        "channel",
        "claimed_at",
        "reason",
        "attempts",
        "looked_at",
        "next_look_at",
        "if_unknown",
    )

    def __init__(
        self,
        id: str,
        enrollment_id: str,
        person_id: str,
        sequence: str,
        step: str,
        channel: str,
        claimed_at: datetime | None,
        reason: str | None,
        attempts: int,
        looked_at: datetime | None,
        next_look_at: datetime | None,
        if_unknown: str,
    ) -> None:
        self.id: Final = id
        self.enrollment_id: Final = enrollment_id
        self.person_id: Final = person_id
        self.sequence: Final = sequence
        self.step: Final = step
        self.channel: Final = channel
        self.claimed_at: Final = claimed_at
        self.reason: Final = reason
        self.attempts: Final = attempts
        self.looked_at: Final = looked_at
        self.next_look_at: Final = next_look_at
        self.if_unknown: Final = if_unknown


async def look_at_claims(connection: Connection, *, now: datetime | None) -> int:
    """Begins to watch each claim that is not settled yet. A send that is claimed anew is watched anew."""
    return affected(await connection.execute(_LOOK_AT_CLAIMS, now))


async def lost_claims(connection: Connection, *, before: datetime) -> list[str]:
    """Watched for longer than any send takes: its claimer is gone, and its run did not come back to find out."""
    return [found[0] for found in await connection.fetch(_LOST_CLAIMS, before)]


async def unknown_sends(connection: Connection, *, now: datetime, limit: int) -> list[UnknownSendsRow]:
    """The rows of ``unknown_sends``."""
    return [
        UnknownSendsRow(*UnknownSendsRow.columns(found)) for found in await connection.fetch(_UNKNOWN_SENDS, now, limit)
    ]


async def look_again(connection: Connection, *, id: str, at: datetime | None) -> int:
    """Runs ``look_again``."""
    return affected(await connection.execute(_LOOK_AGAIN, id, at))


async def resolve_unknown(
    connection: Connection, *, id: str, resolution: str | None, at: datetime | None
) -> str | None:
    """The value of ``resolve_unknown``."""
    value: str | None = await connection.fetchval(_RESOLVE_UNKNOWN, id, resolution, at)
    return value


async def step_was_sent(connection: Connection, *, enrollment_id: str, step: str, reason: str | None) -> int:
    """What was unknown of a step is known now; when it was decided stays, since later steps count from it."""
    return affected(await connection.execute(_STEP_WAS_SENT, enrollment_id, step, reason))


async def provider_ids_to(connection: Connection, *, channel: str, recipient: str, id: str) -> list[str]:
    """The rows of ``provider_ids_to``."""
    return [found[0] for found in await connection.fetch(_PROVIDER_IDS_TO, channel, recipient, id)]


async def unresolved_sends(connection: Connection, *, limit: int) -> list[UnresolvedSendsRow]:
    """For people: what nobody knows yet, the oldest first."""
    return [UnresolvedSendsRow(*found) for found in await connection.fetch(_UNRESOLVED_SENDS, limit)]
