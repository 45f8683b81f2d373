"""Endpoints of webhooks: secrets of their own, rotation, test events, the log, and posting once more."""

from __future__ import annotations

import base64
import hmac
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from sequences.errors import SettingsError
from sequences.sending.deliveries import DeliveryCall
from sequences.sending.webhook_signature import webhook_key
from services.retention.remove import Retention
from services.webhooks.endpoints import EndpointKeys
from starter.composition import webhooks_of
from tests.support.deliveries import add_delivery
from tests.support.held_replies import deliveries_of, open_run
from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.servers.receivers import receiver, status

HERE = "127.0.0.0/8"


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url, webhook_networks=HERE) as api:
        yield api


def signed_by(request: Any) -> Any:
    """A function that says whether a secret signed a request."""
    ident, stamp = request.headers["webhook-id"], request.headers["webhook-timestamp"]
    signatures = request.headers["webhook-signature"].split(" ")

    def check(secret: str) -> bool:
        mac = hmac.digest(webhook_key(secret), f"{ident}.{stamp}.".encode() + request.body, "sha256")
        return f"v1,{base64.b64encode(mac).decode()}" in signatures

    return check


async def test_an_endpoint_is_added_tested_rotated_and_removed(api: ApiRig) -> None:
    async with receiver() as crm:
        made = await api.ask("POST", "/webhooks", json={"name": "crm", "url": crm.url("/hook")})
        assert made.status_code == 201, made.text
        first = made.json()["secret"]
        tested = await api.ask("POST", "/webhooks/crm/test")
        assert (tested.json()["outcome"], tested.json()["words"]) == ("done", "HTTP 200")
        rotated = await api.ask("POST", "/webhooks/crm/rotate", json={"grace_hours": 2})
        second = rotated.json()["secret"]
        await api.ask("POST", "/webhooks/crm/test")
        await api.ask("POST", "/webhooks/crm/rotate", json={"grace_hours": 0})
        await api.ask("POST", "/webhooks/crm/test")
        await api.ask("DELETE", "/webhooks/crm")
    by = [signed_by(request) for request in crm.got]
    assert [(check(first), check(second)) for check in by] == [(True, False), (True, True), (False, False)]
    assert crm.got[0].json() == {
        "type": "test",
        "timestamp": api.now.isoformat(),
        "data": {"id": tested.json()["webhook"]},
    }
    assert "x-relance-signature" not in crm.got[0].headers
    assert crm.got[0].headers["webhook-id"] == tested.json()["webhook"]
    assert (await api.ask("GET", "/webhooks")).json()["items"] == []
    for method, path in (("POST", "/test"), ("POST", "/rotate"), ("DELETE", ""), ("GET", "/tries")):
        assert (await api.ask(method, f"/webhooks/crm{path}")).status_code == 404
    acts = [
        row["act"] for row in await api.fetch("SELECT act FROM audit_event WHERE act LIKE 'endpoint_%' ORDER BY id")
    ]
    assert acts == ["endpoint_added", "endpoint_rotated", "endpoint_rotated", "endpoint_removed"]


async def test_lists_and_the_database_know_no_secret(api: ApiRig) -> None:
    secret = (await api.ask("POST", "/webhooks", json={"name": "crm", "url": "https://crm.example/x"})).json()["secret"]
    assert secret[6:] not in (await api.ask("GET", "/webhooks")).text
    (row,) = await api.fetch("SELECT secret FROM webhook_endpoint")
    assert webhook_key(secret) not in row["secret"]
    # What one key sealed is read as long as that key is in the settings.
    keys = EndpointKeys(api.database, (b"newer", *api.settings.keys()), api.clock)
    assert await keys.of("https://crm.example/x") == (webhook_key(secret),)
    assert await keys.of("https://crm.example/y") == ()
    with pytest.raises(SettingsError, match="rotate it"):
        await EndpointKeys(api.database, (b"newer",), api.clock).of("https://crm.example/x")


@pytest.mark.parametrize(
    ("asked", "status_code"),
    [
        ({"name": "crm", "url": "https://other.example/"}, 409),
        ({"name": "other", "url": "HTTPS://crm.example/x"}, 409),
        ({"name": "other", "url": "ftp://crm.example/x"}, 409),
        ({"name": "other", "url": "https://user:pw@crm.example/x"}, 409),
        ({"name": "Other One", "url": "https://other.example/"}, 422),
        ({"name": "other"}, 422),
    ],
)
async def test_what_cannot_be_added_is_refused(api: ApiRig, asked: dict[str, str], status_code: int) -> None:
    assert (await api.ask("POST", "/webhooks", json={"name": "crm", "url": "https://crm.example/x"})).status_code == 201
    assert (await api.ask("POST", "/webhooks", json=asked)).status_code == status_code


