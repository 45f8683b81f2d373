"""What a real run leaves on its person: the time of our own mail with its lineage, the time of the reply without."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig


async def test_a_sent_mail_is_a_contact_at_the_runs_time_and_a_reply_is_a_persons(flow: FlowRig) -> None:
    await flow.publish("new-services")
    await flow.person()
    accepted = await flow.enroll("new-services")
    await flow.until_step(accepted, "introduce")
    person = await flow.row("person_row", id="p1")
    assert person is not None
    assert abs(person["last_contacted"] - datetime.now(UTC)) < timedelta(minutes=5)
    assert person["field_lineage"]["last_contacted"] == ["new-services"]
    await flow.skip(accepted, days=8)
    await flow.until_step(accepted, "remind")
    again = await flow.row("person_row", id="p1")
    assert again is not None
    assert again["last_contacted"] - person["last_contacted"] > timedelta(days=6)
    history = [row for row in await flow.rows("events_of", person_id="p1") if row["kind"] == "last_contacted"]
    assert [row["lineage"] for row in history] == [["new-services"]] * 2
    await flow.reply(accepted, "Please tell me more")
    await flow.until_state(accepted, "stopped")
    after = await flow.row("person_row", id="p1")
    assert after is not None
    assert after["last_replied"] is not None
    assert "last_replied" not in after["field_lineage"]
    # Our own contact made no reaction: the run was never held for it.
    kinds = {row["kind"] for row in await flow.rows("reactions_of", enrollment_id=accepted.enrollment)}
    assert kinds == {"replied"}
