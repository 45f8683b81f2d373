"""Rows in every table that retention takes from, years old, and nothing needs them any more."""

from __future__ import annotations

from datetime import timedelta

from sequences.retention import DEFAULTS
from services.retention.notice import skip_notice
from tests.support.person_rows import add_everything
from tests.support.rigs.api import ApiRig
from tests.support.screens.world import make_world

LATER = timedelta(days=4 * 366)
"""More than every default."""
_SETTLED = (
    "UPDATE enrollment SET state = 'stopped', ended_at = enrolled_at",
    "UPDATE reaction SET handled_at = received_at, reviewed_at = received_at",
    "UPDATE send SET state = 'sent', decided_at = planned_at",
    "UPDATE follow_up SET state = 'done' WHERE state = 'pending'",
    "UPDATE inbound SET state = 'matched', send_id = (SELECT min(id) FROM send) WHERE state = 'unmatched'",
    "DELETE FROM waiting_attachment",
    "DELETE FROM waiting_review",
    "DELETE FROM review",
    "UPDATE hit SET verdict = 'human'",
    "UPDATE change SET watched_at = at",
)


async def old_world(api: ApiRig) -> dict[str, str]:
    """One person with a row in every table, everything settled, and four years later; notices are over."""
    runs = await make_world(api)
    await add_everything(api, "p2", runs["p2"])
    for sql in (
        "UPDATE send SET content = 'Hello p2', text = 'Hello p2'",
        "UPDATE inbound SET raw = 'From: p2', text = 'Perhaps later', reply_text = 'Perhaps'",
        "INSERT INTO crm_event (id, received_at, digest, answer) VALUES ('old', '2027-05-04', 'x', '{}')",
        "INSERT INTO people_file (id, user_id, name, content, choices, uploaded_at) "
        "VALUES ('f1', 'u1', 'people.csv', 'x', '{}', '2027-05-04')",
        "INSERT INTO rehearsal (job_id, result, at) VALUES ('j1', '{}', '2027-05-04')",
        "INSERT INTO job (id, kind, subject, request, state, done, notes, created_at, not_before, tries) "
        "VALUES ('j1234567890', 'rehearse', 'x', '{}', 'done', 0, '{}', '2027-05-04', '2027-05-04', 1)",
        "INSERT INTO console_press (digest, began_at) VALUES ('x', '2027-05-04 09:00Z')",
        "INSERT INTO console_user (id, email, email_key, name, role, created_at) "
        "VALUES ('u1234567890', 'lea@agency.example', 'lea@agency.example', 'Lea', 'admin', '2027-05-04')",
        "INSERT INTO console_session (id, hash, user_id, started_at, last_used_at, expires_at, device, address) "
        "VALUES ('c1234567890', 'x', 'u1234567890', '2027-05-04', '2027-05-04', '2027-05-05', 'Firefox', '192.0.2.1')",
        "INSERT INTO sign_in_link (hash, user_id, made_at, expires_at) "
        "VALUES ('x', 'u1234567890', '2027-05-04', '2027-05-05')",
        *_SETTLED,
        "UPDATE crm_write SET state = 'done'",
    ):
        await api.execute(sql)
    async with api.database.transaction() as connection:
        await skip_notice(connection, DEFAULTS, api.now)
    api.now += LATER
    return runs
