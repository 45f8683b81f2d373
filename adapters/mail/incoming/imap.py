"""Reads one IMAP folder for ever: every mail once, none lost, whatever dies in between.

A mail is stored first; only then the watermark moves, in Postgres; only then may it be marked in the mailbox. Whoever
dies in between reads the mail again, and the store recognises it. The server's own marks decide nothing: people read
mail in the same mailbox.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from functools import partial
from typing import TYPE_CHECKING, Protocol

from adapters.mail.incoming.imap_session import ImapLoginError, ImapSession, Opened
from adapters.mail.incoming.reading_loop import MailboxReading, ReadingLoop, ReadingPorts, Receive
from adapters.mail.incoming.side_thread import SideThread

if TYPE_CHECKING:
    from adapters.mail.incoming.imap_account import ImapFolder
    from adapters.mail.incoming.imap_login import Credentials, ImapLogin

__all__ = ["ImapPorts", "ImapReader", "ImapReading", "Receive", "Watermark", "Watermarks"]

_log = logging.getLogger("relance.imap")


@dataclass(frozen=True)
class Watermark:
    """How far a folder was read; see the table ``imap_watermark``."""

    uidvalidity: int
    uid: int
    bounded_until: int
    since: date


class Watermarks(Protocol):
    """Where watermarks are kept."""

    async def get(self, mailbox: str) -> Watermark | None:
        """How far the folder was read, or None when it never was."""
        ...

    async def begin(self, mailbox: str, uidvalidity: int, bounded_until: int, since: date) -> Watermark:
        """Begins a folder whose UIDs nobody knows yet."""
        ...

    async def move(self, mailbox: str, uidvalidity: int, uid: int) -> None:
        """Everything up to ``uid`` is stored. Never moves back."""
        ...

    async def skip(self, mailbox: str, uidvalidity: int, uid: int, reason: str) -> None:
        """Notes a mail that could not be stored, however often it was tried."""
        ...


@dataclass(frozen=True)
class ImapReading(MailboxReading):
    """How a folder is read.

    Attributes:
        mark_seen: sets the flag on what was stored.
        ca_file: certificates to trust instead of the system's.
    """

    mark_seen: bool = False
    ca_file: str | None = None


@dataclass(frozen=True, kw_only=True)
class ImapPorts(ReadingPorts):
    """What readers need of the rest of Relance.

    Attributes:
        watermarks: where it is kept how far a folder was read.
    """

    watermarks: Watermarks


class ImapReader(ReadingLoop):
    """Reads one folder. Any number of them, also of the same folder, may run.

    Args:
        folder: which.
        login: yields its credentials.
        ports: where mail goes, and what is known of the folder.
        reading: how.
    """

    def __init__(
        self,
        folder: ImapFolder,
        login: ImapLogin,
        ports: ImapPorts,
        reading: ImapReading = ImapReading(),
    ) -> None:
        super().__init__(folder.label, ports, reading, _log)
        self._folder = folder
        self._login = login
        self._ports = ports
        self._reading = reading
        self._stop = threading.Event()
        self._session: ImapSession | None = None
        self._thread: SideThread | None = None

    def stop(self) -> None:
        """Ends ``run`` within a second, or when the mail under way is stored."""
        self._stop.set()
        super().stop()

    def cut(self) -> None:
        """Ends the wait for a server that does not answer, after ``stop``."""
        if self._session is not None:
            self._session.cut()

    @contextmanager
    def _around(self) -> Iterator[None]:
        # A thread of its own: one that idles must not take one of those that everybody shares.
        self._thread = SideThread(f"imap {self._folder.label}")
        try:
            yield
        finally:
            self._stop.set()
            self._thread.end()

    async def _connected(self) -> None:
        """One connection: look, wait, look."""
        assert self._thread is not None
        thread = self._thread
        session = await self._opened(thread)
        self._session = session
        try:
            while not self._stopped.is_set():
                await self._look(session, thread)
                await self._looked()
                if not self._stopped.is_set():
                    await thread(lambda: session.wait(self._reading.poll, self._stop))
        finally:
            self._session = None
            await thread(session.close)

    async def _opened(self, thread: SideThread) -> ImapSession:
        """Logged in; a token that is refused is replaced once."""
        reading, user = self._reading, self._folder.user

        def open_with(credentials: Credentials) -> ImapSession:
            return ImapSession(
                *(self._folder, credentials),
                timeout=reading.timeout,
                max_bytes=reading.max_bytes,
                ca_file=reading.ca_file,
            )

        credentials = await self._login.credentials(user)
        try:
            return await thread(lambda: open_with(credentials))
        except ImapLoginError:
            renewed = await self._login.renewed(user, credentials)
            if renewed is None:
                raise
            return await thread(lambda: open_with(renewed))

    async def _look(self, session: ImapSession, thread: SideThread) -> None:
        """Takes in everything above the watermark."""
        # Opened anew each time: only that tells of a UIDVALIDITY that changed under us.
        opened = await thread(lambda: session.open(writable=self._reading.mark_seen))
        mark = await self._ports.watermarks.get(self._folder.key)
        if mark is None or mark.uidvalidity != opened.uidvalidity:
            mark = await self._begin(opened, known=mark is not None)
        if mark.uid < mark.bounded_until:
            old = await thread(partial(session.uids, mark.uid + 1, mark.bounded_until, mark.since))
            if not await self._take(session, thread, opened.uidvalidity, old):
                return
            await self._ports.watermarks.move(self._folder.key, opened.uidvalidity, mark.bounded_until)
        new = await thread(partial(session.uids, max(mark.uid, mark.bounded_until) + 1, None))
        await self._take(session, thread, opened.uidvalidity, new)

    async def _begin(self, opened: Opened, *, known: bool) -> Watermark:
        """All that is there already is older than our first look: of it, only so much is taken in."""
        since = (self._ports.clock() - self._reading.max_age).date()
        why = "has a new UIDVALIDITY and is read again" if known else "is read for the first time,"
        _log.info("%s %s since %s", self._folder.label, why, since)
        return await self._ports.watermarks.begin(self._folder.key, opened.uidvalidity, opened.last_uid, since)

    async def _take(self, session: ImapSession, thread: SideThread, validity: int, uids: list[int]) -> bool:
        """Stores these mails in order; False when the end was asked for before the last one."""
        mails = session.fetch(uids)
        while (found := await thread(lambda: next(mails, None))) is not None:
            uid, raw = found
            stored = raw is not None and await self._stored(raw, f"message {uid}", partial(self._skip, validity, uid))
            await self._ports.watermarks.move(self._folder.key, validity, uid)
            if stored and self._reading.mark_seen:
                await thread(partial(session.mark_seen, uid))
            if self._stopped.is_set():
                return False
        return True

    async def _skip(self, validity: int, uid: int, why: str) -> None:
        await self._ports.watermarks.skip(self._folder.key, validity, uid, why)
