"""Every table that holds data about a person: how their rows are found, and which columns hold their data.

A test compares this list with the schema, column by column: a new column that can hold text fails it until it is here,
or in the test's own list of columns without personal data.
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


@dataclass(frozen=True)
class PersonalTable:
    """Rows of a table that are about a person.

    Attributes:
        name: of the table. It may be here twice, with other conditions.
        title: a heading for people.
        where: a condition with the parameters of ``PersonKey`` that tables before this one give.
        order: the columns by which rows are ordered.
        personal: columns that may hold personal data.
        gives: by column, what it adds to what is known.
        left_out: columns that are not exported: raw forms of what is there in words, and what is only compared.
        instead: SQL in place of a column, with the same parameters.
    """

    name: str
    title: str
    where: str
    order: str
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
    "created_at resume custom email_key phone_key"
)
_CHANGES: Final[Mapping[str, PersonKey]] = {"event_id": PersonKey.EVENTS}

PERSONAL_TABLES: Final = (
    PersonalTable(
        "person",
        "The record",
        "id = ANY({people})",
        "id",
        _PERSON_COLUMNS,
        {"email_key": PersonKey.ADDRESSES, "phone_key": PersonKey.ADDRESSES},
        left_out=("email_key", "phone_key"),
    ),
    PersonalTable("person_event", "Events", _OF_PERSON, "at, id", ("source",)),
    PersonalTable(
        "placement",
        "Placements",
        _OF_PERSON,
        "id",
        _columns("status start_date end_date job_title timezone location meeting_with custom"),
        {"id": PersonKey.PLACEMENTS},
    ),
    PersonalTable(
        "enrollment",
        "Enrollments",
        f"{_OF_PERSON} OR merged_from = ANY({{people}})",
        "enrolled_at, id",
        ("reason",),
        {"id": PersonKey.RUNS},
    ),
    PersonalTable("enrollment_event", "Events of enrollments", _OF_RUN, "at, id", ("detail",)),
    PersonalTable("enrollment_pause", "Pauses", _OF_RUN, "started_at, enrollment_id", ("reason",)),
    PersonalTable("enrollment_step", "Steps", _OF_RUN, "enrollment_id, position", ("reason", "timezone")),
    PersonalTable("hold_run", "Holds", _OF_RUN, "paused_at, enrollment_id"),
    PersonalTable("run_outcome", "What is counted", _OF_RUN, "entered_at, enrollment_id"),
    PersonalTable("run_outcome_mark", "What is to be counted", _OF_RUN, "enrollment_id"),
    PersonalTable(
        "follow_up",
        "Follow-ups",
        _OF_RUN,
        "at, id",
        ("arguments", "result"),
        {"id": PersonKey.DELIVERIES},
    ),
    PersonalTable(
        "webhook_try",
        "Tries of webhooks",
        "webhook_id = ANY({deliveries})",
        "at, id",
        ("words",),
        left_out=("url",),
    ),
    PersonalTable(
        "send",
        "Messages to the person",
        _OF_BOTH,
        "planned_at, id",
        _columns("recipient recipient_key subject content text code reason provider_error undelivered_reason"),
        {"id": PersonKey.SENDS, "recipient_key": PersonKey.ADDRESSES},
        left_out=("content", "recipient_key"),
    ),
    PersonalTable(
        "send_link",
        "Links in messages",
        "send_id = ANY({sends})",
        "send_id, position",
        ("target",),
        {"id": PersonKey.LINKS},
    ),
    PersonalTable("hit", "Requests of links", "link_id = ANY({links})", "at, id", ("user_agent", "address")),
    PersonalTable("text_report", "Reports about text messages", "send_id = ANY({sends})", "at, provider_message_id"),
    PersonalTable(
        "message_test",
        "Tests of messages with the person's data",
        _OF_PERSON,
        "claimed_at, id",
        ("recipient", "reason"),
    ),
    PersonalTable(
        "reaction",
        "Reactions",
        _OF_BOTH,
        "received_at, id",
        _columns("key detail score_reasons decision_reason address"),
        {"id": PersonKey.REACTIONS, "inbound_id": PersonKey.INBOUND},
        left_out=("key",),
    ),
    PersonalTable(
        "inbound",
        "Messages from the person",
        "id = ANY({inbound}) OR send_id = ANY({sends}) OR attached_to = ANY({runs}) "
        "OR (send_id IS NULL AND attached_to IS NULL AND lower(sender) = ANY({addresses}))",
        "received_at, id",
        _columns("key raw sender text reply_text detail"),
        {"id": PersonKey.INBOUND},
        left_out=("key", "raw"),
    ),
    PersonalTable("waiting_attachment", "Messages being attached", "inbound_id = ANY({inbound})", "asked_at"),
    PersonalTable("review", "Reviews of replies", _OF_REACTION, "reviewed_at, id", ("note",)),
    PersonalTable("waiting_review", "Reviews being given", _OF_REACTION, "said_at"),
    PersonalTable(
        "reply_forwarding",
        "Replies on their way to the recruiter",
        _OF_REACTION,
        "due_at, reaction_id",
        ("reason",),
        {"mail_id": PersonKey.NOTICE_MAILS},
    ),
    PersonalTable(
        "notification",
        "Notifications of the recruiter",
        _OF_BOTH,
        "created_at, id",
        ("title",),
        {"mail_id": PersonKey.NOTICE_MAILS},
    ),
    PersonalTable(
        # Lists and digests are about other people too.
        "notice_mail",
        "Mails to the recruiter about the person alone",
        "id = ANY({notice_mails}) AND kind IN ('single', 'reply')",
        "created_at, id",
        ("content", "reason"),
        left_out=("content",),
    ),
    PersonalTable(
        "answer",
        "Answers of the recruiter",
        f"{_OF_PERSON} OR {_OF_REACTION}",
        "asked_at, id",
        _columns("recipient recipient_key subject content text code reason"),
        left_out=("content", "recipient_key", "envelope_from"),
    ),
    PersonalTable(
        "company_opt_out", "Opt-outs for a company", f"{_OF_PERSON} OR {_OF_REACTION}", "noticed_at", ("domain",)
    ),
    PersonalTable("task", "Tasks", _OF_BOTH, "created_at, id", ("title", "description", "reason")),
    PersonalTable("lead", "Leads", _OF_BOTH, "created_at, id"),
    PersonalTable("list_member", "Lists", _OF_PERSON, "list, person_id"),
    PersonalTable("form_link", "Links to forms", _OF_RUN, "made_at, id", gives={"id": PersonKey.FORM_LINKS}),
    PersonalTable(
        "form_submission",
        "Answers to forms",
        "link_id = ANY({form_links})",
        "at, id",
        ("answers", "consent"),
        {"id": PersonKey.SUBMISSIONS},
        left_out=("digest",),
    ),
    PersonalTable("upload", "Files", "submission_id = ANY({submissions})", "at, id", ("name",)),
    PersonalTable(
        "suppression",
        "Suppressions",
        f"{_OF_PERSON} OR address = ANY({{addresses}})",
        "since, id",
        ("address",),
        {"id": PersonKey.SUPPRESSIONS},
        instead={"person_id": _OWN_ID},
    ),
    PersonalTable(
        "suppressed_address",
        "Suppressed addresses",
        "address = ANY({addresses}) OR suppression_id::text = ANY({suppressions})",
        "address, suppression_id",
        ("address",),
    ),
    PersonalTable(
        "suppression_lift",
        "Lifted suppressions",
        "suppression_id::text = ANY({suppressions})",
        "at, suppression_id",
        ("reason",),
    ),
    PersonalTable(
        "opt_out_hold",
        "Opt-outs that a person must confirm",
        "people && {people} OR addresses && {addresses}",
        "since, source",
        ("addresses",),
        left_out=("people",),
    ),
    PersonalTable(
        "topic_opt_out",
        "Topics that the person does not want",
        f"{_OF_PERSON} OR address = ANY({{addresses}})",
        "since, id",
        ("address",),
        instead={"person_id": _OWN_ID},
    ),
    PersonalTable("reenrollment_window", "Windows of enrolling again", _OF_PERSON, "opened_at, id"),
    PersonalTable("refusal", "Refusals to enroll", _OF_PERSON, "at, id", ("detail",)),
    PersonalTable("rule_queue", "Waiting for a rule", _OF_PERSON, "at, sequence, record_id"),
    PersonalTable("change", "Changes", _of_record("person", PersonKey.PEOPLE), "at, id", ("before", "after"), _CHANGES),
    PersonalTable(
        "change", "Changes", _of_record("placement", PersonKey.PLACEMENTS), "at, id", ("before", "after"), _CHANGES
    ),
    PersonalTable(
        "field_told", "When fields were told", _of_record("person", PersonKey.PEOPLE), "entity_id, field", ("waiting",)
    ),
    PersonalTable(
        "field_told",
        "When fields were told",
        _of_record("placement", PersonKey.PLACEMENTS),
        "entity_id, field",
        ("waiting",),
    ),
    PersonalTable(
        "crm_event",
        "Events of the CRM",
        f"id = ANY({{events}}) OR {_OWN_RESULTS} IS NOT NULL",
        "received_at, id",
        ("answer",),
        left_out=("digest",),
        instead={"answer": _OWN_RESULTS},
    ),
    PersonalTable("audit_event", "What users did", _AUDITED, "at, id", left_out=("address", "session_id")),
)
"""In the order in which they are read."""

NOT_FOUND_BY_PERSON: Final[Mapping[str, str]] = {
    "people_file": "uploaded tables of people, until the import or the first upload after a day",
    "rehearsal": "subjects of rehearsed messages, until the first rehearsal after a month",
    "console_press": "answers of forms of the console, sealed, until the first form that is sent after an hour",
}
"""Tables that may hold data about a person among others' and do not say of whom, with how long they keep it."""
