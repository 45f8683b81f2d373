"""Moving the open runs of a sequence to another version: what it would do, then a job that does it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, HTTPException, Query, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.looking import looking
from services.console.sequence import sequence_head
from services.jobs.ask import ask_for_job
from services.jobs.job import JobKind, NewJob
from services.operations.migrate_runs import preview_first
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.proof import proved
from starter.console.session import CurrentSession, CurrentViewer

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Version = Annotated[int | None, Query(ge=1, le=1_000_000)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/move``."""
    routes = APIRouter()

    @routes.get("/sequences/{name}/move")
    async def ask_to_move(viewer: CurrentViewer, request: Request, name: Named, to: _Version = None) -> Response:
        authorize(viewer, Act.PUBLISH)
        async with looking(ways.database) as connection:
            head = await sequence_head(connection, name)
            version = to or head.versions[0].version
            found = await preview_first(connection, ways.answering.planning, name, version, ways.clock())
        return views.page(
            "screens/sequence_move.html",
            viewer,
            head=head,
            found=found,
            others=sum(each.open_runs for each in head.versions if each.version != version),
            versions=[(str(each.version), views.t("sequence.version", n=each.version)) for each in head.versions],
            address=views.address(request),
        )

    @routes.post("/sequences/{name}/move")
    async def move_runs(request: Request, session: CurrentSession, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.PUBLISH)
        form = await posted(request)
        async with ways.database.transaction() as connection:
            head = await sequence_head(connection, name)
            version = _version(form.get("version", ""), [each.version for each in head.versions])
            moved = sum(each.open_runs for each in head.versions if each.version != version)
            proved(request, session, Act.PUBLISH, moved)
            reason = form.get("reason", "")[:200]
            asked = NewJob(
                JobKind.MOVE_RUNS,
                f"sequence:{name}",
                form.get("key", "")[:100] or secrets.token_hex(16),
                {"version": version, "reason": reason},
                viewer.user_id,
            )
            job = await ask_for_job(connection, asked, ways.clock())
        return views.done(f"/jobs/{job}")

    return routes


def _version(text: str, known: list[int]) -> int:
    if not text.isdecimal() or int(text) not in known:
        raise HTTPException(422, "there is no such version")
    return int(text)
