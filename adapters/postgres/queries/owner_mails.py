"""The queries of ``sql/owner_mails.sql``.

Written by ``python -m tools.queries`` from ``sql/owner_mails.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from adapters.postgres.database import Connection

_OWNERS_TO_MAIL = """
SELECT DISTINCT n.owner_id FROM notification n JOIN owner o ON o.id = n.owner_id
WHERE n.to_mail AND n.mail_id IS NULL
  AND (o.notify_by = 'email'
       OR (o.notify_by = 'digest' AND n.created_at < $2
           AND NOT EXISTS (SELECT 1 FROM notice_mail d
                           WHERE d.owner_id = o.id AND d.kind = 'digest' AND d.day = $1)))
  AND NOT EXISTS (SELECT 1 FROM notice_mail w WHERE w.owner_id = o.id AND w.state = 'planned')
ORDER BY n.owner_id"""

_LOCK_OWNER_MAILS = """
SELECT pg_try_advisory_xact_lock(hashtextextended('notices:' || $1, 0))"""

_NOTIFICATIONS_TO_MAIL = """
SELECT n.id, n.kind, n.title, n.created_at, coalesce(n.sequence, e.sequence) AS sequence,
       (SELECT v.definition ->> 'name' FROM sequence_version v WHERE v.sequence = coalesce(n.sequence, e.sequence)
        ORDER BY v.version DESC LIMIT 1) AS sequence_name,
       o.notify_by, o.email, o.first_name, o.last_name
FROM notification n JOIN owner o ON o.id = n.owner_id LEFT JOIN enrollment e ON e.id = n.enrollment_id
WHERE n.owner_id = $1 AND n.to_mail AND n.mail_id IS NULL
  AND (o.notify_by = 'email'
       OR (o.notify_by = 'digest' AND n.created_at < $3
           AND NOT EXISTS (SELECT 1 FROM notice_mail d
                           WHERE d.owner_id = o.id AND d.kind = 'digest' AND d.day = $2)))
  AND NOT EXISTS (SELECT 1 FROM notice_mail w WHERE w.owner_id = o.id AND w.state = 'planned')
ORDER BY n.created_at, n.id
FOR UPDATE OF n"""

_ADD_OWNER_MAIL = """
INSERT INTO notice_mail (id, owner_id, kind, day, state, recipient, content, created_at)
VALUES ($1, $2, $3, $4, 'planned', $5, $6, $7)
ON CONFLICT DO NOTHING RETURNING id"""

_PUT_NOTIFICATIONS_INTO_MAIL = """
UPDATE notification SET mail_id = $1 WHERE id = ANY($2::text[]) AND mail_id IS NULL"""

_ADD_OWNER_MAIL_PROBLEM = """
INSERT INTO notice_problem AS p (owner_id, problem, since) VALUES ($1, $2, $3)
ON CONFLICT (owner_id) DO UPDATE SET problem = excluded.problem, since = excluded.since
WHERE p.problem <> excluded.problem RETURNING owner_id"""

_END_OWNER_MAIL_PROBLEM = """
DELETE FROM notice_problem WHERE owner_id = $1"""

_OWNER_MAILS_TO_SEND = """
SELECT id FROM notice_mail WHERE state = 'planned' AND (try_after IS NULL OR try_after <= $1)
ORDER BY number LIMIT $2"""

_CLAIM_OWNER_MAIL = """
UPDATE notice_mail m SET state = 'claimed', claimed_at = $3, claimed_by = $2
FROM owner o
WHERE m.id = $1 AND m.state = 'planned' AND (m.try_after IS NULL OR m.try_after <= $3)
  AND o.id = m.owner_id AND o.notify_by <> 'none'
