"""The settings of a sequence file as the fields of a form, and back: when it sends, who sends, when it ends.

What was not changed keeps the words of the file. A setting that is left empty is not written, so its default counts.
"""

from __future__ import annotations

import enum
import re
from dataclasses import dataclass
from types import NoneType
from typing import TYPE_CHECKING, Any, Final, Literal, get_args, get_origin

from sequences.channels import CHANNELS
from sequences.definition.durations import DurationUnit, parse_duration_or_zero
from sequences.definition.model import OPENS, SequenceDefinition
from sequences.definition.reactions import parse_same_client
from sequences.definition.steps import ScheduleBlock
from sequences.editing.rewrite import data_of
from sequences.editing.values import with_value, without
from sequences.errors import GrammarError

if TYPE_CHECKING:
    from collections.abc import Mapping

SCHEDULE: Final = "schedule"
WITH_FORMS_OF_THEIR_OWN: Final = frozenset({"sequence", "record", "steps", "stop_when", "reactions", "auto_enroll"})
"""Keys of a sequence that are no settings: its id and what it is about never change, others have forms elsewhere."""
CAP_UNITS: Final = ("day", "week", "month")
TRACKED: Final[Mapping[str, Any]] = {"links": True, OPENS: OPENS, "none": False}
"""What is tracked, by the word of the form."""
ADDRESS: Final = "address"
_CAP: Final = re.compile(r"\s*([1-9]\d{0,3}) (?:a|per) (day|week|month)\s*", re.ASCII)


class Takes(enum.StrEnum):
    """What a setting takes."""

    LINE = "line"
    LINES = "lines"
    FIELD = "field"
    CHOICE = "choice"
    SWITCH = "switch"
    DURATION = "duration"
    CAP = "cap"
    SENDER = "sender"
    COLLEAGUES = "colleagues"


@dataclass(frozen=True)
class Setting:
    """One setting.

    Attributes:
        path: keys in the file.
        choices: of ``CHOICE`` and ``COLLEAGUES``.
        default: which of them counts where the file says nothing; empty: what others have set.
    """

    path: tuple[str, ...]
    takes: Takes = Takes.CHOICE
    choices: tuple[str, ...] = ()
    default: str = ""

    @property
    def name(self) -> str:
        """Of its field in a form."""
        return "-".join(self.path)


def _literals(annotation: Any) -> tuple[str, ...]:
    if get_origin(annotation) is Literal:
        return tuple(map(str, get_args(annotation)))
    return tuple(each for part in get_args(annotation) if part is not NoneType for each in _literals(part))


def _chosen(key: str) -> Setting:
    info = SequenceDefinition.model_fields[key]
    return Setting((key,), choices=_literals(info.annotation), default=info.default or "")


def _of_schedule(key: str, takes: Takes) -> Setting:
    return Setting((SCHEDULE, key), takes)


_IF_PAST: Final = _literals(ScheduleBlock.model_fields["if_past"].annotation)
GROUPS: Final[Mapping[str, tuple[Setting, ...]]] = {
    "when": (
        _of_schedule("window", Takes.LINES),
        _of_schedule("weekdays_only", Takes.SWITCH),
        _of_schedule("timezone", Takes.LINE),
        _of_schedule("holidays", Takes.LINE),
        _of_schedule("texting_hours", Takes.LINE),
        Setting(("frequency_cap",), Takes.CAP),
        Setting(("day_zero",), Takes.FIELD),
        Setting((SCHEDULE, "if_past"), choices=_IF_PAST, default=_IF_PAST[0]),
        _chosen("on_resume"),
    ),
    "who": (
        Setting(("name",), Takes.LINE),
        Setting(("sender",), Takes.SENDER),
        Setting(("booking_url",), Takes.LINE),
        Setting(("topic",), Takes.LINE),
        _chosen("replies"),
        Setting(("tracking",), choices=tuple(TRACKED), default="links"),
    ),
    "ends": (
        Setting(("reaction_period",), Takes.DURATION),
        Setting(("same_client",), Takes.COLLEAGUES, ("go_on", "stop", "pause"), "go_on"),
        _chosen("if_unknown"),
        _chosen("if_undelivered"),
    ),
}
"""All settings, in the order of the form."""
SETTINGS: Final = tuple(each for group in GROUPS.values() for each in group)


def value_of_setting(data: Mapping[str, Any], setting: Setting) -> Any:
    """What a file says, as plain values; None: nothing."""
    value: Any = data
    for key in setting.path:
        value = value.get(key) if isinstance(value, dict) else None
    return value


