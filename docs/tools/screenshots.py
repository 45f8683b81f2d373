"""Pictures of the docs: ``python docs/tools/screenshots.py [--folder .relance/demo] [--into docs/pictures]``.

Starts the stack with the data that ``make demo`` left, signs in, and takes the pictures with chromium. The data are
those of a demo, so nobody is on them.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from playwright.async_api import ViewportSize, async_playwright

from adapters.clock import utc_now
from adapters.postgres import listings
from adapters.postgres.database import Database
from adapters.postgres.paging import page as page_of
from services.access.addresses import link_address
from services.access.links import make_first_link, make_link
from starter.local.stack import ANY_PORTS, LocalStack

if TYPE_CHECKING:
    from playwright.async_api import Page


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        path: the address in the console.
        opens: the part of the page that is opened and shown; empty: its beginning.
    """

    path: str
    opens: str = ""


PICTURES: Final = {
    "sequence.png": Picture("/sequences/new-services"),
    "inbox.png": Picture("/inbox?show=all&whose=everyone"),
    "mailboxes.png": Picture("/mailboxes"),
    "mailbox-mailgun.png": Picture("/mailboxes", "Mailgun"),
    "mailbox-connect.png": Picture("/mailboxes/connect?address=dana%40relance.example"),
}
"""By the name of the file."""
_REGISTERED: Final = {"RELANCE_GOOGLE_CLIENT_ID": "relance", "RELANCE_GOOGLE_CLIENT_SECRET": "none"}
"""So that a mailbox can be connected; nobody asks Google for these pictures."""
_EMAIL: Final = "dana@agency.example"
_SIZE: Final = ViewportSize(width=1120, height=700)
_LARGEST: Final = 120_000


async def take(folder: Path, into: Path) -> None:
    """Starts the stack, and takes each picture."""
    async with LocalStack(folder, ports=ANY_PORTS, sentiment=False, say=_say, settings=_REGISTERED) as stack:
        database = await Database.connect(stack.postgres.url, max_size=1)
        try:
            address = await _link(database, stack.url)
        finally:
            await database.close()
        chromium = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
            page = await browser.new_page(viewport=_SIZE, color_scheme="light")
            await _sign_in(page, address)
            for name, picture in PICTURES.items():
                await page.goto(f"{stack.url}/console{picture.path}")
                await page.wait_for_load_state("networkidle")
                if picture.opens:
                    part = page.locator("summary", has_text=picture.opens)
                    await page.get_by_label("Sends by").select_option(label=picture.opens)
                    await part.wait_for()
                    await page.get_by_label("Sends by").scroll_into_view_if_needed()
                # A stack of this machine says that it is not encrypted; an organisation's says no such thing.
                await page.evaluate("document.querySelectorAll('main > .notice.warn').forEach(hint => hint.remove())")
                taken = await page.screenshot(path=into / name)
                _say(f"{into / name}: {len(taken):,} bytes, at most {_LARGEST:,}")
            await browser.close()


async def _link(database: Database, url: str) -> str:
    """A link that signs in as the first user, who is made if there is none."""
    async with database.transaction() as connection:
        link = await make_first_link(connection, utc_now())
        if link is None:
            users = await page_of(connection, listings.CONSOLE_USERS, {}, limit=1)
            link = await make_link(connection, users.rows[0].id, utc_now())
    return link_address(url, link.token)


async def _sign_in(page: Page, address: str) -> None:
    await page.goto(address)
    email = page.get_by_label("Your e-mail address")
    if await email.count():
        await email.fill(_EMAIL)
        await page.get_by_label("Your name").fill("Dana Reed")
    await page.get_by_role("button", name="Sign in").click()
    await page.wait_for_load_state("networkidle")


def _say(words: str) -> None:
    sys.stderr.write(f"{words}\n")


def main() -> None:
    """Reads the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path(".relance/demo"), help="the data of the demo")
    parser.add_argument("--into", type=Path, default=Path("docs/pictures"), help="where the pictures go")
    given = parser.parse_args()
    given.into.mkdir(parents=True, exist_ok=True)
    asyncio.run(take(given.folder.absolute(), given.into))


if __name__ == "__main__":
    main()
