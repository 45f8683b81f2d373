"""Whether every field that a sequence names is in the catalogue and fit for its use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from sequences.checking import plain_values
from sequences.checking.problems import Finding, Loc
from sequences.errors import GrammarError, TemplateError
from sequences.records.catalogue import GROUPS_OF_RECORD, Catalogue, Field, FieldType
from sequences.records.field_hints import did_you_mean_field
from sequences.records.field_values import unfit
from sequences.wording import did_you_mean, listed, shown

TemplateFields = Callable[[str], Collection[str]]
"""Names of the fields in a template text. Raises ``TemplateError`` or ``GrammarError`` if it is not a template."""
Use = Literal["rules", "set_field", "day zero", "templates"]


@dataclass(frozen=True)
class FieldChecks:
    """The checks of one file: its record, the catalogue and the reader of short templates."""

    record: str
    catalogue: Catalogue
    template_fields: TemplateFields

    def check(self, data: Mapping[str, Any]) -> Iterator[Finding]:
        """All uses of fields in a file."""
        if isinstance(data.get("day_zero"), str):
            yield from self._use(("day_zero",), data["day_zero"], "day zero", target="value")
        yield from self._values(("stop_when",), data.get("stop_when"), "rules")
        rule = plain_values.mapping(data.get("auto_enroll"))
        yield from self._values(("auto_enroll", "real"), rule.get("real"), "rules", presence=False)
        for name in plain_values.mapping(rule.get("qualitative")):
            yield from self._use(("auto_enroll", "qualitative", name), name, "rules")
        for i, reaction in plain_values.mappings(data.get("reactions")):
            if isinstance(reaction.get("field"), str):
                yield from self._use(("reactions", i, "field"), reaction["field"], "rules", target="value")
        for loc, kind, body in plain_values.follow_ups(data):
            if kind == "set_field":
                yield from self._values(loc, body, "set_field", presence=False)
            elif kind == "create_task":
                for key in ("title", "description"):
                    yield from self._template((*loc, key), plain_values.mapping(body).get(key))

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

    def _use(self, loc: Loc, name: str, use: Use, *, target: Literal["key", "value"] = "key") -> Iterator[Finding]:
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

    def _values(self, loc: Loc, body: object, use: Use, *, presence: bool = True) -> Iterator[Finding]:
        for name, written in plain_values.mapping(body).items():
            problems = list(self._use((*loc, name), name, use))
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

    def _template(self, loc: Loc, text: object) -> Iterator[Finding]:
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
                yield from self._use(loc, name, "templates", target="value")
