"""Grants: a mailbox is connected, and is disconnected; whoever has to know is told once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.mail.outgoing.kinds import access_of
from adapters.postgres import queries
from sequences.mail_grant import END_WORDS, GrantEnd
from sequences.mailboxes.own_mailbox import MailboxState
from services.access.audit import Deed, record
from services.mailboxes.disconnect import Disconnected, connect_again, disconnect, notify_disconnected
from services.webhooks.sealed import SealedFor, seal

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime

    from adapters.mail.oauth import AccessToken, Granted
    from adapters.postgres.database import Connection
    from sequences.mail_grant import MailAccess, MailProviderName
    from services.access.audit import Doer


def grant_key(address: str) -> str:
    """The form in which a mailbox's address stands in its row."""
    return address.strip().lower()


def mailbox_label(address: str) -> str:
    """What logs and the audit log call a mailbox: never its address."""
    return f"mailbox {hashlib.sha256(grant_key(address).encode()).hexdigest()[:8]}"


@dataclass(frozen=True)
class NewGrant:
    """What was granted at a provider.

    Attributes:
        address: of the mailbox.
        provider: who keeps it.
        access: what it is good for.
        granted: the tokens, with a refresh token.
    """

    address: str
    provider: MailProviderName
    access: MailAccess
    granted: Granted


@dataclass(frozen=True)
class SealedTokens:
    """As they are stored."""

    refresh: bytes
    access: bytes
    until: datetime

    @classmethod
    def of(cls, refresh: str, access: AccessToken, keys: Sequence[bytes]) -> SealedTokens:
        """Seals them with the newest key."""
        return cls(
            seal(refresh.encode(), keys, SealedFor.MAILBOX),
            seal(access.token.encode(), keys, SealedFor.MAILBOX),
            access.until,
        )


async def connect_mailbox(
    connection: Connection, doer: Doer, grant: NewGrant, keys: Sequence[bytes], now: datetime
) -> None:
    """Stores a grant, in place of one that the mailbox had.

    Args:
        connection: in a transaction.
        doer: who connects it.
        grant: what was granted.
        keys: of the settings, the newest first.
        now: UTC.
    """
    assert grant.granted.refresh_token is not None
    tokens = SealedTokens.of(grant.granted.refresh_token, grant.granted.access, keys)
    await queries.connect_mailbox(
        connection,
        address=grant_key(grant.address),
        provider=grant.provider,
        access=grant.access,
        subject=grant.granted.subject,
        refresh_token=tokens.refresh,
        access_token=tokens.access,
        access_until=tokens.until,
        at=now,
        by=doer.who,
    )
    row = await _own_mailbox(connection, grant.address)
    if row is not None and row.state == MailboxState.DISCONNECTED:
        await connect_again(connection, row, now, by_itself=False)
    detail = {"provider": grant.provider, "access": grant.access}
    await record(connection, doer, Deed("mailbox_connected", mailbox_label(grant.address), detail), now)


async def access_wanted(connection: Connection, address: str) -> MailAccess | None:
    """What the transport of a mailbox needs its owner to grant; None: nothing, or there is no such mailbox."""
    row = await _own_mailbox(connection, address)
    return access_of(row.transport, row.transport_settings) if row is not None else None


async def disconnect_mailbox(connection: Connection, doer: Doer, address: str, now: datetime) -> bool:
    """Forgets the tokens of a mailbox; False: it was not connected. The provider still lists us until told there."""
    began = await queries.end_mailbox_grant(
        connection, address=grant_key(address), connected_at=None, at=now, why=GrantEnd.BY_HAND
    )
    if began is None:
        return False
    row = await _own_mailbox(connection, address)
    if row is not None:
        await disconnect(connection, row.id, END_WORDS[GrantEnd.BY_HAND], now)
    await record(connection, doer, Deed("mailbox_disconnected", mailbox_label(address)), now)
    return True


@dataclass(frozen=True)
class Ending:
    """What is done when a provider, or a lost key, ends a grant.

    Attributes:
        operator: id of the owner who is told of outages; empty: nobody is.
    """

    operator: str = ""

    async def end(
        self, connection: Connection, address: str, connected_at: datetime, why: GrantEnd, now: datetime
    ) -> None:
        """Ends it, and tells people; one that is over, or was connected anew, is left alone.

        Args:
            connection: in a transaction.
            address: of the mailbox, as its row has it.
            connected_at: of the grant that is meant.
            why: the reason.
            now: UTC.
        """
        began = await queries.end_mailbox_grant(connection, address=address, connected_at=connected_at, at=now, why=why)
        if began is None:
            return
        words = END_WORDS[why]
        row = await _own_mailbox(connection, address)
        if row is not None:
            await disconnect(connection, row.id, words, now, operator=self.operator)
            return
        owner = await queries.owner_of_address(connection, address=address)
        gone = Disconnected(address, words, owner, f"{address}\x1f{began.isoformat()}")
        await notify_disconnected(connection, gone, now, operator=self.operator)


async def _own_mailbox(connection: Connection, address: str) -> queries.OwnMailboxRow | None:
    """The mailbox of its own of that address, where there is one; else only its tokens are known."""
    found = await queries.find_own_mailbox(connection, key=grant_key(address))
    return await queries.own_mailbox(connection, id=found) if found is not None else None
