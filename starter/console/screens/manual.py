"""Help: the documentation of the version that runs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, Depends, Query, Response

from sequences.errors import NotFoundError
from starter.console.manual_pages import PATH
from starter.console.session import CurrentViewer, current_viewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_KEPT: Final = "private, max-age=3600"
_Text = Annotated[str, Query(max_length=200)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/help``. Pages hold nobody's data; every viewer may read them."""
    del ways
    routes = APIRouter(prefix=PATH)
    manual = views.manual

    # Not async: a page that is rendered for the first time keeps no other request waiting.
    @routes.get("")
    def shown(viewer: CurrentViewer, q: _Text = "") -> Response:
        return views.page("screens/manual.html", viewer, groups=manual.groups, asked=q, found=manual.find(q))

    @routes.get("/pictures/{picture}", dependencies=[Depends(current_viewer)])
    def shown_picture(picture: str) -> Response:
        try:
            content = manual.picture(picture)
        except KeyError:
            raise NotFoundError(views.t("manual.no_picture")) from None
        return Response(content, media_type="image/png", headers={"Cache-Control": _KEPT})

    @routes.get("/{page}")
    def shown_page(viewer: CurrentViewer, page: str) -> Response:
        try:
            found = manual.page(page)
        except KeyError:
            raise NotFoundError(views.t("manual.no_page")) from None
        return views.page("screens/manual_page.html", viewer, page=found)

    return routes
