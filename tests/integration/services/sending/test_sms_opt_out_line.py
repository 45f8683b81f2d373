"""The opt-out line: under the first text of a sender to a person, over all sequences, and frozen in the row."""

import asyncio

import pytest
import pytest_asyncio

from tests.support.text_town import PERSON, open_town

LINE = "Reply STOP to opt out"


@pytest_asyncio.fixture
async def town(hub, tmp_path):
    async with open_town(hub, tmp_path) as town:
        yield town


async def test_the_first_text_carries_the_line_and_no_later_one_does(town):
    await town.person()
    await town.publish("a", "Hi {{ person.first_name }}")
    await town.publish("b", "Still there?")

    first = await town.texted("a")
    second = await town.texted("b")

    assert [text.body for text in town.outbound()] == [f"Hi Alex\n{LINE}", "Still there?"]
    row = await town.send(first)
    assert (row["text"], row["content"], row["tells_opt_out"]) == (
        f"Hi Alex\n{LINE}",
        f"Hi Alex\n{LINE}".encode(),
        True,
    )
    assert (await town.send(second))["tells_opt_out"] is False


async def test_of_two_sequences_that_begin_at_once_the_first_one_to_go_carries_it(town):
    await town.person()
    await town.publish("a", "Hi")
    await town.publish("b", "Hello")
    runs = [await town.begun("a"), await town.begun("b")]

    frozen = await asyncio.gather(*(town.freeze(run) for run in runs))
    for run in runs:
        await town.take(run)

    assert frozen == [f"Hi\n{LINE}", f"Hello\n{LINE}"]
    # What was never tried is written anew when it goes: by then the other one has told it.
    assert [text.body for text in town.outbound()] == [f"Hi\n{LINE}", "Hello"]


async def test_a_template_that_says_it_is_left_alone_and_counts(town):
    await town.person()
    await town.publish("a", "Hi. Text STOP to end this.")
    await town.publish("b", "Still there?")

    await town.texted("a")
    await town.texted("b")

    assert [text.body for text in town.outbound()] == ["Hi. Text STOP to end this.", "Still there?"]


async def test_a_text_that_did_not_arrive_has_told_nobody(town):
    await town.person()
    await town.publish("a", "Hi")
    await town.publish("b", "Hello")
    town.faults(final_status="undelivered", final_error=30003)
    await town.texted("a")
    town.faults(lose_answer=True, lose_callbacks=True)

    await town.texted("b")

    assert [text.body for text in town.outbound()] == [f"Hi\n{LINE}", f"Hello\n{LINE}"]


@pytest.mark.parametrize("changed", ["number", "sender"])
async def test_another_number_on_either_side_begins_anew(hub, tmp_path, changed):
    async with open_town(hub, tmp_path / "one") as town:
        await town.person()
        await town.publish("a", "Hi")
        await town.publish("b", "Hello")
        await town.texted("a")
    more = {"sms_sender": "+12025550177"} if changed == "sender" else {}
    async with open_town(hub, tmp_path / "two", **more) as town:
        if changed == "number":
            await town.person(phone="+12025550199")
        await town.texted("b")
        assert [text.body for text in town.outbound()] == [f"Hello\n{LINE}"]


async def test_another_person_is_told_too(town):
    await town.person()
    await town.person("p2", phone="+12025550199")
    await town.publish("a", "Hi")

    await town.texted("a")
    await town.texted("a", "p2")

    assert [text.body for text in town.outbound()] == [f"Hi\n{LINE}"] * 2


async def test_the_line_is_in_the_persons_language_and_an_empty_setting_switches_it_off(hub, tmp_path):
    async with open_town(hub, tmp_path / "one", sms_opt_out_line=f"{LINE} | de: Abmelden mit STOP") as town:
        await town.person(language="de-AT")
        await town.person("p2", phone="+12025550199", language="fr")
        await town.publish("a", "Hi")
        await town.texted("a")
        await town.texted("a", "p2")
        assert {text.recipient: text.body for text in town.outbound()} == {
            PERSON: "Hi\nAbmelden mit STOP",
            "+12025550199": f"Hi\n{LINE}",
        }
    async with open_town(hub, tmp_path / "two", sms_opt_out_line="") as town:
        await town.person("p3", phone="+12025550155")
        await town.texted("a", "p3")
        assert [text.body for text in town.outbound()] == ["Hi"]


async def test_a_long_text_goes_and_leaves_a_note_in_the_story_of_its_run(town):
    await town.person()
    await town.publish("a", "Żółw! " * 50)
    await town.publish("b", "x" * 459)

    long, fitting = await town.texted("a"), await town.texted("b")

    assert len(town.outbound()) == 2
    (note,) = await town.events(long)
    assert note == {"step": "one", "segments": 5, "encoding": "UCS-2", "outside_gsm7": "Żółw"[:3]}
    assert await town.events(fitting) == []
