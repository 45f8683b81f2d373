"""``relance up`` as a subprocess, as a person would start it."""

from __future__ import annotations

import asyncio
import json
import os
import shlex
import signal
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from tests.support.waiting import PATIENCE, until

ROOT = Path(__file__).parents[3]
QUEUES = ("relance", "relance-send", "relance-sentiment")


@dataclass
class Up:
    """A running ``relance up``."""

    process: asyncio.subprocess.Process
    home: Path

    @property
    def settings(self) -> dict[str, str]:
        pairs = (line.partition("=") for line in (self.home / "local.env").read_text().splitlines())
        return {key: "".join(shlex.split(value)) for key, _, value in pairs}

    async def stop(self, how: signal.Signals = signal.SIGINT) -> str:
        """As Ctrl-C does; returns what it printed."""
        if self.process.returncode is None:
            self.process.send_signal(how)
        output, _ = await asyncio.wait_for(self.process.communicate(), PATIENCE)
        return output.decode()


async def start_up(home: Path, queues: Sequence[str] = QUEUES) -> Up:
    """Starts everything, and waits for the workers of ``queues``: the one of sentiment takes longest, for its model."""
    environment = {**os.environ, "RELANCE_HOME": str(home), "COLUMNS": "200", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "starter.cli.main",
        "up",
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    up = Up(process, home)

    async def ready() -> bool:
        if process.returncode is not None:
            output, _ = await process.communicate()
            raise AssertionError(f"relance up ended: {output.decode()}")
        try:
            url = up.settings["RELANCE_PUBLIC_URL"]
            async with httpx.AsyncClient() as http:
                answer = await http.get(f"{url}/readyz", params={"queue": list(queues)}, timeout=5)
            return answer.status_code == 200
        except (OSError, KeyError, httpx.HTTPError):
            return False

    await until(ready, between=0.1)
    return up


async def relance(home: Path, *arguments: str) -> tuple[int, str]:
    """Runs a command of the CLI; its exit status and output."""
    environment = {**os.environ, "RELANCE_HOME": str(home), "COLUMNS": "200", "NO_COLOR": "1"}
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "starter.cli.main",
        *arguments,
        cwd=ROOT,
        env=environment,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
    )
    output, _ = await asyncio.wait_for(process.communicate(), PATIENCE)
    return process.returncode or 0, output.decode()


def as_json(text: str) -> Any:
    return json.loads(text)
