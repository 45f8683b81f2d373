"""A new version while runs are open: they stay on theirs until they are moved, and each mail goes out once."""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

import pytest

from adapters.clock import utc_now
from sequences.errors import RefusedError
from sequences.runs.state import Command
from services.operations.migrate_runs import move_all, preview
from services.reading.run_story import timeline
from starter.local.mail_capture import list_mail

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

HEAD = "sequence: moving\nname: Moving\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
V1 = HEAD + (
    "  - {id: one, email: bd/introduce}\n"
    "  - {id: two, when: 10 days after one, email: bd/remind}\n"
    "  - {id: three, when: 10 days after two, email: bd/thank-you}\n"
)
# Above the run: new. Step two: another time. Step three: another name. Last: new.
V2 = HEAD + (
    "  - {id: before, email: bd/remind}\n"
    "  - {id: one, email: bd/introduce}\n"
    "  - {id: two, when: 2 days after one, email: bd/remind}\n"
    "  - {id: third, when: 2 days after two, email: bd/thank-you}\n"
    "  - {id: four, when: 2 days after third, email: bd/introduce}\n"
)


async def test_open_runs_move_by_step_id_and_each_mail_goes_out_once(flow: FlowRig) -> None:
    await flow.publish("moving", V1)
    await flow.person()
    accepted = await flow.enroll("moving")
    await flow.until_step(accepted, "one")
    await flow.publish("moving", V2)
    assert await flow.row("enrollment_row", id=accepted.enrollment) is not None
    services = flow.services
    found = await preview(services.database, services.planning, "moving", 2, utc_now())
    assert [(each.origin.version, each.origin.step) for each in found.runs] == [(1, "two")]
    assert [dict(each.not_sent) for each in found.runs] == [{"before": "moved past it"}]
    assert [each.cancelled for each in found.runs] == [("three",)]

    outcome = await move_all(services.runs, found)
    assert outcome.moved == (accepted.enrollment,)
    assert (await flow.handle(accepted).query("status"))["version"] == 2
    row = await flow.row("enrollment_row", id=accepted.enrollment)
    assert row is not None
    assert row["version"] == 2

    for step in ("two", "third", "four"):
        await flow.skip(accepted, days=2, minutes=1)
        await flow.until_step(accepted, step)
    assert await flow.steps(accepted) == {
        "before": "skipped",
        "one": "sent",
        "two": "sent",
        "third": "sent",
        "four": "sent",
        "three": "cancelled",
    }
    sends = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    assert sorted(send["step"] for send in sends) == ["four", "one", "third", "two"]
    assert len(list_mail(flow.mail.folder)) == 4
    async with services.database.transaction() as connection:
        shown = (await timeline(connection, accepted.enrollment)).steps
    assert [(line.step, line.state) for line in shown][-1] == ("three", "cancelled")

    again = await preview(services.database, services.planning, "moving", 2, utc_now())
    assert (again.runs, again.already) == ((), 1)


async def test_the_same_command_again_moves_once_and_a_refusal_leaves_the_run_where_it_was(flow: FlowRig) -> None:
    await flow.publish("moving", V1)
    await flow.person()
    accepted = await flow.enroll("moving")
    await flow.until_step(accepted, "one")
    await flow.publish("moving", V2)
    command = Command(id=secrets.token_hex(8), kind="move", mode="2")
    first = await flow.services.runs.command(accepted.workflow_id, command)
    second = await flow.services.runs.command(accepted.workflow_id, command)
    assert first == second
    events = await flow.rows("run_events", enrollment_id=accepted.enrollment)
    assert [event["kind"] for event in events].count("move") == 1
    with pytest.raises(RefusedError, match="version 9"):
        await flow.services.runs.command(accepted.workflow_id, Command(id="again", kind="move", mode="9"))
    row = await flow.row("enrollment_row", id=accepted.enrollment)
    assert row is not None
    assert (row["version"], row["state"]) == (2, "active")
    assert len(list_mail(flow.mail.folder)) == 1


async def test_a_paused_run_moves_and_stays_paused_and_a_finished_one_takes_the_added_step(flow: FlowRig) -> None:
    short = HEAD + "  - {id: one, email: bd/introduce}\n"
    await flow.publish("moving", short)
    await flow.person()
    accepted = await flow.enroll("moving")
    await flow.until_step(accepted, "one")
    await flow.publish("moving", short + "  - {id: two, when: 2 days after one, email: bd/remind}\n")
    runs = flow.services.runs
    # Every step was behind it: the run waited for late replies only.
    await runs.command(accepted.workflow_id, Command(id="m2", kind="move", mode="2"))
    assert (await flow.steps(accepted)) == {"one": "sent", "two": "planned"}
    await runs.command(accepted.workflow_id, Command(id="p", kind="pause"))
    await flow.publish("moving", short + "  - {id: two, when: 1 day after one, email: bd/thank-you}\n")
    answer = await runs.command(accepted.workflow_id, Command(id="m3", kind="move", mode="3"))
    assert (answer.changed, answer.phase) == (True, "paused")
    await flow.skip(accepted, days=5)
    assert await flow.state(accepted) == "paused"
    assert len(list_mail(flow.mail.folder)) == 1
    await runs.command(accepted.workflow_id, Command(id="r", kind="resume", mode="skip"))
    await flow.until_step(accepted, "two", "skipped")
    assert len(list_mail(flow.mail.folder)) == 1
