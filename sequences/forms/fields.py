"""Which fields of the catalogue a form may ask for, and what its page shows of them."""

from __future__ import annotations

from sequences.forms.definition import FormDefinition, FormField
from sequences.records.catalogue import Catalogue, Field, FieldType, Group

_THEIR_OWN = frozenset({"person.first_name", "person.last_name", "person.email", "person.phone", "person.resume"})
"""Fields that no sequence may write, and that people may write about themselves."""
_OURS = frozenset({"person.owner", "person.source"})
_ADDRESSES = frozenset({FieldType.EMAIL, FieldType.PHONE})


def may_ask(field: Field) -> bool:
    """True for a field that a form may write. A date with a time of day is no question for a page."""
    if field.name in _OURS or field.type is FieldType.DATETIME:
        return False
    if field.group is Group.CUSTOM:
        return True
    return field.name in _THEIR_OWN or (field.writable and field.group in (Group.PERSON, Group.PLACEMENT))


def is_prefilled(asked: FormField, field: Field) -> bool:
    """Whether the page shows what is known: a link may be forwarded, so not what reaches or describes somebody."""
    if field.type is FieldType.FILE:
        return False
    if asked.prefill is not None:
        return asked.prefill
    return field.type not in _ADDRESSES and field.group is not Group.CUSTOM


def shown_on_page(asked: FormField, field: Field, value: object) -> tuple[str, ...]:
    """What the page shows of a known value: where there are choices, only those; empty when it shows nothing."""
    if value in (None, "") or not is_prefilled(asked, field):
        return ()
    texts = tuple(map(str, value)) if isinstance(value, list) else (str(value),)
    choices = asked.choices or field.choices
    return tuple(text for text in texts if not choices or text in choices)


def needs_placement(form: FormDefinition) -> bool:
    """True when it can only be about a placement."""
    return any(asked.field.startswith(f"{Group.PLACEMENT}.") for asked in form.fields)


def file_fields(form: FormDefinition, known: Catalogue) -> tuple[str, ...]:
    """The fields for which a file can be sent."""
    return tuple(a.field for a in form.fields if (f := known.get(a.field)) is not None and f.type is FieldType.FILE)
