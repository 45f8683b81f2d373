"""The story of the console, told once with everything real: Temporal, Postgres, SMTP out and in, workers, a browser."""

from __future__ import annotations

import asyncio
import re
import smtplib
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass
from email.message import EmailMessage
from pathlib import Path

import pytest_asyncio
from playwright.async_api import Page, expect

from adapters.clock import utc_now
from adapters.loop_server import LoopServer
from sequences.access.role import Role
from services.access.audit import CLI
from services.access.links import make_link
from services.access.users import Invitation, invite
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.local.mail_capture import list_mail, read_mail
from starter.local.temporal import LocalTemporal
from tests.support.console import LOCAL
from tests.support.rigs.flow import FlowRig, open_flow
from tests.support.rigs.inbound import listening
from tests.support.screens.eyes import watch
from tests.support.waiting import PATIENCE

CLOSED = "  window: 09:00-17:00\n  weekdays_only: true\n"
ALWAYS = "  window: any\n"
"""The example keeps office hours; this story is also told at night."""


@dataclass
class Office:
    """A whole Relance with its console, and the port at which mail comes in."""

    flow: FlowRig
    url: str
    mail_port: int

    async def sign_in_link(self) -> str:
        """As ``relance user invite`` prints it."""
        async with self.flow.services.database.transaction() as connection:
            made = await invite(connection, CLI, Invitation("dana@agency.example", Role.LEAD), utc_now())
            link = await make_link(connection, made.user.id, utc_now())
        return f"{self.url}/sign-in/{link.token}"

    async def arrived(self) -> EmailMessage:
        """The mail that came out by SMTP."""
        folder = self.flow.folder / "mail"

        async def there() -> bool:
            return bool(list_mail(folder))

        await self.flow.until(there)
        opened = read_mail(folder, list_mail(folder)[0].file)
        message = EmailMessage()
        for name in ("From", "To", "Reply-To", "Subject", "Message-ID"):
            message[name] = opened.header(name)
        message.set_content(opened.text or "")
        return message

    async def answer(self, mail: EmailMessage, words: str) -> None:
        """What its recipient writes back, by SMTP."""
        answer = EmailMessage()
        answer["From"], answer["To"] = str(mail["To"]), str(mail["Reply-To"])
        answer["Subject"], answer["Message-ID"] = f"Re: {mail['Subject']}", "<1@client.example>"
        answer["In-Reply-To"] = str(mail["Message-ID"])
        answer.set_content(f"{words}\n\nOn Monday Dana Owner wrote:\n> {mail['Subject']}\n")
        await asyncio.to_thread(self._hand_over, answer)

    def _hand_over(self, answer: EmailMessage) -> None:
        with smtplib.SMTP("127.0.0.1", self.mail_port, timeout=PATIENCE) as smtp:
            smtp.send_message(answer)

    async def until_there(self, rows: str) -> None:
        """Until the workers have written what this statement finds."""

        async def found() -> bool:
            return bool(await self.flow.services.database.pool.fetch(rows))

        await self.flow.until(found)


@pytest_asyncio.fixture
async def office(database_url: str, temporal: LocalTemporal, tmp_path: Path) -> AsyncIterator[Office]:
    async with AsyncExitStack() as stack:
        flow = await stack.enter_async_context(open_flow(database_url, temporal, tmp_path, public_url=LOCAL))
        listener = await stack.enter_async_context(listening(flow.intake))
        server = LoopServer(create_app(ways_of(flow.services, flow.dispatcher.wake)), "127.0.0.1", 0)
        await server.start()
        stack.push_async_callback(server.stop)
        await flow.person("ann", first_name="Ann", last_name="Ray", email="ann@client.example")
        yield Office(flow, f"http://127.0.0.1:{server.port}/console", listener.port)


