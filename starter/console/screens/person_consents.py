"""What a person agreed to, noted by hand on their page: given, and withdrawn."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from sequences.access.act import Act
from sequences.channels import consents
from services.records.consents import ConsentGiven
from starter.console.posted import posted
from starter.console.screens.person_runs import allow
from starter.console.session import CurrentViewer
from starter.console.times import midnight
from starter.http.list_parameters import ID

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Person = Annotated[str, Path(pattern=ID)]
_Channel = Annotated[str, Path(max_length=40)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/people/{person}/consents/{channel}/give`` and ``/withdraw``."""
    routes = APIRouter()

    async def may_change(viewer: Viewer, person_id: str, channel: str, act: Act) -> None:
        await allow(ways.database, viewer, person_id, act)
        if channel not in consents():
            raise HTTPException(404, views.t("person.no_channel"))

    @routes.post("/people/{person_id}/consents/{channel}/give")
    async def give_consent(request: Request, viewer: CurrentViewer, person_id: _Person, channel: _Channel) -> Response:
        form = await posted(request)
        await may_change(viewer, person_id, channel, Act.GIVE_CONSENT)
        # Two channels are two forms of one page, whose fields must not share a name.
        since = midnight(form.get(f"since-{channel}", ""), viewer.timezone)
        given = ConsentGiven(person_id, channel, form.get(f"source-{channel}", ""), since)
        async with ways.database.transaction() as connection:
            changed = await ways.consents.give(connection, given, ways.clock())
        return views.done(f"/people/{changed.person}", "same" if changed.repeated else "consent_given")

    @routes.post("/people/{person_id}/consents/{channel}/withdraw")
    async def withdraw_consent(
        request: Request, viewer: CurrentViewer, person_id: _Person, channel: _Channel
    ) -> Response:
        await posted(request)
        await may_change(viewer, person_id, channel, Act.SUPPRESS)
        by = f"user:{viewer.user_id}"
        async with ways.database.transaction() as connection:
            changed = await ways.consents.withdraw(connection, person_id, channel, by, ways.clock())
        return views.done(f"/people/{changed.person}", "same" if changed.repeated else "consent_withdrawn")

    return routes
