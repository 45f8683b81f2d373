"""What a page asks a passkey, and what it answered: the challenge is good once, soon, and in this browser only."""

from __future__ import annotations

import base64
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from adapters.passkeys import PasskeyError, creation_options, made_passkey, relying_party, request_options
from services.access.attempts import Attempts
from services.access.passkeys import WAY, user_of_passkey

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from fastapi import Request

    from adapters.passkeys import NewPasskey, PasskeyHolder, RelyingParty
    from starter.http.dependencies import Ways

_ATTEMPTS: Final = Attempts(WAY, timedelta(minutes=5))


@dataclass(frozen=True)
class PasskeyQuestion:
    """What a form asks a passkey.

    Attributes:
        options: for the browser, as JSON.
        challenge: comes back with the form.
    """

    options: str
    challenge: str


class PasskeyWay:
    """Asks and checks.

    Args:
        ways: ours.
    """

    def __init__(self, ways: Ways) -> None:
        self._ways = ways

    def party(self, request: Request) -> RelyingParty | None:
        """For whom passkeys are made; None: browsers make none at this address."""
        return relying_party(self._ways.settings.public_url, request.headers.get("host", ""))

    async def ask(self, request: Request, browser: str) -> PasskeyQuestion | None:
        """Asks for any passkey that is known; ``browser``: a secret that only this browser has."""
        party = self.party(request)
        if party is None:
            return None
        challenge = await self._new_challenge(browser)
        return PasskeyQuestion(request_options(party, _bytes(challenge)), challenge)

    async def ask_for_new(
        self, request: Request, browser: str, holder: PasskeyHolder, known: Sequence[bytes]
    ) -> PasskeyQuestion | None:
        """Asks for a new passkey; ``known``: ids of those that the holder has."""
        party = self.party(request)
        if party is None:
            return None
        challenge = await self._new_challenge(browser)
        return PasskeyQuestion(creation_options(party, holder, known, _bytes(challenge)), challenge)

    async def made(self, request: Request, form: Mapping[str, str], browser: str) -> NewPasskey:
        """The new passkey that a form brought.

        Raises:
            PasskeyError: it is not good.
        """
        party, challenge = await self._taken(request, form, browser)
        return made_passkey(party, challenge, form.get("credential", ""))

    async def user(self, request: Request, form: Mapping[str, str], browser: str) -> str:
        """Whose passkey a form brought.

        Raises:
            PasskeyError: nobody's, or it is not good.
        """
        party, challenge = await self._taken(request, form, browser)
        async with self._ways.database.transaction() as connection:
            return await user_of_passkey(connection, party, challenge, form.get("credential", ""), self._ways.clock())

    async def _new_challenge(self, browser: str) -> str:
        challenge = secrets.token_urlsafe(32)
        async with self._ways.database.transaction() as connection:
            await _ATTEMPTS.begin(connection, challenge, browser, {}, self._ways.clock())
        return challenge

    async def _taken(self, request: Request, form: Mapping[str, str], browser: str) -> tuple[RelyingParty, bytes]:
        party, challenge = self.party(request), form.get("challenge", "")
        # On its own: an answer that is not good spends the challenge too.
        async with self._ways.database.transaction() as connection:
            known = await _ATTEMPTS.take(connection, challenge, browser, self._ways.clock())
        if party is None or known is None:
            raise PasskeyError("this was asked too long ago, or in another browser")
        return party, _bytes(challenge)


def _bytes(challenge: str) -> bytes:
    return base64.urlsafe_b64decode(challenge + "=" * (-len(challenge) % 4))