RETURNING m.id, m.recipient, m.content, m.tries"""

_CANCEL_UNWANTED_OWNER_MAILS = """
UPDATE notice_mail m SET state = 'cancelled' FROM owner o
WHERE m.state = 'planned' AND o.id = m.owner_id AND o.notify_by = 'none'"""

_SETTLE_OWNER_MAIL = """
UPDATE notice_mail SET state = $3, decided_at = $4, code = $5, reason = $6
WHERE id = $1 AND claimed_by = $2 AND state IN ('claimed', 'unknown') RETURNING id"""

_MARK_NOTIFICATIONS_MAILED = """
UPDATE notification SET mailed_at = $2 WHERE mail_id = $1"""

_RELEASE_OWNER_MAIL = """
UPDATE notice_mail m
SET state = CASE WHEN o.notify_by = 'none' THEN 'cancelled' ELSE 'planned' END,
    claimed_at = NULL, claimed_by = NULL, tries = $3, try_after = $4, code = $5, reason = $6
FROM owner o
WHERE m.id = $1 AND o.id = m.owner_id AND m.claimed_by = $2 AND m.state IN ('claimed', 'unknown')"""

_LOST_OWNER_MAILS = """
UPDATE notice_mail SET state = 'unknown', decided_at = $2, reason = 'the worker died while it was mailed'
WHERE state = 'claimed' AND claimed_at < $1 RETURNING id"""

_SET_NOTIFY_BY = """
UPDATE owner SET notify_by = $2 WHERE id = $1 RETURNING id, notify_by, coalesce(email, '') <> '' AS reachable"""


class ClaimOwnerMailRow(Row):
    """A row of ``claim_owner_mail``."""

    __slots__ = ("id", "recipient", "content", "tries")

    def __init__(self, id: str, recipient: str, content: bytes, tries: int) -> None:
        self.id: Final = id
        self.recipient: Final = recipient
        self.content: Final = content
        self.tries: Final = tries


class NotificationsToMailRow(Row):
    """A row of ``notifications_to_mail``."""

    __slots__ = (
        "id",
        "kind",
        "title",
        "created_at",
        "sequence",
        "sequence_name",
        "notify_by",
        "email",
        "first_name",
        "last_name",
    )

    def __init__(
        self,
        id: str,
        kind: str,
        title: str,
        created_at: datetime,
        sequence: str | None,
        sequence_name: str | None,
        notify_by: str,
        email: str | None,
        first_name: str | None,
        last_name: str | None,
    ) -> None:
        self.id: Final = id
        self.kind: Final = kind
        self.title: Final = title
        self.created_at: Final = created_at
        self.sequence: Final = sequence
        self.sequence_name: Final = sequence_name
        self.notify_by: Final = notify_by
        self.email: Final = email
        self.first_name: Final = first_name
        self.last_name: Final = last_name


class SetNotifyByRow(Row):
    """A row of ``set_notify_by``."""

    __slots__ = ("id", "notify_by", "reachable")

    def __init__(self, id: str, notify_by: str, reachable: bool) -> None:
        self.id: Final = id
        self.notify_by: Final = notify_by
        self.reachable: Final = reachable


async def owners_to_mail(connection: Connection, *, day: date, digest_before: datetime) -> list[str]:
    """Owners with something to be mailed now.

    Who has a mail waiting gets no other before it: what comes meanwhile goes into a list, so that the end of an
    outage is no flood.
    """
    return [found[0] for found in await connection.fetch(_OWNERS_TO_MAIL, day, digest_before)]


async def lock_owner_mails(connection: Connection, *, owner: str) -> bool | None:
    """False when another worker writes mails to this owner at this moment."""
    value: bool | None = await connection.fetchval(_LOCK_OWNER_MAILS, owner)
    return value


async def notifications_to_mail(
    connection: Connection, *, owner: str, day: date, digest_before: datetime
) -> list[NotificationsToMailRow]:
    """Asked again under the lock: the same conditions, for one owner."""
    return [
        NotificationsToMailRow(*found)
        for found in await connection.fetch(_NOTIFICATIONS_TO_MAIL, owner, day, digest_before)
    ]


async def add_owner_mail(
    connection: Connection,
    *,
    id: str,
    owner_id: str,
    kind: str,
    day: date | None,
    recipient: str,
    content: bytes,
    created_at: datetime,
) -> str | None:
    """The value of ``add_owner_mail``."""
    value: str | None = await connection.fetchval(
        _ADD_OWNER_MAIL, id, owner_id, kind, day, recipient, content, created_at
    )
    return value


async def put_notifications_into_mail(connection: Connection, *, mail_id: str | None, notices: Collection[str]) -> int:
    """Runs ``put_notifications_into_mail``."""
    return affected(await connection.execute(_PUT_NOTIFICATIONS_INTO_MAIL, mail_id, notices))


async def add_owner_mail_problem(connection: Connection, *, owner_id: str, problem: str, since: datetime) -> str | None:
    """The owner's id when this problem is new."""
    value: str | None = await connection.fetchval(_ADD_OWNER_MAIL_PROBLEM, owner_id, problem, since)
    return value


