"""A channel that is registered by a test goes through a whole run: no file of the product names it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

import pytest
import pytest_asyncio

from adapters.clock import utc_now
from sequences.errors import RefusedError
from services.sending.suppress import NewSuppression, suppress
from tests.support.rigs.flow import open_flow
from tests.support.toy_channel import registered
from tests.support.toy_channel.carry import Pigeons
from tests.support.toy_channel.intake import PigeonIntake

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from services.enrolling.enroll import Accepted
    from starter.local.temporal import LocalTemporal
    from tests.support.rigs.flow import FlowRig

BY_PIGEON = (
    "sequence: by-pigeon\nname: By pigeon\nrecord: person\nfrequency_cap: {pigeon: 8 a month}\n"
    "schedule: {window: any}\nsteps:\n"
    "  - {id: hello, pigeon: post/hello}\n  - {id: again, when: 2 days after hello, pigeon: post/again}\n"
    "reactions:\n  - {on: replied.positive, do: [{add_to_list: warm}], then: stop}\n"
)


def _night() -> str:
    """A zone where it is between 3 and 4 in the morning."""
    shift = (3 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"


@pytest.fixture
def pigeons() -> Pigeons:
    return Pigeons()


@pytest_asyncio.fixture
async def flow(database_url: str, temporal: LocalTemporal, tmp_path: Path, pigeons: Pigeons) -> AsyncIterator[FlowRig]:
    with registered():
        async with open_flow(database_url, temporal, tmp_path, {"pigeon": pigeons}) as flow:
            (tmp_path / "post").mkdir()
            (tmp_path / "post" / "hello.pigeon.txt").write_text("Hello {{ person.first_name }}\n")
            (tmp_path / "post" / "again.pigeon.txt").write_text("Coo?\n")
            await flow.publish("by-pigeon", BY_PIGEON, tmp_path)
            yield flow


async def _enrolled(flow: FlowRig) -> Accepted:
    await flow.person(timezone=_night(), email=None, phone=None, **{"custom.loft": "loft-7"})
    accepted = await flow.enroll("by-pigeon")
    await flow.until_state(accepted, "active")

    async def planned() -> bool:
        return (await flow.steps(accepted)).get("hello") == "planned"

    await flow.until(planned)
    return accepted


async def test_quiet_hours_move_it_its_carrier_sends_it_and_an_answer_ends_the_run(
    flow: FlowRig, pigeons: Pigeons
) -> None:
    accepted = await _enrolled(flow)
    step = (await flow.rows("steps_of", enrollment_id=accepted.enrollment))[0]
    local = step["due_at"].astimezone(ZoneInfo(_night()))
    assert (local.hour, local.minute, step["moved_by"]) == (9, 0, ["quiet_hours"])
    assert pigeons.flown == []
    await flow.skip(accepted, hours=7)
    await flow.until_step(accepted, "hello")
    assert pigeons.flown == [("loft-7", "Hello Alex")]
    send = (await flow.rows("sends_of", enrollment_id=accepted.enrollment))[0]
    assert (send["channel"], send["state"], send["sender"]) == ("pigeon", "sent", "our-loft")
    intake = PigeonIntake(flow.services.database, utc_now, flow.dispatcher.wake)
    assert (await intake.receive("ring-1", "loft-7", "Good, tell me more")).fresh
    assert not (await intake.receive("ring-1", "loft-7", "Good, tell me more")).fresh
    await flow.until_state(accepted, "stopped")
    assert await flow.handle(accepted).result() == "replied.positive (replied.positive)"
    assert await flow.steps(accepted) == {"hello": "sent", "again": "cancelled"}


async def test_a_suppression_on_the_channel_refuses_what_is_due_and_whoever_would_enter(
    flow: FlowRig, pigeons: Pigeons
) -> None:
    accepted = await _enrolled(flow)
    async with flow.services.database.transaction() as connection:
        await suppress(connection, NewSuppression("pigeon", "crm", "test", utc_now(), person="p1", address="loft-7"))
    await flow.skip(accepted, hours=7)
    await flow.until_step(accepted, "hello", "refused")
    assert pigeons.flown == []
    await flow.person("p2", timezone=_night(), **{"custom.loft": "loft-8"})
    async with flow.services.database.transaction() as connection:
        await suppress(connection, NewSuppression("pigeon", "crm", "test", utc_now(), person="p2"))
    with pytest.raises(RefusedError, match="must not be contacted"):
        await flow.enroll("by-pigeon", "p2")


async def test_without_an_address_on_the_channel_nobody_enters(flow: FlowRig) -> None:
    await flow.person("p3")
    with pytest.raises(RefusedError, match="no_loft"):
        await flow.enroll("by-pigeon", "p3")
