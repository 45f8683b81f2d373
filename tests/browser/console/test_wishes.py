"""Wishes of recruiters, each in as many clicks as docs/console.md states, and the keys that it names."""

from __future__ import annotations

import re
from pathlib import Path

from playwright.async_api import Locator, Page, expect

from sequences.auto_enroll.messages import Origin
from tests.support.held_replies import activities_of, held_reply
from tests.support.rigs.rule import RuleRig
from tests.support.screens.eyes import watch
from tests.support.screens.rig import ConsoleRig
from tests.support.screens.written import publish_written

PAGE = (Path(__file__).parents[3] / "docs" / "console.md").read_text()
MANY = 51


class Hand:
    """Clicks, and counts them. Typing and a choice in a list are none."""

    def __init__(self) -> None:
        self.clicks = 0

    async def click(self, wanted: Locator) -> None:
        await wanted.click()
        self.clicks += 1


def stated(wish: str) -> str:
    """The clicks that the page states for a wish."""
    (line,) = (line for line in PAGE.splitlines() if line.startswith(f"| {wish}"))
    return line.rstrip(" |").rpartition("| ")[2]


async def test_a_rule_that_holds_above_fifty_until_somebody_approves(console: ConsoleRig, page: Page) -> None:
    api, wrong, hand = console.api, watch(page), Hand()
    await publish_written(api)
    for number in range(MANY):
        await api.person(f"p{number:02}", first_name=f"Ann {number}", last_name="Ray", email=f"p{number}@c.example")
    await page.goto(f"{console.url}/console/")
    menu = page.get_by_role("navigation", name="Screens")
    await hand.click(menu.get_by_role("link", name=re.compile("^Sequences")))
    await hand.click(page.get_by_role("link", name="Hello there"))
    await hand.click(page.get_by_role("link", name="Edit", exact=True))
    await hand.click(page.get_by_role("link", name="Who is enrolled automatically"))
    happened = page.locator("section", has=page.get_by_role("heading", name="What happened"))
    await happened.get_by_label("What happened").select_option(label="Last contacted")
    await happened.get_by_label("When").select_option(label="more than this long ago, or never")
    await happened.get_by_label("How long").fill("1")
    await happened.get_by_label("Unit").select_option(label="years")
    await hand.click(happened.get_by_role("button", name="Add"))
    await expect(page.locator("#counts")).to_contain_text("Would be enrolled")
    await page.get_by_label("Approval above").fill("50")
    await page.get_by_label("Not again within").fill("6")
    await page.get_by_label("Not again within").blur()

    async def saved() -> bool:
        (row,) = await api.fetch("SELECT files ->> 'sequence.yaml' AS text FROM sequence_draft")
        return "hold_above: 50" in row["text"] and "6 months" in row["text"]

    await api.until(saved)
    # The number of those who would be enrolled leads to them.
    await expect(page.locator("#counts a", has_text=str(MANY)).last).to_be_visible()
    await hand.click(page.get_by_role("link", name="Compare and publish"))
    await hand.click(page.get_by_label("Also enroll those who match already"))
    await hand.click(page.get_by_role("button", name="Publish version 2"))
    await expect(page.get_by_role("heading", level=1)).to_be_visible()
    # Temporal would scan now.
    await RuleRig.over(api.database).scan("hello", Origin.EXISTING, api.now)
    await hand.click(menu.get_by_role("link", name=re.compile("^Approvals")))
    await hand.click(page.get_by_role("rowheader").get_by_role("link", name="Hello there"))
    await expect(page.get_by_text(f"{MANY} people await approval")).to_be_visible()
    await hand.click(page.get_by_role("button", name="Approve all"))
    await expect(page.get_by_text(f"{MANY} people await approval")).to_have_count(0)
    held = await api.fetch("SELECT count(*) AS n FROM rule_queue WHERE state = 'held'")
    assert held[0]["n"] == 0
    assert f"{hand.clicks}, or" in stated("a rule: not contacted for a year")
    assert wrong == []


async def edit(hand: Hand, page: Page, name: str) -> None:
    """From *Today* into the editor of a sequence."""
    await hand.click(page.get_by_role("navigation", name="Screens").get_by_role("link", name=re.compile("^Sequences")))
    await hand.click(page.get_by_role("link", name=name))
    await hand.click(page.get_by_role("link", name="Edit", exact=True))


async def publish(hand: Hand, page: Page, version: int) -> None:
    await hand.click(page.get_by_role("link", name="Compare and publish"))
    await hand.click(page.get_by_role("button", name=f"Publish version {version}"))
    await expect(page.get_by_text("Published. Everybody who is enrolled")).to_be_visible()


