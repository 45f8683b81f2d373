"""The published sequences and their versions. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path

from adapters.postgres import listings, queries
from sequences.errors import NotFoundError
from services.reading.listed import SequenceLine, SequenceVersionLine
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import SLUG, Cursor, Limit, RecordType, Since, Until

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class SequencesPage(Page[SequenceLine]):
    """A page of sequences."""


class SequenceVersionsPage(Page[SequenceVersionLine]):
    """A page of versions."""


def router(ways: Ways) -> APIRouter:
    """``/sequences`` and ``/sequences/{name}/versions``."""
    routes = APIRouter(prefix="/sequences", tags=["sequences"])

    @routes.get("", summary="Published sequences, by name")
    async def list_sequences(
        record: RecordType | None = None,
        since: Since = None,
        until: Until = None,
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> SequencesPage:
        asked = {"record": record, "since": since, "until": until}
        return await listed(ways, listings.SEQUENCES, SequencesPage, SequenceLine, asked, cursor, limit)

    @routes.get(
        "/{name}/versions",
        summary="Versions of a sequence with their definitions, newest first",
        responses=answers(404),
    )
    async def list_sequence_versions(
        name: Annotated[str, Path(pattern=SLUG, description="Name of the sequence.")],
        limit: Limit = 100,
        cursor: Cursor = None,
    ) -> SequenceVersionsPage:
        async with ways.database.transaction() as connection:
            if await queries.newest_version(connection, sequence=name) is None:
                raise NotFoundError(f"no sequence {name!r} is published")
        return await listed(
            ways,
            listings.SEQUENCE_VERSIONS,
            SequenceVersionsPage,
            SequenceVersionLine,
            {"sequence": name},
            cursor,
            limit,
        )

    return routes
