"""One reply: the whole of it, what it means, and an answer in its thread."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

from fastapi import APIRouter, Path, Request, Response

from sequences.access.act import Act
from sequences.access.authorize import PersonOf, authorize
from sequences.errors import RefusedError
from services.console.inbox import one_reply
from services.console.looking import looking
from services.replies.answer import AnswerAsked
from services.replies.read import reply
from starter.console.posted import posted
from starter.console.session import CurrentViewer
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from adapters.postgres.database import Database
    from sequences.access.viewer import Viewer
    from services.replies.read import ReplyLine
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_Reply = Annotated[str, Path(pattern=WORD)]


@dataclass(frozen=True)
class Tried:
    """What somebody tried, and why it was refused.

    Attributes:
        words: of an answer, so that nobody types them twice.
        suspected: the model suspects a wish not to be contacted: which it is must be said.
    """

    problem: str = ""
    words: str = ""
    suspected: bool = False


async def replied(database: Database, viewer: Viewer, identity: str, act: Act) -> ReplyLine:
    """The reply, if the viewer may do that with it.

    Raises:
        NotFoundError: there is none of that id.
        NotAllowedError: the role does not allow it, or the person is another recruiter's.
    """
    authorize(viewer, act)
    async with looking(database) as connection:
        found = await reply(connection, identity)
    authorize(viewer, act, PersonOf(found.owner_id))
    return found


class ReplyPages:
    """Shows a reply, also to say why something was refused."""

    def __init__(self, ways: Ways, views: Views) -> None:
        self._ways = ways
        self._views = views

    async def show(self, request: Request, viewer: Viewer, identity: str, tried: Tried) -> Response:
        """The page of a reply."""
        async with looking(self._ways.database) as connection:
            line = await one_reply(connection, viewer, identity, self._ways.clock())
        return self._views.page(
            "screens/reply.html",
            viewer,
            409 if tried.problem else 200,
            address=self._views.address(request),
            line=line,
            problem=tried.problem,
            words=tried.words,
            suspected=tried.suspected,
        )


def router(ways: Ways, views: Views) -> APIRouter:
    """``/inbox/{reply}`` and its answers."""
    routes = APIRouter()
    page = ReplyPages(ways, views).show

    @routes.get("/inbox/{reply_id}")
    async def show_reply(request: Request, viewer: CurrentViewer, reply_id: _Reply) -> Response:
        return await page(request, viewer, reply_id, Tried())

    @routes.post("/inbox/{reply_id}/answer")
    async def answer_reply(request: Request, viewer: CurrentViewer, reply_id: _Reply) -> Response:
        form = await posted(request)
        await replied(ways.database, viewer, reply_id, Act.ANSWER_REPLY)
        words, key = form.get("words", ""), form.get("key")
        asked = AnswerAsked(reply_id, words, f"console:{key}" if key else None, viewer.name or viewer.email)
        try:
            async with ways.database.transaction() as connection:
                await ways.answering.answer(connection, asked, ways.clock())
        except RefusedError as error:
            return await page(request, viewer, reply_id, Tried(views.t("error.refused", why=error), words))
        return views.done(f"/inbox/{reply_id}", "answered")

    return routes
