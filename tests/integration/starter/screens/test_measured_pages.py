"""``benchmarks.console_pages`` asks for every page that lists or counts something: a new list is measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.routing import Match

from benchmarks.console_addresses import IDS, LISTS
from tests.support.screens.console_routes import console_routes

if TYPE_CHECKING:
    from fastapi.routing import APIRoute

    from tests.support.rigs.api import ApiRig

NO_LIST = {
    # one thing, or a question about one
    "/account/passkeys/new",
    "/calendar/message/{enrollment}/{step}",
    "/calendar/message/{enrollment}/{step}/html",
    "/confirm/{token}",
    "/confirm/{token}/oidc",
    "/jobs/{job_id}",
    "/mailboxes/connect",
    "/mailboxes/connect/callback",
    "/mailboxes/connect/start",
    "/new-sequence",
    "/people/import",
    "/people/import/{file_id}",
    "/people/{person_id}/erase",
    "/people/{person_id}/pause",
    "/people/{person_id}/stop",
    "/help/pictures/{picture}",
    "/sequences/{name}/archive",
    "/sequences/{name}/choose",
    "/sequences/{name}/move",
    "/sequences/{name}/scan",
    "/settings/owners/{owner_id}",
    "/settings/tokens/{token_id}",
    "/suppressions/add",
    "/suppressions/{suppression_id}/lift",
    "/tasks/{task}/assign",
    "/tasks/{task}/snooze",
    "/unknown/{send_id}/settle",
    # a text, and what it would do
    "/help",
    "/help/{page}",
    "/jobs/{job_id}/rehearsal",
    "/sequences/{name}/compare",
    "/sequences/{name}/dates",
    "/sequences/{name}/edit",
    "/sequences/{name}/edit/answer",
    "/sequences/{name}/edit/attachments/{sha256}",
    "/sequences/{name}/edit/changes",
    "/sequences/{name}/edit/discard",
    "/sequences/{name}/edit/preview/{step}",
    "/sequences/{name}/edit/rules",
    "/sequences/{name}/rehearse",
    # a file, which is written for as long as it takes
    "/audit.csv",
    "/leads.csv",
    "/sequences/{name}/numbers.csv",
    # counted behind the page: benchmarks.console_speed has them as rule counts
    "/sequences/{name}/edit/rules/people",
    "/sequences/{name}/rules/people",
}


def _asked(routes: list[APIRoute]) -> set[str]:
    """The routes that the addresses lead to: of several that match, the first answers."""
    found = set()
    for page in LISTS:
        for address in page.addresses:
            path = address.format_map(dict.fromkeys(IDS, "s2345678901")).partition("?")[0]
            scope = {"type": "http", "method": "GET", "path": path, "root_path": ""}
            found.add(next(route.path for route in routes if route.matches(scope)[0] is Match.FULL))
    return found


async def test_every_list_is_measured(api: ApiRig) -> None:
    routes = console_routes(api, "GET")
    asked = _asked(routes)
    assert {route.path for route in routes} - asked == NO_LIST
    assert not asked & NO_LIST