async def end_owner_mail_problem(connection: Connection, *, owner_id: str) -> int:
    """Runs ``end_owner_mail_problem``."""
    return affected(await connection.execute(_END_OWNER_MAIL_PROBLEM, owner_id))


async def owner_mails_to_send(connection: Connection, *, now: datetime, limit: int) -> list[str]:
    """The rows of ``owner_mails_to_send``."""
    return [found[0] for found in await connection.fetch(_OWNER_MAILS_TO_SEND, now, limit)]


async def claim_owner_mail(
    connection: Connection, *, id: str, claimer: str | None, now: datetime | None
) -> ClaimOwnerMailRow | None:
    """The statement locks the row: of two claimers one gets it. Whoever switched mail off a moment ago gets none."""
    found = await connection.fetchrow(_CLAIM_OWNER_MAIL, id, claimer, now)
    return ClaimOwnerMailRow(*found) if found is not None else None


async def cancel_unwanted_owner_mails(connection: Connection) -> int:
    """``cancel_unwanted_owner_mails``.

    Written at the very moment at which their owner switched mail off, unseen by the trigger that drops what waits.
    """
    return affected(await connection.execute(_CANCEL_UNWANTED_OWNER_MAILS))


async def settle_owner_mail(
    connection: Connection,
    *,
    id: str,
    claimer: str,
    state: str,
    at: datetime | None,
    code: str | None,
    reason: str | None,
) -> str | None:
    """Only the claimer settles; an "unknown" made of its claim by somebody else may still become known."""
    value: str | None = await connection.fetchval(_SETTLE_OWNER_MAIL, id, claimer, state, at, code, reason)
    return value


async def mark_notifications_mailed(connection: Connection, *, mail_id: str, at: datetime | None) -> int:
    """Runs ``mark_notifications_mailed``."""
    return affected(await connection.execute(_MARK_NOTIFICATIONS_MAILED, mail_id, at))


async def release_owner_mail(
    connection: Connection,
    *,
    id: str,
    claimer: str,
    tries: int,
    try_after: datetime | None,
    code: str | None,
    reason: str | None,
) -> int:
    """Whoever switched mail off meanwhile gets none."""
    return affected(await connection.execute(_RELEASE_OWNER_MAIL, id, claimer, tries, try_after, code, reason))


async def lost_owner_mails(connection: Connection, *, claimed_before: datetime, at: datetime | None) -> list[str]:
    """The rows of ``lost_owner_mails``."""
    return [found[0] for found in await connection.fetch(_LOST_OWNER_MAILS, claimed_before, at)]


async def set_notify_by(connection: Connection, *, id: str, way: str) -> SetNotifyByRow | None:
    """The row of ``set_notify_by``."""
    found = await connection.fetchrow(_SET_NOTIFY_BY, id, way)
    return SetNotifyByRow(*found) if found is not None else None
