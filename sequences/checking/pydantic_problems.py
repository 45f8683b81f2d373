"""What the validation errors of pydantic mean, in words for the author of a sequence."""

from __future__ import annotations

import enum
import re
import types
from collections.abc import Iterator, Mapping
from typing import Any

from pydantic import BaseModel, ValidationError
from pydantic_core import ErrorDetails

from sequences.author_messages import did_you_mean, listed, shown
from sequences.checking.problems import Finding, Loc
from sequences.definition import follow_ups
from sequences.definition import model as definition
from sequences.definition.reactions import ReactionRule
from sequences.definition.rules import AutoEnroll
from sequences.definition.steps import ScheduleBlock, Step
from sequences.definition.task_steps import StepTask
from sequences.definition.variants import Variant

MODELS_BY_KEY: Mapping[str, type[BaseModel]] = types.MappingProxyType(
    {
        "": definition.SequenceDefinition,
        "frequency_cap": definition.FrequencyCap,
        "schedule": ScheduleBlock,
        "steps": Step,
        "variants": Variant,
        "task": StepTask,
        "reactions": ReactionRule,
        "auto_enroll": AutoEnroll,
        "create_task": follow_ups.Task,
        "create_lead": follow_ups.Lead,
        "webhook": follow_ups.WebhookCall,
    }
)
SHAPES = {
    "string_type": "a text",
    "tuple_type": "a list (lines that begin with `- `)",
    "list_type": "a list (lines that begin with `- `)",
    "model_type": "a mapping (lines of `key: value`)",
    "model_attributes_type": "a mapping (lines of `key: value`)",
    "dict_type": "a mapping (lines of `key: value`)",
    "bool_type": "true or false",
    "int_type": "a whole number",
}
LIMITS = {"greater_than_equal": ("at least", "ge"), "less_than_equal": ("at most", "le")}


Models = Mapping[str, type[BaseModel]]
"""The models of a file by the key under which they are; the empty key is the file itself."""


def findings(error: ValidationError, data: object, models: Models = MODELS_BY_KEY) -> Iterator[Finding]:
    """The errors as findings with locations in the file (pydantic's name branches of unions too)."""
    for item in error.errors(include_url=False):
        loc = _loc_in_file(item, data)
        # A list with entries that are wrong counts as too short as well: only the good ones are counted.
        if item["type"] != "too_short" or _is_short(value_at(data, loc), item["ctx"]["min_length"]):
            yield _finding(item, loc, data, models)


def _is_short(value: object, least: int) -> bool:
    return len(value) < least if isinstance(value, list | dict) else not value


def _loc_in_file(item: ErrorDetails, data: object) -> Loc:
    loc: list[str | int] = []
    here: Any = data
    for step in item["loc"]:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            continue
        loc.append(step)
    return (*loc, item["loc"][-1]) if item["type"] == "missing" else tuple(loc)


def value_at(data: object, loc: Loc) -> Any:
    """The value at a location, or None."""
    here: Any = data
    for step in loc:
        try:
            here = here[step]
        except (KeyError, IndexError, TypeError):
            return None
    return here


def _finding(item: ErrorDetails, loc: Loc, data: object, models: Models) -> Finding:
    value = value_at(data, loc)
    match item["type"]:
        case "text":
            context = item["ctx"]
            return Finding(loc, f"{_subject(loc)}: {context['message']}", context["found"], context["allowed"])
        case "missing":
            return _missing(loc, models)
        case "extra_forbidden":
            return _unknown_key(loc, models)
        case "follow_up":
            return _not_a_follow_up(loc, value)
        case "literal_error" | "enum":
            return _not_listed(loc, item, value, in_key=item["loc"][-1] == "[key]")
        case _:
            return _wrong_form(loc, item, value, models)


