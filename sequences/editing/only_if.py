"""``if:`` of a step as the lines of a form, and back.

What a form cannot say of it is named in ``unsaid``, shown in words, and stays as it is written.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sequences.definition.happenings import Happening, HappeningKind, parse_happening
from sequences.definition.step_conditions import HAPPENED
from sequences.editing.conditions import FieldCondition, field_condition, written_condition
from sequences.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.records.catalogue import FieldType

OF_A_TASK: Final = frozenset({HappeningKind.DONE})
"""Asked of steps that are tasks; all others of steps that send."""


@dataclass(frozen=True)
class OnlyIf:
    """What must hold.

    Attributes:
        fields: what the record must hold, all of it.
        happenings: what must have happened in the run, or not.
        each: every one of the happenings is wanted; else one of them is enough.
        unsaid: fields, and ``happened``, of which a form cannot say what is written.
    """

    fields: tuple[FieldCondition, ...] = ()
    happenings: tuple[Happening, ...] = ()
    each: bool = True
    unsaid: tuple[str, ...] = ()


def only_if(written: object) -> OnlyIf | None:
    """The lines for what a file says; None: it is no condition at all."""
    if written is None:
        return OnlyIf()
    if isinstance(written, str | list):
        written = {HAPPENED: written}
    if not isinstance(written, dict):
        return None
    lines = {key: field_condition(key, each) for key, each in written.items() if key != HAPPENED}
    unsaid = [key for key, line in lines.items() if line is None]
    found = _happenings(written.get(HAPPENED))
    if found is None:
        unsaid.append(HAPPENED)
    happenings, each = found or ((), True)
    return OnlyIf(tuple(line for line in lines.values() if line is not None), happenings, each, tuple(unsaid))


def written_only_if(before: object, wanted: OnlyIf, kinds: Mapping[str, FieldType]) -> Any:
    """What a file says for lines; None: nothing is asked.

    Args:
        before: what it says now: lines that are as they were stay as they are written.
        wanted: the lines; of ``unsaid`` what is written stays.
        kinds: what each field of the catalogue holds.
    """
    if isinstance(before, str | list):
        before = {HAPPENED: before}
    said = before if isinstance(before, dict) else {}
    was = only_if(before) or OnlyIf()
    asked = {each.field: each for each in wanted.fields}
    known = {each.field: each for each in was.fields}
    # Those that are there keep their order; new ones come behind them.
    names = [key for key in said if key in asked or (key in was.unsaid and key != HAPPENED)]
    names += [key for key in asked if key not in names]
    after: dict[str, Any] = {}
    for name in names:
        line = asked.get(name)
        changed = line is not None and line != known.get(name)
        value = written_condition(asked[name], kinds.get(name)) if changed else said[name]
        if value is not None:
            after[name] = value
    same = (wanted.happenings, wanted.each) == (was.happenings, was.each)
    happened = said.get(HAPPENED) if same or HAPPENED in was.unsaid else _written(wanted)
    if happened is None:
        return after or None
    plain = isinstance(happened, str | list)
    return happened if plain and not after else {**after, HAPPENED: happened}


def _happenings(written: object) -> tuple[tuple[Happening, ...], bool] | None:
    """The happenings, and whether each is wanted; None: a form cannot say it."""
    if written is None:
        return (), True
    each = False
    if isinstance(written, dict):
        said = {key: value for key, value in written.items() if value is not None}
        if len(said) != 1 or next(iter(said)) not in ("any_of", "all_of"):
            return None
        key, written = next(iter(said.items()))
        each = key == "all_of"
    texts: list[Any] = written if isinstance(written, list) else [written]
    try:
        found = tuple(parse_happening(text) for text in texts)
    except (GrammarError, AttributeError):
        return None
    return (found, each or len(found) == 1) if found else None


def _written(wanted: OnlyIf) -> Any:
    texts = [str(happening) for happening in wanted.happenings]
    if len(texts) < 2:
        return texts[0] if texts else None
    return {"all_of": texts} if wanted.each else texts
