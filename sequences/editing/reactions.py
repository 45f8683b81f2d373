"""Edits of the reactions of a sequence file by a form: a rule comes, goes, or says something else."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

from sequences.definition.durations import DurationUnit
from sequences.definition.policies import DEFAULT_THEN
from sequences.definition.reactions import ReactionKind, ReactionRule, ThenKind, parse_then
from sequences.editing.follow_up_lines import LineChanges, changed_lines, fields_of
from sequences.editing.rewrite import data_of
from sequences.editing.values import value_at, with_item, with_value, without
from sequences.errors import GrammarError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.records.catalogue import FieldType

REACTIONS: Final = "reactions"
_KEYS: Final = tuple(ReactionRule.model_fields)


@dataclass(frozen=True)
class ThenChoice:
    """What becomes of the run, as the choices of a form.

    Attributes:
        kind: ``stop | continue | pause``; empty: as usual for the reaction.
        amount: of a pause.
        unit: ``days | weeks``.
    """

    kind: str = ""
    amount: str = "7"
    unit: str = DurationUnit.DAYS.value


@dataclass(frozen=True)
class RuleForm:
    """A rule as a form shows it.

    Attributes:
        only_field: of ``field_changed``; empty: any.
        only_form: of ``form_submitted``; empty: any.
        lines: the fields of each follow-up; None: no form can say it.
        others: keys that no form knows.
    """

    on: str
    only_field: str
    only_form: str
    then: ThenChoice
    lines: tuple[dict[str, str] | None, ...]
    others: tuple[str, ...]


@dataclass(frozen=True)
class RuleChange:
    """What a form says of a rule.

    Attributes:
        only_field: of ``field_changed``; None: the form did not ask.
        only_form: of ``form_submitted``; None: the form did not ask.
        lines: its follow-ups.
    """

    on: str
    then: ThenChoice
    only_field: str | None = None
    only_form: str | None = None
    lines: LineChanges = field(default_factory=LineChanges)


def rule_form(rule: Any) -> RuleForm | None:
    """A rule of the file as a form; None: no form can show it.

    Args:
        rule: its plain values.
    """
    if not isinstance(rule, dict) or rule.get("on") not in list(ReactionKind):
        return None
    do, then = rule.get("do"), then_choice(rule.get("then"))
    words = [rule.get(key) or "" for key in ("field", "form")]
    if then is None or not isinstance(do, list | None) or not all(isinstance(each, str) for each in words):
        return None
    others = tuple(key for key in rule if key not in _KEYS)
    return RuleForm(rule["on"], words[0], words[1], then, tuple(fields_of(each) for each in do or ()), others)


def then_choice(then: Any) -> ThenChoice | None:
    """``then:`` as choices; None: it cannot be read."""
    if then is None:
        return ThenChoice()
    try:
        found = parse_then(then) if isinstance(then, str) else None
    except GrammarError:
        return None
    if found is None or found.pause is None:
        return ThenChoice(found.kind.value) if found else None
    return ThenChoice(found.kind.value, str(found.pause.amount), found.pause.unit.value)


def then_text(choice: ThenChoice, before: Any = None) -> str | None:
    """The text for choices; None: the rule has no ``then``.

    Args:
        choice: as it came.
        before: what the file says, which is kept where it means the same.
    """
    if then_choice(before) == choice:
        return before if isinstance(before, str) else None
    if choice.kind != ThenKind.PAUSE:
        return choice.kind or None
    unit = choice.unit.removesuffix("s") if choice.amount == "1" else choice.unit
    return f"{ThenKind.PAUSE} {choice.amount} {unit}"


def with_rule(text: str, change: RuleChange) -> str:
    """The file with a new rule, the last one. One that does nothing says what is usual: a rule says something.

    Raises:
        DefinitionError: the file cannot be edited so.
    """
    values = {"on": change.on, "do": [change.lines.more] if change.lines.more else None, "then": then_text(change.then)}
    if not change.lines.more and not change.then.kind:
        values["then"] = _usual(change.on)
    rule = {key: value for key, value in values.items() if value is not None}
    there = data_of(text).get(REACTIONS)
    if isinstance(there, list) and there:
        return with_item(text, (REACTIONS,), rule)
    return with_value(text, (REACTIONS,), [rule])


def _usual(on: str) -> str | None:
    """What becomes of a run after a reaction, as a rule would say it; None: no rule can say it."""
    kind = DEFAULT_THEN[ReactionKind(on)].kind if on in list(ReactionKind) else ThenKind.PAUSE
    return None if kind is ThenKind.PAUSE else kind.value


def without_rule(text: str, index: int) -> str:
    """The file without a rule; the last one takes the list along.

    Raises:
        NotFoundError: there is no such rule.
        DefinitionError: the file cannot be edited so.
    """
    _rule(text, index)
    return without(text, (REACTIONS,) if len(data_of(text)[REACTIONS]) == 1 else (REACTIONS, index))


def with_changed_rule(text: str, index: int, change: RuleChange, types: Mapping[str, FieldType]) -> str:
    """The file in which a rule says what a form says; what the form does not know stays.

    Args:
        text: of the file.
        index: of the rule.
        change: as it came.
        types: of the fields that follow-ups may write.

    Raises:
        NotFoundError: there is no such rule.
        DefinitionError: the file cannot be edited so.
    """
    rule = _rule(text, index)
    text, do = changed_lines(text, (REACTIONS, index, "do"), change.lines, types)
    values = {
        "on": change.on,
        "field": _only(rule.get("field"), change.only_field, asked=change.on == ReactionKind.FIELD_CHANGED),
        "form": _only(rule.get("form"), change.only_form, asked=change.on == ReactionKind.FORM_SUBMITTED),
        "do": do or None,
        "then": then_text(change.then, rule.get("then")),
    }
    wanted = {key: value for key, value in values.items() if value is not None or (key in rule and rule[key] is value)}
    others = {key: value for key, value in rule.items() if key not in _KEYS}
    return with_value(text, (REACTIONS, index), wanted | others)


def _only(before: Any, given: str | None, *, asked: bool) -> Any:
    """What narrows a rule: as before where the form did not say; nothing where the reaction has no such thing."""
    if given is None:
        return before
    return (given or None) if asked else None


def _rule(text: str, index: int) -> dict[str, Any]:
    rule = value_at(data_of(text), (REACTIONS, index))
    if not isinstance(rule, dict):
        raise NotFoundError("this reaction cannot be read: edit the file")
    return rule
