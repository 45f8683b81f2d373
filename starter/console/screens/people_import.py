"""Importing from a file, and enrolling: say what the columns are, see what would happen, do it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Path, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.errors import PermanentError, SettingsError, UnavailableError
from services.console.looking import looking
from services.console.people_import import (
    choices_of_columns,
    field_choices,
    file_columns,
    rows_behind,
    sequences_to_enroll_in,
    which_not_enrolled,
    which_trouble,
)
from services.jobs.ask import ask_for_job
from services.jobs.import_people import import_job
from services.records.people_file import KINDS, ImportChoices, Uploaded, choose, people_file, upload
from services.records.people_import import importing_of
from starter.console.latest import LatestOnly, SupersededError
from starter.console.posted import posted, posted_file, whole_number
from starter.console.proof import proved
from starter.console.session import CurrentSession, CurrentViewer
from starter.console.view import is_fragment

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sequences.access.viewer import Viewer
    from sequences.records.catalogue import Catalogue
    from services.console.people_import import PeopleFileColumns
    from services.records.people_file import PeopleFile
    from services.records.people_import import ImportCheck
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_COLUMN: Final = "column-"
_DATES: Final = ("", "dmy", "mdy")
_File = Annotated[str, Path(pattern="^[a-z0-9]{10,40}$")]


@dataclass(frozen=True)
class _FilePage:
    """The page of an uploaded file."""

    ways: Ways
    views: Views
    known: Catalogue
    latest: LatestOnly

    async def file_of(self, viewer: Viewer, identity: str) -> PeopleFile:
        """One of the viewer's own files."""
        authorize(viewer, Act.ENROLL)
        async with looking(self.ways.database) as connection:
            return await people_file(connection, identity, viewer.user_id)

    async def columns(self, file: PeopleFile) -> PeopleFileColumns:
        """In a thread: a workbook takes a while."""
        return await asyncio.to_thread(file_columns, file, self.known)

    def fields(self, kind: str) -> list[tuple[str, str]]:
        """What a column can be, in words."""
        t, has, found = self.views.t, self.views.has, field_choices(kind, self.known)
        keys = [f"import_field.{name.replace('.', '_')}" for name, _ in found]
        return [(name, t(key) if has(key) else label) for key, (name, label) in zip(keys, found, strict=True)]

    async def show(self, request: Request, viewer: Viewer, file: PeopleFile, problem: str = "") -> Response:
        """The page, or the part of it that says what would happen."""
        columns = await self.columns(file)
        async with looking(self.ways.database) as connection:
            sequences = await sequences_to_enroll_in(connection, file.choices.kind)
        chosen = bool(file.choices.columns) and not problem
        check, trouble = None, ""
        which, start = request.query_params.get("rows", "")[:60], whole_number(request.query_params.get("start", ""))
        if chosen and request.query_params.get("check"):
            check, trouble = await self._checked(request, viewer, file)
        values: dict[str, Any] = {
            "file": file,
            "found": columns,
            "choices": file.choices,
            # Of the page that led here, until something is chosen.
            "sequence": "" if chosen else _sequence(request.query_params),
            "fields": self.fields(file.choices.kind),
            "sequences": sequences,
            "dates": [(each, self.views.t(f"people_import.dates_{each or 'auto'}")) for each in _DATES],
            "chosen": chosen,
            "check": check,
            "which": which,
            "shown": rows_behind(check, which, start) if check else None,
            "which_not_enrolled": which_not_enrolled,
            "which_trouble": which_trouble,
            "problem": problem,
            "trouble": trouble,
            "address": self.views.address(request),
        }
        if is_fragment(request) and chosen:
            return self.views.fragment("screens/people_import_file.html", "check", viewer, **values)
        return self.views.page("screens/people_import_file.html", viewer, 422 if problem else 200, **values)

    async def _checked(self, request: Request, viewer: Viewer, file: PeopleFile) -> tuple[ImportCheck | None, str]:
        """What would happen, or why nobody can say."""
        importing = importing_of(self.ways.settings, self.ways.database, self.ways.enrolling)
        try:
            return await self.latest.run(viewer.user_id, request, lambda: importing.check(file, viewer.works_with)), ""
        except (PermanentError, UnavailableError) as error:
            return None, str(error)
        except SupersededError:
            return None, self.views.t("people_import.superseded")


