"""Today, the inbox, people and a person in a real browser: they fit, axe finds nothing, and keys read replies."""

from __future__ import annotations

from datetime import timedelta

from playwright.async_api import Page, expect

from tests.support.held_replies import activities_of, held_reply
from tests.support.screens.eyes import look_everywhere, watch
from tests.support.screens.rig import ConsoleRig

SCREENS = (
    "/",
    "/inbox",
    "/inbox?show=all&whose=everyone",
    "/people",
    "/people?q=alex",
    "/people/p1?sequence=hello",
    "/approvals",
)


async def world(console: ConsoleRig) -> list[str]:
    """Two replies of one run, a step that is due, somebody who must not be contacted, and a long name."""
    api = console.api
    run, first = await held_reply(api, activities_of(api), 1)
    _, second = await held_reply(api, activities_of(api), 2, run)
    await api.execute("UPDATE inbound SET sender = 'p1@client.example', reply_text = $1", "Perhaps later. " * 20)
    await api.execute("UPDATE enrollment_step SET due_at = $1", api.now + timedelta(hours=2))
    await api.person("p2", first_name="Maximiliane-Alexandra", last_name="Wolfeschlegelsteinhausenbergerdorff")
    await api.sent(run)
    await api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p1', 'sms', 'opt_out', 'r1', $1)",
        api.now,
    )
    await api.execute(
        "INSERT INTO hold (id, scope, key, reason, since, rate) "
        "VALUES ('h2345678901', 'sequence', 'hello', 'ill', $1, 10)",
        api.now,
    )
    return [first, second]


async def test_they_fit_and_axe_finds_nothing(console: ConsoleRig, page: Page) -> None:
    replies = await world(console)
    wrong = watch(page)
    for path in (*SCREENS, f"/inbox/{replies[0]}"):
        await page.goto(f"{console.url}/console{path}")
        assert await look_everywhere(page) == [], path
    assert wrong == []


async def test_replies_are_read_with_keys_alone(console: ConsoleRig, page: Page) -> None:
    first, second = await world(console)
    wrong = watch(page)
    await page.goto(f"{console.url}/console/inbox?whose=everyone")
    # A key of a line means the line that is looked at.
    await page.keyboard.press("j")
    await page.keyboard.press("p")
    await expect(page.locator(f"#reply-{first}")).to_have_count(0)
    await expect(page.get_by_text("Alex: Positive.")).to_be_visible()
    # The next one is looked at; one key more and both are said.
    await expect(page.locator(f"#reply-{second}")).to_be_focused()
    await page.keyboard.press("u")
    await expect(page.get_by_text("Alex: Neutral.")).to_be_visible()
    rows = await console.api.fetch("SELECT label FROM waiting_review ORDER BY said_at, label")
    assert sorted(row["label"] for row in rows) == ["neutral", "positive"]
    # z takes back the newest, and no other.
    await page.keyboard.press("z")
    await expect(page.get_by_text("Undone. Nothing has happened.")).to_be_visible()
    (row,) = await console.api.fetch("SELECT reaction_id FROM waiting_review")
    assert row["reaction_id"] == first
    # r opens it, and its answer is a field to type in.
    await page.goto(f"{console.url}/console/inbox?whose=everyone")
    await page.keyboard.press("j")
    await page.keyboard.press("r")
    await expect(page.get_by_role("heading", name="Answer")).to_be_visible()
    assert wrong == []
