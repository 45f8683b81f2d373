"""Who calls the API, and whether their token allows what they ask for. What changes something is in the audit log."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import TYPE_CHECKING, Annotated, Any, Final

from fastapi import Depends, HTTPException, Request
from fastapi.routing import APIRoute
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from sequences import ids
from sequences.access.caller import BREAK_GLASS, TOOL_HEADER, Caller
from sequences.access.token_scope import allows, needed_scope
from services.access.audit import Deed, Doer, Way, record
from services.access.tokens import caller_of

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from fastapi import APIRouter

    from sequences.access.token_scope import TokenScope
    from starter.http.dependencies import Ways

_READS: Final = frozenset({"GET", "HEAD"})
_SUBJECTS: Final = ("person", "record", "sequence", "enrollment")
"""Keys of bodies that hold ids."""
_ID: Final = re.compile(ids.EXTERNAL_ID)
_TOOL: Final = re.compile(r"[a-z_]{1,40}")

_bearer = HTTPBearer(
    auto_error=False,
    description="A token of `relance token create`, or `RELANCE_BEARER_TOKEN`: `relance up` prints it.",
)
Given = Annotated[HTTPAuthorizationCredentials | None, Depends(_bearer)]


def caller_by(ways: Ways) -> Callable[[HTTPAuthorizationCredentials | None], Awaitable[Caller]]:
    """What finds out who calls."""
    own = [_digest(token) for token in ways.settings.bearer_tokens()]

    async def find(given: HTTPAuthorizationCredentials | None) -> Caller:
        """Who calls.

        Raises:
            HTTPException: 401. A token that is unknown, expired or revoked gets one and the same answer.
        """
        if given is None:
            raise _who_is_it("no bearer token; send the header Authorization: Bearer <token>")
        # Digests have one length, and all are compared: how long it takes tells nothing about a token.
        digest = _digest(given.credentials.encode("utf-8", "surrogatepass"))
        good = [hmac.compare_digest(digest, known) for known in own]
        if any(good):
            return BREAK_GLASS
        async with ways.database.statement() as connection:
            caller = await caller_of(connection, given.credentials, ways.clock())
        if caller is None:
            raise _who_is_it("the bearer token is unknown, or no longer valid")
        return caller

    return find


def guard(ways: Ways) -> Callable[..., Awaitable[None]]:
    """A dependency that lets in who has a token with the scope of the operation, and notes what they change."""
    find = caller_by(ways)

    async def check(request: Request, given: Given = None) -> None:
        # Of a request with a body it is known already: the border asked before it let the body in.
        caller = request.state.caller = getattr(request.state, "caller", None) or await find(given)
        operation = request.scope["route"].name
        needed = needed_scope(operation, request.scope["route"].methods)
        is_allowed = allows(caller.scopes, needed)
        tool = _tool(request)
        if request.method not in _READS or tool:
            doer = doer_of(request, caller)
            detail = {"tool": tool} if tool else {}
            deed = Deed(operation if is_allowed else "refused", await _subject(request), detail)
            async with ways.database.transaction() as connection:
                await record(connection, doer, deed, ways.clock())
        if not is_allowed:
            raise lacks(caller, needed)

    return check


def given_in(header: str) -> HTTPAuthorizationCredentials | None:
    """What the value of an ``Authorization`` header gives; None: no bearer token."""
    scheme, _, credentials = header.partition(" ")
    return HTTPAuthorizationCredentials(scheme=scheme, credentials=credentials) if scheme.lower() == "bearer" else None


def declared(router: APIRouter) -> APIRouter:
    """The same router; each of its operations has a scope.

    Raises:
        SettingsError: one has none.
    """
    for route in router.routes:
        if isinstance(route, APIRoute):
            needed_scope(route.name, route.methods or ())
    return router


def lacks(caller: Caller, needed: TokenScope) -> HTTPException:
    """The answer to who has a good token that does not allow it (RFC 6750, 3.1)."""
    return HTTPException(
        403,
        f"this needs a token with the scope {needed}; this one has {', '.join(caller.scopes)}",
        {"WWW-Authenticate": f'Bearer error="insufficient_scope", scope="{needed}"'},
    )


def doer_of(request: Request, caller: Caller) -> Doer:
    """Who calls, for the audit log."""
    address = request.client.host if request.client is not None else None
    return Doer(Way.API, address=address, token_id=caller.token_id)


async def current_caller(request: Request) -> Caller:
    """Who calls: a dependency of operations behind ``guard``."""
    caller: Caller = request.state.caller
    return caller


CurrentCaller = Annotated[Caller, Depends(current_caller)]


async def current_doer(request: Request, caller: CurrentCaller) -> Doer:
    """The same, for services that write the audit log themselves."""
    return doer_of(request, caller)


CurrentDoer = Annotated[Doer, Depends(current_doer)]


async def _subject(request: Request) -> str:
    """What it is about: the ids in the address, and those in the body; nothing else of it, which may be personal."""
    found = {**request.path_params}
    if getattr(request.scope["route"], "body_field", None) is not None and await request.body():
        try:
            body: Any = await request.json()
        except ValueError:
            body = None
        if isinstance(body, dict):
            found |= {name: body[name] for name in _SUBJECTS if _ID.fullmatch(str(body.get(name) or ""))}
    return " ".join(f"{name.removesuffix('_id')}:{value}" for name, value in found.items())[:300]


def _tool(request: Request) -> str:
    """The tool of an assistant by which a request comes; empty: it comes by none."""
    given = request.headers.get(TOOL_HEADER, "")
    return given if _TOOL.fullmatch(given) else ""


def _who_is_it(detail: str) -> HTTPException:
    return HTTPException(401, detail, {"WWW-Authenticate": "Bearer"})


def _digest(token: bytes) -> bytes:
    return hashlib.sha256(token).digest()