def fields_of_setting(setting: Setting, value: Any) -> dict[str, str] | None:
    """The fields of a setting, by what follows its name (empty: nothing follows); None: no form can show it."""
    match setting.takes:
        case Takes.CAP:
            return _cap_fields(value)
        case Takes.SWITCH:
            return {"": "1" if value else ""} if value in (None, True, False) else None
        case Takes.LINES:
            lines = value if isinstance(value, list) else [value or ""]
            return {"": "\n".join(lines)} if all(isinstance(each, str) and "\n" not in each for each in lines) else None
    if setting.path == ("tracking",):
        found = [word for word, each in TRACKED.items() if each is value or each == value]
        return {"": found[0] if found else ""} if found or value is None else None
    if not isinstance(value, str | None) or "\n" in (value or ""):
        return None
    words = (value or "").strip()
    match setting.takes:
        case Takes.DURATION:
            return _duration_fields(words)
        case Takes.SENDER:
            known = not words or words in ("owner", "assigned_by")
            return {"": words if known else ADDRESS, ADDRESS: "" if known else words}
        case Takes.COLLEAGUES:
            return _colleague_fields(words)
        case Takes.CHOICE:
            return {"": words} if not words or words in setting.choices else None
    return {"": words}


def with_settings(text: str, fields: Mapping[str, str]) -> str:
    """The file with other settings.

    Args:
        text: of the file.
        fields: of a form that has every setting that can be shown; a check box that is not there is unchecked.

    Raises:
        DefinitionError: the file cannot be edited so.
    """
    for setting in SETTINGS:
        value = value_of_setting(data_of(text), setting)
        before = fields_of_setting(setting, value)
        if before is None:
            continue
        came = {key: fields.get(field_name(setting, key), "").replace("\r\n", "\n") for key in before}
        if came != before:
            text = _put(text, setting.path, _written(setting, came, value))
    return text


def field_name(setting: Setting, key: str = "") -> str:
    """What a field of a setting is called in a form."""
    return f"set-{setting.name}-{key}" if key else f"set-{setting.name}"


def _put(text: str, path: tuple[str, ...], value: Any) -> str:
    data = data_of(text)
    inner = data.get(path[0]) if len(path) > 1 else data
    there = isinstance(inner, dict) and path[-1] in inner
    if value is None:
        # A block without a key says nothing.
        last = len(path) > 1 and there and len(inner or ()) == 1
        return without(text, path[:1] if last else path) if there else text
    if len(path) > 1 and not (isinstance(inner, dict) and inner):
        return with_value(text, path[:1], {path[1]: value})
    return with_value(text, path, value)


def _written(setting: Setting, came: Mapping[str, str], before: Any) -> Any:
    """What a file says for fields; None: nothing."""
    words = came.get("", "")
    match setting.takes:
        case Takes.CAP:
            return _written_cap(came, before)
        case Takes.SWITCH:
            return True if words else None
        case Takes.LINES:
            lines = [line.strip() for line in words.split("\n") if line.strip()]
            return (lines if len(lines) > 1 else lines[0]) if lines else None
        case Takes.DURATION:
            return _span(came["amount"], came["unit"]) if came["amount"] else None
        case Takes.SENDER:
            return came[ADDRESS] if words == ADDRESS else words or None
        case Takes.COLLEAGUES:
            return f"pause {_span(came['amount'], came['unit'])}" if words == "pause" else words or None
    if setting.path == ("tracking",):
        return TRACKED.get(words)
    return words if words or setting.path == ("name",) else None


def _span(amount: str, unit: str) -> str:
    return f"{amount} {unit.removesuffix('s') if amount == '1' else unit}"


def _duration_fields(words: str) -> dict[str, str] | None:
    if not words:
        return {"amount": "", "unit": DurationUnit.DAYS.value}
    try:
        found = parse_duration_or_zero(words)
    except GrammarError:
        return None
    return {"amount": str(found.amount), "unit": found.unit.value}


def _colleague_fields(words: str) -> dict[str, str] | None:
    found = {"": words, "amount": "14", "unit": DurationUnit.DAYS.value}
    if not words:
        return found
    try:
        then = parse_same_client(words)
    except GrammarError:
        return None
    if then.pause is None:
        return {**found, "": words.lower()}
    return {"": "pause", "amount": str(then.pause.amount), "unit": then.pause.unit.value}


def _cap_fields(value: Any) -> dict[str, str] | None:
    found = {"exempt": "1" if value == "exempt" else ""}
    caps = value if isinstance(value, dict) else {}
    if (value is not None and value != "exempt" and not caps) or caps.keys() - set(CHANNELS):
        return None
    for channel in CHANNELS:
        match = _CAP.fullmatch(caps[channel]) if isinstance(caps.get(channel), str) else None
        if channel in caps and match is None:
            return None
        found |= {
            f"{channel}-amount": match[1] if match else "",
            f"{channel}-unit": match[2] if match else CAP_UNITS[0],
        }
    return found


def _written_cap(came: Mapping[str, str], before: Any) -> Any:
    if came["exempt"]:
        return "exempt"
    there = before if isinstance(before, dict) else {}
    caps = {}
    for channel in CHANNELS:
        amount, unit = came[f"{channel}-amount"], came[f"{channel}-unit"]
        match = _CAP.fullmatch(there.get(channel, ""))
        same = match is not None and (match[1], match[2]) == (amount, unit)
        if amount:
            caps[str(channel)] = there[channel] if same else f"{amount} a {unit}"
    return caps or None
