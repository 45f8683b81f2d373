"""Everything a run can see of its record: one nested mapping for templates, rules and stop rules alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import Any

from sequences.phone import in_full
from sequences.planning.values import ZoneFacts
from sequences.records.catalogue import BUILT_IN, FieldType
from sequences.records.zone_names import known_zone

Values = Mapping[str, Any]
_INSTANTS = frozenset(field.name for field in BUILT_IN if field.type is FieldType.DATETIME)


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
        phone_region: country in which numbers without one are read, ISO 3166-1 alpha-2; None: they say nothing.
        deleted: the record, or the person, is gone in the CRM.
        another_person: the placement belongs to somebody else than ``person`` by now.
        closed_days: of the organisation and of the owner: on none of them anything goes.
    """

    record_type: str
    record_id: str
    person: Values
    placement: Values = field(default_factory=dict)
    client: Values = field(default_factory=dict)
    owner: Values = field(default_factory=dict)
    custom: Values = field(default_factory=dict)
    organisation_timezone: str = "UTC"
    phone_region: str | None = None
    deleted: bool = False
    another_person: bool = False
    closed_days: frozenset[date] = frozenset()

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
        """The record date that a sequence is anchored to, read from ISO 8601; None when missing or unreadable.

        A date-time is there only where the field is one, or was stored before date fields refused it.
        """
        text = self.value(name) if name else None
        if not text:
            return None
        if name in _INSTANTS:
            return read_instant(str(text))
        return read_date(str(text)) or read_instant(str(text))

    @property
    def zones(self) -> ZoneFacts:
        """What is known of the recipient's zone."""
        return ZoneFacts(
            person=_zone(self.person),
            phone=self._phone,
            placement=_zone(self.placement),
            client=_zone(self.client),
            organisation=self.organisation_timezone,
        )

    @property
    def _phone(self) -> str | None:
        number = self.person.get("phone")
        if not number or self.phone_region is None:
            return number
        return in_full(str(number), self.phone_region)

    def for_templates(self, sender: Values) -> dict[str, Values]:
        """The groups as templates see them. An owner without a signature has one of what is known of them."""
        return {
            "person": self.person,
            "placement": self.placement,
            "client": self.client,
            "owner": {**self.owner, "signature": signature(self.owner, sender.get("company"))},
            "custom": self.custom,
            "sender": sender,
        }


def signature(owner: Values, company: object) -> str | None:
    """The words under a mail of an owner: their own, else name, company, number and address; None without a name."""
    if own := owner.get("signature"):
        return str(own)
    name = owner.get("full_name")
    lines = (name, company, owner.get("phone"), owner.get("email"))
    return "\n".join(str(line) for line in lines if line) if name else None


def _zone(values: Values) -> str | None:
    """The zone as IANA names it, also where it was stored before such names were mapped; else the name as it is."""
    name = values.get("timezone")
    return (known_zone(str(name)) or str(name)) if name else None


def read_date(text: str) -> date | None:
    """A date as a date field holds it, from ISO 8601; None when it is none.

    Systems that have no dates tell them as midnight, with ``Z`` or an offset: that is the date as it is written,
    wherever it is read. Any other date-time is none.
    """
    found = read_instant(text)
    if not isinstance(found, datetime):
        return found
    return found.date() if found.time() == time() else None


DATE_LOOKS = "a date such as 2027-05-04"
"""What to write in a date field."""


def read_instant(text: str) -> date | datetime | None:
    """A date, or a date-time with or without offset, from ISO 8601; None when it is neither."""
    try:
        if len(text.strip()) == len("2027-05-04"):
            return date.fromisoformat(text.strip())
        return datetime.fromisoformat(text.strip())
    except ValueError:
        return None
