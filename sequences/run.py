"""The state of one run, and what the workflow and its activities say to each other.

``RunState`` is at once the workflow's input, its continue-as-new argument and the answer of its status query. Every
field has a default, so that an old payload decodes on new code. Ids, instants and outcomes only: no personal data.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from datetime import datetime

SEEN_KEYS_KEPT = 500
"""Keys of reactions and commands remembered against duplicates; bounded, or the state would grow for ever."""


class Phase(enum.StrEnum):
    """Where a run is."""

    STARTING = "starting"
    WAITING = "waiting"
    PAUSED = "paused"
    REACTING = "reacting"
    CLOSED = "closed"


@dataclass(frozen=True)
class Due:
    """What comes next, as an activity worked it out.

    Attributes:
        step: the step to take at ``at``; None when all steps are behind us.
        at: UTC. With a step: when to take it. Without: the end of the reaction period.
        why: one short word for people, such as ``planned``, ``frequency_cap``, ``retry``.
        closed: the run is over, whatever the rest says.
        state: ``stopped`` or ``finished`` when closed.
        reason: why it closed.
        attempt: how often this step was given back for a later try.
    """

    step: str | None = None
    at: datetime | None = None
    why: str = "planned"
    closed: bool = False
    state: str = ""
    reason: str = ""
    attempt: int = 0


@dataclass(frozen=True)
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
    """What a person may ask of a run."""

    PAUSE = "pause"
    RESUME = "resume"
    STOP = "stop"


@dataclass(frozen=True)
class Command:
    """Update: what somebody wants of the run.

    Attributes:
        id: the caller's key; the same key again is answered without acting again.
        kind: see ``CommandKind``.
        reason: shown in the story of the run; no personal data.
        mode: for resume: ``shift | skip | send_one``, empty for the sequence's own.
    """

    id: str = ""
    kind: str = ""
    reason: str = ""
    mode: str = ""


@dataclass(frozen=True)
class CommandAnswer:
    """What became of a command: ``changed`` is False when there was nothing left to do."""

    changed: bool = True
    phase: str = ""
    detail: str = ""


@dataclass(frozen=True)
class Decision:
    """What the handling of a reaction or a command means for the clockwork.

    Attributes:
        then: ``stop | continue | pause``.
        until: end of the pause, UTC; None: until somebody resumes.
        reason: one short phrase without personal data.
        due: what comes next when the run goes on.
        deliver: there are follow-ups that leave the house (webhooks, other sequences) to be delivered.
    """

    then: str = "continue"
    until: datetime | None = None
    reason: str = ""
    due: Due | None = None
    deliver: bool = False


@dataclass(frozen=True)
class StepCall:
    """Input of the step activity; ``now`` is the workflow's time."""

    enrollment: str = ""
    step: str = ""
    now: datetime | None = None
    attempt: int = 0


@dataclass(frozen=True)
class RunCall:
    """Input of the activities about a whole run; ``now`` is the workflow's time."""

    enrollment: str = ""
    now: datetime | None = None


@dataclass(frozen=True)
class ReactionCall:
    """Input of the activity that handles one reaction."""

    enrollment: str = ""
    reaction: str = ""
    now: datetime | None = None
    late: bool = False


@dataclass(frozen=True)
class CommandCall:
    """Input of the activity that carries out one command (or the end of a timed pause)."""

    enrollment: str = ""
    command: Command = field(default_factory=Command)
    now: datetime | None = None


@dataclass
class RunState:
    """Everything the run remembers.

    Attributes:
        enrollment: id of its row.
        sequence: name of the sequence.
        version: published version it runs on.
        record: id of the record it is about.
        owner: id of the owner, for the search attribute.
        phase: where it is.
        due: what comes next.
        reactions: came back, not yet handled, oldest first.
        commands: asked for, not yet carried out.
        seen: keys of the newest reactions and commands.
        paused_until: UTC; None while paused means until somebody resumes.
        pause_reason: shown to people.
        answers: outcome of commands by id, for callers that still wait.
        steps_taken: how many steps were decided since the start.
        continued: how often the run has continued as new.
    """

    enrollment: str = ""
    sequence: str = ""
    version: int = 0
    record: str = ""
    owner: str = ""
    phase: str = Phase.STARTING
    due: Due | None = None
    reactions: list[Reaction] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    seen: list[str] = field(default_factory=list)
    paused_until: datetime | None = None
    pause_reason: str = ""
    answers: dict[str, CommandAnswer] = field(default_factory=dict)
    steps_taken: int = 0
    continued: int = 0

    @property
    def held(self) -> bool:
        """A person's words or click wait to be handled: nothing is sent meanwhile."""
        return any(reaction.holds for reaction in self.reactions)

    def remember(self, key: str) -> bool:
        """Notes ``key``; False when it was known already."""
        if key in self.seen:
            return False
        self.seen.append(key)
        del self.seen[:-SEEN_KEYS_KEPT]
        return True

    def refusal_of(self, command: Command) -> str | None:
        """Why ``command`` makes no sense now, or None. Pure, so that the update's validator may ask it."""
        if command.kind not in set(CommandKind):
            return f"there is no command {command.kind!r}; there are {', '.join(CommandKind)}"
        if command.id in self.answers or command.id in self.seen:
            return None
        if self.phase == Phase.CLOSED:
            return "the run is over"
        if command.kind == CommandKind.RESUME and self.phase != Phase.PAUSED:
            return "the run is not paused"
        if command.kind == CommandKind.PAUSE and self.phase == Phase.REACTING:
            return "every step is behind this run; there is nothing left to pause"
        if command.mode not in {"", "shift", "skip", "send_one"}:
            return "the mode of a resume is shift, skip or send_one"
        return None
