"""The files that go with the messages of a draft: attached, shown in the HTML, taken away, and looked at."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response

from adapters.templates.files import clean_name
from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.errors import NotFoundError, RefusedError, TemplateError
from services.console.looking import looking
from services.drafts.attach import NamedAttachment, NewAttachment, attach_file, detach_file
from services.drafts.attached_file import read_contents
from services.drafts.draft import SavedBy, find_draft
from starter.console.parts import Named
from starter.console.posted import posted, posted_file
from starter.console.screens.editor import ACCEPTED, back_to_editor
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Hash = Annotated[str, Path(pattern="^[0-9a-z]{10,64}$")]
_DOWNLOAD: Final = {"Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'; sandbox"}


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit/attachments``."""
    routes = APIRouter()

    async def kept(viewer: Viewer, name: str, new: NewAttachment) -> str:
        """Keeps a file; why not, or nothing."""
        try:
            async with ways.database.transaction() as connection:
                await attach_file(connection, ways.enrolling.versions, name, new, SavedBy(viewer.user_id, ways.clock()))
        except (RefusedError, TemplateError) as error:
            return str(error)
        return ""

    @routes.post("/sequences/{name}/edit/attachments")
    async def attach_to_draft(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form, file = await posted(request), await posted_file(request)
        template = form.get("template", "")
        new = NewAttachment(template, file.name, file.content, form.get("as") == "shown", form.get("path", ""))
        problem = await kept(viewer, name, new) if file.name else views.t("attachments.no_file")
        if problem:
            sentence = f"{problem[:1].upper()}{problem[1:]}."
            values = {"sequence": name, "form": form, "problem": sentence, "accepted": ACCEPTED}
            return views.page("screens/editor_attach.html", viewer, 422, **values)
        return back_to_editor(views, name, form, f"attachments:{template}", "file_attached")

    @routes.post("/sequences/{name}/edit/attachments/remove")
    async def detach_from_draft(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        named = NamedAttachment(form.get("template", ""), form.get("path", ""))
        async with ways.database.transaction() as connection:
            await detach_file(connection, ways.enrolling.versions, name, named, SavedBy(viewer.user_id, ways.clock()))
        return back_to_editor(views, name, form, f"attachments:{named.template}", "file_detached")

    @routes.get("/sequences/{name}/edit/attachments/{sha256}")
    async def download_attachment(viewer: CurrentViewer, name: Named, sha256: _Hash) -> Response:
        """A file as bytes: a browser keeps it, and opens nothing."""
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            draft = await find_draft(connection, ways.enrolling.versions, name)
            found = {path: file for path, file in sorted(draft.attachments.items()) if file.sha256 == sha256}
            read = await read_contents(connection, name, dict(list(found.items())[:1]))
        if not read:
            raise NotFoundError("the draft has no such file any more")
        ((path, file),) = read.items()
        named = f"attachment; filename*=UTF-8''{quote(clean_name(path))}"
        headers = {**_DOWNLOAD, "Content-Disposition": named}
        return Response(file.read(), media_type="application/octet-stream", headers=headers)

    return routes
