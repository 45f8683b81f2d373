"""The rules of a draft as a form: a line for each condition, what can be added, limits, and what is switched off."""

from __future__ import annotations

import re
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import TYPE_CHECKING, Any, Final

from pydantic import ValidationError

from sequences.auto_enroll.conditions import conditions
from sequences.checking.yaml_document import read_document
from sequences.definition.durations import DurationUnit, parse_duration
from sequences.definition.rules import AutoEnroll
from sequences.editing.conditions import (
    EVENTS,
    FieldCondition,
    Operator,
    PastCondition,
    field_condition,
    operators_of,
    past_condition,
)
from sequences.editing.plain import on_one_line
from sequences.editing.rules import GROUPS, KEY, WINDOW, kept_switched_off, rules_of
from sequences.errors import DefinitionError, GrammarError
from services.console.condition_fields import PastFields, condition_fields
from services.console.condition_words import field_labels
from services.console.rules import limits_of
from services.drafts.draft import SEQUENCE_FILE, mark_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sequences.checking.problems import FileProblem
    from sequences.definition.model import SequenceDefinition
    from sequences.records.catalogue import Catalogue, Field
    from services.console.condition_fields import ConditionFields
    from services.console.rule_counts import RuleCounts
    from services.console.rules import RuleLimits
    from services.drafts.check_draft import CheckedDraft

HISTORICAL, QUALITATIVE, REAL = GROUPS
_IN_FORM: Final = frozenset({*GROUPS, WINDOW, "assigned_by", "hold_above", "max_per_day"})
_PERSON: Final = "person."
_PLAIN: Final = re.compile(r"[a-z0-9_.]+")
_DEFAULT_HOLD: Final = AutoEnroll.model_fields["hold_above"].default


@dataclass(frozen=True)
class ConditionLine:
    """One condition.

    Attributes:
        name: of the field or the event, as in the file.
        label: what it is called.
        words: what is asked of it.
        field: of the catalogue; None: of an event, or it is gone.
        past: of a historical one.
        asked: of the others.
        problems: of its lines in the file.
    """

    group: str
    name: str
    label: str
    words: str
    field: Field | None = None
    past: PastCondition | None = None
    asked: FieldCondition | None = None
    problems: tuple[FileProblem, ...] = ()

    @property
    def ref(self) -> str:
        """Names it in the page, where dots mean something else."""
        return ref_of(self.group, self.name)

    @property
    def in_form(self) -> bool:
        """The form can say it; else it is shown in words."""
        return self.past is not None or self.asked is not None


@dataclass(frozen=True)
class LimitFields:
    """What the fields of the limits say.

    Attributes:
        amount: of the window; 0: each is enrolled once.
        unit: of the window.
        window_words: a window that the fields cannot say; empty: they can.
    """

    amount: int = 0
    unit: str = DurationUnit.MONTHS.value
    window_words: str = ""
    hold_above: int | None = None
    max_per_day: int | None = None
    assigned_by: str = ""


