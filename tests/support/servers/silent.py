"""A mail server that hangs where a test says, and wakes up when it says; many sends at once against it."""

from __future__ import annotations

import asyncio
import re
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from temporalio.testing import ActivityEnvironment

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from sequences.runs.state import StepCall
from tests.support.rigs.send import NOW

if TYPE_CHECKING:
    from datetime import datetime
    from typing import Any

    from sequences.runs.state import Due
    from services.runs.planning import RunContext
    from tests.support.rigs.send import SendRig

STAGES = ("banner", "ehlo", "starttls", "auth", "mail", "rcpt", "data", "body", "dot")
_GOOD = {
    "banner": "220 here",
    "ehlo": "250-here\r\n250-STARTTLS\r\n250 AUTH PLAIN LOGIN",
    "helo": "250 here",
    "auth": "235 in",
    "mail": "250 ok",
    "rcpt": "250 ok",
    "data": "354 go on",
    "dot": "250 2.0.0 taken",
    "rset": "250 ok",
    "quit": "221 bye",
    "starttls": "220 go on",
}
_MESSAGE_ID = re.compile(rb"^Message-ID: (<[^>]+>)", re.MULTILINE)


@dataclass
class SilentServer:
    """Says nothing at the stage ``hangs``; "" is a server in good health."""

    hangs: str = ""
    port: int = 0
    connections: int = 0
    reached: asyncio.Event = field(default_factory=asyncio.Event)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    taken: Counter[str] = field(default_factory=Counter)
    _server: asyncio.Server | None = None
    _writers: list[asyncio.StreamWriter] = field(default_factory=list)

    async def start(self, port: int = 0) -> None:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", port, limit=2**26)
        self.port = self._server.sockets[0].getsockname()[1]

    async def stop(self) -> None:
        if self._server is not None:
            self._server.close()
        for writer in self._writers:
            writer.close()
        self.awake.set()
        if self._server is not None:
            await self._server.wait_closed()

    def wake(self) -> None:
        """It goes on where it hung, also for those who wait already."""
        self.hangs = ""
        self.awake.set()

    async def _say(self, writer: asyncio.StreamWriter, stage: str) -> None:
        if stage == self.hangs:
            self.reached.set()
            await self.awake.wait()
        writer.write(_GOOD.get(stage, "502 what").encode() + b"\r\n")
        await writer.drain()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._writers.append(writer)
        try:
            await self._say(writer, "banner")
            while line := await reader.readline():
                word = line[:8].split(b" ")[0].decode().strip().lower()
                await self._say(writer, word)
                if word == "data":
                    await self._take(reader, writer)
                if word == "quit":
                    break
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.hangs == "body":
            self.reached.set()
            writer.transport.pause_reading()  # type: ignore[attr-defined]
            await self.awake.wait()
            raise ConnectionAbortedError
        mail = await reader.readuntil(b"\r\n.\r\n")
        found = _MESSAGE_ID.search(mail)
        assert found is not None
        self.taken[found[1].decode()] += 1
        await self._say(writer, "dot")


def transport_to(port: int, **changes: Any) -> SmtpTransport:
    values: dict[str, Any] = {"tls": Tls.NONE, "timeout": 0.5, "data_timeout": 0.5} | changes
    return SmtpTransport(SmtpSettings("127.0.0.1", port, **values))


async def take(
    rig: SendRig,
    run: RunContext,
    transport: SmtpTransport,
    *,
    now: datetime = NOW,
    attempt: int = 0,
    environment: ActivityEnvironment | None = None,
    **more: Any,
) -> Due:
    """One attempt of the step's activity."""
    call = StepCall(enrollment=run.run.id, step="one", now=now, attempt=attempt)
    steps = rig.steps(transport, **more)
    due: Due = await (environment or ActivityEnvironment()).run(steps.take_step, call)
    return due


async def states(rig: SendRig) -> Counter[str]:
    rows = await rig.fetch("SELECT state FROM send")
    return Counter(row["state"] for row in rows)
