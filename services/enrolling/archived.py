"""A sequence that is archived: nobody enters it, whichever way somebody asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.errors import RefusedError, RequestRefused

if TYPE_CHECKING:
    from adapters.postgres.database import Connection


def archived_error(sequence: str) -> RefusedError:
    """What is said of an archived sequence."""
    return RefusedError(
        RequestRefused.ARCHIVED, f"the sequence {sequence} is archived; `relance unarchive {sequence}` takes it back"
    )


async def refuse_if_archived(connection: Connection, sequence: str) -> None:
    """Lets pass what is about a sequence in use.

    Raises:
        RefusedError: the sequence is archived.
    """
    if await queries.archived_at(connection, sequence=sequence) is not None:
        raise archived_error(sequence)
