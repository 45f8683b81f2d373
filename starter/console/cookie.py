"""Our cookies: of a session, and of a sign-in that goes on elsewhere.

Browsers keep them to this host and to TLS; only on the own machine there is none of that.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from services.access.attempts import GOOD_FOR
from services.access.sessions import LONGEST

if TYPE_CHECKING:
    from starlette.responses import Response

_LOOPBACK: Final = frozenset({"127.0.0.1", "localhost", "::1"})


@dataclass(frozen=True)
class OwnCookie:
    """How a secret travels that only one browser has.

    Attributes:
        name: with ``__Host-`` a browser takes it only by TLS, without a domain, for all paths.
        secure: only by TLS.
        seconds: how long the browser keeps it.
    """

    name: str
    secure: bool
    seconds: int

    def put(self, answer: Response, token: str) -> None:
        """Hands the secret over."""
        answer.set_cookie(
            self.name,
            token,
            max_age=self.seconds,
            path="/",
            secure=self.secure,
            httponly=True,
            samesite="lax",
        )

    def take_away(self, answer: Response) -> None:
        """Ends it in the browser too."""
        answer.delete_cookie(self.name, path="/", secure=self.secure, httponly=True, samesite="lax")


_SESSION: Final = ("relance_session", int(LONGEST.total_seconds()))
_ATTEMPT: Final = ("relance_attempt", int(GOOD_FOR.total_seconds()))


def is_local(public_url: str) -> bool:
    """Whether pages travel in clear, on the own machine."""
    address = urlsplit(public_url)
    return address.scheme == "http" and address.hostname in _LOOPBACK


def session_cookie(public_url: str, host: str) -> OwnCookie | None:
    """The cookie of a session; None: it would travel over a network in clear, so that nobody can sign in.

    Args:
        public_url: the setting.
        host: of the request.
    """
    return _cookie(_SESSION, public_url, host)


def attempt_cookie(public_url: str, host: str) -> OwnCookie | None:
    """The cookie of a sign-in that goes on elsewhere, as ``session_cookie``: only the same browser may end it."""
    return _cookie(_ATTEMPT, public_url, host)


def _cookie(which: tuple[str, int], public_url: str, host: str) -> OwnCookie | None:
    name, seconds = which
    if urlsplit(public_url).scheme == "https":
        return OwnCookie(f"__Host-{name}", secure=True, seconds=seconds)
    if is_local(public_url) and urlsplit(f"//{host}").hostname in _LOOPBACK:
        return OwnCookie(name, secure=False, seconds=seconds)
    return None
