"""All runs of one person: stopped, or paused until a day."""

from __future__ import annotations

import secrets
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response

from adapters.postgres import queries
from sequences.access.act import Act
from sequences.access.authorize import PersonOf, authorize
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from sequences.runs.state import CommandKind
from services.console.looking import looking
from services.console.person import PersonAsked, PersonPage, person
from services.operations.person_acts import RunsOfPerson, steer_all
from starter.console.posted import posted
from starter.console.session import CurrentViewer
from starter.console.times import zone_of
from starter.http.list_parameters import ID

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Database
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Person = Annotated[str, Path(pattern=ID)]
_ALL = {"stop": (CommandKind.STOP, Act.STOP_RUN), "pause": (CommandKind.PAUSE, Act.PAUSE_RUN)}


async def allow(database: Database, viewer: Viewer, identity: str, act: Act) -> None:
    """Lets an act for a person pass, or not: whose the person is decides.

    Raises:
        NotAllowedError: the viewer may not do that.
        NotFoundError: there is no such person.
    """
    authorize(viewer, act)
    async with looking(database) as connection:
        row = await queries.person_row(connection, id=identity)
    if row is None:
        raise NotFoundError(f"no person has the id {identity}")
    authorize(viewer, act, PersonOf(row.owner_id))


def router(ways: Ways, views: Views) -> APIRouter:
    """``/people/{person}/stop`` and ``/pause``."""
    routes = APIRouter()

    async def asked_about(viewer: Viewer, person_id: str, act: Act) -> PersonPage:
        await allow(ways.database, viewer, person_id, act)
        async with looking(ways.database) as connection:
            return await person(connection, ways.enrolling.versions, viewer, PersonAsked(person_id), ways.clock())

    @routes.get("/people/{person_id}/stop")
    async def ask_to_stop_person(request: Request, viewer: CurrentViewer, person_id: _Person) -> Response:
        found = await asked_about(viewer, person_id, Act.STOP_RUN)
        return views.answer(request, "screens/person_stop.html", "dialog", viewer, found=found)

    @routes.get("/people/{person_id}/pause")
    async def ask_to_pause_person(request: Request, viewer: CurrentViewer, person_id: _Person) -> Response:
        found = await asked_about(viewer, person_id, Act.PAUSE_RUN)
        tomorrow = ways.clock().astimezone(zone_of(viewer.timezone)).date() + timedelta(days=1)
        return views.answer(request, "screens/person_pause.html", "dialog", viewer, found=found, tomorrow=tomorrow)

    async def steer_runs(viewer: Viewer, person_id: str, what: str, form: Mapping[str, str]) -> Response:
        kind, act = _ALL[what]
        await allow(ways.database, viewer, person_id, act)
        key, reason = form.get("key") or secrets.token_hex(16), form.get("reason", "")[:200]
        until = _midnight(form.get("until", ""), viewer) if kind is CommandKind.PAUSE else None
        if until is not None and until <= ways.clock():
            raise RefusedError(RequestRefused.INVALID, "the pause is to end on a day that has begun already")
        asked = RunsOfPerson(person_id, kind, key, reason, until)
        changed = await steer_all(ways.database, ways.runs, asked)
        return views.done(f"/people/{person_id}", f"person_{what}" if changed else "same")

    @routes.post("/people/{person_id}/stop")
    async def stop_person(request: Request, viewer: CurrentViewer, person_id: _Person) -> Response:
        return await steer_runs(viewer, person_id, "stop", await posted(request))

    @routes.post("/people/{person_id}/pause")
    async def pause_person(request: Request, viewer: CurrentViewer, person_id: _Person) -> Response:
        return await steer_runs(viewer, person_id, "pause", await posted(request))

    return routes


def _midnight(day: str, viewer: Viewer) -> datetime | None:
    """The begin of a day on the viewer's clock; None of nothing.

    Raises:
        RefusedError: it is no day.
    """
    if not day:
        return None
    try:
        return datetime.combine(date.fromisoformat(day), time(), zone_of(viewer.timezone)).astimezone(UTC)
    except (ValueError, OverflowError):
        raise RefusedError(RequestRefused.INVALID, "this is not a date") from None
