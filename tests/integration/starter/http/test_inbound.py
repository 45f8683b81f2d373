"""Mail over HTTP: raw messages, Mailgun, SendGrid and Postmark, as each of them documents its post."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
import pytest_asyncio

from starter.http.security import sign_hook
from tests.support.rigs.api import BEARER, NOW, ApiRig
from tests.support.rigs.inbound import (
    LOGINS,
    basic,
    mailgun,
    mailgun_form,
    reply,
    reply_address,
    serving,
    stored,
    urlencoded,
)

AUTH = {"Authorization": f"Bearer {BEARER}"}


@pytest_asyncio.fixture
async def rig(api: ApiRig, database_url: str) -> AsyncIterator[ApiRig]:
    async with serving(api, database_url, **LOGINS) as made:
        yield made


# --- raw ------------------------------------------------------------------------------------------------------------


async def test_a_raw_message_is_stored_byte_for_byte_and_matched_by_its_envelope(rig: ApiRig) -> None:
    send = await rig.sent(await rig.enrolled())
    raw = reply()
    headers = AUTH | {"X-Relance-Recipient": f"x@y.example, {reply_address(send)}", "Content-Type": "message/rfc822"}
    first = await rig.http.post("/inbound/mime", content=raw, headers=headers)
    again = await rig.http.post("/inbound/mime", content=raw, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert (first.json()["fresh"], again.json()["fresh"]) == (True, False)
    assert first.json()["reaction"].startswith("r")
    assert await stored(rig) == [("matched", "token", raw)]


async def test_recipients_in_the_query(rig: ApiRig) -> None:
    send = await rig.sent(await rig.enrolled())
    query = {"recipient": ["x@y.example", reply_address(send)]}
    answer = await rig.http.post("/inbound/mime", content=reply(), headers=AUTH, params=query)
    assert answer.json()["reaction"]


async def test_a_raw_message_signed_as_the_hook_of_the_crm_is(rig: ApiRig) -> None:
    raw, stamp = reply(), int(NOW.timestamp())
    headers = {"X-Relance-Timestamp": str(stamp), "X-Relance-Signature": sign_hook(b"hook-old-for-tests", stamp, raw)}
    assert (await rig.http.post("/inbound/mime", content=raw, headers=headers)).status_code == 200
    wrong = await rig.http.post("/inbound/mime", content=raw + b"!", headers=headers)
    assert wrong.status_code == 401
    assert len(await stored(rig)) == 1


@pytest.mark.parametrize("headers", [{}, {"Authorization": "Bearer wrong"}, basic("provider:pass:word-of-tests")])
async def test_a_raw_message_from_a_stranger(rig: ApiRig, headers: dict[str, str]) -> None:
    assert (await rig.http.post("/inbound/mime", content=reply(), headers=headers)).status_code == 401
    assert await stored(rig) == []


async def test_empty_and_too_large(api: ApiRig, database_url: str) -> None:
    """One setting for all of them; forms and JSON may be twice as long, for their writing."""
    async with serving(api, database_url, inbound_max_bytes=1_000_000, **LOGINS) as rig:
        await _empty_and_too_large(rig)


async def _empty_and_too_large(rig: ApiRig) -> None:
    assert (await rig.http.post("/inbound/mime", content=b" \r\n", headers=AUTH)).status_code == 422
    big = b"x" * 2_000_001
    posts = [
        rig.http.post("/inbound/mime", content=big, headers=AUTH),
        rig.http.post("/inbound/mailgun/mime", content=big),
        rig.http.post("/inbound/sendgrid", content=big, headers=basic("provider:pass:word-of-tests")),
        rig.http.post("/inbound/postmark", content=big, headers=basic("provider:pass:word-of-tests")),
    ]
    assert [(await post).status_code for post in posts] == [413] * 4
    assert await stored(rig) == []


async def test_nothing_is_acknowledged_when_the_row_cannot_be_written(rig: ApiRig, caplog: Any) -> None:
    await rig.execute("ALTER TABLE inbound ADD CONSTRAINT never CHECK (channel <> 'email')")
    forms = mailgun_form(reply())
    answers = [
        await rig.http.post("/inbound/mime", content=reply(), headers=AUTH),
        await mailgun(rig, forms),
    ]
    assert [answer.status_code for answer in answers] == [500, 500]
    assert "client.example" not in caplog.text + answers[0].text
    await rig.execute("ALTER TABLE inbound DROP CONSTRAINT never")
    # The same post again, as Mailgun does after a failure: its token was noted before, and is good for this message.
    assert (await mailgun(rig, forms)).json()["fresh"] is True


# --- Mailgun --------------------------------------------------------------------------------------------------------


def multipart(form: dict[str, Any]) -> tuple[bytes, str]:
    body = b""
    for name, value in form.items():
        content = value if isinstance(value, bytes) else str(value).encode()
        body += b'--b\r\nContent-Disposition: form-data; name="%s"\r\n\r\n%s\r\n' % (name.encode(), content)
    return body + b"--b--\r\n", "multipart/form-data; boundary=b"


@pytest.mark.parametrize("encode", [urlencoded, multipart])
@pytest.mark.parametrize("path", ["/inbound/mailgun", "/inbound/mailgun/mime"])
async def test_mailgun_in_both_kinds_of_form(rig: ApiRig, encode: Any, path: str) -> None:
    send = await rig.sent(await rig.enrolled())
    raw = reply()
    body, kind = encode(mailgun_form(raw, recipient=f"{reply_address(send)}"))
    answers = [await rig.http.post(path, content=body, headers={"Content-Type": kind}) for _ in range(2)]
    assert [answer.json()["fresh"] for answer in answers] == [True, False]
    assert await stored(rig) == [("matched", "token", raw)]


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


async def test_mailgun_that_is_none(rig: ApiRig) -> None:
    for form in NONE_OF_MAILGUN:
        assert (await mailgun(rig, form)).status_code == 403, form
    assert await stored(rig) == []


async def test_a_retry_of_mailgun_after_hours_is_taken(rig: ApiRig) -> None:
    assert (await mailgun(rig, mailgun_form(reply(), at=-8 * 3600))).status_code == 200


async def test_a_token_of_mailgun_is_good_for_one_message(rig: ApiRig) -> None:
    # Its signature covers time and token only: whoever saw it could send words of their own with it.
    assert (await mailgun(rig, mailgun_form(reply()))).status_code == 200
    forged = await mailgun(rig, mailgun_form(reply(words="Stop writing to me")))
    assert forged.status_code == 403
    assert len(await stored(rig)) == 1


async def test_mailgun_that_posts_the_message_in_parts_is_told_what_to_set(rig: ApiRig) -> None:
    form = mailgun_form(b"") | {"body-plain": "Yes"}
    answer = await mailgun(rig, form, "/inbound/mailgun")
    assert answer.status_code == 422
    assert "/mime" in answer.json()["detail"]


async def test_mailgun_that_is_not_set_up(api: ApiRig, database_url: str) -> None:
    async with serving(api, database_url) as rig:
        answer = await mailgun(rig, mailgun_form(reply(), key=""))
        assert answer.status_code == 403
        login = await sendgrid(rig, reply(), ["x@y.example"], headers=basic(":"))
        assert login.status_code == 401


# --- SendGrid and Postmark --------------------------------------------------------------------------------------------


async def sendgrid(rig: ApiRig, raw: bytes, to: list[str], **more: Any) -> httpx.Response:
    body, kind = multipart(
        {"email": raw, "envelope": json.dumps({"to": to, "from": "p1@client.example"}), "SPF": "pass"}
    )
    headers = {"Content-Type": kind} | more.pop("headers", basic("provider:pass:word-of-tests"))
    return await rig.http.post("/inbound/sendgrid", content=body, headers=headers, **more)


async def postmark(rig: ApiRig, raw: bytes, to: list[str], **more: Any) -> httpx.Response:
    document = {"OriginalRecipient": to[0], "RawEmail": raw.decode("latin-1"), "MessageID": "22c74902", "TextBody": "x"}
    headers = more.pop("headers", basic("provider:pass:word-of-tests"))
    return await rig.http.post("/inbound/postmark", json=document, headers=headers, **more)


@pytest.mark.parametrize("provider", [sendgrid, postmark])
async def test_a_provider_with_a_login(rig: ApiRig, provider: Any) -> None:
    send = await rig.sent(await rig.enrolled())
    answers = [await provider(rig, reply(), [reply_address(send)]) for _ in range(2)]
    assert [answer.json()["fresh"] for answer in answers] == [True, False]
    [(state, by, raw)] = await stored(rig)
    assert (state, by) == ("matched", "token")
    # JSON is text: what was latin-1 comes as UTF-8. A form keeps the bytes.
    assert raw == (reply() if provider is sendgrid else reply().decode("latin-1").encode())


SECRETS = [
    {"headers": basic("anybody:lone-secret-of-tests")},
    {"headers": {}, "params": {"secret": "lone-secret-of-tests"}},
    {"headers": {}, "params": {"secret": "pass:word-of-tests"}},
]


@pytest.mark.parametrize("provider", [sendgrid, postmark])
async def test_other_ways_to_say_the_secret(rig: ApiRig, provider: Any) -> None:
    for more in SECRETS:
        assert (await provider(rig, reply(), ["x@y.example"], **more)).status_code == 200


NO_LOGIN: list[dict[str, Any]] = [
    {"headers": {}},
    {"headers": basic("provider:wrong")},
    {"headers": basic("other:pass:word-of-tests")},
    {"headers": basic("provider")},
    {"headers": {"Authorization": "Basic %%%"}},
    {"headers": AUTH},
    {"headers": {}, "params": {"secret": ""}},
    {"headers": {}, "params": {"secret": "provider:pass:word-of-tests"}},
]


@pytest.mark.parametrize("provider", [sendgrid, postmark])
async def test_a_provider_without_the_login_is_asked_for_it(rig: ApiRig, provider: Any) -> None:
    for more in NO_LOGIN:
        answer = await provider(rig, reply(), ["x@y.example"], **more)
        # Not 403: to Postmark that says never to send this mail again.
        assert answer.status_code == 401, more
        assert answer.headers["WWW-Authenticate"].startswith("Basic")
    assert await stored(rig) == []


@pytest.mark.parametrize(
    ("path", "body", "word"),
    [
        ("/inbound/sendgrid", b"text=Yes&envelope={}", "full MIME"),
        ("/inbound/postmark", b'{"TextBody": "Yes"}', "RawEmail"),
        ("/inbound/postmark", b"[1]", "RawEmail"),
        ("/inbound/postmark", b"no json", "JSON"),
    ],
)
async def test_a_provider_that_is_set_up_wrong_is_told(rig: ApiRig, path: str, body: bytes, word: str) -> None:
    answer = await rig.http.post(path, content=body, headers=basic("provider:pass:word-of-tests"))
    assert answer.status_code == 422
    assert word in answer.json()["detail"]


async def test_an_envelope_that_cannot_be_read_does_not_lose_the_mail(rig: ApiRig) -> None:
    for envelope in ("{", "[]", '{"to": 5}'):
        body, kind = multipart({"email": reply(words=envelope), "envelope": envelope})
        headers = basic("provider:pass:word-of-tests") | {"Content-Type": kind}
        answer = await rig.http.post("/inbound/sendgrid", content=body, headers=headers)
        assert answer.status_code == 200
    assert len(await stored(rig)) == 3
