"""Auto-enrollment and stop rules, as written in a sequence file."""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Discriminator, Field, StrictInt, Tag, WithJsonSchema

from sequences.author_messages import did_you_mean, shown
from sequences.definition.durations import Duration, parse_duration
from sequences.definition.scalar_types import (
    DefinitionPart,
    DurationText,
    Line,
    Value,
    grammar_error,
    one_or_more,
    read_by,
)
from sequences.errors import GrammarError

Presence = Literal["present", "missing"]
Values = Annotated[tuple[Value, ...], BeforeValidator(one_or_more), Field(min_length=1)]

SEVERAL_KEYS = ("any_of", "all_of")
VALUE_SCHEMA: dict[str, Any] = {"type": ["string", "number", "boolean"]}
_LIST_SCHEMA: dict[str, Any] = {"type": "array", "minItems": 1, "items": VALUE_SCHEMA}
_ONE_OR_LIST: dict[str, Any] = {"anyOf": [VALUE_SCHEMA, _LIST_SCHEMA]}
_SEVERAL_SCHEMA: dict[str, Any] = {
    "type": "object",
    "minProperties": 1,
    "additionalProperties": False,
    "properties": {
        "any_of": {**_ONE_OR_LIST, "description": "One of these is enough, as in a plain list."},
        "all_of": {**_ONE_OR_LIST, "description": "Each of these; only for custom fields that hold several."},
    },
}
VALUES_SCHEMA: dict[str, Any] = {"anyOf": [VALUE_SCHEMA, _LIST_SCHEMA, _SEVERAL_SCHEMA]}
HISTORY_ALLOWED = "`more than 1 year ago`, `more than 1 year ago or never`, `less than 30 days ago`, `never`"
HISTORY_PATTERN = (
    r"^(never|(more|less) than \d+ (minute|hour|day|week|month|year)s? ago|"
    r"more than \d+ (minute|hour|day|week|month|year)s? ago or never)$"
)


class HistoricalEvent(enum.StrEnum):
    """An event in the life of a person whose latest time is known."""

    CONTACTED = "last_contacted"
    SHORTLISTED = "last_shortlisted"
    INTERVIEWED = "last_interviewed"
    PLACED = "last_placed"
    REPLIED = "last_replied"
    RESUME_UPDATED = "resume_updated"
    CREATED = "created"


class Age(enum.StrEnum):
    """How the latest time of an event compares with a span before now."""

    MORE_THAN = "more than"
    LESS_THAN = "less than"


@dataclass(frozen=True, slots=True)
class History:
    """The latest time of an event lies more or less than ``ago`` before now, or (also) there was no such event.

    Attributes:
        age: None when only ``never`` is asked for.
        ago: the span, None when only ``never`` is asked for.
        never: no such event at all makes the condition true. Without it, no event means false.
    """

    age: Age | None
    ago: Duration | None
    never: bool


def parse_history(text: str) -> History:
    """Read ``more than 1 year ago``, ``less than 30 days ago``, ``never``, or ``more than ... ago or never``.

    Raises:
        GrammarError: it is none of these.
    """
    words = " ".join(text.lower().split())
    if words == "never":
        return History(None, None, never=True)
    match = re.fullmatch(r"(more|less) than (.+?) ago( or never)?", words)
    if match is None or (match[1] == "less" and match[3]):
        raise GrammarError("These words do not say how long ago.", f'"{text}"', HISTORY_ALLOWED)
    try:
        return History(Age(f"{match[1]} than"), parse_duration(match[2]), never=bool(match[3]))
    except GrammarError as error:
        raise GrammarError(error.message, f'"{text}"', HISTORY_ALLOWED) from error


HistoryText = Annotated[
    str,
    read_by(parse_history),
    WithJsonSchema({"type": "string", "pattern": HISTORY_PATTERN, "examples": ["more than 1 year ago", "never"]}),
]


