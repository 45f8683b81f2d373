"""Workers in processes of their own, to be killed outright."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig


class WorkerProcesses:
    """Worker processes, one at a time; the environment is what a person would set."""

    def __init__(self, flow: FlowRig, temporal: LocalTemporal, database_url: str) -> None:
        self._environment = {
            **os.environ,
            **temporal.environment,
            "RELANCE_DATABASE_URL": database_url,
            "RELANCE_BEARER_TOKEN": "bearer-for-tests",
            "RELANCE_HOOK_SECRETS": "hook-key-for-tests",
            "RELANCE_TOKEN_KEYS": "token-key-for-tests",
            "RELANCE_HOME": str(flow.folder),
        }
        self._process: asyncio.subprocess.Process | None = None

    async def kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            await process.communicate()
