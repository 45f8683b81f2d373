"""Whether the steps of a sequence make sense together."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sequences.author_messages import did_you_mean, listed, shown
from sequences.channels import CHANNELS
from sequences.checking import plain_values
from sequences.checking.problems import Finding, Severity
from sequences.definition.when_text import parse_when
from sequences.planning.values import AfterStep, AroundDayZero


def check_steps(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Ids, contents, references between steps, and day zero."""
    first_with_id: dict[str, int] = {}
    steps = list(plain_values.mappings(data.get("steps")))
    every_id = {step["id"]: i for i, step in reversed(steps) if isinstance(step.get("id"), str)}
    counts_from_day_zero = False
    for i, step in steps:
        yield from _content(i, step)
        name = step.get("id")
        if isinstance(name, str):
            if name in first_with_id:
                message = f"Two steps have the id `{name}`; the other is number {first_with_id[name] + 1}."
                yield Finding(("steps", i, "id"), message, f"`{name}`", "an id of its own for each step")
            if name == "enrollment":
                message = "No step can be called `enrollment`: `after enrollment` already has a meaning."
                yield Finding(("steps", i, "id"), message, "`enrollment`", "any other id")
            first_with_id.setdefault(name, i)
        when = plain_values.parsed(parse_when, step.get("when"))
        counts_from_day_zero |= "zero" in str(step.get("when")).lower()
        if isinstance(when, AfterStep):
            yield from _reference(i, when.step, every_id)
        if isinstance(when, AroundDayZero) and data.get("day_zero") is None:
            message = "This step counts from day zero, but the sequence has no `day_zero`."
            allowed = "add `day_zero: placement.start_date` (or another date), or count from a step or enrollment"
            yield Finding(("steps", i, "when"), message, shown(step["when"]), allowed)
    if data.get("day_zero") is not None and steps and not counts_from_day_zero:
        message = "No step counts from day zero, so `day_zero` has no effect."
        allowed = "a step such as `when: on day zero`, or no `day_zero`"
        yield Finding(("day_zero",), message, shown(data["day_zero"]), allowed, Severity.WARNING)


def _content(i: int, step: Mapping[str, Any]) -> Iterator[Finding]:
    keys = [*CHANNELS, "do", "task"]
    written = [key for key in keys if step.get(key) is not None]
    if len(written) != 1:
        sends = " or ".join(f"one {spec.noun.partition(' ')[2]}" for spec in CHANNELS.values())
        message = f"A step sends {sends}, does actions, or is a task for a person."
        allowed = f"exactly one of {listed(keys)}"
        found = listed(written) if written else "neither of these keys"
        yield Finding(("steps", i, *written[1:2]), message, found, allowed, target="key")


def _reference(i: int, name: str, every_id: Mapping[str, int]) -> Iterator[Finding]:
    loc = ("steps", i, "when")
    earlier = [step for step, at in every_id.items() if at < i]
    allowed = (
        f"an earlier step ({listed(earlier)}) or `enrollment`" if earlier else "`enrollment`, as no step comes before"
    )
    if name not in every_id:
        hint = did_you_mean(name, [*earlier, "enrollment"])
        yield Finding(loc, f"There is no step `{name}`.{hint}", f"`{name}`", allowed)
    elif every_id[name] == i:
        yield Finding(loc, "A step cannot come after itself.", f"`{name}`", allowed)
    elif every_id[name] > i:
        message = f"The step `{name}` is further down; a step counts from a step above it."
        yield Finding(loc, message, f"`{name}`", allowed)
