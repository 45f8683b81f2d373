"""Reads a mailbox by its provider's interface: every mail once, none lost, whatever dies in between.

The provider's position moves only after all that was found before it is stored; of a mailbox that is read part by part
it moves with each part, so that a look that is cut short goes on where it was. A position that the provider has
forgotten costs nothing but a look by date: what was stored before is recognised.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import aclosing, contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol

from adapters.mail.incoming.reading_loop import MailboxReading, ReadingLoop, ReadingPorts

if TYPE_CHECKING:
    from adapters.mail.incoming.api.source import FoundMail, MailSource

_log = logging.getLogger("relance.mailboxes")
_USUAL: Final = MailboxReading()
_OVERLAP: Final = timedelta(days=1)
"""A mail may have come with an earlier date than the last look: a look by date begins so much before it."""


_BETWEEN: Final = 1.0
"""Seconds between two looks at least, however often the reader is woken."""


@dataclass(frozen=True)
class MailboxMark:
    """How far a mailbox was read; see the table ``mailbox_watermark``."""

    position: str
    read_until: datetime


class MailboxMarks(Protocol):
    """Where it is kept."""

    async def get(self, mailbox: str) -> MailboxMark | None:
        """How far it was read, or None when it never was."""
        ...

    async def move(self, mailbox: str, mark: MailboxMark) -> None:
        """All before it is stored."""
        ...

    async def skip(self, mailbox: str, message: str, reason: str) -> None:
        """Notes a mail that could not be stored, however often it was tried."""
        ...


async def _nothing() -> None:
    return


@dataclass(frozen=True, kw_only=True)
class ApiPorts(ReadingPorts):
    """What readers need of the rest of Relance.

    Attributes:
        marks: where it is kept how far a mailbox was read.
        keep_push: called after each look; keeps the provider telling of new mail.
    """

    marks: MailboxMarks
    keep_push: Callable[[], Awaitable[None]] = _nothing


class ApiReader(ReadingLoop):
    """Reads one mailbox. Any number of them, also of the same mailbox, may run.

    Args:
        source: the mailbox at its provider.
        address: of the mailbox; only a hash of it is kept or logged.
        ports: where mail goes, and what is known of the mailbox.
        reading: how.
    """

    def __init__(self, source: MailSource, address: str, ports: ApiPorts, reading: MailboxReading = _USUAL) -> None:
        digest = hashlib.sha256(address.strip().lower().encode()).hexdigest()
        super().__init__(f"mailbox {digest[:8]} at {source.label}", ports, reading, _log)
        self._source = source
        self._key = hashlib.sha256(f"{source.label}\x1f{digest}".encode()).hexdigest()[:40]
        self._ports = ports
        self._woken = asyncio.Event()

    def wake(self) -> None:
        """Looks as soon as it can. Woken while it looks, it looks once more."""
        self._woken.set()

    def stop(self) -> None:
        """See ``ReadingLoop``."""
        super().stop()
        self.wake()

    @contextmanager
    def _around(self) -> Iterator[None]:
        yield

    async def run(self) -> None:
        """Reads until stopped. Nothing ends it: a provider that is away is waited for."""
        try:
            await super().run()
        finally:
            await self._source.aclose()

    async def _connected(self) -> None:
        while not self._stopped.is_set():
            self._woken.clear()
            if not await self._look():
                return
            await self._looked()
            await self._ports.keep_push()
            await self._pause(min(_BETWEEN, self._how.poll))
            with suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, self._how.poll - _BETWEEN)):
                    await self._woken.wait()

    async def _look(self) -> bool:
        """Takes in everything after the mark; False when the end was asked for before the last mail."""
        began = self._to.clock()
        mark = await self._ports.marks.get(self._key)
        parts, until = self._parts(mark, began)
        forgotten = False
        async with aclosing(parts):
            async for part in parts:
                if part.forgotten and not forgotten:
                    _log.warning("%s: the provider has forgotten how far it was read; it is read by date", self._label)
                forgotten = forgotten or part.forgotten
                for message in part.messages:
                    raw = await self._source.raw(message, self._how.max_bytes)
                    if raw is not None:
                        await self._stored(raw, "a message", partial(self._ports.marks.skip, self._key, message))
                    if self._stopped.is_set():
                        return False
                # Before the last part there are folders that nobody has read since the former look.
                mark = MailboxMark(part.position, began if part.is_last else until)
                await self._ports.marks.move(self._key, mark)
        return True

    def _parts(self, mark: MailboxMark | None, began: datetime) -> tuple[AsyncGenerator[FoundMail], datetime]:
        """What is found after a mark, and until when all of the mailbox was read before."""
        oldest = began - self._how.max_age
        if mark is None:
            _log.info("%s is read for the first time, since %s", self._label, oldest.date())
            return self._source.since(oldest), oldest
        # After a long outage the mark is the older one, and what it says must not be passed over.
        return self._source.after(mark.position, min(mark.read_until - _OVERLAP, oldest)), mark.read_until
