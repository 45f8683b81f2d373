"""The queries of ``sql/sends.sql``.

Written by ``python -m tools.queries`` from ``sql/sends.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Final

from adapters.postgres.queries.tables import SendRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_ADD_SEND = """
INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, subject, message_id, content,
                  text, planned_at)
VALUES ($1, $2, $3, $4, $5, 'planned', $6, $7, $8, $9,
        $10, $11, $12)
ON CONFLICT DO NOTHING"""

_KEY_RECIPIENT = """
UPDATE send SET recipient_key = $2 WHERE id = $1 AND lower(recipient) <> $2"""

_REWRITE_SEND = """
UPDATE send SET slot_at = CASE WHEN lower(sender) = lower($2) THEN slot_at END,
                sender = $2, recipient = $3, recipient_key = NULL, subject = $4, message_id = $5,
                content = $6, text = $7, person_id = $8, tells_opt_out = false
WHERE id = $1 AND state = 'planned' AND handed_at IS NULL"""

_ADD_SEND_LINK = """
INSERT INTO send_link (id, send_id, position, target) VALUES ($1, $2, $3, $4)
ON CONFLICT DO NOTHING"""

_PUT_SEND_LINK = """
INSERT INTO send_link (id, send_id, position, target) VALUES ($1, $2, $3, $4)
ON CONFLICT (id) DO UPDATE SET target = excluded.target"""

_FORGET_LINKS_OF_SEND = """
DELETE FROM send_link l USING send s
WHERE s.id = $1 AND l.send_id = s.id AND s.state = 'planned' AND s.handed_at IS NULL
  AND NOT EXISTS (SELECT 1 FROM hit h WHERE h.link_id = l.id)"""

_SEND_ROW = """
SELECT * FROM send WHERE id = $1"""

_SENDS_OF = """
SELECT * FROM send WHERE enrollment_id = $1 ORDER BY planned_at, id"""

_UNDELIVERED_OF = """
SELECT step, undelivered_reason FROM send WHERE enrollment_id = $1 AND undelivered_at IS NOT NULL"""

_THREAD_OF = """
SELECT message_id, subject FROM send
WHERE enrollment_id = $1 AND channel = 'email' AND state IN ('sent', 'unknown')
ORDER BY claimed_at, id"""

_CLAIM_SEND = """
SELECT * FROM claim_send($1, $2, $3, $4, $5)"""

_WHY_NOT_CLAIMED = """
SELECT s.state, s.code, s.reason, o.obstacle, o.detail, o.until
FROM send s LEFT JOIN LATERAL (
    SELECT * FROM send_obstacles(
        s.id, s.enrollment_id, s.step, s.channel, s.person_id, coalesce(s.recipient_key, lower(s.recipient)), s.sender,
        s.slot_at, $2, $3, $4) ORDER BY place LIMIT 1) o ON true
WHERE s.id = $1"""

_ADDRESS_IN_SEQUENCE = """
SELECT EXISTS (SELECT 1 FROM address_taken($1, $2, $3, $4, $5, NULL, $6))
    OR EXISTS (SELECT 1 FROM person p JOIN enrollment e ON e.person_id = p.id
               WHERE $4 = CASE WHEN $3 = 'email' THEN p.email_key ELSE p.phone_key END
                 AND e.sequence = $1 AND p.id <> $5 AND run_is_open(e.state))"""

_SETTLE_SEND = """
UPDATE send SET state = $3, decided_at = $4, provider_message_id = coalesce($5, provider_message_id),
                code = $6, reason = $7,
                handed_at = CASE WHEN $3 = 'unknown' THEN coalesce(handed_at, claimed_at) ELSE handed_at END
WHERE id = $1 AND claimed_by = $2 AND state IN ('claimed', 'unknown') RETURNING id"""

_SETTLE_SENT = """
WITH settled AS (
    UPDATE send SET state = 'sent', decided_at = $3, provider_message_id = coalesce($4, provider_message_id),
                    code = $5, reason = $6, handed_at = coalesce(handed_at, claimed_at)
    WHERE id = $1 AND claimed_by = $2 AND state IN ('claimed', 'unknown') RETURNING id, person_id
)
SELECT s.id FROM settled s, add_person_event(
    $7, s.person_id, $8, $3, $9, $10, s.id, NULL, $3)"""

_RELEASE_SEND = """
UPDATE send SET state = 'planned', claimed_by = NULL, code = $3, reason = $4,
                handed_at = CASE WHEN $5::boolean THEN coalesce(handed_at, claimed_at) ELSE handed_at END
