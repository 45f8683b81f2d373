"""Reads one IMAP folder for ever: every mail once, none lost, whatever dies in between.

A mail is stored first; only then the watermark moves, in Postgres; only then may it be marked in the mailbox. Whoever
dies in between reads the mail again, and the store recognises it. The server's own marks decide nothing: people read
mail in the same mailbox.
"""

from __future__ import annotations

import asyncio
import logging
import random
import threading
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Protocol

from adapters.mail.incoming.imap_session import ImapSession, Opened
from adapters.mail.incoming.side_thread import SideThread
from sequences.errors import RelanceError

if TYPE_CHECKING:
    from adapters.mail.incoming.imap_account import ImapFolder
    from adapters.mail.incoming.imap_login import ImapLogin

_log = logging.getLogger("relance.imap")

# What is under way is one mail; a server that does not answer is left alone after this.
_GRACE_SECONDS = 5.0
_CUT_SECONDS = 2.0

Receive = Callable[[bytes, tuple[str, ...]], Awaitable[None]]
"""Takes a raw mail and its envelope recipients (IMAP knows none); returns once it is stored."""


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
class ImapReading:
    """How a folder is read.

    Attributes:
        poll: seconds after which it is looked at even when the server told of nothing.
        max_age: how old mail is taken in when a folder is new, or its UIDVALIDITY changed.
        mark_seen: sets the flag on what was stored.
        timeout: seconds that the server may take for one answer.
        max_bytes: of a longer mail only the beginning is taken.
        tries: how often a mail that cannot be stored is tried, ``backoff`` seconds apart, before it is passed over.
        backoff: seconds before the second try to connect; doubles up to ``longest_backoff``.
    """

    poll: float = 60.0
    max_age: timedelta = timedelta(days=7)
    mark_seen: bool = False
    timeout: float = 60.0
    max_bytes: int = 60_000_000
    tries: int = 5
    backoff: float = 1.0
    longest_backoff: float = 300.0
    ca_file: str | None = None


async def _nobody(_label: str, _why: str) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class ImapPorts:
    """What readers need of the rest of Relance.

    Attributes:
        watermarks: where it is kept how far a folder was read.
        receive: stores a mail.
        is_outage: True for errors of ``receive`` that go away by themselves; the mail is waited for then.
        clock: UTC.
        tell: hears a folder's label and why it cannot be read, "" when it can.
    """

    watermarks: Watermarks
    receive: Receive
    is_outage: Callable[[BaseException], bool]
    clock: Callable[[], datetime]
    tell: Callable[[str, str], Awaitable[None]] = _nobody


class ImapReader:
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
        self._folder = folder
        self._login = login
        self._ports = ports
        self._reading = reading
        self._stop = threading.Event()
        self._stopped = asyncio.Event()
        self._stored_any = False
        self._session: ImapSession | None = None
        self._away = False
        self.looks = 0

    def stop(self) -> None:
        """Ends ``run`` within a second, or when the mail under way is stored."""
        self._stop.set()
        self._stopped.set()

    def cut(self) -> None:
        """Ends the wait for a server that does not answer, after ``stop``."""
        if self._session is not None:
            self._session.cut()

    async def run(self) -> None:
        """Reads until stopped. Nothing ends it: a server that is away is waited for."""
        wait = 0.0
        # A thread of its own: one that idles must not take one of those that everybody shares.
        thread = SideThread(f"imap {self._folder.label}")
        try:
            while not self._stopped.is_set():
                before, self._stored_any = self.looks, False
                try:
                    await self._connected(thread)
                except Exception as error:  # noqa: BLE001 - the reader must outlive whatever a server does
                    if self._stopped.is_set():
                        return
                    # Whatever worked in between ended the outage: the next one begins from the shortest wait.
                    if self.looks > before or self._stored_any:
                        wait = 0.0
                    words = str(error) if isinstance(error, RelanceError) else type(error).__name__
                    if not wait:
                        _log.warning("%s cannot be read now: %s; it is retried", self._folder.label, words)
                    self._away = True
                    await self._ports.tell(
                        self._folder.label, str(error) if isinstance(error, RelanceError) else type(error).__name__
                    )
                    wait = min(self._reading.longest_backoff, max(self._reading.backoff, 2 * wait))
                    await self._pause(wait * random.uniform(0.8, 1.2))
        finally:
            self._stop.set()
            thread.end()

    async def _connected(self, thread: SideThread) -> None:
        """One connection: look, wait, look."""
        reading = self._reading
        credentials = await self._login.credentials(self._folder.user)
        session = await thread(
            lambda: ImapSession(
                self._folder, credentials, timeout=reading.timeout, max_bytes=reading.max_bytes, ca_file=reading.ca_file
            )
        )
        self._session = session
        try:
            while not self._stopped.is_set():
                await self._look(session, thread)
                self.looks += 1
                if self._away:
                    self._away = False
                    _log.warning("%s is read again", self._folder.label)
                await self._ports.tell(self._folder.label, "")
                if not self._stopped.is_set():
                    await thread(lambda: session.wait(reading.poll, self._stop))
        finally:
            self._session = None
            await thread(session.close)

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
            stored = raw is not None and await self._stored(validity, uid, raw)
            await self._ports.watermarks.move(self._folder.key, validity, uid)
            if stored and self._reading.mark_seen:
                await thread(partial(session.mark_seen, uid))
            if self._stopped.is_set():
                return False
        return True

    async def _stored(self, validity: int, uid: int, raw: bytes) -> bool:
        """Stores a mail; False when it is passed over for good.

        A mail that only *this* store cannot take must not hold up everybody behind it: it is tried a few times at
        once, then noted. It stays in the mailbox. Only an outage is waited for.
        """
        for left in reversed(range(self._reading.tries)):
            try:
                await self._ports.receive(raw, ())
            except Exception as error:
                if self._ports.is_outage(error):
                    raise
                if left and not self._stopped.is_set():
                    await self._pause(self._reading.backoff)
                    continue
                _log.error(
                    "%s: message %d cannot be stored (%s); skipped", self._folder.label, uid, type(error).__name__
                )
                await self._ports.watermarks.skip(self._folder.key, validity, uid, type(error).__name__)
                return False
            self._stored_any = True
            return True
        return False

    async def _pause(self, seconds: float) -> None:
        try:
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        except TimeoutError:
            return


async def end_readers(running: Mapping[asyncio.Task[None], ImapReader]) -> None:
    """Stops readers that run, each with its task, and waits for their end; one whose server hangs is left behind."""
    for reader in running.values():
        reader.stop()
    if not running:
        return
    _, slow = await asyncio.wait(running, timeout=_GRACE_SECONDS)
    for task in slow:
        running[task].cut()
    if slow:
        _, slow = await asyncio.wait(slow, timeout=_CUT_SECONDS)
    for task in slow:
        # Still connecting: its thread is left behind, and does not hold up the end of the process.
        task.cancel()
    await asyncio.gather(*slow, return_exceptions=True)
