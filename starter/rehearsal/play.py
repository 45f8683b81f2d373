"""Plays runs in the order of time: those that come next move to their next instants, and everybody else waits."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from email.utils import format_datetime
from typing import TYPE_CHECKING, Final

from temporalio.service import RPCError

from adapters.postgres import queries
from sequences.channels import EMAIL
from sequences.errors import RefusedError, UnavailableError
from sequences.runs.state import Phase, RunState
from services.enrolling.enroll import EntryRequest

if TYPE_CHECKING:
    from collections.abc import Callable

    from sequences.reactions.sentiment import Label
    from starter.rehearsal.engine import Engine
    from starter.rehearsal.people import Player

_PATIENCE: Final = 60.0
_LOOK: Final = 0.05
_MOST_TURNS: Final = 200
_TOGETHER: Final = timedelta(minutes=1)
"""What comes within so long of the next thing moves with it: the order within a minute decides nothing."""
_AT_ONCE: Final = 20
_ANSWERS_AFTER: Final = timedelta(days=1)
_WORDS: Final = {"positive": "Yes, please tell me more.", "negative": "I am not interested.", "neutral": "I see."}


@dataclass
class Part:
    """One player's run.

    Attributes:
        refused: why they do not enter; then there is no run.
        next_at: when the run does something next; None: it waits for a date or for somebody, or is over.
        answers_at: when they answer; None: they do not, or have.
        turns: how often it was moved.
    """

    player: Player
    enrollment: str = ""
    workflow_id: str = ""
    refused: str = ""
    next_at: datetime | None = None
    answers_at: datetime | None = None
    open: bool = False
    answered: bool = False
    turns: int = 0
    seen: tuple[object, ...] = field(default=())


class Play:
    """One rehearsal."""

    def __init__(self, engine: Engine, until: datetime, replies: Label | None) -> None:
        """``until``: nothing later is played. ``replies``: how everybody answers a day after their first message."""
        self._engine = engine
        self._until = until
        self._replies = replies

    async def enter(self, sequence: str, player: Player) -> Part:
        """Enrolls somebody, by the same rules as by hand."""
        part = Part(player)
        record = None if player.record == player.person else player.record
        try:
            accepted = await self._engine.services.enrolling.enroll(
                EntryRequest(sequence, secrets.token_hex(8), player.person, record)
            )
        except RefusedError as error:
            part.refused = error.detail
            return part
        part.enrollment, part.workflow_id, part.open = accepted.enrollment, accepted.workflow_id, True
        await self._settled(part)
        return part

    async def play(self, parts: list[Part], over: Callable[[], None]) -> None:
        """Plays until everybody is through, or the end of the time.

        Args:
            parts: as they entered.
            over: called once for each that plays no more.

        Raises:
            UnavailableError: the engine does not go on.
        """
        waiting = [part for part in parts if part.open]
        while waiting:
            turns = {part.enrollment: at for part in waiting if (at := _turn(part)) is not None and at <= self._until}
            if not turns:
                break
            soon = min(turns.values()) + _TOGETHER
            moved = [part for part in waiting if part.enrollment in turns and turns[part.enrollment] <= soon]
            self._engine.clock.now = min(turns.values())
            await asyncio.gather(*map(self._move, moved[:_AT_ONCE]))
            for part in [each for each in moved if not each.open]:
                waiting.remove(part)
                over()
        for _ in waiting:
            over()

    async def _move(self, part: Part) -> None:
        at = _turn(part)
        assert at is not None
        handle = self._engine.services.client.get_workflow_handle(part.workflow_id)
        ahead = at - await self._engine.skipper.get_current_time(handle)
        if ahead > timedelta(0):
            # A moment more: timers of the server are rounded up.
            await self._engine.skipper.fast_forward(handle, ahead + timedelta(seconds=1))
        if part.answers_at == at:
            part.answers_at, part.answered = None, True
            await self._answer(part)
        await self._settled(part)

    async def _settled(self, part: Part) -> None:
        """Waits until the run has done what was its turn, and notes when it comes next."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _PATIENCE
        while True:
            state = await self._state(part)
            seen = _mark(state)
            if state.phase == Phase.CLOSED:
                part.open, part.next_at, part.answers_at = False, None, None
                return
            if seen != part.seen and not state.reactions and await self._is_quiet(part, state):
                part.seen = seen
                part.turns += 1
                # What is held, by a hold of the sequence or the owner, is looked at every five minutes, for good.
                part.next_at = _next(state) if part.turns < _MOST_TURNS else None
                await self._note_answer(part)
                return
            if loop.time() > deadline:
                raise UnavailableError(
                    f"the rehearsal gave up after {_PATIENCE:.0f} s: run {part.enrollment} does not go on"
                )
            await asyncio.sleep(_LOOK)

    async def _state(self, part: Part) -> RunState:
        handle = self._engine.services.client.get_workflow_handle(part.workflow_id, result_type=str)
        try:
            state: RunState = await handle.query("status", result_type=RunState)
        except RPCError:
            # Started in a moment, or gone; Postgres says which.
            async with self._engine.services.database.transaction() as connection:
                row = await queries.enrollment_row(connection, id=part.enrollment)
            return RunState(phase=Phase.CLOSED) if row and row.state in ("stopped", "finished") else RunState()
        return state

    async def _is_quiet(self, part: Part, state: RunState) -> bool:
        """Nothing is due at this moment, and no reaction is on its way."""
        handle = self._engine.services.client.get_workflow_handle(part.workflow_id)
        now = await self._engine.skipper.get_current_time(handle)
        at = _next(state)
        if state.phase == Phase.STARTING or (at is not None and at <= now):
            return False
        async with self._engine.services.database.transaction() as connection:
            reactions = await queries.reactions_of(connection, enrollment_id=part.enrollment)
        return all(each.handled_at for each in reactions)

    async def _note_answer(self, part: Part) -> None:
        if self._replies is None or part.answered or part.answers_at is not None:
            return
        async with self._engine.services.database.transaction() as connection:
            sends = await queries.sends_of(connection, enrollment_id=part.enrollment)
        sent = [each.claimed_at for each in sends if each.state == "sent" and each.claimed_at]
        if sent:
            part.answers_at = min(sent) + _ANSWERS_AFTER

    async def _answer(self, part: Part) -> None:
        """They answer their newest message, by the way it came."""
        assert self._replies is not None
        async with self._engine.services.database.transaction() as connection:
            sends = await queries.sends_of(connection, enrollment_id=part.enrollment)
        newest = max((each for each in sends if each.state == "sent"), key=lambda each: each.claimed_at or self._until)
        words = _WORDS[self._replies.value]
        if newest.channel == EMAIL.name:
            raw = (
                f"From: {newest.recipient}\r\nTo: {newest.sender}\r\nSubject: Re: {newest.subject or ''}\r\n"
                f"Message-ID: <{secrets.token_hex(8)}@rehearsal.invalid>\r\nIn-Reply-To: {newest.message_id}\r\n"
                f"Date: {format_datetime(self._engine.clock())}\r\n"
                "MIME-Version: 1.0\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n"
                f"{words}\r\n"
            )
            await self._engine.mail.receive(raw.encode("utf-8", "replace"), ())
        else:
            form = {"From": newest.recipient, "To": newest.sender, "Body": words, "MessageSid": secrets.token_hex(16)}
            await self._engine.texts.receive(form)


def _turn(part: Part) -> datetime | None:
    """When something happens to it next."""
    known = [at for at in (part.next_at, part.answers_at) if at is not None]
    return min(known, default=None)


def _next(state: RunState) -> datetime | None:
    if state.phase == Phase.PAUSED:
        return state.paused_until
    return state.due.at if state.due else None


def _mark(state: RunState) -> tuple[object, ...]:
    """Another one whenever the run has done something."""
    due = state.due
    parts = (due.step, due.at, due.attempt, due.why) if due else ()
    return (state.phase, state.steps_taken, state.paused_until, len(state.seen), *parts)
