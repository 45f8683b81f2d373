"""What activities need of the world, as protocols: adapters implement them, tests may too."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Collection, Iterable, Mapping, Sequence
    from concurrent.futures import Future
    from contextlib import AbstractAsyncContextManager
    from datetime import datetime

    from adapters.templates.source import TemplateSource
    from sequences.auto_enroll.messages import WindowChange, WindowState
    from sequences.mailboxes.own_mailbox import OwnMailbox
    from sequences.reactions.sentiment import Score
    from sequences.runs.after_restore import FoundRun, RunEvidence
    from sequences.runs.state import Command, CommandAnswer, Due, Reaction, RunState
    from sequences.runs.whereabouts import OpenWorkflow, Whereabouts, WorkflowRef
    from sequences.sending.deliveries import ReceiverAnswer
    from sequences.sending.email_content import EmailContent
    from sequences.sending.footer import Footer
    from sequences.sending.outcome import HandOver, TransportOutcome


class ReadyConnection(Protocol):
    """A connection to a mail server that has got through login, for one message at the most."""

    async def send(self, *, envelope_from: str, recipient: str, content: bytes, handover: HandOver) -> TransportOutcome:
        """Never raises for what the server says or fails to say: that is the outcome.

        Cancelled, it says nothing more to the server; ``handover`` then knows whether the message may be out.
        """
        ...


class EmailTransport(Protocol):
    """Hands finished messages to a mail server, in two stages: first a connection, then the message."""

    def connection(self) -> AbstractAsyncContextManager[ReadyConnection]:
        """A connection on which a message may be handed over at once, as long as the block lasts.

        What is claimed before it may wait for minutes with its claim, and is in doubt when the worker dies meanwhile.

        Raises:
            NotReadyError: on entering: none was to be had in good time; the outcome says why and for how long.
        """
        ...


class OwnTransports(Protocol):
    """The servers of mailboxes of their own."""

    def lent(self, mailbox: OwnMailbox) -> AbstractAsyncContextManager[EmailTransport]:
        """The transport of a mailbox that has one of its own, as long as the block lasts.

        Raises:
            NotReadyError: on entering: it cannot be built, such as when its secret cannot be opened.
        """
        ...

    async def not_ready(self, mailbox: OwnMailbox, outcome: TransportOutcome, now: datetime) -> None:
        """There was no connection: a mailbox whose server does not let us in is disconnected, and people are told."""
        ...

    async def file_sent(self, mailbox: OwnMailbox, content: bytes) -> None:
        """Files a mail that went out in the Sent folder, if the mailbox has one that its provider does not fill.

        Never raises: the mail is out, whatever becomes of its copy.
        """
        ...


class ProviderLookup(Protocol):
    """Knows what a provider was handed."""

    async def find(
        self, recipient: str, body: str, since: datetime, *, sender: str | None = None, known: Collection[str] = ()
    ) -> str | None:
        """The provider's id of a message that it was handed since then, or None when it has none such. Only reads.

        Args:
            recipient: of the ``send`` row, as the provider is told it.
            body: as frozen in the ``send`` row.
            since: UTC; when the send was claimed.
            sender: of the ``send`` row; None is the setting's.
            known: provider ids of other sends, which are not this one even if they say the same.

        Raises:
            UnavailableError: the provider does not answer.
            PermanentError: it refuses the look-up.
        """
        ...


class SmsTransport(ProviderLookup, Protocol):
    """Hands one text to a provider."""

    async def send(
        self,
        *,
        recipient: str,
        body: str,
        sender: str | None,
        status_callback: str,
        handover: HandOver,
        content: Mapping[str, str] | None = None,
    ) -> TransportOutcome:
        """Never raises for what the provider says or fails to say: that is the outcome.

        ``content`` names an approved template in place of ``body``. Cancelled, it sends nothing more; ``handover`` then
        knows whether the message may be out.
        """
        ...


class SentFolder(Protocol):
    """Where a mail server files what it took."""

    async def filed(self, sender: str, message_ids: Sequence[str]) -> frozenset[str]:
        """Those Message-IDs that lie in the sender's Sent folder.

        Raises:
            UnavailableError: it cannot be looked into now.
        """
        ...


class TemplateRenderer(Protocol):
    """Turns a frozen template and the record's values into words."""

    def render(
        self,
        source: TemplateSource,
        values: Mapping[str, Mapping[str, object]],
        footer: Footer | None = None,
        signature: Footer | None = None,
    ) -> EmailContent | str:
        """An e-mail, or the words of a text. The footer goes under a mail that says nowhere how to get no more.

        The signature goes above it, under a mail that does not place it itself.

        Raises:
            TemplateError: a value is missing and the template has no default for it; the message names the field.
        """
        ...

    def render_text(self, text: str, values: Mapping[str, Mapping[str, object]]) -> str:
        """One line of words, such as the title of a task.

        Raises:
            TemplateError: as above.
        """
        ...


class Scorer(Protocol):
    """Judges what replies mean for further contact, for any number of threads at once."""

    def submit(self, text: str) -> Future[Score]:
        """Asks for the score of one text. The future holds it, or what the model raised over this text.

        Raises:
            UnavailableError: the worker is shutting down.
        """
        ...


