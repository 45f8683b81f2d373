"""The client without a network: what it sends, what it makes of answers, and when it tries again."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from relance.client import (
    ApiError,
    AsyncClient,
    Client,
    ForbiddenError,
    InvalidError,
    NotFoundError,
    RefusedError,
    Retries,
    TooManyError,
    UnauthorizedError,
    UnavailableError,
    models,
    signed_event,
)
from starter.http.security import sign_hook

PAUSED = {"changed": True, "phase": "paused", "detail": "as asked"}
ENROLLED = {"enrollment": "e1", "workflow_id": "enrollment:a:p1", "started": True, "version": 1}
ENROLLED |= {"warnings": [], "repeated": False}


class Server:
    """Answers one after the other; an exception among them is raised. Remembers what it was asked."""

    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.requests: list[httpx.Request] = []
        self.slept: list[float] = []

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.requests.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, type):
            raise answer("no", request=request)
        return answer if isinstance(answer, httpx.Response) else httpx.Response(200, json=answer)

    def client(self, **more: Any) -> Client:
        transport = httpx.MockTransport(self)
        return Client("https://r.example/base", "rel_x", transport=transport, sleep=self.slept.append, **more)

    @property
    def bodies(self) -> list[Any]:
        return [json.loads(each.content) for each in self.requests]


def problem(status: int, **headers: str) -> httpx.Response:
    said = {"error": "e", "reason": "suppressed", "detail": "d", "hint": "h"}
    return httpx.Response(status, json=said, headers=headers)


def test_a_call_is_as_the_description_has_it() -> None:
    server = Server({"items": [], "next": None})
    with server.client() as client:
        client.list_enrollments(
            person="p1", state=["active", "paused"], since=datetime(2027, 5, 4, tzinfo=UTC), limit=10
        )
    (request,) = server.requests
    assert (request.method, request.url.path) == ("GET", "/base/enrollments")
    assert request.headers["authorization"] == "Bearer rel_x"
    assert list(request.url.params.multi_items()) == [
        ("person", "p1"),
        ("state", "active"),
        ("state", "paused"),
        ("since", "2027-05-04T00:00:00+00:00"),
        ("limit", "10"),
    ]


def test_what_nobody_sets_is_left_to_the_server() -> None:
    server = Server(PAUSED)
    with server.client() as client:
        client.pause_enrollment("e1", models.PauseRequest(reason="holiday"))
    (body,) = server.bodies
    assert body.keys() == {"id", "reason"}


def test_a_name_that_is_misspelt_is_an_error() -> None:
    with pytest.raises(ValueError, match="reasons"):
        models.PauseRequest(reasons="holiday")  # type: ignore[call-arg]


@pytest.mark.parametrize("wrong", ["", ".", ".."])
def test_an_id_that_no_address_can_hold_is_an_error(wrong: str) -> None:
    server = Server()
    with server.client() as client, pytest.raises(ValueError, match="is no id"):
        client.get_person(wrong)
    assert server.requests == []


def test_an_id_stays_one_part_of_the_address() -> None:
    server = Server(problem(404))
    with server.client() as client, pytest.raises(NotFoundError):
        client.get_person("a/../b?c")
    assert server.requests[0].url.raw_path == b"/base/people/a%2F..%2Fb%3Fc"


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidError),
        (401, UnauthorizedError),
        (403, ForbiddenError),
        (404, NotFoundError),
        (409, RefusedError),
        (422, InvalidError),
        (429, TooManyError),
        (500, ApiError),
        (503, UnavailableError),
    ],
)
def test_what_the_api_refuses_is_an_exception(status: int, kind: type[ApiError]) -> None:
    with Server(problem(status)).client(retries=Retries(tries=1)) as client, pytest.raises(ApiError) as caught:
        client.list_sequences()
    assert type(caught.value) is kind
    assert (caught.value.status, caught.value.problem.reason) == (status, "suppressed")
    assert str(caught.value) == f"{status} e: d (h)"


def test_a_proxy_is_not_taken_for_the_api() -> None:
    with Server(httpx.Response(502, text="<html>")).client() as client, pytest.raises(ApiError) as caught:
        client.list_sequences()
    assert (caught.value.status, caught.value.problem.error) == (502, "no_answer")


def test_it_comes_again_when_it_is_asked_to_and_is_done_once() -> None:
    server = Server(problem(429, **{"Retry-After": "7"}), problem(503), httpx.ReadTimeout, ENROLLED)
    with server.client() as client:
        enrolled = client.enroll_person(models.EnrollRequest(sequence="a", person="p1"))
    assert enrolled.started is True
    assert server.slept == [7.0, 1.0, 2.0]
    assert len({body["idempotency_key"] for body in server.bodies}) == 1
    assert server.bodies[0]["person"] == "p1"


def test_a_key_of_ones_own_is_kept() -> None:
    server = Server(ENROLLED, PAUSED)
    with server.client() as client:
        client.enroll_person(models.EnrollRequest(sequence="a", person="p1", idempotency_key="mine"))
        client.pause_enrollment("e1")
    assert server.bodies[0]["idempotency_key"] == "mine"
    assert len(server.bodies[1]["id"]) == 32


@pytest.mark.parametrize(
    ("answers", "raised", "calls"),
    [
        ([problem(503)] * 5, UnavailableError, 5),
        ([problem(503, **{"Retry-After": "3600"})], UnavailableError, 1),
        ([problem(409)], RefusedError, 1),
        ([problem(500)], ApiError, 1),
        ([httpx.ConnectError] * 5, httpx.ConnectError, 5),
        ([httpx.ReadError], httpx.ReadError, 1),
    ],
)
def test_when_it_gives_up(answers: list[Any], raised: type[Exception], calls: int) -> None:
    server = Server(*answers)
    with server.client() as client, pytest.raises(raised):
        # It has no key: whether it was done is not known after a broken answer.
        client.dismiss_unmatched("i1")
    assert len(server.requests) == calls


def test_pages_follow_one_another() -> None:
    line = {"sequence": "a", "name": "A", "record": "person", "version": 1, "published_at": "2027-05-04T09:00:00Z"}
    line |= {"open_runs": 0, "rules_on": False, "paused": False}
    server = Server(
        {"items": [line], "next": "c1"},
        {"items": [], "next": "c2"},
        {"items": [line | {"sequence": "b"}], "next": None},
    )
    with server.client() as client:
        assert [each.sequence for each in client.iter_sequences(limit=1)] == ["a", "b"]
    assert [each.url.params.get("cursor") for each in server.requests] == [None, "c1", "c2"]


EVENT = {"type": "something.new", "id": "event-5", "cursor": "5", "data": {}}


def test_events_of_a_newer_server_come_as_they_are() -> None:
    server = Server(
        {"items": [EVENT], "cursor": "5", "more": False}, {"items": [], "cursor": "9", "more": False}, problem(409)
    )
    with server.client() as client:
        followed: Iterator[Any] = client.follow_events("4", types=["something.*"])
        assert next(followed) == (EVENT, "5")
        with pytest.raises(RefusedError):
            next(followed)
    assert [each.url.params["after"] for each in server.requests] == ["4", "5", "9"]
    assert server.requests[0].url.params["wait"] == "30.0"


def test_a_hook_is_signed_as_the_server_wants_it() -> None:
    change = models.CrmChange(entity="person", id="p1", fields={"first_name": "Zoë", "email": None})
    event = models.CrmEvent(event_id="e1", changes=[change])
    body, headers = signed_event(event, "secret", at=1_800_000_000)
    assert json.loads(body)["changes"][0]["fields"] == {"first_name": "Zoë", "email": None}
    assert headers["X-Relance-Signature"] == sign_hook(b"secret", 1_800_000_000, body)


async def test_the_same_in_asyncio() -> None:
    server = Server(
        problem(503, **{"Retry-After": "2"}), {"items": [], "next": "c"}, {"items": [], "next": None}, problem(403)
    )

    async def sleep(seconds: float) -> None:
        server.slept.append(seconds)
        await asyncio.sleep(0)

    transport = httpx.MockTransport(server)
    async with AsyncClient("https://r.example", "rel_x", transport=transport, sleep=sleep) as client:
        assert [each async for each in client.iter_people(type="Candidate")] == []
        with pytest.raises(ForbiddenError):
            await client.list_people()
    assert server.slept == [2.0]
    assert [each.url.params.get("cursor") for each in server.requests] == [None, None, "c", None]


@pytest.mark.parametrize("name", ["Client", "AsyncClient"])
def test_both_clients_have_the_same_operations(name: str) -> None:
    kinds: dict[str, type] = {"Client": Client, "AsyncClient": AsyncClient}
    mine: Callable[[type], set[str]] = lambda kind: {each for each in dir(kind) if not each.startswith("_")}  # noqa: E731
    assert mine(kinds[name]) == mine(Client)
    assert len(mine(Client)) > 150
