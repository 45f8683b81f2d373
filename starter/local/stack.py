"""The embedded stack: starts every part in order, watches them, stops them in reverse order."""

from __future__ import annotations

import asyncio
import os
import shlex
import sys
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Self

import httpx

from adapters.private_files import FILE, tighten
from sequences.errors import UnavailableError
from starter.local.lock import FolderLock
from starter.local.mail_capture import MailCapture
from starter.local.ports import free_port
from starter.local.postgres import LocalPostgres
from starter.local.processes import Child
from starter.local.restarts import LIMIT, WITHIN, Restarts
from starter.local.secrets import LocalSecrets
from starter.local.temporal import LocalTemporal
from starter.local.twilio.server import TwilioStandIn
from starter.local.twilio.settings import StandInSettings

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from types import TracebackType

_READY_SECONDS = 300.0
SMS_SENDER = "+442071838750"


@dataclass(frozen=True)
class Ports:
    """Where the parts listen when these are free; another free port otherwise. 0: any free one."""

    postgres: int = 5455
    temporal: int = 7233
    temporal_ui: int = 8233
    http: int = 8080
    smtp: int = 8025
    inbound: int = 8024
    standin: int = 8026


ANY_PORTS = Ports(0, 0, 0, 0, 0, 0, 0)


@dataclass
class LocalStack:
    """Everything on one machine.

    Attributes:
        folder: data, logs, captured mail and texts, and ``local.env`` by which other commands find the stack.
        time_skipping: runs may be moved forward in time; for the demo and tests only.
        say: is told what starts.
        settings: further settings of its processes, by the names of their variables; they win over the stack's own.
        stand_ins_apart: mail capture and the stand-in for Twilio are processes of their own, which can be killed.
    """

    folder: Path
    ports: Ports = field(default_factory=Ports)
    time_skipping: bool = False
    say: Callable[[str], None] = lambda _: None
    sentiment: bool = True
    settings: Mapping[str, str] = field(default_factory=dict)
    stand_ins_apart: bool = False

    def __post_init__(self) -> None:
        self._exits = AsyncExitStack()
        self._children: dict[str, Child] = {}
        self._commands: dict[str, list[str]] = {}
        self._restarts = Restarts()
        self.secrets = LocalSecrets.of(self.folder)
        self.environment: dict[str, str] = {}
        self.temporal = LocalTemporal(
            self.folder, port=self.ports.temporal, ui_port=self.ports.temporal_ui, time_skipping=self.time_skipping
        )
        self.postgres = LocalPostgres(self.folder, port=self.ports.postgres)

    @property
    def mail_folder(self) -> Path:
        """Captured mail."""
        return self.folder / "mail"

    @property
    def texts_folder(self) -> Path:
        """Captured texts."""
        return self.folder / "texts"

    @property
    def url(self) -> str:
        """Base of the hook API."""
        return self.environment["RELANCE_PUBLIC_URL"]

    async def start(self) -> None:
        """Starts every part; returns when all of them are ready.

        Raises:
            UnavailableError: a part did not start, or another stack uses the folder; what had started is stopped.
        """
        try:
            await self._start()
        except BaseException:
            await self.stop()
            raise

    async def _start(self) -> None:
        self._exits.enter_context(FolderLock(self.folder))
        # Folders of earlier releases were open to other users of the machine.
        await asyncio.to_thread(tighten, self.folder)
        self.say("Postgres")
        await self._exits.enter_async_context(self.postgres)
        self.say("Temporal")
        await self._exits.enter_async_context(self.temporal)
        await self._start_standins()
        self.environment |= self.settings
        self._write_environment()
        self.say("hooks, worker and sentiment worker")
        await self._spawn("serve", "serve")
        await self._spawn("worker", "worker", "--queues", "relance,relance-send")
        if self.sentiment:
            await self._spawn("sentiment", "worker", "--queues", "relance-sentiment")
        await self._wait_ready()

    async def _start_standins(self) -> None:
        self.say("mail and text capture")
        smtp = free_port(self.ports.smtp)
        http = free_port(self.ports.http)
        self.environment = self._environment(http, smtp, free_port(self.ports.inbound))
        standin = free_port(self.ports.standin)
        url = f"http://127.0.0.1:{standin}"
        self.environment |= {"RELANCE_TWILIO_BASE_URL": url, "RELANCE_STANDIN_URL": url}
        if self.stand_ins_apart:
            for name, port in (("mail", smtp), ("sms", standin)):
                await self._spawn_module(name, "starter.local.stand_in", name, str(port))
            return
        mail = MailCapture(self.mail_folder, port=smtp)
        await mail.start()
        self._exits.push_async_callback(mail.stop)
        texts = TwilioStandIn(
            StandInSettings(
                account_sid=self.secrets.twilio_account_sid,
                auth_token=self.secrets.twilio_auth_token,
                folder=self.texts_folder,
                inbound_url=f"{self.url}/twilio/inbound",
                port=standin,
            )
        )
        await texts.start()
        self._exits.push_async_callback(texts.stop)

    def _environment(self, http: int, smtp: int, inbound: int) -> dict[str, str]:
        secrets = self.secrets
        return {
            **self.temporal.environment,
            "RELANCE_DATABASE_URL": self.postgres.url,
            "RELANCE_TEMPORAL_UI_URL": f"{self.temporal.ui_url}/namespaces/default" if self.temporal.ui_url else "",
            "RELANCE_PUBLIC_URL": f"http://127.0.0.1:{http}",
            "RELANCE_HTTP_PORT": str(http),
            "RELANCE_BEARER_TOKEN": secrets.bearer_token,
            "RELANCE_HOOK_SECRETS": secrets.hook_secret,
            "RELANCE_TOKEN_KEYS": secrets.token_key,
            # A receiver that somebody tries things with is on this machine.
            "RELANCE_WEBHOOK_NETWORKS": "127.0.0.0/8, ::1",
            "RELANCE_SMTP_PORT": str(smtp),
            "RELANCE_SMTP_TLS": "none",
            "RELANCE_INBOUND_PORT": str(inbound),
            "RELANCE_INBOUND_PROTOCOL": "smtp",
            # Its processes would all want the one port.
            "RELANCE_METRICS_PORT": "0",
            "RELANCE_TWILIO_ACCOUNT_SID": secrets.twilio_account_sid,
            "RELANCE_TWILIO_AUTH_TOKENS": secrets.twilio_auth_token,
            "RELANCE_SMS_SENDER": SMS_SENDER,
            "RELANCE_WHATSAPP_SENDER": SMS_SENDER,
            "RELANCE_MAIL_FOLDER": str(self.mail_folder),
            "RELANCE_TEXTS_FOLDER": str(self.texts_folder),
            "RELANCE_UPLOADS_FOLDER": str(self.folder / "uploads"),
        }

    def _write_environment(self) -> None:
        file = self.folder / "local.env"
        file.touch(mode=FILE)
        # A shell reads it too, as examples/hand-over.sh does; a value may hold spaces.
        file.write_text("".join(f"{key}={shlex.quote(value)}\n" for key, value in self.environment.items()))
        self._exits.callback(file.unlink, missing_ok=True)

    async def _spawn(self, name: str, *command: str) -> None:
        await self._spawn_module(name, "starter.cli.main", *command)

    async def _spawn_module(self, name: str, module: str, *arguments: str) -> None:
        self._commands[name] = [sys.executable, "-m", module, *arguments]
        await self._launch(name)

        async def stop() -> None:
            await self._children[name].stop()

        self._exits.push_async_callback(stop)

    async def _launch(self, name: str) -> None:
        env = {**os.environ, **self.environment, "RELANCE_HOME": str(self.folder)}
        log = self.folder / "logs" / f"{name}.log"
        self._children[name] = await Child.start(self._commands[name], log, env=env)

    @property
    def parts(self) -> dict[str, Child]:
        """The process of each part that has one, by its name: ``postgres``, ``temporal``, ``serve``, ``worker`` ..."""
        servers = {"postgres": self.postgres.child, "temporal": self.temporal.child}
        return {name: child for name, child in servers.items() if child is not None} | self._children

    async def start_again(self, name: str) -> None:
        """Starts a part that has ended, as a supervisor does; a server is waited for, a process of ours is not."""
        if name == "postgres":
            await self.postgres.restart()
        elif name == "temporal":
            await self.temporal.restart()
        else:
            await self._launch(name)

    async def _wait_ready(self) -> None:
        queues = ["relance", "relance-send", *(["relance-sentiment"] if self.sentiment else [])]
        async with httpx.AsyncClient() as http:

            async def ready() -> bool:
                self.check()
                try:
                    answer = await http.get(f"{self.url}/readyz", params={"queue": queues}, timeout=5)
                except httpx.HTTPError:
                    return False
                return answer.status_code == httpx.codes.OK

            await self._children["serve"].wait_until(ready, seconds=_READY_SECONDS)

    def check(self) -> None:
        """Raises when a part has ended by itself.

        Raises:
            UnavailableError: with the part's name and the end of its log.
        """
        for child in self._dead():
            raise UnavailableError(_how(child))

    def _dead(self) -> list[Child]:
        return [child for child in self.parts.values() if child.process.returncode is not None]

    async def stop(self) -> None:
        """Stops every part, the newest first."""
        await self._exits.aclose()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    async def watch(self, asked_to_stop: asyncio.Event) -> None:
        """Waits until somebody asks for the end; a part that dies meanwhile is started again.

        Raises:
            UnavailableError: a part died too often.
        """
        while not asked_to_stop.is_set():
            for child in self._dead():
                await self._revive(child, asked_to_stop)
            await _within(0.5, asked_to_stop)

    async def _revive(self, child: Child, asked_to_stop: asyncio.Event) -> None:
        wait = self._restarts.wait(child.name, asyncio.get_running_loop().time())
        if wait is None:
            raise UnavailableError(f"{LIMIT} starts within {WITHIN / 60:.0f} minutes did not help: {_how(child)}")
        self.say(f"{child.name} again (it ended with status {child.process.returncode}; its log is {child.log})")
        await _within(wait, asked_to_stop)
        if asked_to_stop.is_set():
            return
        try:
            await self.start_again(child.name)
        except UnavailableError as error:
            # It is dead again, and the next round counts that.
            self.say(f"{child.name} did not start: {str(error).splitlines()[0]}")


async def _within(seconds: float, asked_to_stop: asyncio.Event) -> None:
    """Waits so long, or until somebody asks for the end."""
    with suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            await asked_to_stop.wait()


def _how(child: Child) -> str:
    status = f"{child.name} ended with status {child.process.returncode}"
    return f"{status}; its log is {child.log}:\n{child.tail()}"
