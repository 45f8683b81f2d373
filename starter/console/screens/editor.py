"""The editor of a sequence: its draft as cards, what is wrong with it, and what somebody would get of it."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Annotated, Any, Final
from urllib.parse import quote, urlencode

from fastapi import APIRouter, HTTPException, Path, Query, Request, Response
from pydantic import BaseModel, Field

from adapters.postgres.versions import Versions
from adapters.templates.files import ATTACHMENTS, IMAGES
from sequences.access.act import Act
from sequences.access.authorize import authorize
from sequences.channels import CHANNELS
from sequences.editing import timing as timings
from sequences.editing.task_form import KINDS as TASK_KINDS
from sequences.editing.task_form import WITHIN_UNITS
from sequences.planning.values import Unit
from services.console.editor import Editor, EditorAsked
from services.console.editor_attachments import mail_attachments, unnamed_attachments
from services.console.editor_reactions import edited_reactions
from services.console.editor_settings import edited_settings
from services.console.looking import looking
from services.console.people import PeopleWanted, people
from services.drafts.change_steps import KINDS, NewStep, StepChanges
from services.drafts.draft import DraftFile, SavedBy, discard_draft, find_draft, save_file
from services.organisation import renderer_of
from services.publishing.render import Rendering
from starter.console.edited_source import edited_source
from starter.console.known_values import known_values
from starter.console.mail_frame import mail_frame
from starter.console.parts import Named
from starter.console.posted import posted, posted_whole, whole_number
from starter.console.session import CurrentViewer
from starter.mail_wiring import signer_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from sequences.access.viewer import Viewer
    from services.console.people import FoundPerson
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Step = Annotated[str, Path(max_length=100)]
_FOUND: Final = 8
_KEPT: Final = ("person", "record", "beside", "open", "added")
"""What the address says after an act: all but the last two are carried along by every form of the page."""


ACCEPTED: Final = {
    "attached": ",".join(f".{ending}" for ending in sorted(ATTACHMENTS)),
    "shown": ",".join(f".{ending}" for ending in sorted(IMAGES)),
}
"""What a browser offers to choose: files that are attached, and pictures in the HTML."""


class EditorQuery(BaseModel):
    """For whom it is written, who is looked for, whether the file is beside the cards, and which form is open."""

    person: str = Field(default="", max_length=200)
    record: str = Field(default="", max_length=200)
    who: str = Field(default="", max_length=200)
    beside: str = Field(default="", max_length=1)
    open: str = Field(default="", max_length=300)
    added: str = Field(default="", max_length=1)
    wording: str = Field(default="", max_length=100)


class AnswerQuery(BaseModel):
    """For whom which message is written."""

    template: str = Field(default="", max_length=200)
    person: str = Field(default="", max_length=200)
    record: str = Field(default="", max_length=200)


def editor_of(ways: Ways) -> Editor:
    """What reads the pages of the editor."""
    settings = ways.settings
    rendering = Rendering(ways.enrolling.records, renderer_of(settings), ways.organisation, signer_of(settings))
    return Editor(Versions(), rendering, settings.custom())


def router(ways: Ways, views: Views) -> APIRouter:
    """``/sequences/{name}/edit``: the draft, and saving and discarding it."""
    routes = APIRouter()
    editor = editor_of(ways)

    async def found(connection: Connection, viewer: Viewer, who: str) -> tuple[FoundPerson, ...]:
        if not who.strip():
            return ()
        lines = (await people(connection, viewer, PeopleWanted(who), ways.settings.phone_region)).lines
        return tuple(line for line in lines if line.visible)[:_FOUND]

    @routes.get("/sequences/{name}/edit")
    async def edit_sequence(
        request: Request, viewer: CurrentViewer, name: Named, asked: Annotated[EditorQuery, Query()]
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            matches = await found(connection, viewer, asked.who)
            person = asked.person if len(matches) != 1 else matches[0].id
            page = await editor.page(connection, viewer, EditorAsked(name, person, asked.record), ways.clock())
            reactions = await edited_reactions(connection, page, ways.settings.custom())
        values: dict[str, Any] = {
            "found": page,
            "reactions": reactions,
            "settings": edited_settings(page, reactions.labels),
            "known": await known_values(request, viewer, ways.clock()),
            "channels": list(CHANNELS),
            "asked": asked,
            "matches": matches,
            "kept": _kept(page.whom.recipient if page.whom and person else None, asked.beside),
            "units": [unit.value for unit in Unit],
            "kinds": [(kind, views.t(f"editor.kind_{kind}")) for kind in KINDS],
            "timing_of": timings.timing_of,
            "attachments_of": partial(mail_attachments, page.checked.draft),
            "unnamed": unnamed_attachments(page.checked.draft),
            "accepted": ACCEPTED,
            "task_kinds": [(kind, views.t(f"step_forms.kind_{kind}")) for kind in TASK_KINDS],
            "within_units": WITHIN_UNITS,
            "address": views.address(request),
        }
        return views.answer(request, "screens/editor.html", "editor", viewer, **values)

    @routes.post("/sequences/{name}/edit/text")
    async def save_draft_text(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        path = form.get("file", "")
        wanted = DraftFile(path, await posted_whole(request, "text"), form.get("mark", ""))
        async with ways.database.transaction() as connection:
            await save_file(connection, editor.versions, name, wanted, SavedBy(viewer.user_id, ways.clock()))
        return back_to_editor(views, name, form, f"file:{path}")

    _steps(routes, ways, views, editor)
    _discarding(routes, ways, views, editor)
    return routes


def _steps(routes: APIRouter, ways: Ways, views: Views, editor: Editor) -> None:
    def changes(viewer: Viewer, name: str, form: dict[str, str]) -> StepChanges:
        return StepChanges(edited_source(ways, viewer, name, form))

    @routes.post("/sequences/{name}/edit/steps")
    async def add_step(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        new = NewStep(form.get("kind", ""), form.get("name", "")[:100], form.get("after", ""), _timing(form))
        async with ways.database.transaction() as connection:
            step = await changes(viewer, name, form).add(connection, new)
        # The keyboard goes on at the new card.
        return back_to_editor(views, name, form | {"open": f"step:{step}"}, f"step:{step}")

    @routes.post("/sequences/{name}/edit/steps/{step}/{change}")
    async def change_step(
        request: Request,
        viewer: CurrentViewer,
        name: Named,
        step: _Step,
        change: Annotated[str, Path(max_length=20)],
    ) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        steps = changes(viewer, name, form)
        async with ways.database.transaction() as connection:
            if change == "remove":
                await steps.remove(connection, step)
            elif change == "timing":
                await steps.retime(connection, step, _timing(form), form.get("at", "")[:5])
            elif change == "place":
                await steps.move(connection, step, whole_number(form.get("place", "")))
            elif change not in ("up", "down"):
                raise HTTPException(422, "a step can be moved, timed or removed")
            else:
                await steps.shift(connection, step, -1 if change == "up" else 1)
        return back_to_editor(views, name, form, "steps" if change == "remove" else f"step:{step}")

    @routes.get("/sequences/{name}/edit/answer")
    async def preview_answer(viewer: CurrentViewer, name: Named, asked: Annotated[AnswerQuery, Query()]) -> Response:
        """The HTML of a mail that answers a reaction, for a frame as that of a step."""
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            wanted = EditorAsked(name, asked.person, asked.record, answer=asked.template)
            message = await editor.message(connection, viewer, wanted, ways.clock())
        return mail_frame(message)

    @routes.get("/sequences/{name}/edit/preview/{step}")
    async def preview_step(
        viewer: CurrentViewer, name: Named, step: _Step, asked: Annotated[EditorQuery, Query()]
    ) -> Response:
        """The HTML of a mail, for a frame in which nothing runs and nothing is loaded."""
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            wanted = EditorAsked(name, asked.person, asked.record, step, asked.wording)
            message = await editor.message(connection, viewer, wanted, ways.clock())
        return mail_frame(message)


def _discarding(routes: APIRouter, ways: Ways, views: Views, editor: Editor) -> None:
    @routes.get("/sequences/{name}/edit/discard")
    async def ask_to_discard(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        async with looking(ways.database) as connection:
            draft = await find_draft(connection, editor.versions, name)
        return views.answer(request, "screens/editor_discard.html", "dialog", viewer, draft=draft)

    @routes.post("/sequences/{name}/edit/discard")
    async def discard_sequence_draft(request: Request, viewer: CurrentViewer, name: Named) -> Response:
        authorize(viewer, Act.WRITE_SEQUENCE)
        form = await posted(request)
        async with ways.database.transaction() as connection:
            draft = await find_draft(connection, editor.versions, name)
            gone = await discard_draft(connection, name, form.get("mark", ""))
        if draft.newest is None and gone:
            return views.done("/sequences", "draft_discarded")
        return views.done(f"/sequences/{name}/edit", "draft_discarded" if gone else "draft_changed")


def back_to_editor(views: Views, name: str, form: dict[str, str], place: str, said: str = "draft_saved") -> Response:
    """On to the editor as it was, at the card that was changed."""
    kept = {key: form[key] for key in _KEPT if form.get(key)}
    answer = views.done(f"/sequences/{name}/edit{'?' + urlencode(kept) if kept else ''}", said)
    answer.headers["location"] += f"#{quote(place, safe=':/.')}"
    return answer


def _kept(recipient: object, beside: str) -> dict[str, str]:
    values = {"person": getattr(recipient, "person", ""), "record": getattr(recipient, "record", None) or ""}
    return {key: value for key, value in {**values, "beside": beside}.items() if value}


def _timing(form: dict[str, str]) -> timings.Timing:
    unit = form.get("unit", "")
    known = unit if unit in {each.value for each in Unit} else Unit.DAYS.value
    return timings.Timing(
        form.get("base", "")[:100], whole_number(form.get("amount", "")), known, form.get("day", "")[:10]
    )
