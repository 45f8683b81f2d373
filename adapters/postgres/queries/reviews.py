"""The queries of ``sql/reviews.sql``.

Written by ``python -m tools.queries`` from ``sql/reviews.sql``: change that, not this.
"""

from __future__ import annotations

from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.queries.tables import ReviewRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import datetime

    from adapters.postgres.database import Connection

_LOCK_REPLY = """
SELECT r.*, e.sequence, e.state AS run_state, i.reply_text, i.text AS full_text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words,
       coalesce(i.detail -> 'reasons' ? 'wish_in_other_words', false) AS wish_in_other_words
FROM reaction r JOIN enrollment e ON e.id = r.enrollment_id LEFT JOIN inbound i ON i.id = r.inbound_id
WHERE r.id = $1 FOR UPDATE OF r"""

_LOCK_PERSON = """
SELECT pg_advisory_xact_lock(hashtextextended('record:person:' || $1, 0))"""

_NEWEST_REVIEW = """
SELECT * FROM review WHERE reaction_id = $1 ORDER BY number DESC LIMIT 1"""

_ADD_REVIEW = """
INSERT INTO review (id, reaction_id, number, label, intent, opt_out, reviewer, note, reviewed_at, said_label,
                    said_intent, said_confidence, said_held)
VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10,
        $11, $12, $13)
RETURNING *"""

_LABEL_REVIEW = """
UPDATE reaction SET label = $2, intent = $3, opt_out = $4, held_for_review = false WHERE id = $1"""

_REPLY_REVIEWED = """
UPDATE reaction SET reviewed_at = $2 WHERE id = $1"""

_JUDGED = """
UPDATE reaction SET judged_by = $2, pause_until = $3 WHERE id = $1"""

_VERDICTS_ON_REPLY = """
SELECT r.id, r.decision_reason AS reason FROM reaction r LEFT JOIN review v ON v.id = r.id
WHERE r.id = ANY(ARRAY(SELECT $1::text UNION ALL SELECT w.id FROM review w WHERE w.reaction_id = $1))
  AND r.handled_at IS NOT NULL
ORDER BY r.judged_by NULLS FIRST, v.number NULLS LAST"""

_DONE_ABOUT_REPLY = """
SELECT kind, arguments, cause, state FROM follow_up
WHERE enrollment_id = $1 AND cause = ANY($2::text[]) AND result IS DISTINCT FROM $3
ORDER BY at, position"""

_OVERRULE_PENDING = """
UPDATE follow_up SET state = 'failed', result = $3, next_try_at = NULL
WHERE enrollment_id = $1 AND state IN ('pending', 'dead')
  AND cause = ANY(ARRAY(SELECT $2::text UNION ALL SELECT v.id FROM review v WHERE v.reaction_id = $2))"""

_RESTORE_OVERRULED = """
UPDATE follow_up SET state = 'pending', result = NULL, hand_at = '-infinity', tries = 0, round = round + 1,
                     tried_since = NULL, settled_at = NULL
WHERE enrollment_id = $1 AND cause = ANY($2::text[]) AND state = 'failed' AND result = $3"""

_PAUSE_OF_REPLY = """
SELECT p.started_at FROM enrollment_pause p
WHERE p.enrollment_id = $2 AND p.ended_at IS NULL
  AND EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = p.enrollment_id AND r.decision = 'pause'
              AND r.handled_at = p.started_at)
  AND NOT EXISTS (SELECT 1 FROM enrollment_event v WHERE v.enrollment_id = p.enrollment_id AND v.kind = 'pause'
                  AND v.at >= p.started_at)
  AND NOT EXISTS (SELECT 1 FROM reaction r WHERE r.enrollment_id = p.enrollment_id AND r.id <> $1
                  AND r.kind = 'replied' AND r.handled_at IS NOT NULL AND r.reviewed_at IS NULL
                  AND coalesce(r.held_for_review, true) AND NOT coalesce(r.opt_out, false))
  AND NOT EXISTS (SELECT 1 FROM reaction r LEFT JOIN review own ON own.id = r.id
                  WHERE r.enrollment_id = p.enrollment_id AND r.id <> $1 AND own.reaction_id IS DISTINCT FROM $1
                    -- The one that made the pause wants it, also if that was before such wishes were written down.
                    AND (r.pause_until > $3 OR (r.pause_until IS NULL AND r.decision = 'pause'
                                                 AND r.handled_at = p.started_at))
                    AND NOT EXISTS (SELECT 1 FROM review v JOIN reaction w ON w.id = v.id
                                    WHERE v.reaction_id = coalesce(own.reaction_id, r.id)
                                      AND w.judged_by > coalesce(r.judged_by, 0)))"""

