"""Every table that retention takes from: which rows, in which order, what is taken, and what stays however old it is.

The rules of what is still needed are functions of the database (``0290_retention.sql``).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sequences.retention import Cursor, RetentionClass

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection

REMOVED: Final = "[text removed after its retention period]"
"""In place of words that are gone."""


@dataclass(frozen=True)
class RetainedTable:
    """Rows of a table that are removed when they are old.

    Attributes:
        name: of the table. It may be here twice.
        kind: whose period counts.
        at: the instant from which it counts.
        key: column that tells rows apart.
        key_type: its type.
        by_number: the key is a number that grows as ``at`` does, and rows are read by it: no index of ``at`` is needed.
        among: a condition for rows that are looked at, that of the index.
        needed: a condition for rows that stay.
        blank: what columns are set to; empty: the row is deleted.
    """

    name: str
    kind: RetentionClass
    at: str
    key: str = "id"
    key_type: str = "text"
    by_number: bool = False
    among: str = "true"
    needed: str = "false"
    blank: str = ""


RETAINED_TABLES: Final = (
    RetainedTable(
        "inbound",
        RetentionClass.RAW_MAIL,
        "received_at",
        among="raw <> ''::bytea",
        needed="inbound_is_needed(t.id)",
        blank="raw = ''::bytea",
    ),
    RetainedTable(
        "send",
        RetentionClass.BODIES,
        "coalesce(decided_at, planned_at)",
        among="content <> ''::bytea AND state NOT IN ('planned', 'claimed')",
        needed="run_is_needed(t.enrollment_id)",
        blank=f"content = ''::bytea, text = '{REMOVED}'",
    ),
    RetainedTable(
        "inbound",
        RetentionClass.BODIES,
        "received_at",
        among="NOT text_removed",
        needed="inbound_is_needed(t.id) OR inbound_is_reviewed(t.id)",
        blank=f"text_removed = true, text = '{REMOVED}', "
        f"reply_text = CASE WHEN reply_text <> '' THEN '{REMOVED}' ELSE '' END",
    ),
    RetainedTable(
        "answer",
        RetentionClass.BODIES,
        "asked_at",
        among="content <> ''::bytea",
        needed="run_is_needed(t.enrollment_id)",
        blank=f"content = ''::bytea, text = '{REMOVED}'",
    ),
    RetainedTable(
        "notice_mail",
        RetentionClass.BODIES,
        "created_at",
        among="content <> ''::bytea",
        needed="state IN ('planned', 'claimed')",
        blank="content = ''::bytea",
    ),
    RetainedTable(
        "hit",
        RetentionClass.HITS,
        "at",
        key_type="bigint",
        by_number=True,
        needed="verdict IS NULL OR run_is_needed("
        "(SELECT s.enrollment_id FROM send_link l JOIN send s ON s.id = l.send_id WHERE l.id = t.link_id))",
    ),
    RetainedTable("crm_event", RetentionClass.CRM_EVENTS, "received_at"),
    RetainedTable(
        "change", RetentionClass.CRM_EVENTS, "at", key_type="bigint", by_number=True, needed="watched_at IS NULL"
    ),
    RetainedTable("webhook_try", RetentionClass.DELIVERIES, "at", key_type="bigint", by_number=True),
    RetainedTable(
        "stream_event",
        RetentionClass.DELIVERIES,
        "at",
        key="position",
        key_type="bigint",
        by_number=True,
        among="position IS NOT NULL",
    ),
    # Positions are given to whoever reads: where nobody does, events have none.
    RetainedTable(
        "stream_event",
        RetentionClass.DELIVERIES,
        "at",
        key="written",
        key_type="bigint",
        by_number=True,
        among="position IS NULL",
    ),
    RetainedTable("crm_write", RetentionClass.DELIVERIES, "at", needed="state = 'waiting'"),
    RetainedTable("audit_event", RetentionClass.AUDIT, "at", key_type="bigint", by_number=True),
    RetainedTable(
        "people_file",
        RetentionClass.PEOPLE_FILES,
        "uploaded_at",
        needed="EXISTS (SELECT 1 FROM job j WHERE j.state IN ('waiting', 'running') AND j.request ->> 'file' = t.id)",
    ),
    RetainedTable("rehearsal", RetentionClass.REHEARSALS, "at", key="job_id"),
    RetainedTable("job", RetentionClass.JOBS, "created_at", needed="state IN ('waiting', 'running')"),
    RetainedTable("console_press", RetentionClass.PRESSES, "began_at", key="digest", key_type="bytea"),
    RetainedTable("console_session", RetentionClass.SESSIONS, "coalesce(ended_at, expires_at)"),
    RetainedTable(
        "sign_in_link", RetentionClass.SESSIONS, "coalesce(spent_at, expires_at)", key="hash", key_type="bytea"
    ),
)
"""In the order in which a pass takes them."""


@dataclass(frozen=True)
class RemovedBatch:
    """What one statement did.

    Attributes:
        removed: rows.
        after: the last row that was looked at; None: there is nothing more that is old.
    """

    removed: int
    after: Cursor | None


async def remove_batch(
    connection: Connection, table: RetainedTable, before: datetime, after: Cursor | None, limit: int
) -> RemovedBatch:
    """Looks at the next rows and removes those that are old and not needed. Rows that somebody has locked stay.

    Args:
        connection: in a transaction of its own: it holds its rows until the end.
        table: one of ``RETAINED_TABLES``.
        before: what is older may go.
        after: the row behind which to look; None: the first.
        limit: rows to look at.
    """
    if table.name == "audit_event":
        await connection.execute("SELECT set_config('relance.audit_before', $1, true)", before.isoformat())
    if table.by_number:
        row = await connection.fetchrow(_batch(table), before, after.key if after else None, limit)
    else:
        at, key = (after.at, after.key) if after else (None, None)
        row = await connection.fetchrow(_batch(table), before, key, limit, at)
    assert row is not None
    more = row["looked"] == limit and row["old"] == limit
    return RemovedBatch(
        row["removed"], Cursor(row["last_key"], None if table.by_number else row["last_at"]) if more else None
    )


def _batch(table: RetainedTable) -> str:
    """The statement. Everything in it is our own text; what is known travels as parameters."""
    key, at = f"t.{table.key}", table.at
    if table.by_number:
        order, old = key, f"{at} < $1"
        behind = f"{key} > coalesce($2::text::{table.key_type}, 0)"
    else:
        order, old = f"{at}, {key}", "true"
        # The last condition says where to go on, the one before it lets an index begin there.
        behind = (
            f"{at} < $1 AND {at} >= coalesce($4::timestamptz, '-infinity') "
            f"AND ($4::timestamptz IS NULL OR ({at}, {key}) > ($4, $2::text::{table.key_type}))"
        )
    newest = "page.key DESC" if table.by_number else "page.at DESC, page.key DESC"
    delete = f"DELETE FROM {table.name} w USING"  # noqa: S608
    work = f"UPDATE {table.name} w SET {table.blank} FROM" if table.blank else delete  # noqa: S608
    return f"""WITH page AS MATERIALIZED (
        SELECT {key} AS key, {at} AS at, {old} AS old FROM {table.name} t
        WHERE {behind} AND {table.among} ORDER BY {order} LIMIT $3
    ), free AS MATERIALIZED (
        SELECT {key} AS key FROM {table.name} t
        WHERE {key} = ANY(ARRAY(SELECT key FROM page WHERE old)) AND NOT ({table.needed})
        FOR UPDATE OF t SKIP LOCKED
    ), gone AS (
        {work} free WHERE w.{table.key} = free.key RETURNING 1
    ), last AS (
        SELECT key::text AS key, at FROM page ORDER BY {newest} LIMIT 1
    )
    SELECT (SELECT count(*) FROM page) AS looked, (SELECT count(*) FROM page WHERE old) AS old,
           (SELECT count(*) FROM gone) AS removed,
           (SELECT key FROM last) AS last_key, (SELECT at FROM last) AS last_at"""  # noqa: S608


@dataclass(frozen=True)
class OldRows:
    """What is in a table.

    Attributes:
        oldest: the instant of the oldest row; None: it has none.
        due: rows that are old and not needed, of those that were looked at.
        more: further ones were not looked at.
    """

    oldest: datetime | None
    due: int
    more: bool


async def what_is_old(connection: Connection, table: RetainedTable, before: datetime | None, most: int) -> OldRows:
    """Counts what a pass would remove, without removing it.

    Args:
        connection: ours.
        table: one of ``RETAINED_TABLES``.
        before: what is older may go; None: nothing may.
        most: rows to look at.
    """
    order = f"t.{table.key}" if table.by_number else f"{table.at}, t.{table.key}"
    page = f"SELECT t.{table.key} AS key, {table.at} AS at FROM {table.name} t WHERE {table.among} ORDER BY {order}"  # noqa: S608
    oldest = await connection.fetchval(f"SELECT at FROM ({page} LIMIT 1) AS first")  # noqa: S608
    if before is None or oldest is None or oldest >= before:
        return OldRows(oldest, 0, more=False)
    row = await connection.fetchrow(
        f"""WITH page AS MATERIALIZED (SELECT * FROM ({page} LIMIT $2) AS oldest WHERE at < $1)
        SELECT (SELECT count(*) FROM page) AS looked,
               (SELECT count(*) FROM {table.name} t
                WHERE t.{table.key} = ANY(ARRAY(SELECT key FROM page)) AND NOT ({table.needed})) AS due""",  # noqa: S608
        before,
        most,
    )
    assert row is not None
    return OldRows(oldest, row["due"], more=row["looked"] == most)
