"""An id from its beginning, as people copy it from a table: long enough, and no other may begin so."""

from __future__ import annotations

from typing import Any, Final

from adapters.postgres import queries
from sequences.errors import NotFoundError, RefusedError

_SHORTEST: Final = 5
"""Characters; fewer would name somebody else's by accident."""


async def find_by_beginning(connection: Any, query: str, given: str, *, one: str, many: str, listed: str) -> str:
    """The id of a row from the id or its beginning.

    Args:
        connection: in a transaction.
        query: name of the query that finds the ids beginning with ``prefix``.
        given: what a person typed.
        one: what a row is called, such as ``enrollment``.
        many: the same of several.
        listed: how to see them, for the message.

    Raises:
        NotFoundError: there is none.
        RefusedError: several begin so.
    """
    found = await queries.rows(connection, query, prefix=given) if len(given) >= _SHORTEST else []
    ids = {str(row["id"]) for row in found}
    if given in ids:
        return given
    if len(ids) > 1:
        raise RefusedError(f"several {many} begin with {given}; write more of the id")
    if not ids:
        raise NotFoundError(f"there is no {one} {given}; {listed}")
    return ids.pop()
