"""What is asked of a CRM, whichever it is. Adapters are in ``adapters/crm``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sequences.crm.records import CrmChanges, CrmKey, CrmPage, CrmRecord, EntityFields
    from sequences.crm.writing import CrmWrite, CrmWritten


class Crm(Protocol):
    """Any call may raise these errors, and no others.

    Raises:
        CrmAwayError: no answer, or one that says to wait.
        CrmAccessError: the login is refused.
        CrmRefusedError: this one thing is refused, or does not exist.
    """

    async def account(self) -> str:
        """The account (tenant) that the login belongs to, as the CRM names it; empty: it has no name."""
        ...

    async def changes(self, cursor: str | None, wanted: Sequence[EntityFields]) -> CrmChanges:
        """What changed behind a cursor. Nothing is lost by asking with the same one again.

        Args:
            cursor: of the look before; None: begin now, with what changes from now on.
            wanted: kinds of records, and what is read of each.
        """
        ...

    async def record(self, key: CrmKey, fields: Sequence[str]) -> CrmRecord | None:
        """A record as it is now; None: there is none."""
        ...

    async def page(self, wanted: EntityFields, after: str | None) -> CrmPage:
        """Some of all records of a kind, behind a page's end; None: the first."""
        ...

    async def fields(self, entity: str) -> Collection[str] | None:
        """The names of the fields of a kind of record; None: it cannot be asked."""
        ...

    async def write(self, write: CrmWrite, key: str, *, maybe_done: bool) -> CrmWritten:
        """Writes one thing, once.

        Args:
            write: what.
            key: the same for every try.
            maybe_done: an earlier try may have got through: look for what it made before making another one.
        """
        ...

    async def aclose(self) -> None:
        """Closes the connections."""
        ...
