"""Builds of workers on a real server: a new one takes over what sleeps, and the old one takes it back."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio

from adapters.temporal import deployments
from sequences.errors import NotFoundError, RefusedError
from starter.local.temporal import LocalTemporal
from worker import QUEUES

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig

NAME = "relance"
SEQUENCE = """\
sequence: versioned
name: Versioned
record: person
schedule: {window: any}
steps:
  - {id: one, email: bd/introduce}
  - {id: two, email: bd/introduce, when: 3 days after one}
  - {id: three, email: bd/introduce, when: 3 days after two}
"""


@pytest_asyncio.fixture(scope="module", name="temporal")
async def server_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[LocalTemporal]:
    """Once a queue has a current build, workers without one get nothing: no server for other tests."""
    async with LocalTemporal(tmp_path_factory.mktemp("versioned"), time_skipping=True, ui_port=None) as server:
        yield server


@contextlib.asynccontextmanager
async def build(flow: FlowRig, name: str) -> AsyncIterator[None]:
    """Workers of a build on every queue, as long as the block lasts."""
    services, before = flow.services, flow.workers
    flow.services, flow.workers = replace(services, build=deployments.versioned(NAME, name)), {}
    try:
        for queue in QUEUES:
            await flow.start_worker(queue)
        mine = flow.workers
    finally:
        flow.services, flow.workers = services, before
    try:
        yield
    finally:
        for stack in mine.values():
            await stack.aclose()


async def made_current(flow: FlowRig, name: str) -> None:
    """Temporal refuses until it has seen the workers poll: they have only just begun."""

    async def done() -> bool:
        with contextlib.suppress(RefusedError, NotFoundError):
            await deployments.make_current(flow.services.client, NAME, name)
            return (await deployments.builds(flow.services.client, NAME)).current == name
        return False

    await flow.until(done)


async def build_of(flow: FlowRig, accepted: Accepted) -> str:
    found = await flow.handle(accepted).describe()
    return str(found.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id)


async def test_a_new_build_takes_over_what_sleeps_and_the_old_one_takes_it_back(flow: FlowRig) -> None:
    client = flow.services.client
    with pytest.raises(NotFoundError, match="RELANCE_BUILD_ID"):
        await deployments.builds(client, NAME)
    await flow.person("p1", timezone="UTC")
    await flow.publish("versioned", SEQUENCE)
    # It began before there were builds.
    accepted = await flow.enroll("versioned")
    await flow.until_step(accepted, "one")
    for queue in list(flow.workers):
        await flow.stop_worker(queue)

    async with build(flow, "old"):
        await made_current(flow, "old")
        await flow.skip(accepted, days=3, minutes=1)
        await flow.until_step(accepted, "two")
        assert await build_of(flow, accepted) == "old"

    # Temporal tells its queues of the current build by and by: while both run, the old one may get some more.
    async with build(flow, "new"):
        await made_current(flow, "new")
        # A reply is judged and handled by the new one; nothing was told to the run in between.
        await flow.reply(accepted, "I am away, but this sounds good, tell me more")
        await flow.until_state(accepted, "completed", "stopped")

        async def moved() -> bool:
            return await build_of(flow, accepted) == "new"

        await flow.until(moved)

    async with build(flow, "old"):
        await made_current(flow, "old")
        await flow.person("p2", timezone="UTC")
        after = await flow.enroll("versioned", "p2")
        await flow.until_step(after, "one")
        assert await build_of(flow, after) == "old"

    found = await deployments.builds(client, NAME)
    assert (found.current, found.ramping) == ("old", "")
    assert set(found.known) == {"old", "new"}
    sent = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    assert [row["step"] for row in sent] == ["one", "two"]

    # And back to workers that name no build.
    await deployments.make_current(client, NAME, "")
    assert (await deployments.builds(client, NAME)).current == ""
    for queue in QUEUES:
        await flow.start_worker(queue)
    await flow.person("p3", timezone="UTC")
    last = await flow.enroll("versioned", "p3")
    await flow.until_step(last, "one")
    assert await build_of(flow, last) == ""


async def test_a_build_that_nobody_runs_is_refused(flow: FlowRig) -> None:
    with pytest.raises(RefusedError, match="no-such-build"):
        await deployments.make_current(flow.services.client, NAME, "no-such-build")
