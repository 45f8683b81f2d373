"""What a draft changes in what is published, and publishing it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from fastapi import APIRouter, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from sequences.errors import UnavailableError
from services.console.looking import looking
from services.console.sequence import sequence_head
from services.drafts.compare import compare_with_published
from services.drafts.publish_draft import PublishDraft, Publishing
from services.publishing.preview import asking
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.proof import proved
from starter.console.screens.editor import editor_of
from starter.console.session import CurrentSession, CurrentViewer

if TYPE_CHECKING:
    from services.drafts.publish_draft import DraftPlan
    from starter.console.view import Views
    from starter.http.dependencies import Ways


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit/changes`` and ``/sequences/{name}/edit/publish``."""
    routes = APIRouter()
    editor = editor_of(ways)
    versions = editor.versions
    publishing = Publishing(versions, asking(ways.settings), ways.settings.custom(), ways.rules)

    async def planned(name: str) -> DraftPlan | None:
        """What publishing would do; None: it takes too long to say."""
        try:
            async with looking(ways.database) as connection:
                return await publishing.look(connection, name, ways.clock())
        except UnavailableError:
            return None

    @routes.get("/sequences/{name}/edit/changes")
    async def show_changes(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            checked = await editor.checked(connection, name)
            comparison = await compare_with_published(connection, versions, checked.draft)
            head = await sequence_head(connection, name) if checked.draft.newest else None
        plan = await planned(name) if may(viewer, Act.PUBLISH) and checked.good else None
        return views.page(
            "screens/editor_changes.html",
            viewer,
            name=checked.name,
            checked=checked,
            draft=checked.draft,
            comparison=comparison,
            plan=plan,
            preview=plan.plan.preview if plan and plan.plan else None,
            open_runs=head.open_runs if head else 0,
            may_publish=may(viewer, Act.PUBLISH),
            address=views.address(request),
        )

    @routes.post("/sequences/{name}/edit/publish")
    async def publish_draft(request: Request, session: CurrentSession, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.PUBLISH)
        form = await posted(request)
        proved(request, session, Act.PUBLISH, _people_of(await planned(name)))
        wanted = PublishDraft(name, form.get("mark", ""), form.get("existing") == "yes")
        done = await publishing.publish(ways.database, wanted, ways.clock())
        said = _said(done.new, wanted.enroll_existing)
        async with looking(ways.database) as connection:
            older = (await sequence_head(connection, name)).older_runs
        # Runs that are open stay on their version: whoever changed a text wants to know.
        return views.done(f"/sequences/{name}/move" if older else f"/sequences/{name}?view=versions", said)

    return routes


def _said(new: bool, existing: bool) -> str:
    if not new:
        return "draft_unchanged"
    return "draft_published_existing" if existing else "draft_published"


def _people_of(plan: DraftPlan | None) -> int | None:
    """How many people would enter; None: it takes too long to count them."""
    if plan is None:
        return None
    preview = plan.plan.preview if plan.plan else None
    return preview.would_enroll if preview else 0
