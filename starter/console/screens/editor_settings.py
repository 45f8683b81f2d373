"""The form of the editor for the settings of a sequence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.editing.settings import with_settings
from services.drafts.draft import SEQUENCE_FILE
from starter.console.edited_source import edited_source
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.screens.editor import back_to_editor
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit/settings``."""
    routes = APIRouter()

    @routes.post("/sequences/{name}/edit/settings")
    async def save_settings(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        edits = edited_source(ways, viewer, name, form)
        async with ways.database.transaction() as connection:
            await edits.save(connection, lambda draft: {SEQUENCE_FILE: with_settings(draft.source, form)})
        return back_to_editor(views, name, form | {"open": "settings"}, "settings")

    return routes
