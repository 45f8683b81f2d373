"""The inbox: one key says what a reply means, and the next one is there; ten seconds to undo it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Final
from urllib.parse import urlencode

from fastapi import APIRouter, Path, Query, Request, Response
from pydantic import BaseModel, Field

from sequences.access.act import Act
from sequences.errors import RefusedError, RequestRefused
from sequences.reactions.sentiment import Intent, Label
from services.console.days import SPANS, begin_of_span
from services.console.inbox import Inbox, InboxAsked, inbox, what_was_said
from services.console.looking import looking
from services.operations.review import Opinion
from services.operations.waiting_reviews import say, take_back
from starter.console.posted import posted
from starter.console.screens.reply import ReplyPages, Tried, replied
from starter.console.session import CurrentViewer
from starter.console.times import midnight
from starter.console.view import is_fragment
from starter.http.list_parameters import WORD

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from sequences.access.viewer import Viewer
    from services.replies.read import ReplyLine
    from starter.console.view import Views
    from starter.http.dependencies import Ways

_TEMPLATE: Final = "screens/inbox.html"
_Reply = Annotated[str, Path(pattern=WORD)]
_WORDS: Final[Mapping[str, tuple[Label, Intent | None]]] = {
    "positive": (Label.POSITIVE, None),
    "negative": (Label.NEGATIVE, None),
    "neutral": (Label.NEUTRAL, None),
    "opt_out": (Label.NEGATIVE, Intent.OPT_OUT),
    "decline": (Label.NEGATIVE, Intent.DECLINE),
    "not_theirs": (Label.NEUTRAL, None),
}
"""What a button says. ``right`` is what the model said."""


class InboxQuery(BaseModel):
    """Which replies, as the address has it: a word that there is not counts as left out."""

    show: str = ""
    whose: str = "mine"
    label: str = ""
    channel: str = Field(default="", max_length=100)
    sequence: str = Field(default="", max_length=100)
    days: str = ""
    first: str = Field(default="", max_length=20)
    last: str = Field(default="", max_length=20)
    cursor: str = Field(default="", max_length=2000)
    undo: str = Field(default="", max_length=100)

    def asked(self, viewer: Viewer, now: datetime) -> InboxAsked:
        """On the viewer's clock; days that were written out count before a span."""
        since, until = midnight(self.first, viewer.timezone), midnight(self.last, viewer.timezone, days=1)
        if since is None and until is None:
            since = begin_of_span(self.days, now, viewer.timezone)
        return InboxAsked(
            everything=self.show == "all",
            mine=self.whose != "everyone",
            label=self.label if self.label in set(Label) else "",
            channel=self.channel,
            sequence=self.sequence,
            since=since,
            until=until,
            cursor=self.cursor,
        )

    @property
    def span(self) -> str:
        """The span that counts: one of ``SPANS``; ``dates``, where days are written out; empty: any day."""
        return "dates" if self.first or self.last else self.days if self.days in SPANS else ""


def router(ways: Ways, views: Views) -> APIRouter:
    """``/inbox`` and what is said of a reply there."""
    routes = APIRouter()
    page = ReplyPages(ways, views).show

    @routes.get("/inbox")
    async def show_inbox(request: Request, viewer: CurrentViewer, query: Annotated[InboxQuery, Query()]) -> Response:
        asked, now = query.asked(viewer, ways.clock()), ways.clock()
        async with looking(ways.database) as connection:
            found = await inbox(connection, viewer, asked, now, undo=query.undo)
        return views.page(
            _TEMPLATE,
            viewer,
            found=found,
            asked=asked,
            query=query,
            kept=_kept(request.query_params),
            address=views.address(request),
        )

    @routes.post("/inbox/{reply_id}/say")
    async def say_reply(request: Request, viewer: CurrentViewer, reply_id: _Reply) -> Response:
        form = await posted(request)
        found = await replied(ways.database, viewer, reply_id, Act.REVIEW_REPLY)
        try:
            opinion = _opinion(form.get("said", ""), found, viewer)
            async with ways.database.transaction() as connection:
                await say(connection, reply_id, opinion, viewer.user_id, ways.clock())
        except RefusedError as error:
            # A key that cannot be obeyed leads to the whole reply, where it can be said exactly.
            if is_fragment(request):
                return Response(status_code=204, headers={"HX-Redirect": f"{views.base}/inbox/{reply_id}?unclear=1"})
            suspected = found.intent == Intent.OPT_OUT
            refused = Tried(views.t("error.refused", why=error), suspected=suspected)
            return await page(request, viewer, reply_id, refused)
        if is_fragment(request):
            return await said_fragment(viewer, reply_id, form)
        return views.done(_back(form, undo=reply_id))

    async def said_fragment(viewer: Viewer, reply_id: str, form: Mapping[str, str]) -> Response:
        """What stands in the reply's place: what was said, and the way back."""
        async with looking(ways.database) as connection:
            undo = await what_was_said(connection, viewer, reply_id, ways.clock())
        if undo is None:
            return Response(status_code=204, headers={"HX-Redirect": f"{views.base}/inbox"})
        return views.fragment(_TEMPLATE, "undo", viewer, found=Inbox((), None, undo), kept=_kept(form))

    @routes.post("/inbox/{reply_id}/undo")
    async def undo_reply(request: Request, viewer: CurrentViewer, reply_id: _Reply) -> Response:
        form = await posted(request)
        await replied(ways.database, viewer, reply_id, Act.REVIEW_REPLY)
        try:
            async with ways.database.transaction() as connection:
                await take_back(connection, reply_id, viewer.user_id)
        except RefusedError as error:
            return await page(request, viewer, reply_id, Tried(views.t("error.refused", why=error)))
        return views.done(_back(form), "undone")

    return routes


def _opinion(said: str, found: ReplyLine, viewer: Viewer) -> Opinion:
    by = viewer.name or viewer.email
    if said == "right":
        if found.label is None:
            raise RefusedError(RequestRefused.INVALID, "the model has not said what this reply means")
        intent = Intent(found.intent) if found.intent else None
        denied = found.confirm_opt_out and intent is not Intent.OPT_OUT
        return Opinion(Label(found.label), intent, by, not_an_opt_out=denied)
    if said not in _WORDS:
        raise RefusedError(RequestRefused.INVALID, "say what the reply means")
    label, intent = _WORDS[said]
    # Asked whether to confirm a wish, any other meaning denies it.
    denied = found.confirm_opt_out and intent is not Intent.OPT_OUT
    return Opinion(label, intent, by, not_an_opt_out=denied, not_theirs=said == "not_theirs")


_FILTERS: Final = ("show", "whose", "label", "channel", "sequence", "days", "first", "last")


def _kept(given: Mapping[str, str]) -> dict[str, str]:
    """The filters of the inbox, which its forms carry along."""
    return {name: given[name] for name in _FILTERS if given.get(name)}


def _back(form: Mapping[str, str], undo: str = "") -> str:
    """The inbox with the same filters."""
    query = _kept(form) | ({"undo": undo} if undo else {})
    return "/inbox" + (f"?{urlencode(query)}" if query else "")
