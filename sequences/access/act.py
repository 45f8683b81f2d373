"""Everything that a user can do in the console. A name is what the audit log says."""

from __future__ import annotations

import enum
from typing import Final


class Act(enum.StrEnum):
    """What a user wants to do."""

    LOOK = "look"
    """See lists, numbers, sequences, the calendar and health."""
    READ_PERSON = "read_person"
    """See one person: name, address, time line."""
    READ_MESSAGE = "read_message"
    """Read the words of a message or a reply."""
    MANAGE_OWN_SESSIONS = "manage_own_sessions"
    PAUSE_RUN = "pause_run"
    STOP_RUN = "stop_run"
    SUPPRESS = "suppress"
    GIVE_CONSENT = "give_consent"
    """Note that a person agreed to a channel that asks for it."""
    RESUME_RUN = "resume_run"
    """Resume, skip a step or send it now."""
    ENROLL = "enroll"
    REVIEW_REPLY = "review_reply"
    """Say what a reply means, and attach one to a person."""
    ANSWER_REPLY = "answer_reply"
    DO_TASK = "do_task"
    """Mark a task as done, snooze it, or give it to somebody else."""
    SEND_TEST = "send_test"
    """A message test, to an own address."""
    CONNECT_MAILBOX = "connect_mailbox"
    """Connect the own mailbox at its provider, and disconnect it; whoever changes settings also those of others."""
    WRITE_SEQUENCE = "write_sequence"
    """Save a draft."""
    PUBLISH = "publish"
    """Publish a version, and move open runs to it."""
    APPROVE = "approve"
    """Approve or discard a batch."""
    HOLD = "hold"
    """Pause and resume a sequence, an owner or everything; close days."""
    OPERATE = "operate"
    """Mend what health names: unknown sends, deliveries, hits."""
    LIFT_SUPPRESSION = "lift_suppression"
    EXPORT = "export"
    """Save lists of people as a file."""
    ERASE_PERSON = "erase_person"
    """Erase what is stored about a person."""
    READ_AUDIT = "read_audit"
    MANAGE_USERS = "manage_users"
    MANAGE_TOKENS = "manage_tokens"
    """Create, rotate and revoke named tokens of the API."""
    MANAGE_WEBHOOKS = "manage_webhooks"
    """Add, rotate and remove receivers of webhooks."""
    KEEP_MAILBOX = "keep_mailbox"
    """Change the name and the signature of an own mailbox, test and pause it."""
    MANAGE_MAILBOXES = "manage_mailboxes"
    """Add mailboxes, and say whose they are and by which servers they send."""
    READ_SETTINGS = "read_settings"
    """See the settings; secrets show to nobody."""
    CHANGE_SETTINGS = "change_settings"

    @property
    def words(self) -> str:
        """What somebody who may not do it reads, behind "may not"."""
        return _WORDS[self]


_WORDS: Final = {
    Act.LOOK: "see lists and numbers",
    Act.READ_PERSON: "see people",
    Act.READ_MESSAGE: "read messages",
    Act.MANAGE_OWN_SESSIONS: "end sessions",
    Act.PAUSE_RUN: "pause runs",
    Act.STOP_RUN: "stop runs",
    Act.SUPPRESS: "say that somebody must not be contacted",
    Act.GIVE_CONSENT: "note that somebody agreed",
    Act.RESUME_RUN: "resume runs, skip steps or send them now",
    Act.ENROLL: "enroll people",
    Act.REVIEW_REPLY: "say what replies mean",
    Act.ANSWER_REPLY: "answer replies",
    Act.DO_TASK: "close or change tasks",
    Act.SEND_TEST: "send tests",
    Act.CONNECT_MAILBOX: "connect mailboxes",
    Act.WRITE_SEQUENCE: "write sequences",
    Act.PUBLISH: "publish sequences or move runs",
    Act.APPROVE: "approve or discard batches",
    Act.HOLD: "pause and resume sequences, or close days",
    Act.OPERATE: "settle unknown sends or try again what failed",
    Act.LIFT_SUPPRESSION: "let somebody be contacted again",
    Act.EXPORT: "save lists as files",
    Act.ERASE_PERSON: "erase people",
    Act.READ_AUDIT: "read the audit log",
    Act.MANAGE_USERS: "manage users",
    Act.MANAGE_TOKENS: "manage tokens of the API",
    Act.MANAGE_WEBHOOKS: "manage webhooks",
    Act.KEEP_MAILBOX: "change mailboxes",
    Act.MANAGE_MAILBOXES: "manage mailboxes of others",
    Act.READ_SETTINGS: "see the settings",
    Act.CHANGE_SETTINGS: "change the settings",
}
