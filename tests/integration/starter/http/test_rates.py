"""Who asks too often, and that opting out is for everybody."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from sequences.tokens import TokenKind
from starter.http.rates import LINK_RATE, REFUSED_RATE, Buckets, RateLimits, asking_network
from tests.support.kept_apps import app_of
from tests.support.rigs.api import ApiRig, settings_for, ways_for

PUBLIC = "8.8.8.8"


def test_a_minutes_worth_at_once_and_then_by_time() -> None:
    buckets = Buckets(60)
    assert [buckets.take("a", 5.0) for _ in range(60)] == [0.0] * 60
    assert buckets.take("a", 5.0) == pytest.approx(1.0)
    # Asking too early costs nothing, and others are others.
    assert buckets.take("a", 5.5) == pytest.approx(0.5)
    assert buckets.take("b", 5.5) == 0
    assert buckets.take("a", 6.0) == 0
    assert buckets.take("a", 6.0) > 0
    assert [buckets.take("a", 1000.0) for _ in range(61)].count(0.0) == 60


def test_no_limit_remembers_nothing() -> None:
    buckets = Buckets(0)
    assert [buckets.take("a", 1.0) for _ in range(1000)] == [0.0] * 1000
    assert len(buckets) == 0


def test_a_flood_of_keys_takes_no_more_memory_and_refuses_nobody_for_it() -> None:
    buckets = Buckets(1, most=10)
    assert [buckets.take(str(number), 1.0) for number in range(1000)] == [0.0] * 1000
    assert len(buckets) == 10
    assert buckets.take("999", 1.0) > 0
    assert buckets.take("0", 1.0) == 0


@pytest.mark.parametrize(
    ("client", "network"),
    [
        (PUBLIC, PUBLIC),
        ("2606:4700:1:2:3:4:5:6", "2606:4700:1:2::/64"),
        ("2606:4700:1:2::9", "2606:4700:1:2::/64"),
        ("::ffff:8.8.8.8", PUBLIC),
        ("127.0.0.1", None),
        ("172.18.0.1", None),
        ("10.1.2.3", None),
        ("fe80::1", None),
        ("", None),
        ("what somebody wrote into X-Forwarded-For", None),
    ],
)
def test_who_asks(client: str, network: str | None) -> None:
    assert asking_network({"client": (client, 1)}) == network
    assert asking_network({"client": None}) is None


class Inside:
    """An app that counts what reaches it."""

    def __init__(self, status: int = 200) -> None:
        self.status = status
        self.asked = 0

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        self.asked += 1
        await send({"type": "http.response.start", "status": self.status, "headers": []})
        await send({"type": "http.response.body", "body": b""})


async def ask(limits: RateLimits, path: str, client: str = PUBLIC, method: str = "GET") -> tuple[int, str | None]:
    heard: list[Any] = []

    async def receive() -> Any:
        raise AssertionError("no body is read")

    async def send(message: Any) -> None:
        heard.append(message)

    scope = {"type": "http", "path": path, "method": method, "headers": [], "client": (client, 1)}
    await limits(scope, receive, send)
    headers = {name.decode().lower(): value.decode() for name, value in heard[0]["headers"]}
    return heard[0]["status"], headers.get("retry-after")


async def test_an_address_that_asks_too_often_is_told_when_to_come_back() -> None:
    inside = Inside()
    limits = RateLimits(inside, 3)
    assert [(await ask(limits, f"/c/link{number}"))[0] for number in range(3)] == [200] * 3
    assert await ask(limits, "/c/another") == (429, "20")
    assert await ask(limits, "/readyz") == (429, "20")
    assert inside.asked == 3
    # Other addresses, those of our own networks, and what needs a token are not its business.
    assert (await ask(limits, "/c/another", "1.1.1.1"))[0] == 200
    assert [(await ask(limits, f"/c/{number}", "172.18.0.1"))[0] for number in range(9)] == [200] * 9
    assert (await ask(limits, "/people"))[0] == 200


async def test_opting_out_is_never_refused() -> None:
    inside = Inside()
    limits = RateLimits(inside, 1)
    assert [(await ask(limits, f"/u/link{number}"))[0] for number in range(2)] == [200, 429]
    for path in ("/u/person{}", "/u/person{}/preferences", "/u/one-person"):
        done = [(await ask(limits, path.format(number), method="POST"))[0] for number in range(500)]
        assert done == [200] * 500


async def test_one_link_is_followed_by_anybody_a_number_of_times() -> None:
    inside = Inside()
    limits = RateLimits(inside, 0)
    done = [(await ask(limits, "/u/link", f"8.8.{number}.8"))[0] for number in range(LINK_RATE + 5)]
    assert done == [200] * LINK_RATE + [429] * 5
    assert (await ask(limits, "/c/link"))[0] == 200
    assert (await ask(limits, "/u/link", method="POST"))[0] == 200


async def test_wrong_signatures_are_refused_unread_after_a_while() -> None:
    inside = Inside(401)
    limits = RateLimits(inside, 0)
    done = [(await ask(limits, "/hooks/crm", method="POST"))[0] for _ in range(REFUSED_RATE + 5)]
    assert done == [401] * REFUSED_RATE + [429] * 5
    inside.status = 200
    assert (await ask(limits, "/hooks/crm", "1.1.1.1", "POST"))[0] == 200
    assert (await ask(limits, "/inbound/ses", method="POST"))[0] == 200
    assert [(await ask(limits, "/hooks/crm", "1.1.1.1", "POST"))[0] for _ in range(300)] == [200] * 300


async def test_made_up_ids_in_the_path_are_counted_together() -> None:
    limits = RateLimits(Inside(403), 0)
    done = [
        (await ask(limits, f"/mail-push/microsoft/m{number}", method="POST"))[0] for number in range(REFUSED_RATE + 5)
    ]
    assert done == [403] * REFUSED_RATE + [429] * 5
    assert (await ask(limits, "/mail-push/google", method="POST"))[0] == 403


async def test_the_app_counts_addresses_and_lets_everybody_opt_out(api: ApiRig, database_url: str) -> None:
    token = api.token(TokenKind.UNSUBSCRIBE, await api.sent(await api.enrolled()))
    api.settings = settings_for(database_url, open_rate=3)
    with app_of(ways_for(api)) as app:
        transport = httpx.ASGITransport(app, client=(PUBLIC, 1))
        async with httpx.AsyncClient(transport=transport, base_url="http://relance.example") as client:
            answers = [await client.get(f"/o/unknown{number}") for number in range(4)]
            assert [answer.status_code for answer in answers] == [200, 200, 200, 429]
            assert answers[3].json()["error"] == "too_many"
            done = await client.post(f"/u/{token}", data={"List-Unsubscribe": "One-Click"})
            assert done.status_code == 200
    rows = await api.fetch("SELECT reason FROM suppression WHERE lifted_at IS NULL")
    assert [row["reason"] for row in rows] == ["unsubscribed"]
