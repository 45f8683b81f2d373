"""All open runs of a person at once: paused, resumed, stopped. Behind the bearer token."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from fastapi import APIRouter
from pydantic import BaseModel, Field

from sequences.runs.state import CommandKind
from services.operations.person_acts import RunsOfPerson, steer_all
from starter.http.errors import answers
from starter.http.list_parameters import RecordId
from starter.http.routes.enrollments import CommandRequest, Ordered, PauseRequest

if TYPE_CHECKING:
    from datetime import datetime

    from starter.http.dependencies import Ways

_STEERED = answers(400, 404)


class PersonSteered(BaseModel):
    """What became of it."""

    person: str
    changed: int = Field(description="Runs that changed; those that were so already do not count.")


def router(ways: Ways) -> APIRouter:
    """``/people/{id}/pause``, ``/resume`` and ``/stop``."""
    routes = APIRouter(prefix="/people", tags=["enrollments"])

    async def obey(
        person: str, kind: CommandKind, asked: Ordered | None, *, until: datetime | None = None, mode: str = ""
    ) -> PersonSteered:
        key = (asked.id if asked else None) or secrets.token_hex(16)
        wanted = RunsOfPerson(person, kind, key, asked.reason if asked else "", until, mode)
        return PersonSteered(person=person, changed=await steer_all(ways.database, ways.runs, wanted))

    @routes.post("/{person}/pause", summary="Pause all open runs of a person", responses=_STEERED)
    async def pause_person(person: RecordId, asked: PauseRequest | None = None) -> PersonSteered:
        return await obey(person, CommandKind.PAUSE, asked, until=asked.end(ways.clock()) if asked else None)

    @routes.post("/{person}/resume", summary="Resume all paused runs of a person", responses=_STEERED)
    async def resume_person(person: RecordId, asked: CommandRequest | None = None) -> PersonSteered:
        return await obey(person, CommandKind.RESUME, asked, mode=asked.mode if asked else "")

    @routes.post(
        "/{person}/stop", summary="Stop all open runs of a person; nothing more is sent by them", responses=_STEERED
    )
    async def stop_person(person: RecordId, asked: CommandRequest | None = None) -> PersonSteered:
        return await obey(person, CommandKind.STOP, asked)

    return routes
