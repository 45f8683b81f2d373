"""The audit log: who did what, on what, from where, when; by day, user, act and subject, and as CSV."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Request, Response

from adapters.postgres import listings
from adapters.postgres.paging import page
from sequences.access.act import Act
from services.access.audit import Deed
from services.access.audit_file import audit_csv
from services.access.audit_subjects import audit_subjects
from services.console.looking import looking
from starter.console.door import Door
from starter.console.proof import proof_for
from starter.console.session import CurrentDoer, CurrentViewer, needs
from starter.console.times import midnight

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_ROWS = 100
_FILTERS = ("since", "until", "who", "token", "act", "subject")


@dataclass(frozen=True)
class _Asked:
    """The filters of the address, as they were written."""

    given: Mapping[str, str]

    @classmethod
    def of(cls, request: Request) -> _Asked:
        return cls({name: request.query_params.get(name, "").strip().replace("\x00", "") for name in _FILTERS})

    def query(self) -> str:
        values = {name: value for name, value in self.given.items() if value}
        return f"?{urlencode(values)}" if values else ""

    def conditions(self, viewer: Viewer) -> dict[str, object]:
        given = self.given
        return {
            "since": midnight(given["since"], viewer.timezone),
            "until": midnight(given["until"], viewer.timezone, days=1),
            "user": given["who"] or None,
            "token": given["token"] or None,
            "act": given["act"].replace(" ", "_") or None,
            "subject": given["subject"] or None,
        }


def router(ways: Ways, views: Views) -> APIRouter:
    """``/audit`` and ``/audit.csv``."""
    routes = APIRouter(dependencies=[Depends(needs(Act.READ_AUDIT))])

    @routes.get("/audit")
    async def show_audit(request: Request, viewer: CurrentViewer) -> Response:
        asked = _Asked.of(request)
        conditions, cursor = asked.conditions(viewer), request.query_params.get("cursor") or None
        async with looking(ways.database) as connection:
            users = (await page(connection, listings.CONSOLE_USERS, {}, limit=1000)).rows
            found = await page(connection, listings.AUDIT_EVENTS, conditions, cursor=cursor, limit=_ROWS)
            subjects = await audit_subjects(connection, {row.subject for row in found.rows})
        more: dict[str, Any] = {
            "address": views.address(request),
            "users": users,
            "rows": found.rows,
            "subjects": subjects,
            "query": asked.query(),
            "following": found.next,
        }
        return views.page("screens/audit.html", viewer, **more)

    @routes.get("/audit.csv", dependencies=[Depends(proof_for(Act.EXPORT))])
    async def save_audit(request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> Response:
        asked = _Asked.of(request)
        conditions = asked.conditions(viewer)
        door: Door = request.app.state.door
        await door.note(doer, Deed("audit_saved"))
        async with looking(ways.database) as connection:
            content = await audit_csv(connection, conditions)
        headers = {"Content-Disposition": 'attachment; filename="relance-audit.csv"'}
        return Response(content, media_type="text/csv; charset=utf-8", headers=headers)

    return routes
