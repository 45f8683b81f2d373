"""Acts that ask once more who it is. What was asked for is kept, and done from the page that asks."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import quote

from fastapi import Request
from starlette.responses import RedirectResponse, Response

from sequences.access.proof import is_proved, needs_proof
from services.access.attempts import Attempts
from services.access.audit import Deed, record
from starter.console.address import path_inside
from starter.console.door import Door, deed_of
from starter.console.session import CurrentSession

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sequences.access.act import Act
    from services.access.sessions import SignedIn

KEPT: Final = Attempts("confirm")
"""What was asked for, by the secret in the address of the page that asks; the session's own."""


class ProofNeededError(Exception):
    """An act needs a newer proof of who it is; ``session`` is whose."""

    def __init__(self, session: SignedIn, act: Act) -> None:
        super().__init__("a newer proof is needed")
        self.session = session
        self.act = act


def proved(request: Request, session: SignedIn, act: Act, people: int | None = 0) -> None:
    """Lets an act pass if it needs no proof, or the user proved lately who they are.

    Args:
        request: of the act; it is kept with its form.
        session: whose.
        act: what.
        people: how many it concerns; None: it takes too long to count them, so they are many.

    Raises:
        ProofNeededError: the user has to prove it first.
    """
    door: Door = request.app.state.door
    concerned = door.confirm_above + 1 if people is None else people
    if needs_proof(act, concerned, door.confirm_above) and not is_proved(session.proved_at, door.now()):
        raise ProofNeededError(session, act)


def proof_for(act: Act) -> Callable[[Request, SignedIn], Awaitable[None]]:
    """A dependency for acts that always need a proof."""

    async def check(request: Request, session: CurrentSession) -> None:
        proved(request, session, act)

    return check


async def ask_for_proof(request: Request, error: ProofNeededError, base: str) -> Response:
    """Keeps what was asked for, and leads to the page that asks who it is."""
    door: Door = request.app.state.door
    await door.give_back(request)
    token = secrets.token_urlsafe(32)
    query = request.url.query
    kept: dict[str, Any] = {
        "act": error.act,
        "path": quote(path_inside(request)) + (f"?{query}" if query else ""),
        "form": dict(getattr(request.state, "posted", {})) if request.method == "POST" else None,
    }
    async with door.transaction() as connection:
        await KEPT.begin(connection, token, error.session.session_id, kept, door.now())
        deed = deed_of(request)
        await record(connection, request.state.doer, Deed("proof_asked", deed.subject, {"act": deed.act}), door.now())
    address = f"{base}/confirm/{token}"
    if request.headers.get("hx-request"):
        return Response(headers={"HX-Redirect": address})
    return RedirectResponse(address, 303)
