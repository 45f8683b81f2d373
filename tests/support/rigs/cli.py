"""What tests of commands share: a real Postgres in the environment; Temporal is a recorder behind the same port."""

from datetime import UTC, datetime
from typing import Any

from sequences.auto_enroll.messages import Origin, ScanState, WindowChange, WindowState
from sequences.runs.state import Command, CommandAnswer, Due, Reaction, RunState
from sequences.runs.whereabouts import Whereabouts

REVIEWED_AT = datetime(2027, 3, 26, 10, tzinfo=UTC)
RUN_OF_P1 = "e1aaaaaaaaaa"


class RecordedRuns:
    """``services.ports.Runs`` that remembers what it was asked."""

    def __init__(self) -> None:
        self.started: list[tuple[str, RunState]] = []
        self.commands: list[tuple[str, Command]] = []
        self.error: Exception | None = None
        self.where = Whereabouts.OPEN

    async def start(self, workflow_id: str, state: RunState, first: Due | None) -> bool:
        self.started.append((workflow_id, state))
        if self.error:
            raise self.error
        return True

    async def react(self, workflow_id: str, reaction: Reaction, *more: Reaction) -> None:
        raise AssertionError("no command signals")

    async def follow_up_late(self, enrollment: str, reaction: Reaction) -> None:
        raise AssertionError("no command follows up")

    async def whereabouts(self, workflow_id: str, enrollment: str) -> Whereabouts:
        return self.where

    async def command(self, workflow_id: str, command: Command) -> CommandAnswer:
        self.commands.append((workflow_id, command))
        if self.error:
            raise self.error
        return CommandAnswer(changed=True, phase="paused", detail="")


class RecordedRules:
    """``scan_orders.RuleOrders`` that remembers what it was asked; a scan is done at the second look."""

    def __init__(self) -> None:
        self.schedules: dict[str, bool] = {}
        self.scans: list[tuple[str, Origin]] = []
        self.woken, self.looks = 0, 0
        self.error: Exception | None = None
        self.found: dict[str, Any] = {"matched": 3, "enrolled": 2, "refused": 1}

    async def wake(self) -> None:
        self.woken += 1
        if self.error:
            raise self.error

    async def start_scan(self, sequence: str, origin: Origin) -> str:
        if self.error:
            raise self.error
        self.scans.append((sequence, origin))
        return f"rule-scan:{sequence}"

    async def scanned(self, sequence: str) -> ScanState:
        self.looks += 1
        origin = self.scans[-1][1].value
        return ScanState(sequence, origin, done=self.looks > 1, **(self.found if self.looks > 1 else {}))

    async def ensure_schedule(self, sequence: str, *, wanted: bool = True) -> None:
        if self.error:
            raise self.error
        self.schedules[sequence] = wanted


class RecordedWindows:
    """``services.ports.Windows`` that remembers what it was told."""

    def __init__(self) -> None:
        self.started: list[WindowState] = []
        self.told: list[WindowChange] = []

    async def start(self, state: WindowState) -> None:
        self.started.append(state)

    async def change(self, state: WindowState, change: WindowChange) -> None:
        self.told.append(change)

    async def tell(self, sequence: str, person: str, change: WindowChange) -> None:
        self.told.append(change)
