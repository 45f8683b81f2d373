"""Every error that Relance raises on purpose. One hierarchy; ``permanent`` decides whether a retry can help.

Messages never hold an address, a number, a name or a body: they end up in logs and in Temporal.
The mapping to Temporal's ``ApplicationError`` lives in ``activities.failures`` and nowhere else.
"""

from __future__ import annotations

import enum
from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from sequences.sending.outcome import TransportOutcome


class RelanceError(Exception):
    """Something went wrong that we can name.

    Attributes:
        permanent: True when trying again without a change elsewhere cannot succeed.
    """

    permanent: ClassVar[bool] = False

    def report(self) -> str:
        """What a person at the command line reads."""
        return f"error: {self}"


class PermanentError(RelanceError):
    """Trying again will not help."""

    permanent: ClassVar[bool] = True


class DefinitionError(PermanentError):
    """A sequence file cannot be used as it is."""


class GrammarError(DefinitionError):
    """A text that somebody wrote does not follow its grammar: a duration, a time of day, an address.

    Attributes:
        message: what is wrong, without the text itself.
        found: the text.
        allowed: what it could be.
    """

    def __init__(self, message: str, found: str, allowed: str) -> None:
        self.message = message
        self.found = found
        self.allowed = allowed
        super().__init__(message)


class TemplateError(PermanentError):
    """A template cannot be rendered as it is."""


class NotFoundError(PermanentError):
    """There is no such thing under that id."""


class RequestRefused(enum.StrEnum):
    """Why something that was asked for is not done. Why a record does not enter a sequence: ``Refused``."""

    INVALID = "invalid"
    """A value in it cannot be taken; the detail names it."""
    AMBIGUOUS = "ambiguous"
    """Several things fit, or one is missing that says which is meant."""
    WRONG_PERSON = "wrong_person"
    """The record belongs to another person."""
    RUN = "run"
    """The run cannot do that as it is now."""
    VERSION = "version"
    """No run can move between these versions."""
    NO_WINDOW = "no_window"
    """No re-enrollment window is open."""
    ENDLESS_WINDOW = "endless_window"
    """The window never ends: it can be lifted, not moved."""
    BUSY = "busy"
    """Too many do the same at this moment; try again."""
    EVENT_ID_USED = "event_id_used"
    """Another event with other changes had this id before."""
    MERGED = "merged"
    """It contradicts an earlier merge of the two people."""
    NOT_A_REPLY = "not_a_reply"
    DO_NOT_CONTACT = "do_not_contact"
    """The person is not to be contacted."""
    TOO_LATE = "too_late"
    """The channel takes no words of ours any more; the detail says what may go."""
    KEY_USED = "key_used"
    """Other words had this idempotency key before."""
    ALREADY_ATTACHED = "already_attached"
    RULES_OFF = "rules_off"
    RULES_BROKEN = "rules_broken"
    NOT_PAUSED = "not_paused"
    ALREADY_DELIVERED = "already_delivered"
    OVERRULED = "overruled"
    """A review said something else meanwhile."""
    NOTHING_TO_SEND = "nothing_to_send"
    TASK_CLOSED = "task_closed"
    """The task is done, or not wanted any more."""
    NOTHING_TO_CHOOSE = "nothing_to_choose"
    """The step has no variants."""
    ALREADY_EXISTS = "already_exists"
    FILE = "file"
    """A file cannot be written."""
    NOT_OWN = "not_own"
    """A test of a message goes to own addresses only."""
    MAILBOX_STATE = "mailbox_state"
    """The mailbox is archived, paused or disconnected, or runs send from it."""
    ARCHIVED = "archived"
    """The sequence is archived: nobody enters it."""
    BUILD = "build"
    """Temporal does not give tasks to that build of workers."""
    JOB = "job"
    """Work of this kind cannot be cancelled."""
    CHANGED_MEANWHILE = "changed_meanwhile"
    """Somebody else saved another text since it was read."""
    ENDED_OUTSIDE = "ended_outside"
    """Somebody ended its workflow in Temporal."""
    RESTORED = "restored"
    """The database was restored, and its rows were not compared with Temporal yet."""


class RefusedError(PermanentError):
    """The rules do not allow it.

    Attributes:
        reason: for programs: a value of ``RequestRefused``, or of ``Refused`` when it is about entering a sequence.
        detail: for people; no personal data.
    """

    def __init__(self, reason: str, detail: str) -> None:
        super().__init__(reason, detail)
        self.reason = str(reason)
        self.detail = detail

    def __str__(self) -> str:
        return self.detail


class TokenError(PermanentError):
    """A token is malformed or its signature does not match."""


class NotAllowedError(PermanentError):
    """A user of the console may not do that."""


class SettingsError(PermanentError):
    """A setting is missing or cannot be used."""


class ModelError(PermanentError):
    """The sentiment model cannot be loaded or does not fit."""


class UnavailableError(RelanceError):
    """A server that we need does not answer; trying again may help."""


class NotReadyError(UnavailableError):
    """There is no connection on which a message could be handed over now; nothing of it was said to anybody.

    Attributes:
        outcome: what to tell of it, and when to try again.
    """

    def __init__(self, outcome: TransportOutcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class CrmRefusedError(PermanentError):
    """The CRM will not take this one write, or has no such record; another try gives the same."""


class CrmAccessError(UnavailableError):
    """The CRM does not let us in: a token or a password is wrong, expired, revoked, or of another account.

    Until somebody mends it nothing can be read or written, and what waits goes on waiting.
    """


class CrmAwayError(UnavailableError):
    """The CRM does not answer, or asks us to wait.

    Attributes:
        retry_after: seconds that it asks for; None: it says nothing.
        uncertain: what was asked for may have been done.
        whole: nothing else would be answered either; False: it is about this one request.
    """

    def __init__(
        self, words: str, retry_after: float | None = None, *, uncertain: bool = False, whole: bool = True
    ) -> None:
        super().__init__(words)
        self.retry_after = retry_after
        self.uncertain = uncertain
        self.whole = whole


class UnfinishedError(PermanentError):
    """Work on what a stranger sent came to no end within its limits.

    Attributes:
        why: one word for people: ``out_of_time``, ``out_of_memory``, ``process_died``, or the type of the error.
    """

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(f"the work was not finished ({why})")


class WorkflowCodeError(PermanentError):
    """The code of a workflow breaks a rule that its replay depends on.

    Attributes:
        workflow: its name.
    """

    def __init__(self, workflow: str, why: str) -> None:
        super().__init__(f"the worker does not start, since the code of {workflow} breaks a rule of workflows: {why}")
        self.workflow = workflow


class MailboxDisconnectedError(UnavailableError):
    """A mailbox whose owner has to connect it (again) before anything can be sent or read there."""
