"""After a restore: what rows and Temporal disagree on, and what may have gone out without a row that says so. Pure.

The rows end at the backup. Between it and the moment from which the lost database was not used any more, messages may
have gone out of which nothing is known: such a step is never sent again by itself.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sequences.definition.reactions import ReactionKind
from sequences.reactions.verdict import OPTED_OUT
from sequences.runs.whereabouts import Whereabouts

if TYPE_CHECKING:
    from sequences.runs.state import RunState

MAY_HAVE_GONE_OUT: Final = "it may have gone out between the backup and its restore"
ANSWER_LOST: Final = "an answer came, and what was done about it is lost with the database; read it in the mailbox"
ROW_LOST: Final = "it began after the backup, and its row is lost with the database"
UNDER_WAY: Final = timedelta(minutes=15)
"""Longer than any send takes: what was begun so long before the backup may have ended after it."""

_FORBIDS: Final = frozenset({ReactionKind.UNSUBSCRIBED, ReactionKind.COMPLAINED})


class Difference(enum.StrEnum):
    """What rows and Temporal disagree on."""

    MAY_HAVE_GONE_OUT = "may_have_gone_out"
    """Steps or messages that may have gone out without a row: unknown from now on."""
    ANSWER_LOST = "answer_lost"
    """A person answered, and the rows do not know how it went on: the run stops, and its owner gets a task."""
    ENDED_IN_TEMPORAL = "ended_in_temporal"
    """The run ended after the backup: its row is closed."""
    LOST_IN_TEMPORAL = "lost_in_temporal"
    """Temporal does not know the run: it is started again at its next step."""
    ROW_CLOSED = "row_closed"
    """The row is closed and the workflow is open: the workflow is ended."""
    ROW_LOST = "row_lost"
    """Temporal knows a run without a row: its workflow is ended, and a closed row keeps its place."""


@dataclass(frozen=True)
class Restoration:
    """A database that was restored. Instants are UTC.

    Attributes:
        backup_at: what the rows know ends here.
        lost_at: from then on the lost database was not used any more.
    """

    id: str
    backup_at: datetime
    lost_at: datetime


@dataclass(frozen=True)
class FoundRun:
    """The newest execution under the workflow id of a run.

    Attributes:
        enrollment: that it runs for; empty when it does not say.
        ended_with: what it returned when it completed; empty otherwise.
        state: what it was started with; only of runs whose row is looked for.
    """

    workflow_id: str
    run_id: str
    where: Whereabouts
    started_at: datetime
    enrollment: str = ""
    ended_with: str = ""
    state: RunState | None = None

    @property
    def open(self) -> bool:
        """It runs."""
        return self.where is Whereabouts.OPEN


@dataclass(frozen=True)
class SeenReaction:
    """A reaction that a workflow heard of."""

    id: str
    kind: str
    holds: bool


@dataclass(frozen=True)
class RunEvidence:
    """What a workflow did in the time that the rows know nothing of.

    Attributes:
        taken: ids of the steps that were tried.
        heard: reactions that came, in their order.
    """

    taken: tuple[str, ...] = ()
    heard: tuple[SeenReaction, ...] = ()

    def answers(self, known: Collection[str]) -> tuple[SeenReaction, ...]:
        """A person's words and clicks that the rows do not know."""
        return tuple(each for each in self.heard if each.holds and each.id not in known)

    def forbids(self, known: Collection[str], ended_with: str = "") -> str:
        """Why nobody may write to the person, which the rows do not know; empty: nothing of that kind came.

        Args:
            known: ids of reactions that the rows know.
            ended_with: what the run returned when it ended after the backup.
        """
        heard = next((each.kind for each in self.heard if each.kind in _FORBIDS and each.id not in known), "")
        end = ended_with.partition(" ")[0]
        return heard or (end if end == OPTED_OUT or end in _FORBIDS else "")


@dataclass(frozen=True)
class StepAtBackup:
    """A step as its row has it.

    Attributes:
        due_at: UTC; None: it waited for a date.
        sends: it is a message; what a step does among our own rows is lost with them, and done again.
    """

    id: str
    planned: bool
    due_at: datetime | None
    sends: bool


def doubtful_steps(
    steps: Iterable[StepAtBackup], evidence: RunEvidence | None, lost_at: datetime, *, paused: bool
) -> tuple[str, ...]:
    """The steps that may have gone out, though their rows say that they were not sent.

    Args:
        steps: of one run, in their order.
        evidence: of its workflow; None: Temporal does not know the run.
        lost_at: from then on the lost database was not used any more.
        paused: the rows say so. Then its time alone says nothing of a step, if the workflow can be asked instead.
    """
    by_time = not (paused and evidence is not None)
    taken = frozenset(evidence.taken) if evidence is not None else frozenset()
    return tuple(
        step.id
        for step in steps
        if step.planned
        and step.sends
        and (step.id in taken or (by_time and step.due_at is not None and step.due_at <= lost_at))
    )


@dataclass(frozen=True)
class Disagreement:
    """One line of the comparison.

    Attributes:
        about: id of the run, or of the message.
        words: what was found, without personal data.
    """

    kind: Difference
    about: str
    words: str


@dataclass(frozen=True)
class RestoreComparison:
    """What the comparison found.

    Attributes:
        dry_run: nothing was changed.
        runs: open rows that were compared.
        workflows: workflows that were compared.
        found: each disagreement.
        settled: the restore is over: the hold may be ended.
    """

    dry_run: bool
    runs: int
    workflows: int
    found: Sequence[Disagreement]
    settled: bool

    def counts(self) -> dict[str, int]:
        """How many there are of each kind, kinds without any left out."""
        numbers = ((str(kind), sum(each.kind is kind for each in self.found)) for kind in Difference)
        return {kind: number for kind, number in numbers if number}