_READING_DONE = """
UPDATE task t SET state = 'done' FROM follow_up f
WHERE f.enrollment_id = $1 AND f.cause = $2 AND f.kind = 'create_task'
  AND f.arguments -> 'create_task' ->> 'title' = $3 AND t.id = f.id AND t.state = 'open'"""

_LIFT_MISTAKEN_OPT_OUT = """
UPDATE suppression s SET lifted_at = $3
WHERE s.reason = 'opt_out' AND s.lifted_at IS NULL
  AND s.source = ANY(ARRAY(SELECT unnest(ARRAY[o.id, o.inbound_id]) FROM reaction o
                           WHERE o.person_id = $1 AND o.kind = 'replied'))
  AND NOT EXISTS (
      SELECT 1 FROM reaction r LEFT JOIN LATERAL (
          SELECT v.opt_out FROM review v WHERE v.reaction_id = r.id ORDER BY v.number DESC LIMIT 1) said ON true
      WHERE r.person_id = $1 AND r.kind = 'replied' AND r.id <> $2
        AND coalesce(said.opt_out, r.opt_out, false))
  AND NOT EXISTS (
      SELECT 1 FROM person m JOIN suppression o ON o.person_id = m.id
      WHERE m.merged_into = $1 AND o.reason = 'opt_out' AND o.lifted_at IS NULL)"""

_REVIEWED_REPLIES = """
SELECT v.reaction_id, v.label, v.intent, r.channel,
       coalesce(nullif(i.reply_text, ''), i.text, '') AS text,
       coalesce(i.detail -> 'reasons' ? 'no_own_words', false) AS no_own_words
FROM review v JOIN reaction r ON r.id = v.reaction_id LEFT JOIN inbound i ON i.id = r.inbound_id
WHERE NOT EXISTS (SELECT 1 FROM review w WHERE w.reaction_id = v.reaction_id AND w.number > v.number)
ORDER BY v.reviewed_at DESC, v.reaction_id"""


class DoneAboutReplyRow(Row):
    """A row of ``done_about_reply``."""

    __slots__ = ("kind", "arguments", "cause", "state")

    def __init__(self, kind: str, arguments: Any, cause: str, state: str) -> None:
        self.kind: Final = kind
        self.arguments: Final = arguments
        self.cause: Final = cause
        self.state: Final = state


class LockReplyRow(Row):
    """A row of ``lock_reply``."""

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
        "sequence",
        "run_state",
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
        sequence: str,
        run_state: str,
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
        self.sequence: Final = sequence
        self.run_state: Final = run_state
        self.reply_text: Final = reply_text
        self.full_text: Final = full_text
        self.no_own_words: Final = no_own_words
        self.wish_in_other_words: Final = wish_in_other_words


class ReviewedRepliesRow(Row):
    """A row of ``reviewed_replies``."""

    __slots__ = ("reaction_id", "label", "intent", "channel", "text", "no_own_words")

    def __init__(
        self, reaction_id: str, label: str, intent: str, channel: str | None, text: str, no_own_words: bool
    ) -> None:
        self.reaction_id: Final = reaction_id
        self.label: Final = label
        self.intent: Final = intent
        self.channel: Final = channel
        self.text: Final = text
        self.no_own_words: Final = no_own_words


class VerdictsOnReplyRow(Row):
    """A row of ``verdicts_on_reply``."""

    __slots__ = ("id", "reason")

    def __init__(self, id: str, reason: str | None) -> None:
        self.id: Final = id
        self.reason: Final = reason


async def lock_reply(connection: Connection, *, id: str) -> LockReplyRow | None:
    """Whoever reviews a reply and whoever handles it go one after the other."""
    found = await connection.fetchrow(_LOCK_REPLY, id)
    return LockReplyRow(*LockReplyRow.columns(found)) if found is not None else None


async def lock_person(connection: Connection, *, person: str) -> int:
    """``lock_person``.

    Reviews of one person's replies go one after the other: one may lift the suppression that the other relies on.
    It is the lock of whoever writes the person, and is taken after that of the reply, as whoever handles the reply
    does.
    """
    return affected(await connection.execute(_LOCK_PERSON, person))


