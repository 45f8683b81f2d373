"""Variants of a step as the lines of a form, and back: a second wording comes, one changes, one goes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from sequences.definition.variants import FEWEST, HEAVIEST, MOST
from sequences.errors import DefinitionError

if TYPE_CHECKING:
    from collections.abc import Sequence

_NAMES: Final = ("first", "second", "third", "fourth", "fifth")
_KEYS: Final = frozenset({"name", "weight", "subject", "template"})


@dataclass(frozen=True)
class VariantLine:
    """One wording.

    Attributes:
        weight: its share, compared with the others'.
        subject: of its own; empty: that of the step.
        template: of its own; empty: that of the step.
    """

    name: str
    weight: int = 1
    subject: str = ""
    template: str = ""


def variant_lines(written: object) -> tuple[VariantLine, ...] | None:
    """The lines for what a file says, none where there are no variants; None: a form cannot say it."""
    if written is None:
        return ()
    if not isinstance(written, list):
        return None
    lines = tuple(map(_line, written))
    names = {line.name for line in lines if line is not None}
    return tuple(line for line in lines if line is not None) if len(names) == len(lines) else None


def with_second(variant: VariantLine) -> list[dict[str, Any]]:
    """The step as it is, and another wording of it."""
    return [{"name": _NAMES[0]}, _written(variant, {})]


def with_another(written: Sequence[dict[str, Any]], variant: VariantLine) -> list[dict[str, Any]]:
    """One more wording.

    Raises:
        DefinitionError: there are as many as there may be.
    """
    if len(written) >= MOST:
        raise DefinitionError(f"a step has at most {MOST} wordings")
    return [*written, _written(variant, {})]


def with_lines(written: Sequence[dict[str, Any]], lines: Sequence[VariantLine]) -> list[dict[str, Any]]:
    """The wordings, in their order, as lines say them.

    Raises:
        DefinitionError: they are not the same wordings any more, or two have one name.
    """
    if len(written) != len(lines):
        raise DefinitionError("the wordings of this step are others by now: open the page again")
    if len({line.name for line in lines if line.name}) < len(lines):
        raise DefinitionError("each wording has a name of its own")
    return [_written(line, each) for line, each in zip(lines, written, strict=True)]


def without_one(written: Sequence[dict[str, Any]], name: str) -> list[dict[str, Any]]:
    """The wordings without one of them.

    Raises:
        DefinitionError: too few would be left.
    """
    kept = [each for each in written if each.get("name") != name]
    if len(kept) < FEWEST:
        raise DefinitionError(f"there is nothing to compare with fewer than {FEWEST} wordings: go back to one")
    return kept


def free_name(written: Sequence[dict[str, Any]]) -> str:
    """A name that no wording has."""
    taken = {each.get("name") for each in written} or {_NAMES[0]}
    return next(name for name in (*_NAMES, *(f"wording-{number}" for number in range(6, 20))) if name not in taken)


def _line(written: object) -> VariantLine | None:
    if not isinstance(written, dict) or written.keys() - _KEYS:
        return None
    name, weight = written.get("name"), written.get("weight", 1)
    texts = [written.get("subject") or "", written.get("template") or ""]
    if not isinstance(name, str) or not isinstance(weight, int) or not all(isinstance(each, str) for each in texts):
        return None
    return VariantLine(name, max(1, min(int(weight), HEAVIEST)), *texts)


def _written(line: VariantLine, before: dict[str, Any]) -> dict[str, Any]:
    """What a file says for a line; what is as it was stays as it is written."""
    if _line(before) == line:
        return before
    weight = before["weight"] if before.get("weight") == line.weight else line.weight
    said = {"name": line.name, "weight": weight, "subject": line.subject, "template": line.template}
    if line.weight == 1 and "weight" not in before:
        del said["weight"]
    return {key: value for key, value in said.items() if value != ""}
