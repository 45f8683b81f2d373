"""Forms of the editor for what is done: reactions with their follow-ups, what stops a run, actions of steps."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, Final

from fastapi import APIRouter, HTTPException, Path, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.editing.reactions import RuleChange, ThenChoice
from sequences.errors import DefinitionError
from services.console.editor_reactions import types_of_fields
from services.drafts.change_reactions import ReactionChanges
from starter.console.condition_form import posted_condition
from starter.console.edited_source import edited_source
from starter.console.follow_up_form import posted_lines
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.screens.editor import back_to_editor
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from collections.abc import Callable

    from sequences.access.viewer import Viewer
    from starter.console.view import Views
    from starter.http.dependencies import Ways

    _Changes = Callable[[Viewer, str, dict[str, str]], ReactionChanges]

_Index = Annotated[str, Path(max_length=20)]
_WITH_MORE: Final = frozenset({"field_changed", "form_submitted"})
"""Reactions that can be narrowed: to a field, or to a form."""
_PLACE: Final = "reaction:{}"


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit/reactions``, ``/stops`` and ``/actions``."""
    routes = APIRouter()
    types = types_of_fields(ways.settings.custom())

    def changes(viewer: Viewer, name: str, form: dict[str, str]) -> ReactionChanges:
        return ReactionChanges(edited_source(ways, viewer, name, form), types)

    _reactions(routes, ways, views, changes)
    _stops_and_actions(routes, ways, views, changes)
    return routes


def _reactions(routes: APIRouter, ways: Ways, views: Views, changes: _Changes) -> None:
    @routes.post("/sequences/{name}/edit/reactions")
    async def add_reaction(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        more = form.get("more", "")
        async with ways.database.transaction() as connection:
            index = await changes(viewer, name, form).add(connection, _change(form), more)
        card = _PLACE.format(index)
        if not more and form.get("on") not in _WITH_MORE:
            return back_to_editor(views, name, form, card)
        return _back(views, name, card, form, more)

    @routes.post("/sequences/{name}/edit/reactions/{index}/{change}")
    async def change_reaction(
        request: Request,
        viewer: CurrentViewer,
        name: Named,
        index: _Index,
        change: Annotated[str, Path(max_length=20)],
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        more = form.get("more", "") if "add" in form else ""
        if change not in ("save", "remove") or not re.fullmatch(r"\d{1,3}", index, re.ASCII):
            raise HTTPException(422, "a reaction can be saved or removed, by its place in the list")
        place = int(index)
        async with ways.database.transaction() as connection:
            if change == "remove":
                await changes(viewer, name, form).remove(connection, place)
            else:
                await changes(viewer, name, form).change(connection, place, _change(form), more)
        if change == "remove":
            return back_to_editor(views, name, form | {"open": "reactions"}, "reactions")
        return _back(views, name, _PLACE.format(place), form, more)


def _stops_and_actions(routes: APIRouter, ways: Ways, views: Views, changes: _Changes) -> None:
    @routes.post("/sequences/{name}/edit/actions/{step}")
    async def change_actions(
        request: Request, viewer: CurrentViewer, name: Named, step: Annotated[str, Path(max_length=100)]
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        more = form.get("more", "") if "add" in form else ""
        async with ways.database.transaction() as connection:
            await changes(viewer, name, form).act(connection, step, posted_lines(form), more)
        opened = {"open": f"actions:{step}", "added": "1" if more else ""}
        return back_to_editor(views, name, form | opened, f"step:{step}")

    @routes.post("/sequences/{name}/edit/stops")
    async def switch_stops(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        stopping = {key.removeprefix("stop-") for key in form if key.startswith("stop-")}
        async with ways.database.transaction() as connection:
            await changes(viewer, name, form).switch(connection, stopping)
        return back_to_editor(views, name, form, "stops")

    @routes.post("/sequences/{name}/edit/stops/field")
    async def change_stop_rule(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        wanted = posted_condition(form, form.get("prefix", "")[:20])
        if wanted is None:
            raise DefinitionError("choose the field that stops a run")
        async with ways.database.transaction() as connection:
            if "remove" in form:
                await changes(viewer, name, form).remove_stop(connection, wanted.field)
            else:
                await changes(viewer, name, form).stop(connection, wanted)
        opened = "stops" if "remove" in form else f"stop:{wanted.field}"
        return back_to_editor(views, name, form | {"open": opened}, "stops")


def _back(views: Views, name: str, card: str, form: dict[str, str], more: str) -> Response:
    """To the form of a card, which is open again: several changes follow each other."""
    return back_to_editor(views, name, form | {"open": card, "added": "1" if more else ""}, card)


def _change(form: dict[str, str]) -> RuleChange:
    """What the form of a rule says."""
    then = ThenChoice(form.get("then", "")[:10], form.get("amount", "")[:6], form.get("unit", "")[:10])
    return RuleChange(form.get("on", "")[:100], then, form.get("field"), form.get("form"), posted_lines(form))
