"""Whether an uploaded table of people, which waits to be imported, has somebody in it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.email_address import address_key
from sequences.errors import RelanceError

if TYPE_CHECKING:
    from services.records.people_file import PeopleFile


def holds_person(file: PeopleFile, people: frozenset[str], addresses: frozenset[str]) -> bool:
    """Whether a cell is an id or an address of the person. A file that cannot be read counts as one that holds them.

    Args:
        file: with its content.
        people: ids.
        addresses: as they are compared.
    """
    try:
        with file.opened() as source:
            return any(
                cell.strip() in people or (bool(cell.strip()) and address_key(cell.strip()) in addresses)
                for _, cells in source.read()
                for cell in cells
            )
    except RelanceError:
        # Too many rows, or of another kind than when it was uploaded.
        return True
