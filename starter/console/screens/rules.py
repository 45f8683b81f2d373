"""The rules of a sequence: whom they would enroll, counted while the page is looked at, and their scans."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from pydantic import BaseModel

from sequences.access.act import Act
from sequences.access.authorize import authorize, may
from sequences.auto_enroll.messages import Origin
from sequences.errors import NotFoundError, UnavailableError
from services.console.condition_words import GROUPS
from services.console.looking import looking
from services.console.rule_reach import rule_reach
from services.console.rules import RulesReading
from services.jobs.ask import ask_for_job
from services.jobs.follow_scan import scanning
from services.operations.scan_orders import require_rules
from services.publishing.preview import asking
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.proof import proved
from starter.console.rule_counter import CountedRule, rule_counter
from starter.console.session import CurrentSession, CurrentViewer

if TYPE_CHECKING:
    from services.operations.scan_orders import RuleOrders
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_TEMPLATE = "screens/rules.html"


class _Asked(BaseModel):
    """What is shown beside the rules: the numbers, and how far a scan is."""

    counts: str = ""
    scan: str = ""


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/rules`` and the scans of the sequence."""
    routes = APIRouter()
    catalogue = ways.settings.catalogue()

    @routes.get("/sequences/{name}/rules")
    async def rules(
        request: Request, viewer: CurrentViewer, name: Named, asked: Annotated[_Asked, Query()]
    ) -> Response:
        authorize(viewer, Act.LOOK)
        reading = RulesReading(ways.enrolling.versions, catalogue)
        async with looking(ways.database) as connection:
            found = await reading.page(connection, name)
        counted = CountedRule()
        if asked.counts and found.state not in ("none", "broken"):
            counted = await rule_counter(request).count(request, viewer, found.version)
        values: dict[str, Any] = {
            "found": found,
            "groups": GROUPS,
            "counts": counted.counts,
            "problem": counted.problem,
            "scan": await _scan(ways.rules, name) if asked.scan else None,
            "may_scan": ways.rules is not None and may(viewer, Act.PUBLISH) and found.state == "on",
            "address": views.address(request),
        }
        return views.answer(request, _TEMPLATE, "counts" if asked.counts else "scan", viewer, **values)

    _scanning(routes, ways, views)
    return routes


async def _scan(orders: RuleOrders | None, name: str) -> object:
    """How far the newest scan is; None: there is none, or nobody can say."""
    try:
        return await orders.scanned(name) if orders is not None else None
    except (NotFoundError, UnavailableError):
        return None


def _scanning(routes: APIRouter, ways: Ways, views: Views) -> None:
    template, wanted = "screens/rules_scan.html", asking(ways.settings)

    @routes.get("/sequences/{name}/scan")
    async def ask_to_scan(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.PUBLISH)
        async with looking(ways.database) as connection:
            await require_rules(connection, name)
            version = await ways.enrolling.versions.get(connection, name)
        rules = version.definition.auto_enroll
        assert rules is not None
        values: dict[str, Any] = {"name": version.definition.name, "sequence": name, "hold_above": rules.hold_above}
        return views.answer(request, template, "dialog", viewer, **values)

    @routes.post("/sequences/{name}/scan")
    async def scan_sequence(request: Request, session: CurrentSession, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.PUBLISH)
        form = await posted(request)
        origin = Origin.EXISTING if form.get("who") == Origin.EXISTING else Origin.SCAN
        async with ways.database.transaction() as connection:
            await require_rules(connection, name)
        proved(request, session, Act.PUBLISH, await rule_reach(ways.database, wanted, name, ways.clock()))
        if ways.rules is None:
            raise UnavailableError("scans are unavailable: no connection to Temporal")
        # One that runs is left alone, so a second press starts nothing.
        await ways.rules.start_scan(name, origin)
        async with ways.database.transaction() as connection:
            job = scanning(name, origin, form.get("key", "")[:100] or secrets.token_hex(16), viewer.user_id)
            await ask_for_job(connection, job, ways.clock())
        return views.done(f"/sequences/{name}/rules?scan=1", "scan_started")
