"""Each act of the console is done once: a second press of a button is answered what the first one was.

A press is told by the key of its form, the session, the address and all that the form says: a form that was changed is
another act. The answer is kept sealed with the key and the session, so that Postgres alone tells nobody what it said. A
sign-in has no session yet: there the secret of its link, or of its passkey's question, takes that place.
"""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from nacl.exceptions import CryptoError
from nacl.secret import SecretBox
from starlette.responses import Response

from services.access import presses

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from adapters.postgres.database import Database

_STATE: Final = "press"
_LARGEST: Final = 256 * 1024
_KEPT: Final = frozenset(
    {
        "location",
        "content-type",
        "hx-redirect",
        "hx-refresh",
        "hx-trigger",
        "hx-location",
        "referrer-policy",
        "set-cookie",
    }
)
_TRIES: Final = 200
_PAUSE: Final = 0.05
_TOO_LARGE: Final = b"-"


class PressedBeforeError(Exception):
    """A second press; ``answer`` is what the first one was answered, None: that is not known."""

    def __init__(self, answer: Response | None) -> None:
        super().__init__("pressed before")
        self.answer = answer


@dataclass(frozen=True)
class PressKey:
    """What tells one press from another.

    Attributes:
        digest: what is stored.
        seal: key of the answer; never stored.
    """

    digest: bytes
    seal: bytes

    @classmethod
    def of(cls, secrets: Iterable[str], path: str, form: Mapping[str, str]) -> PressKey:
        """The key of a press.

        Args:
            secrets: the key of the form, and the session.
            path: of the act.
            form: what it says.
        """
        said = json.dumps([list(secrets), path, sorted(form.items())]).encode()
        return cls(*(hashlib.blake2b(said, digest_size=32, person=what).digest() for what in (b"digest", b"seal")))


async def answer_of_first(database: Database, key: PressKey, answer: bytes | None) -> Response | None:
    """What the first press was answered, after waiting for it; None: that is not known.

    Args:
        database: ours.
        key: of the press.
        answer: as it was kept; None: the first press is still being done.
    """
    for _ in range(_TRIES):
        if answer is not None:
            return _unsealed(key, answer)
        await asyncio.sleep(_PAUSE)
        async with database.statement() as connection:
            answer = await presses.answer_of(connection, key.digest)
    return None


def remember(scope: Scope, key: PressKey) -> None:
    """The answer of this request will be kept."""
    scope.setdefault("state", {})[_STATE] = key


def taken_back(scope: Scope) -> PressKey | None:
    """The answer of this request will not be kept after all; the key that it had."""
    key: PressKey | None = scope.setdefault("state", {}).pop(_STATE, None)
    return key


class KeepAnswers:
    """Keeps what acts were answered, before they are answered."""

    def __init__(self, app: ASGIApp, database: Database) -> None:
        self._app = app
        self._database = database

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http" or scope["method"] in ("GET", "HEAD"):
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        said: list[Message] = []

        async def holding(message: Message) -> None:
            said.append(message)

        try:
            await self._app(scope, receive, holding)
        except Exception:
            await self._forget(state.get(_STATE))
            raise
        key = state.get(_STATE)
        if key is not None:
            if said[0]["status"] < 400:
                async with self._database.statement() as connection:
                    await presses.keep_answer(connection, key.digest, _sealed(key, said))
            else:
                await self._forget(key)
        for message in said:
            await send(message)

    async def _forget(self, key: PressKey | None) -> None:
        if key is not None:
            async with self._database.statement() as connection:
                await presses.forget(connection, key.digest)


def _sealed(key: PressKey, said: list[Message]) -> bytes:
    # As a list: an answer may set two cookies.
    headers = [
        (name.decode("latin-1"), value.decode("latin-1"))
        for name, value in said[0]["headers"]
        if name.decode("latin-1").lower() in _KEPT
    ]
    body = b"".join(message.get("body", b"") for message in said[1:])
    if len(body) > _LARGEST:
        return _TOO_LARGE
    answer = {"status": said[0]["status"], "headers": headers, "body": base64.b64encode(body).decode()}
    return bytes(SecretBox(key.seal).encrypt(json.dumps(answer).encode()))


def _unsealed(key: PressKey, kept: bytes) -> Response | None:
    if kept == _TOO_LARGE:
        return None
    try:
        answer = json.loads(SecretBox(key.seal).decrypt(kept))
    except CryptoError:
        return None
    again = Response(base64.b64decode(answer["body"]), answer["status"])
    for name, value in answer["headers"]:
        again.headers.append(name, value)
    return again
