"""What a receiver of the generic contract answers."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import AwareDatetime, BaseModel, ConfigDict

from sequences.crm.records import CrmKey, CrmRecord


class _Answer(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True, hide_input_in_errors=True)


class HooksRecord(_Answer):
    """A record. ``values`` has its fields by the receiver's own names."""

    entity: str
    id: str
    values: dict[str, Any] = {}
    at: AwareDatetime | None = None
    deleted: bool = False

    def record(self) -> CrmRecord:
        """As everybody else has it."""
        at: datetime | None = self.at.astimezone(UTC) if self.at is not None else None
        return CrmRecord(CrmKey(self.entity, self.id), self.values, at, self.deleted)


class HooksChanges(_Answer):
    """Records that changed, and where to go on."""

    records: tuple[HooksRecord, ...]
    cursor: str
    more: bool = False


class HooksPage(_Answer):
    """Some of all records; ``after`` is null on the last page."""

    records: tuple[HooksRecord, ...]
    after: str | None = None


class HooksFields(_Answer):
    """The names of a kind's fields."""

    fields: tuple[str, ...]


class HooksAccount(_Answer):
    """Whose data it is."""

    account: str


class HooksWritten(_Answer):
    """What was made, or which fields were written."""

    id: str | None = None
    written: dict[str, str | bool | int | float | None] | None = None
