"""The opt-out line: under the first text of a sender to a person, over all sequences, and frozen in the row."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio

from tests.support.rigs.api import ApiRig
from tests.support.rigs.sms import PERSON, open_sms_rig

LINE = "Reply STOP to opt out"


@pytest_asyncio.fixture
async def rig(api: ApiRig, tmp_path: Path) -> AsyncIterator[Any]:
    async with open_sms_rig(api, tmp_path) as rig:
        yield rig


async def test_the_first_text_carries_the_line_and_no_later_one_does(rig: Any) -> None:
    await rig.person()
    await rig.publish("a", "Hi {{ person.first_name }}")
    await rig.publish("b", "Still there?")

    first = await rig.texted("a")
    second = await rig.texted("b")

    assert [text.body for text in rig.outbound()] == [f"Hi Alex\n{LINE}", "Still there?"]
    row = await rig.send(first)
    assert (row["text"], row["content"], row["tells_opt_out"]) == (
        f"Hi Alex\n{LINE}",
        f"Hi Alex\n{LINE}".encode(),
        True,
    )
    assert (await rig.send(second))["tells_opt_out"] is False


async def test_of_two_sequences_that_begin_at_once_the_first_one_to_go_carries_it(rig: Any) -> None:
    await rig.person()
    await rig.publish("a", "Hi")
    await rig.publish("b", "Hello")
    runs = [await rig.begun("a"), await rig.begun("b")]

    frozen = await asyncio.gather(*(rig.freeze(run) for run in runs))
    for run in runs:
        await rig.take(run)

    assert frozen == [f"Hi\n{LINE}", f"Hello\n{LINE}"]
    # What was never tried is written anew when it goes: by then the other one has told it.
    assert [text.body for text in rig.outbound()] == [f"Hi\n{LINE}", "Hello"]


async def test_a_template_that_says_it_is_left_alone_and_counts(rig: Any) -> None:
    await rig.person()
    await rig.publish("a", "Hi. Text STOP to end this.")
    await rig.publish("b", "Still there?")

    await rig.texted("a")
    await rig.texted("b")

    assert [text.body for text in rig.outbound()] == ["Hi. Text STOP to end this.", "Still there?"]


async def test_a_text_that_did_not_arrive_has_told_nobody(rig: Any) -> None:
    await rig.person()
    await rig.publish("a", "Hi")
    await rig.publish("b", "Hello")
    rig.faults(final_status="undelivered", final_error=30003)
    await rig.texted("a")
    rig.faults(lose_answer=True, lose_callbacks=True)

    await rig.texted("b")

    assert [text.body for text in rig.outbound()] == [f"Hi\n{LINE}", f"Hello\n{LINE}"]


@pytest.mark.parametrize("changed", ["number", "sender"])
async def test_another_number_on_either_side_begins_anew(api: ApiRig, tmp_path: Path, changed: str) -> None:
    async with open_sms_rig(api, tmp_path / "one") as rig:
        await rig.person()
        await rig.publish("a", "Hi")
        await rig.publish("b", "Hello")
        await rig.texted("a")
    more: dict[str, Any] = {"sms_sender": "+12025550177"} if changed == "sender" else {}
    async with open_sms_rig(api, tmp_path / "two", **more) as rig:
        if changed == "number":
            await rig.person(phone="+12025550199")
        await rig.texted("b")
        assert [text.body for text in rig.outbound()] == [f"Hello\n{LINE}"]


async def test_another_person_is_told_too(rig: Any) -> None:
    await rig.person()
    await rig.person("p2", phone="+12025550199")
    await rig.publish("a", "Hi")

    await rig.texted("a")
    await rig.texted("a", "p2")

    assert [text.body for text in rig.outbound()] == [f"Hi\n{LINE}"] * 2


async def test_the_line_is_in_the_persons_language_and_an_empty_setting_switches_it_off(
    api: ApiRig, tmp_path: Path
) -> None:
    async with open_sms_rig(api, tmp_path / "one", sms_opt_out_line=f"{LINE} | de: Abmelden mit STOP") as rig:
        await rig.person(language="de-AT")
        await rig.person("p2", phone="+12025550199", language="fr")
        await rig.publish("a", "Hi")
        await rig.texted("a")
        await rig.texted("a", "p2")
        assert {text.recipient: text.body for text in rig.outbound()} == {
            PERSON: "Hi\nAbmelden mit STOP",
            "+12025550199": f"Hi\n{LINE}",
        }
    async with open_sms_rig(api, tmp_path / "two", sms_opt_out_line="") as rig:
        await rig.person("p3", phone="+12025550155")
        await rig.texted("a", "p3")
        assert [text.body for text in rig.outbound()] == ["Hi"]


async def test_a_long_text_goes_and_leaves_a_note_in_the_story_of_its_run(rig: Any) -> None:
    await rig.person()
    await rig.publish("a", "Żółw! " * 50)
    await rig.publish("b", "x" * 459)

    long, fitting = await rig.texted("a"), await rig.texted("b")

    assert len(rig.outbound()) == 2
    (note,) = await rig.events(long)
    assert note == {"step": "one", "segments": 5, "encoding": "UCS-2", "outside_gsm7": "Żółw"[:3]}
    assert await rig.events(fitting) == []
