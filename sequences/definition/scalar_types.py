"""The texts that models of a sequence file are made of: checked when read, kept as the author wrote them."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from typing import Annotated, Any

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

from sequences.author_messages import shown
from sequences.definition import clock_text, durations, when_text
from sequences.errors import GrammarError
from sequences.web_address import resembles_web_address

SLUG_PATTERN = r"^[a-z0-9][a-z0-9-]{0,62}$"
TEMPLATE_PATTERN = r"^[a-z0-9][a-z0-9_-]*(/[a-z0-9][a-z0-9_-]*)*$"
EVERY_PATTERN = r"^\s*[1-9]\d{0,3} (a|per) (day|week|month)\s*$"
SLUG_ALLOWED = "small letters, digits and `-`, at most 63, a letter or digit first"


class DefinitionPart(BaseModel):
    """A part of a sequence: never changed after it was read, and no key that we do not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def grammar_error(message: str, found: str, allowed: str) -> PydanticCustomError:
    """An error of a validator, with what the author needs to know in its context."""
    return PydanticCustomError("text", "{message}", {"message": message, "found": found, "allowed": allowed})


def read_by(parser: Callable[[str], object]) -> AfterValidator:
    """A validator that keeps the text and lets ``parser`` judge it."""

    def check(text: str) -> str:
        try:
            parser(text)
        except GrammarError as error:
            raise grammar_error(error.message, error.found, error.allowed) from error
        return text

    return AfterValidator(check)


def matching(pattern: str, message: str, allowed: str) -> AfterValidator:
    """A validator for texts of one form."""

    def check(text: str) -> str:
        if re.fullmatch(pattern.removeprefix("^").removesuffix("$"), text, re.ASCII) is None:
            raise grammar_error(message, shown(text), allowed)
        return text

    return AfterValidator(check)


def _line(text: str) -> str:
    if not text.strip() or len(text) > 200 or not text.isprintable():
        raise grammar_error("This must be a short text on one line.", shown(text), "1 to 200 characters on one line")
    return text


def _url(text: str) -> str:
    # Published versions are read by this too: what is asked of new ones is in sequences.checking.
    if not resembles_web_address(text):
        raise grammar_error("This is not a web address.", shown(text), "an address that starts with `https://`")
    return text


def _scalar(value: Any) -> Any:
    whole = isinstance(value, int) and abs(value) < 2**53
    if isinstance(value, (str, bool)) or whole or (isinstance(value, float) and math.isfinite(value)):
        return value
    raise grammar_error("This is not a single value.", shown(value), "a text, a number, true or false")


def _value_or_nothing(value: Any) -> Any:
    return None if value is None else _scalar(value)


def one_or_more(value: Any) -> Any:
    """A single value stands for a list of one."""
    return value if isinstance(value, (list, tuple)) else (value,)


def _text_schema(pattern: str, *examples: str) -> WithJsonSchema:
    return WithJsonSchema({"type": "string", "pattern": pattern, "examples": list(examples)})


Slug = Annotated[
    str, matching(SLUG_PATTERN, "This cannot be an id.", SLUG_ALLOWED), _text_schema(SLUG_PATTERN, "new-services")
]
TemplateName = Annotated[
    str,
    matching(
        TEMPLATE_PATTERN, "This cannot be the name of a template.", "a name such as `bd/introduce`, without ending"
    ),
    _text_schema(TEMPLATE_PATTERN, "bd/introduce"),
]
EndpointName = Annotated[
    str,
    matching(SLUG_PATTERN, "This cannot be the name of a receiver.", SLUG_ALLOWED),
    _text_schema(SLUG_PATTERN, "crm"),
]
Line = Annotated[
    str, AfterValidator(_line), WithJsonSchema({"type": "string", "minLength": 1, "maxLength": 200, "pattern": r"\S"})
]
LongText = Annotated[str, StringConstraints(max_length=4_000)]
Url = Annotated[str, AfterValidator(_url), _text_schema("^https?://", "https://hooks.example.com/relance")]
DurationText = Annotated[
    str, read_by(durations.parse_duration), _text_schema(durations.DURATION_PATTERN, "1 day", "6 months")
]
DurationOrZero = Annotated[
    str, read_by(durations.parse_duration_or_zero), _text_schema(durations.DURATION_PATTERN, "1 day", "30 days")
]
WhenText = Annotated[
    str,
    read_by(when_text.parse_when),
    _text_schema(when_text.WHEN_PATTERN, "7 days before day zero", "on day zero", "3 business days after introduce"),
]
ClockText = Annotated[str, read_by(clock_text.parse_clock), _text_schema(clock_text.CLOCK_PATTERN, "09:00")]
RangeText = Annotated[str, read_by(clock_text.parse_range), _text_schema(clock_text.RANGE_PATTERN, "08:00-18:00")]
TextingHours = Annotated[
    str, read_by(clock_text.parse_texting_hours), _text_schema(clock_text.RANGE_PATTERN, "09:00-20:00")
]
Cap = Annotated[
    str,
    matching(EVERY_PATTERN, "This is not a number of messages in a time.", "`1 a day`, `3 a week`, `8 a month`"),
    _text_schema(EVERY_PATTERN, "1 a day", "3 a week"),
]
Value = Annotated[str | bool | int | float, BeforeValidator(_scalar)]
ValueOrNothing = Annotated[str | bool | int | float | None, BeforeValidator(_value_or_nothing)]
