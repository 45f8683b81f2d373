"""Two versions of a sequence, line by line."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.looking import looking
from services.console.sequence import sequence_head
from services.drafts.compare import compare_versions
from starter.console.parts import Named
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Version = Annotated[int | None, Query(ge=1, le=1_000_000)]
_Older = Annotated[int | None, Query(alias="from", ge=1, le=1_000_000)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/compare``."""
    routes = APIRouter()

    @routes.get("/sequences/{name}/compare")
    async def compare(
        request: Request, viewer: CurrentViewer, name: Named, older: _Older = None, to: _Version = None
    ) -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
            newer = to or head.versions[0].version
            before = older or max(newer - 1, 1)
            comparison = await compare_versions(connection, ways.enrolling.versions, name, (before, newer))
        return views.page(
            "screens/sequence_compare.html",
            viewer,
            head=head,
            before=before,
            after=newer,
            comparison=comparison,
            versions=[(str(each.version), views.t("sequence.version", n=each.version)) for each in head.versions],
            address=views.address(request),
        )

    return routes
