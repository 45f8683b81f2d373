"""The local stack under fire: every part a process of its own, started again when it ends, as a supervisor does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import random
import shutil
import signal
import sys
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.campaign.wire import SmtpConversation, TwilioConversation, Wire
from benchmarks.stack import own_environment
from sequences.errors import SettingsError, UnavailableError
from starter.local.ports import is_free
from starter.local.processes import Child
from starter.local.stack import LocalStack, Ports

_FILES = Path(__file__).parent / "files"
_LOOKS_SECONDS = 0.2


class CampaignStack(LocalStack):
    """The local stack with its wires.

    Attributes:
        ended: parts that ended by themselves, and were started again.
        handed: messages that were handed over so far, by channel.
    """

    def __init__(self, folder: Path, receiver: int) -> None:
        ports = _free_ports(9)
        smtp, sms = ports[7:]
        super().__init__(
            folder,
            ports=Ports(*ports[:7]),
            stand_ins_apart=True,
            settings={
                "RELANCE_SMTP_PORT": str(smtp),
                "RELANCE_TWILIO_BASE_URL": f"http://127.0.0.1:{sms}",
                "RELANCE_MAILBOX_LIMITS": "none",
                "RELANCE_SMS_LIMITS": "none",
                "RELANCE_WEBHOOK_TIMEOUT": "5",
                # Everybody who clicks here has the same address.
                "RELANCE_OPEN_RATE": "100000",
            },
        )
        self._receiver = receiver
        self._wire = (folder.parent / "wire.jsonl").open("a", buffering=1)
        self._wires = (
            (Wire(self.ports.smtp, lambda: SmtpConversation(self._note)), smtp),
            (Wire(self.ports.standin, lambda: TwilioConversation(self._note)), sms),
        )
        self._turn = asyncio.Lock()
        self.ended: list[str] = []
        self.handed: Counter[str] = Counter()

    def _note(self, what: dict[str, Any]) -> None:
        self.handed[what["channel"]] += 1
        self._wire.write(json.dumps(what) + "\n")

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """Starts everything with its sequences published, and watches over it."""
        for wire, port in self._wires:
            await wire.start(port)
        watch: asyncio.Task[None] | None = None
        try:
            async with self:
                await self._publish()
                watch = asyncio.create_task(self._supervise())
                try:
                    yield
                finally:
                    watch.cancel()
                    await asyncio.gather(watch, return_exceptions=True)
        finally:
            for wire, _ in self._wires:
                await wire.stop()
            self._wire.close()

    async def _publish(self) -> None:
        shutil.copytree(_FILES, self.folder / "authored")
        files = sorted((self.folder / "authored" / "sequences").glob("*.yaml"))
        for file in files:
            file.write_text(file.read_text().replace("RECEIVER", f"http://127.0.0.1:{self._receiver}/hook"))
        names = [str(file) for file in files]
        await self.relance("publish", *names, "--yes", "--enroll-existing", "no")

    async def relance(self, *words: str) -> str:
        """What a command of the CLI says.

        Raises:
            UnavailableError: it failed.
        """
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-m",
            "starter.cli.main",
            *words,
            env={**own_environment(), **self.environment, "RELANCE_HOME": str(self.folder)},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise UnavailableError(f"relance {words[0]} failed: {output.decode(errors='replace')[-2000:]}")
        return output.decode()

    async def _supervise(self) -> None:
        while True:
            await asyncio.sleep(_LOOKS_SECONDS)
            async with self._turn:
                for name, child in self.parts.items():
                    if child.process.returncode is not None:
                        self.ended.append(name)
                        await self.start_again(name)

    def signal(self, name: str, number: signal.Signals) -> None:
        """To the part and to its children; one that has just ended needs none."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.parts[name].pid, number)

    async def kill(self, name: str, down_seconds: float) -> None:
        """SIGKILL to the whole process group: no last words. It is started again after a while."""
        async with self._turn:
            child: Child = self.parts[name]
            self.signal(name, signal.SIGKILL)
            await child.process.wait()
            await asyncio.sleep(down_seconds)
            await self.start_again(name)


def _free_ports(number: int) -> list[int]:
    """Below the range from which the system takes ports for outgoing connections: a part that is down keeps its own."""
    chance = random.SystemRandom()
    found: list[int] = []
    for _ in range(1000):
        port = chance.randrange(15_000, 32_000)
        if port not in found and is_free(port):
            found.append(port)
        if len(found) == number:
            return found
    raise SettingsError("no free ports between 15000 and 32000")