async def test_a_sequence_from_nothing_with_two_subjects_a_file_and_a_call(
    console: ConsoleRig, page: Page, tmp_path: Path
) -> None:
    wrong, name = watch(page), "Business development"
    hand = Hand()
    await page.goto(f"{console.url}/console/")
    menu = page.get_by_role("navigation", name="Screens")
    await hand.click(menu.get_by_role("link", name=re.compile("^Sequences")))
    await hand.click(page.get_by_role("link", name="New sequence"))
    await page.get_by_label("Name").fill(name)
    await hand.click(page.get_by_role("button", name="Begin"))
    new = page.locator("form", has=page.get_by_role("button", name="Add the reaction"))
    await new.get_by_label("When").select_option(label="a negative reply")
    await new.get_by_label("What is done").select_option(label="Put on a list")
    await hand.click(new.get_by_role("button", name="Add the reaction"))
    filled = page.locator("form", has=page.get_by_label("List", exact=True))
    await filled.get_by_label("List", exact=True).fill("not now")
    await hand.click(filled.get_by_role("button", name="Save", exact=True))
    await expect(page.get_by_text("on the list not now")).to_be_visible()
    await publish(hand, page, 1)
    assert str(hand.clicks) == stated("business development")

    hand = Hand()
    await edit(hand, page, name)
    first = page.locator("[id='step:first']")
    await hand.click(first.get_by_text("Compare wordings", exact=True))
    await first.get_by_label("Another subject").fill("A quick question")
    await hand.click(first.get_by_role("button", name="Compare two subjects"))
    await expect(
        first.get_by_text("Wordings: first (50\N{NO-BREAK SPACE}%), second (50\N{NO-BREAK SPACE}%)")
    ).to_be_visible()
    await publish(hand, page, 2)
    assert str(hand.clicks) == stated("two subjects that compete")

    hand = Hand()
    file = tmp_path / "brochure.pdf"
    file.write_bytes(b"%PDF-1.4\n%%EOF\n")
    await edit(hand, page, name)
    await first.get_by_label("Attach a file").set_input_files(file)
    await hand.click(first.get_by_role("button", name="Upload"))
    await expect(first.get_by_role("link", name="brochure.pdf")).to_be_visible()
    await publish(hand, page, 3)
    assert str(hand.clicks) == stated("a PDF that goes with a mail")

    hand = Hand()
    await edit(hand, page, name)
    add = page.locator("form", has=page.get_by_label("Short name").and_(page.locator("[name=name]")))
    add = add.filter(has=page.get_by_role("button", name="Add", exact=True))
    await add.get_by_label("What").select_option(label="Call")
    await add.get_by_label("Short name").fill("ring")
    await hand.click(add.get_by_role("button", name="Add", exact=True))
    await expect(page.locator("[id='step:ring']")).to_be_visible()
    await publish(hand, page, 4)
    assert str(hand.clicks) == stated("a step that a person does")
    assert wrong == []


async def test_who_replied_this_week_and_a_correction(console: ConsoleRig, page: Page) -> None:
    api, wrong, hand = console.api, watch(page), Hand()
    _, reply = await held_reply(api, activities_of(api), 1)
    await page.goto(f"{console.url}/console/")
    menu = page.get_by_role("navigation", name="Screens")
    await hand.click(menu.get_by_role("link", name=re.compile("^Inbox")))
    await hand.click(page.get_by_role("link", name="All", exact=True))
    await hand.click(page.get_by_role("link", name="This week"))
    await hand.click(page.locator(f"#reply-{reply}").get_by_role("button", name="Negative"))
    await expect(page.get_by_text("Alex: Negative.")).to_be_visible()
    assert str(hand.clicks) == stated("who replied this week")
    assert wrong == []


async def test_the_keys_of_a_reply_are_those_of_the_page(console: ConsoleRig, page: Page) -> None:
    api, wrong = console.api, watch(page)
    run, first = await held_reply(api, activities_of(api), 1)
    _, second = await held_reply(api, activities_of(api), 2, run)
    doubt = {"doubt": "other_sender"}
    await api.execute("UPDATE reaction SET detail = detail || $2 WHERE id = $1", second, doubt)
    await page.goto(f"{console.url}/console/inbox?whose=everyone")
    await page.keyboard.press("?")
    shown = {each.strip() for each in await page.locator("#keys-list dt").all_inner_texts()}
    rows = re.findall(r"^\| ((?:`\w`[ ]?)+) \|", PAGE.partition("\n## Inbox")[2], re.MULTILINE)
    stated_keys = {key for row in rows for key in re.findall("`(.)`", row)}
    # z is there once there is something to take back.
    assert stated_keys - {"z"} == {key for key in shown if len(key) == 1} - {"?", "/"}
    await page.keyboard.press("Escape")
    await page.keyboard.press("j")
    await expect(page.locator(f"#reply-{first}")).to_be_focused()
    # Nobody doubts who wrote the first one: there o does nothing.
    await page.keyboard.press("o")
    assert await api.fetch("SELECT FROM waiting_review") == []
    await page.keyboard.press("n")
    await expect(page.locator(f"#reply-{first}")).to_have_count(0)
    await expect(page.locator(f"#reply-{second}")).to_be_focused()
    await page.keyboard.press("o")
    await expect(page.locator(f"#reply-{second}")).to_have_count(0)
    said = await api.fetch("SELECT reaction_id, label, not_theirs FROM waiting_review ORDER BY said_at, label")
    assert {(row["reaction_id"], row["label"], row["not_theirs"]) for row in said} == {
        (first, "negative", False),
        (second, "neutral", True),
    }
    assert wrong == []
