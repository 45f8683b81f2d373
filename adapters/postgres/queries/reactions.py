"""The queries of ``sql/reactions.sql``.

Written by ``python -m tools.queries`` from ``sql/reactions.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_ADD_INBOUND = """
INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, reply_text, detail, matched_by, send_id, state)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
ON CONFLICT DO NOTHING RETURNING id"""

_ADD_REACTION = """
INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
ON CONFLICT DO NOTHING RETURNING id"""

_NOTE_ANSWER = """
UPDATE reaction SET address = $2, opt_out = CASE WHEN $3::text[] IS NULL THEN opt_out ELSE true END,
                    score_reasons = coalesce($3::text[], score_reasons)
WHERE id = $1 AND handled_at IS NULL"""

_REACTS_ALREADY = """
SELECT true FROM reaction WHERE inbound_id = $1 AND enrollment_id = $2 LIMIT 1"""

_IS_KNOWN_ADDRESS = """
SELECT EXISTS (SELECT 1 FROM send WHERE channel = $2 AND coalesce(recipient_key, lower(recipient)) = $1)
    OR CASE $2::text WHEN 'email' THEN EXISTS (SELECT 1 FROM person WHERE email_key = $1)
                           ELSE EXISTS (SELECT 1 FROM person WHERE phone_key = $1) END"""

_WAITING_ANSWER = """
SELECT r.received_at, false AS unmatched FROM reaction r
WHERE r.kind = 'replied' AND r.handled_at IS NULL AND (r.person_id = $1 OR r.address IN ($2::text, $3::text))
UNION ALL
SELECT i.received_at, true FROM inbound i
WHERE i.state = 'unmatched' AND i.holds <> '{}' AND lower(i.sender) = $2::text
ORDER BY 1 LIMIT 1"""

_REACTION_ROW = """
SELECT r.*, i.reply_text, i.text AS full_text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words,
       coalesce(i.detail -> 'reasons' ? 'wish_in_other_words', false) AS wish_in_other_words
FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id WHERE r.id = $1"""

_REACTIONS_OF = """
SELECT r.*, i.reply_text, l.target AS link_target FROM reaction r LEFT JOIN inbound i ON i.id = r.inbound_id
LEFT JOIN send_link l ON l.id = r.detail ->> 'link'
WHERE r.enrollment_id = $1 ORDER BY r.received_at, r.id"""

_SCORE_REACTION = """
UPDATE reaction SET label = $2, confidence = $3, intent = $4, opt_out = $5,
                    held_for_review = $6, score_reasons = $7
WHERE id = $1 AND handled_at IS NULL"""

_HANDLE_REACTION = """
UPDATE reaction SET handled_at = $2, decision = $3, decision_reason = $4
WHERE id = $1 AND handled_at IS NULL RETURNING id"""

_ADD_SUPPRESSION = """
INSERT INTO suppression (person_id, address, channel, reason, source, since)
VALUES ($1, $2, $3, $4, $5, $6)
ON CONFLICT DO NOTHING RETURNING id"""

_COVER_ADDRESS = """
INSERT INTO suppressed_address (address, suppression_id, channel)
SELECT $5, s.id, s.channel FROM suppression s
WHERE s.person_id IS NOT DISTINCT FROM $1::text AND s.address IS NOT DISTINCT FROM $2::text
  AND s.channel = $3 AND s.reason = $4 AND s.lifted_at IS NULL
