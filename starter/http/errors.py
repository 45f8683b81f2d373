"""What errors look like from outside: one model with a fitting status, and never anybody's data."""

from __future__ import annotations

import logging
from typing import Any

from fastapi import FastAPI, HTTPException, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel, Field
from starlette.exceptions import HTTPException as StarletteHTTPException

from adapters.outage_errors import is_outage, where
from sequences.auto_enroll.messages import Refused
from sequences.errors import (
    NotAllowedError,
    NotFoundError,
    RefusedError,
    RelanceError,
    RequestRefused,
    TokenError,
    UnavailableError,
)
from sequences.paging import CursorError
from starter.http.last_resort import LastResort
from starter.http.security import HookSignatureError

_log = logging.getLogger("relance.http")

_RETRY_SECONDS = "5"
_STATUS: dict[type[RelanceError], int] = {
    NotFoundError: 404,
    NotAllowedError: 403,
    RefusedError: 409,
    HookSignatureError: 401,
    TokenError: 403,
    CursorError: 422,
    UnavailableError: 503,
}
_WORDS = {
    400: ("bad_request", "see /docs for what this address accepts"),
    401: ("unauthorized", "see /docs for how to authenticate"),
    403: ("forbidden", "the caller may not do this; detail says what is missing"),
    404: ("not_found", "check the id, or list the existing ones"),
    405: ("method_not_allowed", "see /docs for the methods"),
    408: ("timeout", "send the body without pauses; nothing was changed"),
    409: ("refused", "reason and detail say why; nothing was changed"),
    413: ("too_large", "send it in parts"),
    422: ("invalid", "correct the named fields; nothing was changed"),
    429: ("too_many", "try again after Retry-After seconds"),
    503: ("unavailable", "nothing was lost or half done; retry after Retry-After seconds"),
}

_FAILED = ("failed", "the server log has the details; please report it")
_RETRY_AFTER = {"Retry-After": {"schema": {"type": "integer"}, "description": "Seconds."}}
_HEADERS = {
    401: {"WWW-Authenticate": {"schema": {"type": "string"}, "description": "How to authenticate."}},
    429: _RETRY_AFTER,
    503: _RETRY_AFTER,
}


class Problem(BaseModel):
    """What every error looks like."""

    error: str = Field(
        description="For programs, one for each status: " + ", ".join(word for word, _ in (*_WORDS.values(), _FAILED))
    )
    reason: str | None = Field(
        default=None,
        description="Why it was refused, for programs (with 409): " + ", ".join((*Refused, *RequestRefused)),
    )
    detail: str = Field(description="What is wrong, for people; never contains personal data.")
    hint: str = Field(description="What to do about it.")


def answers(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """The errors that an operation can give, as its description has them."""
    found: dict[int | str, dict[str, Any]] = {}
    for status in statuses:
        error, hint = _WORDS.get(status, _FAILED)
        found[status] = {"model": Problem, "description": f"{error}: {hint}"}
        if status in _HEADERS:
            found[status]["headers"] = _HEADERS[status]
    return found


def problem(
    status: int, detail: str, headers: dict[str, str] | None = None, *, reason: str | None = None
) -> JSONResponse:
    """The answer of an error; ``reason`` of one that was refused."""
    error, hint = _WORDS.get(status, _FAILED)
    more = {"Retry-After": _RETRY_SECONDS} if status == 503 else {}
    told = Problem(error=error, reason=reason, detail=detail, hint=hint)
    return JSONResponse(told.model_dump(exclude_none=True), status, {**more, **(headers or {})})


def of(error: Exception) -> JSONResponse:
    """The answer of any exception; what we did not foresee keeps its words to itself."""
    if isinstance(error, RelanceError):
        status = next((code for kind, code in _STATUS.items() if isinstance(error, kind)), 500)
        if status == 500:
            _log.error("request failed: %s", where(error))
        return problem(status, str(error), reason=error.reason if isinstance(error, RefusedError) else None)
    if is_outage(error):
        _log.warning("a server does not answer: %s", where(error))
        return problem(503, "the database does not answer")
    _log.error("request failed: %s", where(error))
    return problem(500, "something failed on our side")


def install(app: FastAPI) -> None:
    """Maps every error of the app."""

    @app.exception_handler(RelanceError)
    async def any_error(_: Request, error: Exception) -> JSONResponse:
        return of(error)

    @app.exception_handler(StarletteHTTPException)
    async def http(_: Request, error: Exception) -> JSONResponse:
        known = error if isinstance(error, StarletteHTTPException) else HTTPException(500)
        return problem(known.status_code, str(known.detail), dict(known.headers or {}))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: Exception) -> JSONResponse:
        found = error.errors() if isinstance(error, RequestValidationError) else []
        # Only where and what: pydantic would quote what was sent.
        return problem(422, "; ".join(map(_in_words, found)))

    app.add_middleware(LastResort, answer=any_error)


def _in_words(item: Any) -> str:
    if item["type"] == "json_invalid":
        return f"body: not JSON, from character {item['loc'][-1]} on"
    return f"{'.'.join(str(part) for part in item['loc'][1:]) or 'body'}: {item['msg']}"
