"""Pictures of the docs: ``python docs/tools/screenshots.py [--folder .relance/demo] [--into docs/pictures]``.

Starts the stack with the data that ``make demo`` left, adds what only a picture needs, signs in, and takes the pictures
with chromium. The data are those of a demo, so nobody is on them. Done again, it takes the same pictures again.
"""

from __future__ import annotations

import argparse
import asyncio
import io
import secrets
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from PIL import Image
from playwright.async_api import ViewportSize, async_playwright

from adapters.clock import utc_now
from adapters.postgres import listings
from adapters.postgres.database import Database
from adapters.postgres.paging import page as page_of
from services.access.addresses import link_address
from services.access.links import make_first_link, make_link
from starter.demo.crm_bridge import CrmBridge
from starter.local.stack import ANY_PORTS, LocalStack

if TYPE_CHECKING:
    from playwright.async_api import Page

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class Picture:
    """One picture.

    Attributes:
        path: the address in the console.
        opens: the part of the page that is opened and shown; empty: its beginning.
        height: of the window.
    """

    path: str
    opens: str = ""
    height: int = 700


PICTURES: Final = {
    "sequence.png": Picture("/sequences/new-services"),
    "inbox.png": Picture("/inbox?show=all&whose=everyone"),
    "mailboxes.png": Picture("/mailboxes", height=430),
    "mailbox-mailgun.png": Picture("/mailboxes", "Mailgun"),
    "mailbox-connect.png": Picture("/mailboxes/connect?address=dana%40relance.example", height=560),
    "crm.png": Picture("/settings/crm", height=790),
    "owner.png": Picture("/settings/owners/dana", height=560),
}
"""By the name of the file."""
BROWSERS: Final = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
"""What it may be called, the lightest first."""
_REGISTERED: Final = {"RELANCE_GOOGLE_CLIENT_ID": "relance", "RELANCE_GOOGLE_CLIENT_SECRET": "none"}
"""So that a mailbox can be connected; nobody asks Google for these pictures."""
_EMAIL: Final = "dana@agency.example"
_WIDTH: Final = 1120
_LARGEST: Final = 60_000
"""Bytes of a picture."""
_COLOURS: Final = 64
_SEED: Final = (
    # A mailbox in each state that somebody has to act on.
    """INSERT INTO mailbox (channel, address, id, name, state, state_since, transport, transport_settings, inbound,
            inbound_settings, reply_to, added_at, added_by, changed_at)
        SELECT 'email', 'jobs@relance.example', 'xjobsjobsjobs', 'Jobs', 'paused', $1, 'organisation', '{}',
            'organisation', '{}', 'signed', $1, 'cli', $1
        WHERE NOT EXISTS (SELECT FROM mailbox WHERE id = 'xjobsjobsjobs')""",
    """UPDATE mailbox SET state = 'disconnected', state_since = $1, state_reason = 'the server refuses the login'
        WHERE address = 'max@relance.example'""",
    # What the CRM refused for good.
    """UPDATE crm_write SET state = 'dead', settled_at = $1, made = NULL,
            result = 'the receiver refuses it (HTTP 422)'
        WHERE id = (SELECT min(id) FROM crm_write WHERE kind = 'note')""",
    """UPDATE owner SET booking_url = 'https://calendly.com/relance-example/intro'
        WHERE id = 'dana' AND $1::timestamptz IS NOT NULL""",
)
"""SQL that makes of the demo's end what the pictures show, and changes nothing when it is done again; $1 is now."""


async def take(folder: Path, into: Path) -> None:
    """Starts the stack, and takes each picture."""
    crm = CrmBridge(secrets.token_urlsafe(32))
    await crm.start()
    settings = {**_REGISTERED, **crm.settings(folder)}
    try:
        async with LocalStack(folder, ports=ANY_PORTS, sentiment=False, say=_say, settings=settings) as stack:
            database = await Database.connect(stack.postgres.url, max_size=1)
            try:
                async with database.transaction() as connection:
                    address = await _link(connection, stack.url)
                    for statement in _SEED:
                        await connection.execute(statement, utc_now())
            finally:
                await database.close()
            await _take_all(stack.url, address, into)
    finally:
        await crm.stop()


async def _take_all(url: str, address: str, into: Path) -> None:
    chromium = next(filter(None, map(shutil.which, BROWSERS)), None)
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox"])
        page = await browser.new_page(color_scheme="light")
        await _sign_in(page, address)
        for name, picture in PICTURES.items():
            await page.set_viewport_size(ViewportSize(width=_WIDTH, height=picture.height))
            await page.goto(f"{url}/console{picture.path}")
            await page.wait_for_load_state("networkidle")
            if picture.opens:
                part = page.locator("summary", has_text=picture.opens)
                await page.get_by_label("Sends by").select_option(label=picture.opens)
                await part.wait_for()
                await page.get_by_label("Sends by").scroll_into_view_if_needed()
            # A stack of this machine says that it is not encrypted; an organisation's says no such thing.
            await page.evaluate("document.querySelectorAll('main > .notice.warn').forEach(hint => hint.remove())")
            taken = small(await page.screenshot())
            (into / name).write_bytes(taken)
            _say(f"{into / name}: {len(taken):,} bytes{'' if len(taken) <= _LARGEST else f', MORE THAN {_LARGEST:,}'}")
        await browser.close()


def small(picture: bytes) -> bytes:
    """The same picture with few colours: screens have few, and a repository keeps every version for ever."""
    with Image.open(io.BytesIO(picture)) as image:
        few = image.convert("RGB").quantize(_COLOURS, dither=Image.Dither.NONE)
        made = io.BytesIO()
        few.save(made, "PNG", optimize=True)
    return made.getvalue()


async def _link(connection: Connection, url: str) -> str:
    """A link that signs in as the first user, who is made if there is none."""
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
