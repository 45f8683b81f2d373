"""Writes the message of a step for one person outside of any run: to look at it, or to send it as a test."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.enrolling.refusals import address_words
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.planning.values import Channel
from sequences.sending.addresses import address_problem
from sequences.sending.wording import drawn, settled_on, wording_of, wordings
from services.follow_ups.send_message import message_step
from services.mailboxes.choose_mailbox import likely_mailbox
from services.runs.planning import RunContext
from services.runs.run_row import RunRow
from services.runs.whole_run import EarlierSend

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.records import Records
    from adapters.postgres.versions import Version
    from sequences.definition.steps import Step
    from sequences.sending.wording import Wording
    from services.sending.compose_email import Composer, Message

PREVIEW = "preview"
"""In the place of a run's id."""


@dataclass(frozen=True)
class Recipient:
    """Whom a message is rendered for.

    Attributes:
        person: id.
        record: id of the placement, for a sequence about placements.
        variant: of the step; None: the one that their newest run of the sequence gets, else the first.
    """

    person: str
    record: str | None = None
    variant: str | None = None


@dataclass(frozen=True)
class WrittenAlone:
    """A message, and what is to be known of it.

    Attributes:
        variant: of the step; None: it has none.
        thread: subject of the first mail, which a later one answers; None: it is no later mail.
    """

    message: Message
    variant: str | None
    thread: str | None


@dataclass(frozen=True)
class WriteAlone:
    """Writes messages with the code that sends, and stores nothing.

    Attributes:
        records: the mirror.
        composer: of the organisation.
        phone_region: how national numbers are read.
        run: in the place of a run's id. There is no run of that id.
    """

    records: Records
    composer: Composer
    phone_region: str
    run: str = PREVIEW

    async def write(
        self, connection: Connection, version: Version, step_id: str, recipient: Recipient, now: datetime
    ) -> WrittenAlone:
        """Writes the message of a step.

        Args:
            connection: only read.
            version: published or not.
            step_id: of a step that sends.
            recipient: the person, and the placement it is about.
            now: UTC; the date on the mail.

        Raises:
            NotFoundError: no such step, variant, person or placement.
            RefusedError: the step sends nothing, the placement is another's, or the person cannot be reached.
            TemplateError: a field has no value and the template no default.
        """
        step = version.step(step_id)
        channel = step.channel
        if channel == Channel.ACTION:
            raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"step: {step_id} sends nothing; it has only actions")
        context = await self._context(connection, version, recipient, now)
        wording = await _wording(connection, context, step, recipient.variant)
        return await self._written(connection, context, settled_on(step, wording), wording.variant, now)

    async def values(
        self, connection: Connection, version: Version, recipient: Recipient, now: datetime
    ) -> dict[str, Any]:
        """What texts of a step would be filled with; the arguments and errors are those of ``write``."""
        return self.composer.values(await self._context(connection, version, recipient, now))

    async def answer(
        self, connection: Connection, version: Version, template: str, recipient: Recipient, now: datetime
    ) -> WrittenAlone:
        """Writes the message that answers a reaction (``send:``); the arguments and errors are those of ``write``."""
        context = await self._context(connection, version, recipient, now)
        step = message_step(context, template)
        if step is None:
            raise NotFoundError(f"there is no message {template}, or its text has an error")
        return await self._written(connection, context, step, None, now)

    async def _written(
        self, connection: Connection, context: RunContext, step: Step, variant: str | None, now: datetime
    ) -> WrittenAlone:
        problem = address_problem(context.view, step.channel, self.phone_region)
        if problem is not None:
            raise RefusedError(RequestRefused.NOTHING_TO_SEND, f"{address_words(problem)}, so nothing would be sent")
        opened = first_mail(context.version)
        if opened is None or opened.id == step.id or not CHANNELS[step.channel].mail_like:
            message = await self.composer.compose(connection, context, step, now, ())
            return WrittenAlone(message, variant, None)
        first_words = settled_on(opened, await _wording(connection, context, opened, None))
        first = await self.composer.compose(connection, context, first_words, now, ())
        message = await self.composer.compose(connection, context, step, now, (_as_sent(first, now),))
        return WrittenAlone(message, variant, first.subject)

    async def _context(
        self, connection: Connection, version: Version, recipient: Recipient, now: datetime
    ) -> RunContext:
        person, record = recipient.person, recipient.record
        kind = version.definition.record
        if kind == "placement" and record is None:
            raise RefusedError(
                RequestRefused.AMBIGUOUS, f"record: {version.sequence} is about placements; choose one with --record"
            )
        view = await self.records.view(connection, kind, record if kind == "placement" and record else person)
        if view.person_id != person:
            raise RefusedError(RequestRefused.WRONG_PERSON, "record: that placement belongs to another person")
        # Links stay as the author wrote them: a tracked one of a mail without a row leads nowhere.
        version = replace(version, definition=version.definition.model_copy(update={"tracking": False}))
        rules = version.definition.auto_enroll
        assigned = await self.records.owner(connection, rules.assigned_by if rules else None)
        run = RunRow(
            id=self.run,
            workflow_id=self.run,
            sequence=version.sequence,
            version=version.version,
            record_type=kind,
            record_id=view.record_id,
            person_id=view.person_id,
            owner_id=view.owner_id,
            lineage=(),
            state="starting",
            reason=None,
            enrolled_at=now,
            plan_revision=0,
        )
        context = RunContext(run, version, view, assigned)
        return replace(context, mailbox=await likely_mailbox(connection, context))


async def _wording(connection: Connection, context: RunContext, step: Step, variant: str | None) -> Wording:
    """What is rendered of a step that has variants, or the one thing that it says."""
    if variant is None:
        run = await queries.newest_run(connection, sequence=context.run.sequence, record_id=context.run.record_id)
        found = drawn(step, run) if run is not None else next(iter(wordings(step)), None)
    else:
        found = wording_of(step, variant)
    if found is None:
        names = ", ".join(each.variant for each in wordings(step) if each.variant)
        there = f"its variants are {names}" if names else "it has no variants"
        raise NotFoundError(f"variant: step {step.id} has no variant {variant!r}; {there}")
    return found


def first_mail(version: Version) -> Step | None:
    """The step with the mail that the later ones answer."""
    return next((step for step in version.definition.steps if step.channel == Channel.EMAIL), None)


def _as_sent(mail: Message, now: datetime) -> EarlierSend:
    """The first mail of a run, for the mail that answers it."""
    return EarlierSend(
        step=mail.draft.step.id,
        channel=mail.channel,
        state="sent",
        sender=mail.sender,
        message_id=mail.message_id,
        subject=mail.subject,
        handed_at=now,
        undelivered_at=None,
        undelivered_reason=None,
    )
