"""The forms on a step's card, without scripts: conditions, wordings, tasks, and what else a step has."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from typing import Any

import httpx
import pytest_asyncio

from sequences.sending.wording import wordings
from tests.support.screens.html import parse, text_of
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.samples import LEAD
from tests.support.screens.written import ONE, SOURCE, TEMPLATES, publish_written

EDIT = "/sequences/hello/edit"


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, LEAD) as console:
        await publish_written(console.api)
        yield console


async def press(
    console: ConsoleRig, step: str, part: str, button: Mapping[str, str] | None = None, **typed: str
) -> httpx.Response:
    """Fills in the form of a card as it is on the page, and presses a button of it.

    Args:
        console: whose editor.
        step: id of the step.
        part: the end of the form's address.
        button: name and value of the button; None: it has no name.
        typed: what is changed in the form, by the end of a field's name; empty: a box that is not ticked.
    """
    root = parse(await console.page(EDIT))
    path = f"{EDIT}/steps/{step}/form/{part}"
    (form,) = root.xpath(f"//form[@action='/console{path}']")
    fields: dict[str, str] = {}
    for field in form.xpath(".//input[@name]|.//select|.//textarea"):
        name = field.get("name")
        if field.tag == "select":
            chosen = field.xpath(".//option[@selected]") or field.xpath(".//option")
            fields[name] = chosen[0].get("value")
        elif field.tag == "textarea":
            fields[name] = (field.text or "").lstrip("\n")
        elif field.get("type") != "checkbox" or field.get("checked") is not None:
            fields[name] = field.get("value") or ""
    there = set(form.xpath(".//@name"))
    for name, value in typed.items():
        (whole,) = {name} & there or {each for each in there if each.endswith(name.replace("_", "-"))}
        fields[whole] = value
    names = set(form.xpath(".//button/@name"))
    assert button is None or set(button) <= names, names
    sent: dict[str, Any] = {key: value for key, value in {**fields, **(button or {})}.items() if value}
    return await console.act(path, **sent)


async def pressed(
    console: ConsoleRig, step: str, part: str, button: Mapping[str, str] | None = None, **typed: str
) -> str:
    """``press``, which leads back to the card with the form open; what the draft's file says then."""
    answer = await press(console, step, part, button, **typed)
    assert answer.status_code == 303, answer.text
    assert answer.headers["location"].endswith(f"open={part}%3A{step}&said=draft_saved#step:{step}")
    return await source_of(console)


async def source_of(console: ConsoleRig) -> str:
    (row,) = await console.api.fetch("SELECT files ->> 'sequence.yaml' AS source FROM sequence_draft")
    return str(row["source"])


async def card(console: ConsoleRig, step: str, query: str = "") -> str:
    """What a card says."""
    (found,) = parse(await console.page(f"{EDIT}{query}")).xpath(f"//li[@id='step:{step}']")
    return text_of(found)


async def test_two_subjects_compete(console: ConsoleRig) -> None:
    await console.api.person("p1", first_name="Ann", email="ann@client.example", job_title="Clerk")
    text = await pressed(console, "one", "wordings", {"do": "subject"}, subject="A question, {{ person.first_name }}")
    lines = '      - name: first\n      - {name: second, subject: "A question, {{ person.first_name }}"}\n'
    assert text == SOURCE.replace("    email: hello/one\n", f"    email: hello/one\n    variants:\n{lines}")
    # Both are shown as Ann would get them.
    words = await card(console, "one", "?person=p1")
    for said in ("first: 50 % of the people Hello Ann", "second: 50 % of the people A question, Ann"):
        assert said in words, words
    text = await pressed(console, "one", "wordings", {"do": "save"}, w1_name="Question!", w1_weight="3")
    assert 'name: question, weight: 3, subject: "A question, {{ person.first_name }}"}' in text
    assert "question (75 %)" in await card(console, "one")
    # It is published, and each person gets one of them.
    changes = parse(await console.page(f"{EDIT}/changes"))
    (mark,) = changes.xpath("//form[contains(@action, '/publish')]//input[@name='mark']/@value")
    assert (await console.act(f"{EDIT}/publish", mark=mark)).status_code == 303
    async with console.api.database.statement() as connection:
        version = await console.api.versions.get(connection, "hello", 2)
    shares = [(each.variant, each.subject, each.share) for each in wordings(version.step("one"))]
    assert shares == [("first", None, 0.25), ("question", "A question, {{ person.first_name }}", 0.75)]