# It takes some seconds, and is the only test in which all parts of Relance meet a browser.
async def test_from_an_empty_page_to_a_judged_reply(office: Office, page: Page) -> None:
    wrong = watch(page)
    # A lead signs in by a link that works once.
    await page.goto(await office.sign_in_link())
    await page.get_by_role("button", name="Sign in").click()
    await expect(page).to_have_url(f"{office.url}/")

    # She begins a sequence from the example. Its id is made of its name.
    await page.goto(f"{office.url}/new-sequence")
    await page.get_by_label("Name", exact=True).fill("New clients")
    await page.get_by_role("button", name="Begin").click()
    await expect(page.get_by_role("status")).to_contain_text("Your draft is kept.")

    # She changes its hours in the file, and the first message, and sees for Ann when it would go and what it would say.
    await page.get_by_role("link", name="Show the file beside").click()
    file = page.get_by_label("Steps, times, reactions and rules (YAML)")
    await file.fill((await file.input_value()).replace(CLOSED, ALWAYS))
    await page.locator("[id='file:sequence.yaml']").get_by_role("button", name="Save").click()
    await expect(page.get_by_role("status")).to_contain_text("Saved in the draft.")
    await page.get_by_label("Somebody else").fill("ann")
    await page.get_by_role("button", name="Choose").click()
    await expect(page.get_by_role("heading", name="Written for Ann Ray")).to_be_visible()
    card = page.locator("[id='step:first']")
    message = card.get_by_label("Text, with the subject in its first line")
    words = await message.input_value()
    await message.fill(re.sub(r"^Subject:.*", "Subject: A question for {{ person.first_name }}", words))
    await expect(card.locator(".preview")).to_contain_text("A question for Ann")
    await expect(card.locator(".head time")).to_have_count(1)

    # She publishes it.
    await page.get_by_role("link", name="Compare and publish").click()
    await page.get_by_role("button", name="Publish version 1").click()
    await expect(page.get_by_role("status")).to_contain_text("Published.")

    # She finds Ann and enrolls her; the mail arrives.
    await page.get_by_label("Find a person").fill("ann@client.example")
    await page.keyboard.press("Enter")
    await page.get_by_role("link", name="Ann Ray").click()
    await page.get_by_label("Sequence", exact=True).select_option("new-clients")
    await page.get_by_role("button", name="Check").click()
    await page.get_by_role("button", name="Enroll by hand").click()
    await expect(page.get_by_role("status").first).to_contain_text("Enrolled.")
    mail = await office.arrived()
    assert (mail["To"], mail["Subject"]) == ("Ann Ray <ann@client.example>", "A question for Ann")

    # Ann answers, and the model is not quite sure; the run waits for a person.
    await office.answer(mail, "Perhaps. Tell me more.")
    await office.until_there("SELECT FROM reaction WHERE held_for_review AND handled_at IS NOT NULL")
    await page.wait_for_load_state()
    await page.keyboard.press("g")
    await page.keyboard.press("i")
    reply = page.locator("article", has_text="Perhaps. Tell me more.")
    await expect(reply.locator(".badge").first).to_have_text("Positive")
    await expect(reply).to_contain_text("needs review")

    # One key judges it, another one takes that back; then she is sure.
    await page.keyboard.press("j")
    await page.keyboard.press("p")
    await expect(page.get_by_text("Ann Ray: Positive.")).to_be_visible()
    await page.keyboard.press("z")
    await expect(page.get_by_text("Undone. Nothing has happened.")).to_be_visible()
    await page.keyboard.press("j")
    await page.keyboard.press("p")
    await expect(page.get_by_text("Ann Ray: Positive.")).to_be_visible()
    # Ten seconds to take it back are not waited for.
    await office.flow.services.database.pool.execute("UPDATE waiting_review SET due_at = now()")
    office.flow.dispatcher.wake()
    await office.until_there("SELECT FROM task WHERE title = 'Call Ann Ray'")

    # The funnel shows it, with a link to her; and somebody has a call to make.
    await page.goto(f"{office.url}/sequences/new-clients")
    first = page.get_by_role("row", name=re.compile("^first"))
    await expect(first.locator("a[href*='outcome=replied&'], a[href$='outcome=replied']")).to_have_text("1")
    await first.locator("a[href*='outcome=replied_positive']").click()
    await expect(page.get_by_role("link", name="Ann Ray")).to_be_visible()
    await page.goto(f"{office.url}/tasks?show=open")
    await expect(page.get_by_role("row", name="Call Ann Ray")).to_be_visible()
    assert wrong == []
