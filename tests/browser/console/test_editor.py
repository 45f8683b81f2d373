"""The editor in a real browser: it fits, axe finds nothing, and a sequence is written and published in it."""

from __future__ import annotations

from playwright.async_api import Page, expect

from sequences.access.role import Role
from tests.support.screens.eyes import look, look_everywhere, watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import SOURCE, TEMPLATES, TWO, publish_written

EDIT = "/sequences/hello/edit"
EVERY_FORM = """    if:
      person.type: [Candidate]
      person.city: [Ulm, Bonn, "A city with a rather long name that goes on"]
      person.available_from: "2027-05-04"
      person.resume: present
      happened: [not replied, clicked]
    variants:
      - {name: first}
      - {name: a-second-one, weight: 2, subject: "Another subject, {{ person.first_name }}, with many words"}
    schedule: {window: 10:00-12:00, holidays: GB}
"""


async def a_draft(console: ConsoleRig) -> None:
    """A draft with a mistake, whose second message is missing, and somebody to write it for."""
    await publish_written(console.api)
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example")
    wrong = SOURCE.replace("email: hello/two", "email: hello/a-name-that-is-rather-long-and-has-no-file-of-its-own")
    wrong = wrong.replace("    email: hello/one\n", f"    email: hello/one\n{EVERY_FORM}")
    files = {"sequence.yaml": wrong, **TEMPLATES, TWO: TEMPLATES[TWO] + "A line without blanks " + "x" * 200 + "\n"}
    await console.api.execute(
        "INSERT INTO sequence_draft (sequence, revision, files, attachments, based_on, changed_by, changed_at) "
        "VALUES ('hello', 2, $1, '{}', 1, 'u1', $2)",
        files,
        console.api.now,
    )


async def test_it_fits_and_axe_finds_nothing(console: ConsoleRig, page: Page) -> None:
    await a_draft(console)
    wrong = watch(page)
    found = {}
    pages = {
        "cards": f"{EDIT}?person=p1",
        "beside": f"{EDIT}?person=p1&beside=1",
        "changes": f"{EDIT}/changes",
        "discard": f"{EDIT}/discard",
    }
    for name, path in pages.items():
        await page.goto(f"{console.url}/console{path}")
        if name == "cards":
            await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
        found[path] = await look_everywhere(page, f"editor-{name}")
    # Another text is there by now: the page of a conflict.
    await page.goto(f"{console.url}/console{EDIT}?beside=1")
    await console.api.execute("UPDATE sequence_draft SET files = files || $1", {"sequence.yaml": "name: x\n"})
    await page.get_by_label("Steps, times, reactions and rules (YAML)").fill("name: y\n")
    await page.locator("[id='file:sequence.yaml']").get_by_role("button", name="Save").click()
    found["conflict"] = await look_everywhere(page, "editor-conflict")
    assert found == {path: [] for path in found}
    assert [each for each in wrong if "409" not in each] == []


# One flow through the whole editor takes some seconds: a page for each part of it would take more.
async def test_a_recruiter_writes_a_step_and_a_lead_publishes_it(console: ConsoleRig, page: Page) -> None:
    await publish_written(console.api)
    await console.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example", job_title="Clerk")
    console.see(role=Role.RECRUITER)
    wrong = watch(page)
    await page.goto(f"{console.url}/console/sequences/hello")
    await page.get_by_role("link", name="Edit").click()
    await page.get_by_label("Somebody else").fill("ann")
    await page.get_by_role("button", name="Choose").click()
    await expect(page.get_by_role("heading", name="Written for Ann Ray")).to_be_visible()
    # A step is added, and its message written with a field.
    await page.get_by_label("Short name").fill("Thank you")
    await page.get_by_role("button", name="Add", exact=True).click()
    card = page.locator("[id='step:thank-you']")
    await expect(card).to_contain_text("3 days after ring")
    message = card.get_by_label("Text, with the subject in its first line")
    await message.fill("Subject: Thank you\n\nDear ")
    await page.get_by_text("Fields for messages").click()
    await page.get_by_role("button", name="First name", exact=True).first.click()
    await page.get_by_text("Fields for messages").click()
    await expect(message).to_have_value("Subject: Thank you\n\nDear {{ person.first_name }}")
    # It is saved by itself, and the preview follows.
    await expect(card.frame_locator("iframe").get_by_text("Dear Ann")).to_be_visible()
    # Who goes on at once loses nothing.
    await message.press_sequentially(", hello")
    # It is moved in place, without a new page, and goes at another time.
    await card.get_by_role("button", name="Move thank-you up").click()
    await expect(page.locator(".step h2").nth(2)).to_contain_text("thank-you")
    await expect(page.get_by_role("button", name="Move thank-you up")).to_be_focused()
    await expect(message).to_have_value("Subject: Thank you\n\nDear {{ person.first_name }}, hello\n")
    await drag_to_the_top(page, "ring", "one")
    await expect(page.locator(".step h2").first).to_contain_text("ring")
    await page.get_by_role("button", name="Move ring down").click()
    await expect(page.locator(".step h2").nth(1)).to_contain_text("ring")
    await page.get_by_role("button", name="Move ring down").click()
    await expect(page.locator(".step h2").nth(2)).to_contain_text("ring")
    await card.get_by_text("Change the time").click()
    await card.get_by_label("Counted from").select_option("after two")
    await card.get_by_role("button", name="Save the time").click()
    await expect(card).to_contain_text("3 days after two")
    await expect(card).to_contain_text("Fri 14 May 2027")
    assert await look(page, "editor-flow") == []
    # What is changed in the file by hand is not lost by a press on a card.
    await page.get_by_role("link", name="Show the file beside").click()
    await page.get_by_label("Steps, times, reactions and rules (YAML)").press_sequentially(" ")
    await page.get_by_role("button", name="Move one down").click()
    await expect(page.get_by_role("alert")).to_contain_text("Save it first.")
    await page.locator("[id='file:sequence.yaml']").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved in the draft.")
    await page.get_by_role("link", name="Compare").click()
    await expect(page.get_by_text("Ask a lead or an admin")).to_be_visible()
    console.see(role=Role.LEAD)
    await page.reload()
    await page.get_by_role("button", name="Publish version 2").click()
    await expect(page.get_by_role("status")).to_contain_text("Published.")
    assert wrong == []


async def drag_to_the_top(page: Page, step: str, first: str) -> None:
    """Drags a step above another one. At the edge of the window the page goes on."""
    await page.locator(f"[data-step={step}] .handle").hover()
    await page.mouse.down()
    top = "document.getElementById(name).getBoundingClientRect().top"
    for number in range(100):
        if await page.evaluate(f"name => {top}", f"step:{first}") > 120:
            break
        await page.mouse.move(500, 70 + number % 2)
    await page.mouse.move(500, 400)
    await page.mouse.move(500, await page.evaluate(f"name => {top}", f"step:{first}") + 4)
    await page.mouse.up()
