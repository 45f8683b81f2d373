"""A whole Relance forgets one person: the run ends, the words go, and so do the histories in Temporal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from temporalio.client import WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from adapters.clock import utc_now
from services.access.audit import CLI
from services.privacy.ask_to_erase import ErasureOrder
from starter.composition import erasing_of
from tests.support.erasing import everything, where_it_says

if TYPE_CHECKING:
    from services.enrolling.enroll import Accepted
    from tests.support.rigs.flow import FlowRig


async def is_gone(flow: FlowRig, accepted: Accepted) -> bool:
    try:
        await flow.handle(accepted).describe()
    except RPCError as error:
        return error.status is RPCStatusCode.NOT_FOUND
    return False


async def test_an_open_run_ends_and_its_history_is_deleted(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    runs = {}
    for person, name in (("p1", "Philippa"), ("p2", "Quentin")):
        await flow.person(person, first_name=name)
        runs[person] = await flow.enroll("two-step", person)
        await flow.until_step(runs[person], "one")
    await flow.reply(runs["p1"], "Philippa here, we have received your mail", step="one")
    before = await everything(flow.services.database.pool)
    assert {"person.first_name", "send.text", "inbound.text"} <= where_it_says(before, "Philippa")
    erasing, now = erasing_of(flow.services), utc_now()
    async with flow.services.database.transaction() as connection:
        root = await erasing.asking.begin(connection, ErasureOrder("p1", CLI), now)
    report = await erasing.carry_out(root)
    assert (report.histories_left, report.runs <= 1, report.histories >= 1) == ("", True, True)
    assert await flow.state(runs["p1"]) in ("stopped", "finished")
    await flow.until(lambda: is_gone(flow, runs["p1"]))
    after = await everything(flow.services.database.pool)
    for words in ("Philippa", "p1@client.example", "+442071838750"):
        assert where_it_says(after, words) - {"owner.phone"} == set()
    assert where_it_says(after, "Quentin") == where_it_says(before, "Quentin")
    description = await flow.handle(runs["p2"]).describe()
    assert description.status is WorkflowExecutionStatus.RUNNING
    # An answer that comes later matches nothing, and a no in it is remembered by the hash alone.
    sends = await flow.rows("sends_of", enrollment_id=runs["p1"].enrollment)
    assert [send["recipient"] for send in sends] == [""]
    raw = (
        "From: p1@client.example\r\nTo: us@agency.example\r\nSubject: Re: hello\r\n"
        "Message-ID: <late@client.example>\r\n"
        f"In-Reply-To: {sends[0]['message_id']}\r\nDate: Mon, 30 Nov 2026 10:00:00 +0000\r\n\r\n"
        "Please remove me from your list and never write to me again.\r\n"
    )
    await flow.intake.receive(raw.encode(), ())
    (came,) = await flow.services.database.pool.fetch("SELECT state, send_id FROM inbound WHERE text LIKE 'Please%'")
    assert (came["state"], came["send_id"]) == ("unmatched", None)
    kept = await flow.services.database.pool.fetch("SELECT channel, reason FROM erased_address ORDER BY 1, 2")
    assert ("email", "opt_out") in [(row["channel"], row["reason"]) for row in kept]
    late = await everything(flow.services.database.pool)
    assert {name.partition(".")[0] for name in where_it_says(late, "p1@client.example")} == {"inbound"}
