"""The published sequences and their versions. Behind the bearer token."""

from __future__ import annotations

import secrets
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres import listings, queries
from sequences.errors import NotFoundError
from sequences.ids import SLUG
from services.publishing.archive import ArchiveOrder, archive, unarchive
from services.publishing.choose import Choice, choose
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


class ChooseRequest(BaseModel):
    """Which variant is to be a step's only wording."""

    model_config = ConfigDict(extra="forbid")

    step: str = Field(max_length=63, pattern=SLUG, description="Id of a step with variants.")
    variant: str = Field(max_length=63, pattern=SLUG, description="Name of the variant that is kept.")


class ChooseAnswer(BaseModel):
    """The result: new runs get this wording from now on.

    Attributes:
        version: in which the step has this wording alone.
        new: it was published now; false: this had been chosen before.
        had: open runs of older versions that have got the message. They keep what they got.
        waiting: open runs of older versions that have not. They get the variant that was drawn for them, unless they
            are moved to this version.
    """

    sequence: str
    step: str
    variant: str
    version: int
    new: bool
    had: int
    waiting: int


class ArchiveRequest(BaseModel):
    """What becomes of open runs; all keys are optional."""

    model_config = ConfigDict(extra="forbid")

    id: str | None = Field(default=None, pattern=r"^[!-~]{1,200}$", description="A repeated id has no effect.")
    stop_runs: bool = Field(default=False, description="Stop the open runs; else they go on to their end.")


class ArchiveAnswer(BaseModel):
    """What changed; `job` is the id of the work that stops the open runs, null without any."""

    sequence: str
    changed: bool
    job: str | None = None


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

    @routes.post(
        "/{name}/choose",
        summary="Keep one variant of a step: publishes a version with it; the same again changes nothing",
        responses=answers(400, 404, 409),
    )
    async def choose_variant(name: SequenceName, asked: ChooseRequest) -> ChooseAnswer:
        choice = Choice(name, asked.step, asked.variant)
        done = await choose(ways.database, ways.enrolling.versions, choice, ways.clock())
        kept = asdict(done)
        del kept["text"]
        return ChooseAnswer(**kept)

    @routes.post(
        "/{name}/archive",
        summary="Archive a sequence: nobody enters it any more; the same again changes nothing",
        responses=answers(400, 404),
    )
    async def archive_sequence(name: SequenceName, asked: ArchiveRequest | None = None) -> ArchiveAnswer:
        wanted = asked or ArchiveRequest()
        order = ArchiveOrder(name, wanted.stop_runs, wanted.id or secrets.token_hex(16))
        changed = await archive(ways.database, ways.rules, order, ways.clock())
        return ArchiveAnswer(sequence=name, changed=changed.changed, job=changed.job)

    @routes.post(
        "/{name}/unarchive",
        summary="Take an archived sequence back; its rules count from now on",
        responses=answers(404),
    )
    async def unarchive_sequence(name: SequenceName) -> ArchiveAnswer:
        changed = await unarchive(ways.database, ways.enrolling.versions, ways.rules, name, ways.clock())
        return ArchiveAnswer(sequence=name, changed=changed.changed)

    return routes
