"""The lists that people and programs page through: what each shows, how it is ordered, what it can be asked for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres.paging import Listing
from sequences.paging import CursorKind

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres import queries

_I, _T, _N = CursorKind.INSTANT, CursorKind.TEXT, CursorKind.NUMBER

_NEXT_STEP = """LEFT JOIN LATERAL (
    SELECT step, due_at, CASE WHEN due_at IS NULL AND reason = 'no_day_zero' THEN 'day_zero' END AS waits_for
    FROM enrollment_step WHERE enrollment_id = e.id AND state = 'planned' ORDER BY due_at IS NULL, position LIMIT 1
) s ON run_is_open(e.state)"""
# Whose people somebody sees: those of these owners, and of none.
_VISIBLE = "({owner} IS NULL OR {owner} = ANY({{}}::text[]))"
# Replies of few owners are few: found by their runs. Those of many are found while all are walked through in order.
_REPLIES_OF_FEW = """r.id = ANY(ARRAY(
    SELECT own.id FROM enrollment run JOIN reaction own ON own.enrollment_id = run.id
    WHERE own.kind = 'replied' AND (run.owner_id IS NULL OR run.owner_id = ANY({}::text[]))))"""
# The same of runs; each half has an index.
_RUNS_OF_FEW = """{run} = ANY(ARRAY(
    SELECT own.id FROM enrollment own WHERE own.owner_id = ANY({{}}::text[])
    UNION ALL SELECT own.id FROM enrollment own WHERE own.owner_id IS NULL))"""
# Somebody said what it means, and may still take that back.
_SAID = "EXISTS (SELECT 1 FROM waiting_review w WHERE w.reaction_id = r.id) = {}::boolean"
# Somebody attached it to a run, and may still take that back.
_ATTACHED = "EXISTS (SELECT 1 FROM waiting_attachment w WHERE w.inbound_id = i.id) = {}::boolean"
_IN_SEQUENCE = "EXISTS (SELECT 1 FROM enrollment e WHERE e.person_id = {person} AND e.sequence = {{}})"

# Each half has an index, an OR over both tables has none. OFFSET: asked of each of their people, or all placements
# would be read for it.
_OF_OWNER = """pl.id = ANY(ARRAY(
    SELECT own.id FROM placement own WHERE own.owner_id = {0}
    UNION ALL
    SELECT theirs.id FROM person p CROSS JOIN LATERAL (
        SELECT id FROM placement WHERE person_id = p.id AND owner_id IS NULL OFFSET 0
    ) theirs WHERE p.owner_id = {0}))"""


def _between(instant: str) -> Mapping[str, str]:
    """From ``since`` on, and before ``until``."""
    return {"since": f"{instant} >= {{}}::timestamptz", "until": f"{instant} < {{}}::timestamptz"}


PEOPLE: Listing[queries.ListedPeopleRow] = Listing(
    name="people",
    columns="""p.*, (SELECT count(*) FROM enrollment e
                     WHERE e.person_id = p.id AND run_is_open(e.state)) AS open_runs,
               EXISTS (SELECT 1 FROM suppressions_on(p.id, ARRAY[p.email_key, p.phone_key])) AS suppressed""",
    tables="person p",
    keys={"p.id": _T},
    newest_first=False,
    where="true",
    filters={
        "id": "p.id = {}",
        "person": "p.id = {}",
        "owner": "p.owner_id = {}",
        "client": "p.client_id = {}",
        "type": "p.type = {}",
        "status": "p.status = {}",
        "sequence": _IN_SEQUENCE.format(person="p.id"),
        "gone": "(p.deleted_at IS NOT NULL) = {}::boolean",
        **_between("p.created"),
    },
)

_LAST_NAME, _FIRST_NAME = "name_key(p.last_name)", "name_key(p.first_name)"

PEOPLE_BY_NAME: Listing[queries.ListedPeopleByNameRow] = Listing(
    name="people_by_name",
    # Asked for each line of a page, not for all who are found.
    columns="""p.id, p.type, p.first_name, p.last_name, p.email, p.phone, p.status, p.company, p.job_title, p.owner_id,
               p.deleted_at, p.last_contacted, p.last_replied,
               (SELECT nullif(concat_ws(' ', o.first_name, o.last_name), '') FROM owner o WHERE o.id = p.owner_id)
                   AS owner_name,
               (SELECT count(*) FROM enrollment e
                WHERE e.person_id = p.id AND run_is_open(e.state)) AS open_runs,
               EXISTS (SELECT 1 FROM suppressions_on(p.id, ARRAY[p.email_key, p.phone_key])) AS suppressed""",
    tables="person p",
    keys={_LAST_NAME: _T, _FIRST_NAME: _T, "p.id": _T},
    newest_first=False,
    where="p.deleted_at IS NULL",
    filters={
        "id": "p.id = {}",
        "words": "person_words(p.first_name, p.last_name, p.email) @@ words_query({})",
        "address": "p.email_key = {}",
        "number": "p.phone_key = {}",
        "owner": "p.owner_id = {}",
        "owners": _VISIBLE.format(owner="p.owner_id"),
        "sequence": _IN_SEQUENCE.format(person="p.id"),
    },
)

BATCH_PEOPLE: Listing[queries.ListedBatchPeopleRow] = Listing(
    name="batch_people",
    columns="""q.record_id, q.person_id, q.at, nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name,
               p.company, p.job_title, p.owner_id,
               nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name""",
    tables="rule_queue q LEFT JOIN person p ON p.id = q.person_id LEFT JOIN owner o ON o.id = p.owner_id",
    where="q.state = 'held'",
    keys={"q.record_id": _T},
    newest_first=False,
    filters={"batch": "q.batch_id = {}"},
)

PLACEMENTS: Listing[queries.PlacementRow] = Listing(
    name="placements",
    columns="pl.*",
    tables="placement pl",
    keys={"pl.id": _T},
    newest_first=False,
    filters={
        "id": "pl.id = {}",
        "person": "pl.person_id = {}",
        "client": "pl.client_id = {}",
        "status": "pl.status = {}",
        # Its own owner, else the person's: whom its runs would have.
        "owner": _OF_OWNER,
        "sequence": "EXISTS (SELECT 1 FROM enrollment e WHERE e.record_type = 'placement' AND e.record_id = pl.id "
        "AND e.sequence = {})",
        "gone": "(pl.deleted_at IS NOT NULL) = {}::boolean",
    },
)

CLIENTS: Listing[queries.ClientRow] = Listing(
    name="clients",
    columns="c.*",
    tables="client c",
    keys={"c.id": _T},
    newest_first=False,
    filters={"id": "c.id = {}"},
)

OWNERS: Listing[queries.OwnerRow] = Listing(
    name="owners", columns="o.*", tables="owner o", keys={"o.id": _T}, newest_first=False, filters={"id": "o.id = {}"}
)

SEQUENCES: Listing[queries.ListedSequencesRow] = Listing(
    name="sequences",
    columns="""v.sequence, v.definition ->> 'name' AS name, v.definition ->> 'record' AS record, v.version,
               v.published_at, v.definition,
               (SELECT count(*) FROM enrollment e
                WHERE e.sequence = v.sequence AND run_is_open(e.state)) AS open_runs,
               EXISTS (SELECT 1 FROM rule_state r WHERE r.sequence = v.sequence) AS rules_on,
               EXISTS (SELECT 1 FROM hold h
                       WHERE h.scope = 'sequence' AND h.key = v.sequence AND h.ended_at IS NULL) AS paused""",
    # Of each sequence the version that whoever enters now would get.
    tables="sequence_version v",
    where="NOT EXISTS (SELECT 1 FROM sequence_version n WHERE n.sequence = v.sequence AND n.version > v.version)",
    keys={"v.sequence": _T},
    newest_first=False,
    filters={"record": "v.definition ->> 'record' = {}", **_between("v.published_at")},
)

SEQUENCE_VERSIONS: Listing[queries.ListedSequenceVersionsRow] = Listing(
    name="sequence_versions",
    columns="""v.version, v.published_at, v.definition,
               (SELECT count(*) FROM enrollment e WHERE e.sequence = v.sequence AND e.version = v.version
                AND run_is_open(e.state)) AS open_runs""",
    tables="sequence_version v",
    keys={"v.version": _N},
    filters={"sequence": "v.sequence = {}"},
)

ENROLLMENTS: Listing[queries.ListedEnrollmentsRow] = Listing(
    name="enrollments",
    columns="e.*, s.step AS next_step, s.due_at AS next_due_at, s.waits_for",
    tables=f"enrollment e {_NEXT_STEP}",
    keys={"e.enrolled_at": _I, "e.id": _T},
    filters={
        "sequence": "e.sequence = {}",
        "version": "e.version = {}",
        "state": "e.state = ANY({}::text[])",
        "person": "e.person_id = {}",
        # A run is about a placement, its person, or one who was merged into its person: each has an index.
        "record": "e.record_id = {0} AND ((e.record_type = 'placement' AND e.record_id = {0}) OR e.person_id = {0} "
        "OR e.merged_from = {0})",
        "owner": "e.owner_id = {}",
        "owners": "(e.owner_id IS NULL OR e.owner_id = ANY({}::text[]))",
        **_between("e.enrolled_at"),
    },
)

TASKS: Listing[queries.ListedTasksRow] = Listing(
    name="tasks",
    columns="t.*, e.sequence",
    tables="task t LEFT JOIN enrollment e ON e.id = t.enrollment_id",
    keys={"t.created_at": _I, "t.id": _T},
    filters={
        "id": "t.id = {}",
        "person": "t.person_id = {}",
        "owner": "t.owner_id = {}",
        "state": "t.state = {}",
        "enrollment": "t.enrollment_id = {}",
        "sequence": "e.sequence = {}",
        **_between("t.created_at"),
    },
)

TASKS_BY_DUE: Listing[queries.ListedTasksByDueRow] = Listing(
    name="tasks_by_due",
    columns="""t.*, e.sequence,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name,
               nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name,
               v.definition ->> 'name' AS sequence_name""",
    tables="""task t LEFT JOIN enrollment e ON e.id = t.enrollment_id
              LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = t.person_id LEFT JOIN owner o ON o.id = t.owner_id""",
    # What has no date is due since it was made.
    keys={"coalesce(t.due_at, t.created_at)": _I, "t.id": _T},
    newest_first=False,
    filters={
        "id": "t.id = {}",
        "state": "t.state = {}",
        "owners": "(t.owner_id IS NULL OR t.owner_id = ANY({}::text[]))",
        "due_before": "coalesce(t.due_at, t.created_at) < {}::timestamptz",
        "overdue_before": "t.due_at < {}::timestamptz",
    },
)

LEADS: Listing[queries.LeadRow] = Listing(
    name="leads",
    columns="l.id, l.person_id, l.source, l.owner_id, l.enrollment_id, l.created_at, e.sequence",
    tables="lead l LEFT JOIN enrollment e ON e.id = l.enrollment_id",
    keys={"l.created_at": _I, "l.id": _T},
    filters={
        "id": "l.id = {}",
        "person": "l.person_id = {}",
        "owner": "l.owner_id = {}",
        "source": "l.source = {}",
        "enrollment": "l.enrollment_id = {}",
        "sequence": "l.sequence = {0} AND e.sequence = {0}",
        **_between("l.created_at"),
    },
)

LIST_MEMBERS: Listing[queries.ListedListsRow] = Listing(
    name="lists",
    columns="m.*, e.sequence",
    tables="list_member m LEFT JOIN person p ON p.id = m.person_id LEFT JOIN enrollment e ON e.id = m.enrollment_id",
    keys={"m.list": _T, "m.added_at": _I, "m.person_id": _T},
    newest_first=False,
    filters={
        "list": "m.list = {}",
        "person": "m.person_id = {}",
        "owner": "p.owner_id = {}",
        "sequence": "e.sequence = {}",
        **_between("m.added_at"),
    },
)

NOTIFICATIONS: Listing[queries.NotificationRow] = Listing(
    name="notifications",
    columns="""n.id, n.owner_id, n.kind, n.title, n.enrollment_id, n.person_id, n.created_at, n.read_at,
               n.sequence, n.records, n.mailed_at, n.to_mail, n.mail_id""",
    tables="notification n",
    keys={"n.created_at": _I, "n.id": _T},
    filters={
        "id": "n.id = {}",
        "person": "n.person_id = {}",
        "owner": "n.owner_id = {}",
        "kind": "n.kind = {}",
        "sequence": "n.sequence = {}",
        "read": "(n.read_at IS NOT NULL) = {}::boolean",
        **_between("n.created_at"),
    },
)

UNMATCHED: Listing[queries.ListedUnmatchedRow] = Listing(
    name="unmatched",
    columns="""i.id, i.channel, i.received_at, i.event, i.sender, i.state,
               coalesce(nullif(i.reply_text, ''), left(i.text, 2000)) AS reply_text""",
    tables="inbound i",
    where="i.state = 'unmatched'",
    keys={"i.received_at": _I, "i.id": _T},
    filters={
        "id": "i.id = {}",
        "channel": "i.channel = {}",
        "event": "i.event = {}",
        **_between("i.received_at"),
    },
)

SUPPRESSIONS: Listing[queries.ListedSuppressionsRow] = Listing(
    name="suppressions",
    columns="s.id, s.person_id, s.address, s.channel, s.reason, s.source, s.since, s.lifted_at",
    tables="suppression s LEFT JOIN person p ON p.id = s.person_id",
    keys={"s.since": _I, "s.id": _N},
    filters={
        "person": "s.person_id = {}",
        "owner": "p.owner_id = {}",
        "channel": "s.channel = {}",
        "reason": "s.reason = {}",
        "lifted": "(s.lifted_at IS NOT NULL) = {}::boolean",
        # What led to it, or the person behind it, belongs to a run of that sequence.
        "sequence": _IN_SEQUENCE.format(person="s.person_id"),
        **_between("s.since"),
    },
)

_HAS_ADDRESS = "EXISTS (SELECT 1 FROM person o WHERE o.email_key = s.address AND o.deleted_at IS NULL AND {which})"

UNREACHABLE: Listing[queries.ListedUnreachableRow] = Listing(
    name="unreachable",
    columns="""s.address, s.since, p.id AS person_id,
               (SELECT count(*) FROM send d WHERE d.channel = 'email' AND d.undelivered_at IS NOT NULL
                AND coalesce(d.recipient_key, lower(d.recipient)) = s.address) AS returned""",
    # One of those who have the address now.
    tables="""suppression s LEFT JOIN LATERAL (
                  SELECT id FROM person WHERE email_key = s.address AND deleted_at IS NULL ORDER BY id LIMIT 1
              ) p ON true""",
    where="s.reason = 'soft_bounces' AND s.lifted_at IS NULL",
    keys={"s.since": _I, "s.id": _N},
    filters={
        "person": _HAS_ADDRESS.format(which="o.id = {}"),
        "owner": _HAS_ADDRESS.format(which="o.owner_id = {}"),
        "sequence": _HAS_ADDRESS.format(which=_IN_SEQUENCE.format(person="o.id")),
        **_between("s.since"),
    },
)

REFUSALS: Listing[queries.ListedRefusalsRow] = Listing(
    name="refusals",
    columns="""r.sequence, r.person_id, r.record_id, r.reason, r.detail, r.fields, r.via, r.state, r.times,
               coalesce(r.first_at, r.at) AS first_at, r.at, p.first_name, p.last_name""",
    tables="refusal r LEFT JOIN person p ON p.id = r.person_id",
    keys={"r.at": _I, "r.id": _N},
    filters={
        "sequence": "r.sequence = {}",
        "person": "r.person_id = {}",
        "owner": "p.owner_id = {}",
        "reason": "r.reason = {}",
        "state": "r.state = {}",
        **_between("r.at"),
    },
)

WINDOWS: Listing[queries.ListedWindowsRow] = Listing(
    name="windows",
    columns="""w.id, w.sequence, w.person_id, w.record_id, w.scope, w.enrollment_id, w.via, w.opened_at, w.until,
               w.state, w.ended_at, w.reason""",
    tables="reenrollment_window w JOIN enrollment e ON e.id = w.enrollment_id",
    keys={"w.opened_at": _I, "w.id": _T},
    filters={
        "sequence": "w.sequence = {}",
        "person": "w.person_id = {}",
        "owner": "e.owner_id = {}",
        "state": "w.state = {}",
        **_between("w.opened_at"),
    },
)

DELIVERIES: Listing[queries.ListedDeliveriesRow] = Listing(
    name="deliveries",
    columns="""f.id, f.kind, f.arguments, f.cause, f.event, f.state, f.result, f.at, f.tries, f.tried_since,
               f.next_try_at, f.settled_at, f.enrollment_id, e.sequence, e.state AS run_state, e.person_id,
               e.owner_id""",
    tables="follow_up f JOIN enrollment e ON e.id = f.enrollment_id",
    where="f.kind IN ('enroll', 'webhook')",
    keys={"f.at": _I, "f.id": _T},
    newest_first=False,
    filters={
        "state": "f.state = ANY({}::text[])",
        "kind": "f.kind = {}",
        "person": "e.person_id = {}",
        "owner": "e.owner_id = {}",
        "sequence": "e.sequence = {}",
        "enrollment": "f.enrollment_id = {}",
        **_between("f.at"),
    },
)

REVIEWS: Listing[queries.ListedReviewsRow] = Listing(
    name="reviews",
    # Replies that a person must read and nobody has, in the order in which they were handed to people. What asks not
    # to be contacted was obeyed already.
    columns="""r.id, r.received_at, e.sequence, r.enrollment_id, e.state AS run_state, r.person_id, e.owner_id,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name, r.channel, r.label, r.intent,
               r.confidence, coalesce(r.score_reasons, '{}') AS reasons, r.detail ->> 'doubt' AS doubt,
               r.detail ->> 'authentication' AS authentication, r.detail ->> 'authenticated_by' AS authenticated_by,
               EXISTS (SELECT 1 FROM opt_out_hold h WHERE h.source = r.id AND h.ended_at IS NULL) AS confirm_opt_out,
               CASE WHEN i.detail -> 'reasons' ? 'wish_in_other_words' THEN i.text
                    ELSE coalesce(nullif(i.reply_text, ''), i.text, '') END AS text""",
    tables="""reaction r JOIN enrollment e ON e.id = r.enrollment_id
              LEFT JOIN person p ON p.id = r.person_id LEFT JOIN inbound i ON i.id = r.inbound_id""",
    where="""r.kind = 'replied' AND r.handled_at IS NOT NULL AND r.reviewed_at IS NULL
             AND coalesce(r.held_for_review, true) AND NOT coalesce(r.opt_out, false)""",
    keys={"r.handled_at": _I, "r.id": _T},
    newest_first=False,
    filters={
        "person": "r.person_id = {}",
        "owner": "e.owner_id = {}",
        "sequence": "e.sequence = {}",
        "label": "r.label = {}",
        "channel": "r.channel = {}",
        "owners": _VISIBLE.format(owner="e.owner_id"),
        "few_owners": _REPLIES_OF_FEW,
        "said": _SAID,
        **_between("r.received_at"),
    },
)

HOLDS: Listing[queries.ListedHoldsRow] = Listing(
    name="holds",
    columns="""h.scope, h.key, h.reason, h.since, h.asked_by, h.until,
               (SELECT count(*) FROM hold_run r WHERE r.hold_id = h.id) AS paused_runs""",
    tables="hold h",
    where="h.ended_at IS NULL",
    keys={"h.since": _I, "h.id": _T},
    newest_first=False,
    filters={
        "sequence": "h.scope = 'sequence' AND h.key = {}",
        "owner": "h.scope = 'owner' AND h.key = {}",
        **_between("h.since"),
    },
)

BATCHES: Listing[queries.ListedBatchesRow] = Listing(
    name="batches",
    columns="b.*",
    # What waits: held batches, then what max_per_day keeps for later.
    tables="""(SELECT q.sequence, q.state, q.batch_id, batch.origin, count(*)::integer AS records, min(q.at) AS since
               FROM rule_queue q LEFT JOIN rule_batch batch ON batch.id = q.batch_id
               GROUP BY q.sequence, q.state, q.batch_id, batch.origin) b""",
    keys={"b.state": _T, "b.since": _I, "b.sequence": _T, "coalesce(b.batch_id, '')": _T},
    newest_first=False,
    filters={"sequence": "b.sequence = {}", "state": "b.state = {}", **_between("b.since")},
)

FORMS: Listing[queries.ListedFormsRow] = Listing(
    name="forms",
    columns="""v.form, v.definition ->> 'name' AS name, v.version, v.published_at, v.definition,
               (SELECT count(*) FROM form_link k WHERE k.form = v.form) AS links,
               (SELECT count(*) FROM form_link k WHERE k.form = v.form AND k.submitted_at IS NOT NULL) AS answered""",
    tables="form_version v",
    where="NOT EXISTS (SELECT 1 FROM form_version n WHERE n.form = v.form AND n.version > v.version)",
    keys={"v.form": _T},
    newest_first=False,
    filters={"form": "v.form = {}", **_between("v.published_at")},
)

SUBMISSIONS: Listing[queries.ListedSubmissionsRow] = Listing(
    name="submissions",
    columns="""s.id, k.form, s.version, s.number, s.at, e.person_id, e.owner_id, k.enrollment_id, e.sequence,
               s.answers, s.consent,
               coalesce((SELECT jsonb_agg(jsonb_build_object('id', u.id, 'field', u.field, 'name', u.name,
                                                             'kind', u.kind, 'size', u.size) ORDER BY u.field)
                         FROM upload u WHERE u.submission_id = s.id), '[]') AS files""",
    tables="form_submission s JOIN form_link k ON k.id = s.link_id JOIN enrollment e ON e.id = k.enrollment_id",
    keys={"s.at": _I, "s.id": _T},
    filters={
        "form": "k.form = {}",
        "person": "e.person_id = {}",
        "owner": "e.owner_id = {}",
        "sequence": "e.sequence = {}",
        "enrollment": "k.enrollment_id = {}",
        **_between("s.at"),
    },
)

REPLIES: Listing[queries.ListedRepliesRow] = Listing(
    name="replies",
    # What a person said of a reply counts before what the model made of it.
    columns="""r.id, r.received_at, e.sequence, r.enrollment_id, e.state AS run_state, r.person_id, e.owner_id,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name,
               nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name, r.channel, i.sender,
               CASE WHEN i.detail -> 'reasons' ? 'wish_in_other_words' THEN i.text
                    ELSE coalesce(nullif(i.reply_text, ''), i.text, '') END AS text,
               coalesce(v.label, r.label) AS label, coalesce(v.intent, r.intent) AS intent,
               CASE WHEN v.id IS NULL THEN r.confidence END AS confidence,
               CASE WHEN v.id IS NOT NULL THEN 'person' WHEN r.label IS NOT NULL THEN 'model' END AS judged_by,
               coalesce(v.opt_out, r.opt_out, false) AS opt_out,
               r.handled_at IS NOT NULL AND r.reviewed_at IS NULL AND coalesce(r.held_for_review, true)
                   AND NOT coalesce(r.opt_out, false) AS needs_reading,
               coalesce(r.score_reasons, '{}') AS reasons, coalesce(w.decision, r.decision) AS decision,
               coalesce(w.decision_reason, r.decision_reason) AS decision_reason,
               r.detail ->> 'doubt' AS doubt,
               r.detail ->> 'authentication' AS authentication, r.detail ->> 'authenticated_by' AS authenticated_by,
               EXISTS (SELECT 1 FROM opt_out_hold h WHERE h.source = r.id AND h.ended_at IS NULL) AS confirm_opt_out,
               coalesce(v.not_theirs, false) AS not_theirs,
               t.state AS forwarding, t.reason AS forwarding_reason, t.decided_at AS forwarding_at""",
    tables="""reaction r JOIN enrollment e ON e.id = r.enrollment_id
              LEFT JOIN person p ON p.id = r.person_id LEFT JOIN owner o ON o.id = e.owner_id
              LEFT JOIN inbound i ON i.id = r.inbound_id
              LEFT JOIN reply_forwarding t ON t.reaction_id = r.id
              LEFT JOIN LATERAL (SELECT id, label, intent, opt_out, not_theirs FROM review
                                 WHERE reaction_id = r.id ORDER BY number DESC LIMIT 1) v ON true
              LEFT JOIN reaction w ON w.id = v.id""",
    where="r.kind = 'replied'",
    keys={"r.received_at": _I, "r.id": _T},
    filters={
        "id": "r.kind = 'replied' AND r.id = {}",
        "person": "r.person_id = {}",
        "owner": "e.owner_id = {}",
        "sequence": "e.sequence = {}",
        "enrollment": "r.enrollment_id = {}",
        "channel": "r.channel = {}",
        "label": "coalesce(v.label, r.label) = {}",
        "needs_reading": "(r.handled_at IS NOT NULL AND r.reviewed_at IS NULL AND coalesce(r.held_for_review, true) "
        "AND NOT coalesce(r.opt_out, false)) = {}::boolean",
        "owners": _VISIBLE.format(owner="e.owner_id"),
        "few_owners": _REPLIES_OF_FEW,
        "said": _SAID,
        "ids": "r.kind = 'replied' AND r.id = ANY({}::text[])",
        **_between("r.received_at"),
    },
    never_null=("text", "opt_out", "needs_reading", "reasons"),
)

COMPANY_OPT_OUTS: Listing[queries.ListedCompanyOptOutsRow] = Listing(
    name="company_opt_outs",
    columns="""o.reaction_id AS reply, o.state, o.client_id, o.domain, o.reasons, o.person_id, e.owner_id, e.sequence,
               o.noticed_at, o.decided_at, o.decided_by, o.people,
               coalesce(nullif(i.reply_text, ''), i.text, '') AS text""",
    tables="""company_opt_out o JOIN reaction r ON r.id = o.reaction_id JOIN enrollment e ON e.id = r.enrollment_id
              LEFT JOIN inbound i ON i.id = r.inbound_id""",
    keys={"o.noticed_at": _I, "o.reaction_id": _T},
    newest_first=False,
    filters={
        "id": "o.reaction_id = {}",
        "state": "o.state = {}",
        "client": "o.client_id = {}",
        "person": "o.person_id = {}",
        "owner": "e.owner_id = {}",
        "sequence": "e.sequence = {}",
        **_between("o.noticed_at"),
    },
    never_null=("text",),
)

CONSOLE_USERS: Listing[queries.ListedConsoleUsersRow] = Listing(
    name="console_users",
    columns="""u.id, u.email, u.name, u.role, u.owner_id, u.team, u.timezone, u.created_at, u.disabled_at,
               (SELECT nullif(concat_ws(' ', o.first_name, o.last_name), '') FROM owner o
                WHERE o.id = u.owner_id) AS owner_name,
               (SELECT max(s.last_used_at) FROM console_session s WHERE s.user_id = u.id) AS last_used_at""",
    tables="console_user u",
    keys={"u.created_at": _I, "u.id": _T},
    newest_first=False,
    filters={"id": "u.id = {}", "role": "u.role = {}"},
)

OWN_MAILBOXES: Listing[queries.ListedOwnMailboxesRow] = Listing(
    name="own_mailboxes",
    columns="""m.id, m.address, m.name, m.owner_id, m.pool, m.state, m.state_reason, m.state_since, m.retry_at,
               m.transport,
               m.transport_settings, m.transport_secret IS NOT NULL AS has_transport_secret, m.inbound,
               m.inbound_settings, m.inbound_secret IS NOT NULL AS has_inbound_secret, m.reply_to, m.limits,
               m.signature_text, m.signature_html, m.started_on, m.added_at, m.added_by, m.changed_at,
               (SELECT count(*) FROM enrollment e WHERE e.mailbox_id = m.id
                AND e.state NOT IN ('stopped', 'finished')) AS open_runs""",
    tables="mailbox m",
    keys={"m.address": _T, "m.id": _T},
    newest_first=False,
    where="m.id IS NOT NULL",
    filters={"id": "m.id = {}", "owner": "m.owner_id = {}", "state": "m.state = {}", "pool": "m.pool = {}"},
    never_null=(
        *("id", "state", "state_since", "transport", "transport_settings", "inbound", "inbound_settings", "reply_to"),
        *("added_at", "added_by", "changed_at", "open_runs", "has_transport_secret", "has_inbound_secret"),
    ),
)

WEBHOOK_ENDPOINTS: Listing[queries.ListedWebhookEndpointsRow] = Listing(
    name="webhook_endpoints",
    columns="w.id, w.name, w.url, w.created_at, w.created_by, w.rotated_at, w.former_until",
    tables="webhook_endpoint w",
    keys={"w.created_at": _I, "w.id": _T},
    where="w.removed_at IS NULL",
    filters={"id": "w.id = {}"},
)

WEBHOOK_TRIES: Listing[queries.ListedWebhookTriesRow] = Listing(
    name="webhook_tries",
    columns="t.id, t.webhook_id, t.at, t.outcome, t.words",
    tables="webhook_try t",
    keys={"t.at": _I, "t.id": _N},
    filters={"url": "t.url = {}"},
)

CRM_WRITES: Listing[queries.ListedCrmWritesRow] = Listing(
    name="crm_writes",
    columns="""w.id, w.crm, w.occasion, w.kind, w.entity, w.record, w.person_id, w.at, w.state, w.tries, w.next_try_at,
               w.settled_at, w.result, w.made""",
    tables="crm_write w",
    keys={"w.at": _I, "w.id": _T},
    filters={"id": "w.id = {}", "state": "w.state = {}", "person": "w.person_id = {}"},
)

AUDIT_EVENTS: Listing[queries.ListedAuditEventsRow] = Listing(
    name="audit_events",
    columns="""a.id, a.at, a.way, a.user_id, u.email, u.name, a.act, a.subject, a.address, a.session_id,
               a.token_id, t.name AS token_name, a.detail""",
    tables="""audit_event a LEFT JOIN console_user u ON u.id = a.user_id
              LEFT JOIN api_token t ON t.id = a.token_id""",
    keys={"a.at": _I, "a.id": _N},
    filters={
        "user": "a.user_id = {}",
        "token": "a.token_id = {}",
        "act": "a.act = {}",
        "subject": "a.subject = {}",
        **_between("a.at"),
    },
)

API_TOKENS: Listing[queries.ListedApiTokensRow] = Listing(
    name="api_tokens",
    columns="""t.id, t.name, t.scopes, t.created_at, t.created_by, t.rotated_at, t.former_until, t.expires_at,
               t.last_used_at, t.revoked_at, t.revoked_by,
               (SELECT u.name FROM console_user u WHERE t.created_by = 'user:' || u.id) AS created_by_name""",
    tables="api_token t",
    keys={"t.created_at": _I, "t.id": _T},
    filters={"id": "t.id = {}", "revoked": "(t.revoked_at IS NOT NULL) = {}::boolean"},
)

JOBS: Listing[queries.ListedJobsRow] = Listing(
    name="jobs",
    columns="""j.id, j.kind, j.subject, j.request, j.user_id, u.name AS user_name, j.state, j.total, j.done, j.result,
               j.notes, j.problem, j.created_at, j.started_at, j.ended_at, j.cancel_asked_at,
               (SELECT coalesce(v.definition ->> 'name', v.sequence) FROM sequence_version v
                WHERE v.sequence = split_part(j.subject, ':', 2) AND starts_with(j.subject, 'sequence:')
                ORDER BY v.version DESC LIMIT 1) AS sequence_name""",
    tables="job j LEFT JOIN console_user u ON u.id = j.user_id",
    keys={"j.created_at": _I, "j.id": _T},
    filters={
        "id": "j.id = {}",
        "user": "j.user_id = {}",
        "subject": "j.subject = {}",
        "open": "(j.state IN ('waiting', 'running')) = {}::boolean",
    },
)

RUN_OUTCOMES: Listing[queries.ListedRunOutcomesRow] = Listing(
    name="run_outcomes",
    # Names are asked for those alone who are shown (names_of_outcomes): of what is looked at they may be few.
    columns="""o.enrollment_id, o.sequence, o.version, o.earlier_versions, o.person_id, o.owner_id, o.entered_at,
               o.state, o.facts, o.often, 1 AS number, NULL::date AS week""",
    tables="run_outcome o",
    keys={"o.entered_at": _I, "o.enrollment_id": _T},
    filters={
        "sequence": "o.sequence = {}",
        "version": "(o.version = {0} OR {0} = ANY(o.earlier_versions))",
        # The same of a sequence whose runs have all stayed on their version: an index has their order.
        "only_version": "o.version = {}",
        "owner": "o.owner_id = {}",
        "unowned": "(o.owner_id IS NULL) = {}::boolean",
        "owners": _VISIBLE.format(owner="o.owner_id"),
        "state": "o.state = {}",
        # Both, so that the index serves.
        "outcomes": "outcome_keys(o.sequence, o.facts) <> '{{}}' AND outcome_keys(o.sequence, o.facts) && {}::text[]",
        "facts": "o.facts ~ {}",
        "people": "o.person_id = ANY({}::text[])",
        **_between("o.entered_at"),
    },
    never_null=("number",),
)

PLANNED_STEPS: Listing[queries.ListedPlannedStepsRow] = Listing(
    name="planned_steps",
    # The zone and the name are asked for each line of a page: the rest of a step is in an index.
    columns="""s.due_at, (SELECT t.timezone FROM enrollment_step t
                          WHERE t.enrollment_id = s.enrollment_id AND t.step = s.step) AS timezone,
               e.id AS enrollment_id, e.person_id,
               (SELECT nullif(concat_ws(' ', p.first_name, p.last_name), '') FROM person p
                WHERE p.id = e.person_id) AS person_name,
               e.state = 'paused' OR EXISTS (SELECT FROM holds_over(e.sequence, e.owner_id)) AS held""",
    tables="enrollment_step s JOIN enrollment e ON e.id = s.enrollment_id",
    where="s.state = 'planned' AND s.due_at IS NOT NULL AND run_is_open(e.state)",
    keys={"s.due_at": _I, "e.id": _T},
    newest_first=False,
    filters={
        "sequence": "e.sequence = {}",
        "step": "s.step = {}",
        "owners": _VISIBLE.format(owner="e.owner_id"),
        **_between("s.due_at"),
    },
    never_null=("due_at", "held"),
)

# The head of a mail is enough for its subject, and a mail may be large.
_IN_HAND = """i.id, i.channel, i.received_at, i.event, i.sender, i.state, i.dismissed_at, i.dismissed_by,
               left(coalesce(nullif(i.reply_text, ''), i.text), 2000) AS text, substring(i.raw FOR 16384) AS head,
               i.detail"""

MAIL_WITHOUT_RUN: Listing[queries.ListedMailWithoutRunRow] = Listing(
    name="mail_without_run",
    columns=_IN_HAND,
    tables="inbound i",
    where="i.state = 'unmatched'",
    keys={"i.received_at": _I, "i.id": _T},
    filters={"id": "i.id = {}", "attached": _ATTACHED},
    never_null=("text", "head"),
)

SET_ASIDE: Listing[queries.ListedSetAsideRow] = Listing(
    name="set_aside",
    columns=_IN_HAND,
    tables="inbound i",
    where="i.state = 'ignored' AND i.dismissed_at IS NOT NULL",
    keys={"i.dismissed_at": _I, "i.id": _T},
    filters={"attached": _ATTACHED},
    never_null=("text", "head"),
)

UNKNOWN_SENDS: Listing[queries.ListedUnknownSendsRow] = Listing(
    name="unknown_sends",
    columns="""s.id, s.enrollment_id, s.person_id, e.owner_id, e.sequence, s.step, s.channel, s.recipient, s.subject,
               s.claimed_at, s.reason, s.looked_at, s.next_look_at, e.state AS run_state,
               coalesce(v.definition ->> 'name', e.sequence) AS sequence_name,
               coalesce(v.definition ->> 'if_unknown', 'assume_sent') AS if_unknown,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name,
               nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name""",
    tables="""send s JOIN enrollment e ON e.id = s.enrollment_id
              JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = s.person_id LEFT JOIN owner o ON o.id = e.owner_id""",
    where="s.state = 'unknown' AND s.resolution IS NULL",
    keys={"coalesce(s.claimed_at, s.planned_at)": _I, "s.id": _T},
    newest_first=False,
    filters={"id": "s.id = {}", "owners": _VISIBLE.format(owner="e.owner_id")},
    never_null=("sequence_name", "if_unknown"),
)

SUPPRESSIONS_FOUND: Listing[queries.ListedSuppressionsFoundRow] = Listing(
    name="suppressions_found",
    columns="""s.id, s.person_id, s.address, s.channel, s.reason, s.source, s.since, s.lifted_at,
               p.owner_id, p.email, p.phone, u.name AS source_name, k.lifted_by, k.reason AS lifted_because,
               -- Whose people have an address that was suppressed alone.
               ARRAY(SELECT o.owner_id FROM person o
                     WHERE s.person_id IS NULL AND o.email_key = s.address AND o.deleted_at IS NULL
                     UNION SELECT o.owner_id FROM person o
                     WHERE s.person_id IS NULL AND o.phone_key = s.address AND o.deleted_at IS NULL) AS address_owners,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name""",
    tables="""suppression s LEFT JOIN person p ON p.id = s.person_id
              LEFT JOIN suppression_lift k ON k.suppression_id = s.id
              LEFT JOIN console_user u ON s.source = 'user:' || u.id""",
    keys={"s.since": _I, "s.id": _N},
    filters={
        "id": "s.id = {}",
        "lifted": "(s.lifted_at IS NOT NULL) = {}::boolean",
        "reason": "s.reason = {}",
        "channel": "s.channel = {}",
        # An address that it covers, or the one that it was made for: the former end with it.
        "beginning": """s.id IN (
            SELECT a.suppression_id FROM suppressed_address a
            WHERE a.address COLLATE "C" >= {0} AND a.address COLLATE "C" < {0} || chr(1114111)
            UNION SELECT x.id FROM suppression x WHERE x.address IS NOT NULL
              AND x.address COLLATE "C" >= {0} AND x.address COLLATE "C" < {0} || chr(1114111))""",
        "address": """s.id = ANY(ARRAY(SELECT a.suppression_id FROM suppressed_address a WHERE a.address = {0}
            UNION SELECT x.id FROM suppression x WHERE x.address = {0}))""",
    },
)

_OF_RUN = """v.definition ->> 'name' AS sequence_name, e.sequence, e.state AS run_state,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name,
               nullif(concat_ws(' ', o.first_name, o.last_name), '') AS owner_name"""
_RUN_OF = """LEFT JOIN enrollment e ON e.id = {made}.enrollment_id
              LEFT JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = {made}.person_id"""

LEADS_SEEN: Listing[queries.ListedLeadsSeenRow] = Listing(
    name="leads_seen",
    columns=f"l.id, l.person_id, l.owner_id, l.created_at AS at, l.source, {_OF_RUN}",
    tables=f"lead l {_RUN_OF.format(made='l')} LEFT JOIN owner o ON o.id = l.owner_id",
    keys={"l.created_at": _I, "l.id": _T},
    # Both, so that an index serves, and a lead whose run is gone belongs to no sequence.
    filters={
        "sequence": "l.sequence = {0} AND e.sequence = {0}",
        "owners": _VISIBLE.format(owner="l.owner_id"),
    },
)

MEMBERS_SEEN: Listing[queries.ListedMembersSeenRow] = Listing(
    name="members_seen",
    columns=f"m.list, m.person_id, p.owner_id, m.added_at AS at, {_OF_RUN}",
    tables=f"list_member m {_RUN_OF.format(made='m')} LEFT JOIN owner o ON o.id = p.owner_id",
    keys={"m.added_at": _I, "m.person_id": _T},
    filters={
        "list": "m.list = {}",
        "sequence": "e.sequence = {}",
        "owners": """m.person_id = ANY(ARRAY(
            SELECT own.id FROM person own WHERE own.owner_id IS NULL OR own.owner_id = ANY({}::text[])))""",
    },
)

MAILBOX_MESSAGES: Listing[queries.ListedMailboxMessagesRow] = Listing(
    name="mailbox_messages",
    columns="""m.send_id, m.step, m.sent_at, m.planned_at, m.hard, m.soft, m.complained, m.opted_out, e.sequence,
               v.definition ->> 'name' AS sequence_name, e.person_id, e.owner_id,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name""",
    tables="""mailbox_messages({since}) m JOIN enrollment e ON e.id = m.enrollment_id
              JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = e.person_id""",
    keys={"m.planned_at": _I, "m.send_id": _T},
    filters={
        "channel": "m.channel = {}",
        "mailbox": "m.address = {}",
        "hard": "m.hard = {}::boolean",
        "soft": "m.soft = {}::boolean",
        "complained": "m.complained = {}::boolean",
        "opted_out": "m.opted_out = {}::boolean",
        "owners": _VISIBLE.format(owner="e.owner_id"),
    },
    never_null=("send_id", "step", "planned_at", "hard", "soft", "complained", "opted_out"),
    given=("since",),
)

NEXT_STEPS: Listing[queries.ListedNextStepsRow] = Listing(
    name="next_steps",
    # What is asked here is asked of the page alone; a join would be made of all steps before a page of them is taken.
    columns="""n.due_at, n.step, n.enrollment_id, n.sequence, n.state,
               (SELECT t.timezone FROM enrollment_step t
                WHERE t.enrollment_id = n.enrollment_id AND t.step = n.step) AS timezone,
               (SELECT v.definition ->> 'name' FROM enrollment e
                JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
                WHERE e.id = n.enrollment_id) AS sequence_name,
               (SELECT e.person_id FROM enrollment e WHERE e.id = n.enrollment_id) AS person_id,
               (SELECT nullif(concat_ws(' ', p.first_name, p.last_name), '')
                FROM enrollment e JOIN person p ON p.id = e.person_id WHERE e.id = n.enrollment_id) AS person_name,
               (SELECT h.reason FROM holds_over(n.sequence, n.owner_id) h ORDER BY h.since LIMIT 1) AS hold_reason""",
    tables="next_steps({until}, {owners}, {by_runs}) n",
    keys={"n.due_at": _I, "n.enrollment_id": _T, "n.step": _T},
    newest_first=False,
    filters={"goes": "n.goes = {}::boolean"},
    never_null=("due_at", "step", "enrollment_id", "sequence", "state", "person_id"),
    given=("until", "owners", "by_runs"),
)

# The same by the clock: as a join of its own it is read in order, and ends with the page.
NEXT_STEPS_BY_CLOCK: Listing[queries.ListedNextStepsByClockRow] = Listing(
    name="next_steps_by_clock",
    columns=NEXT_STEPS.columns,
    tables="next_steps_by_clock({until}, {owners}) n",
    keys=NEXT_STEPS.keys,
    newest_first=False,
    filters=NEXT_STEPS.filters,
    never_null=NEXT_STEPS.never_null,
    given=("until", "owners"),
)

HOLD_RUNS: Listing[queries.ListedHoldRunsRow] = Listing(
    name="hold_runs",
    columns="""r.enrollment_id, r.paused_at AS at, e.sequence, v.definition ->> 'name' AS sequence_name, e.person_id,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name, e.state, e.reason""",
    tables="""hold_run r JOIN enrollment e ON e.id = r.enrollment_id
              JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = e.person_id""",
    keys={"r.enrollment_id": _T},
    newest_first=False,
    filters={"hold": "r.hold_id = {}", "owners": _VISIBLE.format(owner="e.owner_id")},
)

JOB_RUNS: Listing[queries.ListedJobRunsRow] = Listing(
    name="job_runs",
    columns="""e.id AS enrollment_id, c.at, e.sequence, v.definition ->> 'name' AS sequence_name, e.person_id,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name, e.state, e.reason""",
    tables="""enrollment_event c JOIN enrollment e ON e.id = c.enrollment_id
              JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = e.person_id""",
    # As the index enrollment_event_job says it.
    where="c.key LIKE 'command:%'",
    keys={"c.enrollment_id": _T},
    newest_first=False,
    filters={
        "commands": "left(c.key, -length(c.enrollment_id)) = 'command:' || {}::text",
        "owners": _VISIBLE.format(owner="e.owner_id"),
        "few_owners": _RUNS_OF_FEW.format(run="c.enrollment_id"),
    },
)

MAILBOX_RUNS: Listing[queries.ListedMailboxRunsRow] = Listing(
    name="mailbox_runs",
    columns="""e.id AS enrollment_id, e.enrolled_at AS at, e.sequence, v.definition ->> 'name' AS sequence_name,
               e.person_id, nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name, e.state, e.reason""",
    tables="""enrollment e JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = e.person_id""",
    # As the index enrollment_mailbox says it.
    where="e.mailbox_id IS NOT NULL AND e.state NOT IN ('stopped', 'finished')",
    keys={"e.id": _T},
    newest_first=False,
    filters={"mailbox": "e.mailbox_id = {}", "owners": _VISIBLE.format(owner="e.owner_id")},
)

GIVEN_UP: Listing[queries.ListedGivenUpRow] = Listing(
    name="given_up",
    # Whatever is counted as given up: of each kind that there is.
    columns="""f.id, f.kind, f.arguments, f.event, f.result, f.at, f.tries, f.settled_at, e.sequence,
               v.definition ->> 'name' AS sequence_name, e.person_id,
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name""",
    tables="""follow_up f JOIN enrollment e ON e.id = f.enrollment_id
              JOIN sequence_version v ON v.sequence = e.sequence AND v.version = e.version
              LEFT JOIN person p ON p.id = e.person_id""",
    where="f.state = 'dead'",
    keys={"f.at": _I, "f.id": _T},
    filters={"owners": _VISIBLE.format(owner="e.owner_id")},
)