ON CONFLICT DO NOTHING"""

_SUPPRESSIONS_OF = """
SELECT channel, reason, since FROM suppressions_on($1, ARRAY[$2, $3]::text[]) ORDER BY id"""

_LIFT_STOP_WORD = """
WITH meant AS (
    SELECT s.id, s.address, s.channel, s.reason, s.source, s.since FROM suppressions_on(NULL, ARRAY[$1]::text[]) s
    WHERE s.channel = 'sms' AND s.reason = $2
), kept AS (
    INSERT INTO suppression (person_id, address, channel, reason, source, since)
    SELECT NULL, m.address, m.channel, m.reason, m.source, m.since FROM meant m WHERE m.address <> $1
    ON CONFLICT DO NOTHING
)
UPDATE suppression s SET lifted_at = $3 FROM meant m WHERE s.id = m.id"""


class ReactionRow(Row):
    """A row of ``reaction_row``."""

    __slots__ = (
        "id",
        "key",
        "enrollment_id",
        "person_id",
        "kind",
        "channel",
        "send_id",
        "inbound_id",
        "holds",
        "detail",
        "received_at",
        "delivered_at",
        "late",
        "label",
        "confidence",
        "intent",
        "opt_out",
        "held_for_review",
        "score_reasons",
        "handled_at",
        "decision",
        "decision_reason",
        "reviewed_at",
        "judged_by",
        "pause_until",
        "address",
        "reply_text",
        "full_text",
        "no_own_words",
        "wish_in_other_words",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        key: str,
        enrollment_id: str,
        person_id: str,
        kind: str,
        channel: str | None,
        send_id: str | None,
        inbound_id: str | None,
        holds: bool,
        detail: Any,
        received_at: datetime,
        delivered_at: datetime | None,
        late: bool,
        label: str | None,
        confidence: float | None,
        intent: str | None,
        opt_out: bool | None,
        held_for_review: bool | None,
        score_reasons: list[str] | None,
        handled_at: datetime | None,
        decision: str | None,
        decision_reason: str | None,
        reviewed_at: datetime | None,
        judged_by: int | None,
        pause_until: datetime | None,
        address: str | None,
        reply_text: str | None,
        full_text: str | None,
        no_own_words: bool,
        wish_in_other_words: bool,
    ) -> None:
        self.id: Final = id
        self.key: Final = key
        self.enrollment_id: Final = enrollment_id
        self.person_id: Final = person_id
        self.kind: Final = kind
        self.channel: Final = channel
        self.send_id: Final = send_id
        self.inbound_id: Final = inbound_id
        self.holds: Final = holds
        self.detail: Final = detail
        self.received_at: Final = received_at
        self.delivered_at: Final = delivered_at
        self.late: Final = late
        self.label: Final = label
        self.confidence: Final = confidence
        self.intent: Final = intent
        self.opt_out: Final = opt_out
        self.held_for_review: Final = held_for_review
        self.score_reasons: Final = score_reasons
        self.handled_at: Final = handled_at
        self.decision: Final = decision
        self.decision_reason: Final = decision_reason
        self.reviewed_at: Final = reviewed_at
        self.judged_by: Final = judged_by
        self.pause_until: Final = pause_until
        self.address: Final = address
        self.reply_text: Final = reply_text
        self.full_text: Final = full_text
        self.no_own_words: Final = no_own_words
        self.wish_in_other_words: Final = wish_in_other_words


class ReactionsOfRow(Row):
    """A row of ``reactions_of``."""

    __slots__ = (
        "id",
        "key",
        "enrollment_id",
        "person_id",
        "kind",
        "channel",
        "send_id",
        "inbound_id",
        "holds",
        "detail",
        "received_at",
        "delivered_at",
        "late",
        "label",
        "confidence",
        "intent",
        "opt_out",
        "held_for_review",
        "score_reasons",
        "handled_at",
        "decision",
        "decision_reason",
        "reviewed_at",
        "judged_by",
        "pause_until",
        "address",
        "reply_text",
        "link_target",
    )

    columns = itemgetter(*__slots__)

    def __init__(
        self,
        id: str,
        key: str,
        enrollment_id: str,
        person_id: str,
        kind: str,
        channel: str | None,
        send_id: str | None,
        inbound_id: str | None,
        holds: bool,
        detail: Any,
        received_at: datetime,
        delivered_at: datetime | None,
        late: bool,
        label: str | None,
        confidence: float | None,
        intent: str | None,
        opt_out: bool | None,
        held_for_review: bool | None,
        score_reasons: list[str] | None,
        handled_at: datetime | None,
        decision: str | None,
        decision_reason: str | None,
        reviewed_at: datetime | None,
        judged_by: int | None,
        pause_until: datetime | None,
        address: str | None,
        reply_text: str | None,
        link_target: str | None,
    ) -> None:
        self.id: Final = id
        self.key: Final = key
        self.enrollment_id: Final = enrollment_id
        self.person_id: Final = person_id
        self.kind: Final = kind
        self.channel: Final = channel
        self.send_id: Final = send_id
        self.inbound_id: Final = inbound_id
        self.holds: Final = holds
        self.detail: Final = detail
        self.received_at: Final = received_at
        self.delivered_at: Final = delivered_at
        self.late: Final = late
        self.label: Final = label
        self.confidence: Final = confidence
        self.intent: Final = intent
        self.opt_out: Final = opt_out
        self.held_for_review: Final = held_for_review
        self.score_reasons: Final = score_reasons
        self.handled_at: Final = handled_at
        self.decision: Final = decision
        self.decision_reason: Final = decision_reason
        self.reviewed_at: Final = reviewed_at
        self.judged_by: Final = judged_by
        self.pause_until: Final = pause_until
        self.address: Final = address
        self.reply_text: Final = reply_text
        self.link_target: Final = link_target


class SuppressionsOfRow(Row):
    """A row of ``suppressions_of``."""

    __slots__ = ("channel", "reason", "since")

    def __init__(self, channel: str, reason: str, since: datetime) -> None:
        self.channel: Final = channel
        self.reason: Final = reason
        self.since: Final = since


class WaitingAnswerRow(Row):
    """A row of ``waiting_answer``."""

    __slots__ = ("received_at", "unmatched")

    def __init__(self, received_at: datetime, unmatched: bool) -> None:
        self.received_at: Final = received_at
        self.unmatched: Final = unmatched


async def add_inbound(
    connection: Connection,
    *,
    id: str,
    key: str,
    channel: str,
    received_at: datetime,
    raw: bytes,
    event: str,
    sender: str | None,
    text: str,
    reply_text: str,
    detail: object,
    matched_by: str | None,
    send_id: str | None,
    state: str,
) -> str | None:
    """The value of ``add_inbound``."""
    value: str | None = await connection.fetchval(
        _ADD_INBOUND,
        id,
        key,
        channel,
        received_at,
        raw,
        event,
        sender,
        text,
        reply_text,
        detail,
        matched_by,
        send_id,
        state,
    )
    return value


async def add_reaction(
    connection: Connection,
    *,
    id: str,
    key: str,
    enrollment_id: str,
    person_id: str,
    kind: str,
    channel: str | None,
    send_id: str | None,
    inbound_id: str | None,
    holds: bool,
    detail: object,
    received_at: datetime,
) -> str | None:
    """The value of ``add_reaction``."""
    value: str | None = await connection.fetchval(
        _ADD_REACTION, id, key, enrollment_id, person_id, kind, channel, send_id, inbound_id, holds, detail, received_at
    )
    return value


async def note_answer(connection: Connection, *, id: str, address: str | None, reasons: Collection[str] | None) -> int:
    """``note_answer``.

    What is known of an answer before any model is asked: whom it holds, and whether it asks not to be contacted.
    """
    return affected(await connection.execute(_NOTE_ANSWER, id, address, reasons))


async def reacts_already(connection: Connection, *, inbound_id: str, enrollment_id: str) -> bool | None:
    """The value of ``reacts_already``."""
    value: bool | None = await connection.fetchval(_REACTS_ALREADY, inbound_id, enrollment_id)
    return value


async def is_known_address(connection: Connection, *, address: str, channel: str) -> bool:
    """A record has it, or we wrote to it; the address as it is compared."""
    value: bool = await connection.fetchval(_IS_KNOWN_ADDRESS, address, channel)
    return value


async def waiting_answer(
    connection: Connection, *, person_id: str, email: str | None, phone: str | None
) -> WaitingAnswerRow | None:
    """``waiting_answer``.

    An answer of this person, or of another record with the address, that nobody has handled; or one that may be to
    any of several runs.
    """
    found = await connection.fetchrow(_WAITING_ANSWER, person_id, email, phone)
    return WaitingAnswerRow(*found) if found is not None else None


async def reaction_row(connection: Connection, *, id: str) -> ReactionRow | None:
    """The row of ``reaction_row``."""
    found = await connection.fetchrow(_REACTION_ROW, id)
    return ReactionRow(*ReactionRow.columns(found)) if found is not None else None


async def reactions_of(connection: Connection, *, enrollment_id: str) -> list[ReactionsOfRow]:
    """The rows of ``reactions_of``."""
    return [
        ReactionsOfRow(*ReactionsOfRow.columns(found)) for found in await connection.fetch(_REACTIONS_OF, enrollment_id)
    ]


async def score_reaction(
    connection: Connection,
    *,
    id: str,
    label: str | None,
    confidence: float | None,
    intent: str | None,
    opt_out: bool | None,
    held: bool | None,
    reasons: Collection[str] | None,
) -> int:
    """Runs ``score_reaction``."""
    return affected(await connection.execute(_SCORE_REACTION, id, label, confidence, intent, opt_out, held, reasons))


async def handle_reaction(
    connection: Connection, *, id: str, at: datetime | None, decision: str | None, reason: str | None
) -> str | None:
    """The value of ``handle_reaction``."""
    value: str | None = await connection.fetchval(_HANDLE_REACTION, id, at, decision, reason)
    return value


async def add_suppression(
    connection: Connection,
    *,
    person_id: str | None,
    address: str | None,
    channel: str,
    reason: str,
    source: str,
    since: datetime,
) -> int | None:
    """The value of ``add_suppression``."""
    value: int | None = await connection.fetchval(_ADD_SUPPRESSION, person_id, address, channel, reason, source, since)
    return value


async def cover_address(
    connection: Connection, *, person_id: str | None, address: str | None, channel: str, reason: str, covered: str
) -> int:
    """Runs ``cover_address``."""
    return affected(await connection.execute(_COVER_ADDRESS, person_id, address, channel, reason, covered))


async def suppressions_of(
    connection: Connection, *, person_id: str | None, email: str | None, phone: str | None
) -> list[SuppressionsOfRow]:
    """The e-mail address and the number as they are compared."""
    return [SuppressionsOfRow(*found) for found in await connection.fetch(_SUPPRESSIONS_OF, person_id, email, phone)]


async def lift_stop_word(connection: Connection, *, address: str, reason: str, at: datetime | None) -> int:
    """``lift_stop_word``.

    It speaks for its own number, and for the person behind it: who had said STOP from another number too is free
    again, and that number is not.
    """
    return affected(await connection.execute(_LIFT_STOP_WORD, address, reason, at))