def _presence(value: Any) -> Any:
    if value in ("present", "missing"):
        return value
    hint = did_you_mean(value, ["present", "missing"])
    raise grammar_error(
        f"A qualitative condition asks whether a field has a value.{hint}", shown(value), "`present` or `missing`"
    )


class Several(DefinitionPart):
    """Values of a field that holds several, each of them wanted, or one of them, or both."""

    any_of: Values | None = Field(default=None, description="One of these is enough, as in a plain list.")
    all_of: Values | None = Field(default=None, description="Each of these.")


def wanted_groups(written: tuple[str | bool | float, ...] | Several) -> tuple[tuple[str | bool | float, ...], ...]:
    """Groups of values: a field must have one of each group."""
    if not isinstance(written, Several):
        return (written,)
    singles = tuple((value,) for value in written.all_of or ())
    return (*singles, written.any_of) if written.any_of else singles


def read_wanted(value: Any) -> Any:
    """A value, a list, or a mapping of ``any_of`` and ``all_of``; anything else is an error for its author."""
    if isinstance(value, DefinitionPart):
        return value
    if not isinstance(value, dict):
        return one_or_more(value)
    unknown = [str(key) for key in value if key not in SEVERAL_KEYS]
    # Of nothing everything would be true.
    if unknown or all(each is None for each in value.values()):
        hint = did_you_mean(unknown[0], SEVERAL_KEYS) if unknown else ""
        raise grammar_error(
            f"This does not say which values.{hint}",
            shown(value),
            "a value, a list of which one is enough, `{any_of: [A, B]}`, or `{all_of: [A, B]}` for a field that "
            "holds several",
        )
    return value


def form_of_wanted(value: Any) -> str:
    """Whether ``any_of`` and ``all_of`` are written, or values alone."""
    return "several" if isinstance(value, dict | DefinitionPart) else "values"


def _stop_values(value: Any) -> Any:
    return value if value in ("present", "missing") else read_wanted(value)


def _stop_form(value: Any) -> str:
    return "presence" if isinstance(value, str) else form_of_wanted(value)


PresenceText = Annotated[Presence, BeforeValidator(_presence)]
StopValues = Annotated[
    Annotated[
        Annotated[Presence, Tag("presence")]
        | Annotated[tuple[Value, ...], Field(min_length=1), Tag("values")]
        | Annotated[Several, Tag("several")],
        Discriminator(_stop_form),
    ],
    BeforeValidator(_stop_values),
    WithJsonSchema(VALUES_SCHEMA),
]


WantedValues = Annotated[
    Annotated[
        Annotated[tuple[Value, ...], Field(min_length=1), Tag("values")] | Annotated[Several, Tag("several")],
        Discriminator(form_of_wanted),
    ],
    BeforeValidator(read_wanted),
    WithJsonSchema(VALUES_SCHEMA),
]


class AutoEnroll(DefinitionPart):
    """Who is enrolled by rule. Inside a field any of the values, or `all_of` them; of the fields and groups, all."""

    historical: dict[HistoricalEvent, HistoryText] = Field(
        default_factory=dict, description="How long ago something last happened."
    )
    qualitative: dict[str, PresenceText] = Field(
        default_factory=dict, description="Which fields have a value (present) or no value (missing)."
    )
    real: dict[str, WantedValues] = Field(
        default_factory=dict, description="Which fields have one of the listed values, or all of them (all_of)."
    )
    prevent_reenrollment_within: DurationText | None = Field(
        default=None, description="The re-enrollment window. Without it a record is enrolled once, ever."
    )
    assigned_by: Line | None = Field(default=None, description="The user who is used if there is no owner.")
    hold_above: StrictInt = Field(default=500, ge=1, le=1_000_000, description="A larger batch awaits approval.")
    max_per_day: StrictInt | None = Field(
        default=None,
        ge=1,
        le=1_000_000,
        description="How many are enrolled by rule in one day; the rest wait for the next day.",
    )
    cycle_protection: Literal["lineage", "window"] = Field(
        default="lineage",
        description="lineage: no person is enrolled again because of changes that this sequence caused. window: no "
        "such check.",
    )
