"""What a record of the CRM means here: items as the CRM's hook takes them, so that there is one way in."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, Final
from zoneinfo import ZoneInfo

from sequences.crm.check_mapping import REFERENCES
from sequences.crm.echoes import Echoes
from sequences.crm.records import plain, value_at
from sequences.records.catalogue import FieldType
from sequences.records.record_view import read_instant

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from sequences.crm.echoes import OwnCrmWrite
    from sequences.crm.mapping import CrmMapping, ReadRule
    from sequences.crm.records import CrmRecord
    from sequences.records.catalogue import Catalogue

_ORDER: Final = ("owner", "client", "person", "placement")
"""What is pointed to comes before what points to it."""
_EARLIEST_MS: Final = 10**10
"""A number that is greater is an instant in milliseconds: as seconds it would lie after the year 2286."""


def items_of(
    mapping: CrmMapping,
    record: CrmRecord,
    known: Catalogue,
    now: datetime,
    own: Sequence[OwnCrmWrite] = (),
) -> list[dict[str, Any]]:
    """The items that a record makes; none where its kind is not read.

    Args:
        mapping: the file.
        record: as it was read.
        known: the fields of ours.
        now: UTC; a clock of the CRM that runs ahead is taken for ours.
        own: what our automation wrote to the record, see ``Echoes``.
    """
    rule = mapping.rule_of(record.key.entity)
    if rule is None:
        return []
    about: dict[str, Any] = {"entity": rule.record, "id": f"{rule.prefix}{record.key.id}"}
    if record.at is not None:
        about["at"] = min(record.at, now).isoformat()
    if record.deleted:
        return [about | {"deleted": True}] if rule.record in ("person", "placement") else []
    echoes = Echoes(own, record)
    fields: dict[tuple[str, ...], dict[str, Any]] = {(): dict(rule.constants)}
    for name, value in rule.fields.items():
        lineage = echoes.lineage_of(value.path)
        if lineage is not None:
            fields.setdefault(lineage, {})[name] = _value(mapping, rule, name, record, known)
    marks = _marks(rule, record, echoes)
    items = [about | {"fields": values} | marks for lineage, values in fields.items() if not lineage]
    items += [about | {"fields": values, "lineage": list(line)} for line, values in fields.items() if line]
    return items + list(_events(mapping, rule, record, own, now))


def in_order(items: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """Owners and clients before people, people before their placements and events."""
    return sorted(items, key=lambda item: _ORDER.index(item["entity"]) if item["entity"] in _ORDER else len(_ORDER))


def _value(mapping: CrmMapping, rule: ReadRule, name: str, record: CrmRecord, known: Catalogue) -> object:
    value, raw = rule.fields[name], value_at(record.values, rule.fields[name].path)
    if plain(raw) in value.values:
        return value.values[plain(raw)]
    short = name.removeprefix(f"{rule.record}.")
    if short in REFERENCES[rule.record]:
        return _reference(mapping, short, value.entity, raw)
    full = short if short.startswith("custom.") else f"{rule.record}.{short}"
    field = known.get(full)
    kind = field.type if field is not None else FieldType.TEXT
    if kind in (FieldType.DATE, FieldType.DATETIME):
        return _when(raw, mapping.connect.timezone, only_date=kind is FieldType.DATE)
    return list(raw) if isinstance(raw, (list, tuple)) and kind is FieldType.LIST else _single(raw)


def _single(raw: object) -> object:
    if isinstance(raw, (list, tuple)):
        return plain(raw) or None
    return raw if isinstance(raw, (str, bool, int, float)) else None


def _reference(mapping: CrmMapping, kind: str, entity: str | None, raw: object) -> str | None:
    if plain(raw) == "":
        return None
    found = [rule for rule in mapping.read if rule.record == kind and entity in (None, rule.entity)]
    return f"{found[0].prefix if found else ''}{plain(raw)}"


def _when(raw: object, zone: str, *, only_date: bool) -> object:
    """A date or an instant: CRMs keep both as milliseconds, and dates as midnight where the CRM is."""
    number = int(raw) if isinstance(raw, str) and raw.strip().isdecimal() else raw
    if isinstance(number, (int, float)) and not isinstance(number, bool) and abs(number) >= _EARLIEST_MS:
        try:
            found = datetime.fromtimestamp(number / 1000, tz=UTC)
        except (OverflowError, ValueError, OSError):
            return str(raw)
        return found.astimezone(ZoneInfo(zone)).date().isoformat() if only_date else found.isoformat()
    read = read_instant(raw) if isinstance(raw, str) else None
    if only_date and isinstance(read, datetime):
        # HubSpot has dates as midnight in UTC: that is the date as written.
        return read.date().isoformat()
    return read.isoformat() if isinstance(read, date) else _single(raw)


def instant_of(raw: object) -> datetime | None:
    """An instant as CRMs write it: milliseconds, or ISO 8601 (without offset: UTC); None: it is none."""
    text = _when(raw, "UTC", only_date=False)
    read = read_instant(text) if isinstance(text, str) else None
    if not isinstance(read, datetime):
        return None
    return read.astimezone(UTC) if read.tzinfo is not None else read.replace(tzinfo=UTC)


def _meets(record: CrmRecord, conditions: Mapping[str, tuple[object, ...]]) -> bool:
    return all(
        plain(value_at(record.values, path)) in {plain(value) for value in values}
        for path, values in conditions.items()
    )


def _marks(rule: ReadRule, record: CrmRecord, echoes: Echoes) -> dict[str, Any]:
    """What is said of the record as a whole. What we wrote there ourselves is no word of the CRM's."""
    marks: dict[str, Any] = {}
    if rule.deleted_when is not None:
        marks["deleted"] = _meets(record, rule.deleted_when)
    said = [each for each in rule.suppress if not any(echoes.is_ours(path) for path in each.when)]
    if said:
        channels = {each.channel for each in said if _meets(record, each.when)}
        one = "all" if "all" in channels or len(channels) > 1 else next(iter(channels), None)
        if one is not None:
            marks["suppress"] = one
        elif len(said) == len(rule.suppress):
            # Only who sees every mark can say that there is none.
            marks["suppress"] = "none"
    return marks


def _events(
    mapping: CrmMapping, rule: ReadRule, record: CrmRecord, own: Sequence[OwnCrmWrite], now: datetime
) -> Iterator[dict[str, Any]]:
    for event, path in rule.events.items():
        at = instant_of(value_at(record.values, path))
        if at is None or at > now:
            continue
        found: dict[str, Any] = {
            "entity": "event",
            "person": f"{rule.prefix}{record.key.id}",
            "event": event,
            "at": at.isoformat(),
        }
        # A note of ours counts as contact there; it must not look like a person's doing here.
        ours = next((each for each in own if each.explains(at)), None)
        yield found | ({"lineage": list(ours.lineage)} if ours is not None else {})