WHERE id = $1 AND claimed_by = $2 AND state = 'claimed'"""

_NOTE_WAITS = """
UPDATE send SET waits_since = coalesce(waits_since, $2), code = $3, reason = $4
WHERE id = $1 AND state = 'planned' RETURNING sender, channel"""

_WAITS_NO_MORE = """
UPDATE send SET waits_since = NULL WHERE id = $1 AND waits_since IS NOT NULL"""

_ORPHAN_TO_UNKNOWN = """
UPDATE send SET state = 'unknown', decided_at = $2, reason = 'the worker died while sending',
                handed_at = coalesce(handed_at, claimed_at)
WHERE id = $1 AND state = 'claimed' RETURNING id"""

_UNKNOWN_TO_PLANNED = """
UPDATE send SET state = 'planned', claimed_by = NULL, resolution = NULL, resolved_at = NULL
WHERE id = $1 AND state = 'unknown'"""

_REFUSE_SEND = """
UPDATE send SET state = 'refused', decided_at = $2, reason = $3 WHERE id = $1 AND state = 'planned'"""

_SEND_PROVED = """
UPDATE send SET state = 'sent', decided_at = $2, reason = $3, resolution = 'proved', resolved_at = $2,
                provider_message_id = coalesce(provider_message_id, $4)
WHERE id = $1 AND state = 'unknown'"""

_PROVIDER_ID_IF_MISSING = """
UPDATE send SET provider_message_id = $2 WHERE id = $1 AND provider_message_id IS NULL"""

_SEND_BY_MESSAGE_ID = """
SELECT * FROM send WHERE message_id = $1 OR provider_message_id = $1 LIMIT 1"""

_SOLE_OPEN_RUN_OF_SENDER = """
SELECT DISTINCT ON (e.id) s.* FROM send s JOIN enrollment e ON e.id = s.enrollment_id
WHERE s.channel = 'email' AND coalesce(s.recipient_key, lower(s.recipient)) = $1 AND s.state IN ('sent', 'claimed', 'unknown')
  AND run_is_open(e.state)
ORDER BY e.id, s.claimed_at DESC LIMIT 2"""

_OPEN_RUNS_WRITTEN_TO = """
SELECT DISTINCT ON (e.id) s.*, e.owner_id FROM send s JOIN enrollment e ON e.id = s.enrollment_id
WHERE s.channel = 'email' AND coalesce(s.recipient_key, lower(s.recipient)) = $1 AND s.state IN ('sent', 'claimed', 'unknown')
  AND run_is_open(e.state)
ORDER BY e.id, s.claimed_at DESC LIMIT 100"""

_SEND_UNDELIVERED = """
UPDATE send SET undelivered_at = $2, undelivered_reason = $3 WHERE id = $1 AND undelivered_at IS NULL RETURNING id"""


class NoteWaitsRow(Row):
    """A row of ``note_waits``."""

    __slots__ = ("sender", "channel")

    def __init__(self, sender: str, channel: str) -> None:
        self.sender: Final = sender
        self.channel: Final = channel


class OpenRunsWrittenToRow(Row):
    """A row of ``open_runs_written_to``."""

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
        "owner_id",
    )

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
        owner_id: str | None,
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
        self.owner_id: Final = owner_id


class ThreadOfRow(Row):
    """A row of ``thread_of``."""

    __slots__ = ("message_id", "subject")

    def __init__(self, message_id: str, subject: str | None) -> None:
        self.message_id: Final = message_id
        self.subject: Final = subject


class UndeliveredOfRow(Row):
    """A row of ``undelivered_of``."""

    __slots__ = ("step", "undelivered_reason")

    def __init__(self, step: str, undelivered_reason: str) -> None:
        self.step: Final = step
        self.undelivered_reason: Final = undelivered_reason


class WhyNotClaimedRow(Row):
    """A row of ``why_not_claimed``."""

    __slots__ = ("state", "code", "reason", "obstacle", "detail", "until")

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        state: str,
        code: str | None,
        reason: str | None,
        obstacle: str | None,
        detail: str | None,
        until: datetime | None,
    ) -> None:
        self.state: Final = state
        self.code: Final = code
        self.reason: Final = reason
        self.obstacle: Final = obstacle
        self.detail: Final = detail
        self.until: Final = until


async def add_send(
    connection: Connection,
    *,
    id: str,
    enrollment_id: str,
    step: str,
    person_id: str,
    channel: str,
    sender: str,
    recipient: str,
    subject: str | None,
    message_id: str | None,
    content: bytes,
    text: str,
    planned_at: datetime,
) -> int:
    """Runs ``add_send``."""
    return affected(
        await connection.execute(
            _ADD_SEND,
            id,
            enrollment_id,
            step,
            person_id,
            channel,
            sender,
            recipient,
            subject,
            message_id,
            content,
            text,
            planned_at,
        )
    )


async def key_recipient(connection: Connection, *, id: str, key: str | None) -> int:
    """Where lower(recipient) is not the compared form of it."""
    return affected(await connection.execute(_KEY_RECIPIENT, id, key))


async def rewrite_send(
    connection: Connection,
    *,
    id: str,
    sender: str,
    recipient: str,
    subject: str | None,
    message_id: str | None,
    content: bytes,
    text: str,
    person_id: str,
) -> int:
    """Only what no provider can have; its slot was another mailbox's when the sender is another one now."""
    return affected(
        await connection.execute(_REWRITE_SEND, id, sender, recipient, subject, message_id, content, text, person_id)
    )