def router(ways: Ways, views: Views) -> APIRouter:
    """``/people/import`` and ``/people/import/{file}``; before ``/people/{person}``."""
    routes = APIRouter()
    pages = _FilePage(ways, views, ways.settings.catalogue(), LatestOnly())

    @routes.get("/people/import")
    async def ask_for_file(request: Request, viewer: CurrentViewer) -> Response:
        authorize(viewer, Act.ENROLL)
        return asking(request, viewer, request.query_params)

    def asking(request: Request, viewer: Viewer, given: Mapping[str, str], problem: str = "") -> Response:
        values: dict[str, Any] = {
            "problem": problem,
            "kinds": [(each, views.t(f"people_import.rows_{each}")) for each in _kinds(viewer)],
            "kind": given.get("kind", ""),
            "sequence": _sequence(given),
            "address": views.address(request),
        }
        return views.page("screens/people_import.html", viewer, 422 if problem else 200, **values)

    @routes.post("/people/import")
    async def upload_people(request: Request, viewer: CurrentViewer) -> Response:
        authorize(viewer, Act.ENROLL)
        brought, form = await posted_file(request), await posted(request)
        kind = form.get("kind") or "person"
        if kind not in _kinds(viewer):
            raise HTTPException(422, views.t("people_import.no_kind"))
        file = Uploaded(brought.name, brought.content, kind)
        try:
            async with ways.database.transaction() as connection:
                kept = await upload(connection, viewer.user_id, file, ways.clock())
        except SettingsError as error:
            return asking(request, viewer, form, str(error))
        wanted = _sequence(form)
        return views.done(f"/people/import/{kept.id}" + (f"?{urlencode({'sequence': wanted})}" if wanted else ""))

    @routes.get("/people/import/{file_id}")
    async def look_at_file(request: Request, viewer: CurrentViewer, file_id: _File) -> Response:
        file = await pages.file_of(viewer, file_id)
        return views.done("/jobs?whose=mine") if file.content is None else await pages.show(request, viewer, file)

    @routes.post("/people/import/{file_id}/choose")
    async def choose_columns(request: Request, viewer: CurrentViewer, file_id: _File) -> Response:
        file, form = await pages.file_of(viewer, file_id), await posted(request)
        columns = await pages.columns(file)
        given = {
            int(name.removeprefix(_COLUMN)): field[:200]
            for name, field in form.items()
            if name.removeprefix(_COLUMN).isdecimal() and name.startswith(_COLUMN)
        }
        try:
            named = choices_of_columns(columns, file.choices.kind, given, dict(pages.fields(file.choices.kind)))
        except SettingsError as error:
            return await pages.show(request, viewer, file, str(error))
        dates = form.get("dates", "")
        choices = ImportChoices(
            columns=named,
            dates=dates if dates in _DATES else "",
            sequence=_sequence(form) if file.choices.kind != "client" else "",
            only_enroll=form.get("records") == "keep",
            kind=file.choices.kind,
        )
        if choices.only_enroll and not choices.sequence:
            return await pages.show(request, viewer, file, views.t("people_import.no_sequence"))
        async with ways.database.transaction() as connection:
            await choose(connection, file, choices)
        return views.done(f"/people/import/{file_id}")

    @routes.post("/people/import/{file_id}/start")
    async def import_people(
        request: Request, session: CurrentSession, viewer: CurrentViewer, file_id: _File
    ) -> Response:
        file = await pages.file_of(viewer, file_id)
        await posted(request)
        if not file.choices.columns:
            raise HTTPException(422, views.t("people_import.not_chosen"))
        columns = await pages.columns(file)
        proved(request, session, Act.ENROLL, columns.rows if file.choices.sequence else 0)
        async with ways.database.transaction() as connection:
            job = await ask_for_job(connection, import_job(viewer, file, columns.rows), ways.clock())
        return views.done(f"/jobs/{job}")

    return routes


def _sequence(given: Mapping[str, str]) -> str:
    """That the people of the file are to enter; empty: none."""
    return given.get("sequence", "")[:100]


def _kinds(viewer: Viewer) -> Sequence[str]:
    """What a viewer imports. Clients are everybody's: those import them who work with everybody."""
    return KINDS if viewer.works_with.owner_ids is None else [each for each in KINDS if each != "client"]
