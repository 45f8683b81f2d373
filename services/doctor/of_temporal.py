"""Temporal: search attributes, schedules, the namespace, the server, and its clock."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Final

from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    GetSystemInfoRequest,
)
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client import missing_search_attributes, words_of_missing
from adapters.temporal.client_calls import in_time
from adapters.temporal.schedules import ALL_PASSES
from services.doctor.findings import HealthFinding, HealthSeverity
from services.doctor.of_postgres import CLOCKS
from services.reading.probes import QUEUES, polled_at

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from temporalio.client import Client

_SILENT: Final = "Temporal did not answer"
_SECONDS: Final = 10.0
_OLDEST: Final = (1, 28)
_KEPT: Final = timedelta(days=7)
_BLOB: Final = 1 << 20
"""Bytes. Ours are a few kilobytes; the SDK warns of what is larger than a quarter of the server's own limit."""


async def attributes_of(client: Client) -> list[HealthFinding]:
    """Search attributes without which no run starts."""
    missing = await missing_search_attributes(client)
    words = words_of_missing(client.namespace, missing)
    return [HealthFinding("search attributes", words, "relance setup temporal")] if missing else []


async def schedules_of(client: Client) -> list[HealthFinding]:
    """Schedules that are missing or paused."""
    found = []
    for each in ALL_PASSES:
        async with in_time(_SILENT, _SECONDS):
            try:
                description = await client.get_schedule_handle(each.schedule).describe()
            except RPCError as error:
                if error.status is not RPCStatusCode.NOT_FOUND:
                    raise
                words = f"the Schedule {each.schedule} is missing: nobody {each.note}; a worker makes it at its start"
                found.append(HealthFinding("schedules", words, "relance worker --queues relance,relance-send"))
                continue
        if description.schedule.state.paused:
            words = f"the Schedule {each.schedule} is paused: nobody {each.note}"
            command = f"temporal schedule toggle --schedule-id {each.schedule} --unpause --reason checked"
            found.append(HealthFinding("schedules", words, command, severity=HealthSeverity.WARNING))
    return found


async def namespace_of(client: Client) -> list[HealthFinding]:
    """How long closed runs are kept, and how large a payload may be."""
    async with in_time(_SILENT, _SECONDS):
        answer = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    found = []
    kept = answer.config.workflow_execution_retention_ttl.ToTimedelta()
    if timedelta(0) < kept < _KEPT:
        words = (
            f"the namespace {client.namespace} keeps closed runs for {kept.days} days only, which a restore may need"
        )
        command = f"temporal operator namespace update --namespace {client.namespace} --retention 30d"
        found.append(HealthFinding("retention", words, command, severity=HealthSeverity.HINT))
    limit = answer.namespace_info.limits.blob_size_limit_error
    if 0 < limit < _BLOB:
        words = f"Temporal refuses payloads above {limit} bytes"
        command = "limit.blobSize.error in Temporal's dynamic configuration"
        found.append(HealthFinding("payloads", words, command, severity=HealthSeverity.WARNING))
    return found


async def server_of(client: Client) -> list[HealthFinding]:
    """Its version."""
    async with in_time(_SILENT, _SECONDS):
        answer = await client.workflow_service.get_system_info(GetSystemInfoRequest())
    version = answer.server_version
    numbers = tuple(int(part) for part in version.split(".")[:2] if part.isdigit())
    if len(numbers) == 2 and numbers < _OLDEST:
        words = f"Temporal {version} is older than {'.'.join(map(str, _OLDEST))}: runs that are stuck are not told"
        return [HealthFinding("Temporal", words, "temporal --version", severity=HealthSeverity.WARNING)]
    return []


async def clock_of(client: Client, clock: Callable[[], datetime]) -> list[HealthFinding]:
    """Whether Temporal's clock is ahead of ours: it says when a worker asked it last, which was not in the future."""
    ahead = timedelta(0)
    for queue in QUEUES:
        async with in_time(_SILENT, _SECONDS):
            asked = await polled_at(client, queue)
        now = clock()
        ahead = max([ahead, *(at - now for at in asked)])
    if ahead <= CLOCKS:
        return []
    words = f"Temporal's clock is {ahead.total_seconds():.0f} s ahead of this machine's"
    return [HealthFinding("clock", words, "timedatectl status")]
