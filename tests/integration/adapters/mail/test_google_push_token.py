"""A post counts only with a token that Google signed, for our address, of our service account."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio

from adapters.mail.google_push_token import GooglePushTokens
from sequences.errors import TokenError, UnavailableError
from tests.support.api_mailbox import NOW
from tests.support.google_push import ACCOUNT, Google, new_key, running_google
from tests.support.servers.mail_http import DROP, Answer

OURS = "https://hooks.agency.example/relance/mail-push/google"
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass
class Desk:
    google: Google
    seconds: float = 1000.0
    tokens: GooglePushTokens = field(init=False)

    def __post_init__(self) -> None:
        self.tokens = GooglePushTokens(self.google.server.url, OURS, ACCOUNT, lambda: NOW, lambda: self.seconds)


@pytest_asyncio.fixture
async def desk() -> AsyncIterator[Desk]:
    async with running_google() as google:
        yield Desk(google)


async def test_a_token_of_google_is_good_and_its_keys_are_asked_for_once(desk: Desk) -> None:
    for _ in range(3):
        await desk.tokens.check(desk.google.token(OURS, NOW))
    assert desk.google.asked_for_keys == 1


@pytest.mark.parametrize(
    "claims",
    [
        {"aud": "https://hooks.agency.example/other"},
        {"aud": None},
        {"iss": "https://accounts.google.example"},
        {"iss": None},
        {"email": "other@agency-mail.iam.gserviceaccount.com"},
        {"email": None},
        {"email_verified": False},
        {"email_verified": None},
        {"exp": int((NOW - timedelta(minutes=2)).timestamp())},
        {"exp": None},
        {"iat": int((NOW + timedelta(hours=1)).timestamp())},
    ],
)
async def test_a_token_for_another_purpose_is_none(desk: Desk, claims: dict[str, Any]) -> None:
    with pytest.raises(TokenError):
        await desk.tokens.check(desk.google.token(OURS, NOW, **claims))


async def test_what_is_no_token_of_google(desk: Desk) -> None:
    good = desk.google.token(OURS, NOW)
    head, claims, signature = good.split(".")
    for bad in (
        "",
        "a.b.c",
        "x" * 5000,
        f"{head}.{claims}.",
        f"{head}.{claims}.{signature[::-1]}",
        "eyJhbGciOiJub25lIn0." + claims + ".",
        desk.google.token(OURS, NOW, key=new_key("one")),
        "ä" + good,
    ):
        with pytest.raises(TokenError):
            await desk.tokens.check(bad)
    await desk.tokens.check(good)


async def test_new_keys_of_google_are_asked_for_and_strangers_cannot_make_us_ask(desk: Desk) -> None:
    await desk.tokens.check(desk.google.token(OURS, NOW))
    strange = desk.google.token(OURS, NOW, key=new_key("strange"))
    desk.seconds += 61
    for _ in range(20):
        with pytest.raises(TokenError):
            await desk.tokens.check(strange)
    assert desk.google.asked_for_keys == 2
    desk.google.keys.append(new_key("two"))
    desk.seconds += 61
    await desk.tokens.check(desk.google.token(OURS, NOW))
    assert desk.google.asked_for_keys == 3


async def test_while_google_is_away_nothing_is_believed_and_it_is_not_asked_each_time(desk: Desk) -> None:
    desk.google.server.script(DROP, path=WELL_KNOWN)
    for _ in range(5):
        with pytest.raises(UnavailableError):
            await desk.tokens.check(desk.google.token(OURS, NOW))
    assert len(desk.google.server.seen) == 1
    desk.google.server.script(Answer(500), path="/certs")
    desk.seconds += 61
    with pytest.raises(UnavailableError):
        await desk.tokens.check(desk.google.token(OURS, NOW))
    desk.seconds += 61
    await desk.tokens.check(desk.google.token(OURS, NOW))