async def test_whole_texts_compete_and_one_stays(console: ConsoleRig) -> None:
    text = await pressed(console, "one", "wordings", {"do": "text"})
    assert "- {name: second, template: hello/one-second}" in text
    (row,) = await console.api.fetch("SELECT files ->> 'hello/one-second.email.txt' AS text FROM sequence_draft")
    assert row["text"] == TEMPLATES[ONE]
    assert "hello/one-second.email.txt" in await card(console, "one")
    text = await pressed(console, "one", "wordings", {"do": "subject"}, subject="Hi")
    assert "- {name: third, subject: Hi}" in text
    assert "name: first" not in await pressed(console, "one", "wordings", {"do": "drop:first"})
    # Back to one: the step says what this one says, and its text is used by it.
    text = await pressed(console, "one", "wordings", {"do": "keep:second"})
    assert text == SOURCE.replace("email: hello/one", "email: hello/one-second")
    # The second mail shows the subject of the first: only texts can be compared.
    words = await card(console, "two")
    assert ("Compare two texts" in words, "Compare two subjects" in words) == (True, False)
    answer = await press(console, "one", "wordings", {"do": "text"})
    assert answer.status_code == 303
    assert (await press(console, "one", "wordings", {"do": "drop:second"})).status_code == 303
    assert "variants" not in await source_of(console)


async def test_a_step_goes_only_if(console: ConsoleRig) -> None:
    text = await pressed(
        *(console, "two", "only-if"), fnew_field="person.city", fnew_operator="is", fnew_values="Ulm\nBonn"
    )
    asked = SOURCE.replace("    at: 09:30\n", "    at: 09:30\n    if: {person.city: [Ulm, Bonn]}\n")
    assert text == asked
    text = await pressed(console, "two", "only-if", hnew_what="not clicked", hnew_step="one")
    assert "    if: {person.city: [Ulm, Bonn], happened: not clicked one}\n" in text
    assert "Only if City is Ulm or Bonn; followed no link in one" in await card(console, "two")
    text = await pressed(console, "two", "only-if", hnew_what="not replied", hnew_step="")
    assert "happened: {all_of: [not clicked one, not replied]}" in text
    text = await pressed(console, "two", "only-if", each="any", f0_operator="present")
    assert "    if: {person.city: present, happened: [not clicked one, not replied]}\n" in text
    assert "City has a value; followed no link in one or did not reply to any message" in await card(console, "two")
    root = parse(await console.page(EDIT))
    for _ in range(3):
        (form,) = root.xpath(f"//form[@action='/console{EDIT}/steps/two/form/only-if']")
        first = form.xpath(".//button[@name='remove']/@value")[0]
        text = await pressed(console, "two", "only-if", {"remove": first})
        root = parse(await console.page(EDIT))
    assert text == SOURCE
    # Of a choice, boxes are ticked.
    await pressed(console, "two", "only-if", fnew_field="person.type", fnew_operator="is", fnew_values="Candidate")
    text = await pressed(console, "two", "only-if", f0_value_1="Client contact")
    assert "person.type: [Candidate, Client contact]" in text


async def test_what_a_line_lacks_is_said_and_nothing_is_saved(console: ConsoleRig) -> None:
    answer = await press(console, "two", "only-if", fnew_field="person.city", fnew_operator="is")
    assert (answer.status_code, "say which values" in answer.text) == (409, True)
    answer = await press(console, "two", "only-if", hnew_what="sent", hnew_step="")
    assert (answer.status_code, "Choose the step." in answer.text) == (409, True)
    answer = await press(console, "one", "wordings", {"do": "subject"})
    assert (answer.status_code, "write the other subject" in answer.text) == (409, True)
    answer = await console.act(f"{EDIT}/steps/ring/form/wordings", do="text", mark="x")
    assert (answer.status_code, "only a step that sends" in answer.text) == (409, True)
    assert (await console.act(f"{EDIT}/steps/two/form/other", mark="x")).status_code == 404
    assert (await console.act(f"{EDIT}/steps/none/form/task", mark="x", title="x")).status_code == 404
    assert (await console.api.fetch("SELECT count(*) AS n FROM sequence_draft"))[0]["n"] == 0


