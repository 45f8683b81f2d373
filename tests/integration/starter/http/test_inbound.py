"""Mail over HTTP: raw messages, Mailgun, SendGrid and Postmark, as each of them documents its post."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import pytest_asyncio

from starter.http.security import sign_hook
from tests.integration.conftest import BEARER, NOW, Hub
from tests.integration.conftest import hub as hub  # noqa: PLC0414 - a fixture
from tests.support.inbound_house import reply, reply_address, serving, stored

AUTH = {"Authorization": f"Bearer {BEARER}"}
KEY = "mailgun-key"
LOGINS = {"mailgun_signing_keys": f"newer, {KEY}", "inbound_logins": "provider:pass:word, lone-secret"}


@pytest_asyncio.fixture
async def house(hub: Hub, database_url: str) -> AsyncIterator[Hub]:
    async with serving(hub, database_url, **LOGINS) as made:
        yield made


def mailgun_form(raw: bytes, *, at: int = 0, token: str = "t" * 50, key: str = KEY, **more: str) -> dict[str, Any]:
    stamp = str(int(NOW.timestamp()) + at)
    signature = hmac.new(key.encode(), f"{stamp}{token}".encode(), hashlib.sha256).hexdigest()
    return {
        "timestamp": stamp,
        "token": token,
        "signature": signature,
        "body-mime": raw,
        "recipient": "x@y.example",
    } | more


def basic(login: str) -> dict[str, str]:
    return {"Authorization": "Basic " + base64.b64encode(login.encode()).decode()}


async def mailgun(house: Hub, form: dict[str, Any], path: str = "/inbound/mailgun/mime") -> httpx.Response:
    body, kind = urlencoded(form)
    return await house.http.post(path, content=body, headers={"Content-Type": kind})


def urlencoded(form: dict[str, Any]) -> tuple[bytes, str]:
    return urlencode(form).encode(), "application/x-www-form-urlencoded"


# --- raw ------------------------------------------------------------------------------------------------------------


async def test_a_raw_message_is_stored_byte_for_byte_and_matched_by_its_envelope(house: Hub) -> None:
    send = await house.sent(await house.enrolled())
    raw = reply()
    headers = AUTH | {"X-Relance-Recipient": f"x@y.example, {reply_address(send)}", "Content-Type": "message/rfc822"}
    first = await house.http.post("/inbound/mime", content=raw, headers=headers)
    again = await house.http.post("/inbound/mime", content=raw, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.json()["fresh"], again.json()["fresh"]) == (True, False)
    assert first.json()["reaction"].startswith("r")
    assert await stored(house) == [("matched", "token", raw)]


async def test_recipients_in_the_query(house: Hub) -> None:
    send = await house.sent(await house.enrolled())
    query = {"recipient": ["x@y.example", reply_address(send)]}
    answer = await house.http.post("/inbound/mime", content=reply(), headers=AUTH, params=query)
    assert answer.json()["reaction"]


async def test_a_raw_message_signed_as_the_hook_of_the_crm_is(house: Hub) -> None:
    raw, stamp = reply(), int(NOW.timestamp())
    headers = {"X-Relance-Timestamp": str(stamp), "X-Relance-Signature": sign_hook(b"hook-old", stamp, raw)}
    assert (await house.http.post("/inbound/mime", content=raw, headers=headers)).status_code == 200
    wrong = await house.http.post("/inbound/mime", content=raw + b"!", headers=headers)
    assert wrong.status_code == 401
    assert len(await stored(house)) == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, basic("provider:pass:word")])
async def test_a_raw_message_from_a_stranger(house: Hub, headers: dict[str, str]) -> None:
    assert (await house.http.post("/inbound/mime", content=reply(), headers=headers)).status_code == 401
    assert await stored(house) == []


async def test_empty_and_too_large(hub: Hub, database_url: str) -> None:
    """One setting for all of them; forms and JSON may be twice as long, for their writing."""
    async with serving(hub, database_url, inbound_max_bytes=1_000_000, **LOGINS) as house:
        await _empty_and_too_large(house)


async def _empty_and_too_large(house: Hub) -> None:
    assert (await house.http.post("/inbound/mime", content=b" \r\n", headers=AUTH)).status_code == 422
    big = b"x" * 2_000_001
    posts = [
        house.http.post("/inbound/mime", content=big, headers=AUTH),
        house.http.post("/inbound/mailgun/mime", content=big),
        house.http.post("/inbound/sendgrid", content=big, headers=basic("provider:pass:word")),
        house.http.post("/inbound/postmark", content=big, headers=basic("provider:pass:word")),
    ]
    assert [(await post).status_code for post in posts] == [413] * 4
    assert await stored(house) == []


async def test_nothing_is_acknowledged_when_the_row_cannot_be_written(house: Hub, caplog: Any) -> None:
    await house.execute("ALTER TABLE inbound ADD CONSTRAINT never CHECK (channel <> 'email')")
    forms = mailgun_form(reply())
    answers = [
        await house.http.post("/inbound/mime", content=reply(), headers=AUTH),
        await mailgun(house, forms),
    ]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert "client.example" not in caplog.text + answers[0].text
    await house.execute("ALTER TABLE inbound DROP CONSTRAINT never")
    # The same post again, as Mailgun does after a failure: its token was noted before, and is good for this message.
    assert (await mailgun(house, forms)).json()["fresh"] is True


# --- Mailgun --------------------------------------------------------------------------------------------------------


def multipart(form: dict[str, Any]) -> tuple[bytes, str]:
    body = b""
    for name, value in form.items():
        content = value if isinstance(value, bytes) else str(value).encode()
        body += b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
    return body + b"--b--\r\n", "multipart/form-data; boundary=b"


@pytest.mark.parametrize("encode", [urlencoded, multipart])
@pytest.mark.parametrize("path", ["/inbound/mailgun", "/inbound/mailgun/mime"])
async def test_mailgun_in_both_kinds_of_form(house: Hub, encode: Any, path: str) -> None:
    send = await house.sent(await house.enrolled())
    raw = reply()
    body, kind = encode(mailgun_form(raw, recipient=f"{reply_address(send)}"))
    answers = [await house.http.post(path, content=body, headers={"Content-Type": kind}) for _ in range(2)]
    assert [answer.json()["fresh"] for answer in answers] == [True, False]
    assert await stored(house) == [("matched", "token", raw)]


NONE_OF_MAILGUN = [
    mailgun_form(reply(), key="wrong"),
    mailgun_form(reply(), at=-13 * 3600),
    mailgun_form(reply(), at=600),
    mailgun_form(reply()) | {"token": "u" * 50},
    mailgun_form(reply()) | {"timestamp": str(int(NOW.timestamp()) - 1)},
    mailgun_form(reply()) | {"signature": ""},
    mailgun_form(reply()) | {"signature": "ü"},
    {"body-mime": reply()},
    {},
]


async def test_mailgun_that_is_none(house: Hub) -> None:
    for form in NONE_OF_MAILGUN:
        assert (await mailgun(house, form)).status_code == 403, form
    assert await stored(house) == []


async def test_a_retry_of_mailgun_after_hours_is_taken(house: Hub) -> None:
    assert (await mailgun(house, mailgun_form(reply(), at=-8 * 3600))).status_code == 200


async def test_a_token_of_mailgun_is_good_for_one_message(house: Hub) -> None:
    # Its signature covers time and token only: whoever saw it could send words of their own with it.
    assert (await mailgun(house, mailgun_form(reply()))).status_code == 200
    forged = await mailgun(house, mailgun_form(reply(words="Stop writing to me")))
    assert forged.status_code == 403
    assert len(await stored(house)) == 1


async def test_mailgun_that_posts_the_message_in_parts_is_told_what_to_set(house: Hub) -> None:
    form = mailgun_form(b"") | {"body-plain": "Yes"}
    answer = await mailgun(house, form, "/inbound/mailgun")
    assert answer.status_code == 422
    assert "/mime" in answer.json()["detail"]


async def test_mailgun_that_is_not_set_up(hub: Hub, database_url: str) -> None:
    async with serving(hub, database_url) as house:
        answer = await mailgun(house, mailgun_form(reply(), key=""))
        assert answer.status_code == 403
        login = await sendgrid(house, reply(), ["x@y.example"], headers=basic(":"))
        assert login.status_code == 401


# --- SendGrid and Postmark --------------------------------------------------------------------------------------------


async def sendgrid(house: Hub, raw: bytes, to: list[str], **more: Any) -> httpx.Response:
    body, kind = multipart(
        {"email": raw, "envelope": json.dumps({"to": to, "from": "p1@client.example"}), "SPF": "pass"}
    )
    headers = {"Content-Type": kind} | more.pop("headers", basic("provider:pass:word"))
    return await house.http.post("/inbound/sendgrid", content=body, headers=headers, **more)


async def postmark(house: Hub, raw: bytes, to: list[str], **more: Any) -> httpx.Response:
    document = {"OriginalRecipient": to[0], "RawEmail": raw.decode("latin-1"), "MessageID": "22c74902", "TextBody": "x"}
    headers = more.pop("headers", basic("provider:pass:word"))
    return await house.http.post("/inbound/postmark", json=document, headers=headers, **more)


@pytest.mark.parametrize("provider", [sendgrid, postmark])
async def test_a_provider_with_a_login(house: Hub, provider: Any) -> None:
    send = await house.sent(await house.enrolled())
    answers = [await provider(house, reply(), [reply_address(send)]) for _ in range(2)]
    assert [answer.json()["fresh"] for answer in answers] == [True, False]
    [(state, by, raw)] = await stored(house)
    assert (state, by) == ("matched", "token")
    # JSON is text: what was latin-1 comes as UTF-8. A form keeps the bytes.
    assert raw == (reply() if provider is sendgrid else reply().decode("latin-1").encode())


SECRETS = [
    {"headers": basic("anybody:lone-secret")},
    {"headers": {}, "params": {"secret": "lone-secret"}},
    {"headers": {}, "params": {"secret": "pass:word"}},
]


@pytest.mark.parametrize("provider", [sendgrid, postmark])
async def test_other_ways_to_say_the_secret(house: Hub, provider: Any) -> None:
    for more in SECRETS:
        assert (await provider(house, reply(), ["x@y.example"], **more)).status_code == 200


NO_LOGIN = [
    {"headers": {}},
    {"headers": basic("provider:wrong")},
    {"headers": basic("other:pass:word")},
    {"headers": basic("provider")},
    {"headers": {"Authorization": "Basic %%%"}},
    {"headers": AUTH},
    {"headers": {}, "params": {"secret": ""}},
    {"headers": {}, "params": {"secret": "provider:pass:word"}},
]


@pytest.mark.parametrize("provider", [sendgrid, postmark])
async def test_a_provider_without_the_login_is_asked_for_it(house: Hub, provider: Any) -> None:
    for more in NO_LOGIN:
        answer = await provider(house, reply(), ["x@y.example"], **more)
        # Not 403: to Postmark that says never to send this mail again.
        assert answer.status_code == 401, more
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert await stored(house) == []


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/inbound/sendgrid", b"text=Yes&envelope={}", "full MIME"),
        ("/inbound/postmark", b'{"TextBody": "Yes"}', "RawEmail"),
        ("/inbound/postmark", b"[1]", "RawEmail"),
        ("/inbound/postmark", b"no json", "JSON"),
    ],
)
async def test_a_provider_that_is_set_up_wrong_is_told(house: Hub, path: str, body: bytes, word: str) -> None:
    answer = await house.http.post(path, content=body, headers=basic("provider:pass:word"))
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


async def test_an_envelope_that_cannot_be_read_does_not_lose_the_mail(house: Hub) -> None:
    for envelope in ("{", "[]", '{"to": 5}'):
        body, kind = multipart({"email": reply(words=envelope), "envelope": envelope})
        headers = basic("provider:pass:word") | {"Content-Type": kind}
        answer = await house.http.post("/inbound/sendgrid", content=body, headers=headers)
        assert answer.status_code == 200
    assert len(await stored(house)) == 3