def _wrong_form(loc: Loc, item: ErrorDetails, value: object, models: Models) -> Finding:
    kind, context = item["type"], item.get("ctx", {})
    if kind in SHAPES and not loc:
        first = next(iter(models[""].model_fields))
        allowed = f"lines of `key: value`, the first being `{first}: ...`"
        return Finding(loc, f"A {first} file is a mapping.", shown(value), allowed)
    if kind in SHAPES:
        hint = " Put it in quotes." if kind == "string_type" and isinstance(value, (int, float)) else ""
        if kind == "bool_type" and value in ("yes", "no", "on", "off"):
            hint = f" Write `{'true' if value in ('yes', 'on') else 'false'}`: these words are strings in YAML 1.2."
        return Finding(loc, f"{_subject(loc)} has the wrong type.{hint}", shown(value), SHAPES[kind])
    if kind in {"too_short", "too_long"}:
        word, limit = ("few", "at least {min_length}") if kind == "too_short" else ("many", "at most {max_length}")
        return Finding(loc, f"{_subject(loc)} has too {word} entries.", shown(value), limit.format(**context))
    if kind in LIMITS:
        word, key = LIMITS[kind]
        return Finding(loc, f"{_subject(loc)} is out of bounds.", shown(value), f"{word} {context[key]}")
    return Finding(loc, f"{_subject(loc)}: {item['msg']}.", shown(value), "")


def _subject(loc: Loc) -> str:
    if not loc:
        return "The file"
    if isinstance(loc[-1], int):
        return f"Entry {loc[-1] + 1} of `{loc[-2]}`" if len(loc) > 1 else f"Entry {loc[-1] + 1}"
    return f"`{loc[-1]}`"


def _model_of(loc: Loc, models: Models) -> tuple[str, type[BaseModel] | None]:
    parent = next((str(step) for step in reversed(loc) if isinstance(step, str)), "")
    return parent, models.get(parent)


def _missing(loc: Loc, models: Models) -> Finding:
    parent, model = _model_of(loc[:-1], models)
    info = model.model_fields.get(str(loc[-1])) if model else None
    where = f" in `{parent}`" if parent else ""
    allowed = f"`{loc[-1]}: ...` {info.description}" if info and info.description else f"`{loc[-1]}: ...`"
    return Finding(loc[:-1], f"The key `{loc[-1]}` is missing{where}.", "nothing", allowed.rstrip("."))


def _unknown_key(loc: Loc, models: Models) -> Finding:
    parent, model = _model_of(loc[:-1], models)
    names = list(model.model_fields) if model else []
    where = f" in `{parent}`" if parent else ""
    message = f"Unknown key `{loc[-1]}`{where}.{did_you_mean(loc[-1], names)}"
    return Finding(loc, message, f"`{loc[-1]}`", listed(names), target="key")


def _not_a_follow_up(loc: Loc, value: object) -> Finding:
    allowed = listed(follow_ups.KINDS)
    if isinstance(value, dict) and len(value) > 1:
        message = "One follow-up has one key; begin each follow-up with `- ` on its own line."
        return Finding(loc, message, shown(value), allowed)
    if isinstance(value, dict) and value:
        key = next(iter(value))
        message = f"There is no follow-up `{key}`.{did_you_mean(key, follow_ups.KINDS)}"
        return Finding((*loc, key), message, f"`{key}`", allowed, target="key")
    return Finding(loc, f"This is not a follow-up.{did_you_mean(value, follow_ups.KINDS)}", shown(value), allowed)


def _not_listed(loc: Loc, item: ErrorDetails, value: object, *, in_key: bool) -> Finding:
    names = re.findall(r"'([^']*)'", str(item.get("ctx", {}).get("expected", "")))
    found = str(loc[-1]) if in_key else value
    hint = did_you_mean(found, names)
    if in_key:
        return Finding(loc, f"Unknown key `{found}`.{hint}", f"`{found}`", listed(names), target="key")
    shown_value = shown(value.value if isinstance(value, enum.Enum) else value)
    return Finding(loc, f"{_subject(loc)} cannot be this.{hint}", shown_value, listed(names))
