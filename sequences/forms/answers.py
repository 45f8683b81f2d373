"""What a person answered: each value as its field takes it, or what is wrong with it."""

from __future__ import annotations

import enum
import hashlib
import json
import re
import unicodedata
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from sequences.email_address import email_problem, trimmed
from sequences.forms.definition import FormDefinition, FormField
from sequences.forms.fields import is_prefilled
from sequences.phone import in_full
from sequences.records.catalogue import Catalogue, Field, FieldType
from sequences.records.record_view import read_date
from sequences.records.zone_names import known_zone

CONSENT = "consent"
"""Name of the box to agree with."""
_LONGEST = 4_000
_DECIMAL = re.compile(r"[+-]?[0-9]{1,20}([.,][0-9]{1,10})?", re.ASCII)
_KEPT = frozenset("\n\t")


class Wrong(enum.StrEnum):
    """Why an answer cannot be taken. The page has the words."""

    REQUIRED = "required"
    CONSENT = "consent"
    TOO_LONG = "too_long"
    NOT_TEXT = "not_text"
    NO_DATE = "no_date"
    NO_NUMBER = "no_number"
    NO_EMAIL = "no_email"
    NO_PHONE = "no_phone"
    NO_ZONE = "no_zone"
    NO_CHOICE = "no_choice"
    FILE_EMPTY = "file_empty"
    FILE_TOO_LARGE = "file_too_large"
    FILE_KIND = "file_kind"


Value = str | tuple[str, ...] | None
"""One text, several, or nothing: the person emptied the field."""


@dataclass(frozen=True)
class Answers:
    """What came in.

    Attributes:
        values: by field, what is written. A field that was not answered is not in it.
        wrong: by field (or ``consent``), in the order of the page.
        given: by field, what the person typed, to be shown again.
    """

    values: Mapping[str, Value]
    wrong: Mapping[str, Wrong]
    given: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(frozen=True)
class Reading:
    """How answers are read.

    Attributes:
        known: the field catalogue.
        region: the country in which numbers without one are read, two letters.
        has_file: fields for which a file is here, with this answer or from one before.
        unseen: fields with a value that the page did not show. Without an answer they keep it.
    """

    known: Catalogue
    region: str
    has_file: Collection[str] = ()
    unseen: Collection[str] = ()


def read_answers(form: FormDefinition, given: Mapping[str, Sequence[str]], reading: Reading) -> Answers:
    """Reads what a page sent. Only the form's own fields are looked at, whatever else came with them.

    An empty answer empties a field that was shown to the person, and changes nothing about one that was not.
    """
    values: dict[str, Value] = {}
    wrong: dict[str, Wrong] = {}
    kept: dict[str, tuple[str, ...]] = {}
    for asked in form.fields:
        declared = reading.known.get(asked.field)
        if declared is None:
            continue
        if declared.type is FieldType.FILE:
            if asked.required and asked.field not in reading.has_file:
                wrong[asked.field] = Wrong.REQUIRED
            continue
        texts = tuple(_clean(text, asked) for text in given.get(asked.field, ()) if text.strip())
        kept[asked.field] = texts[: len(asked.choices) or 1]
        found = _read(asked, declared, texts, reading) if texts else None
        if isinstance(found, Wrong):
            wrong[asked.field] = found
        elif found is None and asked.required:
            wrong[asked.field] = Wrong.REQUIRED
        elif found is not None or (is_prefilled(asked, declared) and asked.field not in reading.unseen):
            values[asked.field] = found
    if form.consent and not any(given.get(CONSENT, ())):
        wrong[CONSENT] = Wrong.CONSENT
    return Answers(values, wrong, kept)


def digest(answers: Answers, files: Mapping[str, str]) -> str:
    """The same for the same answer: what tells a second click from a change. ``files``: field to SHA-256."""
    whole = {"values": dict(answers.values), "files": dict(files)}
    return hashlib.sha256(json.dumps(whole, sort_keys=True).encode()).hexdigest()


def _clean(text: str, asked: FormField) -> str:
    lines = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    return lines if asked.lines > 1 else " ".join(lines.split())


def _read(asked: FormField, declared: Field, texts: tuple[str, ...], reading: Reading) -> Value | Wrong:
    problem = next((found for text in texts if (found := _unfit(text)) is not None), None)
    if problem is not None:
        return problem
    choices = asked.choices or declared.choices
    if choices and not set(texts) <= set(choices):
        return Wrong.NO_CHOICE
    if declared.type is FieldType.LIST:
        return tuple(choice for choice in choices if choice in texts)
    if len(texts) > 1:
        return Wrong.NO_CHOICE
    return texts[0] if choices else _typed(declared.type, texts[0], reading.region)


def _unfit(text: str) -> Wrong | None:
    if len(text) > _LONGEST:
        return Wrong.TOO_LONG
    # Surrogates, NUL and other control characters: no keyboard makes them, and Postgres takes no NUL.
    strange = any(unicodedata.category(sign) in ("Cc", "Cs") and sign not in _KEPT for sign in text)
    return Wrong.NOT_TEXT if strange else None


def _typed(kind: FieldType, text: str, region: str) -> Value | Wrong:
    match kind:
        case FieldType.DATE:
            found = read_date(text)
            return Wrong.NO_DATE if found is None else found.isoformat()
        case FieldType.NUMBER:
            return text.replace(",", ".") if _DECIMAL.fullmatch(text) else Wrong.NO_NUMBER
        case FieldType.BOOLEAN:
            return text if text in ("true", "false") else Wrong.NO_CHOICE
        case FieldType.EMAIL:
            return Wrong.NO_EMAIL if email_problem(text) is not None else trimmed(text)
        case FieldType.PHONE:
            return Wrong.NO_PHONE if in_full(text, region) is None else text
        case FieldType.TIMEZONE:
            return known_zone(text) or Wrong.NO_ZONE
        case _:
            return text