async def test_somebody_else_was_faster(console: ConsoleRig) -> None:
    answer = await console.act(f"{EDIT}/steps/two/form/more", mark="of an earlier page", subject="Hi")
    assert answer.status_code == 409
    assert "Somebody else changed this meanwhile" in answer.text
    assert "+     subject: Hi" in answer.text


async def test_a_task_is_written_in_a_form(console: ConsoleRig) -> None:
    await console.api.execute("INSERT INTO owner (id, first_name, last_name) VALUES ('o7', 'Dana', 'Poe')")
    text = await pressed(
        *(console, "ring", "task"),
        title="Ring {{ person.first_name }}",
        kind="call",
        assign="o7",
        waits="yes",
        amount="1",
        description="Ask: when?\r\nAnd where.",
    )
    assert (
        'task: {title: "Ring {{ person.first_name }}", kind: call, description: "Ask: when?\\nAnd where.", '
        "assign: o7, wait: done, within: 1 day}}\n"
    ) in text
    words = await card(console, "ring")
    assert "Call, for Dana Poe; the next step waits for it, at most 1 day Ask: when? And where." in words
    answer = await press(console, "ring", "task", title=" ")
    assert (answer.status_code, "say what is to be done" in answer.text) == (409, True)


async def test_a_letter_is_added(console: ConsoleRig) -> None:
    root = parse(await console.page(EDIT))
    (form,) = root.xpath(f"//form[@action='/console{EDIT}/steps']")
    kinds = [text_of(each) for each in form.xpath(".//select[@name='kind']/option")]
    assert kinds[:6] == ["E-mail", "Text message", "WhatsApp message", "Call", "LinkedIn", "Letter"]
    (mark,) = form.xpath(".//input[@name='mark']/@value")
    answer = await console.act(f"{EDIT}/steps", mark=mark, kind="letter", name="Our brochure", after="ring")
    assert answer.headers["location"].endswith("#step:our-brochure")
    text = await source_of(console)
    assert '    task: {title: "Send {{ person.full_name }} a letter", kind: letter}\n' in text
    assert "no errors" in await console.page(EDIT)


async def test_what_else_a_step_has(console: ConsoleRig) -> None:
    text = await pressed(
        console, "one", "more", subject="My own", window="from_to", opens="10:00", closes="12:00", holidays="GB"
    )
    assert text == SOURCE.replace(
        "    email: hello/one\n",
        "    email: hello/one\n    subject: My own\n    schedule: {window: 10:00-12:00, holidays: GB}\n",
    )
    assert "no errors" in await console.page(EDIT)
    text = await pressed(console, "one", "more", template="hello/two", subject="", window="", holidays="")
    assert text == SOURCE.replace("email: hello/one", "email: hello/two")


async def test_what_a_form_cannot_say_stays(console: ConsoleRig) -> None:
    odd = SOURCE.replace(
        "    email: hello/two\n",
        "    if:   # both\n      person.city: {any_of: [Ulm], all_of: [Bonn]}   # a list\n      person.status: Active\n"
        "    email: hello/two\n    schedule: {window: null, weekdays_only: false}\n",
    )
    root = parse(await console.page(f"{EDIT}?beside=1"))
    (mark,) = root.xpath("//form[.//input[@value='sequence.yaml']]//input[@name='mark']/@value")
    assert (await console.act(f"{EDIT}/text", file="sequence.yaml", text=odd, mark=mark)).status_code == 303
    words = await card(console, "two")
    assert "The file says more here than this form can." in words
    text = await pressed(console, "two", "only-if", f0_values="Available")
    assert text == odd.replace("person.status: Active", "person.status: Available")
    text = await pressed(console, "two", "more", weekdays_only="yes")
    assert "schedule: {window: null, weekdays_only: true}" in text


async def test_forms_are_offered_by_their_titles(console: ConsoleRig) -> None:
    definition = {
        **{"form": "details", "name": "Details", "title": "Are you still looking?"},
        **{"fields": [{"field": "person.city"}], "consent": "I agree.", "thank_you": "Thanks."},
    }
    await console.api.execute(
        "INSERT INTO form_version (form, version, definition, fingerprint, published_at) "
        "VALUES ('details', 1, $1, 'f', $2)",
        definition,
        console.api.now,
    )
    root = parse(await console.page(EDIT))
    (button,) = root.xpath("//button[@data-insert=\"{{ form('details') }}\"]")
    assert text_of(button) == "Are you still looking?"
