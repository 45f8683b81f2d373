"""The way by which a mailbox is connected: to the provider and back, and only for who may."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.oauth import GrantRefusedError
from adapters.oidc_client import IdentityProviderError, OidcAttempt
from adapters.postgres import queries
from sequences.access.act import Act
from sequences.access.authorize import may
from sequences.email_address import email_problem
from sequences.errors import UnavailableError
from sequences.mail_grant import MailAccess, MailProviderName
from services.access.audit import Deed, record
from services.console.looking import looking
from services.mail_access.grants import NewGrant, connect_mailbox, disconnect_mailbox, grant_key, mailbox_label
from starter.console.visit import NeedsTlsError, Visits
from starter.mailbox_access import ending_push, providers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import Request, Response

    from adapters.mail.oauth import MailProvider
    from sequences.access.viewer import Viewer
    from services.access.audit import Doer
    from services.access.sessions import SignedIn
    from starter.console.visit import Visit
    from starter.http.dependencies import Ways

_log = logging.getLogger("relance.console")
_KIND: Final = "mailbox"
_STATUS: Final = {"away": 503, "no_address": 422, "no_registration": 404, "state_lost": 409}


class ConnectRefusedError(Exception):
    """It went wrong.

    Attributes:
        why: ``mailbox_connect.WHY`` of the catalogue.
        address: of the mailbox; empty: not known.
        provider: the label of the provider; empty: it is not about one.
    """

    def __init__(self, why: str, address: str = "", provider: str = "") -> None:
        super().__init__(why)
        self.why = why
        self.address = address
        self.provider = provider
        self.status = _STATUS.get(why, 403)


class MailboxWay:
    """There and back.

    Args:
        ways: ours.
    """

    def __init__(self, ways: Ways) -> None:
        self._ways = ways
        self._visits = Visits(ways, _KIND)
        self._providers = providers_of(ways.settings)

    @property
    def labels(self) -> Mapping[MailProviderName, str]:
        """Of the providers at which we are registered."""
        return {name: each.label for name, each in self._providers.items()}

    async def own_addresses(self, viewer: Viewer) -> list[str]:
        """The addresses whose mailboxes are the viewer's: that of the CRM, and that of the user."""
        async with looking(self._ways.database) as connection:
            owned = await queries.addresses_of_owner(connection, id=viewer.owner_id) if viewer.owner_id else []
        return list(dict.fromkeys(grant_key(each) for each in (*owned, viewer.email) if each))

    async def may_connect(self, viewer: Viewer, address: str) -> bool:
        """Whether a viewer may connect that mailbox, and see whether it is."""
        return may(viewer, Act.CHANGE_SETTINGS) or address in await self.own_addresses(viewer)

    async def leave(
        self, request: Request, session: SignedIn, address: str, name: MailProviderName, access: MailAccess
    ) -> Response:
        """Sends a browser to the provider.

        Raises:
            ConnectRefusedError: not for this mailbox, not from here, or the provider cannot be used.
        """
        provider = await self._allowed(session.viewer, address, name)
        attempt = OidcAttempt.new()
        detail = {"session": session.session_id, "address": address, "provider": name, "access": access}
        try:
            self._visits.check(request)
            there = await provider.address(attempt, access, address)
            return await self._visits.leave(request, attempt, there, detail)
        except NeedsTlsError:
            raise ConnectRefusedError("needs_tls", address) from None
        except (UnavailableError, IdentityProviderError) as error:
            _log.warning("%s cannot be used to connect a mailbox: %s", name, error)
            raise ConnectRefusedError("away", address, provider.label) from None

    async def come_back(self, request: Request, session: SignedIn, doer: Doer) -> str:
        """Connects the mailbox; its address.

        Raises:
            ConnectRefusedError: it is not the browser and the user that left, the provider says no, or another account
                came back than the mailbox's.
        """
        try:
            visit = await self._visits.come_back(request)
        except NeedsTlsError:
            raise ConnectRefusedError("needs_tls") from None
        try:
            # Whoever signed in meanwhile as somebody else would connect for the one who left.
            if visit is None or visit.detail["session"] != session.session_id:
                raise ConnectRefusedError("state_lost")  # noqa: TRY301 - noted below, as all of them
            return await self._connect(request.query_params, visit, session.viewer, doer)
        except ConnectRefusedError as error:
            subject = mailbox_label(error.address) if error.address else ""
            deed = Deed("mailbox_not_connected", subject, {"why": error.why})
            async with self._ways.database.transaction() as connection:
                await record(connection, doer, deed, self._ways.clock())
            raise

    async def end(self, viewer: Viewer, doer: Doer, address: str) -> None:
        """Disconnects a mailbox.

        Raises:
            ConnectRefusedError: it is not the viewer's, or no address.
        """
        if email_problem(address) is not None:
            raise ConnectRefusedError("no_address")
        if not await self.may_connect(viewer, address):
            raise ConnectRefusedError("not_yours", address)
        ways = self._ways
        async with (
            ending_push(ways.settings, ways.database, address, ways.clock),
            ways.database.transaction() as connection,
        ):
            await disconnect_mailbox(connection, doer, address, ways.clock())

    async def _allowed(self, viewer: Viewer, address: str, name: MailProviderName) -> MailProvider:
        if email_problem(address) is not None:
            raise ConnectRefusedError("no_address")
        if not await self.may_connect(viewer, address):
            raise ConnectRefusedError("not_yours", address)
        if name not in self._providers:
            raise ConnectRefusedError("no_registration", address)
        return self._providers[name]

    async def _connect(self, given: Mapping[str, Any], visit: Visit, viewer: Viewer, doer: Doer) -> str:
        address: str = visit.detail["address"]
        name, access = MailProviderName(visit.detail["provider"]), MailAccess(visit.detail["access"])
        provider, now = await self._allowed(viewer, address, name), self._ways.clock()
        if "error" in given or "code" not in given:
            raise ConnectRefusedError("denied", address, provider.label)
        try:
            granted = await provider.granted(given["code"], visit.attempt, access, address, now)
        except GrantRefusedError as error:
            raise ConnectRefusedError(error.why, address, provider.label) from None
        except UnavailableError as error:
            _log.warning("%s cannot be used to connect a mailbox: %s", name, error)
            raise ConnectRefusedError("away", address, provider.label) from None
        except IdentityProviderError as error:
            _log.warning("a mailbox was not connected at %s: %s", name, error)
            raise ConnectRefusedError("token", address, provider.label) from None
        grant = NewGrant(address, name, access, granted)
        async with self._ways.database.transaction() as connection:
            await connect_mailbox(connection, doer, grant, self._ways.settings.keys(), now)
        return address
