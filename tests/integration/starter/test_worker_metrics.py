"""What Prometheus reads of a worker: how late messages go, and how soon a reply stops its run."""

from __future__ import annotations

import re
import socket
import urllib.request
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from temporalio.testing import ActivityEnvironment

from adapters.temporal.metrics import Instruments, metered_runtime
from sequences.errors import SettingsError
from sequences.runs.state import StepCall
from services.reactions.handle_reaction import HandleReaction
from tests.support.rigs.send import NOW, send_rig
from tests.support.scrapes import PAGE, answered, promtool


@dataclass
class Kept(Instruments):
    """What was measured."""

    values: list[tuple[str, float]] = field(default_factory=list)

    def sent(self, channel: str, late: float) -> None:
        self.values.append((channel, late))

    def stopped(self, kind: str, after: float) -> None:
        self.values.append((kind, after))


async def test_a_message_that_went_out_says_how_late_it_was(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("intro")
        run, kept, steps = await rig.ready("intro", frozen=False), Kept(), rig.steps()
        steps._taking = replace(steps._taking, instruments=kept)
        late = NOW + timedelta(seconds=90)
        for _ in range(2):
            await ActivityEnvironment().run(steps.take_step, StepCall(run.run.id, "one", late))
        assert kept.values == [("email", 90.0)]


async def test_a_reply_that_stopped_a_run_says_how_soon_and_once(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("intro")
        run, kept = await rig.ready("intro", frozen=False), Kept()
        await answered(rig.database, run.run.id)
        handling = HandleReaction(rig.database, rig.planning, rig.follow_ups, kept)
        for _ in range(2):
            await handling.handle(run.run.id, "r" + run.run.id[1:], NOW)
        assert kept.values == [("replied", 60.0)]


def test_the_port_of_a_worker_has_both_metrics_and_its_address_must_be_free() -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    runtime = metered_runtime("127.0.0.1", port)
    instruments = Instruments(runtime.metric_meter)
    instruments.sent("email", 2.0)
    instruments.sent("sms", -1.0)
    instruments.stopped("replied", 0.3)
    text = urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=5).read().decode()
    assert 'relance_send_lateness_seconds_bucket{channel="email",le="5"} 1' in text
    assert 'relance_send_lateness_seconds_bucket{channel="sms",le="1"} 1' in text
    assert 'relance_reply_to_stop_seconds_bucket{kind="replied",le="0.5"} 1' in text
    for name, kind in re.findall(r"^# TYPE (relance_\w+) (\w+)$", text, re.MULTILINE):
        assert f"| `{name}` | {kind} |" in PAGE
    promtool(text)
    with pytest.raises(SettingsError, match="RELANCE_METRICS_PORT"):
        metered_runtime("127.0.0.1", port)