async def add_send_link(connection: Connection, *, id: str, send_id: str, position: int, target: str | None) -> int:
    """Runs ``add_send_link``."""
    return affected(await connection.execute(_ADD_SEND_LINK, id, send_id, position, target))


async def put_send_link(connection: Connection, *, id: str, send_id: str, position: int, target: str | None) -> int:
    """Runs ``put_send_link``."""
    return affected(await connection.execute(_PUT_SEND_LINK, id, send_id, position, target))


async def forget_links_of_send(connection: Connection, *, id: str) -> int:
    """Of a message that is written anew.

    One that somebody followed all the same (a filter that looked into a mail which its server then refused) stays.
    """
    return affected(await connection.execute(_FORGET_LINKS_OF_SEND, id))


async def send_row(connection: Connection, *, id: str) -> SendRow | None:
    """The row of ``send_row``."""
    found = await connection.fetchrow(_SEND_ROW, id)
    return SendRow(*SendRow.columns(found)) if found is not None else None


async def sends_of(connection: Connection, *, enrollment_id: str) -> list[SendRow]:
    """The rows of ``sends_of``."""
    return [SendRow(*SendRow.columns(found)) for found in await connection.fetch(_SENDS_OF, enrollment_id)]


async def undelivered_of(connection: Connection, *, enrollment_id: str) -> list[UndeliveredOfRow]:
    """The rows of ``undelivered_of``."""
    return [UndeliveredOfRow(*found) for found in await connection.fetch(_UNDELIVERED_OF, enrollment_id)]


async def thread_of(connection: Connection, *, enrollment_id: str) -> list[ThreadOfRow]:
    """The mails of this run that went out (or may have), oldest first: what a next one answers to."""
    return [ThreadOfRow(*found) for found in await connection.fetch(_THREAD_OF, enrollment_id)]


async def claim_send(
    connection: Connection, *, id: str, claimer: str, now: datetime, span_start: datetime | None, cap: int | None
) -> SendRow | None:
    """The function is in 0070_send_obstacles.sql: it takes its turn and claims in one message to Postgres."""
    found = await connection.fetchrow(_CLAIM_SEND, id, claimer, now, span_start, cap)
    return SendRow(*SendRow.columns(found)) if found is not None else None


async def why_not_claimed(
    connection: Connection, *, id: str, now: datetime, span_start: datetime | None, cap: int | None
) -> WhyNotClaimedRow | None:
    """What the claim asks, asked alone: the first of what forbids the send, or none."""
    found = await connection.fetchrow(_WHY_NOT_CLAIMED, id, now, span_start, cap)
    return WhyNotClaimedRow(*WhyNotClaimedRow.columns(found)) if found is not None else None


async def address_in_sequence(
    connection: Connection, *, sequence: str, step: str, channel: str, key: str, person_id: str, now: datetime
) -> bool:
    """Whether a sequence reaches, or is about to reach, an address for another person."""
    value: bool = await connection.fetchval(_ADDRESS_IN_SEQUENCE, sequence, step, channel, key, person_id, now)
    return value


