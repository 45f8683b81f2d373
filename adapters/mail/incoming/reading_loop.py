"""What every reader of a mailbox does, whatever it reads by: look, wait, look again, and outlive every outage.

A mail is stored first; only then the watermark moves, in Postgres. Whoever dies in between reads the mail again, and
the store recognises it.
"""

from __future__ import annotations

import asyncio
import logging
import random
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Mapping
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from datetime import datetime, timedelta

from sequences.errors import RelanceError

# What is under way is one mail; a server that does not answer is left alone after this.
_GRACE_SECONDS = 5.0
_CUT_SECONDS = 2.0

Receive = Callable[[bytes, tuple[str, ...]], Awaitable[None]]
"""Takes a raw mail and its envelope recipients (a mailbox knows none); returns once it is stored."""


class AskedToWaitError(RelanceError):
    """The server wants to be asked later.

    Attributes:
        seconds: at the earliest.
    """

    def __init__(self, words: str, seconds: float) -> None:
        super().__init__(words)
        self.seconds = seconds


@dataclass(frozen=True)
class MailboxReading:
    """How a mailbox is read.

    Attributes:
        poll: seconds after which it is looked at even when the server told of nothing.
        max_age: how old mail is taken in when a mailbox is new, or its server has forgotten how far it was read.
        timeout: seconds that the server may take for one answer.
        max_bytes: of a longer mail only the beginning is taken.
        tries: how often a mail that cannot be stored is tried, ``backoff`` seconds apart, before it is passed over.
        backoff: seconds before the second try to connect; doubles up to ``longest_backoff``.
    """

    poll: float = 60.0
    max_age: timedelta = timedelta(days=7)
    timeout: float = 60.0
    max_bytes: int = 60_000_000
    tries: int = 5
    backoff: float = 1.0
    longest_backoff: float = 300.0


async def _nobody(_label: str, _why: str) -> None:
    return


@dataclass(frozen=True, kw_only=True)
class ReadingPorts:
    """What readers need of the rest of Relance.

    Attributes:
        receive: stores a mail.
        is_outage: True for errors of ``receive`` that go away by themselves; the mail is waited for then.
        clock: UTC.
        tell: hears a mailbox's label and why it cannot be read, "" when it can.
    """

    receive: Receive
    is_outage: Callable[[BaseException], bool]
    clock: Callable[[], datetime]
    tell: Callable[[str, str], Awaitable[None]] = _nobody


class ReadingLoop(ABC):
    """Reads one mailbox for ever.

    Args:
        label: how logs call it; names nobody.
        ports: where mail goes.
        reading: how.
        log: of the reader.

    Attributes:
        looks: how many looks came to their end.
    """

    def __init__(self, label: str, ports: ReadingPorts, reading: MailboxReading, log: logging.Logger) -> None:
        self._label = label
        self._to = ports
        self._how = reading
        self._log = log
        self._stopped = asyncio.Event()
        self._stored_any = False
        self._away = False
        self.looks = 0

    def stop(self) -> None:
        """Ends ``run`` within a second, or when the mail under way is stored."""
        self._stopped.set()

    def wake(self) -> None:
        """Looks now, and not after the usual wait. A reader whose server tells it of new mail needs no waking."""
        return

    def cut(self) -> None:
        """Ends the wait for a server that does not answer, after ``stop``."""
        return

    async def run(self) -> None:
        """Reads until stopped. Nothing ends it: a server that is away is waited for."""
        wait = 0.0
        with self._around():
            while not self._stopped.is_set():
                before, self._stored_any = self.looks, False
                try:
                    await self._connected()
                except Exception as error:  # noqa: BLE001 - the reader must outlive whatever a server does
                    if self._stopped.is_set():
                        return
                    # Whatever worked in between ended the outage: the next one begins from the shortest wait.
                    if self.looks > before or self._stored_any:
                        wait = 0.0
                    words = str(error) if isinstance(error, RelanceError) else type(error).__name__
                    if not wait:
                        self._log.warning("%s cannot be read now: %s; it is retried", self._label, words)
                    self._away = True
                    await self._to.tell(self._label, words)
                    wait = min(self._how.longest_backoff, max(self._how.backoff, 2 * wait))
                    asked = error.seconds if isinstance(error, AskedToWaitError) else 0.0
                    await self._pause(max(wait * random.uniform(0.8, 1.2), asked))

    def _around(self) -> AbstractContextManager[None]:
        """What is open as long as ``run`` runs."""
        return nullcontext()

    @abstractmethod
    async def _connected(self) -> None:
        """Looks and waits, again and again, until ``stop``."""

    async def _looked(self) -> None:
        """A look came to its end."""
        self.looks += 1
        if self._away:
            self._away = False
            self._log.warning("%s is read again", self._label)
        await self._to.tell(self._label, "")

    async def _stored(self, raw: bytes, name: str, skip: Callable[[str], Awaitable[None]]) -> bool:
        """Stores a mail; False when it is passed over for good.

        A mail that only *this* store cannot take must not hold up everybody behind it: it is tried a few times at
        once, then noted. It stays in the mailbox. Only an outage is waited for.

        Args:
            raw: the mail.
            name: what the log calls it.
            skip: notes it, with why.
        """
        for left in reversed(range(self._how.tries)):
            try:
                await self._to.receive(raw, ())
            except Exception as error:
                if self._to.is_outage(error):
                    raise
                if left and not self._stopped.is_set():
                    await self._pause(self._how.backoff)
                    continue
                self._log.error("%s: %s cannot be stored (%s); skipped", self._label, name, type(error).__name__)
                await skip(type(error).__name__)
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


async def end_readers(running: Mapping[asyncio.Task[None], ReadingLoop]) -> None:
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
