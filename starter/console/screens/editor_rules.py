"""Who is enrolled automatically, as a form on the draft; whom that would be is counted beside it after each change."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import urlencode

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.definition.durations import LIMITS, Duration, DurationUnit
from sequences.editing import rules as edits
from sequences.editing.conditions import Operator, written_condition, written_past
from sequences.editing.rewrite import data_of, rewritten
from sequences.errors import RefusedError, RequestRefused
from services.console.looking import looking
from services.console.numbers import owner_choices
from services.console.rules import RulesReading
from services.console.rules_form import HISTORICAL, QUALITATIVE, places_of, remaining_after, rules_form
from services.drafts.draft import SEQUENCE_FILE
from starter.console.condition_form import posted_condition, posted_past
from starter.console.edited_source import edited_source
from starter.console.known_values import known_values
from starter.console.parts import Named
from starter.console.posted import posted
from starter.console.rule_counter import CountedRule, rule_counter
from starter.console.screens.editor import editor_of
from starter.console.session import CurrentViewer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sequences.records.catalogue import Catalogue
    from services.console.rules import LoopPath
    from services.console.rules_form import RulesForm
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_TEMPLATE: Final = "screens/editor_rules.html"
_WINDOW_UNITS: Final = (DurationUnit.DAYS.value, DurationUnit.WEEKS.value, DurationUnit.MONTHS.value, "years")
_RECORDS: Final = ("person", "placement")


class RulesAsked(BaseModel):
    """Whether it is counted, the field that somebody adds, and where they are."""

    counts: str = Field(default="", max_length=1)
    new: str = Field(default="", max_length=100)
    at: str = Field(default="", max_length=20)


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit/rules`` and its changes."""
    routes = APIRouter()
    editor, catalogue = editor_of(ways), ways.settings.catalogue()
    reading = RulesReading(editor.versions, catalogue)

    async def loops(found: RulesForm) -> tuple[tuple[LoopPath, ...], bool]:
        assert found.checked.readable is not None
        async with looking(ways.database) as connection:
            return await reading.loops(connection, found.checked.readable)

    @routes.get("/sequences/{name}/edit/rules")
    async def edit_rules(
        request: Request, viewer: CurrentViewer, name: Named, asked: Annotated[RulesAsked, Query()]
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            found = rules_form(await editor.checked(connection, name), catalogue, asked.new)
        counted = CountedRule()
        paths: tuple[LoopPath, ...] = ()
        more = False
        version = found.checked.version
        if asked.counts and found.countable and version is not None:
            counted = await rule_counter(request).count(request, viewer, version)
            paths, more = await loops(found)
        counts = counted.counts
        values: dict[str, Any] = {
            "found": found,
            "groups": edits.GROUPS,
            "counts": counts,
            "problem": counted.problem,
            "remaining": remaining_after(version.definition, counts) if version is not None and counts else {},
            "remaining_place": places_of(version.definition) if version is not None else {},
            "loops": paths,
            "more_loops": more,
            "asked": asked,
            "known": await known_values(request, viewer, ways.clock()),
            "window_units": _WINDOW_UNITS,
            "owners": [("", views.t("rule_form.nobody")), *await owner_choices(ways.database)],
            "records": [(each, views.t(f"rule_form.record_{each}")) for each in _RECORDS],
            "address": views.address(request),
        }
        return views.answer(request, _TEMPLATE, "form", viewer, **values)

    @routes.post("/sequences/{name}/edit/rules/{change}")
    async def change_rules(
        request: Request, viewer: CurrentViewer, name: Named, change: Annotated[str, Path(max_length=20)]
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        if change not in _CHANGES:
            raise HTTPException(422, "there is no such change of rules")
        edit = _CHANGES[change](form, catalogue)
        source = edited_source(ways, viewer, name, form)
        async with ways.database.transaction() as connection:
            await source.save(connection, lambda draft: {SEQUENCE_FILE: edit(draft.source)})
        # Without scripts the numbers are part of the page: who asked for them once gets them after each change.
        kept = {"counts": "1"} if form.get("counts") else {}
        # Whoever added a condition goes on in the same group.
        at = {"at": form.get("group", "")[:20] or change}
        return views.done(f"/sequences/{name}/edit/rules?{urlencode(kept | at)}", "draft_saved")

    return routes


def _condition(form: Mapping[str, str], catalogue: Catalogue) -> Callable[[str], str]:
    group, prefix = form.get("group", ""), form.get("prefix", "")
    if group == HISTORICAL:
        past = posted_past(form, prefix)
        if past is None:
            raise RefusedError(RequestRefused.INVALID, "choose what happened, and when")
        return lambda text: edits.with_condition(text, group, past.event, written_past(past))
    line = posted_condition(form, prefix)
    field = catalogue.get(line.field) if line is not None else None
    if group not in edits.GROUPS or line is None or field is None:
        raise RefusedError(RequestRefused.INVALID, "choose a field first")
    written = written_condition(line, field.type)
    if written is None:
        raise RefusedError(RequestRefused.INVALID, "a condition about what is true now needs at least one value")
    if (group == QUALITATIVE) != (line.operator in (Operator.PRESENT, Operator.MISSING)):
        raise RefusedError(RequestRefused.INVALID, "that cannot be asked in this group")
    return lambda text: edits.with_condition(text, group, field.name, written)


def _removed(form: Mapping[str, str], _: Catalogue) -> Callable[[str], str]:
    return lambda text: edits.without_condition(text, form.get("group", ""), form.get("name", ""))


def _limits(form: Mapping[str, str], _: Catalogue) -> Callable[[str], str]:
    limits: dict[str, str | int | None] = {
        "hold_above": _whole(form.get("hold_above", "")),
        "max_per_day": _whole(form.get("max_per_day", "")),
        "assigned_by": form.get("assigned_by", "")[:200] or None,
    }
    # A window that the fields cannot say has none.
    if "amount" in form:
        unit = form.get("unit", "")
        known = DurationUnit(unit) if unit in _WINDOW_UNITS else DurationUnit.MONTHS
        amount = _whole(form["amount"]) or 0
        if amount > LIMITS[known]:
            raise RefusedError(RequestRefused.INVALID, f"the window is at most {LIMITS[known]} {known.value}")
        limits[edits.WINDOW] = str(Duration(amount, known)) if amount else None
    return lambda text: edits.with_limits(text, limits)


def _switched(form: Mapping[str, str], _: Catalogue) -> Callable[[str], str]:
    return edits.switched_on if form.get("on") == "yes" else edits.switched_off


def _about(form: Mapping[str, str], _: Catalogue) -> Callable[[str], str]:
    record = form.get("record", "")
    if record not in _RECORDS:
        raise RefusedError(RequestRefused.INVALID, "a sequence is about people or about placements")
    return lambda text: rewritten(text, {**data_of(text), "record": record})


_CHANGES: Final[Mapping[str, Callable[[Mapping[str, str], Catalogue], Callable[[str], str]]]] = {
    "condition": _condition,
    "remove": _removed,
    "limits": _limits,
    "switch": _switched,
    "record": _about,
}
"""What a form asks for becomes an edit of the file."""


def _whole(text: str) -> int | None:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else None
