"""Rehearsing a sequence: months of it for some people, played on a copy by a job; and what came of it."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Request, Response

from adapters.postgres import queries
from sequences.access.act import Act
from sequences.access.authorize import authorize
from services.console.jobs import JobsView, jobs_page, one_job
from services.console.looking import looking
from services.console.people import PeopleWanted, people
from services.console.rehearsal import rehearsal_result
from services.jobs.ask import ask_for_job
from services.jobs.job import JobKind, NewJob
from starter.console.parts import Named
from starter.console.posted import posted, posted_whole
from starter.console.screens.editor import editor_of
from starter.console.session import CurrentViewer
from starter.rehearsal.installed import INSTALL, missing_servers

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer
    from services.drafts.check_draft import CheckedDraft
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Job = Annotated[str, Path(pattern="^[a-z0-9]{10,40}$")]
NUMBERS: Final = ("5", "10", "20", "50")
WEEKS: Final = ("4", "13", "26", "52")
REPLIES: Final = ("none", "positive", "negative")
_FIRST: Final = {"people": "10", "weeks": "26", "replies": "none", "who": ""}
_MOST_LINES: Final = 20


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/rehearse`` and ``/jobs/{job}/rehearsal``."""
    routes = APIRouter()
    editor = editor_of(ways)

    def show(
        request: Request, viewer: Viewer, checked: CheckedDraft, asked: dict[str, str], problems: list[str]
    ) -> Response:
        values: dict[str, Any] = {
            "draft": checked.draft,
            "good": checked.good,
            "name": checked.name,
            "missing": missing_servers(),
            "install": INSTALL,
            "asked": asked,
            "problems": problems,
            "numbers": [(each, views.t("rehearse.number", n=each)) for each in NUMBERS],
            "weeks": [(each, views.t("rehearse.weeks_of", n=each)) for each in WEEKS],
            "replies": [(each, views.t(f"rehearse.replies_{each}")) for each in REPLIES],
            "address": views.address(request),
        }
        return views.page("screens/rehearse.html", viewer, 422 if problems else 200, **values)

    @routes.get("/sequences/{name}/rehearse")
    async def ask_to_rehearse(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            checked = await editor.checked(connection, name)
        return show(request, viewer, checked, _FIRST, [])

    @routes.post("/sequences/{name}/rehearse")
    async def rehearse_sequence(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        who = await posted_whole(request, "who")
        asked = {
            "people": _one_of(form, "people", NUMBERS),
            "weeks": _one_of(form, "weeks", WEEKS),
            "replies": _one_of(form, "replies", REPLIES),
            "who": who,
        }
        async with looking(ways.database) as connection:
            checked = await editor.checked(connection, name)
            under_way = await _under_way(connection, viewer)
            named, problems = await _named(connection, viewer, who, ways, views)
            if form.get("what") != "dates":
                records, lacking = await _records(connection, checked, named, views)
                problems += lacking
            elif not named and not problems:
                problems = [views.t("rehearse.name_somebody")]
        if form.get("what") == "dates" and not problems:
            return views.done(f"/sequences/{name}/dates?{urlencode([('person', each) for each in named])}")
        if form.get("what") != "dates" and under_way is not None:
            return views.done(f"/jobs/{under_way}", "one_rehearsal")
        if problems or not checked.good or missing_servers():
            return show(request, viewer, checked, asked, problems or [views.t("rehearse.not_now")])
        wanted = {
            # What is published is read as it is published.
            "draft": checked.draft.revision > 0,
            "people": int(asked["people"]),
            "records": records,
            "weeks": int(asked["weeks"]),
            "replies": asked["replies"],
        }
        key = form.get("key", "")[:100] or secrets.token_hex(16)
        async with ways.database.transaction() as connection:
            new = NewJob(JobKind.REHEARSE, f"sequence:{name}", key, wanted, viewer.user_id)
            job = await ask_for_job(connection, new, ways.clock())
        return views.done(f"/jobs/{job}")

    @routes.get("/jobs/{job_id}/rehearsal")
    async def rehearsal(request: Request, viewer: CurrentViewer, job_id: _Job) -> Response:
        authorize(viewer, Act.LOOK)
        async with looking(ways.database) as connection:
            name = (await one_job(connection, viewer, job_id)).subject
            found = await rehearsal_result(connection, viewer, job_id)
        values: dict[str, Any] = {"found": found, "name": name, "address": views.address(request)}
        return views.page("screens/rehearsal.html", viewer, 200, **values)

    return routes


def _one_of(form: dict[str, str], name: str, allowed: tuple[str, ...]) -> str:
    value = form.get(name, "")
    return value if value in allowed else _FIRST[name]


async def _under_way(connection: Connection, viewer: Viewer) -> str | None:
    """The rehearsal that waits or is played now; None: there is none."""
    found = await jobs_page(connection, viewer, JobsView(only_open=True))
    return next((line.id for line in found.lines if line.kind == JobKind.REHEARSE), None)


async def _named(
    connection: Connection, viewer: Viewer, who: str, ways: Ways, views: Views
) -> tuple[dict[str, str], list[str]]:
    """The people who are named, one a line, with that line; and what is wrong with which."""
    lines = list(dict.fromkeys(line.strip()[:200] for line in who.splitlines() if line.strip()))
    if len(lines) > _MOST_LINES:
        return {}, [views.t("rehearse.too_many", n=_MOST_LINES)]
    named, problems = dict[str, str](), list[str]()
    for line in lines:
        found = await people(connection, viewer, PeopleWanted(line), ways.settings.phone_region)
        seen = [each for each in found.lines if each.visible]
        if len(seen) == 1:
            named[seen[0].id] = line
        else:
            problems.append(views.t("rehearse.nobody" if not seen else "rehearse.several", who=line))
    return named, problems


async def _records(
    connection: Connection, checked: CheckedDraft, named: dict[str, str], views: Views
) -> tuple[list[str], list[str]]:
    """What is played for these people: themselves, or the newest placement of each."""
    if checked.readable is None or checked.readable.record == "person":
        return list(named), []
    records, problems = list[str](), list[str]()
    for person, line in named.items():
        placements = await queries.explain_placements(connection, person_id=person)
        if placements:
            records.append(placements[0])
        else:
            problems.append(views.t("rehearse.no_placement", who=line))
    return records, problems
