"""What is done with a mailbox at a press: a test, a pause, its end."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Depends, Path, Response

from sequences.access.act import Act
from sequences.errors import RefusedError
from services.mailboxes.keep import KeepMailboxes
from starter.console.screens.mailboxes import mailbox_page, mailbox_row
from starter.console.session import CurrentDoer, CurrentViewer, needs
from starter.mailbox_trials import MailboxTrials

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Id = Annotated[str, Path(pattern=r"^[a-z0-9-]{1,64}$")]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/mailboxes/{mailbox_id}/test``, ``pause``, ``resume`` and ``archive``."""
    routes = APIRouter()
    mailboxes = KeepMailboxes(ways.settings.keys())

    @routes.post("/mailboxes/{mailbox_id}/test", dependencies=[Depends(needs(Act.KEEP_MAILBOX))])
    async def try_mailbox(viewer: CurrentViewer, doer: CurrentDoer, mailbox_id: _Id) -> Response:
        await mailbox_row(ways, views, viewer, mailbox_id)
        tried = await MailboxTrials(ways.settings, ways.database).try_it(doer, mailbox_id, None, ways.clock())
        if not tried.good:
            why = "; ".join(filter(None, (tried.sends, tried.reads)))
            return await mailbox_page(ways, views, viewer, mailbox_id, views.t("mailboxes.test_failed", why=why))
        return views.done(f"/mailboxes/{mailbox_id}", "mailbox_tested")

    @routes.post("/mailboxes/{mailbox_id}/pause", dependencies=[Depends(needs(Act.KEEP_MAILBOX))])
    async def pause_mailbox(viewer: CurrentViewer, doer: CurrentDoer, mailbox_id: _Id) -> Response:
        await mailbox_row(ways, views, viewer, mailbox_id)
        async with ways.database.transaction() as connection:
            await mailboxes.pause(connection, doer, mailbox_id, "", ways.clock())
        return views.done(f"/mailboxes/{mailbox_id}", "mailbox_paused")

    @routes.post("/mailboxes/{mailbox_id}/resume", dependencies=[Depends(needs(Act.KEEP_MAILBOX))])
    async def resume_mailbox(viewer: CurrentViewer, doer: CurrentDoer, mailbox_id: _Id) -> Response:
        await mailbox_row(ways, views, viewer, mailbox_id)
        async with ways.database.transaction() as connection:
            await mailboxes.resume(connection, doer, mailbox_id, ways.clock())
        return views.done(f"/mailboxes/{mailbox_id}", "mailbox_resumed")

    @routes.post("/mailboxes/{mailbox_id}/archive", dependencies=[Depends(needs(Act.MANAGE_MAILBOXES))])
    async def archive_mailbox(viewer: CurrentViewer, doer: CurrentDoer, mailbox_id: _Id) -> Response:
        try:
            async with ways.database.transaction() as connection:
                await mailboxes.archive(connection, doer, mailbox_id, ways.clock())
        except RefusedError as error:
            return await mailbox_page(ways, views, viewer, mailbox_id, views.t("error.refused", why=error))
        return views.done(f"/mailboxes/{mailbox_id}", "mailbox_archived")

    return routes
