"""Posting to receivers that are gone, slow, endless or broken: one request, and an end to it."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import hmac
import socket
import ssl
from collections.abc import AsyncIterator

import httpcore
import pytest
import pytest_asyncio

from adapters.webhooks import Webhooks
from sequences.sending.callable_networks import parse_networks
from sequences.sending.deliveries import DeliveryVerdict, ReceiverAnswer
from tests.support.servers.receivers import (
    OK,
    Floods,
    closes_in_the_middle,
    drips_the_body,
    drips_the_head,
    hangs,
    receiver,
    speaks_no_http,
    status,
)

STAMP = 1_800_000_000
HERE = parse_networks("127.0.0.0/8")


@pytest_asyncio.fixture
async def webhooks() -> AsyncIterator[Webhooks]:
    """Half a second for a request, so that no test waits long for one that hangs."""
    client = Webhooks(b"secret", 0.5, networks=HERE, clock=lambda: float(STAMP))
    yield client
    await client.aclose()


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def mac(message: bytes) -> str:
    return "sha256=" + hmac.new(b"secret", message, hashlib.sha256).hexdigest()


async def test_what_arrives_is_signed_with_and_without_its_time(webhooks: Webhooks) -> None:
    async with receiver() as crm:
        answer = await webhooks.post(crm.url("/a?b=c"), b'{"id":"f1"}', key="f1")
    assert answer == ReceiverAnswer(DeliveryVerdict.DONE, "HTTP 200", status=200)
    [request] = crm.got
    assert request.head == "POST /a?b=c HTTP/1.1"
    assert request.body == b'{"id":"f1"}'
    assert request.headers["content-type"] == "application/json"
    assert request.headers["idempotency-key"] == "f1"
    assert request.headers["x-relance-signature"] == mac(request.body)
    assert request.headers["x-relance-timestamp"] == str(STAMP)
    assert request.headers["x-relance-timestamp-signature"] == mac(f"{STAMP}.".encode() + request.body)
    assert "cookie" not in request.headers
    assert (request.headers["webhook-id"], request.headers["webhook-timestamp"]) == ("f1", str(STAMP))
    signed = hmac.new(b"secret", f"f1.{STAMP}.".encode() + request.body, hashlib.sha256).digest()
    assert request.headers["webhook-signature"] == f"v1,{base64.b64encode(signed).decode()}"


async def test_an_address_with_keys_of_its_own_hears_nothing_of_ours() -> None:
    asked: list[str] = []

    async def keys_of(url: str) -> tuple[bytes, ...]:
        asked.append(url)
        return (b"newer" * 8, b"older" * 8)

    client = Webhooks(b"secret", 5.0, networks=HERE, clock=lambda: float(STAMP), keys_of=keys_of)
    async with receiver() as crm:
        await client.post(crm.url("/a"), b"{}", key="f1")
        assert asked == [crm.url("/a")]
    await client.aclose()
    [request] = crm.got
    assert [name for name in request.headers if name.startswith("x-relance")] == []
    assert request.headers["webhook-signature"].split(" ") == [
        f"v1,{base64.b64encode(hmac.digest(key, f'f1.{STAMP}.'.encode() + request.body, 'sha256')).decode()}"
        for key in (b"newer" * 8, b"older" * 8)
    ]


@pytest.mark.parametrize(
    ("answer", "verdict", "words"),
    [
        (status(204), DeliveryVerdict.DONE, "HTTP 204"),
        (status(500), DeliveryVerdict.AGAIN, "HTTP 500"),
        (status(503, "Retry-After: 120"), DeliveryVerdict.AGAIN, "HTTP 503"),
        (status(429, "Retry-After: 7"), DeliveryVerdict.AGAIN, "HTTP 429"),
        (status(408), DeliveryVerdict.AGAIN, "HTTP 408"),
        (status(404), DeliveryVerdict.NEVER, "HTTP 404: it refuses"),
        (status(410), DeliveryVerdict.NEVER, "HTTP 410: it refuses"),
        (hangs, DeliveryVerdict.AGAIN, "no answer within 0.5 seconds"),
        (drips_the_head, DeliveryVerdict.AGAIN, "no answer within 0.5 seconds"),
        (closes_in_the_middle, DeliveryVerdict.AGAIN, "the connection was lost, or it does not speak HTTP"),
        (speaks_no_http, DeliveryVerdict.AGAIN, "the connection was lost, or it does not speak HTTP"),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
async def test_every_answer_is_an_outcome(
    webhooks: Webhooks, answer: object, verdict: DeliveryVerdict, words: str
) -> None:
    async with receiver(answer) as crm:  # type: ignore[arg-type]
        found = await webhooks.post(crm.url(), b"{}", key="f1")
    assert (found.verdict, found.words) == (verdict, words)
    assert found.retry_after == {"HTTP 503": "120", "HTTP 429": "7"}.get(words, "")


async def test_a_redirect_is_not_followed(webhooks: Webhooks) -> None:
    async with receiver() as elsewhere, receiver(status(301, f"Location: {elsewhere.url()}")) as crm:
        found = await webhooks.post(crm.url(), b"{}", key="f1")
    assert (found.verdict, elsewhere.got) == (DeliveryVerdict.NEVER, [])
    assert "redirects" in found.words


async def test_a_status_counts_however_its_body_comes(webhooks: Webhooks) -> None:
    flood = Floods()
    async with receiver(drips_the_body, flood) as crm:
        assert (await webhooks.post(crm.url(), b"{}", key="f1")).verdict is DeliveryVerdict.DONE
        assert (await webhooks.post(crm.url(), b"{}", key="f2")).verdict is DeliveryVerdict.DONE
    # Sockets buffer some megabytes; a gigabyte would mean that somebody read it.
    assert flood.written < 50_000_000


async def test_nobody_there_is_told_in_words(webhooks: Webhooks) -> None:
    refused = await webhooks.post(f"http://127.0.0.1:{free_port()}/x", b"{}", key="f1")
    assert refused == ReceiverAnswer(DeliveryVerdict.AGAIN, "the connection is refused")
    unknown = await webhooks.post("http://nobody.invalid/x", b"{}", key="f1")
    assert unknown.verdict is DeliveryVerdict.AGAIN
    assert unknown.words in ("its host name is unknown", "no answer within 0.5 seconds")


async def test_a_certificate_that_nobody_vouches_for_is_told_in_words(
    webhooks: Webhooks, own_certificate: ssl.SSLContext
) -> None:
    async with receiver(tls=own_certificate) as crm:
        found = await webhooks.post(crm.url(scheme="https"), b"{}", key="f1")
        plain = await webhooks.post(crm.url(), b"{}", key="f2")
    assert found.verdict is plain.verdict is DeliveryVerdict.AGAIN
    assert found.words.startswith("its certificate is not trusted: self")
    assert crm.got == []

    async def no_tls(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(5)
        writer.write(status(400))
        writer.close()

    server = await asyncio.start_server(no_tls, "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    wrong = await webhooks.post(f"https://127.0.0.1:{port}/", b"{}", key="f3")
    server.close()
    assert wrong.words.startswith("TLS fails: ")


@pytest.mark.parametrize("url", ["http://ex%00ample/", "ftp://crm.example/", "http://a b/", "http:///x", "", "//x"])
async def test_what_is_no_address_is_never_posted_to(webhooks: Webhooks, url: str) -> None:
    found = await webhooks.post(url, b"{}", key="f1")
    assert found.verdict is DeliveryVerdict.NEVER
    assert found.words.startswith("nothing can be posted to its address: ")


async def test_a_proxy_of_the_environment_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    async with receiver() as proxy, receiver() as crm:
        for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"):
            monkeypatch.setenv(name, proxy.url(""))
        client = Webhooks(b"secret", 5.0, networks=HERE)
        assert (await client.post(crm.url(), b"{}", key="f1")).verdict is DeliveryVerdict.DONE
        await client.aclose()
    assert (len(crm.got), proxy.got) == (1, [])


async def test_cookies_are_not_carried_from_one_delivery_to_the_next(webhooks: Webhooks) -> None:
    async with receiver(status(200, "Set-Cookie: person=p1; Path=/")) as crm:
        for key in ("f1", "f2"):
            await webhooks.post(crm.url(), b"{}", key=key)
    assert [request.headers.get("cookie") for request in crm.got] == [None, None]


async def test_a_receiver_that_hangs_holds_up_no_other_and_gets_one_request_at_a_time() -> None:
    client = Webhooks(b"secret", 1.0, networks=HERE)
    async with receiver(hangs) as slow, receiver() as fast:
        waiting = [asyncio.create_task(client.post(slow.url(), b"{}", key=f"s{n}")) for n in range(40)]
        answers = await asyncio.gather(*(client.post(fast.url(), b"{}", key=f"f{n}") for n in range(40)))
        assert {answer.verdict for answer in answers} == {DeliveryVerdict.DONE}
        late = await asyncio.gather(*waiting)
        assert {answer.verdict for answer in late} == {DeliveryVerdict.AGAIN}
        assert slow.most <= 5
        # Now that it is known to be silent, one asks whether it is back, and nobody waits in line behind that one.
        asked = len(slow.got)
        again = await asyncio.gather(*(client.post(slow.url(), b"{}", key=f"t{n}") for n in range(20)))
        assert len(slow.got) == asked + 1
        words = sorted({answer.words for answer in again})
        assert words == ["no answer within 1 seconds", "not tried yet: its receiver does not answer"]
        slow.answers[:] = [OK]
        assert (await client.post(slow.url(), b"{}", key="u1")).verdict is DeliveryVerdict.DONE
        back = await asyncio.gather(*(client.post(slow.url(), b"{}", key=f"v{n}") for n in range(20)))
        assert {answer.verdict for answer in back} == {DeliveryVerdict.DONE}
    assert client._receivers == {}
    await client.aclose()


@pytest.mark.parametrize(
    "host", ["127.0.0.1", "localhost", "169.254.169.254", "10.0.0.1", "[::1]", "[::ffff:127.0.0.1]"]
)
async def test_an_address_of_our_own_network_is_refused_before_a_connection_is_made(host: str) -> None:
    client = Webhooks(b"secret", 5.0)
    async with receiver() as crm:
        port = crm.url("").rpartition(":")[2]
        found = await client.post(f"http://{host}:{port}/x", b"{}", key="f1")
    assert (found.verdict, crm.got) == (DeliveryVerdict.NEVER, [])
    assert "RELANCE_WEBHOOK_NETWORKS" in found.words
    await client.aclose()


async def test_what_is_checked_is_what_is_connected_to(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name that leads to the internet when it is looked up first, and here a moment later."""
    asked: list[str] = []

    async def resolve(_: object, host: str, port: int, **__: object) -> list[object]:
        asked.append(host)
        addresses = ["192.0.66.2"] if len(asked) == 1 else ["10.0.0.1", "127.0.0.1"]
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, port)) for each in addresses]

    monkeypatch.setattr(asyncio.BaseEventLoop, "getaddrinfo", resolve)
    connected: list[str] = []

    async def connect(_: object, host: str, *__: object, **___: object) -> None:
        connected.append(host)
        raise httpcore.ConnectError("away")

    monkeypatch.setattr(httpcore.AnyIOBackend, "connect_tcp", connect)
    client = Webhooks(b"secret", 5.0)
    first = await client.post("http://crm.example/x", b"{}", key="f1")
    second = await client.post("http://crm.example/x", b"{}", key="f1")
    assert (first.verdict, second.verdict) == (DeliveryVerdict.AGAIN, DeliveryVerdict.NEVER)
    assert (asked, connected) == (["crm.example"] * 2, ["192.0.66.2"])
    await client.aclose()
