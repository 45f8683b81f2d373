"""Questions to the servers that we need: do you answer, and does a worker poll this queue?"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, timedelta
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import TaskQueueType
from temporalio.api.taskqueue.v1 import TaskQueue
from temporalio.api.workflowservice.v1 import DescribeTaskQueueRequest

from adapters.clock import utc_now
from adapters.temporal.client import require_search_attributes
from sequences.errors import UnavailableError
from sequences.names import QUEUE, SEND_QUEUE, SENTIMENT_QUEUE

if TYPE_CHECKING:
    from datetime import datetime

    from temporalio.client import Client

    from adapters.postgres.database import Database

QUEUES = (QUEUE, SEND_QUEUE, SENTIMENT_QUEUE)
_STALE = timedelta(seconds=75)
"""A poll lasts a minute at most; Temporal remembers pollers for five, also dead ones."""

ATTRIBUTES = "search attributes (relance setup temporal)"
"""What is missing when no run could start, with what to do about it."""

Probe = Callable[[], Awaitable[None]]


async def _nothing_polled(queue: str, host: str | None = None) -> bool:
    return False


@dataclass(frozen=True)
class Probes:
    """``servers``: by name, each raising when its server does not answer; ``polled``: as of ``has_pollers``."""

    servers: Mapping[str, Probe] = field(default_factory=dict)
    polled: Callable[[str, str | None], Awaitable[bool]] = _nothing_polled

    @classmethod
    def of(cls, database: Database, client: Client) -> Probes:
        """The probes of the real servers."""

        async def postgres() -> None:
            async with database.transaction() as connection:
                await connection.execute("SELECT 1")

        async def temporal() -> None:
            if not await client.service_client.check_health():
                raise UnavailableError("Temporal is not serving")

        async def attributes() -> None:
            await require_search_attributes(client)

        async def polled(queue: str, host: str | None = None) -> bool:
            return await has_pollers(client, queue, host)

        return cls({"postgres": postgres, "temporal": temporal, ATTRIBUTES: attributes}, polled)


async def has_pollers(client: Client, queue: str, host: str | None = None) -> bool:
    """True when a worker asked ``queue`` for activities lately. Arguments as of ``polled_at``."""
    now = utc_now()
    return any(now - at < _STALE for at in await polled_at(client, queue, host))


async def polled_at(client: Client, queue: str, host: str | None = None) -> list[datetime]:
    """When each worker last asked ``queue`` for activities, by Temporal's clock.

    Args:
        client: of the namespace.
        queue: its name.
        host: only workers of that machine or container count; its name ends their identity, as the SDK makes it.
    """
    answer = await client.workflow_service.describe_task_queue(
        DescribeTaskQueueRequest(
            namespace=client.namespace,
            task_queue=TaskQueue(name=queue),
            task_queue_type=TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
        )
    )
    return [
        poller.last_access_time.ToDatetime(UTC)
        for poller in answer.pollers
        if host is None or poller.identity.endswith(f"@{host}")
    ]
