"""Dies at any place of what runs: between any two statements, and on both sides of a call to Temporal."""

from __future__ import annotations

from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from tests.support.rigs.api import ScriptedRuns

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Database
    from sequences.auto_enroll.messages import WindowChange, WindowState
    from sequences.runs.state import Due, RunState


class KilledError(BaseException):
    """What SIGKILL does to the code that runs: nothing after it happens."""


@dataclass
class Reaper:
    """Counts the places that something passes, and kills at one of them; who is dead passes none any more."""

    at: int = 0
    passed: int = 0

    def passes(self) -> None:
        self.passed += 1
        if 0 < self.at <= self.passed:
            raise KilledError


@dataclass
class MortalDatabase:
    real: Database
    reaper: Reaper

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Any]:
        self.reaper.passes()
        async with self.real.transaction() as connection:
            yield _MortalConnection(connection, self.reaper)
            self.reaper.passes()
        self.reaper.passes()

    @asynccontextmanager
    async def statement(self) -> AsyncIterator[Any]:
        async with self.real.statement() as connection:
            yield _MortalConnection(connection, self.reaper)


class _MortalConnection:
    """A connection whose every statement is a place to die before, and after."""

    def __init__(self, real: Any, reaper: Reaper) -> None:
        self._real, self._reaper = real, reaper

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._real, name)
        if name not in ("fetch", "fetchrow", "fetchval", "execute"):
            return found

        async def mortal(*values: Any, **more: Any) -> Any:
            self._reaper.passes()
            answer = await found(*values, **more)
            self._reaper.passes()
            return answer

        return mortal


@dataclass
class MortalRuns(ScriptedRuns):
    """Runs as Temporal has them: an id is one run's until that one has ended."""

    reaper: Reaper = field(default_factory=Reaper)
    open: dict[str, RunState] = field(default_factory=dict)

    async def start(self, workflow_id: str, state: RunState, first: Due | None) -> bool:
        self.reaper.passes()
        self._answer()
        assert first is not None
        state.begin_with(first)
        known = self.open.setdefault(workflow_id, state)
        self.reaper.passes()
        return known.enrollment == state.enrollment


@dataclass
class MortalWindows:
    """Windows as Temporal has them: an id is one window's until that one has ended."""

    reaper: Reaper
    open: dict[str, str] = field(default_factory=dict)

    async def start(self, state: WindowState) -> str | None:
        self.reaper.passes()
        known = self.open.setdefault(f"{state.sequence}:{state.person}", state.window)
        self.reaper.passes()
        return None if known == state.window else known

    async def change(self, state: WindowState, change: WindowChange) -> None:
        self.reaper.passes()
        self.open[f"{state.sequence}:{state.person}"] = state.window
        self.reaper.passes()

    async def tell(self, sequence: str, person: str, change: WindowChange) -> None:
        self.reaper.passes()
        # One that sleeps for another window is that one's gate.
        if self.open.get(f"{sequence}:{person}") == change.window:
            del self.open[f"{sequence}:{person}"]
        self.reaper.passes()
