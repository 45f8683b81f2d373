"""The queries of ``sql/sms.sql``.

Written by ``python -m tools.queries`` from ``sql/sms.sql``: change that, not this.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.queries.tables import SendRow
from adapters.postgres.row import affected

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

_OPT_OUT_LINE_WAS_SENT = """
SELECT true FROM send
WHERE channel = 'sms' AND recipient = $3 AND sender = $1 AND person_id = $2 AND tells_opt_out
  AND state = 'sent' AND coalesce(provider_status, '') NOT IN ('undelivered', 'failed', 'canceled') LIMIT 1"""

_MARK_OPT_OUT_LINE = """
UPDATE send SET tells_opt_out = true WHERE id = $1 AND text = $2 AND state = 'planned'"""

_LOCK_SMS = """
SELECT * FROM send WHERE id = $1 AND channel = 'sms' FOR UPDATE"""

_ADD_SMS_REPORT = """
INSERT INTO text_report (provider_message_id, status, send_id, error_code, at)
VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING RETURNING status"""

_KEEP_SMS_STATUS = """
UPDATE send SET provider_status = $2, provider_error = $3 WHERE id = $1"""

_TRIED_SMS_PROVED = """
UPDATE send SET state = 'sent', decided_at = $2, reason = 'proved by what came back'
WHERE id = $1 AND attempts > 0 AND state IN ('claimed', 'planned')"""

_IS_KNOWN_INBOUND = """
SELECT true FROM inbound WHERE key = $1"""

_SMS_BETWEEN = """
SELECT * FROM send WHERE channel = 'sms' AND recipient = $1 AND state IN ('sent', 'claimed', 'unknown')
ORDER BY (sender = $2) DESC, claimed_at DESC, id LIMIT $3"""


async def opt_out_line_was_sent(connection: Connection, *, sender: str, person_id: str, recipient: str) -> bool | None:
    """``opt_out_line_was_sent``.

    Only a text that went out counts: one that is planned or unknown may never have reached anybody, so of two
    sequences that begin at once both say it.
    """
    value: bool | None = await connection.fetchval(_OPT_OUT_LINE_WAS_SENT, sender, person_id, recipient)
    return value


async def mark_opt_out_line(connection: Connection, *, id: str, text: str) -> int:
    """Only the row of these very words: one that was frozen before stays as it is."""
    return affected(await connection.execute(_MARK_OPT_OUT_LINE, id, text))


async def lock_sms(connection: Connection, *, id: str) -> SendRow | None:
    """Two reports of one text at the same moment: the second waits, and sees what the first one left."""
    found = await connection.fetchrow(_LOCK_SMS, id)
    return SendRow(*SendRow.columns(found)) if found is not None else None


async def add_sms_report(
    connection: Connection, *, provider_message_id: str, status: str, send_id: str, error_code: str | None, at: datetime
) -> str | None:
    """The value of ``add_sms_report``."""
    value: str | None = await connection.fetchval(_ADD_SMS_REPORT, provider_message_id, status, send_id, error_code, at)
    return value


async def keep_sms_status(connection: Connection, *, id: str, status: str | None, error: str | None) -> int:
    """Runs ``keep_sms_status``."""
    return affected(await connection.execute(_KEEP_SMS_STATUS, id, status, error))


async def tried_sms_proved(connection: Connection, *, id: str, at: datetime | None) -> int:
    """``tried_sms_proved``.

    A report that comes before the provider's answer was stored: the worker may die or time out now, and the text
    went out all the same. Or the claim was given back because the provider had said "later", and yet it has it.
    """
    return affected(await connection.execute(_TRIED_SMS_PROVED, id, at))


async def is_known_inbound(connection: Connection, *, key: str) -> bool | None:
    """The value of ``is_known_inbound``."""
    value: bool | None = await connection.fetchval(_IS_KNOWN_INBOUND, key)
    return value


async def sms_between(connection: Connection, *, recipient: str, ours: str, limit: int) -> list[SendRow]:
    """``sms_between``.

    The number that was answered says which of our texts is meant, when several of our numbers wrote to one person;
    and a quote in the answer says it better, so the ones before are known as well.
    """
    return [SendRow(*SendRow.columns(found)) for found in await connection.fetch(_SMS_BETWEEN, recipient, ours, limit)]
