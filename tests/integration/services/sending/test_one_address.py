"""Sends to one address in several records: suppressed together, capped together, and each step of a sequence once."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from adapters.postgres.records import ChangeOrigin, Records
from sequences.checking import load_file
from sequences.runs.state import StepCall
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from sequences.sending.send_obstacles import SAME_ADDRESS, NotNow, Settled
from services.runs.run_row import RunRow
from services.sending.compose_email import store
from services.sending.suppress import NewSuppression, suppress
from tests.support import by_name as queries
from tests.support.rigs.send import MAIL, NOW, ORGANISATION, SendRig, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.runs.planning import RunContext

ADDRESS = "info@client.example"
SPELLINGS = ("info@client.example", "Info@Client.Example", " INFO@client.example ")


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as ready:
        yield ready


async def to(
    rig: SendRig, sequence: str, email: str, *, of: RunContext | None = None, frozen: bool = True
) -> RunContext:
    """A run whose step is due and goes to ``email``; of the same person as another run when that is given."""
    context = await rig.ready(sequence, frozen=False)
    async with rig.database.transaction() as connection:
        person = of.view.person_id if of is not None else context.view.person_id
        await Records("UTC").write(connection, "person", person, {"email": email}, ChangeOrigin("crm", NOW))
        if of is not None:
            await connection.execute(
                "UPDATE enrollment SET person_id = $2, record_id = $2 WHERE id = $1", context.run.id, of.view.person_id
            )
        context = await rig.planning.context(connection, await RunRow.load(connection, context.run.id))
        if frozen:
            message = await rig.composer.compose(connection, context, context.version.step("one"), NOW, ())
            await store(connection, message)
    return context


async def window(rig: SendRig, context: RunContext, *, state: str = "open", days: int | None = 180) -> None:
    await rig.fetch(
        "INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at, "
        "until, state) VALUES ($1, $2, $3, $3, 'person', $4, 'rule', $5, $6, $7)",
        f"w{context.run.id[1:]}",
        context.run.sequence,
        context.view.person_id,
        context.run.id,
        NOW,
        NOW + timedelta(days=days) if days else None,
        state,
    )


async def end(rig: SendRig, context: RunContext) -> None:
    await rig.fetch("UPDATE enrollment SET state = 'finished' WHERE id = $1", context.run.id)


async def said(outcome: NotNow | Settled) -> str:
    return f"{outcome.state} {outcome.reason}".strip() if isinstance(outcome, Settled) else outcome.why


# --- the same step of the same sequence ------------------------------------------------------------------------------


async def test_three_records_that_are_due_in_one_moment_send_once(rig: SendRig) -> None:
    await rig.publish("s")
    runs = [await to(rig, "s", spelling) for spelling in SPELLINGS]
    outcomes = await asyncio.gather(*(rig.send(run) for run in runs))
    assert len(rig.wire.handed) == 1
    assert sorted([await said(each) for each in outcomes]) == [f"refused {SAME_ADDRESS}"] * 2 + ["sent"]
    assert sorted([await rig.step(run) for run in runs]) == ["refused", "refused", "sent"]
    assert await rig.told() == [], "there is nothing to mend"


async def test_many_at_once_of_one_person_keep_the_cap(rig: SendRig) -> None:
    for name in ("a", "b", "c", "d"):
        await capped(rig, name)
    first = await to(rig, "a", ADDRESS)
    runs = [first, *[await to(rig, name, ADDRESS, of=first) for name in ("b", "c", "d")]]
    await asyncio.gather(*(rig.send(run) for run in runs))
    assert len(rig.wire.handed) == 1


@pytest.mark.parametrize(("state", "goes"), [("open", False), ("opening", False), ("ended", True), ("lifted", True)])
async def test_after_the_others_run_its_window_decides(rig: SendRig, state: str, goes: bool) -> None:
    await rig.publish("s")
    first, second = await to(rig, "s", ADDRESS), await to(rig, "s", ADDRESS)
    await rig.send(first)
    await end(rig, first)
    await window(rig, first, state=state)
    assert (await said(await rig.send(second)) == "sent") is goes


@pytest.mark.parametrize(("days", "goes"), [(1, False), (29, False), (31, True)])
async def test_without_a_window_a_step_counts_for_thirty_days(rig: SendRig, days: int, goes: bool) -> None:
    await rig.publish("s")
    first, second = await to(rig, "s", ADDRESS), await to(rig, "s", ADDRESS)
    await rig.send(first)
    await end(rig, first)
    outcome = await rig.send(second, now=NOW + timedelta(days=days))
    assert (await said(outcome) == "sent") is goes


async def test_a_window_that_never_ends_keeps_the_address_for_good(rig: SendRig) -> None:
    await rig.publish("s")
    first, second = await to(rig, "s", ADDRESS), await to(rig, "s", ADDRESS)
    await rig.send(first)
    await end(rig, first)
    await window(rig, first, days=None)
    assert await said(await rig.send(second, now=NOW + timedelta(days=900))) == f"refused {SAME_ADDRESS}"


async def test_the_same_person_gets_it_again_under_another_record(rig: SendRig) -> None:
    """Two placements of one person are two runs and one person."""
    await rig.publish("s")
    first = await to(rig, "s", ADDRESS)
    await rig.send(first)
    again = await to(rig, "s", ADDRESS, of=None)
    await rig.fetch("UPDATE enrollment SET person_id = $2 WHERE id = $1", again.run.id, first.view.person_id)
    await rig.fetch("UPDATE send SET person_id = $2 WHERE enrollment_id = $1", again.run.id, first.view.person_id)
    assert await said(await rig.send(again)) == "sent"


@pytest.mark.parametrize("state", ["failed", "refused", "planned"])
async def test_what_never_reached_the_address_stands_in_nobodys_way(rig: SendRig, state: str) -> None:
    await rig.publish("s")
    first, second = await to(rig, "s", ADDRESS), await to(rig, "s", ADDRESS)
    await rig.fetch("UPDATE send SET state = $2, claimed_at = $3 WHERE enrollment_id = $1", first.run.id, state, NOW)
    assert await said(await rig.send(second)) == "sent"


async def test_another_sequence_and_another_address_are_free(rig: SendRig) -> None:
    await rig.publish("s")
    await rig.publish("t")
    for sequence, address in (("s", ADDRESS), ("t", ADDRESS), ("s", "info@other.example")):
        assert await said(await rig.send(await to(rig, sequence, address))) == "sent"


async def test_of_two_runs_that_both_wrote_before_the_upgrade_only_the_first_goes_on(rig: SendRig) -> None:
    text = "sequence: s\nname: s\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    text += "  - {id: zero, email: t/mail}\n  - {id: one, email: t/mail}\n"
    async with rig.database.transaction() as connection:
        await rig.versions.publish(connection, load_file(text, "s.yaml").sequence, {"t/mail": MAIL.to_json()}, NOW)
    runs = [await to(rig, "s", ADDRESS) for _ in range(2)]
    for number, run in enumerate(runs):
        # As the release before left it: both had the first mail.
        await rig.fetch(
            "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text, "
            "planned_at, claimed_at) VALUES ($1, $2, 'zero', $3, 'email', 'sent', 'us', $4, '', '', $5, $5)",
            f"szero00000{number}",
            run.run.id,
            run.view.person_id,
            ADDRESS.upper(),
            NOW + timedelta(minutes=number),
        )
    late = NOW + timedelta(hours=1)
    second = await said(await rig.send(runs[1], now=late))
    assert (second, await said(await rig.send(runs[0], now=late))) == (f"refused {SAME_ADDRESS}", "sent")


async def test_while_the_others_run_is_open_the_address_is_theirs_for_later_steps_too(rig: SendRig) -> None:
    await rig.publish("s")
    first, second = await to(rig, "s", ADDRESS), await to(rig, "s", ADDRESS)
    await rig.send(first)
    await rig.fetch("UPDATE send SET step = 'zero' WHERE enrollment_id = $1", first.run.id)
    assert await said(await rig.send(second)) == f"refused {SAME_ADDRESS}"


# --- the frequency cap ------------------------------------------------------------------------------------------------


async def capped(rig: SendRig, name: str) -> None:
    text = f"sequence: {name}\nname: {name}\nrecord: person\nsteps:\n  - {{id: one, email: t/mail}}\n"
    async with rig.database.transaction() as connection:
        await rig.versions.publish(connection, load_file(text, "s.yaml").sequence, {"t/mail": MAIL.to_json()}, NOW)


async def test_the_cap_counts_an_address_over_records_sequences_and_spellings(rig: SendRig) -> None:
    await capped(rig, "a")
    await capped(rig, "b")
    assert await said(await rig.send(await to(rig, "a", "jo@bücher.example"))) == "sent"
    second = await to(rig, "b", "Jo@XN--BCHER-KVA.example")
    assert await said(await rig.send(second)) == "frequency_cap"
    assert await said(await rig.send(second, now=NOW + timedelta(days=1))) == "sent"
    assert await said(await rig.send(await to(rig, "b", "jo@other.example"))) == "sent"


async def test_two_records_at_once_keep_the_cap_of_their_address(rig: SendRig) -> None:
    for name in ("a", "b", "c"):
        await capped(rig, name)
    runs = [await to(rig, name, ADDRESS) for name in ("a", "b", "c")]
    outcomes = await asyncio.gather(*(rig.send(run) for run in runs))
    assert sorted([await said(each) for each in outcomes]) == ["frequency_cap", "frequency_cap", "sent"]


# --- suppressions -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channel", ["email", "all"])
async def test_who_is_suppressed_is_so_under_another_record_and_in_another_spelling(rig: SendRig, channel: str) -> None:
    await rig.publish("s")
    await rig.publish("t")
    asked = await to(rig, "s", "Jo@Bücher.example")
    others = [await to(rig, "t", each) for each in ("jo@xn--bcher-kva.example", "JO@BÜCHER.EXAMPLE")]
    async with rig.database.transaction() as connection:
        assert await suppress(connection, NewSuppression(channel, "opt_out", "x", NOW, person=asked.view.person_id))
        assert not await suppress(connection, NewSuppression(channel, "opt_out", "x", NOW, person=asked.view.person_id))
    for run in (asked, *others):
        assert await said(await rig.send(run)) == "refused suppressed: opt_out"
    assert len(await rig.fetch("SELECT 1 FROM suppression")) == 1, "one wish, and one row to lift"


async def test_a_no_of_one_colleague_closes_no_mail_of_another_at_the_same_switchboard(rig: SendRig) -> None:
    async with rig.database.transaction() as connection:
        for person in ("one", "two"):
            await connection.execute(
                "INSERT INTO person (id, email, phone) VALUES ($1, $1 || '@client.example', '+442071838751')", person
            )
        await suppress(connection, NewSuppression("all", "opt_out", "r", NOW, person="one"))
        found = {
            person: await queries.rows(
                connection, "suppressions_of", person_id=person, email=f"{person}@client.example", phone="+442071838751"
            )
            for person in ("one", "two")
        }
    assert [row["channel"] for row in found["one"]] == ["all"]
    # Texts of all channels would go to the number that said no; mails to an address that never did.
    assert [row["channel"] for row in found["two"]] == ["sms", "whatsapp"]


async def test_what_is_lifted_is_lifted_everywhere(rig: SendRig) -> None:
    await rig.publish("s")
    asked, other = await to(rig, "s", ADDRESS), await to(rig, "s", ADDRESS)
    async with rig.database.transaction() as connection:
        await suppress(connection, NewSuppression("all", "crm", "x", NOW, person=asked.view.person_id))
    await rig.fetch("UPDATE suppression SET lifted_at = now()")
    assert await rig.fetch("SELECT 1 FROM suppressed_address") == []
    assert await said(await rig.send(other)) == "sent"


async def test_an_address_that_the_person_gets_later_is_covered_too(rig: SendRig) -> None:
    await rig.publish("s")
    asked = await to(rig, "s", ADDRESS)
    async with rig.database.transaction() as connection:
        await suppress(connection, NewSuppression("email", "unsubscribed", "x", NOW, person=asked.view.person_id))
    async with rig.database.transaction() as connection:
        values = {"email": "new@client.example"}
        await Records("UTC").write(connection, "person", asked.view.person_id, values, ChangeOrigin("crm", NOW))
    copy = await to(rig, "s", "New@client.example")
    assert await said(await rig.send(copy)) == "refused suppressed: unsubscribed"


async def test_where_the_mail_went_is_covered_although_the_record_says_otherwise_by_now(rig: SendRig) -> None:
    await rig.publish("s")
    asked = await to(rig, "s", "now@client.example")
    async with rig.database.transaction() as connection:
        await suppress(
            connection,
            NewSuppression(
                "email",
                "unsubscribed",
                "x",
                NOW,
                person=asked.view.person_id,
                written_to=["Before@client.example", "+442071838750", None],
            ),
        )
    covered = await rig.fetch("SELECT address FROM suppressed_address ORDER BY 1")
    assert [row["address"] for row in covered] == ["before@client.example", "now@client.example"]


async def test_a_dead_address_is_no_word_about_its_person(rig: SendRig) -> None:
    await rig.publish("s")
    dead = await to(rig, "s", "Dead@client.example")
    async with rig.database.transaction() as connection:
        await suppress(connection, NewSuppression("email", "bounced", "x", NOW, address="Dead@Client.example"))
    assert await said(await rig.send(dead)) == "refused suppressed: bounced"
    await rig.publish("t")
    mended = await to(rig, "t", "right@client.example", of=dead)
    assert await said(await rig.send(mended)) == "sent"


async def test_texts_are_not_stopped_by_what_is_about_mail(rig: SendRig) -> None:
    await rig.publish("s", channel="sms")
    asked = await rig.ready("s")
    async with rig.database.transaction() as connection:
        await suppress(connection, NewSuppression("email", "unsubscribed", "x", NOW, person=asked.view.person_id))
    assert await said(await rig.send(asked)) == "sent"


# --- addresses that cannot be written to ------------------------------------------------------------------------------


BROKEN = ("jo@client,example", "jo@client.example;b@client.example", "mailto:jo@client.example", "<jo@client.example>")


async def step_of(rig: SendRig, run: RunContext) -> tuple[str, str]:
    (row,) = await rig.fetch("SELECT state, reason FROM enrollment_step WHERE enrollment_id = $1", run.run.id)
    return row["state"], row["reason"]


@pytest.mark.parametrize("email", BROKEN)
async def test_a_recipient_who_cannot_be_written_to_ends_the_step_and_not_the_run(rig: SendRig, email: str) -> None:
    await rig.publish("s")
    run = await to(rig, "s", email, frozen=False)
    due = await ActivityEnvironment().run(rig.steps().take_step, StepCall(run.run.id, "one", NOW))
    assert not due.closed
    state, reason = await step_of(rig, run)
    assert (state, reason.partition(" (")[0]) == ("refused", "invalid_email")
    assert await rig.told() == [run.run.id]
    assert rig.wire.handed == []
    assert email not in reason


@pytest.mark.parametrize("email", BROKEN)
async def test_an_owner_whose_address_is_none_ends_the_step_with_that_reason(rig: SendRig, email: str) -> None:
    await rig.publish("s")
    run = await to(rig, "s", ADDRESS, frozen=False)
    await rig.fetch("UPDATE owner SET email = $1", email)
    due = await ActivityEnvironment().run(rig.steps().take_step, StepCall(run.run.id, "one", NOW))
    assert not due.closed
    state, reason = await step_of(rig, run)
    assert (state, reason.partition(" is no")[0]) == ("refused", "the sender's address")
    assert await rig.told() == [run.run.id]
    mended = await to(rig, "s", "other@client.example", frozen=False)
    await rig.fetch("UPDATE owner SET email = 'dana@agency.example'")
    await ActivityEnvironment().run(rig.steps().take_step, StepCall(mended.run.id, "one", NOW))
    assert (await step_of(rig, mended))[0] == "sent"


async def test_what_can_never_be_built_ends_the_step_and_not_the_workflow(rig: SendRig) -> None:
    await rig.publish("s")
    run = await to(rig, "s", ADDRESS, frozen=False)
    steps = rig.steps()
    rig.composer._organisation = replace(ORGANISATION, mail_domain="no domain")
    due = await ActivityEnvironment().run(steps.take_step, StepCall(run.run.id, "one", NOW))
    assert not due.closed
    state, reason = await step_of(rig, run)
    assert (state, "cannot be written" in reason) == ("refused", True)
    assert await rig.told() == [run.run.id]


async def test_a_server_without_smtputf8_is_told_to_the_owner(rig: SendRig) -> None:
    await rig.publish("s")
    rig.wire.outcomes = [TransportOutcome(TransportVerdict.FAILED, "mail", None, "no SMTPUTF8 there", refused=True)]
    run = await to(rig, "s", "用户@例子.example")
    outcome = await rig.send(run)
    assert outcome == Settled("refused", "no SMTPUTF8 there", tell=True)
    assert (await rig.row(run))["state"] == "refused"
