"""What a template sees of one person: only the fields that it names, as plain values."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from markupsafe import Markup

from adapters.templates.filters import Placeholder
from sequences.errors import TemplateError
from sequences.records.catalogue import ORGANISATION_FOOTER, SIGNATURE, FieldType, catalogue
from sequences.records.record_view import read_date, read_instant
from sequences.sending.footer import Footer

Values = Mapping[str, object]
_MAX_VALUE = 10_000
_NO = frozenset({"false", "no", "0"})


class TemplateGroup(dict[str, Any]):
    """Fields under one name; knows its name, so that a missing field can be called by its whole one."""

    def __init__(self, path: str) -> None:
        super().__init__()
        self.path = path


def as_types(custom_fields: Mapping[str, FieldType] | None) -> dict[str, FieldType]:
    """The kinds of all fields whose values, which are stored as text, mean something else."""
    fields = catalogue(custom_fields).fields.values()
    return {
        field.name: field.type
        for field in fields
        if field.type in {FieldType.DATE, FieldType.DATETIME, FieldType.BOOLEAN}
    }


def in_part(values: Values, *, html: bool) -> Values:
    """The values for one part of a message: what has several lines of its own keeps them in HTML."""
    found: dict[str, object] = {}
    owner = values.get("owner")
    for name in (ORGANISATION_FOOTER, SIGNATURE):
        below = values.get(name)
        if isinstance(below, Footer):
            found[name] = Markup(below.html) if html else below.text  # noqa: S704 - escaped where it was made
    if html and isinstance(owner, Mapping) and isinstance(owner.get("signature"), str):
        lines = Markup("<br>\n").join(owner["signature"].splitlines())
        found["owner"] = {**owner, "signature": lines}
    return {**values, **found} if found else values


def context_of(
    names: Collection[str],
    values: Values,
    types: Mapping[str, FieldType],
    *,
    file: str,
    stand_ins: Collection[str] = (),
) -> dict[str, Any]:
    """The named fields, nested by group; what is missing is left out.

    Args:
        names: ``person.first_name``.
        values: fields by group, and what has no group, such as the address of the unsubscribe page.
        types: of ``as_types``.
        file: how an error calls the template.
        stand_ins: missing fields that get a placeholder.

    Raises:
        TemplateError: a value cannot be printed or is too long, or a field is used as a group.
    """
    root = TemplateGroup("")
    for full in names:
        *groups, last = full.split(".")
        here: TemplateGroup = root
        there: object = values
        for name in groups:
            path = f"{here.path}.{name}".lstrip(".")
            group = here.setdefault(name, TemplateGroup(path))
            if not isinstance(group, TemplateGroup):
                raise TemplateError(f"{file}: {path} is a field, not a group of fields")
            here = group
            there = there.get(name) if isinstance(there, Mapping) else None
        value = _plain_value(there.get(last) if isinstance(there, Mapping) else None, full, file)
        if value is not None and full in types:
            value = _typed(value, types[full])
        if value is None and full in stand_ins:
            value = Placeholder("x")
        if value is None and full == SIGNATURE:
            # Who has none signs with nothing.
            value = ""
        if value is not None and last not in here:
            here[last] = value
    return dict(root)


def _plain_value(value: object, name: str, file: str) -> object:
    if value is None or isinstance(value, bool | int | float | Decimal | date):
        return value
    if isinstance(value, list | tuple | set | frozenset):
        items = sorted(map(str, value)) if isinstance(value, set | frozenset) else map(str, value)
        value = ", ".join(items)
    if isinstance(value, Mapping):
        return None
    if not isinstance(value, str):
        raise TemplateError(f"{file}: the field '{name}' holds a {type(value).__name__}, which cannot be printed")
    if len(value) > _MAX_VALUE:
        raise TemplateError(f"{file}: the field '{name}' holds more than {_MAX_VALUE} characters")
    return value if value.strip() else None


def _typed(value: object, kind: FieldType) -> object:
    if not isinstance(value, str):
        return value
    if kind is FieldType.BOOLEAN:
        return False if value.strip().lower() in _NO else value
    found = (read_date(value) if kind is FieldType.DATE else None) or read_instant(value)
    # What no calendar knows is printed as it stands; a filter that needs a date says so.
    return value if found is None else found
