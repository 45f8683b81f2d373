"""The draft of a sequence: read, written and checked, never published. Behind the bearer token."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field

from adapters.postgres.versions import Versions
from sequences.checking import FileProblem
from services.drafts.check_draft import check_draft
from services.drafts.draft import SavedBy, find_draft
from services.drafts.write_draft import DraftTexts, as_if_written, write_draft
from starter.http.callers import CurrentCaller
from starter.http.errors import answers
from starter.http.list_parameters import STORABLE, SequenceName

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from services.drafts.draft import SequenceDraft
    from starter.http.dependencies import Ways

DraftPath = Annotated[str, Field(min_length=1, max_length=200, pattern=STORABLE)]
DraftText = Annotated[str, Field(max_length=256 * 1024, pattern=STORABLE)]
MOST_FILES = 100


class DraftCheckRequest(BaseModel):
    """Texts that are checked together with what the draft has already."""

    model_config = ConfigDict(extra="forbid")

    files: dict[DraftPath, DraftText | None] = Field(
        max_length=MOST_FILES,
        description="Texts by path: `sequence.yaml`, and templates such as `bd/introduce.email.txt`, "
        "`bd/introduce.email.html`, `bd/hello.sms.txt`. null removes a template. Files that are not named stay.",
    )


class DraftRequest(DraftCheckRequest):
    """Texts of a draft."""

    mark: str | None = Field(
        default=None,
        max_length=64,
        pattern=STORABLE,
        description="`mark` of the draft as you read it. Required where a draft or a published version exists.",
    )


class DraftCheck(BaseModel):
    """What `relance check` says of the files.

    Attributes:
        good: it can be published; warnings do not count.
        problems: errors and warnings, each with its file, line and column, what was found and what is allowed.
    """

    sequence: str
    good: bool
    problems: list[FileProblem]


class SequenceDraftRecord(DraftCheck):
    """The draft of a sequence; of one that nobody has changed, what is published.

    Attributes:
        saved: somebody saved it; false: it is what is published.
        mark: of all texts: whoever saves says with it what they read.
        based_on: the newest version when it was begun; null: none was published.
        newest: the newest version now; null: none is published.
        changed_by: who saved it last.
        files: texts by path.
        attachments: paths of what templates attach or show. The console adds and removes them.
    """

    saved: bool
    mark: str
    based_on: int | None
    newest: int | None
    changed_by: str | None
    changed_at: datetime | None
    files: dict[str, str]
    attachments: list[str]


def router(ways: Ways) -> APIRouter:
    """``/sequences/{name}/draft`` and ``/sequences/{name}/check``."""
    routes = APIRouter(prefix="/sequences", tags=["sequences"])
    versions, custom_fields = Versions(), ways.settings.custom()

    async def shown(connection: Connection, draft: SequenceDraft) -> SequenceDraftRecord:
        checked = await check_draft(connection, draft, custom_fields)
        return SequenceDraftRecord(
            sequence=draft.sequence,
            good=checked.good,
            problems=list(checked.checked.problems),
            saved=draft.revision > 0,
            mark=draft.mark,
            based_on=draft.based_on,
            newest=draft.newest,
            changed_by=draft.changed_by,
            changed_at=draft.changed_at,
            files=dict(draft.files),
            attachments=sorted(draft.attachments),
        )

    @routes.get(
        "/{name}/draft", summary="The draft of a sequence, checked; else what is published", responses=answers(404)
    )
    async def get_sequence_draft(name: SequenceName) -> SequenceDraftRecord:
        async with ways.database.transaction() as connection:
            return await shown(connection, await find_draft(connection, versions, name))

    @routes.put(
        "/{name}/draft",
        summary="Save texts of a draft, and check it; publishes nothing. The same again changes nothing",
        responses=answers(400, 409),
    )
    async def save_sequence_draft(
        name: SequenceName, asked: DraftRequest, caller: CurrentCaller
    ) -> SequenceDraftRecord:
        wanted = DraftTexts(name, asked.files, asked.mark)
        async with ways.database.transaction() as connection:
            await write_draft(connection, versions, wanted, SavedBy(caller.by, ways.clock()))
        # Not in the same one: a check takes a moment, and others wait for the sequence.
        async with ways.database.transaction() as connection:
            return await shown(connection, await find_draft(connection, versions, name))

    @routes.post(
        "/{name}/check",
        summary="Check texts as `relance check` does; saves nothing",
        responses=answers(400, 409),
    )
    async def check_sequence(name: SequenceName, asked: DraftCheckRequest) -> DraftCheck:
        async with ways.database.transaction() as connection:
            draft = await as_if_written(connection, versions, DraftTexts(name, asked.files))
            checked = await check_draft(connection, draft, custom_fields)
        return DraftCheck(sequence=name, good=checked.good, problems=list(checked.checked.problems))

    return routes