@dataclass(frozen=True)
class RulesForm:
    """The rules of a draft.

    Attributes:
        name: what people call the sequence.
        record: ``person | placement``.
        state: ``on``, ``off`` (the draft has no rules) or ``unreadable``.
        lines: its conditions, in the order of the groups.
        asked: what can be asked about, by group; not of ``historical``.
        events: what can be asked about the past.
        new: of the field that somebody chose to add in the group ``real``.
        limits: as fields.
        others: keys that have no field, with what they say.
        kept: conditions that are switched off and could be switched on again.
        problems: of its other lines.
        default_hold: what counts without ``hold_above``.
    """

    checked: CheckedDraft
    name: str
    record: str
    state: str
    lines: tuple[ConditionLine, ...] = ()
    asked: Mapping[str, ConditionFields] = dataclass_field(default_factory=dict)
    events: PastFields = dataclass_field(default_factory=PastFields)
    new: FieldCondition | None = None
    fields: LimitFields = dataclass_field(default_factory=LimitFields)
    others: tuple[tuple[str, str], ...] = ()
    kept: tuple[ConditionLine, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    default_hold: int = _DEFAULT_HOLD

    @property
    def sequence(self) -> str:
        """Its name in addresses."""
        return self.checked.draft.sequence

    @property
    def mark(self) -> str:
        """What a save of the file says."""
        return self.checked.draft.mark_of(SEQUENCE_FILE)

    @property
    def limits(self) -> RuleLimits | None:
        """What the rules may not do, if they can be read."""
        wanted = self.checked.readable.auto_enroll if self.checked.readable else None
        return limits_of(wanted) if wanted else None

    def of_group(self, group: str) -> tuple[ConditionLine, ...]:
        """Its conditions in one group."""
        return tuple(each for each in self.lines if each.group == group)

    @property
    def countable(self) -> bool:
        """It can be counted whom they would enroll."""
        return self.limits is not None


def ref_of(group: str, name: str) -> str:
    """Names a condition in a page: in ids, and in lists of them."""
    # A file may have any key.
    plain = name.replace(".", "-") if _PLAIN.fullmatch(name) else mark_of(name)
    return f"{group}-{plain}"


def places_of(definition: SequenceDefinition) -> dict[str, int]:
    """The place of each condition among all of them by ``ref``, counted from 1."""
    wanted = definition.auto_enroll
    return {
        ref_of(each.group, each.field.removeprefix(_PERSON) if each.group == HISTORICAL else each.field): place
        for place, each in enumerate(conditions(wanted) if wanted is not None else (), 1)
    }


def remaining_after(definition: SequenceDefinition, counts: RuleCounts) -> dict[str, int]:
    """How many are left after each condition, by ``ref``."""
    return dict(zip(places_of(definition), counts.remaining, strict=False))


def rules_form(checked: CheckedDraft, catalogue: Catalogue, new: str = "") -> RulesForm:
    """The form for a draft.

    Args:
        checked: the draft, and what is wrong with it.
        catalogue: built-in fields and the organisation's own.
        new: a field that somebody chose to add in the group ``real``.
    """
    readable, source = checked.readable, checked.draft.source
    name = readable.name if readable else checked.draft.sequence
    try:
        rules, kept = rules_of(source), kept_switched_off(source)
    except DefinitionError:
        return RulesForm(checked, name, "person", "unreadable", problems=_of_file(checked))
    record = _record(source)
    making = _Lines(catalogue, field_labels(catalogue))
    at_line = _problems(checked)
    made = tuple(making.of(rules or {}, at_line))
    asked = {
        QUALITATIVE: condition_fields(catalogue, record, values=False),
        REAL: condition_fields(catalogue, record, presence=False),
    }
    taken = {(each.group, each.name) for each in made}
    free = new in asked[REAL].known and (REAL, new) not in taken
    return RulesForm(
        checked,
        name,
        record,
        "off" if rules is None else "on",
        made,
        asked,
        PastFields(tuple(event for event in EVENTS if (HISTORICAL, event) not in taken)),
        FieldCondition(new, Operator.IS) if free else None,
        limit_fields(rules or {}),
        tuple((key, on_one_line(each)) for key, each in (rules or {}).items() if key not in _IN_FORM),
        tuple(making.of(kept.rules, {})) if kept else (),
        tuple(at_line.get("", ())),
    )


def limit_fields(rules: Mapping[str, Any]) -> LimitFields:
    """The limits that rules say, as fields."""
    window, words = rules.get(WINDOW), ""
    amount, unit = 0, DurationUnit.MONTHS.value
    try:
        if window is not None:
            read = parse_duration(str(window))
            amount, unit = read.amount, read.unit.value
    except GrammarError:
        words = str(window)
    return LimitFields(
        amount,
        unit,
        words,
        _number(rules.get("hold_above")),
        _number(rules.get("max_per_day")),
        str(rules.get("assigned_by") or ""),
    )


@dataclass(frozen=True)
class _Lines:
    catalogue: Catalogue
    labels: Mapping[str, str]

    def of(self, rules: Mapping[str, Any], problems: Mapping[str, list[FileProblem]]) -> Iterator[ConditionLine]:
        for group in GROUPS:
            for name, written in (rules.get(group) or {}).items():
                yield self._line(group, name, written, tuple(problems.get(ref_of(group, name), ())))

    def _line(self, group: str, name: str, written: Any, problems: tuple[FileProblem, ...]) -> ConditionLine:
        field, label, words = self.catalogue.get(name), self._label(group, name), _words(group, name, written)
        if group == HISTORICAL:
            past = past_condition(name, written) if name in EVENTS else None
            return ConditionLine(group, name, label, words, None, past, None, problems)
        asked = None
        if field is not None:
            # In the group of values these two words are values.
            bare = group == REAL and isinstance(written, str)
            asked = field_condition(name, [written] if bare else written)
            fitting = operators_of(field, presence=group == QUALITATIVE, values=group == REAL)
            if asked is not None and asked.operator not in fitting:
                asked = None
        return ConditionLine(group, name, label, words, field, None, asked, problems)

    def _label(self, group: str, name: str) -> str:
        # A field that is gone from the catalogue still has its name in the file.
        return self.labels.get(f"{_PERSON}{name}" if group == HISTORICAL else name, name)


def _words(group: str, name: str, written: Any) -> str:
    try:
        (found,) = conditions(AutoEnroll.model_validate({group: {name: written}}))
    except ValidationError:
        return on_one_line(written)
    return found.wanted


def _record(source: str) -> str:
    return "placement" if read_document(source).data.get("record") == "placement" else "person"


def _of_file(checked: CheckedDraft) -> tuple[FileProblem, ...]:
    return tuple(each for each in checked.checked.problems if each.file == SEQUENCE_FILE)


def _problems(checked: CheckedDraft) -> dict[str, list[FileProblem]]:
    """What is wrong with the rules, by the condition that it is about; empty: about another line of them."""
    keys = read_document(checked.draft.source).keys
    begins = [((line + 1, column + 1), loc) for loc, (line, column) in keys.items() if len(loc) == 1 or loc[0] == KEY]
    found: dict[str, list[FileProblem]] = {}
    for problem in _of_file(checked):
        above = [loc for place, loc in begins if place <= (problem.line, problem.column)]
        if not above or above[-1][0] != KEY:
            continue
        loc = above[-1]
        ref = ref_of(str(loc[1]), str(loc[2])) if len(loc) > 2 and loc[1] in GROUPS else ""
        found.setdefault(ref, []).append(problem)
    return found


def _number(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None
