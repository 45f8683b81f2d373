"""A contact replies, and the run of a colleague at the same client stops or pauses by itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from sequences.reactions.same_client import REASONS

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig


@pytest.mark.parametrize(("same_client", "state"), [("stop", "stopped"), ("pause 14 days", "paused")])
async def test_the_run_of_a_colleague_hears_of_a_reply(
    flow: FlowRig, two_step: str, same_client: str, state: str
) -> None:
    await flow.write("client", "c1", name="Acme")
    await flow.publish("two-step", f"{two_step}same_client: {same_client}\n")
    runs = []
    for who in ("p1", "p2"):
        await flow.person(who, email=f"{who}@client.example", client_id="c1")
        runs.append(await flow.enroll("two-step", who))
        await flow.until_step(runs[-1], "one")
    await flow.reply(runs[0], "Please tell me more")
    await flow.until_state(runs[1], state)
    row = await flow.row("enrollment_row", id=runs[1].enrollment)
    assert row is not None
    assert row["reason"] == REASONS["replied"]
    assert (await flow.steps(runs[1]))["two"] == ("cancelled" if state == "stopped" else "planned")
