"""Everything a run can see of its record: one nested mapping for templates, rules and stop rules alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from sequences.timing import ZoneFacts

Values = Mapping[str, Any]


def full_name(first: object, last: object) -> str | None:
    """First and last name with a space between; None when both are missing."""
    return " ".join(str(part).strip() for part in (first, last) if part and str(part).strip()) or None


@dataclass(frozen=True)
class RecordView:
    """The catalogue's fields of one record, by group.

    Attributes:
        record_type: ``person`` or ``placement``.
        record_id: of the record.
        person: always there; other groups may be empty.
        deleted: the record, or the person, is gone in the CRM.
        another_person: the placement belongs to somebody else than ``person`` by now.
    """

    record_type: str
    record_id: str
    person: Values
    placement: Values = field(default_factory=dict)
    client: Values = field(default_factory=dict)
    owner: Values = field(default_factory=dict)
    custom: Values = field(default_factory=dict)
    organisation_timezone: str = "UTC"
    deleted: bool = False
    another_person: bool = False

    @property
    def person_id(self) -> str:
        """Id of the one who receives."""
        return str(self.person["id"])

    @property
    def owner_id(self) -> str | None:
        """The placement's owner, else the person's."""
        found = self.owner.get("id")
        return None if found is None else str(found)

    def value(self, name: str) -> Any:
        """The value of a catalogue field such as ``placement.status``; None when missing."""
        group, _, key = name.partition(".")
        values = getattr(self, group, None)
        return values.get(key) if isinstance(values, Mapping) else None

    def day_zero(self, name: str | None) -> date | datetime | None:
        """The record date that a sequence is anchored to, read from ISO 8601; None when missing or unreadable."""
        text = self.value(name) if name else None
        return read_instant(str(text)) if text else None

    @property
    def zones(self) -> ZoneFacts:
        """What is known of the recipient's zone."""
        return ZoneFacts(
            person=self.person.get("timezone"),
            phone=self.person.get("phone"),
            placement=self.placement.get("timezone"),
            client=self.client.get("timezone"),
            organisation=self.organisation_timezone,
        )

    def for_templates(self, sender: Values) -> dict[str, Values]:
        """The groups as templates see them."""
        return {
            "person": self.person,
            "placement": self.placement,
            "client": self.client,
            "owner": self.owner,
            "custom": self.custom,
            "sender": sender,
        }


def read_instant(text: str) -> date | datetime | None:
    """A date, or a date-time with or without offset, from ISO 8601; None when it is neither."""
    try:
        if len(text.strip()) == len("2027-05-04"):
            return date.fromisoformat(text.strip())
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
