"""OAuth 2.0 tokens for a login: where they come from, and those of a setting or a command."""

from __future__ import annotations

import asyncio
import json
import shlex
from typing import Protocol

from sequences.errors import UnavailableError

_PATIENCE = 30.0
_LONGEST_TOKEN = 20_000


class TokenSource(Protocol):
    """Where the tokens of logins come from."""

    async def token(self, user: str) -> str:
        """The token that ``user`` logs in with.

        Raises:
            RelanceError: there is none now. The message is for people, and names nobody.
        """
        ...

    def refused(self, user: str, token: str) -> None:
        """A server refused that token: it is not given out again where another one can be had."""
        ...


class Tokens:
    """Yields a token for each user. Safe to use from many tasks of one event loop.

    Args:
        token: one that stands still, for all users; empty when ``command`` yields them.
        command: a program with arguments (no shell); ``{user}`` in it becomes the user. It prints the token, or a JSON
            object with ``access_token``. Run for the first login, and again when a server has refused what it said.
        setting: name of the setting that holds the command, for messages.
    """

    def __init__(self, token: str = "", command: str = "", *, setting: str = "RELANCE_SMTP_TOKEN_COMMAND") -> None:
        self._token = token
        self._command = command.strip()
        self._setting = setting
        self._kept: dict[str, str] = {}
        self._turn = asyncio.Lock()

    def __repr__(self) -> str:
        """Nothing of the token."""
        return "Tokens()"

    async def token(self, user: str) -> str:
        """The token that ``user`` logs in with.

        Raises:
            UnavailableError: the command failed, took over 30 seconds, or said something that is no token.
        """
        if not self._command:
            return self._token
        # One run of the command serves all connections that open at the same moment.
        async with self._turn:
            if user not in self._kept:
                self._kept[user] = self._token_in(await self._run(user))
            return self._kept[user]

    def refused(self, user: str, token: str) -> None:
        """A server refused that token: the next one comes from the command again."""
        if self._kept.get(user) == token:
            del self._kept[user]

    async def _run(self, user: str) -> str:
        try:
            arguments = [part.replace("{user}", user) for part in shlex.split(self._command)]
            process = await asyncio.create_subprocess_exec(
                *arguments,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL,
            )
        except (OSError, TypeError, ValueError) as error:
            raise UnavailableError(f"{self._setting} cannot be run ({type(error).__name__})") from None
        try:
            async with asyncio.timeout(_PATIENCE):
                out, _ = await process.communicate()
        except TimeoutError:
            raise UnavailableError(f"{self._setting} did not end within {_PATIENCE:.0f} seconds") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise UnavailableError(f"{self._setting} ended with status {process.returncode}")
        return out.decode("utf-8", "replace").strip()

    def _token_in(self, text: str) -> str:
        if text.startswith("{"):
            try:
                text = str(json.loads(text)["access_token"])
            except (ValueError, KeyError, RecursionError):
                raise UnavailableError(f"{self._setting} returned JSON without access_token") from None
        if not text or len(text) > _LONGEST_TOKEN or not text.isascii() or not text.isprintable() or " " in text:
            raise UnavailableError(f"{self._setting} returned something that is not a token")
        return text
