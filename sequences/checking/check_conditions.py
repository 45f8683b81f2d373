"""Whether the conditions of steps (``if:``) can be asked, and can be met."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

from sequences.author_messages import did_you_mean, listed, shown
from sequences.channels import CHANNELS
from sequences.checking import plain_values
from sequences.checking.problems import Finding, Loc, Severity
from sequences.definition.happenings import HappeningKind, parse_happening
from sequences.definition.model import OPENS
from sequences.definition.policies import DEFAULT_THEN, STOP
from sequences.definition.step_conditions import HAPPENED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sequences.checking.field_uses import FieldUses
    from sequences.definition.happenings import Happening

_ENDS = frozenset(kind.value for kind, then in DEFAULT_THEN.items() if then == STOP)
"""What stops a run unless its file says otherwise."""


def check_conditions(data: Mapping[str, Any], uses: FieldUses) -> Iterator[Finding]:
    """Fields, values, and the steps that conditions speak of."""
    above = _Above([], [])
    for i, step in plain_values.mappings(data.get("steps")):
        written, loc = step.get("if"), ("steps", i, "if")
        body = plain_values.mapping(written)
        yield from _fields(loc, body, uses)
        asked = body.get(HAPPENED) if body else written
        here: Loc = (*loc, HAPPENED) if body else loc
        for place, text in plain_values.values(asked, here):
            happening = plain_values.parsed(parse_happening, text)
            if happening is not None:
                yield from _step(place, happening, data, above)
                yield from _never(place, happening, data)
        if isinstance(step.get("id"), str):
            if any(step.get(name) is not None for name in CHANNELS):
                above.sending.append(step["id"])
            if step.get("task") is not None:
                above.tasks.append(step["id"])


def _fields(loc: Loc, body: Mapping[str, Any], uses: FieldUses) -> Iterator[Finding]:
    names = {name: wanted for name, wanted in body.items() if name != HAPPENED}
    unknown = [name for name in names if "." not in name]
    for name in unknown:
        hint = did_you_mean(name, [HAPPENED])
        allowed = "`happened`, or a field such as `person.status`"
        yield Finding((*loc, name), f"Unknown condition `{name}`.{hint}", f"`{name}`", allowed, target="key")
    yield from uses.values(loc, {name: each for name, each in names.items() if name not in unknown}, "rules")


class _Above(NamedTuple):
    """Ids of the steps above one that send a message, and of those that are a task."""

    sending: list[str]
    tasks: list[str]


def _step(loc: Loc, happening: Happening, data: Mapping[str, Any], above: _Above) -> Iterator[Finding]:
    name, done = happening.step, happening.kind is HappeningKind.DONE
    fitting = above.tasks if done else above.sending
    if name is None or name in fitting:
        return
    every = [step.get("id") for _, step in plain_values.mappings(data.get("steps"))]
    what = "is a task" if done else "sends a message"
    allowed = f"an earlier step that {what} ({listed(fitting)})" if fitting else f"no step, as none above {what}"
    if name not in every:
        message = f"There is no step `{name}`.{did_you_mean(name, fitting)}"
    else:
        message = f"`{name}` is not a step above this one that {what}."
    yield Finding(loc, message, f"`{name}`", allowed)


def _never(loc: Loc, happening: Happening, data: Mapping[str, Any]) -> Iterator[Finding]:
    """What is asked for can not have happened while the run goes on, so the step is always skipped."""
    found, kind = shown(str(happening)), happening.kind
    if kind in (HappeningKind.OPENED, HappeningKind.CLICKED) and data.get("tracking") is False:
        message = f"Nothing is `{kind}` in a sequence that is not tracked."
        yield Finding(loc, message, found, "no `tracking: false`, or another condition", Severity.WARNING)
    elif kind is HappeningKind.OPENED and data.get("tracking") != OPENS:
        message = "Nothing is `opened` in a sequence that does not count opens."
        yield Finding(loc, message, found, "`tracking: opens`, or another condition", Severity.WARNING)
    family = kind.value.partition(".")[0]
    if happening.denied or family not in _ENDS:
        return
    goes_on = any(
        str(reaction.get("on")).partition(".")[0] == family and reaction.get("then") not in (None, "stop")
        for _, reaction in plain_values.mappings(data.get("reactions"))
    )
    if not goes_on:
        message = f"`{family}` ends the run, so this is never true."
        allowed = f"a reaction such as `{{on: {kind}, then: continue}}`"
        yield Finding(loc, message, found, allowed, Severity.WARNING)
