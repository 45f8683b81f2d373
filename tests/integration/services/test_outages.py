"""Twilio that cannot be used makes a sound: a row, a warning, a word to the operator, and an end."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from temporalio.testing import ActivityEnvironment

from sequences.runs.state import StepCall
from services.outages import TWILIO, Outages
from services.reading.health import outbox
from tests.support.rigs.send import NOW, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as opened:
        yield opened


@pytest.mark.parametrize(
    ("status", "words"), [("503 Service Unavailable", "HTTP 503"), ("429 Too Many Requests", "HTTP 429")]
)
async def test_an_outage_of_twilio_is_told_once_and_so_is_its_end(
    rig: SendRig,
    status: str,
    words: str,
    scripted: Any,
    make_standin: Any,
    make_transport: Any,
    caplog: pytest.LogCaptureFixture,
) -> None:
    await rig.publish("texts", channel="sms")
    waiting = [await rig.ready("texts", frozen=False) for _ in range(9)]
    wall = [NOW]
    outages = Outages(rig.database, lambda: wall[0], "dana")

    async def attempt(url: str) -> None:
        rig.wire = make_transport(url)
        steps = rig.steps(outages=outages)
        for run in (waiting.pop() for _ in range(3)):
            call = StepCall(enrollment=run.run.id, step="one", now=NOW)
            await ActivityEnvironment().run(steps.take_step, call)
        wall[0] += timedelta(minutes=4)

    def warnings() -> list[str]:
        return [record.getMessage() for record in caplog.records if record.name == "relance.outages"]

    scripted.script = f"HTTP/1.1 {status}\r\nContent-Type: text/plain\r\nContent-Length: 0\r\n\r\n".encode()
    await attempt(scripted.url)
    [shown] = (await outbox(rig.database, wall[0])).outages
    assert (shown.name, shown.good) == (TWILIO, False)
    assert words in shown.words
    assert len(warnings()) == 1
    await attempt(scripted.url)
    # Ten minutes have not passed.
    assert len(warnings()) == 1
    standin = await make_standin(account_sid="AC" + "0" * 31 + "1")
    await attempt(standin.url)
    assert (await outbox(rig.database, wall[0])).outages == ()
    assert warnings()[-1].startswith("Twilio works again")
    titles = [row["title"] for row in await rig.fetch("SELECT title FROM notification WHERE kind = 'outage'")]
    assert len(titles) == 2
    assert "+4420" not in caplog.text + " ".join(titles)
