"""Who logs in with what: a password, or an OAuth 2.0 token that a setting, a command or an address yields."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal
from urllib.parse import quote

import httpx

from adapters.mail.incoming.imap_account import secret_of
from sequences.errors import SettingsError, UnavailableError

if TYPE_CHECKING:
    from adapters.mail.xoauth2 import TokenSource

Method = Literal["password", "xoauth2"]

_PATIENCE = 30.0
_MAX_TOKEN = 20_000


@dataclass(frozen=True)
class Credentials:
    """What one login says."""

    method: Method
    secret: str

    def __repr__(self) -> str:
        return f"Credentials({self.method})"


class ImapLogin:
    """Yields the credentials of a user, anew for every connection: tokens live for an hour.

    Args:
        method: ``password`` (LOGIN) or ``xoauth2`` (AUTHENTICATE XOAUTH2).
        secrets: passwords or tokens, see ``secret_of``.
        token_command: for ``xoauth2``: a program with arguments (no shell), or an http(s) address. ``{user}`` in it
            becomes the user. What it answers is the token, or a JSON object with ``access_token``.
        tokens: for ``xoauth2``: yields tokens in place of the two before.
    """

    def __init__(
        self, method: Method, secrets: str, token_command: str = "", *, tokens: TokenSource | None = None
    ) -> None:
        self._method: Method = method
        self._tokens = tokens
        self._secrets = secrets
        self._command = token_command.strip()

    async def credentials(self, user: str) -> Credentials:
        """What ``user`` logs in with now.

        Raises:
            SettingsError: there is nothing for this user.
            UnavailableError: the command failed, the address did not answer with a token, or there is none now.
        """
        if self._tokens is not None:
            return Credentials("xoauth2", await self._tokens.token(user))
        if self._method == "password" or not self._command:
            return Credentials(self._method, secret_of(self._secrets, user))
        if self._command.startswith(("https://", "http://")):
            answer = await _ask(self._command.replace("{user}", quote(user, safe="")))
        else:
            answer = await _run([part.replace("{user}", user) for part in shlex.split(self._command)])
        return Credentials("xoauth2", _token_in(answer))

    async def renewed(self, user: str, refused: Credentials) -> Credentials | None:
        """The server does not take them: others, where another token can be had; None: there are none.

        Raises:
            UnavailableError: there is none now.
        """
        if self._tokens is None:
            return None
        self._tokens.refused(user, refused.secret)
        fresh = await self.credentials(user)
        return fresh if fresh.secret != refused.secret else None


def _token_in(answer: str) -> str:
    text = answer.strip()
    if text.startswith("{"):
        try:
            text = str(json.loads(text)["access_token"])
        except (ValueError, KeyError, RecursionError):
            raise UnavailableError("RELANCE_IMAP_TOKEN_COMMAND returned JSON without access_token") from None
    if not text or len(text) > _MAX_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
        raise UnavailableError("RELANCE_IMAP_TOKEN_COMMAND returned something that is not a token")
    return text


async def _run(arguments: list[str]) -> str:
    try:
        process = await asyncio.create_subprocess_exec(
            *arguments,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env=os.environ.copy(),
        )
    except (OSError, IndexError, ValueError) as error:
        raise SettingsError(f"RELANCE_IMAP_TOKEN_COMMAND cannot be run ({type(error).__name__})") from None
    try:
        async with asyncio.timeout(_PATIENCE):
            out, _ = await process.communicate()
    except TimeoutError:
        raise UnavailableError("RELANCE_IMAP_TOKEN_COMMAND did not end within 30 seconds") from None
    finally:
        if process.returncode is None:
            process.kill()
            await process.wait()
    if process.returncode:
        raise UnavailableError(f"RELANCE_IMAP_TOKEN_COMMAND ended with status {process.returncode}")
    return out.decode("utf-8", "replace")


async def _ask(url: str) -> str:
    try:
        async with httpx.AsyncClient(timeout=_PATIENCE) as client:
            answer = await client.get(url)
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise UnavailableError(f"the token URL does not answer ({type(error).__name__})") from None
    if answer.status_code != 200:
        raise UnavailableError(f"the token URL answered {answer.status_code}")
    return answer.text
