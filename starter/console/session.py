"""Who asks: the dependency of every page but sign-in.

A screen takes ``viewer: CurrentViewer``; an act also asks ``authorize(viewer, act, subject)`` of ``sequences.access``.
That an act was asked for is in the audit log before it is done; a service that writes more about it takes
``CurrentDoer``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

from fastapi import Depends, Request

from sequences.access.authorize import authorize
from sequences.access.viewer import Viewer
from services.access.audit import Doer
from services.access.sessions import SignedIn
from starter.console.door import Door, doer_of
from starter.console.posted import pressed
from starter.console.view import note_said

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from sequences.access.act import Act


class SignInNeededError(Exception):
    """A page without a session."""


async def signed_in(request: Request) -> SignedIn:
    """The session of a request.

    Raises:
        SignInNeededError: there is none, or it has ended.
    """
    door: Door = request.app.state.door
    session = await door.find(request)
    if session is None:
        raise SignInNeededError
    return session


async def current_viewer(session: Annotated[SignedIn, Depends(signed_in)]) -> Viewer:
    """Who asks."""
    return session.viewer


async def current_doer(request: Request, session: Annotated[SignedIn, Depends(signed_in)]) -> Doer:
    """Who asks, for the audit log."""
    return doer_of(request, session)


CurrentSession = Annotated[SignedIn, Depends(signed_in)]
CurrentViewer = Annotated[Viewer, Depends(current_viewer)]
CurrentDoer = Annotated[Doer, Depends(current_doer)]


async def noted(request: Request, viewer: CurrentViewer, doer: CurrentDoer) -> None:
    """Writes an act into the audit log before it is done: there is no act without its row, and no second one.

    Raises:
        PressedBeforeError: the same button was pressed before.
    """
    request.state.viewer, request.state.doer = viewer, doer
    note_said(request)
    if request.method not in ("GET", "HEAD"):
        door: Door = request.app.state.door
        await door.begin(request, doer, await pressed(request))


def needs(act: Act) -> Callable[[Viewer], Awaitable[Viewer]]:
    """A dependency that lets in only viewers whose role allows ``act``; the subject is asked for by the screen."""

    async def check(viewer: CurrentViewer) -> Viewer:
        authorize(viewer, act)
        return viewer

    return check
