"""Every control while a message is under way: the send is finished first, once, and the control is decided after it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from sequences.errors import RefusedError
from sequences.runs.state import Command
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.operations.command_run import steer
from tests.support.waiting import PATIENCE

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

TWO_TEXTS = (
    "sequence: two-texts\nname: Two texts\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, sms: onboarding/how-is-it-going}\n"
    "  - {id: two, when: 2 days after one, sms: onboarding/how-is-it-going}\n"
)


class Gate:
    """An SMS transport that holds every text until it is opened."""

    def __init__(self) -> None:
        self.sent: list[str] = []
        self.reached = asyncio.Event()
        self.opened = asyncio.Event()

    async def send(self, *, recipient: str, **_: object) -> TransportOutcome:
        self.reached.set()
        await self.opened.wait()
        self.sent.append(recipient)
        return TransportOutcome(TransportVerdict.ACCEPTED, "http")


def _awake() -> str:
    """A zone where it is the middle of the day now: texts obey quiet hours in tests as well."""
    shift = (12 - datetime.now(UTC).hour + 12) % 24 - 12
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"


@pytest.mark.parametrize(
    ("kind", "state", "steps", "refused"),
    [
        ("pause", "paused", {"one": "sent", "two": "planned"}, None),
        ("stop", "stopped", {"one": "sent", "two": "cancelled"}, None),
        ("skip", "active", {"one": "sent", "two": "planned"}, "one"),
        ("send-now", "active", {"one": "sent", "two": "planned"}, "one"),
        ("resume", "active", {"one": "sent", "two": "planned"}, "not paused"),
    ],
)
async def test_a_control_while_a_text_is_under_way(
    flow: FlowRig, kind: str, state: str, steps: dict[str, str], refused: str | None
) -> None:
    gate = Gate()
    flow.texts.send = gate.send  # type: ignore[method-assign]
    await flow.publish("two-texts", TWO_TEXTS)
    await flow.person(timezone=_awake())
    accepted = await flow.enroll("two-texts")
    await asyncio.wait_for(gate.reached.wait(), PATIENCE)
    asking = asyncio.create_task(
        steer(flow.services.database, flow.services.runs, accepted.enrollment, Command("during", kind))
    )
    # The run must have the command before the text is let go, or this would test the next state.
    await _asked(flow, accepted.workflow_id, asking)
    gate.opened.set()
    if refused is None:
        assert (await asking).changed
    else:
        with pytest.raises(RefusedError, match=refused):
            await asking
    await flow.until_state(accepted, state)
    await flow.until_step(accepted, "one")
    assert await flow.steps(accepted) == steps
    assert len(gate.sent) == 1


async def _asked(flow: FlowRig, workflow_id: str, asking: asyncio.Task[object]) -> None:
    async def known() -> bool:
        return asking.done() or "during" in (await flow.services.runs.status(workflow_id)).seen

    await flow.until(known)
