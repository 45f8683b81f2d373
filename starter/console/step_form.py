"""What the forms of a step's card brought, as the changes of ``services/drafts/step_parts.py``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sequences.definition.happenings import parse_happening
from sequences.definition.task_steps import COLLEAGUES
from sequences.definition.variants import HEAVIEST
from sequences.editing.only_if import OnlyIf
from sequences.editing.step_settings import FROM_TO, OwnTimes
from sequences.editing.task_form import DEFAULT_KIND, KINDS, WITHIN_UNITS, TaskForm
from sequences.editing.variants import VariantLine
from sequences.errors import GrammarError, RefusedError, RequestRefused
from services.drafts.step_parts import (
    StepSettings,
    ask_only_if,
    compare_wordings,
    drop_wording,
    keep_wording,
    set_settings,
    set_task,
    set_wordings,
)
from starter.console.condition_form import posted_condition
from starter.console.posted import whole_number

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from sequences.definition.happenings import Happening
    from sequences.records.catalogue import FieldType
    from services.drafts.step_parts import StepChange

    Form = Mapping[str, str]
    Kinds = Mapping[str, FieldType]

_FIELD: Final = re.compile(r"(.+-f\w+-)field")
_HAPPENED: Final = re.compile(r"(.+-h\w+-)what")
_WORDING: Final = re.compile(r"(.+-w\d+-)name")
_LINE: Final = 200
_TEXT: Final = 4_000


def only_if_change(form: Form, kinds: Kinds) -> StepChange:
    """The lines of *Only if*, without the one that *Remove* was pressed at."""
    gone = form.get("remove", "")
    lines = [posted_condition(form, prefix) for prefix in _prefixes(form, _FIELD) if prefix != gone]
    fields = {line.field: line for line in lines if line is not None}
    asked = [_happening(form, prefix) for prefix in _prefixes(form, _HAPPENED) if prefix != gone]
    happenings = tuple(dict.fromkeys(each for each in asked if each is not None))
    each = form.get("each", "all") != "any" or len(happenings) < 2
    return ask_only_if(OnlyIf(tuple(fields.values()), happenings, each), kinds)


def wordings_change(form: Form, _: Kinds) -> StepChange:
    """One of the buttons of *Compare wordings*."""
    act, name = [*form.get("do", "").split(":", 1), ""][:2]
    if act == "drop":
        return drop_wording(name)
    if act == "keep":
        return keep_wording(name)
    if act == "subject":
        subject = _short(form, "subject")
        if not subject:
            raise RefusedError(RequestRefused.INVALID, "subject: write the other subject")
        return compare_wordings(subject)
    if act == "text":
        return compare_wordings()
    return set_wordings([_wording(form, prefix) for prefix in _prefixes(form, _WORDING)])


def task_change(form: Form, _: Kinds) -> StepChange:
    """The fields of *The task*."""
    kind, unit = form.get("kind", ""), form.get("unit", "")
    description = form.get("description", "").replace("\r\n", "\n")[:_TEXT]
    return set_task(
        TaskForm(
            _short(form, "title"),
            kind if kind in KINDS else DEFAULT_KIND,
            description,
            _short(form, "assign") or COLLEAGUES[0],
            form.get("waits") == "yes",
            max(1, whole_number(form.get("amount", ""))),
            unit if unit in WITHIN_UNITS else WITHIN_UNITS[1],
        )
    )


def settings_change(form: Form, _: Kinds) -> StepChange:
    """The fields of *More*."""
    window = form.get("window", "")
    times = OwnTimes(
        window if window in ("any", FROM_TO) else "",
        form.get("opens", "")[:5],
        form.get("closes", "")[:5],
        form.get("weekdays_only", "") if form.get("weekdays_only") in ("yes", "no") else "",
        _short(form, "timezone"),
        _short(form, "holidays"),
        form.get("if_past", "") if form.get("if_past") in ("skip", "send") else "",
        form.get("text_from", "")[:5],
        form.get("text_to", "")[:5],
    )
    return set_settings(StepSettings(_short(form, "subject"), _short(form, "template"), times))


PARTS: Final[Mapping[str, Callable[[Form, Kinds], StepChange]]] = {
    "only-if": only_if_change,
    "wordings": wordings_change,
    "task": task_change,
    "more": settings_change,
}
"""The forms of a card by the end of their addresses."""


def _prefixes(form: Form, pattern: re.Pattern[str]) -> Iterator[str]:
    """What the names of the fields of each line begin with, in the order of the page."""
    yield from (found[1] for name in form if (found := pattern.fullmatch(name)))


def _happening(form: Form, prefix: str) -> Happening | None:
    """A line about what happened; None: nothing is chosen.

    Raises:
        RefusedError: it lacks its step, or is none that there is.
    """
    what = form.get(f"{prefix}what", "")
    if not what:
        return None
    try:
        return parse_happening(f"{what} {form.get(f'{prefix}step', '')}"[:_LINE])
    except GrammarError as error:
        raise RefusedError(RequestRefused.INVALID, f"{error.message} Choose the step.") from None


def _wording(form: Form, prefix: str) -> VariantLine:
    weight = max(1, min(whole_number(form.get(f"{prefix}weight", "")), HEAVIEST))
    name = re.sub(r"[^a-z0-9]+", "-", form.get(f"{prefix}name", "").lower()).strip("-")[:60]
    return VariantLine(name, weight, _short(form, f"{prefix}subject"), _short(form, f"{prefix}template"))


def _short(form: Form, name: str) -> str:
    """One line."""
    return " ".join(form.get(name, "").split())[:_LINE]
