"""The state of one run, and what the workflow and its activities say to each other.

``RunState`` is at once the workflow's input, its continue-as-new argument and the answer of its status query. Every
field has a default, so that an old payload decodes on new code. Ids, instants and outcomes only: no personal data.
"""

from __future__ import annotations

import enum
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from sequences.planning.values import NO_DAY_ZERO

SEEN_KEYS_KEPT = 500
"""Keys of reactions and commands remembered against duplicates; bounded, or the state would grow for ever."""
ANSWERS_KEPT = 20


class Phase(enum.StrEnum):
    """Where a run is."""

    STARTING = "starting"
    WAITING = "waiting"
    PAUSED = "paused"
    REACTING = "reacting"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Due:
    """What comes next, as an activity worked it out.

    Attributes:
        step: the step to take at ``at``; None when all steps are behind us.
        at: UTC. With a step: when to take it; None: it waits for day zero. Without: the end of the reaction period.
        why: one short word for people, such as ``planned``, ``frequency_cap``, ``retry``.
        closed: the run is over, whatever the rest says.
        state: ``stopped`` or ``finished`` when closed.
        reason: why it closed.
        attempt: how often this step was given back for a later try.
        by_hand: a person wants it sent now: of the schedule only the quiet hours of texts hold it.
        revision: of the run's plans made from outside, under which this one was made; None: by code that knows of none.
    """

    step: str | None = None
    at: datetime | None = None
    why: str = "planned"
    closed: bool = False
    state: str = ""
    reason: str = ""
    attempt: int = 0
    by_hand: bool = False
    revision: int | None = None

    @classmethod
    def of_step(cls, step: str, at: datetime | None, moved_by: Sequence[str], revision: int) -> Due:
        """The next step by its plan. Without an instant the run sleeps until it hears of something: the date."""
        why = NO_DAY_ZERO if at is None else ", ".join(moved_by) or "planned"
        return cls(step, at, why, revision=revision)

    def still_by_hand(self, before: Due | None) -> Due:
        """This new plan, except that the step which a person wanted sent now stays due when they wanted it."""
        if self.by_hand or self.step is None or before is None or not before.by_hand or before.step != self.step:
            return self
        return replace(self, at=before.at, why=before.why, attempt=before.attempt, by_hand=True)

    def is_older_than(self, revision: int) -> bool:
        """A newer plan was made meanwhile, and the run has heard of it. The end of a run is never too old."""
        return not self.closed and self.revision is not None and self.revision < revision


@dataclass(frozen=True, slots=True)
class Reaction:
    """Signal: something came back. The rest is in the row that was written before the signal.

    Attributes:
        id: of the reaction row, and the key by which a duplicate is recognised.
        kind: such as ``replied``, ``clicked``, ``field_changed``.
        holds: sending stops until it is handled.
        scored: its text goes to the sentiment queue before it is handled.
    """

    id: str = ""
    kind: str = ""
    holds: bool = True
    scored: bool = False


class CommandKind(enum.StrEnum):
    """What a person may ask of a run; the names of the updates."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"
    SKIP = "skip"
    SEND_NOW = "send-now"
    MOVE = "move"


@dataclass(frozen=True, slots=True)
class Command:
    """Update: what somebody wants of the run.

    Attributes:
        id: the caller's key; the same key again is answered without acting again.
        kind: see ``CommandKind``.
        reason: shown in the story of the run; no personal data.
        mode: for resume: ``shift | skip | send_one``, empty for the sequence's own; for move: the version; for pause:
            when it ends, an instant in ISO form; empty: when somebody resumes.
        step: for skip and send-now; empty for the next one.
    """

    id: str = ""
    kind: str = ""
    reason: str = ""
    mode: str = ""
    step: str = ""


@dataclass(frozen=True, slots=True)
class CommandAnswer:
    """What became of a command: ``changed`` is False when there was nothing left to do."""

    changed: bool = True
    phase: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Decision:
    """What the handling of a reaction or a command means for the clockwork.

    Attributes:
        then: ``stop | continue | pause``.
        until: end of the pause, UTC; None: until somebody resumes.
        reason: one short phrase without personal data.
        due: what comes next when the run goes on.
        deliver: of histories that 0.1 began: the run itself sees to the follow-ups that go out.
        version: the run is on this version from now on; 0: on the one it was.
        refused: why a command was not carried out; empty when it was.
        changed: whether the command changed anything; None: it did when the phase did.
    """

    then: str = "continue"
    until: datetime | None = None
    reason: str = ""
    due: Due | None = None
    deliver: bool = False
    version: int = 0
    refused: str = ""
    changed: bool | None = None


@dataclass(frozen=True, slots=True)
class StepCall:
    """Input of the step activity; ``now`` is the workflow's time."""

    enrollment: str = ""
    step: str = ""
    now: datetime | None = None
    attempt: int = 0
    by_hand: bool = False


