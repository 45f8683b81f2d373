"""``/codec/decode``: the remote codec of the Temporal UI. One origin, a session or a token, off by default."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio
from temporalio.api.common.v1 import Payload

from adapters.temporal.payload_codec import EncryptedPayloads
from sequences.access.role import Role
from sequences.errors import SettingsError
from starter.http.app import create_app
from tests.support.console import COOKIE, LOCAL, new_user, session_of
from tests.support.rigs.api import BEARER, ApiRig, open_api_rig, ways_for

KEY = "a-key-of-payloads-for-tests"
UI = "https://temporal.agency.example"
CLEAR = Payload(metadata={"encoding": b"json/plain"}, data=b'"p1"')


@pytest_asyncio.fixture
async def opened(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url, public_url=LOCAL, payload_keys=KEY, codec_origin=UI) as api:
        yield api


async def _body(*payloads: Payload) -> dict[str, Any]:
    def text(value: bytes) -> str:
        return base64.b64encode(value).decode()

    sealed = await EncryptedPayloads([KEY.encode()]).encode(payloads)
    return {
        "payloads": [
            {"metadata": {name: text(value) for name, value in each.metadata.items()}, "data": text(each.data)}
            for each in sealed
        ]
    }


async def _ask(api: ApiRig, body: Any, **headers: str) -> httpx.Response:
    return await api.http.post("/codec/decode", json=body, headers={"X-Namespace": "default", **headers})


async def test_a_token_that_may_read_decrypts(opened: ApiRig) -> None:
    answer = await _ask(opened, await _body(CLEAR, CLEAR), Authorization=f"Bearer {BEARER}")
    assert answer.status_code == 200
    assert answer.headers["cache-control"] == "no-store"
    [one, _] = answer.json()["payloads"]
    assert base64.b64decode(one["data"]) == CLEAR.data
    assert base64.b64decode(one["metadata"]["encoding"]) == b"json/plain"
    assert "access-control-allow-origin" not in answer.headers


@pytest.mark.parametrize(("role", "status"), [(Role.ADMIN, 200), (Role.AUDITOR, 200), (Role.RECRUITER, 403)])
async def test_a_session_of_the_console_decrypts_from_the_page_of_the_ui(
    opened: ApiRig, role: Role, status: int
) -> None:
    cookie = f"{COOKIE}={await session_of(opened, await new_user(opened, role))}"
    answer = await _ask(opened, await _body(CLEAR), Cookie=cookie, Origin=UI)
    assert answer.status_code == status
    assert answer.headers["access-control-allow-origin"] == UI
    assert answer.headers["access-control-allow-credentials"] == "true"
    # The cookie alone proves nothing: any page could have sent it.
    assert (await _ask(opened, await _body(CLEAR), Cookie=cookie)).status_code == 401


@pytest.mark.parametrize("origin", ["https://evil.example", "null", f"{UI}.evil.example", UI.upper(), LOCAL])
async def test_another_origin_gets_nothing_with_or_without_a_proof(opened: ApiRig, origin: str) -> None:
    cookie = f"{COOKIE}={await session_of(opened, await new_user(opened, Role.ADMIN))}"
    body = await _body(CLEAR)
    for proof in ({"Cookie": cookie}, {"Authorization": f"Bearer {BEARER}"}, {}):
        answer = await _ask(opened, body, Origin=origin, **proof)
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    asked = await opened.http.options("/codec/decode", headers={"Origin": origin})
    assert (asked.status_code, "access-control-allow-origin" in asked.headers) == (403, False)


async def test_a_browser_may_ask_first(opened: ApiRig) -> None:
    asked = await opened.http.options("/codec/decode", headers={"Origin": UI, "Access-Control-Request-Method": "POST"})
    assert asked.status_code == 204
    assert asked.headers["access-control-allow-origin"] == UI
    assert "x-namespace" in asked.headers["access-control-allow-headers"]
    assert asked.headers["vary"] == "Origin"


async def test_nobody_without_a_proof(opened: ApiRig) -> None:
    body = await _body(CLEAR)
    for proof in ({}, {"Authorization": "Bearer no-token-of-ours"}, {"Cookie": f"{COOKIE}=no-session-of-ours"}):
        answer = await _ask(opened, body, Origin=UI, **proof)
        assert answer.status_code == 401
        assert answer.headers["access-control-allow-origin"] == UI


@pytest.mark.parametrize("body", ["no object", {"payloads": "x"}, {"payloads": [{"data": 1}]}, [1]])
async def test_what_is_no_list_of_payloads_is_refused(opened: ApiRig, body: Any) -> None:
    answer = await _ask(opened, body, Authorization=f"Bearer {BEARER}")
    assert (answer.status_code, "Payloads" in answer.json()["detail"]) == (400, True)


async def test_a_payload_of_another_key_is_named(opened: ApiRig) -> None:
    [sealed] = await EncryptedPayloads([b"another-key-of-payloads"]).encode([CLEAR])
    data = {name: base64.b64encode(value).decode() for name, value in sealed.metadata.items()}
    body = {"payloads": [{"metadata": data, "data": base64.b64encode(sealed.data).decode()}]}
    answer = await _ask(opened, body, Authorization=f"Bearer {BEARER}")
    assert answer.status_code == 400
    assert "RELANCE_PAYLOAD_KEYS" in answer.json()["detail"]


async def test_it_is_not_there_unless_a_ui_is_named(api: ApiRig) -> None:
    assert (await _ask(api, await _body(CLEAR), Authorization=f"Bearer {BEARER}")).status_code == 404


async def test_an_origin_without_keys_keeps_the_server_from_starting(api: ApiRig) -> None:
    api.settings = api.settings.model_copy(update={"codec_origin": UI})
    with pytest.raises(SettingsError, match="needs RELANCE_PAYLOAD_KEYS"):
        create_app(ways_for(api))