async def settle_send(
    connection: Connection,
    *,
    id: str,
    claimer: str,
    state: str,
    at: datetime | None,
    provider_message_id: str | None,
    code: str | None,
    reason: str | None,
) -> str | None:
    """What was not sent; "settle_sent" is for what was.

    Only the claimer settles; an "unknown" made of its claim by somebody else may still become known.
    """
    value: str | None = await connection.fetchval(
        _SETTLE_SEND, id, claimer, state, at, provider_message_id, code, reason
    )
    return value


async def settle_sent(
    connection: Connection,
    *,
    id: str,
    claimer: str,
    at: datetime | None,
    provider_message_id: str | None,
    code: str | None,
    reason: str | None,
    event_id: str,
    kind: str,
    origin: str,
    lineage: Collection[str],
) -> str | None:
    """It went out, and was a contact: "settle_send" and the event of the person in one message to Postgres."""
    value: str | None = await connection.fetchval(
        _SETTLE_SENT, id, claimer, at, provider_message_id, code, reason, event_id, kind, origin, lineage
    )
    return value


async def release_send(
    connection: Connection, *, id: str, claimer: str, code: str | None, reason: str | None, handed: bool
) -> int:
    """A failure before the final dot is known: the claim is given back, the next attempt claims anew.

    "handed": the provider saw the whole message before it said "later", so its words stay.
    """
    return affected(await connection.execute(_RELEASE_SEND, id, claimer, code, reason, handed))


async def note_waits(
    connection: Connection, *, id: str, now: datetime, code: str | None, reason: str | None
) -> NoteWaitsRow | None:
    """It is due, and there is no server to hand it to."""
    found = await connection.fetchrow(_NOTE_WAITS, id, now, code, reason)
    return NoteWaitsRow(*found) if found is not None else None


async def waits_no_more(connection: Connection, *, id: str) -> int:
    """Runs ``waits_no_more``."""
    return affected(await connection.execute(_WAITS_NO_MORE, id))


async def orphan_to_unknown(connection: Connection, *, id: str, at: datetime | None) -> str | None:
    """A claim whose claimer died: whether it had sent nobody can tell.

    Whoever is cancelled, stopped or out of time says itself what became of its claim.
    """
    value: str | None = await connection.fetchval(_ORPHAN_TO_UNKNOWN, id, at)
    return value


async def unknown_to_planned(connection: Connection, *, id: str) -> int:
    """Runs ``unknown_to_planned``."""
    return affected(await connection.execute(_UNKNOWN_TO_PLANNED, id))


async def refuse_send(connection: Connection, *, id: str, at: datetime | None, reason: str | None) -> int:
    """Runs ``refuse_send``."""
    return affected(await connection.execute(_REFUSE_SEND, id, at, reason))


async def send_proved(
    connection: Connection, *, id: str, at: datetime | None, reason: str | None, provider_message_id: str | None
) -> int:
    """``send_proved``.

    What came back (a reply, a bounce, a click, a status), or was found where it was filed, proves that an unknown
    send had gone out.
    """
    return affected(await connection.execute(_SEND_PROVED, id, at, reason, provider_message_id))


async def provider_id_if_missing(connection: Connection, *, id: str, provider_message_id: str | None) -> int:
    """Runs ``provider_id_if_missing``."""
    return affected(await connection.execute(_PROVIDER_ID_IF_MISSING, id, provider_message_id))


async def send_by_message_id(connection: Connection, *, message_id: str) -> SendRow | None:
    """The row of ``send_by_message_id``."""
    found = await connection.fetchrow(_SEND_BY_MESSAGE_ID, message_id)
    return SendRow(*SendRow.columns(found)) if found is not None else None


async def sole_open_run_of_sender(connection: Connection, *, address: str) -> list[SendRow]:
    """The rows of ``sole_open_run_of_sender``."""
    return [SendRow(*found) for found in await connection.fetch(_SOLE_OPEN_RUN_OF_SENDER, address)]


async def open_runs_written_to(connection: Connection, *, address: str) -> list[OpenRunsWrittenToRow]:
    """The newest mail of each open run to that address."""
    return [OpenRunsWrittenToRow(*found) for found in await connection.fetch(_OPEN_RUNS_WRITTEN_TO, address)]


async def send_undelivered(connection: Connection, *, id: str, at: datetime | None, reason: str | None) -> str | None:
    """The value of ``send_undelivered``."""
    value: str | None = await connection.fetchval(_SEND_UNDELIVERED, id, at, reason)
    return value
