"""With what each query is called: rows of ``samples.sql``, by the names of parameters, and constants for the rest.

A query takes the kind of its file unless it is named here. A parameter that nothing speaks of is an error: a query that
is added with one needs a word here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from tools.queries.sql_files import Query

NOW = datetime(2026, 11, 1, 12, tzinfo=UTC)
"""As in the seed."""
_LONG_AGO = NOW - timedelta(days=30)
_MANY = 10
"""How many values an array has."""

_OF_ONE = {
    "ids": "id",
    "people": "person_id",
    "person_ids": "person_id",
    "persons": "person_id",
    "placements": "record_id",
    "records": "record_id",
    "record_ids": "record_id",
    "clients": "client_id",
    "owners": "owner_id",
    "among": "id",
    "sequences": "sequence",
    "runs": "enrollment_id",
    "keys": "key",
    "addresses": "address",
    "causes": "id",
    "sources": "source",
    "notices": "id",
    "batches": "id",
    "entities": "entity",
    "ends": "into",
}
"""The parameter that is an array of another one's values."""

_CONSTANTS: dict[str, object] = {
    "act": "sign_in",
    "address": "o1@agency.example",
    "after": "",
    "again": False,
    "among": None,
    "answer": {},
    "attachments": {},
    "anyway": False,
    "asked_by": "somebody",
    "arguments": {},
    "based_on": None,
    "batch": None,
    "by": "somebody",
    "cap": None,
    "cause": "seed",
    "changes": "event:v1",
    "channel": "email",
    "channels": ["email"] * _MANY,
    "claimer": "worker-9",
    "code": "451",
    "columns": ["status"],
    "confidence": 0.9,
    "content": b"x" * 300,
    "covered": "seed@covered.example",
    "day": date(2026, 11, 1),
    "decision": "stop",
    "definition": {},
    "description": "seed",
    "done": 3,
    "detail": {},
    "device": "Firefox",
    "digest": "seed",
    "due": None,
    "emails": ["seed@client.example"] * _MANY,
    "ended_by": "sign_out",
    "envelope_from": "b@reply.agency.example",
    "error": None,
    "error_code": None,
    "event": "finished",
    "event_id": None,
    "fields": ["person.status"],
    "files": {},
    "final": ["window"],
    "first": date(2026, 11, 2),
    "from_day": None,
    "follow_up_id": None,
    "fingerprint": "seed",
    "handed": False,
    "hashes": ["ab" * 32],
    "held": False,
    "holds": True,
    "intent": "interested",
    "key": "seed",
    "kinds": ["clicked", "replied"],
    "keep": [],
    "kind": "other",
    "label": "positive",
    "lane": "reactions",
    "last": date(2026, 11, 12),
    "late": False,
    "limit": 100,
    "listener": "relance",
    "longest": timedelta(minutes=1),
    "lineage": ["s1"],
    "losers": [],
    "mailbox": "folder",
    "marks": {},
    "matched_by": "token",
    "message_id": "<seed@agency.example>",
    "method": "GET",
    "mode": "shift",
    "most": 50,
    "moved_by": [],
    "never": ["complained"],
    "not_an_opt_out": False,
    "not_theirs": False,
    "outcome": "denied",
    "note": None,
    "notes": [],
    "named": 5,
    "number": 7,
    "numbers_only": False,
    "opt_out": False,
    "origin": "relance",
    "ours": ["mail refused"],
    "overruled": "overruled",
    "owner": None,
    "owners": None,
    "page": "",
    "phones": ["+447900000001"] * _MANY,
    "position": 9,
    "prefetch": False,
    "prefix": "ab",
    "problem": "no address",
    "provider_message_id": None,
    "rate": 20,
    "raw": b"x" * 500,
    "reason": "seed",
    "reasons": ["seed"],
    "erased": [b"\0" * 32],
    "hash": b"\0" * 32,
    "may_be_contacted_again": False,
    "merged": [],
    "person": "p77",
    "report": {},
    "record": ["person", "placement"],
    "record_type": "person",
    "recipient": "seed@client.example",
    "region": "GB",
    "reply_text": "Thank you",
    "request": {},
    "resolution": "proved",
    "result": "200",
    "reviewer": None,
    "revision": 1,
    "round": 0,
    "rules": 1,
    "runner": "serve:1",
    "run_after": "",
    "said_confidence": None,
    "said_held": None,
    "said_intent": None,
    "said_label": None,
    "scope": "person",
    "sender": "o1@agency.example",
    "service": "mail server",
    "sha256": "ab" * 32,
    "silent": timedelta(seconds=30),
    "skip": [],
    "source": "seed",
    "stage": "connect",
    "state": "done",
    "status": "delivered",
    "step": "two",
    "steps": ["three", "four"],
    "subject": "A word for you",
    "target": "https://agency.example/jobs/1",
    "templates": {},
    "text": "y" * 100,
    "timezone": "Europe/London",
    "timezone_source": "person",
    "title": "Read the reply",
    "titles": ["Read the reply", "Confirm the opt-out"],
    "token": "seed",
    "total": 40,
    "tries": 1,
    "trouble": None,
    "uid": 2000,
    "uidvalidity": 1,
    "untold": 1,
    "unused": True,
    "user_agent": "Mozilla/5.0",
    "user_id": "uzzzzzzzzzzzz",
    "variant": None,
    "version": 2,
    "via": "rule",
    "waited_for": True,
    "waiting": None,
    "way": "email",
    "window_after": "",
    "zone": "Europe/London",
}
_INSTANTS = {
    "at",
    "before",
    "by_hand_before",
    "lately",
    "left_before",
    "not_before",
    "by_rule_before",
    "claimed_before",
    "due_before",
    "now",
    "overdue_before",
    "pause_until",
    "try_after",
    "until",
}
"""And every name that ends in ``_at``."""
_EARLIER = {
    "used_after",
    "digest_before",
    "left_behind",
    "reopened_since",
    "seen_after",
    "silent_since",
    "since",
    "span_start",
    "start",
}
_LATER = {"stop", "today"}


@dataclass(frozen=True)
class Kind:
    """One kind of arguments.

    Attributes:
        sample: which rows of ``samples.sql``; empty: none.
        label: what tells it from the other kinds of the query.
        constants: instead of what is said for all.
        many: how many values an array has.
    """

    sample: str = ""
    label: str = ""
    constants: Mapping[str, object] = field(default_factory=dict)
    many: int = _MANY


def _kind(sample: str = "", label: str = "", *, many: int = _MANY, **constants: object) -> Kind:
    return Kind(sample, label or sample, constants, many)


_OUTCOMES: dict[str, Any] = {
    "version": None,
    "owners": None,
    "unowned": False,
    "since": None,
    "by_owner": False,
    "by_week": False,
}


def _new(letter: str) -> str:
    return letter + "z" * 26


# The endpoint of the seed; nothing is subscribed.
_SUBSCRIBED: dict[str, Any] = {"endpoint_id": "oseed0000000", "label": "none"}


