"""Reactions and stops by forms, without scripts and without the file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
import pytest_asyncio

from sequences.checking import read_file
from sequences.definition.policies import policy_for
from tests.support.screens.forms import submit
from tests.support.screens.html import parse, text_of
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.samples import LEAD
from tests.support.screens.written import SOURCE, publish_written

EDIT = "/sequences/hello/edit"


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, LEAD) as console:
        yield console


async def press(console: ConsoleRig, page: str, action: str, **changed: str | None) -> str:
    answer = await submit(console, page, action, **changed)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix("/console")


async def source_of(console: ConsoleRig) -> str:
    (row,) = await console.api.fetch("SELECT files ->> 'sequence.yaml' AS source FROM sequence_draft")
    return str(row["source"])


async def said(console: ConsoleRig, page: str, identity: str) -> str:
    """What the element of this id says."""
    (found,) = parse(await console.page(page)).xpath(f"//*[@id='{identity}']")
    return text_of(found)


async def test_other_steps_for_a_yes_and_a_no_need_no_file(console: ConsoleRig) -> None:
    edit = await press(console, "/new-sequence", "/new-sequence", title="Hello", sequence="hello")
    assert edit == f"{EDIT}?said=draft_begun"
    before = await source_of(console)
    card = await said(console, EDIT, "reaction:0")
    assert card.startswith(
        "A positive reply Remove task: Call {{ person.full_name }} (within 1 day) notify the owner the"
    )
    # The form offers the reaction that has no rule yet; its second press fills in what is done.
    where = await press(console, EDIT, "/edit/reactions", more="set_field", then="stop")
    assert where == f"{EDIT}?open=reaction%3A1&added=1&said=draft_saved#reaction:1"
    assert "has errors" in await console.text(EDIT)
    # Just added, it is asked for what it lacks; an error is shown to those who come back to it.
    card = await said(console, where.partition("#")[0], "reaction:1")
    assert ("fill it in below" in card, "too few entries" in card) == (True, False)
    card = await said(console, EDIT, "reaction:1")
    assert ("fill it in below" in card, "too few entries" in card) == (False, True)
    status = {"do-0-name-0": "person.status", "do-0-value-0": "Not interested"}
    where = await press(console, where.partition("#")[0], "/reactions/1/save", **status)
    assert where == f"{EDIT}?open=reaction%3A1&said=draft_saved#reaction:1"
    assert "A negative reply Remove field: Status = Not interested the run stops" in await said(
        console, EDIT, "reaction:1"
    )
    rule = "\n  - on: replied.negative\n    do:\n      - set_field: {person.status: Not interested}\n    then: stop\n"
    source = await source_of(console)
    assert source == before.replace("    then: stop\n", "    then: stop\n" + rule, 1)
    await press(console, f"{EDIT}/changes", "/edit/publish")
    # What was published is what a file by hand says, and plays so.
    by_hand = "  - {on: replied.negative, then: stop, do: [{set_field: {person.status: Not interested}}]}\n\n# Who"
    written = read_file(before.replace("\n# Who", by_hand, 1), "x").sequence
    async with console.api.database.transaction() as connection:
        published = (await console.api.versions.get(connection, "hello")).definition
    assert published == written
    policy = policy_for(published, "replied.negative")
    assert (policy.rule, policy.then.kind, len(policy.do)) == ("replied.negative", "stop", 1)
    assert policy_for(published, "replied.positive").rule == "replied.positive"


async def test_rules_change_and_go(console: ConsoleRig) -> None:
    await publish_written(console.api)
    where = await press(console, EDIT, "/reactions/0/save", add="1", more="create_task", then="continue")
    assert where == f"{EDIT}?open=reaction%3A0&added=1&said=draft_saved#reaction:0"
    task = '    do:\n      - create_task: {title: "Call {{ person.full_name }}", due: 1 day}\n'
    expected = SOURCE.replace("    then: stop\n", f"{task}    then: continue\n")
    assert await source_of(console) == expected.replace("positive\n    do", "positive\n    do")
    await press(console, EDIT, "/reactions/0/save", **{"do-0-gone": "1", "then": "stop"})
    assert await source_of(console) == SOURCE
    # A message comes with a text to write over.
    await press(console, EDIT, "/reactions/0/save", add="1", more="send")
    assert "      - send: hello/answer\n" in await source_of(console)
    page = await console.page(EDIT)
    assert 'name="file" value="hello/answer.email.txt"' in page
    assert "no errors" in page
    # Of a form and a field there is a choice once the reaction is one about them.
    where = await press(console, EDIT, "/edit/reactions", on="field_changed", then="pause", amount="2", unit="weeks")
    await press(console, where.partition("#")[0], "/reactions/1/save", field="person.status")
    assert "  - on: field_changed\n    field: person.status\n    then: pause 2 weeks\n" in await source_of(console)
    assert "A field changes: Status" in await said(console, EDIT, "reaction:1")
    await press(console, EDIT, "/reactions/1/remove")
    where = await press(console, EDIT, "/reactions/0/remove")
    assert where == f"{EDIT}?open=reactions&said=draft_saved#reactions"
    assert "reactions:" not in await source_of(console)
    assert "No rule yet" in await said(console, EDIT, "reactions")


async def test_what_no_form_can_say_stays(console: ConsoleRig) -> None:
    odd = SOURCE.replace(
        "    then: stop\n",
        "    do:\n      - {notify: owner, odd: 1}   # mine\n      - notify: owner\n    then: stop\n"
        "    more: x   # kept\n"
        "  - on: surprised\n    then: stop\n",
    )
    await publish_written(console.api)
    form = next(
        each
        for each in parse(await console.page(f"{EDIT}?beside=1")).xpath("//form[.//textarea[@name='text']]")
        if each.xpath(".//input[@value='sequence.yaml']")
    )
    (mark,) = form.xpath(".//input[@name='mark']/@value")
    await console.act(f"{EDIT}/text", file="sequence.yaml", text=odd, mark=mark)
    text = await said(console, EDIT, "reactions")
    for words in (
        "This line cannot be shown as a form.",
        "Stays as it is in the file: more.",
        "error",
        "surprised",
    ):
        assert words in text, words
    assert text.count("Change it in the file; nothing here touches it.") == 1
    await press(console, EDIT, "/reactions/0/save", **{"do-1-value": "assigned_by", "then": "continue"})
    assert await source_of(console) == odd.replace(
        "- notify: owner\n    then: stop", "- notify: assigned_by\n    then: continue"
    )


async def test_stops(console: ConsoleRig) -> None:
    await publish_written(console.api)
    assert "A click on a link" in await said(console, EDIT, "stops")
    await press(console, EDIT, "/edit/stops", **{"stop-clicked": None})
    assert await source_of(console) == f"{SOURCE}\n  - on: clicked\n    then: continue\n"
    await press(console, EDIT, "/edit/stops", **{"stop-clicked": "1"})
    assert await source_of(console) == SOURCE
    for wrong in ({}, {"stop-new-field": "person.status"}):
        assert (await submit(console, EDIT, "/edit/stops/field", **wrong)).status_code == 422
    chosen = {"stop-new-field": "person.status", "stop-new-values": "Gone\r\n\r\n Lost: soon \r\n"}
    where = await press(console, EDIT, "/edit/stops/field", **chosen)
    assert where == f"{EDIT}?open=stop%3Aperson.status&said=draft_saved#stops"
    stops = '\nstop_when:\n  person.status: [Gone, "Lost: soon"]\n'
    assert await source_of(console) == SOURCE.replace('first_name }}"}\n', 'first_name }}"}\n' + stops)
    assert "Status is Gone or Lost: soon" in await said(console, EDIT, "stops")
    await press(console, EDIT, "/edit/stops/field", **{"stop-1-operator": "missing"})
    assert "  person.status: missing\n" in await source_of(console)
    await press(console, EDIT, "/edit/stops/field", remove="1")
    assert await source_of(console) == SOURCE


async def test_somebody_else_saved_meanwhile(console: ConsoleRig) -> None:
    await publish_written(console.api)
    answer = await console.act(f"{EDIT}/reactions", mark="another", on="replied", then="stop")
    assert answer.status_code == 409
    assert "Somebody else changed this meanwhile" in answer.text
    for path, status in (("reactions/7/save", 404), ("reactions/x/save", 422), ("reactions/0/turn", 422)):
        assert (await console.act(f"{EDIT}/{path}", mark="m", on="replied")).status_code == status, path
    assert (await console.act(f"{EDIT}/reactions", mark="m", on="replied", more="x")).status_code == 422
    assert (await console.act(f"{EDIT}/stops/field", mark="m", prefix="x-")).status_code == 422


async def test_settings(console: ConsoleRig) -> None:
    await publish_written(console.api)
    assert "Sending hours 09:00-17:00 Monday to Friday only yes" in await said(console, EDIT, "settings")
    where = await press(console, EDIT, "/edit/settings")
    assert where == f"{EDIT}?open=settings&said=draft_saved#settings"
    assert await console.api.fetch("SELECT * FROM sequence_draft") == []
    changes = {"set-schedule-window": "08:00-12:00\r\n13:00-17:00", "set-topic": "offers", "set-replies": "forward"}
    await press(console, EDIT, "/edit/settings", **changes)
    assert await source_of(console) == SOURCE.replace(
        "record: person\n", "record: person\ntopic: offers\nreplies: forward\n"
    ).replace("window: 09:00-17:00 ", "window: [08:00-12:00, 13:00-17:00] ")
    text = await said(console, EDIT, "settings")
    assert "Sending hours 08:00-12:00, 13:00-17:00" in text
    assert "Replies are forwarded to the owner" in text
    await press(console, EDIT, "/edit/settings", **{"set-schedule-timezone": "Mars"})
    assert "error" in await said(console, EDIT, "settings")


async def test_what_a_step_does(console: ConsoleRig) -> None:
    await publish_written(console.api)
    await press(console, EDIT, "/edit/steps", kind="do", name="Warm", after="ring", base="step:ring", amount="1")
    step = "\n  - id: warm\n    when: 1 day after ring\n    do:\n      - create_task: "
    assert step in await source_of(console)
    where = await press(console, EDIT, "/edit/actions/warm", add="1", more="add_to_list")
    assert where == f"{EDIT}?open=actions%3Awarm&added=1&said=draft_saved#step:warm"
    fields = {"do-0-gone": "1", "do-1-value": "warm"}
    await press(console, where.partition("#")[0], "/edit/actions/warm", **fields)
    assert "    do:\n      - add_to_list: warm\n" in await source_of(console)
    assert "on the list warm" in await said(console, EDIT, "step:warm")
    page = await console.page(EDIT)
    assert "no errors" in page
    assert '<option value="send">' not in page.partition('id="reactions"')[0]
    assert (await submit(console, EDIT, "/edit/actions/warm", **{"do-0-gone": "1"})).status_code == 422
    assert (await submit(console, EDIT, "/edit/actions/warm", add="1", more="send")).status_code == 422
    assert (await console.act(f"{EDIT}/actions/none", mark="m")).status_code == 404


async def test_the_message_of_a_reaction_is_shown_for_the_chosen_person(console: ConsoleRig) -> None:
    source = SOURCE.replace(
        "    then: stop\n", "    do:\n      - send: hello/two\n      - send: hello/extra\n    then: stop\n"
    )
    await publish_written(console.api, SOURCE)
    await console.api.person("p1", first_name="Ann", last_name="Ray", job_title="Chef", email="ann@client.example")
    await console.api.person("p2", first_name="Ben", last_name="Ray", job_title=None, email="ben@client.example")
    mark = parse(await console.page(EDIT + "?beside=1")).xpath(
        "//input[@name='file' and @value='sequence.yaml']/../input[@name='mark']/@value"
    )[0]
    assert (await console.act(f"{EDIT}/text", file="sequence.yaml", mark=mark, text=source)).status_code == 303
    text = "Subject: One more thing\n\nDear {{ person.first_name }}, thank you.\n\n{{ organisation_footer }}\n"
    extra = "hello/extra.email.txt"
    mark = parse(await console.page(EDIT)).xpath(
        f"//input[@name='file' and @value='{extra}']/../input[@name='mark']/@value"
    )[0]
    assert (await console.act(f"{EDIT}/text", file=extra, mark=mark, text=text)).status_code == 303
    page = parse(await console.page(f"{EDIT}?person=p1"))
    (card,) = page.xpath("//*[@id='answer-0']")
    said = text_of(card)
    # Both are shown, as for steps: the one whose text is further up, too.
    assert "Re: Hello Ann" in said
    assert "Dear Chef," in said
    assert "Dear Ann, thank you." in said
    frames = [each.get("src") for each in card.xpath(".//iframe")]
    assert len(frames) == 2
    for frame, words in zip(frames, ("Dear Chef", "Dear Ann, thank you."), strict=True):
        framed = await console.http.get(frame)
        assert (framed.status_code, words in framed.text) == (200, True), frame
        assert "sandbox" in framed.headers["content-security-policy"]
    # Who lacks a field that the message needs is told so there.
    (card,) = parse(await console.page(f"{EDIT}?person=p2")).xpath("//*[@id='answer-0']")
    assert "Ben Ray would not get this message." in text_of(card)
    assert "Dear Ben, thank you." in text_of(card)
    # Without a person there is none, and of a message that is not there nothing is framed.
    assert "Dear" not in (await console.http.get(f"/console{EDIT}/answer?template=none&person=p1")).text


async def test_conditions_offer_values_that_are_there(console: ConsoleRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.console.known_values.KEPT_FOR", timedelta())
    await publish_written(console.api, SOURCE)
    for person in ("p1", "p2"):
        await console.api.person(person, first_name="Ann", status="Hot", email=f"{person}@client.example")
    page = parse(await console.page(EDIT))
    assert page.xpath("//datalist[@id='known:person.status']/option/@value") == ["Hot"]
    assert not page.xpath("//datalist[contains(@id, 'name') or contains(@id, 'email') or contains(@id, 'phone')]")
    # Without scripts, what is chosen there counts as a line of its own.
    await press(
        console,
        EDIT,
        "/edit/stops/field",
        **{"stop-new-field": "person.status", "stop-new-values": "Cold", "stop-new-value-known": "Hot"},
    )
    assert "person.status: [Cold, Hot]" in await source_of(console)
