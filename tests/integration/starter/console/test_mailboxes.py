"""Own mailboxes in the console: each kind of transport is added and changed by its form."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from adapters.mail.outgoing.kinds import KINDS
from sequences.access.role import Role
from tests.support.console import browser_of, new_user
from tests.support.rigs.api import ApiRig

SETTINGS = {
    "smtp": {"host": "smtp.agency.example"},
    "mailgun": {"domain": "mg.agency.example"},
    "ses": {"region": "eu-west-1", "access_key_id": "AKIAEXAMPLEEXAMPLE", "bounces_to_us": "true"},
}


@pytest_asyncio.fixture
async def browser(api: ApiRig) -> AsyncIterator[httpx.AsyncClient]:
    async with await browser_of(api, await new_user(api, Role.ADMIN)) as browser:
        yield browser


async def stored(api: ApiRig) -> dict[str, Any]:
    (row,) = await api.fetch("SELECT * FROM mailbox WHERE id IS NOT NULL")
    return dict(row)


@pytest.mark.parametrize("kind", KINDS)
async def test_a_mailbox_of_every_kind_is_added_by_its_form(api: ApiRig, browser: httpx.AsyncClient, kind: str) -> None:
    assert f'value="{kind}"' in (await browser.get("/mailboxes")).text
    form = {f"{kind}_{name}": value for name, value in SETTINGS.get(kind, {}).items()}
    form |= {"address": "dana@agency.example", "transport": kind, "inbound": "organisation"}
    done = await browser.post("/mailboxes/add", data=form | {f"{kind}_secret": "the-key"})
    assert done.status_code == 303, done.text
    row = await stored(api)
    assert row["transport"] == kind
    for name, value in SETTINGS.get(kind, {}).items():
        assert str(row["transport_settings"][name]).lower() == value.lower()
    page = (await browser.get(done.headers["location"].removeprefix("/console"))).text
    assert KINDS[kind].label in page
    assert "the-key" not in page


async def test_what_is_missing_is_said_beside_what_was_written(api: ApiRig, browser: httpx.AsyncClient) -> None:
    form = {"address": "dana@agency.example", "transport": "ses", "ses_region": "eu-west-1", "inbound": "organisation"}
    refused = await browser.post("/mailboxes/add", data=form)
    assert refused.status_code == 422
    assert "access_key_id" in refused.text
    assert 'value="eu-west-1"' in refused.text, "nobody writes it twice"
    assert await api.fetch("SELECT 1 FROM mailbox WHERE id IS NOT NULL") == []


async def test_a_key_that_is_left_out_stays_and_an_inbox_by_interface_can_be_chosen(
    api: ApiRig, browser: httpx.AsyncClient
) -> None:
    form = {"address": "dana@agency.example", "transport": "gmail", "inbound": "api", "reply_to": "own"}
    done = await browser.post("/mailboxes/add", data=form)
    page = done.headers["location"].removeprefix("/console").partition("?")[0]
    row = await stored(api)
    assert (row["inbound"], row["reply_to"]) == ("api", "own")
    change = {"transport": "postmark", "postmark_secret": "key", "inbound": "organisation"}
    await browser.post(f"{page}/connection", data=change | {"postmark_stream": "broadcasts"})
    before = await stored(api)
    assert (before["transport"], before["inbound"], before["reply_to"]) == ("postmark", "organisation", "signed")
    await browser.post(f"{page}/connection", data=change | {"postmark_secret": "", "postmark_stream": ""})
    after = await stored(api)
    assert after["transport_secret"] == before["transport_secret"]
    assert after["transport_settings"]["stream"] == "outbound", "an emptied field is its default again"


async def test_each_act_says_on_the_page_of_the_mailbox_that_it_is_done(
    api: ApiRig, browser: httpx.AsyncClient
) -> None:
    form = {"address": "dana@agency.example", "transport": "organisation", "inbound": "organisation"}
    done = await browser.post("/mailboxes/add", data=form)
    shown = await browser.get(done.headers["location"].removeprefix("/console"))
    assert "Added. Send a test" in shown.text
    ident = (await stored(api))["id"]
    for act, words in (("words", "Saved."), ("pause", "Paused."), ("resume", "It sends again.")):
        done = await browser.post(f"/mailboxes/{ident}/{act}", data={"signature_text": "Dana"})
        shown = await browser.get(done.headers["location"].removeprefix("/console"))
        assert f'<p class="notice good">{words}' in shown.text, act
