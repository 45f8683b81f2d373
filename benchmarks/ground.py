"""The servers that benchmarks run on."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import asyncpg
from google.protobuf.duration_pb2 import Duration
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest
from temporalio.client import Client

from starter.local.mail_capture import MailCapture
from starter.local.postgres import LocalPostgres
from starter.local.temporal import LocalTemporal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

_RETENTION = 3 * 86_400


@dataclass
class Ground:
    """One Postgres, one Temporal, one mail sink."""

    folder: Path
    postgres: LocalPostgres
    temporal: LocalTemporal
    mail: MailCapture

    @classmethod
    @asynccontextmanager
    async def open(cls, folder: Path) -> AsyncIterator[Ground]:
        """Starts them, and stops them at the end."""
        async with AsyncExitStack() as stack:
            postgres = await stack.enter_async_context(LocalPostgres(folder))
            temporal = await stack.enter_async_context(LocalTemporal(folder, ui_port=None))
            mail = MailCapture(folder / "mail")
            await mail.start()
            stack.push_async_callback(mail.stop)
            yield cls(folder, postgres, temporal, mail)

    def pid_of_temporal(self) -> int:
        """Its process id."""
        assert self.temporal.child is not None
        return self.temporal.child.pid

    def pid_of_postgres(self) -> int:
        """The process id of its first process."""
        assert self.postgres.child is not None
        return self.postgres.child.pid

    async def room_for(self, database: str) -> str:
        """Makes a database, and a namespace of nearly the same name, which is returned."""
        owner = await asyncpg.connect(self.postgres.url_of("postgres"))
        try:
            await owner.execute(f'CREATE DATABASE "{database}"')
            # Files that shrink in between would make rows of negative size.
            await owner.execute(f'ALTER DATABASE "{database}" SET vacuum_truncate = off')
        finally:
            await owner.close()
        client = await Client.connect(self.temporal.address)
        wanted = RegisterNamespaceRequest(
            namespace=database.replace("_", "-"), workflow_execution_retention_period=Duration(seconds=_RETENTION)
        )
        await client.workflow_service.register_namespace(wanted)
        return wanted.namespace