_GRANT: dict[str, Any] = {"address": "dana@agency.example"}
_FILES = {
    "access": "user",
    "address_keys": "person",
    "api_tokens": "",
    "answers": "answer",
    "opt_out_journal": "",
    "archive": "sequence",
    "calendar": "",
    "change_batches": "change_batch",
    "closed_days": "owner",
    "colleagues": "company_opt_out",
    "console": "",
    "console_approvals": "queue",
    "console_person": "person",
    "console_rules": "person",
    "people_files": "",
    "console_today": "",
    "console_calendar": "owner",
    "console_sequences": "sequence",
    "console_tasks": "owner",
    "console_unmatched": "person",
    "console_leads": "",
    "console_deliverability": "",
    "suppressions": "suppression",
    "opt_out_holds": "person",
    "deliveries": "delivery",
    "drafts": "sequence",
    "erasing": "person",
    "events": "person",
    "explain": "refusal",
    "follow_ups": "delivery",
    "forms": "form_link",
    "hits": "link",
    "holds": "sequence",
    "id_prefixes": "run",
    "bookings": "inbound",
    "imap": "inbound",
    "jobs": "",
    "mailbox_queues": "",
    "mailboxes": "mailbox",
    "mailbox_grants": "",
    "mailbox_push": "",
    "message_tests": "sequence",
    "merging": "merged",
    "migrate_runs": "run",
    "outbox_rows": "",
    "owner_mails": "notification",
    "preferences": "person",
    "reactions": "reply",
    "records": "person",
    "refusals": "refusal",
    "replies": "reply",
    "reviews": "reply",
    "rule_runs": "queue",
    "rules": "person",
    "run_story": "run",
    "run_watch": "run",
    "runs": "run",
    "sends": "send",
    "sms": "text",
    "tasks": "run",
    "soft_bounces": "send",
    "topics": "person",
    "statistics": "run",
    "unknowns": "claimed_send",
    "versions": "sequence",
    "waiting_attachments": "inbound",
    "waiting_reviews": "reply",
    "webhooks": "",
    "stream": "",
    "subscriptions": "",
    "own_mailboxes": "",
    "windows": "window",
}

_EVERYTHING = _kind("", "everything", scope="everything", key="all")
_SCOPES = (_kind("sequence"), _kind("owner"), _kind("held_sequence", "held"), _EVERYTHING)
_MAILBOX: dict[str, Any] = {
    **dict.fromkeys(("name", "owner_id", "pool", "signature_text", "signature_html", "limits")),
    **dict.fromkeys(("transport_secret", "inbound_secret")),
    **{"transport": "organisation", "transport_settings": {}, "inbound": "organisation", "inbound_settings": {}},
    "reply_to": "signed",
}
_NOBODY: dict[str, Any] = {"persons": [], "placements": [], "clients": [], "owners": []}
_BY_WHOM = (
    _kind("person", **{**_NOBODY, "persons": None}),
    _kind("placement", **{**_NOBODY, "placements": None}),
    _kind("client", many=1, **{**_NOBODY, "clients": None}),
    _kind("large_client", many=1, **{**_NOBODY, "clients": None}),
    _kind("owner", many=1, **{**_NOBODY, "owners": None}),
)
_ADDRESSES = (_kind("send"), _kind("shared_send"))
_REFUSED = [
    {
        "person_id": f"p{n * 31}",
        "record_id": f"p{n * 31}",
        "reason": "window",
        "detail": "seed",
        "keeps": False,
        "fields": [],
    }
    for n in range(1, 11)
]
_TOLD = [
    {
        "position": n,
        "entity": "person",
        "entity_id": f"p{n * 31}",
        "fields": ["person.status"],
        "before": {"status": "a"},
        "after": {"status": "b"},
        "lineage": [],
    }
    for n in range(1, 11)
]
_STAMPED = [
    {"entity": "person", "entity_id": f"p{n * 31}", "fields": ["status"], "at": NOW.isoformat(), "version": None}
    for n in range(1, 11)
]
_BORN = [
    {"id": f"v{'z' * 24}{n}", "person_id": f"p{n * 31}", "at": NOW.isoformat(), "lineage": [], "source": "seed"}
    for n in range(10)
]
_MARKED: list[dict[str, object]] = [
    {"id": f"p{n * 31}", "columns": [], "marks": {"status": ["s1"]}} for n in range(1, 11)
]
_ENTRIES = [
    {
        "id": f"e{'y' * 20}{n}",
        "workflow_id": f"w{n}",
        "record_id": f"q{n}",
        "person_id": f"p{n * 31}",
        "owner_id": "o1",
        "lineage": [],
    }
    for n in range(1, 11)
]

