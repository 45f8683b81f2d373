"""The published sequences and their versions. Behind the bearer token."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query

from adapters.postgres import listings, queries
from sequences.errors import NotFoundError
from services.reading.listed import SequenceLine, SequenceVersionLine
from starter.http.errors import answers
from starter.http.list_answers import Page, listed
from starter.http.list_parameters import Asked, AskedBetween, OfSequence, RecordType, SequenceName

if TYPE_CHECKING:
    from starter.http.dependencies import Ways


class SequencesPage(Page[SequenceLine]):
    """A page of sequences."""


class SequenceVersionsPage(Page[SequenceVersionLine]):
    """A page of versions."""


class SequencesAsked(AskedBetween):
    """Which sequences."""

    record: RecordType | None = None


class _VersionsAsked(Asked):
    sequence: OfSequence


def router(ways: Ways) -> APIRouter:
    """``/sequences`` and ``/sequences/{name}/versions``."""
    routes = APIRouter(prefix="/sequences", tags=["sequences"])

    @routes.get("", summary="Published sequences, by name")
    async def list_sequences(asked: Annotated[SequencesAsked, Query()]) -> SequencesPage:
        return await listed(ways, listings.SEQUENCES, SequencesPage, SequenceLine, asked)

    @routes.get(
        "/{name}/versions",
        summary="Versions of a sequence with their definitions, newest first",
        responses=answers(404),
    )
    async def list_sequence_versions(name: SequenceName, asked: Annotated[Asked, Query()]) -> SequenceVersionsPage:
        async with ways.database.transaction() as connection:
            if await queries.newest_version(connection, sequence=name) is None:
                raise NotFoundError(f"no sequence {name!r} is published")
        wanted = _VersionsAsked(sequence=name, limit=asked.limit, cursor=asked.cursor)
        return await listed(ways, listings.SEQUENCE_VERSIONS, SequenceVersionsPage, SequenceVersionLine, wanted)

    return routes
