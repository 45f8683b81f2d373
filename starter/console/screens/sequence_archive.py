"""Archiving a sequence, and taking it back."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.looking import looking
from services.console.sequence import sequence_head
from services.publishing.archive import ArchiveOrder, archive, unarchive
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/archive`` and ``/unarchive``."""
    routes = APIRouter()

    @routes.get("/sequences/{name}/archive")
    async def ask_to_archive(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.PUBLISH)
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
        return views.answer(request, "screens/sequence_archive.html", "dialog", viewer, head=head)

    @routes.post("/sequences/{name}/archive")
    async def archive_sequence(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.PUBLISH)
        form = await posted(request)
        key = form.get("key", "")[:100] or secrets.token_hex(16)
        asked = ArchiveOrder(name, form.get("runs") == "stop", key, viewer.user_id)
        changed = await archive(ways.database, ways.rules, asked, ways.clock())
        if changed.job is not None:
            return views.done(f"/jobs/{changed.job}", "sequence_archived")
        return views.done(f"/sequences/{name}", "sequence_archived" if changed.changed else "same")

    @routes.post("/sequences/{name}/unarchive")
    async def unarchive_sequence(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.PUBLISH)
        await posted(request)
        changed = await unarchive(ways.database, ways.enrolling.versions, ways.rules, name, ways.clock())
        return views.done(f"/sequences/{name}", "sequence_unarchived" if changed.changed else "same")

    return routes