_KINDS: dict[str, tuple[Kind, ...]] = {
    # adapters/postgres/sql/erasing.sql
    "begin_erasure": (_kind("person", token_id=None, label="new"),),
    "column_kinds": (_kind(label="all"),),
    "mails_on_their_way": (_kind("person", runs=["e1"] * _MANY, label="none"),),
    "count_erased": (_kind("person", what="runs", number=1),),
    "add_erased_events": (_kind("person"),),
    "is_erased_address": (_kind(hashes=[b"\0" * 32], label="none"),),
    "erased_standing": (_kind(hashes=[b"\0" * 32], label="none"),),
    # adapters/postgres/sql/access.sql
    "owners_to_match": (_kind("owner", "named", email="-"), _kind("user", "by address", id=None)),
    "add_user": (
        _kind(
            id=_new("u"),
            email="seed@agency.example",
            email_key="seed",
            name="Seed",
            role="lead",
            owner_id=None,
            team=None,
        ),
    ),
    "add_sign_in_link": (_kind("user", hash=b"seed"),),
    "add_session": (_kind("user", id=_new("c"), hash=b"seed"),),
    "add_audit_event": (_kind("user", way="console", token_id=None),),
    "audit_names": (
        _kind(
            label="one each",
            kinds=[
                "person",
                "name",
                "batch",
                "user",
                "owner",
                "reply",
                "send",
                "suppression",
                "task",
                "inbound",
                "file",
            ],
            ids=["p77", "s3", "b1", "u1", "o7", "r1", "s1", "1", "t1", "i1", "f1"],
        ),
    ),
    "end_session": (_kind("user", id="seed"),),
    # adapters/postgres/sql/own_mailboxes.sql
    "mailbox_revision": (_kind(label="all"),),
    "all_own_mailboxes": (_kind(label="all"),),
    "own_mailbox": (_kind(id=_new("x"), label="none"),),
    "lock_own_mailbox": (_kind(id=_new("x"), label="none"),),
    "find_own_mailbox": (_kind(key="o1@agency.example", label="none"),),
    "read_mailboxes_of_their_own": (_kind(label="all"),),
    "add_own_mailbox": (_kind(id=_new("x"), address="new@agency.example", **_MAILBOX, added_by="cli", label="new"),),
    "set_own_mailbox": (_kind(id=_new("x"), **_MAILBOX, label="none"),),
    "set_mailbox_state": (_kind(id=_new("x"), state="paused", label="none"),),
    "mailbox_notified": (_kind(id=_new("x"), label="none"),),
    "set_mailbox_notified": (_kind(id=_new("x"), at=NOW, label="none"),),
    "set_mailbox_retry": (_kind(id=_new("x"), at=NOW, label="none"),),
    "mailboxes_to_retry": (_kind(limit=200, label="none"),),
    "claim_mailbox_retry": (_kind(id=_new("x"), seen=NOW, next=NOW, label="none"),),
    "bind_mailbox": (_kind("run", run="e", mailbox=_new("x")),),
    "open_runs_of_mailbox": (_kind(mailbox=_new("x"), label="none"),),
    "wake_runs_of_mailbox": (_kind(mailbox=_new("x"), owner="o7", label="an owner"),),
    "move_runs_of_mailbox": (_kind(source=_new("x"), target=_new("x"), label="none"),),
    "owners_of_admins": (_kind(label="all"),),
    "days_of_mailboxes": (_kind(addresses=["o1@agency.example"], day=NOW.date(), label="one"),),
    "starts_of_mailboxes": (_kind(addresses=["o1@agency.example"], label="one"),),
    "wrote_to_from": (_kind(sender="o1@agency.example", key="nobody@client.example", label="nobody"),),
    "back_offs_of_mailboxes": (_kind(addresses=["o1@agency.example"], label="one"),),
    # adapters/postgres/sql/crm.sql
    "connect_crm": (_kind(name="seed", types=["message.sent"], at=NOW, label="new"),),
    "know_crm": (_kind(name="seed", label="new"),),
    "disconnect_crms": (_kind(name="seed", label="none"),),
    "crm_connection_row": (_kind(name="seed", label="none"),),
    "take_crm_lease": (_kind(name="seed", label="none"),),
    "release_crm_lease": (_kind(name="seed", label="none"),),
    "move_crm_cursor": (_kind(name="seed", cursor="{}", read=10, label="none"),),
    "crm_records_refused": (_kind(name="seed", refused=1, label="none"),),
    "crm_works": (_kind(name="seed", label="none"),),
    "crm_fails": (_kind(name="seed", label="none"),),
    "crm_answers": (_kind(name="seed", label="none"),),
    "ask_crm_at_once": (_kind(name="seed", label="none"),),
    "lock_crm_session": (_kind(name="seed", label="none"),),
    "crm_session": (_kind(name="seed", label="none"),),
    "keep_crm_session": (_kind(name="seed", session=b"s", login="seed", label="none"),),
    "keep_crm_account": (_kind(name="seed", account="seed", instead=False, label="none"),),
    "keep_crm_backfill": (_kind(name="seed", backfill={}, read=100, ended_at=None, label="none"),),
    "crm_is_behind": (_kind(name="seed", label="none"),),
    "lock_crm_place": (_kind(name="seed", label="none"),),
    "move_crm_place": (_kind(name="seed", position=9, label="none"),),
    "add_crm_write": (
        _kind(
            "person",
            id=_new("x"),
            crm="bullhorn",
            occasion="sent",
            kind="note",
            entity="Candidate",
            record="77",
            body={},
            label="new",
        ),
    ),
    "claim_crm_writes": (_kind(crm="bullhorn", label="none"),),
    "crm_written": (_kind(id=_new("x"), made="1", written=None, label="none"),),
    "put_off_crm_write": (_kind(id=_new("x"), uncertain=False, label="none"),),
    "crm_write_died": (_kind(id=_new("x"), label="none"),),
    "retry_crm_writes": (_kind(crm="bullhorn", id=None, label="none"),),
    "crm_write_state": (_kind(id=_new("x"), label="none"),),
    "own_crm_writes": (_kind(crm="bullhorn", entities=["Candidate"] * _MANY, records=["1"] * _MANY, label="none"),),
    "crm_writes_read_back": (_kind(ids=[_new("x")], label="none"),),
    "crm_write_counts": (_kind(crm="bullhorn", label="all"),),
    "crm_run": (_kind(id=_new("e"), label="none"),),
    "crm_send": (_kind(id=_new("s"), label="none"),),
    "crm_reaction": (_kind(id=_new("r"), label="none"),),
    "crm_task": (_kind(id=_new("t"), label="none"),),
    "crm_lead": (_kind(id=_new("l"), label="none"),),
    "crm_changes": (_kind(enrollment=_new("e"), at=NOW, label="none"),),
    "crm_suppressed": (_kind("person", channel="email", since=NOW, label="none"),),
    # adapters/postgres/sql/webhooks.sql
    "add_webhook_endpoint": (
        _kind(id=_new("o"), name="seed", url="https://a.example/", secret=b"s", created_by="cli", label="new"),
    ),
    "find_webhook_endpoint": (_kind(key="seed", label="none"),),
    "webhook_secrets": (_kind(url="https://a.example/", label="none"),),
    "rotate_webhook_endpoint": (_kind(id=_new("o"), secret=b"s", former_until=NOW, label="none"),),
    "remove_webhook_endpoint": (_kind(id=_new("o"), label="none"),),
    "add_webhook_try": (_kind(url="https://a.example/", webhook_id="f1", outcome="done", words="x", label="new"),),
    # adapters/postgres/sql/stream.sql
    "place_stream_events": (_kind(most=100),),
    "stream_events": (_kind(after=0, types=["message.sent"], limit=100),),
    "stream_events_of": (_kind("person", after=0, types=["message.sent"], limit=100),),
    "newest_stream_events": (_kind(after=0, types=["message.sent"], limit=100),),
    "newest_stream_events_of": (_kind("person", after=0, types=["message.sent"], limit=100),),
    "stream_position_before": (_kind(at=NOW),),
    "people_of_events": (_kind("person"),),
    "move_stream_head": (_kind(by=1),),
    # adapters/postgres/sql/subscriptions.sql
    "put_subscription": (_kind(**_SUBSCRIBED, types=[], with_person=False, position=None),),
    "subscription_of": (_kind(**_SUBSCRIBED),),
    "subscribed_endpoints": (_kind(),),
    "remove_subscription": (_kind(**_SUBSCRIBED),),
    "set_subscription_state": (_kind(**_SUBSCRIBED, state="paused", reason=None),),
    "lock_subscription": (_kind(**_SUBSCRIBED),),
    "replay_subscription": (_kind(**_SUBSCRIBED, after=0, until=9),),
    "subscriptions_to_read": (_kind(most=5000),),
    "read_for_subscription": (_kind(**_SUBSCRIBED, types=["message.sent"], after=0, limit=500, erased_at=NOW),),
    "move_subscription": (_kind(**_SUBSCRIBED, position=9),),
    "claim_event_deliveries": (_kind(claim="seed", until=NOW, limit=40, each=5, failed=5),),
    "event_delivered": (_kind(**_SUBSCRIBED, position=9, claim="seed"),),
    "receiver_took_one": (_kind(**_SUBSCRIBED),),
    "put_off_event": (_kind(**_SUBSCRIBED, position=9, claim="seed", next_try_at=NOW),),
    "untry_event": (_kind(**_SUBSCRIBED, position=9, claim="seed", next_try_at=NOW),),
    "receiver_failed": (_kind(**_SUBSCRIBED),),
    "rest_subscription": (_kind(**_SUBSCRIBED, until=NOW),),
    "events_ahead": (_kind(),),
    "note_retention_period": (_kind(kind="seed", in_force="forever", period="1 year", label="new"),),
    "begin_retention_pass": (_kind(kind="seed", label="none"),),
    "count_retention": (_kind(kind="seed", removed=0, label="none"),),
    "end_retention_pass": (_kind(kind="seed", label="none"),),
    "add_api_token": (
        _kind(id=_new("g"), name="seed", scopes=["read"], hash=b"seed", created_by="cli", expires_at=None, label="new"),
    ),
    "api_token_to_check": (_kind(id=_new("g"), label="none"),),
    "use_api_token": (_kind(id=_new("g"), label="none"),),
    "find_api_token": (_kind(key="seed", label="none"),),
    "rotate_api_token": (_kind(id=_new("g"), hash=b"seed", former_until=NOW, label="none"),),
    "revoke_api_token": (_kind(id=_new("g"), label="none"),),
    "add_attempt": (_kind(hash=b"seed", browser=b"seed", kind="oidc", label="new"),),
    "look_at_attempt": (_kind(hash=b"seed", browser=b"seed", kind="confirm", label="none"),),
    "take_attempt": (_kind(hash=b"seed", browser=b"seed", kind="oidc", label="none"),),
    "user_of_identity": (_kind(issuer="https://login.example", subject="seed", label="none"),),
    "invited_by_address": (_kind(email_key="seed", issuer="https://login.example", label="none"),),
    "add_user_identity": (_kind("user", issuer="https://login.example", subject="seed"),),
    "use_user_identity": (_kind(issuer="https://login.example", subject="seed", label="none"),),
    "add_passkey": (
        _kind("user", id=b"seed", public_key=b"seed", sign_count=0, is_synced=False, name="Key", label="new"),
    ),
    "ways_of_user": (_kind("user"),),
    "remove_passkeys_of": (_kind("user", user_id="seed"),),
    "remove_identities_of": (_kind("user", user_id="seed"),),
    "passkey_to_check": (_kind(id=b"seed", label="none"),),
    "use_passkey": (_kind(id=b"seed", sign_count=1, label="none"),),
    "remove_passkey": (_kind("user", id=b"seed"),),
    "begin_press": (_kind(digest=b"seed", abandoned=_LONG_AGO, label="new"),),
    "press_answer": (_kind(digest=b"seed", label="none"),),
    "keep_press": (_kind(digest=b"seed", answer=b"seed", label="none"),),
    "forget_press": (_kind(digest=b"seed", label="none"),),
    # adapters/postgres/sql/doctor.sql
    "newest_mail_heads": (_kind(size=16_384, label="some"),),
    "proofs_of_newest_mail": (_kind(none="no results", not_asked="nobody", label="some"),),
    # adapters/postgres/sql/opt_out_journal.sql
    "suppressions_journaled": (_kind(ids=[1] * _MANY, label="some"),),
    "topics_journaled": (_kind(ids=[1] * _MANY, label="some"),),
    "erased_addresses_journaled": (_kind(hashes=[b"\0" * 32], label="none"),),
    "erasures_journaled": (_kind(people=["pzzz"], label="none"),),
    "bring_back_address": (_kind(hash=b"\1" * 32, label="new"),),
    # adapters/postgres/sql/restorations.sql
    "add_restoration": (_kind(id=_new("b"), backup_at=_LONG_AGO, lost_at=NOW, restored_at=NOW, label="new"),),
    "settled_restoration_of": (_kind(backup_at=_LONG_AGO, label="none"),),
    "settle_restoration": (_kind(id=_new("b"), label="none"),),
    "known_reactions": (_kind(ids=["r1"] * _MANY, label="some"),),
    "settle_lost_answers": (_kind("run", reason="seed"),),
    "unhandled_answers": (_kind("run"),),
    "doubt_send": (_kind("send", reason="seed"),),
    "doubt_follow_up": (_kind(id=_new("f"), result="seed", label="none"),),
    "doubt_answer": (_kind(id=_new("a"), reason="seed", label="none"),),
    "send_of_follow_up": (_kind(follow_up_id=_new("f"), label="none"),),
    "keep_lost_run": (_kind("run", id=_new("e"), reason="seed", enrolled_at=_LONG_AGO, label="new"),),
    # the console
    "keep_plans_of_functions": (_kind(label="all"),),
    "console_looks": (_kind(label="all", longest="3s", workers="0"),),
    "console_numbers": (
        _kind(label="all", owners=None, by_runs=False, most=5_000, until=NOW + timedelta(days=1)),
        _kind(label="an owner", owners=["o7"], by_runs=True, most=5_000, until=NOW + timedelta(days=1)),
    ),
    "console_next_steps": (
        _kind(label="all", owners=None, by_runs=False, until=NOW + timedelta(days=1), limit=10),
        _kind(label="an owner", owners=["o7"], by_runs=True, until=NOW + timedelta(days=1), limit=10),
    ),
    "console_first_steps": (_kind(label="all"),),
    "console_standstills": (_kind(label="all", owners=None), _kind(label="an owner", owners=["o7"])),
    "console_closed_days": (_kind(label="all", owners=None), _kind(label="an owner", owners=["o7"])),
    "console_runs": (_kind("run"),),
    "console_runs_of_people": (_kind("person", most=3),),
    "console_lists": (_kind(label="all", owners=None, most=1_000), _kind(label="an owner", owners=["o7"], most=1_000)),
    "console_mailboxes": (_kind(label="all"),),
    "console_disconnected_mailboxes": (_kind(label="all", owners=None),),
    "console_mailbox_days": (
        _kind(label="all", first=NOW.date(), last=None),
        _kind(label="two days", first=NOW.date(), last=NOW.date() + timedelta(days=1)),
    ),
    "console_mailbox_counts": (
        _kind(label="a week", since=NOW - timedelta(days=7), today=NOW - timedelta(days=1), most=500),
    ),
    "console_one_hold": (_kind(id="h" + "a" * 20, label="none"),),
    "console_values_of_fields": (
        _kind(label="all", fields=["person.status", "custom.team"], alone=["person.status"], least=2, most=100),
    ),
    "console_suppression_counts": (_kind(label="all"),),
    # metrics
    "metric_values": (
        _kind(label="a day", since=NOW - timedelta(days=1), planned_since=NOW - timedelta(days=3), most=10_000),
    ),
    "console_sends_of_runs": (_kind("run"),),
    "console_reactions_of_runs": (_kind("run"),),
    "console_follow_ups_of_runs": (_kind("run"),),
    "console_tasks_of_runs": (_kind("run"),),
    "console_events_of_runs": (_kind("run"),),
    "sequences_to_ask_about": (_kind(label="all"),),
    "console_batches": (
        _kind(label="all", id=None, sequence=None),
        _kind("queue", "one", id="bzzzzzzzzzzzz", sequence=None),
    ),
    **{
        query: (_kind(id=_new("j")),)
        for query in ("add_job", "job_row", "beat_job", "end_job", "release_job", "ask_to_cancel_job")
    },
    "add_people_file": (_kind(id=_new("f"), user_id="uzzzzzzzzzzzz", name="people.csv", content=b"id", label="new"),),
    "people_file": (_kind(id=_new("f"), user_id="uzzzzzzzzzzzz", label="none"),),
    "choose_for_people_file": (_kind(id=_new("f"), user_id="uzzzzzzzzzzzz", choices={}, label="none"),),
    "empty_people_file": (_kind(id=_new("f"), label="none"),),
    "sequences_to_enroll_in": (_kind(label="all", record="person"),),
    "owners_of_files": (_kind(label="all"),),
    "owners_of_placements": (_kind("placement"),),
    "add_waiting_review": (_kind("reply", reviewer="somebody"),),
    # adapters/postgres/sql/address_keys.sql
    "cover_keys": (_kind("suppression", keys=[f"k{n}" for n in range(_MANY)]),),
    "stale_people": (_kind(label="all"),),
    "write_recipient_keys": (_kind("send"),),
    # the console
    "console_owns_anybody": (_kind("owner"), _kind(label="nobody", owner_id="o-none")),
    "console_planned": (
        _kind(label="a day", owners=None, by_runs=False, sequence=None, start=NOW, stop=NOW + timedelta(days=1)),
        _kind(label="a week", owners=None, by_runs=False, sequence=None, start=NOW, stop=NOW + timedelta(days=7)),
    ),
    "console_crowded": tuple(
        _kind(label=label, since=NOW - timedelta(days=7), start=NOW, stop=stop, now=NOW, most=20_000, **of)
        for label, stop, of in (
            ("a week", NOW + timedelta(days=7), {"of_people": None, "owners": None}),
            ("some people", NOW + timedelta(days=1), {"of_people": ["p77", "p5000"], "owners": None}),
            ("a week of an owner", NOW + timedelta(days=7), {"of_people": None, "owners": ["o7"]}),
        )
    ),
    "planned_between": (
        _kind(label="all until a week", since=None, until=NOW + timedelta(days=7), most=20_000),
        _kind(label="a day", since=NOW, until=NOW + timedelta(days=1), most=20_000),
    ),
    "queued_steps": (_kind(label="two days", until=NOW + timedelta(days=2)),),
    "queued_steps_of": (
        _kind(
            label="a week of an owner",
            until=NOW + timedelta(days=7),
            owners=["o7"],
            sequences=[],
            mailboxes=[],
            most=20_000,
        ),
        _kind(
            label="and of a sequence",
            until=NOW + timedelta(days=7),
            owners=[],
            sequences=["s3"],
            mailboxes=[],
            most=20_000,
        ),
    ),
    "owner_addresses": (_kind(label="all"),),
    "sequences_with_senders": (_kind(label="all"),),
    "console_sent_lately": (_kind("person", since=NOW - timedelta(days=7), now=NOW),),
    "console_planned_by_step": (
        _kind(label="a month", owners=None, by_runs=False, sequence=None, start=NOW, stop=NOW + timedelta(days=31)),
        _kind(
            label="a day of an owner",
            owners=["o7"],
            by_runs=True,
            sequence=None,
            start=NOW,
            stop=NOW + timedelta(days=1),
        ),
    ),
    "console_planned_numbers": (
        _kind(
            label="two days",
            days=[NOW.date(), NOW.date() + timedelta(days=1)],
            starts=[NOW, NOW + timedelta(days=1)],
            stops=[NOW + timedelta(days=1), NOW + timedelta(days=2)],
        ),
    ),
    "console_task_counts": (_kind("owner"), _kind(label="of all", owners=None)),
    # calendar
    "calendar_steps": (
        _kind(label="all", start=None, stop=None),
        _kind(label="a week", start=NOW, stop=NOW + timedelta(days=7)),
        _kind("owner", "of an owner", start=None, stop=None),
        _kind("owner", "a week of an owner", start=NOW, stop=NOW + timedelta(days=7)),
    ),
    "calendar_steps_of_sequence": (
        _kind("sequence", "of a sequence", start=None, stop=None),
        _kind(
            "owner",
            "of both, a week in a month",
            start=NOW + timedelta(days=30),
            stop=NOW + timedelta(days=37),
            sequence="s3",
        ),
    ),
    "calendar_days": (
        _kind(label="all", start=None, stop=None, sequence=None, owner=None),
        _kind(label="a week", start=NOW, stop=NOW + timedelta(days=7), sequence=None, owner=None),
        _kind("owner", "of an owner", start=None, stop=None, sequence=None),
        _kind("sequence", "of a sequence", start=None, stop=None, owner=None),
    ),
    "calendar_groups": (
        _kind(label="all", start=None, stop=None, sequence=None, owner=None),
        _kind(label="a week", start=NOW, stop=NOW + timedelta(days=7), sequence=None, owner=None),
        _kind("owner", "of an owner", start=None, stop=None, sequence=None),
        _kind("sequence", "of a sequence", start=None, stop=None, owner=None),
    ),
    "calendar_recipients": (
        _kind(
            label="of ten days",
            days=[(NOW + timedelta(days=n)).date() for n in range(10)],
            sequences=["s3"] * 10,
            steps=["step-2"] * 10,
            start=NOW,
            stop=NOW + timedelta(days=10),
            sequence=None,
            owner=None,
        ),
    ),
    # change_batches
    "open_batch": (_kind(id="seed"),),
    "make_calendar_link": (_kind("owner", id="seed"),),
    "calendar_link_of": (_kind("owner"),),
    "owner_of_calendar_link": (_kind(label="none", id="seed"),),
    "end_calendar_link": (_kind("owner"),),
    # closed_days
    "closed_days_of_owners": (_kind("owner", many=3),),
    "close_days": (_kind(label="everybody"),),
    "open_days": (_kind(label="everybody"),),
    "list_closed_days": (_kind(label="all"), _kind("owner", "of an owner")),
    "runs_on_days": (_kind(label="everybody"), _kind("owner", "of an owner")),
    "runs_off_closed_days": (_kind(label="everybody"), _kind("owner", "of an owner")),
    # deliveries
    "end_delivery": (_kind("delivery", state="dead"),),
    "problem_notifications": (_kind("owner", kind="send_failed"),),
    # events
    "add_person_event": (_kind("person", id=_new("v"), kind="last_replied", event_id=None),),
    "add_created_event": (_kind("person", id=_new("v")),),
    "add_created_events": (_kind(events=_BORN),),
    "echoed_lineage": (_kind("delivery"),),
    "own_writes": (_kind("person"), _kind("client")),
    "own_event": (_kind("person", kind="last_contacted", since=NOW - timedelta(hours=1), until=NOW),),
    # explain
    "explain_unwatched": (_kind("placement"), _kind("placement", "again", again=True)),
    # follow_ups
    "add_follow_up": (_kind("run", id=_new("f"), kind="webhook", state="pending"),),
    "add_task": (_kind("run", id="seed", reaction_id=None),),
    "add_lead": (_kind("run", id="seed"),),
    "add_to_list": (_kind("run", list="list-1"),),
    "remove_from_list": (_kind("list"),),
    "add_notification": (_kind("run", id="seed", kind="replied"),),
    "list_people": (_kind("list"),),
    # forms
    "add_form_version": (_kind("form_link", version=9),),
    "add_submission": (_kind("form_link", id=_new("q"), number=9, answers={}, consent=None),),
    "add_upload": (
        _kind("form_link", id=_new("d"), field="seed", name="a.pdf", file="seed", kind="pdf", size=1, sha256="a"),
    ),
    "upload_row": (_kind("upload"),),
    # hits
    "due_hits": (_kind(now=NOW),),
    "hits_around": (
        _kind("hit", around=timedelta(minutes=10), burst=timedelta(seconds=2), across=timedelta(minutes=5)),
    ),
    "judge_hits": (_kind("hit", verdicts=["human"] * _MANY, reasons=["seed"] * _MANY),),
    "hits_of": (_kind("send"), _kind("run")),
    "judge_hits_now": (_kind("run"),),
    # holds
    "take_turn_of_holds": (_kind(),),
    "share_turn_with_holds": (_kind(),),
    "add_hold": (_kind(id=_new("h"), scope="sequence", key="s3"),),
    "holds_over": (_kind("sequence"),),
    "holds_on": (_kind(),),
    "everything_is_on_hold": (_kind(),),
    "standing_hold": _SCOPES,
    "end_hold": _SCOPES,
    "known_hold_key": _SCOPES,
    "runs_to_pause": _SCOPES,
    "count_runs_to_pause": _SCOPES,
    "remember_paused_runs": tuple(
        Kind(each.sample, each.label, {**each.constants, "prefix": "command:bulk:sequence:s3"}) for each in _SCOPES
    ),
    "hand_over_runs": _SCOPES,
    "runs_to_resume": _SCOPES,
    "count_runs_to_resume": _SCOPES,
    "forget_runs": _SCOPES,
    # id_prefixes
    **{
        f"{name}_by_prefix": (_kind(prefix=letter),)
        for name, letter in (
            ("enrollment", "e3"),
            ("reaction", "r3"),
            ("delivery", "f3"),
            ("inbound", "i3"),
            ("send", "s3"),
            ("batch", "b3"),
            ("person", "p1"),
            ("placement", "l1"),
            ("owner", "o1"),
        )
    },
    "reaction_neighbours": (_kind("reply"),),
    "delivery_neighbours": (_kind("delivery"),),
    "inbound_neighbours": (_kind("inbound"),),
    "send_neighbours": (_kind("send"),),
    "batch_neighbours": (_kind("rule_batch"),),
    "person_neighbours": (_kind("person"),),
    "placement_neighbours": (_kind("placement"),),
    "owner_neighbours": (_kind("owner"),),
    # imap
    "begin_imap_watermark": (_kind(bounded_until=1, since=date(2024, 1, 1)),),
    "use_webhook_token": (_kind(content="seed"),),
    "attach_inbound": (_kind("inbound"),),
    "send_to_attach": (_kind("send"),),
    "dismiss_inbound": (_kind("unmatched"),),
    "match_inbound": (_kind("inbound"),),
    "block_runs_of_inbound": (_kind("inbound"), _kind("shared_address", id="seed")),
    # mailbox_grants
    "mailbox_grant": (_kind(**_GRANT),),
    "connect_mailbox": (
        _kind(
            **_GRANT,
            provider="google",
            access="servers",
            subject="s1",
            refresh_token=b"s",
            access_token=b"s",
            access_until=NOW,
            by="cli",
        ),
    ),
    "lock_mailbox_grant": (_kind(**_GRANT),),
    "begin_refresh": (_kind(**_GRANT, by="seed", until=NOW),),
    "give_refresh_up": (_kind(**_GRANT, by="seed"),),
    "end_refresh": (_kind(**_GRANT, connected_at=NOW, refresh_token=b"s", access_token=b"s", access_until=NOW),),
    "end_mailbox_grant": (_kind(**_GRANT, connected_at=NOW, why="revoked"),),
    "addresses_of_owner": (_kind(id="seed"),),
    "move_mailbox_watermark": (_kind(position="1", read_until=NOW),),
    "skip_mailbox_message": (_kind(message="1", reason="ValueError"),),
    # bookings
    "tellings_of_run": (_kind("run", calendar="calendly"),),
    "meetings_booked": (_kind("run", calendar="calendly"),),
    # mailbox_push
    "claim_mailbox_push": (_kind(mailbox="seed", until=NOW),),
    "begin_mailbox_push": (_kind(mailbox="seed", address="https://hooks.agency.example", secret_hash=b"s"),),
    "keep_mailbox_push": (_kind(mailbox="seed", subscription="s1", ends_at=NOW, renew_at=NOW, claimed=NOW),),
    "fail_mailbox_push": (_kind(mailbox="seed", renew_at=NOW, problem="it refuses it (400)"),),
    "hurry_mailbox_push": (_kind(mailbox="seed"),),
    "mailbox_push_heard": (_kind(mailbox="seed"),),
    "mailbox_push_state": (_kind(mailbox="seed"),),
    "take_mailbox_push": (_kind(mailbox="seed"),),
    "mailbox_push_secret": (_kind(mailbox="seed"),),
    "mailboxes_without_push": (_kind(since=NOW),),
    "gmail_mailbox": (_kind(address="o1@agency.example"),),
    "ring_mailbox": (_kind(mailbox="seed"),),
    # mailboxes
    "take_slot": (_kind("mailbox"),),
    "lock_send": (_kind("planned_send"),),
    "set_slot": (_kind("planned_send"),),
    # message_tests
    "message_test_row": (_kind("sequence", id=_new("t")),),
    "claim_message_test": (_kind("sequence", id=_new("t"), person_id="p3"),),
    "settle_message_test": (_kind("sequence", id=_new("t"), state="sent"),),
    # rehearsal
    "copy_of_people": (_kind("person"),),
    "put_copy_of_people": (_kind("", copy={}),),
    "add_rehearsal": (_kind(job_id=_new("j"), result={}),),
    "rehearsal_of_job": (_kind(job_id=_new("j"), label="none"),),
    # merging
    "merge_root": (_kind("merged"),),
    "merge_roots": (_kind("merged"),),
    **{
        name: (_kind("merged", many=1, into="seed"),)
        for name in (
            "sequences_entered",
            "windows_to_merge",
            "move_windows",
            "open_runs_to_merge",
            "move_runs",
            "move_sends",
            "move_reactions",
            "move_tasks",
            "move_leads",
            "move_notifications",
            "join_lists",
            "leave_lists",
            "placements_of",
        )
    },
    "merged_below": (_kind("person"),),
    "end_merged_windows": (_kind("window"),),
    "set_run_record": (_kind("run"),),
    "part_runs": (_kind("merged"),),
    "part_windows": (_kind("window", into="seed", many=1),),
    "part_sends": (_kind("run", into="p1"),),
    "part_reactions": (_kind("run", into="p1"),),
    # migration
    "open_runs_of": (_kind("sequence"), _kind("run", "a later page")),
    "pass_step": (_kind("run", step="five"),),
    # outbox_rows
    "undelivered_reactions": (_kind(label="the oldest"),),
    "still_undelivered": (_kind("reply"),),
    "unheard_reactions": (_kind(label="the oldest"), _kind("reply", "among", among=None)),
    "starting_enrollments": (_kind(label="the oldest"),),
    "take_back_start": (_kind("run"),),
    "opening_windows": (_kind(label="the oldest"), _kind("window", "among", among=None)),
    "unsignalled_windows": (_kind(label="the oldest"), _kind("window", "among", among=None)),
    "deliveries_to_hand": (_kind(label="the oldest"), _kind("delivery", "among", among=None)),
    "reactions_delivered": (_kind("reply", late=[False] * _MANY, needless=[False] * _MANY),),
    "deliveries_handed": (_kind("delivery", rounds=[0] * _MANY, tries=[0] * _MANY),),
    "mark_windows_open": (_kind("window", revisions=[1] * _MANY),),
    "delay_in_outbox": (_kind("run", keys=["seed"]),),
    "unsignalled_plans": (_kind(label="the oldest"), _kind("run", "among", among=None)),
    "plans_signalled": (_kind("run", revisions=[1] * _MANY),),
    # replans
    "lock_runs_to_replan": (_kind("run"),),
    "field_changes_of_runs": (_kind("reply"),),
    "steps_of_runs": (_kind("run"),),
    "pauses_of_runs": (_kind("run"),),
    "raise_plan_revisions": (_kind("run", earlier=[True] * _MANY),),
    "replans_handled": (_kind("reply", reasons=["field_changed"] * _MANY),),
    "add_run_events": (_kind("run_rows"),),
    "lock_enrollment_row": (_kind("run"),),
    # owner_mails
    "add_owner_mail": (_kind("owner", id=_new("m"), kind="single", day=None),),
    "put_notifications_into_mail": (_kind("notice_mail"),),
    "add_owner_mail_problem": (_kind("owner"),),
    "owner_mails_to_send": (_kind(label="all", kind=None), _kind(label="replies", kind="reply")),
    "claim_owner_mail": (_kind("notice_mail"),),
    "settle_owner_mail": (_kind("notice_mail", state="sent"),),
    "mark_notifications_mailed": (_kind("notice_mail"),),
    "release_owner_mail": (_kind("notice_mail"),),
    "set_notify_by": (_kind("owner"),),
    # answers
    "reply_to_answer": (_kind("reply"),),
    "add_answer": (
        _kind(
            "reply", id=_new("a"), owner_id="o1", recipient_key="seed@client.example", message_id="<new@agency.example>"
        ),
    ),
    "answers_of": (_kind("reply"),),
    "answers_to_hand": (_kind(label="the oldest"), _kind("answer", "among", among=None)),
    "answers_to_send": (_kind(label="the oldest"),),
    "settle_answer": (_kind("answer", state="sent"),),
    "lost_answers": (_kind(label="all"),),
    "answers_proved": (_kind("answer", message_ids=["<a1@agency.example>"]),),
    "answer_reported": (_kind("answer", state="sent"),),
    # colleagues
    "colleagues_runs": (_kind("colleague"),),
    "open_runs_of_people": (_kind("person"),),
    "add_company_opt_out": (_kind("reply", client_id="c1", domain="client.example"),),
    "decide_company_opt_out": (_kind("company_opt_out", state="dismissed", people=0),),
    "people_of_client": (_kind("client"),),
    "people_of_domain": (_kind(label="all", domain="client.example"),),
    # replies
    "next_reply_forwarding": (_kind(label="the oldest", most=5_000_001),),
    "settle_reply_forwarding": (_kind("reply", state="forward", mail_id=None, unjudged=False),),
    "reply_judged": (_kind("reply", concerns_owner=True),),
    "reply_is_judged": (_kind("reply"),),
    "replies_to_hand": (_kind(label="the oldest"), _kind("reply", "among", among=None)),
    "forwards_of_run": (_kind("reply", owner_id="o1"),),
    "is_owner_mail": (_kind("notice_mail"),),
    "owner_of_address": (_kind("owner"),),
    "set_replies_by": (_kind("owner", way="notify"),),
    "owner_to_notify": (_kind("owner"),),
    # preferences
    "merged_people": (_kind("person"), _kind("merged")),
    "given_consents": (_kind("person", people=["p77"], columns=["whatsapp_opt_in"]),),
    "lift_chosen": (_kind("suppression"),),
    # reactions
    "add_inbound": (_kind("send", id=_new("i"), key="content:<seed>", event="reply", state="matched"),),
    "add_reaction": (_kind("send", id=_new("r"), key="seed", kind="replied", inbound_id=None),),
    "add_field_changes": (_kind(reactions=[], kind="field_changed"),),
    "is_known_address": (
        _kind("person", channels=["email"], field="person.email"),
        _kind("shared_address", channels=["email"], field="person.email"),
        _kind("text", channels=["sms", "whatsapp"], field="person.phone"),
        _kind(label="nobody's", address="nobody@nowhere.example", channels=["email"], field="person.email"),
    ),
    "reactions_of": (_kind("run"),),
    "add_suppression": (_kind("person", channel="email", address=None),),
    "cover_address": (_kind("suppression"),),
    "suppressions_of": (_kind("person"), _kind("shared_address")),
    "lift_stop_word": (_kind("person", reason="stop_word"),),
    # records
    "record_shown": (
        _kind(label="a person", person="p7", placement=None),
        _kind(label="a placement", person=None, placement="l7"),
    ),
    "share_two_records": (_kind(label="a person", first="person:p7", second="person:p7"),),
    "placement_row": (_kind("placement"),),
    "client_row": (_kind("client"),),
    "owner_row": (_kind("owner"),),
    "add_change": (_kind("person", before={"status": "a"}, after={"status": "b"}),),
    "add_changes": (_kind(changes=_TOLD),),
    "awaited_records": (_kind("person", entities=["person"] * _MANY),),
    "field_times_of": (_kind("person", entities=["person"] * _MANY),),
    "keep_field_times_of": (_kind(told=_STAMPED),),
    "mark_fields_of_people": (_kind(marks=_MARKED),),
    "mark_fields_of_placements": (_kind(marks=_MARKED),),
    "open_runs_about_placements": (_kind("placement"),),
    "open_runs_about_clients": (_kind("client"), _kind("large_client", many=1)),
    "placement_is_free": (_kind("placement"),),
    "begin_crm_event": (_kind("crm_event", records=[]), _kind("person", label="a new one", id="seed", records=["p1"])),
    "answer_crm_event": (_kind("crm_event"),),
    "add_crm_event": (_kind(id="seed"),),
    "fields_changed_since": (_kind("crm_event"),),
    "keep_field_times": (_kind("person", fields=["status"], waiting=[None], version=None),),
    "lock_records": (_kind("person"),),
    "open_runs_of_placement": (_kind("placement"),),
    "open_runs_of_client": (_kind("client"), _kind("large_client")),
    "mark_person_merged": (_kind("person", into="p1"),),
    "pass_on_suppressions": (_kind("suppression", into="p1", id="p20"), _kind("person", into="p1")),
    "lift_suppressions_by": (_kind("person"), _kind("suppression")),
    "lift_withdrawn_consent": (_kind("person", channel="whatsapp", reason="consent_withdrawn", given=NOW),),
    "mark_placement_deleted": (_kind("placement"),),
    "mark_placement_fields": (_kind("placement"),),
    "unmark_placement_fields": (_kind("placement"),),
    # refusals
    "add_rule_refusals": (_kind("sequence", refusals=_REFUSED),),
    "add_refusal": (_kind("refusal", via="hand", detail="seed"),),
    "refusals_of_sequence_passed": (_kind("sequence"),),
    "refused_touched": (_kind("person", placements=[]), _kind("placement", persons=[])),
    "refused_touched_by_links": (
        _kind("client", many=1, owners=[]),
        _kind("large_client", many=1, owners=[]),
        _kind("owner", many=1, clients=[]),
    ),
    "refused_page": (_kind("sequence"),),
    "refused_at": (_kind("sequence"),),
    # reviews
    "lock_person": (_kind(person="p1"),),
    "judged": (_kind("reply", by=1),),
    "add_review": (_kind("unread_reply"),),
    "lift_mistaken_opt_out": (_kind("reply"),),
    # rule_runs
    "unwatched_changes": (_kind(label="all"),),
    "changes_watched": (_kind("change"),),
    "entered_by_rule": (_kind("sequence", since=NOW - timedelta(days=1)),),
    "entered_unasked": (_kind("sequence", since=NOW - timedelta(hours=1)),),
    "enrollments_among": (_kind("run"),),
    "add_rule_enrollments": (_kind("sequence", entries=_ENTRIES),),
    "drop_enrollments": (_kind(ids=[f"e{'y' * 20}{n}" for n in range(10)]),),
    "mark_released": (_kind("window"),),
    "queue_matches": (
        _kind(
            "rule_batch",
            state="held",
            matches=[{"record_id": f"p{n * 13}", "person_id": f"p{n * 13}"} for n in range(1, 11)],
        ),
    ),
    "rule_batch_row": (_kind("rule_batch"),),
    "batch_awaiting_approval": (_kind("rule_batch"),),
    "batch_waits": (_kind("rule_batch"),),
    "add_rule_batch": (_kind("sequence", id=_new("b"), origin="scan", records=10),),
    "keep_changes_for_approval": (_kind("rule_batch", changes="event:v1"),),
    "changes_awaiting_approval": (_kind("rule_batch", changes="event:v1"),),
    "rule_batch_scanned": (_kind("rule_batch"),),
    "count_rule_batch": (_kind("rule_batch"),),
    "batches_awaiting_approval_of": (_kind("rule_batch"),),
    "decide_rule_batch": (_kind("rule_batch", state="approved"),),
    "approve_queue": (_kind("rule_batch"),),
    "discard_queue": (_kind("rule_batch"),),
    "people_of_batch": (_kind("rule_batch"),),
    "close_empty_batch": (_kind("rule_batch"),),
    "entered_at": (_kind("sequence"),),
    "owners_of_open_runs": (_kind("sequence"),),
    "note_broken": (_kind("sequence", broken=None),),
    "name_of_person": (_kind("person"),),
    "add_rule_notification": (_kind("run", id="seed", kind="entered", records=3),),
    # rules
    "people_concerned": _BY_WHOM,
    "placements_concerned": _BY_WHOM,
    # run_watch
    "notify_owner_of_run": (
        _kind("run", id="seed", kind="run_failed"),
        _kind("placement_run", id="seed", kind="run_failed"),
    ),
    "fail_planned_send": (_kind("planned_send"),),
    "add_task_to_look": (_kind("run", id="seed", reaction_id=None),),
    "gate_is_gone": (_kind("window"),),
    "standing_windows_of": (_kind("window"),),
    "standing_windows": (_kind(label="the first page"), _kind(label="a later page", after="w8")),
    "begun_runs": (_kind(label="the first page"), _kind(label="a later page", after="e8")),
    "lapse_passed_windows": (_kind(label="all"),),
    # runs
    "enter_with_plan": (
        _kind(
            "person",
            id=_new("e"),
            workflow_id="enrollment:s29:seed",
            record_id="seed",
            sequence="s29",
            record_type="person",
            steps=[],
            events=[],
            settles=True,
        ),
    ),
    "asked_entry": (_kind("run", person="p7", of_person=_new("e"), of_record=None),),
    "begun_among": (_kind("run"),),
    "entered_by_hand": (_kind("run"), _kind("placement_run")),
    "set_run_state": (_kind("run", state="paused"),),
    "end_run": (_kind("run", state="finished"),),
    "write_steps": (_kind("run_rows"),),
    "decide_step": (_kind("planned_step", state="sent"),),
    "postpone_step": (_kind("planned_step"),),
    "add_run_event": (_kind("run", kind="seed", key="seed"),),
    # sends
    "add_send": (_kind("run", id=_new("s"), step="five"),),
    "rewrite_send": (_kind("planned_send"),),
    "add_send_link": (_kind("planned_send", id=_new("l")),),
    "put_send_link": (_kind("planned_send", id=_new("l")),),
    "forget_links_of_send": (_kind("planned_send"),),
    "claim_send": (_kind("planned_send"), _kind("planned_send", "capped", cap=3)),
    "claim_new_send": (
        _kind("unstored_send", links=[], slot=None),
        _kind("unstored_send", "capped", links=[], slot=None, cap=3),
    ),
    "why_not_claimed": (_kind("planned_send", cap=3), _kind("claimed_send", cap=3)),
    "addresses_in_sequence": (_kind("send"), _kind("shared_send"), _kind("text")),
    "entry_obstacles": (_kind("person", topic=None), _kind("shared_address", topic="jobs")),
    "settle_send": (_kind("claimed_send", state="failed"),),
    "settle_sent": (_kind("claimed_send", event_id=_new("v"), kind="last_contacted"),),
    "settle_sent_step": (_kind("settled_step", event_id=_new("v"), kind="last_contacted"),),
    "release_send": (_kind("claimed_send"),),
    "note_waits": (_kind("planned_send"),),
    "orphan_to_unknown": (_kind("claimed_send"),),
    "unknown_to_planned": (_kind("claimed_send"),),
    "refuse_send": (_kind("planned_send"),),
    "send_proved": (_kind("claimed_send"),),
    "send_by_message_id": (_kind("send"), _kind("text", message_id="SMseed")),
    "sole_open_run_of_sender": _ADDRESSES,
    "open_runs_written_to": _ADDRESSES,
    # sms
    "is_known_inbound": (_kind("inbound"),),
    "add_sms_report": (_kind("text", status="sent"),),
    "sms_between": (_kind("text", ours="+442071838750"),),
    # soft_bounces
    "mails_returned_by": _ADDRESSES,
    "lift_soft_bounces": (_kind("send"), _kind("suppression")),
    # topics
    "reader_of_send": (_kind("send"),),
    "topic_left": (_kind("person", topic="job offers"),),
    "published_topics": (_kind(label="all"),),
    "leave_topic": (_kind("person", topic="job offers"),),
    "rejoin_topics": (_kind("person", topics=["job offers"]),),
    "pass_on_topics": (_kind("merged"),),
    # unknowns
    "provider_ids_of_others": (_kind("text"), _kind("send")),
    "look_at_claims": (_kind(now=NOW),),
    "unresolved_sends": (_kind(limit=100),),
    # statistics
    "names_of_outcomes": (_kind("run", people=["p77"], owners=["o1"]),),
    "has_moved_runs": (_kind("sequence"),),
    "outcome_owners": (_kind(label="all"),),
    "run_outcomes": (
        _kind(label="all", **_OUTCOMES, sequence=None),
        _kind("sequence", "of a sequence", **_OUTCOMES | {"by_week": True}),
        _kind("sequence", "of an owner", **_OUTCOMES | {"version": 1, "owners": ["o1"], "by_owner": True}),
    ),
    "sequence_outcomes": (_kind(label="all", sequence=None), _kind("sequence", "of a sequence")),
    # versions
    "step_conditions": (_kind(label="of three", sequences=["s1", "s2", "s3"], versions=[1, 1, 1]),),
    "add_version": (_kind("sequence", version=3),),
    # views
    "person_names": (_kind("person"),),
    "suppressions_from": (_kind("suppression"),),
    # windows
    "add_window": (_kind("run", id=_new("w"), scope="person", state="opening"),),
    "windows_of_sequence": (_kind("sequence"),),
    "add_window_refusal": (_kind("window", detail="seed"),),
    "close_window": (_kind("window", state="ended"),),
    "edit_windows": (_kind("window", untils=[NOW] * _MANY),),
    "lock_window_key": (_kind(sequence="s1", key="p1"),),
}


