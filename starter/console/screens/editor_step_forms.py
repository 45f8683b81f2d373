"""The forms on a step's card: when it goes at all, its wordings, its task, and what else it has of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Path, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.records.catalogue import catalogue
from services.drafts.change_steps import StepChanges
from starter.console.edited_source import edited_source
from starter.console.parts import Named, StepName
from starter.console.posted import posted
from starter.console.screens.editor import back_to_editor, editor_of
from starter.console.session import CurrentViewer
from starter.console.step_form import PARTS

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Part = Annotated[str, Path(max_length=20)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit/steps/{step}/form/{part}``."""
    routes = APIRouter()
    editor = editor_of(ways)
    kinds = {field.name: field.type for field in catalogue(editor.custom_fields).fields.values()}

    @routes.post("/sequences/{name}/edit/steps/{step}/form/{part}")
    async def change_step_part(
        request: Request, viewer: CurrentViewer, name: Named, step: StepName, part: _Part
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        if part not in PARTS:
            raise HTTPException(404, "there is no such form")
        form = await posted(request)
        change = PARTS[part](form, kinds)
        steps = StepChanges(edited_source(ways, viewer, name, form))
        async with ways.database.transaction() as connection:
            await steps.change(connection, step, change)
        # The form is open again: several changes follow each other.
        return back_to_editor(views, name, {**form, "open": f"{part}:{step}"}, f"step:{step}")

    return routes
