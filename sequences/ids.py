"""Every id that Relance makes, in one place. Ids are opaque: no address, name or number goes into one.

Derived ids are hashes of what they stand for, so that doing the same thing again finds the same row. The Message-ID of
a mail is made of one where the mail is written: ``services.sending.compose_email``, ``services.follow_ups``.
"""

from __future__ import annotations

import base64
import hashlib
import re

_LENGTH = 26
SLUG = r"^[a-z0-9][a-z0-9-]{0,62}$"
"""A name of ours: of a sequence, a step, a list."""
EXTERNAL_ID = r"^[A-Za-z0-9._:-]{1,64}$"
"""An id of the CRM."""
STORABLE = r"^[^\x00]*$"
"""Any text that can be kept: Postgres has no NUL in one."""
_EXTERNAL = re.compile(EXTERNAL_ID)


def _derive(prefix: str, *parts: str) -> str:
    # The unit separator cannot occur in ids, so ("a", "bc") and ("ab", "c") never meet.
    # Of 32 bytes, 20 make more letters than are kept: base64 costs more than the hash.
    digest = hashlib.sha256("\x1f".join((prefix, *parts)).encode()).digest()[:20]
    return prefix + base64.b32encode(digest).decode().lower()[:_LENGTH]


def enrollment_id(sequence: str, record: str, nonce: str) -> str:
    """Id of one run; ``nonce`` is random, or the caller's idempotency key."""
    return _derive("e", sequence, record, nonce)


def send_id(enrollment: str, step: str) -> str:
    """Id of the one send that a step of a run can ever have."""
    return _derive("s", enrollment, step)


def link_id(send: str, position: int) -> str:
    """Id of the tracked link at ``position`` of a send."""
    return _derive("l", send, str(position))


def form_link_id(enrollment: str, form: str) -> str:
    """Id of the one link to a form that a run ever has."""
    return _derive("k", enrollment, form)


def submission_id(link: str, number: int) -> str:
    """Id of what came in by the link of a form, counted from 1."""
    return _derive("q", link, str(number))


def upload_id(submission: str, field: str) -> str:
    """Id of the file that came with a submission for a field."""
    return _derive("d", submission, field)


def reaction_id(key: str) -> str:
    """Id of a reaction from what makes a second delivery of it recognisable."""
    return _derive("r", key)


def inbound_id(key: str) -> str:
    """Id of one inbound message or webhook call."""
    return _derive("i", key)


def follow_up_id(enrollment: str, cause: str, position: int) -> str:
    """Id of the follow-up at ``position`` of what ``cause`` led to."""
    return _derive("f", enrollment, cause, str(position))


def task_id(enrollment: str, step: str) -> str:
    """Id of the task that a step of a run gives to a person."""
    return _derive("t", enrollment, step)


def hold_id(order: str) -> str:
    """Id of the hold that an order to pause made."""
    return _derive("h", order)


def job_commands(kind: str, job: str) -> str:
    """What the keys of the commands begin with that a job gives to runs; the id of the run ends each."""
    return f"{kind}:{job}:"


def restoration_id(backup_at: str, restored_at: str) -> str:
    """Id of the restore of a backup; both instants in ISO form."""
    return _derive("b", backup_at, restored_at)


def window_id(enrollment: str) -> str:
    """Id of the re-enrollment window that an enrollment opened."""
    return _derive("w", enrollment)


def batch_id(sequence: str, origin: str, nonce: str) -> str:
    """Id of a batch that awaits approval."""
    return _derive("b", sequence, origin, nonce)


def event_id(person: str, kind: str, source: str) -> str:
    """Id of one event in the life of a person; ``source`` makes a second telling of it recognisable."""
    return _derive("v", person, kind, source)


def notice_mail_id(owner: str, *holds: str) -> str:
    """Id of the mail that tells an owner of some notifications; ``holds`` are their ids, or the day of a digest."""
    return _derive("m", owner, *holds)


def answer_id(reply: str, key: str) -> str:
    """Id of an answer to a reply; ``key`` makes a second request for it recognisable."""
    return _derive("a", reply, key)


def message_test_id(key: str) -> str:
    """Id of a message that is sent as a test, from the caller's idempotency key."""
    return _derive("t", key)


def user_id(nonce: str) -> str:
    """Id of a user of the console."""
    return _derive("u", nonce)


def session_id(nonce: str) -> str:
    """Id of a session, for lists; it opens nothing."""
    return _derive("c", nonce)


def api_token_id(nonce: str) -> str:
    """Id of a named token of the API; it is part of the token, and opens nothing alone."""
    return _derive("g", nonce)


def webhook_endpoint_id(nonce: str) -> str:
    """Id of a receiver of webhooks that has a secret of its own."""
    return _derive("o", nonce)


def mailbox_id(nonce: str) -> str:
    """Id of a mailbox of its own."""
    return _derive("x", nonce)


def job_id(kind: str, subject: str, key: str) -> str:
    """Id of background work that somebody asked for; ``key`` makes a second request for it recognisable."""
    return _derive("j", kind, subject, key)


def crm_write_id(connection: str, happening: str, rule: int) -> str:
    """Id of what a rule of the mapping file writes to the CRM when something happened."""
    return _derive("x", connection, happening, str(rule))


def window_workflow_id(sequence: str, key: str) -> str:
    """``window:{sequence}:{person}``: while it runs nobody enters again; without a window, the record's id."""
    return f"window:{sequence}:{key}"


def rule_watcher_workflow_id() -> str:
    """``rule-watcher:0``: matches what changed against all rules. There is one; the number is 0.1's."""
    return "rule-watcher:0"


def rule_scan_workflow_id(sequence: str) -> str:
    """``rule-scan:{sequence}``: pages through everybody; one at a time for each sequence."""
    return f"rule-scan:{sequence}"


def enrollment_workflow_id(sequence: str, record: str) -> str:
    """``enrollment:{sequence}:{record}``: at most one open run per record and sequence (design section 4)."""
    return f"enrollment:{sequence}:{record}"


def key_of_workflow_id(workflow_id: str) -> tuple[str, str]:
    """Sequence and record (or person) of the workflow of a run or a window; names of sequences hold no colon.

    >>> key_of_workflow_id("enrollment:new-services:crm:17")
    ('new-services', 'crm:17')
    """
    _, _, rest = workflow_id.partition(":")
    sequence, _, key = rest.partition(":")
    return sequence, key


def late_reaction_workflow_id(reaction: str) -> str:
    """``late-reaction:{reaction}``: follows up a reply that came after its run had closed."""
    return f"late-reaction:{reaction}"


def delivery_workflow_id(follow_up: str) -> str:
    """``delivery:{follow_up}``: at most one at a time delivers a follow-up that goes out."""
    return f"delivery:{follow_up}"


def mail_pass_workflow_id(cause: str) -> str:
    """``mail-now:{cause}``: a pass over mails that is started for one row, a reply or an answer to it."""
    return f"mail-now:{cause}"


def left_behind_notice_id(owner: str, follow_up: str) -> str:
    """Id of the notification of what 0.1 left behind; ``follow_up`` is the first of those closed together."""
    return _derive("n", owner, follow_up)


def bulk_control_workflow_id(scope: str, key: str) -> str:
    """``bulk-control:{scope}:{key}``: orders about one sequence or one owner are carried out one after the other."""
    return f"bulk-control:{scope}:{key}"


def is_external_id(text: str) -> bool:
    """True for an id that a CRM may give a record: no ``@`` and no space, so that an address is never taken for one."""
    return bool(_EXTERNAL.fullmatch(text))
