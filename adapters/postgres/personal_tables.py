"""Every table that holds data about a person: how rows are found, which columns hold their data, what erasing does.

A test compares this list with the schema, column by column: a new column that can hold text fails it until it is here,
or in the test's own list of columns without personal data. What is here is exported and erased.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final


class PersonKey(enum.StrEnum):
    """What is known of a person: ids and addresses by which rows are found. Each is a parameter of ``where``."""

    PEOPLE = "people"
    ADDRESSES = "addresses"
    PLACEMENTS = "placements"
    RUNS = "runs"
    DELIVERIES = "deliveries"
    SENDS = "sends"
    LINKS = "links"
    REACTIONS = "reactions"
    INBOUND = "inbound"
    NOTICE_MAILS = "notice_mails"
    FORM_LINKS = "form_links"
    SUBMISSIONS = "submissions"
    SUPPRESSIONS = "suppressions"
    EVENTS = "events"


class EraseAct(enum.StrEnum):
    """What erasing a person does to a row."""

    DELETE = "delete"
    EMPTY = "empty"
    """The row stays, without what is in its personal columns."""
    KEEP = "keep"


@dataclass(frozen=True)
class Erasing:
    """What erasing a person does to their rows of a table.

    Attributes:
        act: what.
        why: of rows that stay: why they do, for people.
        also: further columns that are emptied: what says something of the person though it is no text of theirs.
        values: SQL of what a column gets. One that is not here gets NULL, or the empty value of its kind. The
            parameters are those of ``where``, and ``{now}``.
        where: a condition in place of the table's own: rows that are about others too are not touched.
    """

    act: EraseAct
    why: str = ""
    also: tuple[str, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict)
    where: str | None = None


@dataclass(frozen=True)
class PersonalTable:
    """Rows of a table that are about a person.

    Attributes:
        name: of the table. It may be here twice, with other conditions.
        title: a heading for people.
        where: a condition with the parameters of ``PersonKey`` that tables before this one give.
        order: the columns by which rows are ordered.
        erasing: what becomes of the rows when the person is erased.
        personal: columns that may hold personal data.
        gives: by column, what it adds to what is known.
        left_out: columns that are not exported: raw forms of what is there in words, and what is only compared.
        instead: SQL in place of a column, with the same parameters.
    """

    name: str
    title: str
    where: str
    order: str
    erasing: Erasing
    personal: tuple[str, ...] = ()
    gives: Mapping[str, PersonKey] = field(default_factory=dict)
    left_out: tuple[str, ...] = ()
    instead: Mapping[str, str] = field(default_factory=dict)


def _columns(names: str) -> tuple[str, ...]:
    return tuple(names.split())


_OF_PERSON: Final = "person_id = ANY({people})"
_OF_RUN: Final = "enrollment_id = ANY({runs})"
_OF_BOTH: Final = f"{_OF_PERSON} OR {_OF_RUN}"
_OF_REACTION: Final = "reaction_id = ANY({reactions})"
# The event of the CRM told many records: only what it says of this person is theirs.
_OWN_RESULTS: Final = """(SELECT jsonb_agg(r) FROM jsonb_array_elements(answer -> 'results') r
    WHERE (r ->> 'entity' = 'person' AND r ->> 'id' = ANY({people}))
       OR (r ->> 'entity' = 'placement' AND r ->> 'id' = ANY({placements})))"""
# What an event said of the person goes, what it said of others stays.
_ANSWER_WITHOUT: Final = """CASE WHEN answer ? 'results' THEN jsonb_set(answer, '{{results}}', (
    SELECT coalesce(jsonb_agg(CASE
        WHEN (r.value ->> 'entity' = 'person' AND r.value ->> 'id' = ANY({people}))
          OR (r.value ->> 'entity' = 'placement' AND r.value ->> 'id' = ANY({placements}))
        THEN r.value - '{{reason,problems,warnings}}'::text[] ELSE r.value END
        ORDER BY r.ordinality), '[]')
    FROM jsonb_array_elements(answer -> 'results') WITH ORDINALITY AS r)) ELSE answer END"""
_INBOUND: Final = (
    "id = ANY({inbound}) OR send_id = ANY({sends}) OR attached_to = ANY({runs}) "
    "OR (send_id IS NULL AND attached_to IS NULL AND lower(sender) = ANY({addresses}))"
)
# Ids of people are the CRM's, and another thing may have the same; our own ids are unlike.
_AUDITED: Final = """EXISTS (SELECT FROM unnest(string_to_array(subject, ' ')) AS word
    WHERE (split_part(word, ':', 1) = 'person' AND split_part(word, ':', 2) = ANY({people}))
       OR split_part(word, ':', 2) = ANY({runs} || {reactions} || {sends} || {inbound}))"""
# It forbids this person's address, too; whose word it was is no business of theirs.
_OWN_ID: Final = "CASE WHEN person_id = ANY({people}) THEN person_id END"
_RECORD_IS: Final = "entity = '{entity}' AND entity_id = ANY({{{known}}})"


def _of_record(entity: str, known: PersonKey) -> str:
    return _RECORD_IS.format(entity=entity, known=known)


_PERSON_COLUMNS: Final = _columns(
    "type first_name last_name email phone timezone status company job_title city language source available_from "
    "created_at resume whatsapp_opt_in whatsapp_opt_in_source custom email_key phone_key"
)
_CHANGES: Final[Mapping[str, PersonKey]] = {"event_id": PersonKey.EVENTS}

_DELETE: Final = Erasing(EraseAct.DELETE)


def _empty(why: str, also: str = "", values: Mapping[str, str] | None = None, where: str | None = None) -> Erasing:
    return Erasing(EraseAct.EMPTY, why, _columns(also), values or {}, where)


def _keep(why: str) -> Erasing:
    return Erasing(EraseAct.KEEP, why)


_COUNTED: Final = "counts for statistics"
_OPAQUE: Final = "ids, states and instants alone"
# A second delivery of the same message is known by the row's id, which is made of the key.
_NO_KEY: Final = {"key": "'erased:' || id"}
_ONCE_DELETED: Final = {"deleted_at": "coalesce(deleted_at, {now})"}
# A list or digest is about others too and goes out as it is: until then its words are needed, and the notifications
# are how it is found.
_ON_ITS_WAY: Final = (
    "EXISTS (SELECT FROM notice_mail m WHERE m.id = notification.mail_id AND m.kind NOT IN ('single', 'reply') "
    "AND m.state IN ('planned', 'claimed'))"
)
# Nobody else is meant: what is to be confirmed has gone, and the wish counts as one.
_THEIRS_ALONE: Final = "((people <> '{{}}' AND people <@ {people}) OR (people = '{{}}' AND addresses <@ {addresses}))"
_NO_ADDRESS: Final = {"address": "CASE WHEN address IS NOT NULL THEN 'erased:' || id END"}

PERSONAL_TABLES: Final = (
    # First, since what is read first is erased last: until then its addresses are what is looked for.
    PersonalTable(
        "erasure", "Erasing", _OF_PERSON, "asked_at", _empty("what was erased, by numbers alone"), ("addresses",)
    ),
    PersonalTable(
        "person",
        "The record",
        "id = ANY({people})",
        "id",
        _empty(
            "the id, so that what is counted has a person, and a merge is known",
            "owner_id client_id field_lineage last_contacted last_shortlisted last_interviewed last_placed "
            "last_replied resume_updated created",
            _ONCE_DELETED,
        ),
        _PERSON_COLUMNS,
        {"email_key": PersonKey.ADDRESSES, "phone_key": PersonKey.ADDRESSES},
        left_out=("email_key", "phone_key"),
    ),
    PersonalTable("person_event", "Events", _OF_PERSON, "at, id", _DELETE, ("source",)),
    PersonalTable(
        "placement",
        "Placements",
        _OF_PERSON,
        "id",
        _empty("the id, for the runs about it", "client_id owner_id field_lineage", _ONCE_DELETED),
        _columns("status start_date end_date job_title timezone location meeting_with custom"),
        {"id": PersonKey.PLACEMENTS},
    ),
    PersonalTable(
        "enrollment",
        "Enrollments",
        f"{_OF_PERSON} OR merged_from = ANY({{people}})",
        "enrolled_at, id",
        _empty(_COUNTED),
        ("reason",),
        {"id": PersonKey.RUNS},
    ),
    PersonalTable("enrollment_event", "Events of enrollments", _OF_RUN, "at, id", _DELETE, ("detail",)),
    PersonalTable("enrollment_pause", "Pauses", _OF_RUN, "started_at, enrollment_id", _DELETE, ("reason",)),
    PersonalTable(
        "enrollment_step", "Steps", _OF_RUN, "enrollment_id, position", _empty(_COUNTED), ("reason", "timezone")
    ),
    PersonalTable("hold_run", "Holds", _OF_RUN, "paused_at, enrollment_id", _DELETE),
    PersonalTable("run_outcome", "What is counted", _OF_RUN, "entered_at, enrollment_id", _keep(_COUNTED)),
    PersonalTable("run_outcome_mark", "What is to be counted", _OF_RUN, "enrollment_id", _keep(_COUNTED)),
    PersonalTable(
        "follow_up",
        "Follow-ups",
        _OF_RUN,
        "at, id",
        _empty(
            "that it was done is done once",
            values={
                "state": "CASE WHEN state IN ('pending', 'dead') THEN 'failed' ELSE state END",
                "settled_at": "coalesce(settled_at, {now})",
            },
        ),
        ("arguments", "result"),
        {"id": PersonKey.DELIVERIES},
    ),
    PersonalTable(
        "webhook_try",
        "Tries of webhooks",
        "webhook_id = ANY({deliveries})",
        "at, id",
        _empty("how often a receiver answers is counted"),
        ("words",),
        left_out=("url",),
    ),
    PersonalTable(
        "send",
        "Messages to the person",
        _OF_BOTH,
        "planned_at, id",
        _empty("counts for statistics, and answers to it are known as such"),
        _columns("recipient recipient_key subject content text code reason provider_error undelivered_reason"),
        {"id": PersonKey.SENDS, "recipient_key": PersonKey.ADDRESSES},
        left_out=("content", "recipient_key"),
    ),
    PersonalTable(
        "send_link",
        "Links in messages",
        "send_id = ANY({sends})",
        "send_id, position",
        _empty(
            _COUNTED, values={"target": "CASE WHEN target = 'open:' OR target IS NULL THEN target ELSE 'erased:' END"}
        ),
        ("target",),
        {"id": PersonKey.LINKS},
    ),
    PersonalTable("hit", "Requests of links", "link_id = ANY({links})", "at, id", _DELETE, ("user_agent", "address")),
    PersonalTable(
        "text_report",
        "Reports about text messages",
        "send_id = ANY({sends})",
        "at, provider_message_id",
        _keep(_OPAQUE),
    ),
    PersonalTable(
        "message_test",
        "Tests of messages with the person's data",
        _OF_PERSON,
        "claimed_at, id",
        _DELETE,
        ("recipient", "reason"),
    ),
    PersonalTable(
        "reaction",
        "Reactions",
        _OF_BOTH,
        "received_at, id",
        _empty(
            _COUNTED,
            values={
                **_NO_KEY,
                # A tap that was taken back is not counted.
                "detail": "jsonb_strip_nulls(jsonb_build_object('taken_back', detail -> 'taken_back'))",
                "handled_at": "coalesce(handled_at, {now})",
                "delivered_at": "coalesce(delivered_at, {now})",
                "reviewed_at": "CASE WHEN held_for_review THEN coalesce(reviewed_at, {now}) ELSE reviewed_at END",
            },
        ),
        _columns("key detail score_reasons decision_reason address"),
        {"id": PersonKey.REACTIONS, "inbound_id": PersonKey.INBOUND},
        left_out=("key",),
    ),
    PersonalTable(
        "inbound",
        "Messages from the person",
        _INBOUND,
        "received_at, id",
        _empty(
            "the same message is not stored again",
            "holds",
            {**_NO_KEY, "state": "CASE WHEN state = 'unmatched' THEN 'ignored' ELSE state END"},
            f"({_INBOUND}) AND NOT EXISTS (SELECT FROM reaction r WHERE r.inbound_id = inbound.id "
            "AND r.person_id <> ALL({people}))",
        ),
        _columns("key raw sender text reply_text detail"),
        {"id": PersonKey.INBOUND},
        left_out=("key", "raw"),
    ),
    PersonalTable("waiting_attachment", "Messages being attached", "inbound_id = ANY({inbound})", "asked_at", _DELETE),
    PersonalTable("review", "Reviews of replies", _OF_REACTION, "reviewed_at, id", _empty(_COUNTED), ("note",)),
    PersonalTable("waiting_review", "Reviews being given", _OF_REACTION, "said_at", _DELETE),
    PersonalTable(
        "reply_forwarding",
        "Replies on their way to the recruiter",
        _OF_REACTION,
        "due_at, reaction_id",
        _DELETE,
        ("reason",),
        {"mail_id": PersonKey.NOTICE_MAILS},
    ),
    PersonalTable(
        "notification",
        "Notifications of the recruiter",
        _OF_BOTH,
        "created_at, id",
        Erasing(EraseAct.DELETE, where=f"({_OF_BOTH}) AND NOT {_ON_ITS_WAY}"),
        ("title",),
        {"mail_id": PersonKey.NOTICE_MAILS},
    ),
    PersonalTable(
        # Lists and digests are about other people too.
        "notice_mail",
        "Mails to the recruiter about the person alone",
        "id = ANY({notice_mails}) AND kind IN ('single', 'reply')",
        "created_at, id",
        _empty(
            "how many mails an owner gets is counted",
            values={
                "state": "CASE WHEN state = 'planned' THEN 'cancelled' ELSE state END",
                "decided_at": "coalesce(decided_at, {now})",
            },
            # Of lists and digests nobody needs the words once they were sent.
            where="id = ANY({notice_mails}) AND (kind IN ('single', 'reply') OR state NOT IN ('planned', 'claimed'))",
        ),
        ("content", "reason"),
        left_out=("content",),
    ),
    PersonalTable(
        "answer",
        "Answers of the recruiter",
        f"{_OF_PERSON} OR {_OF_REACTION}",
        "asked_at, id",
        _DELETE,
        _columns("recipient recipient_key subject content text code reason"),
        left_out=("content", "recipient_key", "envelope_from"),
    ),
    PersonalTable(
        "company_opt_out",
        "Opt-outs for a company",
        f"{_OF_PERSON} OR {_OF_REACTION}",
        "noticed_at",
        _DELETE,
        ("domain",),
    ),
    PersonalTable("task", "Tasks", _OF_BOTH, "created_at, id", _DELETE, ("title", "description", "reason")),
    # What is planned to be written to the CRM comes from the stream: what erases goes through this list backwards, so
    # the events go first. That somebody was erased is told to others after that, by the id alone.
    PersonalTable(
        "crm_write",
        "What was written to the CRM",
        f"{_OF_PERSON} AND occasion <> 'erased'",
        "at, id",
        _DELETE,
        _columns("body result written"),
    ),
    PersonalTable(
        "event_delivery",
        "Events on their way to other systems",
        f"{_OF_PERSON} AND NOT EXISTS (SELECT FROM stream_event told WHERE told.position = event_delivery.position "
        "AND told.type = 'person.erased')",
        "position, endpoint_id",
        _DELETE,
    ),
    PersonalTable(
        "stream_event",
        "Events for other systems",
        f"{_OF_PERSON} AND type <> 'person.erased'",
        "written",
        _DELETE,
        ("detail",),
    ),
    PersonalTable("lead", "Leads", _OF_BOTH, "created_at, id", _DELETE),
    PersonalTable("list_member", "Lists", _OF_PERSON, "list, person_id", _DELETE),
    PersonalTable("form_link", "Links to forms", _OF_RUN, "made_at, id", _DELETE, gives={"id": PersonKey.FORM_LINKS}),
    PersonalTable(
        "form_submission",
        "Answers to forms",
        "link_id = ANY({form_links})",
        "at, id",
        _DELETE,
        ("answers", "consent"),
        {"id": PersonKey.SUBMISSIONS},
        left_out=("digest",),
    ),
    PersonalTable("upload", "Files", "submission_id = ANY({submissions})", "at, id", _DELETE, ("name",)),
    PersonalTable(
        "suppression",
        "Suppressions",
        f"{_OF_PERSON} OR address = ANY({{addresses}})",
        "since, id",
        _empty("that the person must not be contacted; the address is kept as a keyed hash", values=_NO_ADDRESS),
        ("address",),
        {"id": PersonKey.SUPPRESSIONS},
        instead={"person_id": _OWN_ID},
    ),
    PersonalTable(
        "suppressed_address",
        "Suppressed addresses",
        "address = ANY({addresses}) OR suppression_id::text = ANY({suppressions})",
        "address, suppression_id",
        Erasing(EraseAct.DELETE, where="address = ANY({addresses})"),
        ("address",),
    ),
    PersonalTable(
        "suppression_lift",
        "Lifted suppressions",
        "suppression_id::text = ANY({suppressions})",
        "at, suppression_id",
        _empty(
            "that it was lifted",
            where="suppression_id IN (SELECT id FROM suppression WHERE person_id = ANY({people}) "
            "OR (person_id IS NULL AND address = ANY({addresses})))",
        ),
        ("reason",),
    ),
    PersonalTable(
        "opt_out_hold",
        "Opt-outs that a person must confirm",
        "people && {people} OR addresses && {addresses}",
        "since, source",
        _empty(
            "that somebody may not want to be contacted; the address is kept as a keyed hash",
            values={
                # Our own text, as everything here.
                "addresses": f"CASE WHEN {_THEIRS_ALONE} THEN '{{{{}}}}'::text[] ELSE ARRAY(SELECT a FROM "  # noqa: S608
                "unnest(addresses) WITH ORDINALITY AS u(a, n) WHERE a <> ALL({addresses}) ORDER BY n) END",
                "ended_at": f"CASE WHEN {_THEIRS_ALONE} THEN coalesce(ended_at, {{now}}) ELSE ended_at END",
                "outcome": f"CASE WHEN {_THEIRS_ALONE} THEN coalesce(outcome, 'confirmed') ELSE outcome END",
            },
        ),
        ("addresses",),
        left_out=("people",),
    ),
    PersonalTable(
        "topic_opt_out",
        "Topics that the person does not want",
        f"{_OF_PERSON} OR address = ANY({{addresses}})",
        "since, id",
        _empty("what the person does not want; the address is kept as a keyed hash"),
        ("address",),
        instead={"person_id": _OWN_ID},
    ),
    PersonalTable("reenrollment_window", "Windows of enrolling again", _OF_PERSON, "opened_at, id", _keep(_OPAQUE)),
    PersonalTable("refusal", "Refusals to enroll", _OF_PERSON, "at, id", _DELETE, ("detail",)),
    PersonalTable("rule_queue", "Waiting for a rule", _OF_PERSON, "at, sequence, record_id", _DELETE),
    PersonalTable(
        "change", "Changes", _of_record("person", PersonKey.PEOPLE), "at, id", _DELETE, ("before", "after"), _CHANGES
    ),
    PersonalTable(
        "change",
        "Changes",
        _of_record("placement", PersonKey.PLACEMENTS),
        "at, id",
        _DELETE,
        ("before", "after"),
        _CHANGES,
    ),
    PersonalTable(
        "field_told",
        "When fields were told",
        _of_record("person", PersonKey.PEOPLE),
        "entity_id, field",
        _DELETE,
        ("waiting",),
    ),
    PersonalTable(
        "field_told",
        "When fields were told",
        _of_record("placement", PersonKey.PLACEMENTS),
        "entity_id, field",
        _DELETE,
        ("waiting",),
    ),
    PersonalTable(
        "crm_event",
        "Events of the CRM",
        f"id = ANY({{events}}) OR {_OWN_RESULTS} IS NOT NULL",
        "received_at, id",
        _empty("what the event says of others", values={"answer": _ANSWER_WITHOUT}),
        ("answer",),
        left_out=("digest",),
        instead={"answer": _OWN_RESULTS},
    ),
    PersonalTable(
        "audit_event",
        "What users did",
        _AUDITED,
        "at, id",
        _keep("the log of who did what is never changed; it holds ids"),
        left_out=("address", "session_id"),
    ),
)
"""In the order in which they are read."""

NOT_FOUND_BY_PERSON: Final[Mapping[str, str]] = {
    "people_file": "uploaded tables of people, until the import or as long as RELANCE_RETAIN_PEOPLE_FILES says",
    "rehearsal": "subjects of rehearsed messages, as long as RELANCE_RETAIN_REHEARSALS says",
    "console_press": "answers of forms of the console, sealed, as long as RELANCE_RETAIN_PRESSES says",
}
"""Tables that may hold data about a person among others' and do not say of whom, with how long they keep it."""
