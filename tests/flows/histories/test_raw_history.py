"""What searches histories for personal data finds what is there: else its tests could not fail."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.runs.state import Command, CommandKind
from tests.support.raw_history import found_in, raw_history

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig


async def test_a_planted_word_is_found(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    await flow.person(timezone="UTC")
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    await flow.services.runs.command(accepted.workflow_id, Command("c1", CommandKind.PAUSE, "planted, p9@a.example"))
    handle = flow.handle(accepted)
    words = ("planted", "p9@a.example", "never said")
    assert found_in(await raw_history(handle), words) == ["planted", "p9@a.example"]
    # Where payloads are in base64 the same words are hidden.
    assert "planted" not in (await handle.fetch_history()).to_json()
