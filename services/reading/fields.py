"""The field catalogue as people look at it: what each field is called, what it holds and where it lives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres.record_columns import column_of
from sequences.definition.rules import HistoricalEvent
from sequences.records.catalogue import FieldType, Group

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sequences.records.catalogue import Catalogue, Field

_EVENT_LABELS = {
    HistoricalEvent.CONTACTED: "Last contacted",
    HistoricalEvent.SHORTLISTED: "Last shortlisted",
    HistoricalEvent.INTERVIEWED: "Last interviewed",
    HistoricalEvent.PLACED: "Last placed",
    HistoricalEvent.REPLIED: "Last replied",
    HistoricalEvent.RESUME_UPDATED: "Resume updated",
    HistoricalEvent.CREATED: "Created",
}


@dataclass(frozen=True)
class FieldLine:
    """One field.

    Attributes:
        lives: ``table.column``; None for what is made from other fields or comes from the settings.
        writable: ``set_field`` may write it.
        in_rules: the group of rules that reads it: ``real and qualitative``, ``qualitative``, ``historical`` or None.
    """

    name: str
    group: str
    label: str
    type: str
    choices: tuple[str, ...]
    lives: str | None
    writable: bool
    in_rules: str | None


def field_lines(catalogue: Catalogue, record: str = "") -> list[FieldLine]:
    """The catalogue's fields, then the events that historical rules read.

    Args:
        catalogue: built-in and declared fields.
        record: ``person | placement``: only what a run about it can see; empty for all.
    """
    return [*map(_line, catalogue.for_record(record)), *_events(catalogue)]


def _line(field: Field) -> FieldLine:
    reads = "qualitative" if field.type is FieldType.FILE else "real and qualitative"
    return FieldLine(
        field.name,
        field.group.value,
        field.label,
        field.type.value,
        field.choices,
        _lives(field),
        field.writable,
        reads if field.in_rules else None,
    )


def _events(catalogue: Catalogue) -> Iterator[FieldLine]:
    for event, label in _EVENT_LABELS.items():
        if catalogue.get(f"person.{event}") is None:
            yield FieldLine(
                event.value,
                Group.PERSON.value,
                label,
                FieldType.DATETIME.value,
                (),
                f"person.{event}",
                writable=False,
                in_rules="historical",
            )


def _lives(field: Field) -> str | None:
    group, _, name = field.name.partition(".")
    if field.derived or field.group is Group.SENDER:
        return None
    if field.group is Group.CUSTOM:
        return f"person.custom, placement.custom ->> '{name}'"
    column = "id" if name == "id" else column_of(group, name)
    return f"{group}.{column}" if column else None
