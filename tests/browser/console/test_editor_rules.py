"""The rules of a draft as a form in a real browser: each change is saved and counted at once, and axe finds nothing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest_asyncio
from playwright.async_api import Page, expect

from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.screens.samples.editor_rules import GONE, RULES
from tests.support.screens.written import SOURCE, publish_written

EDIT = "/console/sequences/hello/edit/rules"


@pytest_asyncio.fixture
async def ruled(database_url: str) -> AsyncIterator[ConsoleRig]:
    """Four people in two cities, and a published sequence without rules."""
    async with open_console_rig(database_url) as console:
        await publish_written(console.api)
        for number, name in enumerate(["Ann", "Maximiliane-Alexandra", "Cleo", "Dan"]):
            more = {"status": "Hot" if number else "Cold", "city": "Leeds" if number > 1 else "York"}
            await console.api.person(
                f"p{number}", first_name=name, last_name="Ray", email=f"p{number}@c.example", **more
            )
        yield console


async def source(ruled: ConsoleRig) -> str:
    (row,) = await ruled.api.fetch("SELECT files ->> 'sequence.yaml' AS text FROM sequence_draft")
    return str(row["text"])


# One page for all that scripts do: a browser takes longer to begin than to do it.
async def test_a_rule_is_built_and_counted_after_each_change(ruled: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    await page.goto(f"{ruled.url}/console/sequences/hello/edit")
    await page.get_by_role("link", name="Who is enrolled automatically").click()
    await expect(page.get_by_role("heading", name="Nobody is enrolled automatically")).to_be_visible()
    # A field shows what it can hold as soon as it is chosen.
    now = page.locator("section", has=page.get_by_role("heading", name="What is true now"))
    await now.get_by_label("Field").select_option(label="Status")
    await now.get_by_label("Values").fill("Hot")
    await now.get_by_role("button", name="Add").click()
    await expect(page.locator("#left-real-person-status")).to_have_text("of 4, 3 remain")
    await expect(page.locator("#counts")).to_contain_text("Would be enrolled")
    await expect(page.locator("#add-real summary")).to_be_focused()
    # A second one, and a change of the first, which saves itself.
    there = page.locator("section", has=page.get_by_role("heading", name="What is there"))
    # A form that was open before is open again.
    await there.get_by_label("Field").select_option(label="Resume")
    await there.get_by_label("What is asked").select_option(label="has no value")
    await there.get_by_role("button", name="Add").click()
    await expect(page.locator("#left-qualitative-person-resume")).to_have_text("of 4, 4 remain")
    happened = page.locator("section", has=page.get_by_role("heading", name="What happened"))
    await happened.get_by_label("What happened").select_option(label="Last placed")
    await page.get_by_label("Values").fill("Cold")
    await page.get_by_label("Approval above").fill("50")
    await page.get_by_label("Not again within").fill("6")
    await page.get_by_label("Not again within").blur()

    async def saved() -> bool:
        text = await source(ruled)
        return all(words in text for words in ("status: Cold", "6 months", "hold_above: 50"))

    await ruled.api.until(saved)
    await expect(page.locator("#left-real-person-status")).to_have_text("of 4, 1 remain")
    # Each saves for itself, and what is being chosen elsewhere stays.
    await expect(happened.get_by_label("What happened")).to_have_value("last_placed")
    await expect(page.get_by_label("Approval above")).to_have_value("50")
    await page.get_by_role("button", name="Remove: Resume").click()
    await expect(page.locator("#line-qualitative-person-resume")).to_have_count(0)
    await page.get_by_role("button", name="Switch off").click()
    await expect(page.get_by_role("button", name="Switch on")).to_be_focused()
    await page.keyboard.press("Enter")
    await expect(page.locator("#left-real-person-status")).to_have_text("of 4, 1 remain")
    assert await source(ruled) == SOURCE + (
        "\nauto_enroll:\n  real:\n    person.status: Cold\n  prevent_reenrollment_within: 6 months\n  hold_above: 50\n"
    )
    assert wrong == []
    # What cannot be done is said, and the form stays as it is.
    await page.get_by_label("Values").fill("")
    await page.get_by_label("Values").blur()
    await expect(page.locator("#problem")).to_contain_text("needs at least one value")
    shared = SOURCE + "stop_when: {person.city: &c [x]}\nauto_enroll: {real: {person.city: *c}}\n"
    await ruled.api.execute("UPDATE sequence_draft SET files = files || $1", {"sequence.yaml": shared})
    await page.reload()
    await page.get_by_label("Values").fill("y")
    await page.get_by_label("Values").blur()
    await expect(page.locator("#problem")).to_contain_text("edit the file")
    await expect(page.locator("#rule-form")).to_be_visible()


async def test_it_fits_and_axe_finds_nothing(ruled: ConsoleRig, page: Page) -> None:
    wrong = watch(page)
    rules = RULES.replace("    custom.skills: {all_of: [Java, SQL]}\n", GONE).replace("hold_above: 50", "hold_above: x")
    files = {"all": f"{SOURCE}\n{rules}", "off": f"{SOURCE}\n# auto_enroll:\n#   real: {{person.status: [Hot]}}\n"}
    files["counted"] = (
        f"{SOURCE}\nauto_enroll:\n  real:\n    person.status: [Hot]\n  historical: {{last_placed: never}}\n"
    )
    found = {}
    for name, text in files.items():
        await ruled.api.execute("DELETE FROM sequence_draft")
        await ruled.api.execute(
            "INSERT INTO sequence_draft (sequence, revision, files, attachments, based_on, changed_by, changed_at) "
            "SELECT 'hello', 2, $1, '{}', 1, 'u1', $2",
            {"sequence.yaml": text},
            ruled.api.now,
        )
        await page.goto(f"{ruled.url}{EDIT}?new=person.type&counts={'1' if name == 'counted' else ''}")
        await page.evaluate("document.querySelectorAll('main details').forEach(each => { each.open = true; })")
        found[name] = await look_everywhere(page, f"editor-rules-{name}")
    assert found == {name: [] for name in files}
    assert wrong == []