async def test_each_try_is_logged_and_a_delivered_webhook_is_posted_once_more(api: ApiRig) -> None:
    enrollment = await open_run(api)
    delivery = await add_delivery(api, enrollment)
    receivers = webhooks_of(api.settings, api.database, api.clock)
    activities = deliveries_of(api, receivers)
    async with receiver(status(500), status(200), status(200)) as crm:
        await api.execute(
            "UPDATE follow_up SET arguments = jsonb_build_object('webhook', jsonb_build_object('url', $1::text))",
            crm.url("/hook"),
        )
        await api.ask("POST", "/webhooks", json={"name": "crm", "url": crm.url("/hook")})
        for _ in range(2):
            await activities.deliver_follow_up(DeliveryCall(delivery, api.now))
            api.now += timedelta(minutes=1)
        assert (await api.ask("POST", f"/deliveries/{delivery}/retry")).status_code == 409
        again = await api.ask("POST", f"/deliveries/{delivery}/redeliver")
        assert (again.json()["state"], again.json()["tries"]) == ("pending", 0)
        assert (await api.ask("POST", f"/deliveries/{delivery}/redeliver")).status_code == 409
        await activities.deliver_follow_up(DeliveryCall(delivery, api.now))
    await receivers.aclose()
    assert {request.headers["webhook-id"] for request in crm.got} == {delivery}
    assert len({request.body for request in crm.got}) == 1
    found = (await api.ask("GET", "/webhooks/crm/tries")).json()["items"]
    assert [(line["webhook"], line["outcome"], line["words"]) for line in found] == [
        (delivery, "done", "HTTP 200"),
        (delivery, "done", "HTTP 200"),
        (delivery, "again", "HTTP 500"),
    ]
    assert (await api.ask("POST", "/deliveries/fnonenonenone/redeliver")).status_code == 404


async def test_a_receiver_by_its_name_gets_the_standard_payload_signed_by_its_own_secret(api: ApiRig) -> None:
    enrollment = await open_run(api)
    delivery, flat, gone = [await add_delivery(api, enrollment, position) for position in range(3)]
    receivers = webhooks_of(api.settings, api.database, api.clock)
    activities = deliveries_of(api, receivers)
    name = {"webhook": {"endpoint": "crm"}}
    await api.execute("UPDATE follow_up SET arguments = $1 WHERE id = $2", name, delivery)
    await api.execute("UPDATE follow_up SET arguments = $1 WHERE id = $2", {"webhook": {"endpoint": "later"}}, gone)
    async with receiver(status(200)) as crm, receiver(status(200)) as moved:
        url = {"webhook": {"url": crm.url("/hook")}}
        await api.execute("UPDATE follow_up SET arguments = $1 WHERE id = $2", url, flat)
        secret = (await api.ask("POST", "/webhooks", json={"name": "crm", "url": crm.url("/hook")})).json()["secret"]
        for each in (delivery, flat, gone):
            await activities.deliver_follow_up(DeliveryCall(each, api.now))
        # Its address is that of the moment: the sequence stays as it is.
        await api.ask("DELETE", "/webhooks/crm")
        await api.ask("POST", "/webhooks", json={"name": "crm", "url": moved.url("/new")})
        await api.ask("POST", f"/deliveries/{delivery}/redeliver")
        await activities.deliver_follow_up(DeliveryCall(delivery, api.now))
    await receivers.aclose()
    named, addressed = crm.got
    assert signed_by(named)(secret)
    payload = named.json()
    assert list(payload) == ["type", "timestamp", "data"]
    old = addressed.json()
    assert payload["type"] == old["event"] == "finished"
    assert payload["timestamp"] == old["at"]
    ids = {"id": delivery, "echo": payload["data"]["echo"]}
    assert payload["data"] == {key: value for key, value in old.items() if key not in ("event", "at")} | ids
    assert len(moved.got) == 1
    rows = await api.fetch("SELECT id, state, result FROM follow_up ORDER BY position")
    assert [row["state"] for row in rows] == ["done", "done", "dead"]
    assert rows[2]["result"] == "there is no receiver later any more: `relance webhook add` adds it"
    to = [(await api.ask("GET", f"/deliveries/{each}")).json()["to"] for each in (delivery, flat)]
    assert to == ["crm", crm.url("/hook")]
    tries = (await api.ask("GET", "/webhooks/crm/tries")).json()["items"]
    assert [each["webhook"] for each in tries] == [delivery]


async def test_the_log_is_kept_for_thirty_days(api: ApiRig) -> None:
    """As all that is kept for a time."""
    await api.ask("POST", "/webhooks", json={"name": "crm", "url": "http://127.0.0.1:9/x"})
    for _ in range(2):
        assert (await api.ask("POST", "/webhooks/crm/test")).json()["outcome"] == "again"
    api.now += timedelta(days=31)
    await api.ask("POST", "/webhooks/crm/test")
    passing = Retention(api.database, api.settings.retention(), api.clock).whole_pass(api.now)
    assert sum([page.removed async for page in passing]) == 2
    assert len((await api.ask("GET", "/webhooks/crm/tries")).json()["items"]) == 1
