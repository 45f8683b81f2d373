"""A record as a CRM has it: its own names, its own values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class CrmKey:
    """Which record of the CRM.

    Attributes:
        entity: the CRM's name of the kind, such as ``Candidate``.
        id: the CRM's id.
    """

    entity: str
    id: str


@dataclass(frozen=True)
class CrmRecord:
    """A record as it was read.

    Attributes:
        key: which one.
        values: by the CRM's names; associations are mappings, such as ``{"owner": {"id": 7}}``.
        at: when it was last modified there (UTC); None: the CRM does not say.
        deleted: it is gone there; then ``values`` may be empty.
    """

    key: CrmKey
    values: Mapping[str, object] = field(default_factory=dict)
    at: datetime | None = None
    deleted: bool = False


@dataclass(frozen=True)
class EntityFields:
    """What is read of a kind of record.

    Attributes:
        entity: the CRM's name of the kind.
        fields: paths, such as ``firstName`` or ``owner.id``; each once, in a stable order.
    """

    entity: str
    fields: tuple[str, ...]


@dataclass(frozen=True)
class CrmChanges:
    """What one look found.

    Attributes:
        records: as they are now; the same one may come again.
        cursor: where the next look begins. Until it is stored, a look with the former one finds at least the same.
        more: there is more to read at once; with the cursor of before, at the next look.
    """

    records: tuple[CrmRecord, ...]
    cursor: str
    more: bool = False


@dataclass(frozen=True)
class CrmPage:
    """Some of all records of a kind, ordered by what the CRM pages by.

    Attributes:
        records: as they are now.
        after: what the next page begins behind; None: this was the last one.
    """

    records: tuple[CrmRecord, ...]
    after: str | None


def value_at(values: Mapping[str, object], path: str) -> object:
    """The value under a path; None: there is none.

    >>> value_at({"owner": {"id": 7}}, "owner.id")
    7
    """
    here: object = values
    for part in path.split("."):
        if not isinstance(here, Mapping):
            return None
        here = here.get(part)
    return here


def plain(value: object) -> str:
    """A value as it is compared: CRMs say the same as text, number or boolean.

    >>> plain(True), plain(7.0), plain(" a "), plain(None)
    ('true', '7', 'a', '')
    """
    match value:
        case None:
            return ""
        case bool():
            return "true" if value else "false"
        case float() if value.is_integer():
            return str(int(value))
        case list() | tuple():
            return ";".join(plain(each) for each in value)
        case _:
            return str(value).strip()
