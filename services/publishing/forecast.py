"""A forecast from files: a sequence, a record as JSON, and the instant of enrollment. No server is asked."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from adapters.authoring_settings import load_authoring_settings
from adapters.files.bounded import MOST_OF_YAML, read_bounded
from sequences.author_messages import did_you_mean
from sequences.checking import load_file
from sequences.definition.compile import step_timings
from sequences.errors import DefinitionError
from sequences.planning.forecast import unknown_zones
from sequences.planning.planner import plan
from sequences.planning.values import RunFacts
from sequences.planning.zones import is_zone
from sequences.records.catalogue import BUILT_IN, FieldType, Group
from sequences.records.field_hints import did_you_mean_field
from sequences.records.record_view import DATE_LOOKS, RecordView, read_date, read_instant

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping
    from pathlib import Path

    from sequences.definition.model import SequenceDefinition
    from sequences.planning.closed_days import Days
    from sequences.planning.values import StepPlan

_KNOWN = frozenset(field.name for field in BUILT_IN)


@dataclass(frozen=True)
class Forecast:
    """What was asked, what the planner says, and what its reader should know.

    Attributes:
        enrolled_at: UTC.
        warnings: about fields that do not count and zones that do not exist.
    """

    sequence: SequenceDefinition
    enrolled_at: datetime
    plans: tuple[StepPlan, ...]
    warnings: tuple[str, ...]


def forecast_file(
    file: Path, record: Path, at: str, organisation_timezone: str = "UTC", closed: Collection[Days] = ()
) -> Forecast:
    """Plans the sequence in ``file`` for the record in ``record``.

    Args:
        file: the sequence, YAML.
        record: JSON with the catalogue's fields by group.
        at: the instant of enrollment, ISO 8601 with ``Z`` or an offset.
        organisation_timezone: IANA name.
        closed: days on which nothing goes.

    Raises:
        InvalidSequenceError: the sequence has errors.
        DefinitionError: a file cannot be read, the record is no JSON object of groups, or the instant or the zone
            cannot be used.
        SettingsError: the custom fields are declared wrongly.
    """
    if not is_zone(organisation_timezone):
        raise DefinitionError(f"{organisation_timezone!r} is not an IANA time zone such as Europe/London")
    instant = _instant(at)
    loaded = load_file(_read(file), str(file), load_authoring_settings().custom())
    values = _record(record)
    _dates(record, values)
    sequence = loaded.sequence
    view = RecordView(
        record_type=sequence.record,
        record_id="",
        person=values.get("person", {}),
        placement=values.get("placement", {}) if sequence.record == "placement" else {},
        client=values.get("client", {}),
        owner=values.get("owner", {}),
        custom=values.get("custom", {}),
        organisation_timezone=organisation_timezone,
    )
    facts = RunFacts(
        enrolled_at=instant,
        day_zero=view.day_zero(sequence.day_zero),
        zones=view.zones,
        closed=frozenset(day for days in closed for day in days),
    )
    plans = plan(step_timings(sequence), facts)
    warnings = [*_warnings(record, values), *_day_zero_warning(record, sequence, view)]
    warnings += [f"{record}: unknown time zone {name!r}; ignored" for name in unknown_zones(plans)]
    return Forecast(sequence, instant, plans, tuple(warnings))


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text.strip())
    except ValueError:
        instant = None
    if instant is None or instant.tzinfo is None:
        raise DefinitionError(f"{text!r} is not an instant; write it as 2027-05-04T09:00:00Z, or with an offset")
    try:
        return instant.astimezone(UTC)
    except OverflowError as error:
        raise DefinitionError(f"{text!r} is outside the years of the calendar") from error


def _read(file: Path) -> str:
    try:
        return read_bounded(file, MOST_OF_YAML).decode("utf-8-sig")
    except OSError as error:
        raise DefinitionError(f"{file}: cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise DefinitionError(f"{file}: is not UTF-8") from error


def _record(file: Path) -> Mapping[str, Mapping[str, Any]]:
    try:
        values = json.loads(_read(file))
    except json.JSONDecodeError as error:
        raise DefinitionError(f"{file}:{error.lineno}:{error.colno}: is not JSON: {error.msg}") from error
    except RecursionError as error:
        raise DefinitionError(f"{file}: is nested too deeply") from error
    if not isinstance(values, dict) or not all(isinstance(group, dict | None) for group in values.values()):
        raise DefinitionError(
            f'{file}: a record is an object of groups, as in {{"person": {{"timezone": "Europe/London"}}}}'
        )
    return {
        group: {key: _single(file, group, key, value) for key, value in (fields or {}).items()}
        for group, fields in values.items()
    }


def _dates(file: Path, values: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuses a time of day in a date field, as the hook does.

    Raises:
        DefinitionError: there is one.
    """
    for field in BUILT_IN:
        group, _, key = field.name.partition(".")
        text = str(values.get(group, {}).get(key) or "")
        if field.type is FieldType.DATE and text and read_date(text) is None and read_instant(text) is not None:
            raise DefinitionError(f"{file}: {field.name}: {DATE_LOOKS}; this is a time of day, and a date has none")


def _single(file: Path, group: str, key: str, value: object) -> object:
    if isinstance(value, dict | list):
        raise DefinitionError(f"{file}: {group}.{key} must be a single value")
    # A zone or a number that the CRM gave as a number is text to the planner, as it is in Postgres.
    return value if value is None or isinstance(value, bool) else str(value)


def _warnings(file: Path, values: Mapping[str, Mapping[str, Any]]) -> Iterator[str]:
    groups = [group.value for group in Group]
    for group, fields in values.items():
        if group not in groups:
            yield f"{file}: unknown group of fields {group!r}; ignored.{did_you_mean(group, groups)}"
            continue
        if group == Group.CUSTOM:
            continue
        for key in fields:
            name = f"{group}.{key}"
            if name not in _KNOWN:
                yield f"{file}: unknown field {name!r}; ignored.{did_you_mean_field(name, _KNOWN)}"


def _day_zero_warning(file: Path, sequence: SequenceDefinition, view: RecordView) -> Iterator[str]:
    name = sequence.day_zero
    if name and view.value(name) and view.day_zero(name) is None:
        yield f"{file}: {name} is neither {DATE_LOOKS} nor a date-time of ISO 8601; it counts as missing"
