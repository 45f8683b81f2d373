"""``task:`` of a step as the fields of a form, and back."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Final, get_args

from sequences.definition.durations import DurationUnit, parse_duration
from sequences.definition.task_steps import COLLEAGUES, TaskKind
from sequences.errors import GrammarError

KINDS: Final[tuple[str, ...]] = get_args(TaskKind)
DEFAULT_KIND: Final = "other"
WITHIN_UNITS: Final = (DurationUnit.HOURS.value, DurationUnit.DAYS.value, DurationUnit.WEEKS.value)
_KEYS: Final = frozenset({"title", "kind", "description", "assign", "wait", "within"})
_DEFAULTS: Final = {"kind": DEFAULT_KIND, "assign": COLLEAGUES[0], "wait": "no"}
_BLANKS: Final = re.compile(r"\s+")


@dataclass(frozen=True)
class TaskForm:
    """A task as somebody fills it in.

    Attributes:
        assign: ``owner``, ``assigned_by``, a field that holds an id, or the id of an owner.
        waits: the run goes on when it is done, or when the time is over.
        amount: how long the run waits, in ``unit``.
    """

    title: str
    kind: str = DEFAULT_KIND
    description: str = ""
    assign: str = COLLEAGUES[0]
    waits: bool = False
    amount: int = 3
    unit: str = DurationUnit.DAYS.value


def task_form(written: object) -> TaskForm | None:
    """The fields for what a file says; None: a form cannot say it."""
    said = {"title": written} if isinstance(written, str) else written
    if not isinstance(said, dict) or said.keys() - _KEYS:
        return None
    texts = {key: said.get(key) for key in ("title", "kind", "description", "assign")}
    if any(value is not None and not isinstance(value, str) for value in texts.values()):
        return None
    kind = texts["kind"] or DEFAULT_KIND
    amount, unit = 3, DurationUnit.DAYS.value
    if (within := said.get("within")) is not None:
        try:
            found = parse_duration(within)
        except (GrammarError, AttributeError):
            return None
        amount, unit = found.amount, found.unit.value
    if kind not in KINDS or said.get("wait", "no") not in ("done", "no", False):
        return None
    waits = said.get("wait") == "done"
    if within is not None and not waits:
        return None
    return TaskForm(
        texts["title"] or "", kind, texts["description"] or "", texts["assign"] or COLLEAGUES[0], waits, amount, unit
    )


def written_task(before: object, wanted: TaskForm) -> Any:
    """What a file says for a form; what is as it was stays as it is written."""
    was = task_form(before)
    if was == wanted:
        return before
    said = dict(before) if isinstance(before, dict) and was is not None else {}
    known = _values(was) if was is not None else {}
    for key, value in _values(wanted).items():
        if value == _DEFAULTS.get(key, "") and key not in said:
            continue
        if value == "":
            said.pop(key, None)
        elif key not in said or value != known.get(key):
            said[key] = value
    return said["title"] if said.keys() == {"title"} and not isinstance(before, dict) else said


def _values(form: TaskForm) -> dict[str, str]:
    """What each key would say; empty: it is not there."""
    unit = form.unit.removesuffix("s") if form.amount == 1 else form.unit
    return {
        "title": _BLANKS.sub(" ", form.title).strip(),
        "kind": form.kind,
        "description": form.description,
        "assign": form.assign,
        "wait": "done" if form.waits else "no",
        "within": f"{form.amount} {unit}" if form.waits else "",
    }
