"""EnrollmentWorkflow: one record's run through one version of one sequence."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import TypeVar

from temporalio import workflow
from temporalio.converter import value_to_type
from temporalio.exceptions import ActivityError, ApplicationError, CancelledError, is_cancelled_exception
from temporalio.exceptions import TimeoutError as WorkerLostError

with workflow.unsafe.imports_passed_through():
    from sequences.names import (
        BEGIN_RUN,
        CARRY_OUT_COMMAND,
        DELIVER_FOLLOW_UPS,
        FINISH_RUN,
        HANDLE_REACTION,
        SCORE_REPLY,
        SEND_QUEUE,
        SENTIMENT_QUEUE,
        TAKE_STEP,
    )
    from sequences.runs.command_checks import pinned, refusal_of
    from sequences.runs.failures import FailureCall
    from sequences.runs.state import (
        Command,
        CommandAnswer,
        CommandCall,
        CommandKind,
        Decision,
        Due,
        Phase,
        Reaction,
        ReactionCall,
        RunCall,
        RunState,
        StepCall,
    )
    from workflows import time_outs
    from workflows.calls import ActivityOptions, call, start
    from workflows.failures import settled
    from workflows.search_attributes import PHASE
    from workflows.ui_details import details_of, timer_summary

_Message = TypeVar("_Message", RunState, Reaction)
_NONE: frozenset[str] = frozenset()
_NOT_SCORING: Mapping[str, asyncio.Task[None]] = MappingProxyType({})
_CUTS = frozenset({CommandKind.STOP, CommandKind.PAUSE, CommandKind.SKIP})


@workflow.defn(name="EnrollmentWorkflow")
class EnrollmentWorkflow:
    """Waits until a step is due or a message comes, then calls one activity (design section 4)."""

    # There are thousands in the cache of a worker.
    __slots__ = ("_first", "_scored", "_scoring", "_shown_phase", "_sleeps_until", "state")

    @workflow.init
    def __init__(self, state: RunState, first: Due | None = None) -> None:
        # Handlers may run before run(): what they touch must exist here.
        self.state = _typed(RunState, state)
        self._first = first
        if first is not None and self.state.continued == 0:
            self.state.begin_with(first)
        # Nothing of most runs is ever scored: they share these.
        self._scored = _NONE
        self._scoring = _NOT_SCORING
        self._sleeps_until: datetime | None = None
        self._shown_phase = "" if self.state.continued == 0 else self.state.phase

    @workflow.run
    async def run(self, state: RunState, first: Due | None = None) -> str:
        """Runs until the sequence stopped or finished; returns why.

        Args:
            state: where the run is.
            first: what comes first, of a run that was planned when it was accepted. Workers of 0.1 cannot take a second
                argument, so they leave such runs to newer ones: their commands would not replay here.
        """
        try:
            if self.state.phase == Phase.STARTING:
                # Not planned when it was accepted: 0.1 began it, or its record was being changed at that moment.
                await self._begin()
            # A run that sleeps holds every coroutine down to its timer: this one awaits it itself.
            while self.state.phase != Phase.CLOSED:
                self._show()
                self._start_scoring()
                if (waiting := self._waiting()) is not None:
                    with suppress(TimeoutError):
                        await waiting
                await self._go_on_awake()
        except (asyncio.CancelledError, ActivityError) as error:
            if not is_cancelled_exception(error):
                raise
            # Somebody pressed "cancel" in the Temporal UI: Postgres must hear of it, or it would show an open run.
            await self._carry_out(Command(id="cancelled", kind=CommandKind.STOP, reason="cancelled in Temporal"))
            self._show()
            raise
        self._show()
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self.state.due.reason if self.state.due else ""

    async def _go_on_awake(self) -> None:
        if self.state.commands:
            await self._carry_out(self.state.commands[0])
        elif (reaction := self._next_reaction()) is not None:
            await self._handle(reaction)
        elif self._is_due():
            await self._act()
        elif workflow.info().is_continue_as_new_suggested():
            await self._continue_as_new()

    # --- messages -----------------------------------------------------------------------------------------------

    @workflow.signal
    def react(self, reaction: Reaction, more: list[Reaction] | None = None) -> None:
        """Something came back; its row is in Postgres. Known ids are passed over.

        Args:
            reaction: what came back.
            more: what came back after it. Workers of 0.1 cannot take a second argument, so they leave it to newer ones.
        """
        for each in (_typed(Reaction, reaction), *(more or ())):
            if each.id and self.state.remember(each.id):
                self.state.reactions.append(each)

    @workflow.signal
    def plan(self, due: Due) -> None:
        """It was planned again from outside, and is due earlier than it knew. An older plan than its own is ignored."""
        revision = due.revision or 0
        # A worker of 0.1 knows no such signal: what it passed over is passed over in every replay of it. It never had a
        # run with a stored plan, which needs no marker: that is two events, and one of them goes to visibility.
        if revision > self.state.plan_revision and (self._first is not None or workflow.patched(f"plan-{revision}")):
            self._go_on(due.still_by_hand(self.state.due))

    @workflow.update
    async def pause(self, command: Command) -> CommandAnswer:
        """Sends nothing until it is resumed. Answers once it is in Postgres; the same id again gets the same answer."""
        return await self._obey(command)

    @workflow.update
    async def resume(self, command: Command) -> CommandAnswer:
        """Goes on after a pause, by the command's mode or the sequence's own."""
        return await self._obey(command)

    @workflow.update
    async def stop(self, command: Command) -> CommandAnswer:
        """Ends the run; of a send under way only what the server has already, or may have, is out."""
        return await self._obey(command)

    @workflow.update
    async def skip(self, command: Command) -> CommandAnswer:
        """Skips the next step, or the one named; the ones after it count from now."""
        return await self._obey(command)

    @workflow.update(name="send-now")
    async def send_now(self, command: Command) -> CommandAnswer:
        """Makes the next step due at once, whatever the schedule says; what protects the recipient still holds it."""
        return await self._obey(command)

    @workflow.update
    async def move(self, command: Command) -> CommandAnswer:
        """Goes on with another published version of the sequence; nothing that was sent is sent again."""
        return await self._obey(command)

    @pause.validator
    def _may_pause(self, command: Command) -> None:
        self._refuse_nonsense(command, CommandKind.PAUSE)

    @resume.validator
    def _may_resume(self, command: Command) -> None:
        self._refuse_nonsense(command, CommandKind.RESUME)

    @stop.validator
    def _may_stop(self, command: Command) -> None:
        self._refuse_nonsense(command, CommandKind.STOP)

    @skip.validator
    def _may_skip(self, command: Command) -> None:
        self._refuse_nonsense(command, CommandKind.SKIP)

    @send_now.validator
    def _may_send_now(self, command: Command) -> None:
        self._refuse_nonsense(command, CommandKind.SEND_NOW)

    @move.validator
    def _may_move(self, command: Command) -> None:
        self._refuse_nonsense(command, CommandKind.MOVE)

    def _refuse_nonsense(self, command: Command, kind: CommandKind) -> None:
        _refuse(refusal_of(self.state, command) if command.kind == kind else f"this update takes a {kind} command")

    async def _obey(self, command: Command) -> CommandAnswer:
        if self.state.remember(command.id):
            self.state.commands.append(pinned(command, self.state))
        await workflow.wait_condition(lambda: not self.state.awaits(command.id) or self.state.phase == Phase.CLOSED)
        _refuse(self.state.refusals.get(command.id))
        return self.state.answers.get(command.id) or CommandAnswer(changed=False, phase=self.state.phase)

    @workflow.query
    def status(self) -> RunState:
        """Where the run is; ids, instants and outcomes only."""
        return self.state

    # --- waiting ------------------------------------------------------------------------------------------------

    def _waiting(self) -> Awaitable[None] | None:
        """Until something is to be done; None: something is already. It times out when that is what is due."""
        if self._has_message():
            return None
        self._sleeps_until = self._wakes_at()
        if self._sleeps_until is None:
            return workflow.wait_condition(self._wakes)
        remaining = self._sleeps_until - workflow.now()
        if remaining <= timedelta(0):
            return None
        return workflow.wait_condition(self._wakes, timeout=remaining, timeout_summary=timer_summary(self.state))

    def _wakes(self) -> bool:
        return self._has_message_or_history_is_long() or self._wakes_at() != self._sleeps_until

    def _wakes_at(self) -> datetime | None:
        if self.state.phase == Phase.PAUSED:
            return self.state.paused_until
        if self.state.blocked:
            return None
        return self.state.due.at if self.state.due else None

    def _is_due(self) -> bool:
        until = self._wakes_at()
        return until is not None and until <= workflow.now()

    def _has_message(self) -> bool:
        # Asked as a condition again and again: it must not do anything itself.
        return bool(self.state.commands or self._unscored()) or self._next_reaction() is not None

    def _has_message_or_history_is_long(self) -> bool:
        return self._has_message() or workflow.info().is_continue_as_new_suggested()

    def _next_reaction(self) -> Reaction | None:
        """The oldest reaction that can be handled now: those with words wait for their score."""
        return next((each for each in self.state.reactions if not each.scored or each.id in self._scored), None)

    def _unscored(self) -> list[Reaction]:
        known = self._scored | self._scoring.keys()
        return [each for each in self.state.reactions if each.scored and each.id not in known]

    def _start_scoring(self) -> None:
        for reaction in self._unscored():
            self._scoring = {**self._scoring, reaction.id: asyncio.create_task(self._score(reaction))}

    # --- acting -------------------------------------------------------------------------------------------------

    async def _begin(self) -> None:
        try:
            due = await call(BEGIN_RUN, RunCall(self.state.enrollment, workflow.now()), Due, "begin")
        except ActivityError as error:
            await self._follow(await settled(error, self._failure()))
        else:
            self._go_on(due)

    async def _act(self) -> None:
        now = workflow.now()
        if self.state.phase == Phase.PAUSED:
            # The pause had an end: it resumes by itself, by the sequence's own mode.
            timed = Command(id=f"pause-ended:{now.isoformat()}", kind=CommandKind.RESUME, reason="the pause ended")
            self.state.commands.append(timed)
            return
        due = self.state.due
        if due is None or due.step is None:
            await self._finish(now)
            return
        argument = StepCall(self.state.enrollment, due.step, now, due.attempt, due.by_hand)
        self.state.steps_taken += 1
        await self._take(argument)

    async def _take(self, argument: StepCall) -> None:
        """Takes a step, unless somebody stops it on its way: a server that hangs must hold up no command, no answer.

        What was cut off stays due. The activity says whether it had gone out already: it ends before this does.
        """
        taking = start(TAKE_STEP, argument, Due, argument.step, ActivityOptions(SEND_QUEUE, time_outs.SENDING))
        try:
            await workflow.wait_condition(lambda: taking.done() or self._stands_in_the_way())
        except asyncio.CancelledError:
            taking.cancel()
            raise
        cut = not taking.done() and workflow.patched(f"cut-step-{self.state.steps_taken}")
        if cut:
            taking.cancel()
        try:
            following = await taking
        except ActivityError as error:
            if not (cut and isinstance(error.cause, CancelledError | WorkerLostError)):
                await self._follow(await settled(error, self._failure(step=argument.step)))
        else:
            self._go_on(following)

    def _stands_in_the_way(self) -> bool:
        """Somebody asks for what is not to be answered by one more message."""
        return self.state.blocked or any(command.kind in _CUTS for command in self.state.commands)

    async def _finish(self, now: datetime) -> None:
        try:
            due = await call(FINISH_RUN, RunCall(self.state.enrollment, now), Due, "finish")
        except ActivityError as error:
            await self._follow(await settled(error, self._failure()))
        else:
            self._go_on(due)

    async def _score(self, reaction: Reaction) -> None:
        argument = ReactionCall(self.state.enrollment, reaction.id, workflow.now())
        try:
            await call(SCORE_REPLY, argument, type(None), "score", ActivityOptions(SENTIMENT_QUEUE, time_outs.SCORING))
        except ActivityError as error:
            if isinstance(error.cause, CancelledError):
                raise
            # It will never be scored; handled without a score, a human reads it.
            workflow.logger.warning("a reply could not be scored", extra={"reaction": reaction.id})
        self._scored |= {reaction.id}

    async def _handle(self, reaction: Reaction) -> None:
        argument = ReactionCall(self.state.enrollment, reaction.id, workflow.now())
        try:
            decision = await call(HANDLE_REACTION, argument, Decision, reaction.kind)
        except ActivityError as error:
            decision = await settled(error, self._failure(reaction=reaction.id))
        self.state.reactions.remove(reaction)
        self._scoring = {key: task for key, task in self._scoring.items() if key != reaction.id}
        self._scored -= {reaction.id}
        await self._follow(decision)

    async def _carry_out(self, command: Command) -> None:
        argument = CommandCall(self.state.enrollment, command, workflow.now())
        was = self.state.phase
        try:
            decision = await call(CARRY_OUT_COMMAND, argument, Decision, command.kind)
        except ActivityError as error:
            decision = await settled(error, self._failure(command=command))
        if command.kind == CommandKind.RESUME and not decision.refused:
            self.state.phase = Phase.WAITING
        await self._follow(decision)
        self.state.settle(command, was, decision)

    async def _follow(self, decision: Decision) -> None:
        if decision.deliver:
            argument = RunCall(self.state.enrollment, workflow.now())
            try:
                await call(DELIVER_FOLLOW_UPS, argument, type(None), "deliver")
            except ActivityError as error:
                await settled(error, self._failure())
        self.state.version = decision.version or self.state.version
        if decision.then == "pause":
            self.state.phase = Phase.PAUSED
            if self.state.due:
                # Who pauses takes "send now" back.
                self.state.due = replace(self.state.due, by_hand=False)
            self.state.paused_until = decision.until
            self.state.pause_reason = decision.reason
        elif decision.due is not None:
            self._go_on(decision.due.still_by_hand(self.state.due))

    def _failure(self, *, step: str = "", reaction: str = "", command: Command | None = None) -> FailureCall:
        return FailureCall(self.state.enrollment, step=step, reaction=reaction, command=command or Command())

    def _go_on(self, due: Due) -> None:
        if due.is_older_than(self.state.plan_revision):
            return
        self.state.plan_revision = due.revision or self.state.plan_revision
        self.state.due = due
        if due.closed:
            self.state.phase = Phase.CLOSED
        elif self.state.phase != Phase.PAUSED:
            self.state.phase = Phase.WAITING if due.step else Phase.REACTING

    # --- upkeep ----------------------------------------------------------------------------------------------

    async def _continue_as_new(self) -> None:
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._has_message():
            return
        self.state.continued += 1
        workflow.continue_as_new(args=[self.state, self._first] if self._first is not None else [self.state])

    def _show(self) -> None:
        workflow.set_current_details(details_of(self.state))
        if self.state.shows_phase and self.state.phase != self._shown_phase:
            self._shown_phase = self.state.phase
            workflow.upsert_search_attributes([PHASE.value_set(str(self.state.phase))])


def _typed(kind: type[_Message], given: object) -> _Message:
    """The SDK reads a single argument where two are declared without its type."""
    return given if isinstance(given, kind) else value_to_type(kind, given)


def _refuse(refusal: str | None) -> None:
    if refusal is not None:
        # A plain exception would be a failure of ours; this one is the caller's answer.
        raise ApplicationError(refusal, type="RefusedError", non_retryable=True)
