"""Microsoft and Google tell of new mail: they prove themselves, the readers are woken, and nothing else comes of it."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio

from adapters.postgres import queries
from services.access.audit import CLI
from services.mailboxes.keep import KeepMailboxes, MailboxChanges
from services.mailboxes.keep_push import push_hash
from tests.support.google_push import ACCOUNT, TOPIC, Google, pushed, running_google
from tests.support.kept_apps import app_of
from tests.support.mail_grants import oauth_settings
from tests.support.rigs.api import NOW, PUBLIC, ApiRig, settings_for, ways_for
from tests.support.rigs.inbound import serving
from tests.support.waiting import until

SECRET = "c2VjcmV0LW9mLXRoaXMtc3Vic2NyaXB0aW9u"
MICROSOFT = oauth_settings("https://login.microsoftonline.example/v2.0", "microsoft")
GOOGLE = f"{PUBLIC}/mail-push/google"
ADDRESS = "dana@agency.example"


@asynccontextmanager
async def listening(database_url: str) -> AsyncIterator[list[str]]:
    """What the readers of mailboxes hear."""
    heard: list[str] = []
    connection = await asyncpg.connect(database_url)
    try:
        await connection.add_listener("relance_mailboxes", lambda *told: heard.append(told[-1]))
        yield heard
    finally:
        await connection.close()


async def heard_since(rig: ApiRig, heard: list[str]) -> list[str]:
    """Everything that rang until now."""
    await rig.execute("SELECT pg_notify('relance_mailboxes', 'mark')")
    await until(lambda: "mark" in heard, what="the mark is heard")
    found = [each for each in heard if each != "mark"]
    heard.clear()
    return found


@pytest_asyncio.fixture
async def rig(api: ApiRig, database_url: str) -> AsyncIterator[ApiRig]:
    async with serving(api, database_url, **MICROSOFT) as made:
        yield made


async def mailbox(rig: ApiRig, transport: str = "graph", *, secret: str = SECRET) -> str:
    wanted = {"transport": {"kind": transport}, "inbound": {"kind": "api"}, "reply_to": "own"}
    async with rig.database.transaction() as connection:
        ident = await KeepMailboxes(rig.settings.keys()).add(
            connection, CLI, ADDRESS, MailboxChanges.model_validate(wanted), rig.clock()
        )
        row = await queries.claim_mailbox_push(connection, mailbox=ident, at=NOW, until=NOW)
        assert row is not None
        await queries.begin_mailbox_push(connection, mailbox=ident, address="x", secret_hash=push_hash(secret))
        await queries.keep_mailbox_push(
            connection,
            mailbox=ident,
            subscription="s1",
            ends_at=NOW + timedelta(days=3),
            renew_at=NOW + timedelta(days=1),
            claimed=row.renew_at,
        )
    return ident


def told(*items: dict[str, Any]) -> bytes:
    """What Microsoft posts of one message, and what ``items`` say otherwise."""
    usual = {
        "subscriptionId": "7f105c7d-2dc5-4530-97cd-4e7ae6534c07",
        "subscriptionExpirationDateTime": "2027-05-07T09:00:00+00:00",
        "changeType": "created",
        "resource": "Users/u1/Messages/AAMk1",
        "resourceData": {"@odata.type": "#Microsoft.Graph.Message", "id": "AAMk1"},
        "clientState": SECRET,
        "tenantId": "00000000-0000-0000-0000-000000000001",
    }
    return json.dumps({"value": [usual | each for each in items or ({},)]}).encode()


def lifecycle(event: str) -> dict[str, Any]:
    return {"lifecycleEvent": event, "changeType": None, "resource": None}


async def test_our_address_proves_itself_to_microsoft(rig: ApiRig) -> None:
    ident = await mailbox(rig)
    proof = "Validation: Testing client application reachability for subscription Request-Id: 1f2e <b>"
    answer = await rig.http.post(f"/mail-push/microsoft/{ident}", params={"validationToken": proof})
    assert (answer.status_code, answer.text) == (200, proof)
    assert answer.headers["content-type"] == "text/plain; charset=utf-8"
    assert answer.headers["x-content-type-options"] == "nosniff"
    for bad in ("", "x" * 2001, "two\nlines"):
        refused = await rig.http.post(f"/mail-push/microsoft/{ident}", params={"validationToken": bad})
        assert refused.status_code == 403
        assert not bad or bad not in refused.text
    assert (await rig.http.get(f"/mail-push/microsoft/{ident}", params={"validationToken": proof})).status_code == 405


async def test_one_address_has_our_proof_a_number_of_times(api: ApiRig, database_url: str) -> None:
    api.settings = settings_for(database_url, **MICROSOFT)
    with app_of(ways_for(api)) as app:
        transport = httpx.ASGITransport(app, client=("8.8.4.8", 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://relance.example") as client:
            answers = [await client.post(f"/mail-push/microsoft/m{number}?validationToken=x") for number in range(150)]
    # One more comes in each second.
    assert {each.status_code for each in answers[:60]} == {200}
    late = [each for each in answers if each.status_code == 429]
    assert late
    assert late[0].headers["retry-after"] == "1"


async def test_new_mail_wakes_the_readers_of_that_mailbox(rig: ApiRig, database_url: str) -> None:
    ident = await mailbox(rig)
    async with listening(database_url) as heard:
        answer = await rig.http.post(f"/mail-push/microsoft/{ident}", content=told())
        assert (answer.status_code, answer.content) == (202, b"")
        assert await heard_since(rig, heard) == [ident]
        several = told({}, {"clientState": "another"}, {"clientState": 7})
        assert (await rig.http.post(f"/mail-push/microsoft/{ident}", content=several)).status_code == 202
        assert await heard_since(rig, heard) == [ident]
    (row,) = await rig.fetch("SELECT renew_at FROM mailbox_push")
    assert row["renew_at"] == NOW + timedelta(days=1)


@pytest.mark.parametrize("event", ["reauthorizationRequired", "subscriptionRemoved", "missed", "somethingNew"])
async def test_what_is_told_of_the_subscription_has_it_looked_at(rig: ApiRig, database_url: str, event: str) -> None:
    ident = await mailbox(rig)
    async with listening(database_url) as heard:
        answer = await rig.http.post(f"/mail-push/microsoft/{ident}", content=told(lifecycle(event)))
        assert answer.status_code == 202
        assert await heard_since(rig, heard) == [ident]
    (row,) = await rig.fetch("SELECT renew_at, subscription FROM mailbox_push")
    # Whatever the event says, only the provider's own answer counts.
    assert (row["renew_at"], row["subscription"]) == (NOW, "s1")


@pytest.mark.parametrize(
    "body",
    [
        told({"clientState": "wrong"}),
        told({"clientState": SECRET + "x"}),
        told({"clientState": None}),
        told({"clientState": ["x"]}),
        told({"clientState": "\ud800"}),
        told({"clientState": "y" * 200_000}),
        told(lifecycle("subscriptionRemoved") | {"clientState": "wrong"}),
        b"",
        b"[]",
        b"no JSON",
        b'{"value": {"clientState": 1}}',
        b'{"value": [1, null]}',
        b"[" * 100_000,
    ],
)
async def test_strangers_wake_nobody_and_are_told_nothing(rig: ApiRig, database_url: str, body: bytes) -> None:
    ident = await mailbox(rig)
    async with listening(database_url) as heard:
        answers = [
            await rig.http.post(f"/mail-push/microsoft/{each}", content=body)
            for each in (ident, "mxunknown", "%00", "x" * 500)
        ]
        assert await heard_since(rig, heard) == []
    # Nobody learns by it which mailboxes there are.
    assert {(each.status_code, each.text) for each in answers} == {(403, answers[0].text)}
    (row,) = await rig.fetch("SELECT renew_at FROM mailbox_push")
    assert row["renew_at"] == NOW + timedelta(days=1)


async def test_a_body_has_a_limit(rig: ApiRig) -> None:
    ident = await mailbox(rig)
    assert (await rig.http.post(f"/mail-push/microsoft/{ident}", content=b"x" * 300_001)).status_code == 413


@pytest.mark.parametrize("public", ["http://hooks.agency.example", "https://hooks.agency.example"])
async def test_nobody_is_heard_who_was_not_asked(api: ApiRig, database_url: str, public: str) -> None:
    more = MICROSOFT if public.startswith("http:") else {}
    async with serving(api, database_url, public_url=public, **more) as rig:
        ident = await mailbox(rig)
        asked = f"/mail-push/microsoft/{ident}"
        assert (await rig.http.post(asked, params={"validationToken": "x"})).status_code == 404
        assert (await rig.http.post(asked, content=told())).status_code == 404
        assert (await rig.http.post("/mail-push/google", content=pushed(ADDRESS))).status_code == 404


@asynccontextmanager
async def hearing_google(api: ApiRig, database_url: str) -> AsyncIterator[tuple[ApiRig, Google]]:
    async with running_google() as google:
        settings = oauth_settings(google.server.url) | {"gmail_push_topic": TOPIC, "gmail_push_account": ACCOUNT}
        async with serving(api, database_url, **settings) as rig:
            yield rig, google


async def test_google_wakes_the_readers_of_the_mailbox_that_it_names(api: ApiRig, database_url: str) -> None:
    async with hearing_google(api, database_url) as (rig, google), listening(database_url) as heard:
        ident = await mailbox(rig, "gmail")
        proof = {"Authorization": f"Bearer {google.token(GOOGLE, NOW)}"}
        for address, woken in ((ADDRESS, [ident]), ("Dana@Agency.example", [ident]), ("other@agency.example", [])):
            answer = await rig.http.post("/mail-push/google", content=pushed(address), headers=proof)
            assert (answer.status_code, answer.content) == (204, b"")
            assert await heard_since(rig, heard) == woken
        # What cannot be read is taken too: Google would repeat it for days.
        for odd in (b"", b"{}", b'{"message": {"data": "%"}}', b'{"message": {"data": 1}}', pushed("a\0b")):
            answer = await rig.http.post("/mail-push/google", content=odd, headers=proof)
            assert answer.status_code == 204
        assert await heard_since(rig, heard) == []


async def test_google_has_to_prove_itself(api: ApiRig, database_url: str) -> None:
    async with hearing_google(api, database_url) as (rig, google), listening(database_url) as heard:
        await mailbox(rig, "gmail")
        for header in (
            {},
            {"Authorization": "Bearer"},
            {"Authorization": f"Basic {google.token(GOOGLE, NOW)}"},
            {"Authorization": f"Bearer {google.token(PUBLIC, NOW)}"},
            {"Authorization": f"Bearer {google.token(GOOGLE, NOW, email='other@agency.example')}"},
            {"Authorization": f"Bearer {google.token(GOOGLE, NOW - timedelta(hours=2))}"},
        ):
            answer = await rig.http.post("/mail-push/google", content=pushed(ADDRESS), headers=header)
            assert answer.status_code == 403
        assert await heard_since(rig, heard) == []
        assert (await rig.http.post("/mail-push/google", content=b"x" * 300_001)).status_code in (403, 413)


async def test_no_secret_is_compared_letter_by_letter(rig: ApiRig, monkeypatch: pytest.MonkeyPatch) -> None:
    ident = await mailbox(rig)
    compared: list[tuple[int, int]] = []

    def noted(one: bytes, other: bytes) -> bool:
        compared.append((len(one), len(other)))
        return one == other

    monkeypatch.setattr("services.mailboxes.hear_push.hmac.compare_digest", noted)
    for each in (ident, "mxunknown"):
        await rig.http.post(f"/mail-push/microsoft/{each}", content=told())
    # Hashes of equal length, also where there is nothing to compare with.
    assert compared == [(32, 32), (32, 32)]
