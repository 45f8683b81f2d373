"""Users at their desks, each with a session of their own: two at one text, one signed out, and what roles keep back."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from sequences.access.role import Role
from services.access.links import make_link
from tests.support.console import COOKIE, LOCAL, new_user, session_of
from tests.support.held_replies import activities_of, held_reply
from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.screens.eyes import look_everywhere
from tests.support.screens.written import publish_written
from tests.support.waiting import PATIENCE

EDIT = "/sequences/hello/edit?person=p1"
ONE = "[id='text:hello/one.email.txt']"


@dataclass
class Desks:
    """A console with real sessions, and browsers that share nothing."""

    api: ApiRig
    browser: Browser
    stack: AsyncExitStack

    @property
    def url(self) -> str:
        """Of the console."""
        return f"{str(self.api.http.base_url).rstrip('/')}/console"

    async def at(self, role: Role, name: str) -> Page:
        """A page of somebody who is signed in."""
        user = await new_user(self.api, role, f"{name}@agency.example", name=name.capitalize())
        context = await self.stack.enter_async_context(
            await self.browser.new_context(viewport={"width": 1280, "height": 900})
        )
        context.set_default_timeout(PATIENCE * 1000)
        await context.add_cookies([{"name": COOKIE, "value": await session_of(self.api, user), "url": self.url}])
        return await context.new_page()

    async def link(self, name: str) -> str:
        """A sign-in link of somebody who is known already."""
        (user,) = await self.api.fetch("SELECT id FROM console_user WHERE email = $1", f"{name}@agency.example")
        async with self.api.database.transaction() as connection:
            return f"{self.url}/sign-in/{(await make_link(connection, user['id'], self.api.now)).token}"


@pytest_asyncio.fixture
async def desks(database_url: str, browser: Browser) -> AsyncIterator[Desks]:
    async with open_api_rig(database_url, public_url=LOCAL) as api, AsyncExitStack() as stack:
        yield Desks(api, browser, stack)


async def a_message(desks: Desks) -> None:
    """A published sequence, and somebody to write it for."""
    await publish_written(desks.api)
    await desks.api.person("p1", first_name="Ann", last_name="Ray", email="ann@client.example", job_title="Clerk")


async def test_two_write_one_message_and_both_texts_are_there(desks: Desks) -> None:
    await a_message(desks)
    ann, bo = await desks.at(Role.RECRUITER, "ann"), await desks.at(Role.LEAD, "bo")
    for page in (ann, bo):
        await page.goto(desks.url + EDIT)
    await ann.locator(ONE).fill("Subject: By Ann\n\nWords of Ann.\n\n{{ organisation_footer }}\n")
    await expect(ann.locator("#editor-state")).to_contain_text("Draft, saved by Ann")
    # His page saves by itself too: it says that it could not, and keeps what he typed.
    await bo.locator(ONE).fill("Subject: By Bo\n\nWords of Bo.\n\n{{ organisation_footer }}\n")
    await expect(bo.get_by_role("alert")).to_contain_text("Saved by Ann")
    await expect(bo.locator(ONE)).to_have_value("Subject: By Bo\n\nWords of Bo.\n\n{{ organisation_footer }}\n")
    await bo.locator("[id='step:one']").get_by_role("button", name="Save", exact=True).click()
    await expect(bo.get_by_role("heading", level=1)).to_have_text("Somebody else changed this meanwhile")
    await expect(bo.get_by_label("Their text", exact=True)).to_have_value(
        "Subject: By Ann\n\nWords of Ann.\n\n{{ organisation_footer }}\n"
    )
    both = "Subject: By both\n\nWords of Ann. Words of Bo.\n\n{{ organisation_footer }}\n"
    await bo.get_by_label("Your text", exact=True).fill(both)
    await bo.get_by_role("button", name="Save this text").click()
    await expect(bo.get_by_role("status")).to_contain_text("Saved in the draft.")
    await ann.reload()
    await expect(ann.locator(ONE)).to_have_value(both)


async def test_who_was_signed_out_loses_no_words_and_comes_back(desks: Desks) -> None:
    await a_message(desks)
    page = await desks.at(Role.LEAD, "bo")
    await page.goto(desks.url + EDIT)
    await page.context.clear_cookies()
    # A text that is saved by itself stays where it is; one signs in in another tab, and goes on.
    words = "Subject: Typed\n\nWhile signed out.\n\n{{ organisation_footer }}\n"
    await page.locator(ONE).fill(words)
    await expect(page.get_by_role("alert")).to_contain_text("You are signed out. Sign in in another tab")
    await expect(page.locator(ONE)).to_have_value(words)
    other = await page.context.new_page()
    await other.goto(await desks.link("bo"))
    await other.get_by_role("button", name="Sign in").click()
    await expect(other).to_have_url(f"{desks.url}/")
    await page.locator(ONE).press("Control+End")
    await page.locator(ONE).press_sequentially("PS.")
    await expect(page.locator("#editor-state")).to_contain_text("Draft, saved by Bo")
    await other.close()

    # A form that leads to another page shows its words again.
    await page.get_by_role("link", name="Show the file beside").click()
    await page.context.clear_cookies()
    await page.get_by_label("Steps, times, reactions and rules (YAML)").fill("name: a whole file\nrecord: person\n")
    await page.locator("[id='file:sequence.yaml']").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("heading", level=1)).to_have_text("You are signed out")
    await expect(page.get_by_label("What you wrote")).to_have_value("name: a whole file\nrecord: person\n")
    assert await look_everywhere(page, "signed-out") == []
    async with page.context.expect_page() as opened:
        await page.get_by_role("link", name="Sign in in a new tab").click()
    again = await opened.value
    await again.get_by_label("Sign-in link").fill(await desks.link("bo"))
    await again.get_by_role("button", name="Continue").click()
    await again.get_by_role("button", name="Sign in").click()
    # After signing in, one is where one was.
    await expect(again.get_by_role("heading", name="Written for Ann Ray")).to_be_visible()
    await expect(again.get_by_label("Steps, times, reactions and rules (YAML)")).to_be_visible()
    # And the words that were sent too late are sent again.
    await page.get_by_role("button", name="Send it again").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved in the draft.")


async def test_what_roles_keep_back(desks: Desks) -> None:
    _, reply = await held_reply(desks.api, activities_of(desks.api), 1)
    await desks.api.execute("UPDATE inbound SET reply_text = 'words for few'")
    await desks.api.execute("INSERT INTO owner (id, first_name, email) VALUES ('o1', 'Rae', 'rae@agency.example')")
    await publish_written(desks.api)
    recruiter, auditor = await desks.at(Role.RECRUITER, "rae"), await desks.at(Role.AUDITOR, "aud")
    # A recruiter writes; who publishes is said before she asks for it.
    await recruiter.goto(f"{desks.url}/sequences/hello/edit")
    message = recruiter.locator(ONE)
    await message.fill((await message.input_value()).replace("Hello", "Good day"))
    await expect(recruiter.locator("#editor-state")).to_contain_text("Draft, saved by Rae")
    await recruiter.get_by_role("link", name="Compare", exact=True).click()
    await expect(recruiter.get_by_text("Ask a lead or an admin to publish it.")).to_be_visible()
    await expect(recruiter.get_by_role("button", name="Publish")).to_have_count(0)
    # An auditor sees that there is a reply, and what became of it; never its words.
    for path in ("/inbox?show=all&whose=everyone", f"/inbox/{reply}", "/people/p1", "/"):
        await auditor.goto(desks.url + path)
        await expect(auditor.get_by_role("heading", level=1)).to_be_visible()
        assert "words for few" not in await auditor.content(), path
    await auditor.goto(f"{desks.url}/inbox?show=all&whose=everyone")
    await expect(auditor.locator("article")).to_contain_text("Your role does not read messages.")
    await expect(auditor.locator("article").get_by_role("button")).to_have_count(0)
    # Nor does an address lead further than the links.
    await auditor.goto(f"{desks.url}/sequences/hello/edit")
    await expect(auditor.locator("[data-message]")).to_contain_text("You may not do that")