async def newest_review(connection: Connection, *, reaction_id: str) -> ReviewRow | None:
    """The row of ``newest_review``."""
    found = await connection.fetchrow(_NEWEST_REVIEW, reaction_id)
    return ReviewRow(*ReviewRow.columns(found)) if found is not None else None


async def add_review(
    connection: Connection,
    *,
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
) -> ReviewRow:
    """The row of ``add_review``."""
    found = await connection.fetchrow(
        _ADD_REVIEW,
        id,
        reaction_id,
        number,
        label,
        intent,
        opt_out,
        reviewer,
        note,
        reviewed_at,
        said_label,
        said_intent,
        said_confidence,
        said_held,
    )
    assert found is not None
    return ReviewRow(*ReviewRow.columns(found))


async def label_review(
    connection: Connection, *, id: str, label: str | None, intent: str | None, opt_out: bool | None
) -> int:
    """Runs ``label_review``."""
    return affected(await connection.execute(_LABEL_REVIEW, id, label, intent, opt_out))


async def reply_reviewed(connection: Connection, *, id: str, at: datetime | None) -> int:
    """Runs ``reply_reviewed``."""
    return affected(await connection.execute(_REPLY_REVIEWED, id, at))


async def judged(connection: Connection, *, id: str, by: int | None, pause_until: datetime | None) -> int:
    """Runs ``judged``."""
    return affected(await connection.execute(_JUDGED, id, by, pause_until))


async def verdicts_on_reply(connection: Connection, *, reply: str) -> list[VerdictsOnReplyRow]:
    """The reply and its reviews as far as they were handled, and by what each was decided.

    In the order of what was known: of a closed run they may be handled in any order, and each follows the newest
    review of its time. A reply that was handled after a review may have had a score which that did not know.
    """
    return [VerdictsOnReplyRow(*found) for found in await connection.fetch(_VERDICTS_ON_REPLY, reply)]


async def done_about_reply(
    connection: Connection, *, enrollment_id: str, causes: Collection[str], overruled: str | None
) -> list[DoneAboutReplyRow]:
    """What a review overruled before it left the house was not done."""
    return [
        DoneAboutReplyRow(*found)
        for found in await connection.fetch(_DONE_ABOUT_REPLY, enrollment_id, causes, overruled)
    ]


async def overrule_pending(connection: Connection, *, enrollment_id: str, reply: str, overruled: str | None) -> int:
    """What the reply and its reviews so far led to and what has not left the house, also what could not."""
    return affected(await connection.execute(_OVERRULE_PENDING, enrollment_id, reply, overruled))


async def restore_overruled(
    connection: Connection, *, enrollment_id: str, causes: Collection[str], overruled: str
) -> int:
    """The verdict is the same again: what was overruled waits again to leave the house."""
    return affected(await connection.execute(_RESTORE_OVERRULED, enrollment_id, causes, overruled))


async def pause_of_reply(
    connection: Connection, *, reply: str | None, enrollment_id: str, at: datetime
) -> datetime | None:
    """``pause_of_reply``.

    The pause that this reply (or a review of it) made or could have made, as long as it stands: unless somebody
    asked for a pause since, another reply of the run waits to be read, or the newest verdict on something else that
    came back wants a pause too.
    """
    value: datetime | None = await connection.fetchval(_PAUSE_OF_REPLY, reply, enrollment_id, at)
    return value


async def reading_done(connection: Connection, *, enrollment_id: str, reaction_id: str, title: str) -> int:
    """The task to read the reply is done once somebody said what it means."""
    return affected(await connection.execute(_READING_DONE, enrollment_id, reaction_id, title))


async def lift_mistaken_opt_out(connection: Connection, *, person_id: str, reply: str, at: datetime | None) -> int:
    """``lift_mistaken_opt_out``.

    What came of opt-outs that were read into replies of the person, unless one of the others still is an opt-out;
    nor where somebody opted out who was merged into the person: their wish is passed on, but where a row stood
    already. Their sources say what came of them: of the person, of whoever the CRM merged it into, and of an
    address alone.
    """
    return affected(await connection.execute(_LIFT_MISTAKEN_OPT_OUT, person_id, reply, at))


async def reviewed_replies(connection: Connection) -> list[ReviewedRepliesRow]:
    """The newest review of each reply, the newest first."""
    return [ReviewedRepliesRow(*found) for found in await connection.fetch(_REVIEWED_REPLIES)]