class Runs(Protocol):
    """Reaches runs in Temporal."""

    async def start(self, workflow_id: str, state: RunState, first: Due | None) -> bool:
        """Starts the run; one of that id that is open already is left alone.

        Args:
            workflow_id: of the record.
            state: whose run it is.
            first: what comes first by its stored plan; None: the run plans itself.

        Returns:
            Whether the run is open now, by this call or by one before; False while the id is that of another run.

        Raises:
            SettingsError: Temporal lacks something that every run needs; the message says what to do.
            UnavailableError: Temporal does not answer.
        """
        ...

    async def react(self, workflow_id: str, reaction: Reaction, *more: Reaction) -> bool:
        """Signals an open run, what came back since the last signal in their order; False when it is closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def plan(self, workflow_id: str, due: Due) -> bool:
        """Signals an open run that it was planned again; False when it is closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def follow_up_late(self, enrollment: str, reaction: Reaction) -> None:
        """Starts the small workflow that handles a reaction whose run has closed; idempotent.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def whereabouts(self, workflow_id: str, enrollment: str) -> Whereabouts:
        """Whether the run's workflow is open, and if not, what became of it.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def command(self, workflow_id: str, command: Command) -> CommandAnswer:
        """Pauses, resumes or stops an open run.

        Raises:
            RefusedError: it makes no sense now; the message says why.
            NotFoundError: the run is closed.
            UnavailableError: Temporal, or every worker, does not answer.
        """
        ...


class Windows(Protocol):
    """Reaches the workflows of re-enrollment windows."""

    async def start(self, state: WindowState) -> str | None:
        """Takes the id of a window that opened, until its end. The id is the gate: who has it keeps it.

        Returns:
            None: it runs for this window, now or already. Otherwise the id of the window that it runs for, empty when
            that one has just closed.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def change(self, state: WindowState, change: WindowChange) -> None:
        """Tells the workflow; without one, it is started in ``state``.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def tell(self, sequence: str, person: str, change: WindowChange) -> None:
        """The window needs its workflow no more: it is told, if there is one, and frees its id.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...


class Executions(Protocol):
    """Looks at workflows from outside. Lists lag by a moment: what they say is asked for by id before it counts.

    Each method raises ``UnavailableError`` when Temporal does not answer.
    """

    @property
    def namespace(self) -> str:
        """Where it looks, for people."""
        ...

    async def whereabouts(self, workflow_id: str) -> Whereabouts:
        """Whether the newest workflow of that id is open, and if not, what became of it."""
        ...

    async def ended_since(self, workflow: str, since: datetime) -> list[str]:
        """Ids of workflows of a type that failed, or were ended from outside, since then (UTC)."""
        ...

    async def open_among(self, workflow_ids: Iterable[str]) -> set[str]:
        """Which of these are listed as open."""
        ...

    async def open_page(self, workflow: str, token: bytes | None) -> tuple[list[OpenWorkflow], bytes | None]:
        """One page of the open workflows of a type, and the token of the next one."""
        ...

    async def whose(self, found: OpenWorkflow) -> str | None:
        """The enrollment that this execution runs for, empty when it does not say; None when it is over."""
        ...

    async def terminate(self, found: OpenWorkflow, reason: str) -> bool:
        """Ends this execution; False when it is over already."""
        ...

    async def stuck(self, workflow: str, limit: int) -> list[str]:
        """Ids of open workflows whose code cannot go on."""
        ...


class Histories(Protocol):
    """Deletes what Temporal holds of workflows that are over."""

    async def of(self, workflow_ids: Collection[str], runs: Collection[str]) -> list[WorkflowRef]:
        """The executions with these ids; of workflows of runs only those that ran for one of these enrollments.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def delete(self, found: WorkflowRef) -> str | None:
        """Ends an execution that is open, and deletes it; one that is gone already counts as deleted.

        Returns:
            None: it is deleted. Else why Temporal does not let us, for people.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...


class RunHistories(Protocol):
    """What Temporal knows of runs in a time that our rows know nothing of.

    Each method raises ``UnavailableError`` when Temporal does not answer. Instants are UTC.
    """

    async def found(self, workflow_id: str) -> FoundRun | None:
        """The newest execution of that id; None: Temporal knows none."""
        ...

    async def evidence(self, run: FoundRun, since: datetime, until: datetime) -> RunEvidence:
        """What a run tried and heard in that time."""
        ...

    def begun_since(self, since: datetime) -> AsyncIterator[FoundRun]:
        """Runs that began since then, open or over, with what they were started with."""
        ...

    def open_runs(self) -> AsyncIterator[FoundRun]:
        """All open runs, with what they were started with."""
        ...


class Receivers(Protocol):
    """Posts to other systems."""

    async def address_of(self, endpoint: str) -> str | None:
        """The URL of a receiver by its name; None: there is none of that name (any more)."""
        ...

    async def post(self, url: str, body: bytes, *, key: str) -> ReceiverAnswer:
        """Posts JSON, signed; ``key`` is the same for every try of one delivery.

        Never raises for what a receiver does or fails to do: that is the answer.
        """
        ...


class Deliveries(Protocol):
    """Reaches the workflows that deliver follow-ups."""

    async def hand_over(self, follow_up: str, kind: str, sequence: str) -> None:
        """Starts the workflow of a follow-up, or makes the one that is open try at once.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...

    async def mail_now(self, cause: str) -> None:
        """Starts a pass over replies and answers; ``cause`` is the id of the row that is new.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...


class RuleWatchers(Protocol):
    """Reaches the workflows that match changes against rules."""

    async def wake(self) -> None:
        """There is something to do.

        Raises:
            UnavailableError: Temporal does not answer.
        """
        ...
