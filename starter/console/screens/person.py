"""One person: everything that happened and is planned, why, and what can be done about it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import PersonOf, may
from sequences.channels import is_channel
from sequences.errors import PermanentError, RefusedError
from services.console.condition_words import field_labels
from services.console.looking import looking
from services.console.person import PersonAsked, person
from services.console.why_in_sequence import WhyInSequence, why_in_sequence
from services.enrolling.enroll import EntryRequest
from services.explaining.gather import explainer
from services.operations.person_acts import suppress_person
from starter.console.posted import posted
from starter.console.screens.person_runs import allow
from starter.console.session import CurrentViewer
from starter.http.list_parameters import ID

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Text = Annotated[str, Query(max_length=2000)]
_Person = Annotated[str, Path(pattern=ID)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/people/{person}`` and what is done for that person."""
    routes = APIRouter()
    labels = field_labels(ways.settings.catalogue())

    async def show(
        request: Request, viewer: Viewer, asked: PersonAsked, sequence: str = "", problem: str = ""
    ) -> Response:
        now = ways.clock()
        async with looking(ways.database) as connection:
            found = await person(connection, ways.enrolling.versions, viewer, asked, now)
            why = await _why(connection, asked.id, sequence) if sequence and found.facts is not None else None
        whose = PersonOf(found.owner_id)
        return views.page(
            "screens/person.html",
            viewer,
            409 if problem else 200,
            found=found,
            facts=found.facts,
            why=why,
            sequence=sequence,
            problem=problem,
            address=views.address(request),
            temporal_ui=ways.settings.temporal_ui_url.rstrip("/"),
            masked=not may(viewer, Act.READ_MESSAGE, whose),
            allowed={act.value for act in Act if may(viewer, act, whose)},
        )

    async def _why(connection: Connection, identity: str, sequence: str) -> WhyInSequence:
        explaining = explainer(ways.settings, ways.enrolling.versions)
        try:
            found = await explaining.explain(connection, sequence, identity, ways.clock())
        except PermanentError as error:
            return WhyInSequence(str(error))
        return why_in_sequence(found, labels)

    @routes.get("/people/{person_id}")
    async def show_person(
        request: Request, viewer: CurrentViewer, person_id: _Person, sequence: _Text = "", cursor: _Text = ""
    ) -> Response:
        return await show(request, viewer, PersonAsked(person_id, cursor), sequence)

    @routes.post("/people/{person_id}/suppress")
    async def suppress(request: Request, viewer: CurrentViewer, person_id: _Person) -> Response:
        channel = (await posted(request)).get("channel", "all")
        await allow(ways.database, viewer, person_id, Act.SUPPRESS)
        if channel != "all" and not is_channel(channel):
            return await show(request, viewer, PersonAsked(person_id), problem=views.t("person.no_channel"))
        async with ways.database.transaction() as connection:
            new = await suppress_person(connection, person_id, channel, viewer.user_id, ways.clock())
        return views.done(f"/people/{person_id}", "person_suppressed" if new else "same")

    @routes.post("/people/{person_id}/enroll")
    async def enroll(request: Request, viewer: CurrentViewer, person_id: _Person) -> Response:
        form = await posted(request)
        await allow(ways.database, viewer, person_id, Act.ENROLL)
        key = f"console:{form.get('key') or secrets.token_hex(16)}"
        try:
            # Of a sequence about placements, that of which the page said why it is not in it.
            placement = form.get("placement") or None
            accepted = await ways.enrolling.enroll(EntryRequest(form.get("sequence", ""), key, person_id, placement))
        except RefusedError as error:
            return await show(request, viewer, PersonAsked(person_id), problem=views.t("error.refused", why=error))
        return views.done(f"/people/{person_id}", "same" if accepted.repeated else "person_enrolled")

    return routes
