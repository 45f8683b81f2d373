"""Whether a field is in the catalogue and fit for its use, and whether it can have a value."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from typing import Literal

from sequences.author_messages import did_you_mean, listed, shown
from sequences.checking import plain_values
from sequences.checking.problems import Finding, Loc
from sequences.errors import GrammarError, TemplateError
from sequences.records.catalogue import GROUPS_OF_RECORD, Catalogue, Field, FieldType
from sequences.records.field_hints import did_you_mean_field
from sequences.records.field_values import unfit

TemplateFields = Callable[[str], Collection[str]]
"""Names of the fields in a template text. Raises ``TemplateError`` or ``GrammarError`` if it is not a template."""
Use = Literal["rules", "set_field", "day zero", "templates"]


@dataclass(frozen=True)
class FieldUses:
    """What fields can be used for in one file: its record, the catalogue and the reader of short templates."""

    record: str
    catalogue: Catalogue
    template_fields: TemplateFields

    def _fits(self, field: Field, use: Use) -> bool:
        match use:
            case "rules":
                return field.in_rules
            case "set_field":
                return field.writable
            case "day zero":
                return field.type in {FieldType.DATE, FieldType.DATETIME}
            case "templates":
                return field.type is not FieldType.FILE

    def named(self, loc: Loc, name: str, use: Use, *, target: Literal["key", "value"] = "key") -> Iterator[Finding]:
        """What is wrong with using the field of this name, at this place."""
        fitting = [field.name for field in self.catalogue.for_record(self.record) if self._fits(field, use)]
        field = self.catalogue.get(name)
        group = name.partition(".")[0]
        near = [known for known in fitting if known.startswith(f"{group}.")] or fitting
        if field is None:
            message = f"There is no field `{name}`.{did_you_mean_field(name, fitting)}"
        elif field.group not in GROUPS_OF_RECORD.get(self.record, {field.group}):
            message = f"`{name}` belongs to a {field.group}, but this sequence is about a {self.record}."
            near = fitting
        elif not self._fits(field, use):
            message = {
                "rules": f"Rules cannot read `{name}`.",
                "set_field": f"`set_field` may not write `{name}`.",
                "day zero": f"Day zero must be a date; `{name}` is a {field.type}.",
                "templates": f"`{name}` has no text to show.",
            }[use]
        else:
            return
        yield Finding(loc, message, f"`{name}`", listed(near), target=target)

    def values(self, loc: Loc, body: object, use: Use, *, presence: bool = True) -> Iterator[Finding]:
        """What is wrong with a mapping of fields to values; ``presence``: `present` and `missing` are values too."""
        for name, written in plain_values.mapping(body).items():
            problems = list(self.named((*loc, name), name, use))
            yield from problems
            field = self.catalogue.get(name)
            if field is None or problems or (presence and written in ("present", "missing")):
                continue
            if plain_values.mapping(written).get("all_of") is not None and field.type is not FieldType.LIST:
                message = f"`{name}` holds one value at a time, so it cannot have all of several values."
                allowed = "a list, of which one value is enough; or a custom field that is declared as a `list`"
                yield Finding((*loc, name, "all_of"), message, "`all_of`", allowed, target="key")
                continue
            for here, value in plain_values.values(written, (*loc, name)):
                if not isinstance(value, (str, bool, int, float)):
                    continue
                allowed = unfit(field, value)
                if allowed:
                    hint = did_you_mean(value, field.choices)
                    if isinstance(value, (int, float)) and not isinstance(value, bool) and allowed == "a text":
                        hint = " Put it in quotes."
                    yield Finding(here, f"`{name}` cannot have this value.{hint}", shown(value), allowed)

    def template(self, loc: Loc, text: object) -> Iterator[Finding]:
        """What is wrong with the fields of a short template."""
        if not isinstance(text, str):
            return
        try:
            names = sorted(self.template_fields(text))
        except GrammarError as error:
            yield Finding(loc, error.message, error.found, error.allowed)
        except TemplateError as error:
            yield Finding(
                loc, f"This template cannot be read: {error}", shown(text), "text with fields of the catalogue"
            )
        else:
            for name in names:
                yield from self.named(loc, name, "templates", target="value")