@dataclass(frozen=True, slots=True)
class RunCall:
    """Input of the activities about a whole run; ``now`` is the workflow's time."""

    enrollment: str = ""
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReactionCall:
    """Input of the activity that handles one reaction."""

    enrollment: str = ""
    reaction: str = ""
    now: datetime | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class CommandCall:
    """Input of the activity that carries out one command (or the end of a timed pause)."""

    enrollment: str = ""
    command: Command = field(default_factory=Command)
    now: datetime | None = None


@dataclass(slots=True)
class RunState:
    """Everything the run remembers.

    Attributes:
        enrollment: id of its row.
        sequence: name of the sequence.
        version: published version it runs on.
        record: id of the record it is about.
        person: id of who receives, for the search attribute; empty in runs that 0.1 began.
        owner: id of the owner, for the search attribute.
        phase: where it is.
        due: what comes next.
        reactions: came back, not yet handled, oldest first.
        commands: asked for, not yet carried out.
        seen: keys of the newest reactions and commands.
        paused_until: UTC; None while paused means until somebody resumes.
        pause_reason: shown to people.
        answers: outcome of commands by id, for callers that still wait.
        refusals: why commands were not carried out, by id, for the same callers.
        steps_taken: how many steps were decided since the start.
        continued: how often the run has continued as new.
        shows_phase: of runs that were not planned when they were accepted, as those of 0.1: their search attribute
            follows the phase.
        plan_revision: of the newest plan that the run has heard of.
    """

    enrollment: str = ""
    sequence: str = ""
    version: int = 0
    record: str = ""
    person: str = ""
    owner: str = ""
    phase: str = Phase.STARTING
    due: Due | None = None
    reactions: list[Reaction] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    paused_until: datetime | None = None
    pause_reason: str = ""
    answers: dict[str, CommandAnswer] = field(default_factory=dict)
    refusals: dict[str, str] = field(default_factory=dict)
    steps_taken: int = 0
    continued: int = 0
    shows_phase: bool = True
    plan_revision: int = 0

    def begin_with(self, first: Due) -> None:
        """The run was planned when it was accepted: it waits for what comes first."""
        self.due = first
        self.plan_revision = first.revision or 0
        self.phase = Phase.WAITING if first.step else Phase.REACTING
        self.shows_phase = False

    @property
    def blocked(self) -> bool:
        """A person's words or click wait to be handled: nothing is sent meanwhile."""
        return any(reaction.holds for reaction in self.reactions)

    def remember(self, key: str) -> bool:
        """Notes ``key``; False when it was known already."""
        if key in self.seen:
            return False
        self.seen.append(key)
        del self.seen[:-SEEN_KEYS_KEPT]
        return True

    def awaits(self, command: str) -> bool:
        """The command with that id was asked for and is not carried out yet."""
        return any(each.id == command for each in self.commands)

    def settle(self, command: Command, was: str, decision: Decision) -> None:
        """Notes what became of a command that was carried out; ``was`` is the phase before."""
        if command in self.commands:
            self.commands.remove(command)
        if decision.refused:
            self.refusals[command.id] = decision.refused
        else:
            changed = was != self.phase if decision.changed is None else decision.changed
            self.answers[command.id] = CommandAnswer(changed, self.phase, decision.reason)
        for kept in (self.answers, self.refusals):
            for key in list(kept)[:-ANSWERS_KEPT]:
                del kept[key]
