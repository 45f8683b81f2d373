"""What tests of commands share: a real Postgres in the environment; Temporal is a recorder behind the same port."""

from datetime import UTC, datetime

from sequences.auto_enroll.messages import ScanState
from sequences.runs.state import CommandAnswer
from sequences.runs.whereabouts import Whereabouts

REVIEWED_AT = datetime(2027, 3, 26, 10, tzinfo=UTC)
RUN_OF_P1 = "e1aaaaaaaaaa"


class RecordedRuns:
    """``services.ports.Runs`` that remembers what it was asked."""

    def __init__(self):
        self.started, self.commands, self.error = [], [], None
        self.where = Whereabouts.OPEN

    async def start(self, workflow_id, state):
        self.started.append((workflow_id, state))
        if self.error:
            raise self.error

    async def react(self, workflow_id, reaction):
        raise AssertionError("no command signals")

    async def follow_up_late(self, enrollment, reaction):
        raise AssertionError("no command follows up")

    async def whereabouts(self, workflow_id, enrollment):
        return self.where

    async def command(self, workflow_id, command):
        self.commands.append((workflow_id, command))
        if self.error:
            raise self.error
        return CommandAnswer(changed=True, phase="paused", detail="")


class RecordedRules:
    """``scan_orders.RuleOrders`` that remembers what it was asked; a scan is done at the second look."""

    def __init__(self):
        self.schedules, self.scans, self.woken, self.looks, self.error = {}, [], 0, 0, None
        self.found = {"matched": 3, "enrolled": 2, "refused": 1}

    async def wake(self):
        self.woken += 1
        if self.error:
            raise self.error

    async def start_scan(self, sequence, origin):
        if self.error:
            raise self.error
        self.scans.append((sequence, origin))
        return f"rule-scan:{sequence}"

    async def scanned(self, sequence):
        self.looks += 1
        origin = self.scans[-1][1].value
        return ScanState(sequence, origin, done=self.looks > 1, **(self.found if self.looks > 1 else {}))

    async def ensure_schedule(self, sequence, *, wanted=True):
        if self.error:
            raise self.error
        self.schedules[sequence] = wanted


class RecordedWindows:
    """``services.ports.Windows`` that remembers what it was told."""

    def __init__(self):
        self.started, self.told = [], []

    async def start(self, state):
        self.started.append(state)

    async def change(self, state, change):
        self.told.append(change)

    async def tell(self, sequence, person, change):
        self.told.append(change)
