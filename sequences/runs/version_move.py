"""What becomes of a run's steps when it moves to another version of its sequence: by step id, and never twice.

Pure. The engine applies a ``Move`` and the preview shows the same one.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from sequences.definition.compile import step_timings
from sequences.definition.model import SequenceDefinition
from sequences.definition.steps import Step
from sequences.errors import RefusedError, RequestRefused
from sequences.records.catalogue import FieldType, catalogue

MOVED_PAST = "moved past it"
BEHIND = frozenset({"sent", "done", "skipped", "refused", "failed", "unknown"})
"""States of a step that is decided. ``planned`` is still to come; ``cancelled`` was left by an earlier move."""


@dataclass(frozen=True, slots=True)
class Passed:
    """A step of the new version that this run does not take.

    Attributes:
        step: its id in the new version.
        reason: for people.
        instead_of: the decided step of the old version whose place or message it has; what counts from ``step``
            counts from that one. None when the run is simply past it: then from the move.
    """

    step: str
    reason: str
    instead_of: str | None = None


@dataclass(frozen=True, slots=True)
class Move:
    """What a move does to the steps of one run.

    Every step of the new version is in exactly one of ``decided``, ``kept``, ``passed`` and ``added``; lists are in the
    order of the version that they speak of.

    Attributes:
        was: the version it leaves.
        to: the version it gets.
        decided: behind the run, and staying so.
        kept: still to come, in both versions.
        passed: new, and never sent to this run.
        added: new, and still to come.
        dropped: were to come, and are not in the new version: cancelled.
        gone: decided, and not in the new version: their rows stay as they are.
        altered: of ``kept``, those whose time, content or conditions differ.
        not_again: of ``decided``, those whose content differs: the new content is not sent.
        notes: what somebody should know before saying yes.
    """

    was: int
    to: int
    decided: tuple[str, ...] = ()
    kept: tuple[str, ...] = ()
    passed: tuple[Passed, ...] = ()
    added: tuple[str, ...] = ()
    dropped: tuple[str, ...] = ()
    gone: tuple[str, ...] = ()
    altered: tuple[str, ...] = ()
    not_again: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def dropped_reason(self) -> str:
        """Why ``dropped`` steps are cancelled."""
        return f"not in version {self.to}"


@dataclass(frozen=True, slots=True)
class NumberedVersion:
    """A version of a sequence, by its number."""

    number: int
    definition: SequenceDefinition


def command_key(enrollment: str, version: int, moves: int) -> str:
    """The idempotency key of the command that moves a run.

    Args:
        enrollment: its id.
        version: where it goes.
        moves: how often it was moved before, so that a run moved to and fro may go to the same version again.
    """
    return f"move:{enrollment}:{version}:{moves}"


def check_versions(before: NumberedVersion, after: NumberedVersion) -> tuple[str, ...]:
    """Whether runs may move from one version to the other at all; what to say about it when they may.

    Raises:
        RefusedError: the same version, another record type, or a day zero of another kind.
    """
    was, to = before.number, after.number
    old, new = before.definition, after.definition
    if was == to:
        raise RefusedError(RequestRefused.RUN, f"the run is already on version {to}")
    if old.record != new.record:
        raise RefusedError(
            RequestRefused.VERSION, f"version {to} is about a {new.record}, version {was} about a {old.record}"
        )
    kinds = [_day_zero_kind(sequence.day_zero) for sequence in (old, new)]
    if kinds[0] != kinds[1]:
        raise RefusedError(
            RequestRefused.VERSION, f"day zero is {kinds[1]} in version {to}, {kinds[0]} in version {was}"
        )
    notes = []
    if to < was:
        notes.append(f"version {to} is older than version {was}")
    if old.day_zero != new.day_zero:
        notes.append(f"day zero is {new.day_zero} in version {to}, {old.day_zero} in version {was}")
    return tuple(notes)


def _day_zero_kind(name: str | None) -> str:
    if name is None:
        return "not set"
    field = catalogue().get(name)
    # A custom field's type is not the file's to say; the engine reads it as a date either way.
    return f"a {(field.type if field else FieldType.DATE).value}"


def plan_move(
    leaves: NumberedVersion,
    enters: NumberedVersion,
    states: Mapping[str, str],
    *,
    begun: Mapping[str, str] | None = None,
    earlier: Iterable[SequenceDefinition] = (),
) -> Move:
    """Works out the move of one run.

    Args:
        leaves: the version it is on.
        enters: the version it goes to.
        states: of every step that it has a row for, steps of still older versions too.
        begun: states of the sends that were tried, by step, whatever the step's own state is: the run is past what
            stands above them, and one that is not ``planned`` any more may be out.
        earlier: other versions that the run may have been on: a step sent under them may have vanished since.

    Raises:
        RefusedError: as ``check_versions`` does.
    """
    notes = check_versions(leaves, enters)
    old, new = leaves.definition, enters.definition
    before = {step.id: step for step in old.steps}
    after = {step.id: step for step in new.steps}
    behind = {step for step, state in states.items() if state in BEHIND}
    fresh = [step for step in after if step not in behind and step not in before]
    tried = begun or {}
    perhaps_out = {step for step, state in tried.items() if state != "planned"}
    twins = _twins(before, after, behind | perhaps_out, fresh, earlier)
    reached = max(
        (index for index, step in enumerate(after) if step in behind or step in twins or step in tried), default=-1
    )
    order = {step: index for index, step in enumerate(after)}
    passed = tuple(
        Passed(step, _twin_reason(twins[step], states, tried), twins[step])
        if step in twins
        else Passed(step, MOVED_PAST)
        for step in fresh
        if step in twins or order[step] < reached
    )
    skipped = {each.step for each in passed}
    kept = tuple(step for step in after if step in before and step not in behind)
    times = [{timing.id: timing for timing in step_timings(sequence)} for sequence in (old, new)]
    moved_zero = old.day_zero != new.day_zero
    return Move(
        was=leaves.number,
        to=enters.number,
        decided=tuple(step for step in after if step in behind),
        kept=kept,
        passed=passed,
        added=tuple(step for step in fresh if step not in skipped),
        dropped=tuple(step for step in before if step not in after and step not in behind),
        gone=tuple(step for step in states if step in behind and step not in after),
        altered=tuple(
            step
            for step in kept
            if times[0][step] != times[1][step]
            or _content(before[step]) != _content(after[step])
            or before[step].conditions != after[step].conditions
            or moved_zero
        ),
        not_again=tuple(
            step
            for step in after
            if step in behind and step in before and _content(before[step]) != _content(after[step])
        ),
        notes=notes,
    )


def _content(step: Step) -> tuple[object, ...]:
    return step.channel, step.template, step.subject, step.variants, step.do, step.task


def _twin_reason(twin: str, states: Mapping[str, str], tried: Mapping[str, str]) -> str:
    state = states.get(twin, "")
    return f"replaces {twin}, which is already done ({state if state in BEHIND else tried[twin]})"


def _twins(
    before: Mapping[str, Step],
    after: Mapping[str, Step],
    behind: Collection[str],
    fresh: Collection[str],
    earlier: Iterable[SequenceDefinition],
) -> dict[str, str]:
    """New steps that stand for a decided step which vanished: a renamed step, or another in its place.

    Nothing in a file says "renamed". The same content is one; what stands between the same neighbours is taken for
    one, too: somebody who got the old introduction does not get the new one on top.
    """
    contents = {step: [_content(before[step])] for step in before if step in behind and step not in after}
    for other in (step for sequence in earlier for step in sequence.steps):
        if other.id in behind and other.id not in after:
            contents.setdefault(other.id, []).append(_content(other))
    twins: dict[str, str] = {}
    for step, known in contents.items():
        same = next((new for new in fresh if new not in twins and _content(after[new]) in known), None)
        if same is not None:
            twins[same] = step
    for step in (step for step in contents if step in before and step not in twins.values()):
        place = next(
            (new for new in _between_neighbours(step, before, after) if new in fresh and new not in twins), None
        )
        if place is not None:
            twins[place] = step
    return twins


def _between_neighbours(step: str, before: Mapping[str, Step], after: Mapping[str, Step]) -> Iterator[str]:
    ids, new = list(before), list(after)
    at = ids.index(step)
    above = next((new.index(other) for other in reversed(ids[:at]) if other in after), -1)
    below = next((new.index(other) for other in ids[at + 1 :] if other in after), len(new))
    yield from new[above + 1 : below]
