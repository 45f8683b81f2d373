"""The queries of ``sql/imap.sql``.

Written by ``python -m tools.queries`` from ``sql/imap.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from adapters.postgres.queries.tables import SendRow
from adapters.postgres.row import Row, affected

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, datetime

    from adapters.postgres.database import Connection

_IMAP_WATERMARK = """
SELECT uidvalidity, uid, bounded_until, since FROM imap_watermark WHERE mailbox = $1"""

_BEGIN_IMAP_WATERMARK = """
INSERT INTO imap_watermark AS w (mailbox, uidvalidity, uid, bounded_until, since, moved_at)
VALUES ($1, $2, 0, $3, $4, $5)
ON CONFLICT (mailbox) DO UPDATE SET
    uid = CASE WHEN w.uidvalidity = excluded.uidvalidity THEN w.uid ELSE 0 END,
    bounded_until = CASE WHEN w.uidvalidity = excluded.uidvalidity THEN w.bounded_until ELSE excluded.bounded_until END,
    since = CASE WHEN w.uidvalidity = excluded.uidvalidity THEN w.since ELSE excluded.since END,
    uidvalidity = excluded.uidvalidity, moved_at = excluded.moved_at
RETURNING uidvalidity, uid, bounded_until, since"""

_MOVE_IMAP_WATERMARK = """
UPDATE imap_watermark SET uid = $3, moved_at = $4
WHERE mailbox = $1 AND uidvalidity = $2 AND uid < $3"""

_SKIP_IMAP_MESSAGE = """
INSERT INTO imap_skipped (mailbox, uidvalidity, uid, reason, at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING"""

_USE_WEBHOOK_TOKEN = """
INSERT INTO webhook_token AS w (token, content, at) VALUES ($1, $2, $3)
ON CONFLICT (token) DO UPDATE SET content = w.content RETURNING content"""

_FORGET_WEBHOOK_TOKENS = """
DELETE FROM webhook_token WHERE at < $1"""

_INBOUND_TO_ATTACH = """
SELECT id, key, channel, event, sender, text, reply_text, detail, received_at, state, matched_by, send_id, attached_to,
       (SELECT r.enrollment_id FROM reaction r WHERE r.inbound_id = inbound.id LIMIT 1) AS reacting_run,
       (SELECT s.enrollment_id FROM send s WHERE s.id = inbound.send_id) AS run_of_send
FROM inbound WHERE id = $1 FOR UPDATE"""

_SEND_TO_ATTACH = """
SELECT * FROM send
WHERE enrollment_id = $1 AND channel = $2 AND state IN ('sent', 'claimed', 'unknown')
ORDER BY (state = 'sent' AND claimed_at <= $3) DESC, claimed_at DESC NULLS LAST, id LIMIT 1"""

_ATTACH_INBOUND = """
UPDATE inbound SET state = 'matched', matched_by = 'hand', send_id = $3, detail = $4,
                   attached_to = $2, attached_at = $5, attached_by = $6
WHERE id = $1"""

_REACTION_OF_INBOUND = """
SELECT id FROM reaction WHERE inbound_id = $1 LIMIT 1"""

_INBOUND_BY_KEYS = """
SELECT id, key, event, state, sender, received_at FROM inbound WHERE key = ANY($1::text[]) LIMIT 1"""

_MAILS_OF_OLD_KEY = """
SELECT id, key, event, state, sender, received_at, raw FROM inbound
WHERE key LIKE 'mail:%' AND key COLLATE "C" >= $1 AND key COLLATE "C" < $2 ORDER BY received_at LIMIT 20"""

_MAILS_OF_ONE_ID = """
SELECT id, key, event, state, sender, received_at, raw FROM inbound
WHERE key LIKE 'content:<%' AND key COLLATE "C" >= $1 AND key COLLATE "C" < $2 AND length(raw) <= 5000000
ORDER BY received_at LIMIT 5"""

_MATCH_INBOUND = """
UPDATE inbound SET state = 'matched', send_id = $2, matched_by = $3 WHERE id = $1 AND state = 'unmatched'"""

_DISMISS_INBOUND = """
UPDATE inbound SET state = 'ignored', dismissed_at = $2, dismissed_by = $3
WHERE id = $1 AND state = 'unmatched' RETURNING id"""

_BLOCK_RUNS_OF_INBOUND = """
UPDATE inbound SET holds = ARRAY(
    SELECT e.id FROM enrollment e WHERE run_is_open(e.state)
    AND (e.person_id IN (SELECT p.id FROM person p WHERE p.email_key = $2)
         OR e.id IN (SELECT s.enrollment_id FROM send s WHERE s.channel = 'email' AND coalesce(s.recipient_key, lower(s.recipient)) = $2))
    ORDER BY e.id LIMIT 500)
WHERE id = $1"""

_BLOCK_RUN_OF_INBOUND = """
UPDATE inbound SET holds = array_append(holds, $2::text) WHERE id = $1"""


class ImapWatermarkRow(Row):
    """A row of ``imap_watermark``."""

    __slots__ = ("uidvalidity", "uid", "bounded_until", "since")

    def __init__(self, uidvalidity: int, uid: int, bounded_until: int, since: date) -> None:
        self.uidvalidity: Final = uidvalidity
        self.uid: Final = uid
        self.bounded_until: Final = bounded_until
        self.since: Final = since


class InboundByKeysRow(Row):
    """A row of ``inbound_by_keys``."""

    __slots__ = ("id", "key", "event", "state", "sender", "received_at")

    def __init__(self, id: str, key: str, event: str, state: str, sender: str | None, received_at: datetime) -> None:
        self.id: Final = id
        self.key: Final = key
        self.event: Final = event
        self.state: Final = state
        self.sender: Final = sender
        self.received_at: Final = received_at


class InboundToAttachRow(Row):
    """A row of ``inbound_to_attach``."""

    __slots__ = (
        "id",
        "key",
        "channel",
        "event",
        "sender",
        "text",
        "reply_text",
        "detail",
        "received_at",
        "state",
        "matched_by",
        "send_id",
        "attached_to",
        "reacting_run",
        "run_of_send",
    )

    def __init__(
        self,
        id: str,
        key: str,
        channel: str,
        event: str,
        sender: str | None,
        text: str,
        reply_text: str,
        detail: Any,
        received_at: datetime,
        state: str,
        matched_by: str | None,
        send_id: str | None,
        attached_to: str | None,
        reacting_run: str | None,
        run_of_send: str | None,
    ) -> None:
        self.id: Final = id
        self.key: Final = key
        self.channel: Final = channel
        self.event: Final = event
        self.sender: Final = sender
        self.text: Final = text
        self.reply_text: Final = reply_text
        self.detail: Final = detail
        self.received_at: Final = received_at
        self.state: Final = state
        self.matched_by: Final = matched_by
        self.send_id: Final = send_id
        self.attached_to: Final = attached_to
        self.reacting_run: Final = reacting_run
        self.run_of_send: Final = run_of_send


class MailsOfKeyRow(Row):
    """A row of ``mails_of_old_key``."""

    __slots__ = ("id", "key", "event", "state", "sender", "received_at", "raw")

    def __init__(
        self, id: str, key: str, event: str, state: str, sender: str | None, received_at: datetime, raw: bytes
    ) -> None:
        self.id: Final = id
        self.key: Final = key
        self.event: Final = event
        self.state: Final = state
        self.sender: Final = sender
        self.received_at: Final = received_at
        self.raw: Final = raw


async def imap_watermark(connection: Connection, *, mailbox: str) -> ImapWatermarkRow | None:
    """The row of ``imap_watermark``."""
    found = await connection.fetchrow(_IMAP_WATERMARK, mailbox)
    return ImapWatermarkRow(*found) if found is not None else None


async def begin_imap_watermark(
    connection: Connection, *, mailbox: str, uidvalidity: int, bounded_until: int, since: date, at: datetime
) -> ImapWatermarkRow:
    """A folder that is new to us, or whose UIDs mean something else since its UIDVALIDITY changed.

    Of two readers that begin at once, the second gets the first one's row.
    """
    found = await connection.fetchrow(_BEGIN_IMAP_WATERMARK, mailbox, uidvalidity, bounded_until, since, at)
    assert found is not None
    return ImapWatermarkRow(*found)


async def move_imap_watermark(connection: Connection, *, mailbox: str, uidvalidity: int, uid: int, at: datetime) -> int:
    """Never back: two processes may read the same folder."""
    return affected(await connection.execute(_MOVE_IMAP_WATERMARK, mailbox, uidvalidity, uid, at))


async def skip_imap_message(
    connection: Connection, *, mailbox: str, uidvalidity: int, uid: int, reason: str, at: datetime
) -> int:
    """Runs ``skip_imap_message``."""
    return affected(await connection.execute(_SKIP_IMAP_MESSAGE, mailbox, uidvalidity, uid, reason, at))


async def use_webhook_token(connection: Connection, *, token: str, content: str, at: datetime) -> str:
    """What the token was used for first; a repetition changes nothing."""
    value: str = await connection.fetchval(_USE_WEBHOOK_TOKEN, token, content, at)
    return value


async def forget_webhook_tokens(connection: Connection, *, before: datetime) -> int:
    """Runs ``forget_webhook_tokens``."""
    return affected(await connection.execute(_FORGET_WEBHOOK_TOKENS, before))


async def inbound_to_attach(connection: Connection, *, id: str) -> InboundToAttachRow | None:
    """The row of ``inbound_to_attach``."""
    found = await connection.fetchrow(_INBOUND_TO_ATTACH, id)
    return InboundToAttachRow(*found) if found is not None else None


async def send_to_attach(
    connection: Connection, *, enrollment_id: str, channel: str, before: datetime
) -> SendRow | None:
    """``send_to_attach``.

    What a message that came in by then answers most likely: the newest that certainly went out, else one that may
    have.
    """
    found = await connection.fetchrow(_SEND_TO_ATTACH, enrollment_id, channel, before)
    return SendRow(*SendRow.columns(found)) if found is not None else None


async def attach_inbound(
    connection: Connection,
    *,
    id: str,
    enrollment_id: str | None,
    send_id: str | None,
    detail: object,
    at: datetime | None,
    by: str | None,
) -> int:
    """Runs ``attach_inbound``."""
    return affected(await connection.execute(_ATTACH_INBOUND, id, enrollment_id, send_id, detail, at, by))


async def reaction_of_inbound(connection: Connection, *, inbound_id: str) -> str | None:
    """The value of ``reaction_of_inbound``."""
    value: str | None = await connection.fetchval(_REACTION_OF_INBOUND, inbound_id)
    return value


async def inbound_by_keys(connection: Connection, *, keys: Collection[str]) -> InboundByKeysRow | None:
    """The row of ``inbound_by_keys``."""
    found = await connection.fetchrow(_INBOUND_BY_KEYS, keys)
    return InboundByKeysRow(*found) if found is not None else None


async def mails_of_old_key(connection: Connection, *, low: str, high: str) -> list[MailsOfKeyRow]:
    """``mails_of_old_key``.

    Stored before a mail was known by its content, under a key of Message-ID and all its bytes: those of one
    Message-ID.
    """
    return [MailsOfKeyRow(*found) for found in await connection.fetch(_MAILS_OF_OLD_KEY, low, high)]


async def mails_of_one_id(connection: Connection, *, low: str, high: str) -> list[MailsOfKeyRow]:
    """The rows of ``mails_of_one_id``."""
    return [MailsOfKeyRow(*found) for found in await connection.fetch(_MAILS_OF_ONE_ID, low, high)]


async def match_inbound(connection: Connection, *, id: str, send_id: str | None, matched_by: str | None) -> int:
    """It lay in the unmatched queue until the same mail came with the address that tells its run."""
    return affected(await connection.execute(_MATCH_INBOUND, id, send_id, matched_by))


async def dismiss_inbound(connection: Connection, *, id: str, at: datetime | None, by: str | None) -> str | None:
    """The value of ``dismiss_inbound``."""
    value: str | None = await connection.fetchval(_DISMISS_INBOUND, id, at, by)
    return value


async def block_runs_of_inbound(connection: Connection, *, id: str, address: str) -> int:
    """Every open run that wrote there, and every other one of a person with that address."""
    return affected(await connection.execute(_BLOCK_RUNS_OF_INBOUND, id, address))


async def block_run_of_inbound(connection: Connection, *, id: str, enrollment_id: str) -> int:
    """Runs ``block_run_of_inbound``."""
    return affected(await connection.execute(_BLOCK_RUN_OF_INBOUND, id, enrollment_id))
