"""The way to an identity provider and back: only the browser that left comes back, once."""

from __future__ import annotations

import dataclasses
import logging
from typing import TYPE_CHECKING, Any, Final

from starlette.exceptions import HTTPException

from adapters.oidc_client import IdentityProviderError, OidcAttempt
from sequences.errors import UnavailableError
from services.access.audit import Deed, record
from services.access.identities import WAY
from services.access.sign_in import too_many_refused
from starter.console.door import doer_of
from starter.console.visit import NeedsTlsError, Visits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request, Response

    from adapters.identity_provider import IdentityProvider
    from sequences.access.identity import Identity
    from starter.console.door import Door
    from starter.console.visit import Visit
    from starter.http.dependencies import Ways

_log = logging.getLogger("relance.console")
_STATUS: Final = {"away": 503, "too_many": 429}


class OidcRefusedError(Exception):
    """It went wrong; ``why`` is ``oidc.WHY`` of the catalogue."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why
        self.status = _STATUS.get(why, 403)


@dataclasses.dataclass(frozen=True)
class OidcAnswer:
    """A browser that came back.

    Attributes:
        identity: who it is.
        detail: what was remembered when it left.
    """

    identity: Identity
    detail: Mapping[str, Any]


class OidcWay:
    """There and back.

    Args:
        ways: ours.
    """

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._visits = Visits(ways, WAY)

    async def leave(self, request: Request, detail: Mapping[str, str], *, again: bool = False) -> Response:
        """Sends a browser to the provider.

        Args:
            request: of the browser.
            detail: what to know when it comes back.
            again: the account has to prove itself, however lately it did.

        Raises:
            OidcRefusedError: the provider cannot be used.
        """
        provider = _provider(request)
        attempt = OidcAttempt.new()
        try:
            self._visits.check(request)
            return await self._visits.leave(request, attempt, await provider.address(attempt, again=again), detail)
        except NeedsTlsError:
            raise OidcRefusedError("needs_tls") from None
        except (UnavailableError, IdentityProviderError) as error:
            _log.warning("the identity provider cannot be used: %s", error)
            raise OidcRefusedError("away") from None

    async def come_back(self, request: Request) -> OidcAnswer:
        """Who came back.

        Raises:
            OidcRefusedError: it is not the browser that left, the provider says no, or what it says is not good.
        """
        provider, given = _provider(request), request.query_params
        visit = await self._taken(request)
        if given.get("iss", self._ways.settings.oidc_issuer) != self._ways.settings.oidc_issuer:
            raise await self._noted(request, "token")
        if "error" in given or "code" not in given:
            raise await self._noted(request, "denied")
        try:
            identity = await provider.identity(given["code"], visit.attempt, self._ways.clock())
            return OidcAnswer(identity, visit.detail)
        except UnavailableError as error:
            _log.warning("the identity provider cannot be used: %s", error)
            raise OidcRefusedError("away") from None
        except IdentityProviderError as error:
            _log.warning("a sign-in by the identity provider was refused: %s", error)
            raise await self._noted(request, "token") from None

    async def _taken(self, request: Request) -> Visit:
        try:
            self._visits.check(request)
            async with self._ways.database.transaction() as connection:
                if await too_many_refused(connection, doer_of(request).address or "", self._ways.clock()):
                    raise OidcRefusedError("too_many")
            visit = await self._visits.come_back(request)
        except NeedsTlsError:
            raise OidcRefusedError("needs_tls") from None
        if visit is None:
            raise await self._noted(request, "state")
        return visit

    async def _noted(self, request: Request, why: str) -> OidcRefusedError:
        async with self._ways.database.transaction() as connection:
            deed = Deed("sign_in_refused", detail={"way": WAY, "why": why})
            await record(connection, doer_of(request), deed, self._ways.clock())
        return OidcRefusedError(why)


def _door(request: Request) -> Door:
    door: Door = request.app.state.door
    return door


def _provider(request: Request) -> IdentityProvider:
    provider = _door(request).provider
    if provider is None:
        raise HTTPException(404)
    return provider
