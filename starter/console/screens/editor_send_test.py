"""A message of a draft, sent to the user who writes it."""

from __future__ import annotations

import secrets
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import PersonOf, authorize
from services.console.looking import looking
from services.drafts.send_draft_test import DraftTest, draft_test
from services.drafts.written_for import WriteFor
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.screens.editor import back_to_editor, editor_of
from starter.console.session import CurrentViewer
from starter.message_tests import sending_message_tests

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Step = Annotated[str, Path(max_length=100)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit/test/{step}``."""
    routes = APIRouter()
    editor = editor_of(ways)

    @routes.post("/sequences/{name}/edit/test/{step}")
    async def send_draft_test(request: Request, viewer: CurrentViewer, name: Named, step: _Step) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        authorize(viewer, Act.SEND_TEST)
        form = await posted(request)
        async with looking(ways.database) as connection:
            checked = await editor.checked(connection, name)
            writing = WriteFor(editor.rendering, checked)
            whom = await writing.recipient(connection, form.get("to", ""), form.get("about") or None)
            authorize(viewer, Act.READ_MESSAGE, PersonOf(whom.owner_id))
            key = form.get("key", "")[:100] or secrets.token_hex(16)
            recipient = replace(whom.recipient, variant=form.get("wording") or None)
            wanted = await draft_test(connection, checked, viewer, DraftTest(step, recipient, key))
        async with sending_message_tests(ways.settings, ways.database) as tests:
            sent = await tests.send(wanted)
        return back_to_editor(views, name, form, f"step:{step}", f"test_{sent.state}")

    return routes
