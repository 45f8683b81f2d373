"""Writes the message of a step as of now, or ends the step of which no message can be made."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences import ids
from sequences.channels import CHANNELS, from_owner
from sequences.erased_address import address_hashes
from sequences.errors import PermanentError, TemplateError
from sequences.planning.values import Channel
from sequences.sending.addresses import address_problem
from sequences.sending.send_obstacles import SEND_PROBLEM, Settled
from services.enrolling.eligibility import address_keys
from services.intake.topics import topic_problem
from services.mailboxes.choose_mailbox import ChooseMailbox
from services.notifications import NewNotification, notify
from services.privacy.erased_addresses import recognise, write_out
from services.runs.end_run import close
from services.sending.compose_email import store, store_again
from services.sending.form_links import require_forms
from services.sending.free_words import free_words_problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.definition.steps import Step
    from sequences.runs.state import Due
    from sequences.sending.send_obstacles import NotNow
    from services.organisation import Organisation
    from services.privacy.erased_addresses import Recognised
    from services.runs.planning import Planning, RunContext
    from services.runs.whole_run import EarlierSend
    from services.sending.compose_email import Composer, Message

_log = logging.getLogger("relance.steps")


class PrepareMessage:
    """Makes ``send`` rows ready to be claimed."""

    def __init__(
        self,
        planning: Planning,
        composer: Composer,
        organisation: Organisation,
        choosing: ChooseMailbox | None = None,
    ) -> None:
        self._planning = planning
        self._composer = composer
        self._organisation = organisation
        self._choosing = choosing or ChooseMailbox()

    async def sender_decided(
        self, connection: Connection, context: RunContext, step: Step, earlier: Sequence[EarlierSend]
    ) -> RunContext | None:
        """The run with its mailbox, where nothing has to be written or waited for; the connection reads only."""
        if not from_owner(step.channel):
            return context
        return await self._choosing.decided(connection, context, earlier)

    async def with_sender(
        self,
        connection: Connection,
        context: RunContext,
        step: Step,
        now: datetime,
        earlier: Sequence[EarlierSend],
        attempt: int = 0,
    ) -> RunContext | NotNow:
        """The run with the mailbox that its mail goes out from, decided now if need be; else until when it waits.

        Arguments are those of ``prepare``; ``attempt`` is which one this is.
        """
        if not from_owner(step.channel):
            return context
        return await self._choosing.decide(connection, context, earlier, now, attempt)

    async def prepare(
        self,
        connection: Connection,
        context: RunContext,
        step: Step,
        now: datetime,
        earlier: Sequence[EarlierSend],
    ) -> str | Due:
        """Who it goes out from, when it is ready to be claimed; else what comes instead.

        What no provider can have is written anew at every look: in the days that a cap or a server takes, the address,
        the name and the owner may have changed.

        Args:
            connection: in a transaction.
            context: of the run.
            step: sends a message.
            now: the run's time.
            earlier: the sends of the run so far; the step's own is among them, if it has one.
        """
        stored = next((row for row in earlier if row.step == step.id), None)
        if stored is not None and (stored.state != "planned" or stored.handed_at is not None):
            return str(stored.sender)
        # Who was erased, and came again while the run was open: the claim is refused by what this writes.
        await write_out(connection, await self._recognised(connection, context), now)
        problem = await self._problem(connection, context, step, now)
        if problem is not None:
            return await self._refuse(connection, context, step, problem, now)
        spec = CHANNELS[step.channel]
        if spec.from_owner and (problem := self._composer.sender_problem(context)) is not None:
            await _tell_assigned_by(connection, context, step, problem, now)
            return await self._refuse(connection, context, step, problem, now)
        try:
            message = await self._composer.compose(connection, context, step, now, earlier)
            await require_forms(connection, message.forms)
        except TemplateError as error:
            # What comes after a mail that cannot be written makes no sense without it.
            send = ids.send_id(context.run.id, step.id)
            await queries.refuse_send(connection, id=send, at=now, reason=str(error))
            await self._planning.decide(connection, context, step.id, Settled("failed", str(error)), now)
            told = NewNotification(
                SEND_PROBLEM, f"stopped at {step.id}: {error}", now, f"n{context.run.id}-{step.id}-template"
            )
            await notify(connection, context, told)
            return await close(connection, context.run, "stopped", f"the template of {step.id} lacks a field", now)
        except PermanentError as error:
            # No message can be built of this, today or tomorrow: the step ends with the reason, and the run goes on.
            problem = f"it cannot be written: {error}"
            await _tell_assigned_by(connection, context, step, problem, now)
            return await self._refuse(connection, context, step, problem, now)
        await (store if stored is None else store_again)(connection, message)
        return message.sender

    def sender(self, context: RunContext) -> str:
        """The address on the mails of a run."""
        return self._composer.sender(context)[1]

    async def unstored(
        self,
        connection: Connection,
        context: RunContext,
        step: Step,
        now: datetime,
        earlier: Sequence[EarlierSend],
    ) -> Message | None:
        """The message, if it is a ``send`` row with links and nothing else, and nothing is to be said about it.

        Arguments are those of ``prepare``; the connection reads only, and the step has no message yet.
        """
        # What a text tells of opting out is written beside it.
        if step.channel != Channel.EMAIL or self._composer.sender_problem(context) is not None:
            return None
        if await self._problem(connection, context, step, now) is not None:
            return None
        try:
            message = await self._composer.compose(connection, context, step, now, earlier)
        except PermanentError:
            return None
        # The claim asks for these in its own statement: nearly nobody was erased, and nearly all messages go this way.
        return replace(message, erased=tuple(self._hashes(context))) if not message.forms else None

    def _keys_of(self, context: RunContext) -> tuple[str | None, ...]:
        found = address_keys(context.view.person, self._organisation.phone_region)
        return tuple(found.values())

    def _hashes(self, context: RunContext) -> list[bytes]:
        return address_hashes(self._organisation.token_keys, *self._keys_of(context))

    async def _recognised(self, connection: Connection, context: RunContext) -> tuple[Recognised, ...]:
        keys = self._organisation.token_keys
        return await recognise(connection, keys, context.view.person_id, self._keys_of(context))

    async def _problem(self, connection: Connection, context: RunContext, step: Step, now: datetime) -> str | None:
        problem = address_problem(context.view, step.channel, self._organisation.phone_region)
        problem = problem or await topic_problem(connection, context)
        return problem or await free_words_problem(connection, context, step, self._organisation.phone_region, now)

    async def _refuse(
        self, connection: Connection, context: RunContext, step: Step, problem: str, now: datetime
    ) -> Due:
        """Ends a step of which no message can be made."""
        await queries.refuse_send(connection, id=ids.send_id(context.run.id, step.id), at=now, reason=problem)
        await self._planning.decide(connection, context, step.id, Settled("refused", problem), now)
        told = NewNotification(SEND_PROBLEM, _not_sent(step, problem), now, f"n{context.run.id}-{step.id}-{problem}")
        await notify(connection, context, told)
        return await self._planning.next_due(connection, context, now)


async def _tell_assigned_by(
    connection: Connection, context: RunContext, step: Step, problem: str, now: datetime
) -> None:
    """The problem is ours: the owner, whose own address may be wrong, may not hear of it by mail."""
    _log.warning("a message cannot be built", extra={"enrollment": context.run.id, "step": step.id})
    rules = context.version.definition.auto_enroll
    if rules is not None and rules.assigned_by not in (None, context.view.owner_id):
        key = f"n{context.run.id}-{step.id}-assigned-{problem}"
        told = NewNotification(SEND_PROBLEM, _not_sent(step, problem), now, key)
        await notify(connection, context, told, "assigned_by")


def _not_sent(step: Step, problem: str) -> str:
    return f"{step.id} not sent ({problem})"
