"""Our own writes as they come back: which values our automation put there, and which are older than that."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from sequences.crm.records import plain, value_at

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sequences.crm.records import CrmRecord

_ABOUT: Final = timedelta(minutes=5)
"""How far the clocks of both sides may differ, and how long the CRM may take to note what it was told."""


@dataclass(frozen=True)
class OwnCrmWrite:
    """What our automation writes, or wrote, to a record.

    Attributes:
        id: of the write.
        lineage: the chain of sequences that led to it, its own the last.
        fields: the CRM's field to the value that was written; empty for notes, tasks and leads.
        written_at: when the CRM took it (UTC); None: it waits.
        read_back: the record was read since.
        of_erased: it says that the person of the record was erased here.
    """

    id: str
    lineage: tuple[str, ...]
    fields: Mapping[str, object] = field(default_factory=dict)
    written_at: datetime | None = None
    read_back: bool = False
    of_erased: bool = False

    def explains(self, at: datetime) -> bool:
        """A field with the latest instant of something may have got it from this note or task."""
        return self.written_at is not None and not self.fields and abs(at - self.written_at) <= _ABOUT


class Echoes:
    """Asked for each field of a record.

    A value that waits to be written replaces what is there, so what is there says nothing; nor does a record that was
    last modified before the CRM took our value. The first value that is read after that is ours when it is the same;
    whatever comes later is the CRM's own word again.
    """

    def __init__(self, own: Sequence[OwnCrmWrite], record: CrmRecord) -> None:
        """``own`` is what was, or will be, written to this record, the newest first."""
        self._own = own
        self._record = record

    def lineage_of(self, path: str) -> tuple[str, ...] | None:
        """The lineage of the value in a field of the CRM; empty: it is the CRM's own; None: the value is stale."""
        newest = self._newest(path)
        if newest is None or (newest.written_at is not None and newest.read_back):
            return ()
        if self._is_stale(newest):
            return None
        return newest.lineage if self._is_same(newest, path) else ()

    def is_ours(self, path: str) -> bool:
        """The value says nothing that we did not say: we wrote it, or it is stale."""
        newest = self._newest(path)
        return newest is not None and (self._is_stale(newest) or self._is_same(newest, path))

    def _newest(self, path: str) -> OwnCrmWrite | None:
        return next((each for each in self._own if path in each.fields), None)

    def _is_stale(self, write: OwnCrmWrite) -> bool:
        if write.written_at is None:
            return True
        return not write.read_back and self._record.at is not None and self._record.at < write.written_at - _ABOUT

    def _is_same(self, write: OwnCrmWrite, path: str) -> bool:
        return plain(value_at(self._record.values, path)) == plain(write.fields[path])


def comes_from_erasing(own: Sequence[OwnCrmWrite], record: CrmRecord) -> bool:
    """The record changed there because we wrote that its person is erased: that must not bring the person back."""
    return any(
        each.of_erased and (each.written_at is None or record.at is None or record.at <= each.written_at + _ABOUT)
        for each in own
    )


def read_back(own: Sequence[OwnCrmWrite], record: CrmRecord) -> list[str]:
    """The writes that a record was read after: what it says of their fields later is the CRM's own word."""
    return [
        each.id
        for each in own
        if each.fields
        and each.written_at is not None
        and not each.read_back
        and (record.at is None or record.at >= each.written_at - _ABOUT)
    ]
