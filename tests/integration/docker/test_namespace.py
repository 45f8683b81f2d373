"""The namespace job of the production-shaped stack, run by a real shell against a real server."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest

from adapters.temporal.client import connect, missing_search_attributes
from sequences.names import SEARCH_ATTRIBUTES
from starter.local.temporal import LocalTemporal, binary
from tests.support.waiting import PATIENCE

SCRIPT = Path(__file__).parents[3] / "docker" / "temporal" / "namespace.sh"


async def run_job(temporal: LocalTemporal, namespace: str, keywords: str) -> tuple[int, str]:
    environment = {
        "PATH": f"{Path(binary()).parent}:{os.environ['PATH']}",
        "HOME": os.environ.get("HOME", "/"),
        "TEMPORAL_ADDRESS": temporal.address,
        "TEMPORAL_NAMESPACE": namespace,
        "RETENTION": "30d",
        "KEYWORDS": keywords,
    }
    process = await asyncio.create_subprocess_exec(
        "/bin/sh", str(SCRIPT), env=environment, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.STDOUT
    )
    async with asyncio.timeout(PATIENCE):
        output, _ = await process.communicate()
    return process.returncode or 0, output.decode()


async def test_the_job_makes_what_the_worker_asks_for_and_may_run_again(temporal: LocalTemporal) -> None:
    names = " ".join(SEARCH_ATTRIBUTES)
    for _ in range(2):
        status, output = await run_job(temporal, "job", names)
        assert status == 0, output
    client = await connect({**temporal.environment, "TEMPORAL_NAMESPACE": "job"})
    assert await missing_search_attributes(client) == {}
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace="job"))
    assert described.config.workflow_execution_retention_ttl.ToTimedelta().days == 30


async def test_a_name_that_is_part_of_another_is_registered_too(temporal: LocalTemporal) -> None:
    status, output = await run_job(temporal, "job-parts", "RelanceOwnerTeam RelanceOwner")
    assert status == 0, output
    client = await connect({**temporal.environment, "TEMPORAL_NAMESPACE": "job-parts"})
    assert "RelanceOwner" not in await missing_search_attributes(client)
