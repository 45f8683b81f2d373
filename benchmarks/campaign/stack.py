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
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import httpx

from adapters.mail.oauth import AccessToken, Granted
from adapters.postgres.database import Database
from benchmarks.campaign.providers import DOMAIN, Providers
from benchmarks.campaign.recruiters import MAX, MIA, RECRUITERS, SAM
from benchmarks.campaign.wire import SmtpConversation, TwilioConversation, Wire
from benchmarks.stack import own_environment
from sequences.errors import RelanceError, SettingsError, UnavailableError
from sequences.mail_grant import MailAccess, MailProviderName
from services.access.audit import CLI
from services.mail_access.grants import NewGrant, connect_mailbox
from starter.demo.people import post_hook
from starter.local.mail_capture import MailCapture, MailFaults
from starter.local.ports import is_free
from starter.local.processes import Child
from starter.local.stack import LocalStack, Ports

_FILES = Path(__file__).parent / "files"
_LOOKS_SECONDS = 0.2
PATIENCE_SECONDS: Final = 10.0
"""Of Relance, for one answer of a mail server or a provider."""


class OwnServer(MailCapture):
    """The mail server of one recruiter.

    Attributes:
        faults: what it does wrong now.
        met: mails for which that was asked.
    """

    def __init__(self, folder: Path) -> None:
        self.faults = MailFaults()
        self.met = 0
        super().__init__(folder, faults=self._asked)

    def _asked(self) -> MailFaults:
        self.met += 1
        return self.faults


class CampaignStack(LocalStack):
    """The local stack with its wires.

    Attributes:
        providers: Mailgun and Gmail.
        own_server: the mail server of the recruiter who has one.
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
                # A provider that hangs is left after this, and whether it took the mail is in doubt.
                "RELANCE_SMTP_TIMEOUT": str(PATIENCE_SECONDS),
                "RELANCE_GOOGLE_CLIENT_ID": "campaign",
                "RELANCE_GOOGLE_CLIENT_SECRET": "campaign",
            },
        )
        self.providers = Providers(folder, self._note)
        self.own_server = OwnServer(folder / MAX.box)
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
        await self.providers.start()
        await self.own_server.start()
        self.settings = {**self.settings, "RELANCE_GOOGLE_ISSUER": self.providers.url}
        for wire, port in self._wires:
            await wire.start(port)
        watch: asyncio.Task[None] | None = None
        try:
            async with self:
                await self._publish()
                await self._add_mailboxes()
                watch = asyncio.create_task(self._supervise())
                try:
                    yield
                finally:
                    watch.cancel()
                    await asyncio.gather(watch, return_exceptions=True)
        finally:
            for wire, _ in self._wires:
                await wire.stop()
            await self.own_server.stop()
            await self.providers.stop()
            self._wire.close()

    async def _publish(self) -> None:
        shutil.copytree(_FILES, self.folder / "authored")
        files = sorted((self.folder / "authored" / "sequences").glob("*.yaml"))
        for file in files:
            file.write_text(file.read_text().replace("RECEIVER", f"http://127.0.0.1:{self._receiver}/hook"))
        names = [str(file) for file in files]
        await self.relance("publish", *names, "--yes", "--enroll-existing", "no")

    async def _add_mailboxes(self) -> None:
        """Each recruiter but the first has a mailbox of their own."""
        local = {"host": "127.0.0.1", "port": self.own_server.port, "tls": "none", "username": "-"}
        transports: dict[str, dict[str, Any]] = {
            MAX.id: {"settings": local},
            MIA.id: {"settings": {"base_url": self.providers.url, "domain": DOMAIN}, "secret": self.providers.key},
            SAM.id: {"settings": {"base_url": self.providers.url}},
        }
        head = {"Authorization": f"Bearer {self.secrets.bearer_token}"}
        async with httpx.AsyncClient(timeout=60, trust_env=False, headers=head) as http:
            fields = {"last_name": "Owner"}
            changes = [
                {"entity": "owner", "id": each.id, "fields": fields | {"email": each.address, "first_name": each.id}}
                for each in RECRUITERS
            ]
            body = {"event_id": "recruiters", "changes": changes}
            (await post_hook(http, self.url, self.secrets.hook_secret, body)).raise_for_status()
            for each in RECRUITERS[1:]:
                transport = {"kind": each.transport, **transports[each.id]}
                box = {"address": each.address, "owner": each.id, "transport": transport}
                (await http.post(f"{self.url}/mailboxes", json=box)).raise_for_status()
        await self.connect_gmail()

    async def connect_gmail(self) -> None:
        """The owner of the mailbox at Gmail connects it, for the first time or again, until Postgres takes it."""
        access, refresh = self.providers.grant()
        while True:
            now = datetime.now(UTC)
            granted = Granted(AccessToken(access, now + timedelta(hours=1)), refresh, SAM.id)
            new = NewGrant(SAM.address, MailProviderName.GOOGLE, MailAccess.API, granted)
            try:
                database = await Database.connect(self.postgres.url, max_size=1)
                try:
                    async with database.transaction() as connection:
                        await connect_mailbox(connection, CLI, new, [self.secrets.token_key.encode()], now)
                        return
                finally:
                    await database.close()
            except (OSError, asyncpg.PostgresError, RelanceError):
                await asyncio.sleep(_LOOKS_SECONDS)

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
                        try:
                            await self.start_again(name)
                        except UnavailableError:
                            # It is dead again, and the next round counts that.
                            continue

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
