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
        "state": "e.state = ANY({}::text[])",
        "person": "e.person_id = {}",
        # A run is about a placement, its person, or one who was merged into its person: each has an index.
        "record": "e.record_id = {0} AND ((e.record_type = 'placement' AND e.record_id = {0}) OR e.person_id = {0} "
        "OR e.merged_from = {0})",
        "owner": "e.owner_id = {}",
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

LEADS: Listing[queries.ListedLeadsRow] = Listing(
    name="leads",
    columns="l.*, e.sequence",
    tables="lead l LEFT JOIN enrollment e ON e.id = l.enrollment_id",
    keys={"l.created_at": _I, "l.id": _T},
    filters={
        "id": "l.id = {}",
        "person": "l.person_id = {}",
        "owner": "l.owner_id = {}",
        "source": "l.source = {}",
        "enrollment": "l.enrollment_id = {}",
        "sequence": "e.sequence = {}",
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

SUPPRESSIONS: Listing[queries.SuppressionRow] = Listing(
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
               r.confidence, coalesce(r.score_reasons, '{}') AS reasons,
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
        "channel": "r.channel = {}",
        **_between("r.received_at"),
    },
)

HOLDS: Listing[queries.ListedHoldsRow] = Listing(
    name="holds",
    columns="""h.scope, h.key, h.reason, h.since,
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
               nullif(concat_ws(' ', p.first_name, p.last_name), '') AS person_name, r.channel, i.sender,
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
               t.state AS forwarding, t.reason AS forwarding_reason, t.decided_at AS forwarding_at""",
    tables="""reaction r JOIN enrollment e ON e.id = r.enrollment_id
              LEFT JOIN person p ON p.id = r.person_id LEFT JOIN inbound i ON i.id = r.inbound_id
              LEFT JOIN reply_forwarding t ON t.reaction_id = r.id
              LEFT JOIN LATERAL (SELECT id, label, intent, opt_out FROM review
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
