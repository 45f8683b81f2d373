"""Columns that can hold text and hold no data about a person whom sequences write to, decided one by one.

``adapters/postgres/personal_tables.py`` has the others. A new column belongs there if it may hold a name, an address,
words of the person or about them, or what the CRM says of them; ids, codes, states and names of sequences belong here.
"""

from __future__ import annotations

from typing import Final

BESIDE_PERSONAL: Final = {
    # Of tables with rows about people: ids, states, codes, words from our own lists, names of users and owners' ids.
    "answer": (
        "id reaction_id enrollment_id person_id owner_id channel state sender envelope_from message_id "
        "asked_by claimed_by provider_message_id"
    ),
    "audit_event": "way user_id session_id act subject address detail token_id",
    "change": "entity entity_id fields origin lineage event_id batch",
    "company_opt_out": "reaction_id person_id client_id reasons state decided_by",
    "crm_event": "id digest",
    "crm_write": "id crm occasion kind entity record person_id lineage state made",
    "enrollment": (
        "id workflow_id sequence record_type record_id person_id owner_id via lineage state merged_from mailbox_id"
    ),
    "enrollment_event": "enrollment_id kind key",
    "enrollment_pause": "enrollment_id mode",
    "enrollment_step": "enrollment_id step state moved_by timezone_source",
    "erasure": "person_id merged state way user_id token_id counts report",
    "field_told": "entity entity_id field",
    "event_delivery": "endpoint_id person_id claim",
    "stream_event": "type person_id enrollment_id sequence",
    "follow_up": "id enrollment_id cause kind state event",
    "form_link": "id enrollment_id form",
    "form_submission": "id link_id digest",
    "hit": "link_id method verdict reasons",
    "hold_run": "enrollment_id hold_id",
    "inbound": "id channel event matched_by send_id state attached_to attached_by holds dismissed_by",
    "lead": "id person_id source owner_id enrollment_id sequence",
    "list_member": "list person_id enrollment_id",
    "message_test": "id digest sequence step variant person_id channel sender state provider_message_id code",
    "notice_mail": "id owner_id kind state recipient claimed_by code",
    "notification": "id owner_id kind enrollment_id person_id sequence mail_id",
    "opt_out_hold": "source people channel outcome",
    "person": "id owner_id client_id field_lineage merged_into",
    "person_event": "id person_id kind origin lineage",
    "placement": "id person_id client_id owner_id field_lineage",
    "reaction": "id enrollment_id person_id kind channel send_id inbound_id label intent decision",
    "reenrollment_window": "id sequence person_id record_id scope enrollment_id via state reason",
    "refusal": "sequence person_id record_id reason via state fields",
    "reply_forwarding": "reaction_id state mail_id",
    "review": "id reaction_id label intent reviewer said_label said_intent",
    "rule_queue": "sequence record_id person_id batch_id state",
    "run_outcome": "enrollment_id sequence person_id owner_id state facts sequence_facts",
    "run_outcome_mark": "enrollment_id",
    "send": (
        "id enrollment_id step person_id channel state sender message_id claimed_by provider_message_id "
        "provider_status variant looked_claim resolution follow_up_id"
    ),
    "send_link": "id send_id",
    "suppressed_address": "channel",
    "suppression": "person_id channel reason source journaled",
    "suppression_lift": "lifted_by",
    "task": "id owner_id person_id enrollment_id reaction_id state step kind decided_by",
    "text_report": "provider_message_id status send_id error_code",
    "topic_opt_out": "person_id topic source journaled",
    "upload": "id submission_id field file kind sha256",
    "waiting_attachment": "inbound_id enrollment_id asked_by user_id",
    "waiting_review": "reaction_id label intent reviewer user_id",
    "webhook_try": "url webhook_id outcome",
}
OF_OTHERS: Final = {
    # Of tables without rows about people: what authors write, users and owners, settings, our own book-keeping.
    "_pogo_migration": "migration_hash migration_id schema_name",
    "address_key_basis": "region",
    "api_token": "id name scopes hash former_hash created_by revoked_by",
    "archived_sequence": "sequence archived_by",
    "calendar_link": "id owner_id",
    "change_batch": "id origin",
    "change_batch_hold": "change_batch sequence rule_batch",
    "client": "id name timezone city",
    "closed_day": "owner_id",
    "console_session": "id hash user_id device address ended_by",
    "console_user": "id email email_key name role owner_id team timezone",
    "crm_connection": "name types cursor problem runner refused_reason session session_login account backfill",
    "draft_file": "sequence sha256 content",
    "erased_address": "hash channel reason journaled",
    "form_version": "form definition fingerprint",
    "hold": "id scope key reason asked_by ended_by",
    "imap_skipped": "mailbox reason",
    "imap_watermark": "mailbox",
    "job": "id kind subject request user_id state result notes problem cancelled_by runner",
    # Of our own people: their addresses, names and signatures are no business of whom sequences write to.
    "mailbox": (
        "channel address id name owner_id pool signature_text signature_html limits state state_reason transport "
        "transport_settings transport_secret inbound inbound_settings inbound_secret reply_to added_by"
    ),
    "mailbox_grant": "address provider access subject refresh_token access_token connected_by refreshing_by ended_why",
    "mailbox_skipped": "mailbox message reason",
    "mailbox_push": "mailbox subscription address secret_hash problem",
    "mailbox_watermark": "mailbox position",
    "mailbox_back_off": "channel address code",
    "mailbox_day": "channel address",
    "notice_problem": "owner_id problem",
    "outage": "service stage code reason",
    "outbox_delay": "lane key",
    "owner": "id first_name last_name email phone notify_by replies signature booking_url",
    "passkey": "id user_id public_key name",
    "restoration": "id",
    "retention": "kind in_force period",
    "rule_batch": "id sequence origin state decided_by",
    "rule_state": "sequence broken",
    # How many runs came to the same, and whose they are nowhere.
    "run_outcome_count": "sequence state facts sequence_facts",
    "run_watch": "run_after window_after page trouble",
    "sequence_draft": "sequence files attachments changed_by",
    "sequence_source": "sequence text",
    "sequence_version": "sequence definition templates fingerprint",
    "sign_in_attempt": "hash browser kind detail",
    "sign_in_link": "hash user_id",
    "user_identity": "issuer subject user_id",
    "event_subscription": "endpoint_id types state reason",
    "webhook_endpoint": "id name url secret former_secret created_by removed_by",
    "webhook_token": "token content",
}
OF_SHORT_LIFE: Final = {
    # They do not say about whom they are, and are deleted soon: ``NOT_FOUND_BY_PERSON``.
    "console_press": "digest answer",
    "people_file": "id user_id name content choices",
    "rehearsal": "job_id result",
}
