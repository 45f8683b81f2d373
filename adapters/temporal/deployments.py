"""Worker versioning: which build of the workers Temporal gives new tasks to.

https://docs.temporal.io/production-deployment/worker-deployments/worker-versioning: every worker says its deployment
and its build; one build of a deployment is the current one, and another may be given a share of what starts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig

from adapters.temporal.client_calls import in_time
from sequences.errors import NotFoundError, RefusedError, RequestRefused

if TYPE_CHECKING:
    from temporalio.client import Client

_PATIENCE = 15.0
_FAILED = "Temporal did not change the deployment"


@dataclass(frozen=True)
class Builds:
    """Builds of a deployment, as Temporal knows them.

    Attributes:
        current: gets what starts, and what wakes up; empty: workers without a build do.
        ramping: gets a share of it instead; empty: none does.
        percent: that share.
        known: all builds that have ever polled, the newest first.
    """

    current: str
    ramping: str
    percent: float
    known: tuple[str, ...]


def versioned(deployment: str, build: str) -> WorkerDeploymentConfig | None:
    """What a worker of that build is told; None, if ``build`` is empty: it says nothing, and gets everything.

    Runs move to the current build when they wake up: they sleep for months, and their histories replay on newer code.
    """
    if not build:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment, build),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def builds(client: Client, deployment: str) -> Builds:
    """What there is.

    Raises:
        NotFoundError: no worker with a build has polled yet.
        UnavailableError: Temporal does not answer.
    """
    request = DescribeWorkerDeploymentRequest(namespace=client.namespace, deployment_name=deployment)
    async with in_time("Temporal did not describe the deployment", _PATIENCE):
        try:
            answer = await client.workflow_service.describe_worker_deployment(request)
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND:
                raise
            raise NotFoundError(
                f"no worker of the deployment {deployment} has polled: start one with RELANCE_BUILD_ID"
            ) from None
    info = answer.worker_deployment_info
    routing = info.routing_config
    newest = sorted(info.version_summaries, key=lambda each: each.create_time.ToNanoseconds(), reverse=True)
    return Builds(
        current=routing.current_deployment_version.build_id,
        ramping=routing.ramping_deployment_version.build_id,
        percent=routing.ramping_version_percentage,
        known=tuple(each.deployment_version.build_id for each in newest),
    )


async def make_current(client: Client, deployment: str, build: str) -> None:
    """From now on ``build`` gets what starts, and what wakes up. The same again changes nothing.

    Raises:
        RefusedError: Temporal refuses, such as for a build that does not poll every queue of the current one.
        UnavailableError: Temporal does not answer.
    """
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace, deployment_name=deployment, build_id=build
    )
    async with in_time(_FAILED, _PATIENCE):
        try:
            await client.workflow_service.set_worker_deployment_current_version(request)
        except RPCError as error:
            raise _refused(error, build) from error


async def ramp(client: Client, deployment: str, build: str, percent: float) -> None:
    """Gives ``build`` that share, 0 to 100, of what starts and wakes up; the current one keeps the rest.

    Raises:
        RefusedError: as of ``make_current``.
        UnavailableError: Temporal does not answer.
    """
    request = SetWorkerDeploymentRampingVersionRequest(
        namespace=client.namespace, deployment_name=deployment, build_id=build, percentage=percent
    )
    async with in_time(_FAILED, _PATIENCE):
        try:
            await client.workflow_service.set_worker_deployment_ramping_version(request)
        except RPCError as error:
            raise _refused(error, build) from error


def _refused(error: RPCError, build: str) -> Exception:
    if error.status in (RPCStatusCode.FAILED_PRECONDITION, RPCStatusCode.INVALID_ARGUMENT, RPCStatusCode.NOT_FOUND):
        return RefusedError(RequestRefused.BUILD, f"Temporal refuses build {build}: {error.message}")
    return error
