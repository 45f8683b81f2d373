"""Rows about a person in every table that holds data about people, and words of theirs in every column."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from adapters.postgres.personal_tables import PERSONAL_TABLES
from tests.support.held_replies import add_reply
from tests.support.rigs.api import ApiRig
from tests.support.screens.world import make_world

# $1: the person, $2: the run, $3: the send, $4: the reply, $5: a number of the person's, $6: now.
_ROWS: Final = (
    "INSERT INTO person_event (id, person_id, kind, at, origin, source, recorded_at) "
    "VALUES ('v234567890' || $5, $1, 'last_placed', $6, 'crm', 'x', $6)",
    "INSERT INTO placement (id, person_id, status) VALUES ('pl-' || $5, $1, 'x')",
    "INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key) VALUES ($2, $6, 'stop', '{}', 'k')",
    "INSERT INTO enrollment_pause (enrollment_id, started_at, reason) VALUES ($2, $6, 'x')",
    "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ('h234567890' || $5, 'owner', $5, 'ours', $6, 1)",
    "INSERT INTO hold_run VALUES ($2, $6, 'h234567890' || $5)",
    "INSERT INTO run_outcome (enrollment_id, sequence, version, earlier_versions, person_id, entered_at, state, facts) "
    "VALUES ($2, 'hello', 1, '{}', $1, $6, 'open', '') ON CONFLICT DO NOTHING",
    "INSERT INTO run_outcome_mark VALUES ($2) ON CONFLICT DO NOTHING",
    "INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, result, at, hand_at) "
    "VALUES ('f234567890' || $5, $2, $4, 0, 'odd', '{}', 'done', 'x', $6, $6)",
    "INSERT INTO webhook_try (url, webhook_id, at, outcome, words) "
    "VALUES ('https://crm.example', 'f234567890' || $5, $6, 'done', 'x')",
    "INSERT INTO send_link (id, send_id, position, target) VALUES ('link567890' || $5, $3, 0, 'x')",
    "INSERT INTO hit (link_id, at, method, user_agent, address) "
    "VALUES ('link567890' || $5, $6, 'GET', 'x', '192.0.2.1')",
    "INSERT INTO text_report (provider_message_id, status, send_id, at) VALUES ('SM' || $5, 'sent', $3, $6)",
    "INSERT INTO message_test (id, digest, sequence, version, step, person_id, channel, sender, recipient, state, "
    "claimed_at) VALUES ('t234567890' || $5, 'x', 'hello', 1, 'one', $1, 'email', 'us', 'x', 'sent', $6)",
    "INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, state) "
    "VALUES ('unmatched' || $5, 'u' || $5, 'email', $6, 'x', 'human', upper($1) || '@client.example', 'unmatched')",
    "INSERT INTO waiting_attachment (inbound_id, enrollment_id, asked_by, user_id, asked_at, due_at) "
    "VALUES ('unmatched' || $5, $2, 'ours', 'u1', $6, $6)",
    "INSERT INTO review (id, reaction_id, number, label, intent, note, reviewed_at) "
    "VALUES ($4, $4, 1, 'positive', 'later', 'x', $6)",
    "INSERT INTO waiting_review (reaction_id, label, not_an_opt_out, reviewer, user_id, said_at, due_at) "
    "VALUES ($4, 'positive', false, 'ours', 'u1', $6, $6)",
    "INSERT INTO notice_mail (id, owner_id, kind, state, recipient, content, created_at) "
    "VALUES ('m234567890' || $5, 'o1', 'reply', 'sent', 'lea@agency.example', 'x', $6)",
    "INSERT INTO reply_forwarding (reaction_id, state, due_at, hand_at, decided_at, mail_id, unjudged, again) "
    "VALUES ($4, 'forward', $6, $6, $6, 'm234567890' || $5, false, false)",
    "INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at) "
    "VALUES ('n' || $5, 'o1', 'replied', 'x', $2, $1, $6)",
    "INSERT INTO answer (id, reaction_id, enrollment_id, person_id, channel, state, sender, recipient, "
    "recipient_key, envelope_from, content, text, anyway, asked_at, tries) VALUES ('a234567890' || $5, $4, $2, $1, "
    "'email', 'sent', 'us', 'x', 'x', 'x', 'x', 'x', false, $6, 1)",
    "INSERT INTO company_opt_out (reaction_id, person_id, domain, reasons, state, noticed_at) "
    "VALUES ($4, $1, 'client.example', '{}', 'open', $6)",
    "INSERT INTO task (id, title, description, person_id, enrollment_id, created_at) "
    "VALUES ('task' || $5, 'x', 'x', $1, $2, $6)",
    "INSERT INTO lead (id, person_id, source, enrollment_id, created_at) VALUES ('lead' || $5, $1, 'warm', $2, $6)",
    "INSERT INTO crm_write (id, crm, occasion, kind, entity, record, person_id, body, at, next_try_at, result, "
    "written) VALUES ('x234567890' || $5, 'bullhorn', 'sent', 'note', 'Candidate', $5, $1, '{}', $6, $6, 'x', '{}')",
    "INSERT INTO webhook_endpoint (id, name, url, secret, created_at, created_by) VALUES "
    "('o234567890' || $5, 'crm' || $5, 'https://crm.example/' || $5, 's', $6, 'cli')",
    "INSERT INTO event_subscription (endpoint_id, types, with_person, state, position, changed_at) "
    "VALUES ('o234567890' || $5, '{}', false, 'paused', 0, $6)",
    "INSERT INTO event_delivery (endpoint_id, position, person_id, next_try_at) VALUES ('o234567890' || $5, 1, $1, $6)",
    "INSERT INTO list_member (list, person_id, added_at) VALUES ('warm', $1, $6)",
    "INSERT INTO form_version VALUES ('interests', 1, '{}', 'x', $6) ON CONFLICT DO NOTHING",
    "INSERT INTO form_link (id, enrollment_id, form, version, made_at, expires_at) "
    "VALUES ('k234567890' || $5, $2, 'interests', 1, $6, $6)",
    "INSERT INTO form_submission (id, link_id, number, version, at, digest, answers, consent) "
    "VALUES ('q234567890' || $5, 'k234567890' || $5, 1, 1, $6, 'x', '{}', 'x')",
    "INSERT INTO upload (id, submission_id, field, name, file, kind, size, sha256, at) "
    "VALUES ('d234567890' || $5, 'q234567890' || $5, 'cv', 'x', lpad($5, 32, '0'), 'pdf', 1, 'x', $6)",
    "INSERT INTO suppression (person_id, address, channel, reason, source, since) "
    "VALUES ($1, NULL, 'sms', 'opted_out', 'cli', $6), (NULL, $1 || '@client.example', 'email', 'bounced', 'x', $6)",
    "INSERT INTO suppression_lift SELECT id, $6, 'ours', 'x' FROM suppression WHERE person_id = $1",
    "INSERT INTO opt_out_hold (source, people, addresses, channel, since) "
    "VALUES ('x' || $5, ARRAY[$1], '{}', 'all', $6)",
    "INSERT INTO topic_opt_out (person_id, address, topic, source, since) VALUES ($1, 'x', 'jobs', 'x', $6)",
    "INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, state, "
    "revision, told_revision) VALUES ('w234567890' || $5, 'quiet', $1, $1, 'person', $2, 'hand', $6, 'ended', 1, 1)",
    "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at) "
    "VALUES ('hello', $1, $1, 'suppressed', 'x', 'hand', $6)",
    "INSERT INTO rule_queue (sequence, record_id, person_id, state, at) VALUES ('hello', $1, $1, 'waiting', $6)",
    "INSERT INTO change (entity, entity_id, fields, before, after, origin, event_id, at) VALUES "
    "('person', $1, '{person.city}', '{}', '{}', 'crm', 'crm-' || $5, $6), "
    "('placement', 'pl-' || $5, '{placement.status}', '{}', '{}', 'crm', NULL, $6)",
    "INSERT INTO field_told (entity, entity_id, field, at, waiting) VALUES ('person', $1, 'person.city', $6, 'x')",
    "INSERT INTO erasure (person_id, state, may_be_contacted_again, asked_at, way) "
    "VALUES ($1, 'open', false, $6, 'cli')",
    "INSERT INTO audit_event (at, way, act, subject) VALUES ($6, 'cli', 'stop', 'person:' || $1)",
)
# One of everybody: the record that is found by them would change, or the column is made of another.
_KEPT: Final = {
    *("person.email", "person.phone", "person.email_key", "person.phone_key", "send.recipient_key", "inbound.sender"),
    *("reaction.key", "inbound.key", "suppression.address", "suppressed_address.address", "crm_event.answer"),
}
_OWNERS: Final = {
    "person": "t.id",
    "change": "CASE entity WHEN 'person' THEN entity_id ELSE 'p' || right(entity_id, 1) END",
    "field_told": "t.entity_id",
    "webhook_try": "'p' || right(t.webhook_id, 1)",
    "send_link": "(SELECT person_id FROM send WHERE id = t.send_id)",
    "hit": "'p' || right(t.link_id, 1)",
    "form_submission": "'p' || right(t.link_id, 1)",
    "upload": "'p' || right(t.submission_id, 1)",
    "opt_out_hold": "t.people[1]",
    "review": "(SELECT person_id FROM reaction WHERE id = t.reaction_id)",
    "inbound": "'p' || right(t.id, 1)",
    "notice_mail": "'p' || right(t.id, 1)",
    "suppression_lift": "(SELECT person_id FROM suppression WHERE id = t.suppression_id)",
    "reply_forwarding": "(SELECT person_id FROM reaction WHERE id = t.reaction_id)",
}
_OF_RUN: Final = "(SELECT person_id FROM enrollment WHERE id = t.enrollment_id)"


def words_of(person: str) -> str:
    """What ``mark`` writes into columns of a person."""
    return f"words-of-{person}-"


async def add_everything(api: ApiRig, person: str, run: str) -> None:
    """A row of the person, whose id is p and a digit, in each table that the world has none in."""
    number = person[1:]
    send = await api.sent(run)
    reply = await add_reply(api, int(number), run)
    await api.execute("UPDATE reaction SET person_id = $1 WHERE id = $2", person, reply)
    for row in _ROWS:
        sql = row
        values = (person, run, send, reply, number, api.now)
        asked = [place for place in range(1, 7) if f"${place}" in row]
        for place, index in enumerate(asked, 1):
            sql = sql.replace(f"${index}", f"${place}" + ("::timestamptz" if index == 6 else "::text"))
        await api.execute(sql, *(values[index - 1] for index in asked))
    results = [{"entity": "person", "id": each, "reason": words_of(each)} for each in (person, "p7")]
    await api.execute(
        "INSERT INTO crm_event (id, received_at, digest, answer) VALUES ($1, $2, 'x', $3)",
        f"crm-{number}",
        api.now,
        {"results": results},
    )


async def mark(api: ApiRig) -> set[str]:
    """Writes words of the person into every personal column of every row, and returns the columns."""
    kinds = {
        f"{row['table_name']}.{row['column_name']}": row["udt_name"]
        for row in await api.fetch("SELECT table_name, column_name, udt_name FROM information_schema.columns")
    }
    marked = set()
    for table in PERSONAL_TABLES:
        of_person = f"{table.name}.person_id" in kinds
        owner = _OWNERS.get(table.name, "t.person_id" if of_person else _OF_RUN)
        for column in table.personal:
            name = f"{table.name}.{column}"
            if name in _KEPT:
                continue
            words = f"'words-of-' || {owner} || '-{name}'"
            value = {
                "jsonb": f"coalesce({column}, '{{}}') || jsonb_build_object('said', {words})",
                "bytea": f"convert_to({words}, 'UTF8')",
                "_text": f"ARRAY[{words}]",
            }.get(kinds[name], words)
            await api.execute(f"UPDATE {table.name} t SET {column} = {value}")
            marked.add(name)
    return marked


async def full_world(api: ApiRig) -> dict[str, str]:
    """Two people with a row in every table, words of theirs in every column, and a file."""
    runs = await make_world(api)
    for person in ("p1", "p2"):
        await add_everything(api, person, runs[person])
        Path(api.uploads.name, person[1:].rjust(32, "0")).write_bytes(words_of(person).encode())
    await mark(api)
    await api.execute("DELETE FROM erasure")
    return runs