class Samples:
    """Rows to call queries with, read once."""

    def __init__(self, rows: Mapping[str, list[Mapping[str, object]]]) -> None:
        self._rows = rows

    @classmethod
    async def read(cls, connection: Connection) -> Samples:
        """Reads every sample."""
        text = (Path(__file__).parent / "samples.sql").read_text()
        parts = re.split(r"^-- sample: (\w+)\n", text, flags=re.MULTILINE)[1:]
        rows: dict[str, list[Mapping[str, object]]] = {}
        for name, statement in zip(parts[::2], parts[1::2], strict=True):
            rows[name] = [dict(row) for row in await connection.fetch(statement, timeout=600)]
        return cls(rows)

    def values(self, query: Query, kind: Kind, call: int) -> list[object]:
        """The arguments of one call; every call takes another row.

        Raises:
            LookupError: nothing speaks of a parameter.
        """
        rows = self._rows[kind.sample] if kind.sample else [{}]
        return [self._value(query, kind, name, rows, call) for name in query.parameters]

    def _value(self, query: Query, kind: Kind, name: str, rows: list[Mapping[str, object]], call: int) -> object:
        said = kind.constants.get(name, ...)
        if said is not ... and not (said is None and name in _OF_ONE):
            return said
        row = rows[call % len(rows)] if rows else {}
        if name in row:
            return row[name]
        if (one := _OF_ONE.get(name)) and (not rows or one in row):
            return [rows[(call + each) % len(rows)][one] for each in range(min(kind.many, len(rows)))]
        if name in _INSTANTS or name.endswith("_at"):
            return NOW
        if name in _EARLIER:
            return _LONG_AGO
        if name in _LATER:
            return NOW + timedelta(days=30)
        if name in _CONSTANTS:
            return _CONSTANTS[name]
        raise LookupError(f"benchmarks/sql/arguments.py says nothing of {name!r}, a parameter of {query.name}")


def kinds(query: Query) -> tuple[Kind, ...]:
    """The kinds of arguments that a query is called with."""
    return _KINDS.get(query.name, (_kind(_FILES.get(query.file, "")),))


def named() -> Collection[str]:
    """Queries that are called with kinds of their own."""
    return _KINDS.keys()
