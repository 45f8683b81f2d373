"""Access tokens of connected mailboxes: kept while they are good, and refreshed by one process at a time."""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

from adapters.mail.oauth import AccessToken, GrantEndedError
from adapters.postgres import queries
from sequences.errors import MailboxDisconnectedError, SettingsError, UnavailableError
from sequences.mail_grant import END_WORDS, GrantEnd, MailProviderName
from services.mail_access.grants import Ending, SealedTokens, grant_key
from services.webhooks.sealed import SealedFor, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping, Sequence
    from datetime import datetime

    from adapters.mail.oauth import Granted, MailProvider
    from adapters.postgres.database import Database

_GOOD_FOR: Final = timedelta(minutes=2)
"""A token that is good for less is refreshed first: a large mail takes its time."""
_LEASE: Final = timedelta(seconds=60)
"""More than a refresh may take; after that another process tries."""
_WAIT: Final = 40.0
"""Seconds for another process's refresh. Less than what a connection may wait for a login."""
_LOOK: Final = 0.2


_NOBODY: Final = Ending()


@dataclass(frozen=True)
class _Mine:
    """This process refreshes."""

    provider: str
    refresh_token: str
    connected_at: datetime


class MailTokens:
    """Yields the access token of each connected mailbox. Safe to use from many tasks of one event loop.

    Args:
        database: where grants are.
        keys: of the settings, the newest first.
        providers: with our registrations.
        clock: the wall clock, UTC: tokens are the world's, and no run's.
        ending: what is done when a grant ends.
    """

    def __init__(
        self,
        database: Database,
        keys: Sequence[bytes],
        providers: Mapping[MailProviderName, MailProvider],
        clock: Callable[[], datetime],
        ending: Ending = _NOBODY,
    ) -> None:
        self._database = database
        self._keys = keys
        self._providers = providers
        self._clock = clock
        self._ending = ending
        self._name = secrets.token_hex(8)
        self._kept: dict[str, AccessToken] = {}
        self._refused: dict[str, str] = {}
        self._turns: dict[str, asyncio.Lock] = {}
        self._under_way: set[asyncio.Future[AccessToken]] = set()

    def __repr__(self) -> str:
        """Nothing of the tokens."""
        return "MailTokens()"

    async def token(self, user: str) -> str:
        """The token that the mailbox ``user`` logs in with.

        Raises:
            MailboxDisconnectedError: it is not connected, or no longer.
            UnavailableError: the provider does not answer, or another process has not ended its refresh in time.
        """
        address = grant_key(user)
        # One look serves all connections that open at the same moment.
        async with self._turns.setdefault(address, asyncio.Lock()):
            kept = self._kept.get(address)
            if kept is None or not self._is_good(kept):
                kept = self._kept[address] = await self._found(address)
            return kept.token

    def refused(self, user: str, token: str) -> None:
        """A server refused that token: the next one is a new one."""
        address = grant_key(user)
        self._refused[address] = token
        if (kept := self._kept.get(address)) is not None and kept.token == token:
            del self._kept[address]

    async def _found(self, address: str) -> AccessToken:
        deadline = asyncio.get_running_loop().time() + _WAIT
        while True:
            found = await self._look(address)
            if isinstance(found, AccessToken):
                return found
            if isinstance(found, _Mine):
                return await self._to_the_end(self._refreshed(address, found))
            if asyncio.get_running_loop().time() >= deadline:
                raise UnavailableError("another process refreshes the token of this mailbox, and does not end")
            await asyncio.sleep(_LOOK)

    async def _to_the_end(self, work: Coroutine[Any, Any, AccessToken]) -> AccessToken:
        """Whoever waits may be cancelled; a refresh that was begun is stored: a rotated token would be lost else."""
        task = asyncio.ensure_future(work)
        self._under_way.add(task)
        task.add_done_callback(self._under_way.discard)
        return await asyncio.shield(task)

    async def _look(self, address: str) -> AccessToken | _Mine | None:
        """The stored token, or the turn to refresh it; None: another process has that turn."""
        now = self._clock()
        async with self._database.transaction() as connection:
            row = await queries.lock_mailbox_grant(connection, address=address)
            if row is None:
                raise MailboxDisconnectedError("the mailbox is not connected; connect it in the console")
            if row.ended_why is not None:
                raise _disconnected(GrantEnd(row.ended_why))
            try:
                stored = self._open(row.access_token)
                refresh_token = self._open(row.refresh_token)
            except SettingsError:
                await self._ending.end(connection, address, row.connected_at, GrantEnd.KEY_GONE, now)
                refresh_token = ""
            else:
                if stored and row.access_until is not None and stored != self._refused.get(address):
                    token = AccessToken(stored, row.access_until)
                    if self._is_good(token):
                        return token
                if row.refreshing_until is not None and row.refreshing_until > now:
                    return None
                await queries.begin_refresh(connection, address=address, by=self._name, until=now + _LEASE)
        if not refresh_token:
            raise _disconnected(GrantEnd.KEY_GONE)
        return _Mine(row.provider, refresh_token, row.connected_at)

    async def _refreshed(self, address: str, mine: _Mine) -> AccessToken:
        try:
            granted = await self._provider(mine.provider).refresh(mine.refresh_token, self._clock())
        except GrantEndedError as error:
            async with self._database.transaction() as connection:
                await self._ending.end(connection, address, mine.connected_at, error.why, self._clock())
            raise _disconnected(error.why) from None
        except BaseException:
            async with self._database.transaction() as connection:
                await queries.give_refresh_up(connection, address=address, by=self._name)
            raise
        await self._keep(address, mine, granted)
        return granted.access

    def _provider(self, name: str) -> MailProvider:
        provider = self._providers.get(MailProviderName(name))
        if provider is None:
            raise UnavailableError(f"the mailbox needs RELANCE_{name.upper()}_CLIENT_ID and its secret")
        return provider

    async def _keep(self, address: str, mine: _Mine, granted: Granted) -> None:
        # Sealed anew each time, so that an older key is out of use an hour after it was replaced.
        tokens = SealedTokens.of(granted.refresh_token or mine.refresh_token, granted.access, self._keys)
        async with self._database.transaction() as connection:
            stored = await queries.end_refresh(
                connection,
                address=address,
                connected_at=mine.connected_at,
                refresh_token=tokens.refresh,
                access_token=tokens.access,
                access_until=tokens.until,
                at=self._clock(),
            )
        if stored is None:
            raise UnavailableError("the mailbox was connected again or disconnected meanwhile; it is tried again")

    def _is_good(self, token: AccessToken) -> bool:
        return token.until - self._clock() > _GOOD_FOR

    def _open(self, sealed: bytes | None) -> str:
        return unseal(sealed, self._keys, SealedFor.MAILBOX).decode() if sealed is not None else ""


def _disconnected(why: GrantEnd) -> MailboxDisconnectedError:
    return MailboxDisconnectedError(f"the mailbox is disconnected: {END_WORDS[why]}; connect it again in the console")
