"""The CRM that is read and written, for admins: how it is getting on, what failed, and another try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import APIRouter, Depends, Path, Query, Request, Response

from adapters.postgres import listings
from adapters.postgres.paging import page
from sequences.access.act import Act
from sequences.errors import NotFoundError
from services.console.looking import looking
from services.crm.backfill import ask_for_backfill
from services.crm.status import crm_status, retry_crm_writes
from services.reading.run_story import person_names
from starter.console.posted import posted
from starter.console.screens.settings import PARTS
from starter.console.session import CurrentViewer, needs
from starter.crm_wiring import crm_name, mapping_reading
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_ROWS: Final = 50
STATES: Final = ("dead", "waiting", "done")
_Text = Annotated[str, Query(max_length=2000)]


def router(ways: Ways, views: Views) -> APIRouter:
    """``/settings/crm``."""
    routes = APIRouter(dependencies=[Depends(needs(Act.MANAGE_WEBHOOKS))])

    def name() -> str:
        found = crm_name(ways.settings)
        if found is None:
            raise NotFoundError(views.t("crm.none"))
        return found

    @routes.get("/settings/crm")
    async def show_crm(request: Request, viewer: CurrentViewer, state: _Text = "", cursor: _Text = "") -> Response:
        shown = state if state in STATES else STATES[0]
        reading = mapping_reading(ways.settings)
        async with looking(ways.database) as connection:
            status = await crm_status(connection, crm_name(ways.settings), ways.clock())
            asked = {"state": shown}
            found = await page(connection, listings.CRM_WRITES, asked, cursor=cursor or None, limit=_ROWS)
            names = await person_names(connection, [row.person_id for row in found.rows])
        more: dict[str, Any] = {
            "crm": status,
            "mapping": reading.mapping if reading is not None else None,
            "problems": tuple(map(str, reading.problems)) if reading is not None else (),
            "writes": found.rows,
            "names": names,
            "following": found.next,
            "shown": shown,
            "states": STATES,
            "parts": PARTS,
        }
        return views.page("screens/crm.html", viewer, address=views.address(request), **more)

    @routes.post("/settings/crm/retry")
    async def retry_all(request: Request) -> Response:
        await posted(request)
        async with ways.database.transaction() as connection:
            await retry_crm_writes(connection, name(), None, ways.clock())
        return views.done("/settings/crm", "crm_retried")

    @routes.post("/settings/crm/retry/{write_id}")
    async def retry_one(request: Request, write_id: Annotated[str, Path(pattern=WORD)]) -> Response:
        await posted(request)
        async with ways.database.transaction() as connection:
            await retry_crm_writes(connection, name(), write_id, ways.clock())
        return views.done("/settings/crm", "crm_retried")

    @routes.post("/settings/crm/backfill")
    async def read_all(request: Request, viewer: CurrentViewer) -> Response:
        await posted(request)
        async with ways.database.transaction() as connection:
            job = await ask_for_backfill(connection, name(), ways.clock(), user_id=viewer.user_id)
        return views.done(f"/jobs/{job}", "crm_backfill")

    return routes
