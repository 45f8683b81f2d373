"""Edits of what stops a run, by a form: reactions that stop it unless the file says otherwise, and stop rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sequences.definition.policies import DEFAULT_THEN, SUPPRESSES
from sequences.definition.reactions import ReactionKind, ThenKind, parse_then
from sequences.editing.conditions import field_condition, written_condition
from sequences.editing.reactions import REACTIONS, RuleChange, ThenChoice, with_rule, without_rule
from sequences.editing.rewrite import data_of
from sequences.editing.values import with_value, without
from sequences.errors import DefinitionError, GrammarError, NotFoundError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sequences.editing.conditions import FieldCondition
    from sequences.records.catalogue import FieldType

STOP_WHEN: Final = "stop_when"
SWITCHES: Final = tuple(
    kind
    for kind, then in DEFAULT_THEN.items()
    if then.kind is ThenKind.STOP and kind not in SUPPRESSES and "." not in kind
)
"""Reactions that stop a run unless its author does not want that. What suppresses always stops it."""


def with_stop(text: str, wanted: FieldCondition, types: Mapping[str, FieldType]) -> str:
    """The file with a stop rule about a field, in place of the one that is there.

    Raises:
        DefinitionError: it names no values, or the file cannot be edited so.
    """
    there = data_of(text).get(STOP_WHEN)
    before = there.get(wanted.field) if isinstance(there, dict) else None
    if before is not None and field_condition(wanted.field, before) == wanted:
        return text
    value = written_condition(wanted, types.get(wanted.field))
    if value is None:
        raise DefinitionError("write the values that stop a run, each on a line")
    if isinstance(there, dict) and there:
        return with_value(text, (STOP_WHEN, wanted.field), value)
    return with_value(text, (STOP_WHEN,), {wanted.field: value})


def without_stop(text: str, field: str) -> str:
    """The file without the stop rule about a field.

    Raises:
        NotFoundError: there is none.
        DefinitionError: the file cannot be edited so.
    """
    there = data_of(text).get(STOP_WHEN)
    if not isinstance(there, dict) or field not in there:
        raise NotFoundError(f"the draft has no stop rule about {field!r} any more")
    return without(text, (STOP_WHEN,) if len(there) == 1 else (STOP_WHEN, field))


def then_now(reactions: Any, kind: ReactionKind) -> ThenKind | None:
    """What becomes of a run after a reaction, as the general rule for it says; None: that cannot be read.

    Args:
        reactions: of the file, as plain values.
        kind: of the reaction.
    """
    place = _general(reactions, kind)
    then = reactions[place].get("then") if place is not None else None
    if then is None:
        return DEFAULT_THEN[kind].kind
    try:
        return parse_then(then).kind if isinstance(then, str) else None
    except GrammarError:
        return None


def with_switches(text: str, stopping: Iterable[str]) -> str:
    """The file in which these of ``SWITCHES`` stop a run, and the others do not.

    A pause stays one unless it becomes a stop.

    Raises:
        DefinitionError: the file cannot be edited so.
    """
    wanted = set(stopping)
    for kind in SWITCHES:
        reactions = data_of(text).get(REACTIONS)
        if (then_now(reactions, kind) is ThenKind.STOP) != (kind in wanted):
            text = _switched(text, reactions, kind, stop=kind in wanted)
    return text


def _switched(text: str, reactions: Any, kind: ReactionKind, *, stop: bool) -> str:
    place = _general(reactions, kind)
    if place is None:
        return with_rule(text, RuleChange(kind, ThenChoice(ThenKind.CONTINUE)))
    rule = reactions[place]
    if not stop:
        return with_value(text, (REACTIONS, place), {**rule, "then": ThenKind.CONTINUE.value})
    if rule.get("do"):
        return with_value(text, (REACTIONS, place), {key: each for key, each in rule.items() if key != "then"})
    return without_rule(text, place)


def _general(reactions: Any, kind: ReactionKind) -> int | None:
    """Which rule counts for a reaction whatever its field or form; None: there is none."""
    for place, rule in enumerate(reactions if isinstance(reactions, list) else ()):
        if isinstance(rule, dict) and rule.get("on") == kind and not (rule.get("field") or rule.get("form")):
            return place
    return None
