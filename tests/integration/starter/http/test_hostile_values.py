"""Values that no column, index or comparison was made for: they are refused or cut, and never an error of ours."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest

from sequences.tokens import TokenKind
from tests.support.rigs.api import BEARER, ApiRig
from tests.support.rigs.inbound import serving

# Postgres compresses what repeats itself, and then it fits into an index.
LONG = "".join(hashlib.sha256(bytes([number])).hexdigest() for number in range(155))
DIGITS = "".join(str(int(hashlib.sha256(bytes([number])).hexdigest(), 16)) for number in range(130))
VALUES = [
    {"email": f"{LONG}@client.example"},
    {"email": f"a@{LONG}.example"},
    {"email": "\x00@client.example"},
    {"email": "\ud800@client.example"},
    {"phone": "+44" + DIGITS},
    {"phone": "+" + "\u0667" * 40},
    {"first_name": LONG * 2},
    {"first_name": "a\x00b"},
    {"first_name": "\udfff"},
    {"status": LONG},
]


@pytest.mark.parametrize("value", VALUES, ids=[f"{next(iter(value))}-{at}" for at, value in enumerate(VALUES)])
async def test_one_bad_item_costs_none_of_its_event(api: ApiRig, value: dict[str, Any]) -> None:
    good = {"first_name": "Alex", "email": "a@client.example"}
    changes = [
        {"entity": "person", "id": "before", "fields": good},
        {"entity": "person", "id": "bad", "fields": value},
        {"entity": "person", "id": "after", "fields": good},
    ]
    answer = await api.hook({"event_id": "e", "changes": changes})
    assert answer.status_code == 200, answer.text[:200]
    statuses = [each["status"] for each in answer.json()["results"]]
    assert (statuses[0], statuses[2]) == ("created", "created")
    rows = await api.fetch("SELECT id FROM person ORDER BY id")
    assert {"after", "before"} <= {row["id"] for row in rows}


@pytest.mark.parametrize("echo", ["é" * 30, "w" + "é" * 30, "\ud800", "a\x00", LONG, ""])
async def test_an_echo_that_is_none(api: ApiRig, echo: str) -> None:
    change = {"entity": "person", "id": "p1", "fields": {"first_name": "Alex"}, "echo": echo}
    answer = await api.hook({"event_id": "e", "changes": [change], "echo": echo})
    assert answer.status_code in (200, 422), answer.text[:200]


@pytest.mark.parametrize("path", ["c", "o", "u", "f", "d"])
async def test_tokens_that_are_no_text_of_ours(api: ApiRig, path: str) -> None:
    for token in (
        f"{path}aaaaaaaaaa" + "%C3%A9" * 16,
        f"{path}aaaaaaaaaa%ED%A0%80aaaaaaaaaaaaaaaa",
        "%00",
        "%FF",
        LONG,
    ):
        for method in ("GET", "POST"):
            answer = await api.http.request(method, f"/{path}/{token}")
            assert answer.status_code < 500, f"{method} {token[:40]}: {answer.status_code}"


@pytest.mark.parametrize("said", [LONG, "a\x01b", "é" * 40, "127.0.0.1" + LONG, "; DROP TABLE hit"])
async def test_addresses_and_programs_that_clients_make_up(api: ApiRig, said: str) -> None:
    link = await api.link(await api.sent(await api.enrolled()))
    headers = [(b"X-Forwarded-For", said.encode()), (b"User-Agent", said.encode())]
    for path in (f"/c/{api.token(TokenKind.CLICK, link)}", f"/o/{api.token(TokenKind.OPEN, 'sabcdefghij')}"):
        answer = await api.http.get(path, headers=headers)
        assert answer.status_code in (200, 302), answer.text[:200]
    assert [row["count"] for row in await api.fetch("SELECT count(*) FROM hit WHERE link_id IS NOT NULL")] == [1]


@pytest.mark.parametrize("header", ["From", "To", "Subject", "Message-ID", "In-Reply-To", "Reply-To", "Return-Path"])
async def test_mail_with_headers_that_nobody_writes(api: ApiRig, database_url: str, header: str) -> None:
    words = f"<{LONG}@client.example>"
    raw = f"From: <a@client.example>\r\nMessage-ID: <{header}@client.example>\r\n"
    raw = "" if header in ("From", "Message-ID") else raw
    async with serving(api, database_url):
        for said in (words, f"{LONG} {words}", "\x00", "\ud800"):
            body = f"{raw}{header}: {said}\r\n\r\nhello".encode("utf-8", "surrogatepass")
            answer = await api.http.post("/inbound/mime", content=body, headers={"Authorization": f"Bearer {BEARER}"})
            assert answer.status_code == 200, f"{header}: {answer.text[:200]}"


@pytest.mark.parametrize("name", ["From", "To", "Body", "MessageSid", "OptOutType"])
async def test_texts_with_values_that_twilio_never_sends(api: ApiRig, name: str) -> None:
    for value in (LONG, "a\x00b", "\u0667" * 40, ""):
        form = {"MessageSid": "SM1", "From": "+447700900123", "To": "+447700900124", "Body": "hello"} | {name: value}
        answer = await api.twilio("/twilio/inbound", form)
        assert answer.status_code in (200, 422), f"{name}: {answer.text[:200]}"
