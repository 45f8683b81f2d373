"""Addresses that cannot be written to, and one address in several records: over real Temporal, Postgres and SMTP."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from adapters.postgres import listings
from sequences.errors import RefusedError
from sequences.runs.state import Command, CommandKind
from sequences.sending.send_obstacles import SAME_ADDRESS
from services.enrolling.enroll import Accepted
from starter.local.mail_capture import list_mail, read_mail

if TYPE_CHECKING:
    from tests.support.rigs.flow import FlowRig

RULE = "auto_enroll:\n  real:\n    person.status: [Chase]\n  prevent_reenrollment_within: 6 months\n"


async def reasons(flow: FlowRig, accepted: Accepted) -> dict[str, str | None]:
    return {row["step"]: row["reason"] for row in await flow.rows("steps_of", enrollment_id=accepted.enrollment)}


@pytest.mark.parametrize("email", ["jo@client,example", "jo@client.example;b@client.example", "<jo@client.example>"])
async def test_an_address_that_breaks_during_the_run_refuses_its_step_and_the_run_goes_on(
    flow: FlowRig, two_step: str, email: str
) -> None:
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    await flow.write("person", "p1", email=email)
    await flow.skip(accepted, days=2, hours=1)
    await flow.until_step(accepted, "two", "refused")
    assert str((await reasons(flow, accepted))["two"]).startswith("invalid_email (")
    assert await flow.state(accepted) in ("active", "reacting")
    assert [row["kind"] for row in await flow.listed(listings.NOTIFICATIONS)] == ["send_problem"]
    assert len(list_mail(flow.mail.folder)) == 1


async def test_an_owners_bad_address_refuses_entering_until_it_is_mended(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    await flow.person()
    await flow.write("owner", "dana", email="dana@agency.example;")
    with pytest.raises(RefusedError, match="the sender's address is not an e-mail address"):
        await flow.enroll("two-step")
    await flow.write("owner", "dana", email="dana@agency.example")
    await flow.until_step(await flow.enroll("two-step"), "one")


async def test_an_owners_address_that_goes_bad_ends_the_step_and_the_run_can_be_stopped(
    flow: FlowRig, two_step: str
) -> None:
    await flow.publish("two-step", two_step)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    await flow.write("owner", "dana", email="<dana@agency.example>")
    await flow.skip(accepted, days=2, hours=1)
    await flow.until_step(accepted, "two", "refused")
    assert str((await reasons(flow, accepted))["two"]).startswith("the sender's address is not an e-mail address")
    await flow.services.runs.command(accepted.workflow_id, Command("c-stop", CommandKind.STOP, reason="by hand"))
    await flow.until_state(accepted, "stopped")


async def test_an_owners_address_that_goes_bad_before_the_first_mail_is_told_when_the_run_ends(
    flow: FlowRig, two_step: str, caplog: pytest.LogCaptureFixture
) -> None:
    later = two_step.replace("{id: one,", "{id: one, when: 1 day after enrollment,")
    assert later != two_step
    await flow.publish("two-step", later)
    await flow.person()
    accepted = await flow.enroll("two-step")
    await flow.until_state(accepted, "active")
    await flow.write("owner", "dana", email="dana at agency.example")
    await flow.skip(accepted, days=40)
    assert await flow.handle(accepted).result() == "finished without sending anything"
    found = await reasons(flow, accepted)
    assert str(found["one"]).startswith("the sender's address is not an e-mail address")
    assert found["two"] == "one was not sent"
    told = [(row["kind"], row["owner_id"]) for row in await flow.listed(listings.NOTIFICATIONS)]
    assert sorted(told) == [("run_ended", "dana"), ("send_problem", "dana")]
    assert "a message cannot be built" in caplog.text
    assert list_mail(flow.mail.folder) == []
    await flow.write("owner", "dana", email="dana@agency.example")
    again = await flow.enroll("two-step")
    await flow.skip(again, days=1, hours=1)
    await flow.until_step(again, "one")


async def test_an_international_mailbox_gets_its_mail_by_smtputf8(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    await flow.person(email="用户@例子.example")
    accepted = await flow.enroll("two-step")
    await flow.until_step(accepted, "one")
    (mail,) = list_mail(flow.mail.folder)
    assert mail.recipient == "用户@xn--fsqu00a.example"
    assert "<用户@xn--fsqu00a.example>".encode() in read_mail(flow.mail.folder, mail.file).raw


async def test_three_records_with_one_address_get_the_first_mail_once(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step)
    for who, email in (("twa", "info@client.example"), ("twb", "Info@Client.example"), ("twc", "other@client.example")):
        await flow.person(who, email=email, phone=None)
    first = await flow.enroll("two-step", "twa")
    with pytest.raises(RefusedError, match="another person already gets"):
        await flow.enroll("two-step", "twb")
    # The third gets the address only after it entered.
    third = await flow.enroll("two-step", "twc")
    await flow.until_step(first, "one")
    await flow.until_step(third, "one")
    await flow.write("person", "twc", email="INFO@client.example")
    await flow.skip(first, days=2, hours=1)
    await flow.until_step(first, "two")
    await flow.skip(third, days=2, hours=1)
    await flow.until_step(third, "two", "refused")
    assert (await reasons(flow, third))["two"] == SAME_ADDRESS
    got = [mail.recipient for mail in list_mail(flow.mail.folder)]
    assert sorted(got) == ["info@client.example", "info@client.example", "other@client.example"]


async def test_three_records_in_one_event_enter_by_rule_once(flow: FlowRig, two_step: str) -> None:
    await flow.publish("two-step", two_step + RULE)
    async with flow.services.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO rule_state (sequence, version, since) VALUES ('two-step', 1, now() - interval '1 day')"
        )
    await asyncio.gather(
        *(
            flow.person(who, email=email, phone=None, status="Chase")
            for who, email in (
                ("twa", "info@client.example"),
                ("twb", "Info@Client.example"),
                ("twc", "info@client.example"),
            )
        )
    )

    async def decided() -> bool:
        runs = await flow.listed(listings.ENROLLMENTS, sequence="two-step")
        async with flow.services.database.transaction() as connection:
            refused = await connection.fetchval("SELECT count(*) FROM refusal WHERE reason = 'same_address'")
            away = await connection.fetchval("SELECT count(*) FROM enrollment_step WHERE reason LIKE 'same_address%'")
        return len(runs) + refused == 3 and refused + away == 2 and len(list_mail(flow.mail.folder)) == 1

    await flow.until(decided)
