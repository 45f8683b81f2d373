"""Whether a form makes sense: its fields exist, may be asked for, and have the choices they need."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from sequences.author_messages import did_you_mean, listed, shown
from sequences.checking import plain_values
from sequences.checking.problems import Finding, Loc
from sequences.forms.definition import MOST_FILES
from sequences.forms.fields import may_ask
from sequences.page_languages import LANGUAGES, known_language
from sequences.records.catalogue import Catalogue, Field, FieldType
from sequences.records.field_hints import did_you_mean_field
from sequences.records.field_values import unfit

_WITH_CHOICES = frozenset({FieldType.TEXT, FieldType.LIST, FieldType.CHOICE, FieldType.NUMBER})


def check_form(data: Mapping[str, Any], catalogue: Catalogue) -> Iterator[Finding]:
    """What shapes cannot say. ``data`` is the plain content of the file."""
    language = data.get("language")
    if isinstance(language, str) and known_language(language) is None:
        yield Finding(("language",), "Pages are not written in this language.", shown(language), listed(LANGUAGES))
    first: dict[str, int] = {}
    files = 0
    fitting = [field.name for field in catalogue.fields.values() if may_ask(field)]
    for i, asked in plain_values.mappings(data.get("fields")):
        name, loc = asked.get("field"), ("fields", i, "field")
        if not isinstance(name, str):
            continue
        field = catalogue.get(name)
        if name in first:
            message = f"The form asks for `{name}` twice; the other is number {first[name] + 1}."
            yield Finding(loc, message, f"`{name}`", "each field once")
        first.setdefault(name, i)
        if field is None:
            yield Finding(
                loc, f"There is no field `{name}`.{did_you_mean_field(name, fitting)}", f"`{name}`", listed(fitting)
            )
        elif not may_ask(field):
            yield Finding(loc, f"A form may not write `{name}`.", f"`{name}`", listed(fitting))
        else:
            yield from _choices(("fields", i), asked, field)
            files += field.type is FieldType.FILE
    if files > MOST_FILES:
        yield Finding(("fields",), "The form asks for too many files.", str(files), f"at most {MOST_FILES}")


def _choices(loc: Loc, asked: Mapping[str, Any], field: Field) -> Iterator[Finding]:
    choices = plain_values.items(asked.get("choices"))
    place = (*loc, "choices")
    if field.type is FieldType.LIST and not choices:
        yield Finding(
            loc, f"`{field.name}` holds several values, so the form must list them.", "no `choices`", "`choices`"
        )
    if choices and field.type not in _WITH_CHOICES:
        message = f"`{field.name}` is a {field.type}, which has no choices."
        yield Finding(place, message, "`choices`", "no `choices`", target="key")
        return
    for position, choice in enumerate(choices):
        if not isinstance(choice, str):
            continue
        allowed = _unfit(field, choice)
        if allowed:
            hint = did_you_mean(choice, field.choices)
            yield Finding((*place, position), f"`{field.name}` cannot have this value.{hint}", shown(choice), allowed)
        if choice in choices[:position]:
            yield Finding((*place, position), "This choice is there twice.", shown(choice), "each choice once")
    if field.type is FieldType.FILE and asked.get("prefill"):
        yield Finding((*loc, "prefill"), "A file is never shown.", "`prefill: true`", "no `prefill`")
    if asked.get("lines", 1) != 1 and (choices or field.type is not FieldType.TEXT):
        message = f"`lines` is for text fields; `{field.name}` is none here."
        yield Finding((*loc, "lines"), message, shown(asked["lines"]), "no `lines`", target="key")


def _unfit(field: Field, choice: str) -> str:
    if field.type is FieldType.NUMBER:
        return "" if choice.replace(".", "", 1).lstrip("-").isdecimal() else 'a number in quotes, such as `"7.5"`'
    if field.type is FieldType.LIST:
        return "a text without `;` and `|`" if set(choice) & set(";|") else ""
    return unfit(field, choice)
