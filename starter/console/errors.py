"""What an error becomes in the console: a page that says what happened, and quotes nothing that was typed."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

import asyncpg
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse

from adapters.outage_errors import is_outage, where
from sequences.errors import NotAllowedError, NotFoundError, RefusedError, RelanceError, UnavailableError
from services.access.audit import Deed
from services.console.looking import TooSlowError
from services.drafts.compare import file_diffs
from services.drafts.draft import DraftConflictError
from starter.console.address import path_inside
from starter.console.door import Door, deed_of
from starter.console.next_page import next_page
from starter.console.once import PressedBeforeError
from starter.console.proof import ProofNeededError, ask_for_proof
from starter.console.sent_form import page_of, sent_form
from starter.console.session import SignInNeededError
from starter.console.signed_out import answer_signed_out
from starter.console.view import is_fragment

if TYPE_CHECKING:
    from fastapi import FastAPI, Response
    from starlette.types import Receive, Scope, Send

    from sequences.access.viewer import Viewer
    from starter.console.view import Views

_log = logging.getLogger("relance.console")


_TRY_AGAIN: Final = (500, 503)
"""After these the same again may work: a form without words can be sent once more, too."""


class ErrorPages:
    """The page of each error."""

    def __init__(self, views: Views) -> None:
        self.views = views

    async def of(self, request: Request, error: Exception) -> Response:
        """The page of any exception; what we did not foresee keeps its words to itself."""
        return await self.page(request, *self._words(error))

    async def page(self, request: Request, status: int, message: str) -> Response:
        """A page that says what happened. What somebody typed is on it, and the page that they came from is linked."""
        viewer = getattr(request.state, "viewer", None)
        sent = again = page = None
        if viewer is not None and not is_fragment(request):
            form = await sent_form(request, self.views.base)
            sent = form if form.words or (form.fields and status in _TRY_AGAIN) else None
            own = page_of(request, self.views.base)
            again = own if request.method == "GET" and status in _TRY_AGAIN else None
            page = next_page(request, own, self.views.base) if request.method != "GET" else None
        # A part of a page needs the words alone.
        shown = viewer if not is_fragment(request) else None
        values: dict[str, Any] = {"message": message, "sent": sent, "again": again, "page": page}
        return self.views.page("screens/error.html", shown, status, **values)

    def _words(self, error: Exception) -> tuple[int, str]:
        t = self.views.t
        if isinstance(error, NotAllowedError):
            return 403, t("error.not_allowed", why=error)
        if isinstance(error, NotFoundError):
            return 404, str(error)
        if isinstance(error, RefusedError):
            return 409, t("error.refused", why=error)
        if isinstance(error, TooSlowError | asyncpg.QueryCanceledError):
            _log.warning("a page takes too long: %s", where(error))
            return 503, t("error.too_slow")
        if isinstance(error, UnavailableError):
            _log.warning("a server does not answer: %s", where(error))
            # Words of ours, such as which server it is.
            return 503, t("error.away", why=_sentence(str(error)))
        if is_outage(error):
            _log.warning("a server does not answer: %s", where(error))
            return 503, t("error.unavailable")
        if isinstance(error, RelanceError) and error.permanent:
            return 422, t("error.refused", why=error)
        _log.error("a page failed: %s", where(error))
        return 500, t("error.failed")

    def pressed_before(self) -> Response:
        """The page of a second press of which nobody knows how the first one was answered."""
        return self._alone(409, self.views.t("error.pressed_before"))

    def draft_conflict(self, viewer: Viewer, conflict: DraftConflictError) -> Response:
        """Both texts of a draft that somebody else saved meanwhile, and a choice: nothing is lost."""
        theirs, mine = conflict.theirs, conflict.mine
        diffs = file_diffs({mine.path: theirs.files.get(mine.path, "")}, {mine.path: mine.text or ""})
        return self.views.page("screens/editor_conflict.html", viewer, 409, theirs=theirs, mine=mine, diffs=diffs)

    async def other_site(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers an act that another site asked for."""
        await self._alone(403, self.views.t("error.other_site"))(scope, receive, send)

    def _alone(self, status: int, message: str) -> Response:
        values: dict[str, Any] = {"message": message, "sent": None, "again": None, "page": None}
        return self.views.page("screens/error.html", None, status, **values)


def _sentence(words: str) -> str:
    return words[:1].upper() + words[1:].rstrip(".")


def install(app: FastAPI, pages: ErrorPages, base: str) -> None:
    """Maps every error of the console."""

    @app.exception_handler(SignInNeededError)
    async def no_session(request: Request, _: Exception) -> Response:
        return await answer_signed_out(request, pages.views)

    @app.exception_handler(PressedBeforeError)
    async def pressed_before(_: Request, error: Exception) -> Response:
        answer = error.answer if isinstance(error, PressedBeforeError) else None
        return answer or pages.pressed_before()

    @app.exception_handler(ProofNeededError)
    async def proof_needed(request: Request, error: Exception) -> Response:
        assert isinstance(error, ProofNeededError)
        return await ask_for_proof(request, error, base)

    @app.exception_handler(NotAllowedError)
    async def not_allowed(request: Request, error: Exception) -> Response:
        door: Door = request.app.state.door
        deed = deed_of(request)
        await door.note(request.state.doer, Deed("refused", deed.subject, {"act": deed.act}))
        return await pages.of(request, error)

    @app.exception_handler(DraftConflictError)
    async def draft_conflict(request: Request, error: Exception) -> Response:
        assert isinstance(error, DraftConflictError)
        return pages.draft_conflict(request.state.viewer, error)

    @app.exception_handler(RelanceError)
    async def ours(request: Request, error: Exception) -> Response:
        return await pages.of(request, error)

    @app.exception_handler(HTTPException)
    async def http(request: Request, error: Exception) -> Response:
        known = error if isinstance(error, HTTPException) else HTTPException(500)
        if known.status_code == 405 and request.method == "GET":
            # The address of an answer to a form, opened once more: the page around it is what there is to look at.
            return RedirectResponse(next_page(request, base + path_inside(request), base), 303)
        detail = pages.views.t("error.not_found") if known.status_code == 404 else str(known.detail)
        return await pages.page(request, known.status_code, detail)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: Exception) -> Response:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        # Only where and what: pydantic would quote what was sent.
        return await pages.page(request, 422, "; ".join(f"{item['loc'][-1]}: {item['msg']}" for item in found))
