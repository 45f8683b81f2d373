"""Bodies that never end, at every route: what is read of them, and what is answered."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from fastapi import FastAPI, HTTPException, Request
from fastapi.routing import APIRoute

from adapters.postgres.database import Database
from sequences.access.caller import BREAK_GLASS, Caller
from sequences.access.token_scope import TokenScope
from services.access.audit import CLI
from services.access.tokens import NewToken, create_token
from services.intake.mail import MailIntake
from starter.http import errors
from starter.http.border import DEFAULT_BYTES, PACE, BodyRules, Border, body_limits
from starter.http.security import SIGNATURE_HEADER, TIMESTAMP_HEADER
from tests.support.kept_apps import app_of
from tests.support.rigs.api import BEARER, ApiRig, settings_for, ways_for
from tests.support.screens.routes import walk

PIECE = 50_000
JSON = {"content-type": "application/json"}
TOKEN = JSON | {"authorization": f"Bearer {BEARER}"}


@dataclass
class Endless:
    """A request whose body never ends, and what came of it."""

    app: Any
    read: int = 0
    status: int = 0
    headers: dict[str, str] = field(default_factory=dict)

    async def receive(self) -> dict[str, Any]:
        self.read += PIECE
        return {"type": "http.request", "body": b"[" * PIECE, "more_body": True}

    async def send(self, message: Any) -> None:
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = {name.decode().lower(): value.decode() for name, value in message["headers"]}

    async def ask(self, method: str, path: str, **headers: str) -> Endless:
        given = {"host": "relance.example", **headers}
        scope = {
            "type": "http",
            "asgi": {"version": "3.0"},
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "raw_path": path.encode(),
            "query_string": b"",
            "root_path": "",
            "headers": [(name.lower().encode(), value.encode()) for name, value in given.items()],
            "client": ("192.0.2.1", 1),
            "server": ("127.0.0.1", 80),
        }
        await self.app(scope, self.receive, self.send)
        return self


def address(path: str) -> str:
    return re.sub(r"\{[\w:]+\}", "unknownunknown", path)


async def test_strangers_cost_no_more_than_the_limit_of_the_route(api: ApiRig, mail_intake: MailIntake) -> None:
    ways = replace(ways_for(api), mail=mail_intake)
    limits = body_limits(ways.settings)
    with app_of(ways) as app:
        routes = list(walk(app.routes))
        assert set(limits) <= {route.path for route in routes}
        walked = 0
        for route in routes:
            for method in (route.methods or set()) - {"GET", "HEAD"}:
                done = await Endless(app).ask(method, address(route.path), **JSON)
                where = f"{method} {route.path}: {done.status}, {done.read} bytes"
                if done.status == 401 or _needs_a_token(route):
                    assert (done.status, done.read) == (401, 0), where
                    walked += 1
                else:
                    # No page reads more of a form without files; a provider proves itself first, or is not set up.
                    assert done.read <= 20_000 + PIECE, where
                    assert done.status < 500, where
        assert walked > 40
        for path in ("/inbound/mailgun", "/inbound/ses", "/twilio/inbound", "/hooks/crm", "/inbound/postmark"):
            assert (await Endless(app).ask("POST", path, **JSON)).read == 0, path


def _needs_a_token(route: APIRoute) -> bool:
    return route.path.startswith(("/enrollments", "/people", "/tokens"))


@pytest.mark.parametrize(
    ("path", "headers", "most"),
    [
        ("/enrollments", TOKEN, DEFAULT_BYTES),
        ("/hooks/crm", {TIMESTAMP_HEADER: "1800000000", SIGNATURE_HEADER: "sha256=x"}, 5_000_000),
        ("/inbound/mime", {TIMESTAMP_HEADER: "1800000000", SIGNATURE_HEADER: "sha256=x"}, 1_000_000),
        ("/inbound/mailgun", {}, 2_000_000),
        ("/inbound/ses", {}, 1_000_000),
        ("/console/sign-in", {"sec-fetch-site": "same-origin"}, 1024 * 1024),
    ],
)
async def test_nothing_is_read_beyond_the_limit_of_the_route(
    api: ApiRig, mail_intake: MailIntake, database_url: str, path: str, headers: dict[str, str], most: int
) -> None:
    api.settings = settings_for(
        database_url,
        mailgun_signing_keys="key-of-mailgun",
        ses_topics="arn:aws:sns:eu-west-1:1:x",
        inbound_max_bytes=1_000_000,
    )
    with app_of(replace(ways_for(api), mail=mail_intake)) as app:
        done = await Endless(app).ask("POST", path, **headers)
        assert (done.status, done.read <= most + PIECE) == (413, True), done
        # A length that is too large is refused before anything comes.
        done = await Endless(app).ask("POST", path, **headers, **{"content-length": str(20_000_000)})
        assert (done.status, done.read) == (413, 0)


async def test_a_named_token_lets_a_body_in_and_postgres_that_is_away_is_503(api: ApiRig, database_url: str) -> None:
    async with api.database.transaction() as connection:
        token = (await create_token(connection, CLI, NewToken("crm", (TokenScope.ENROLL,)), api.now)).token
    good = JSON | {"authorization": f"Bearer {token}"}
    with app_of(ways_for(api)) as app:
        done = await Endless(app).ask("POST", "/enrollments", **good)
        assert (done.status, done.read > DEFAULT_BYTES) == (413, True)
        pool = api.database.pool
        away = await Database.connect(database_url, max_size=1)
        await away.close()
        api.database.pool = away.pool
        try:
            done = await Endless(app).ask("POST", "/enrollments", **good)
        finally:
            api.database.pool = pool
        assert (done.status, done.read, done.headers["retry-after"]) == (503, 0, "5")


async def _anybody(_: object) -> Caller:
    return BREAK_GLASS


def _app(patience: float) -> FastAPI:
    app = FastAPI()
    errors.install(app)

    @app.post("/echo")
    async def echo(request: Request) -> int:
        return len(await request.body())

    app.add_middleware(Border, rules=BodyRules({}, {}, frozenset(), _anybody, patience))
    return app


def _pieces(*pieces: bytes, then: Callable[[], Awaitable[dict[str, Any]]]) -> Callable[[], Any]:
    left = list(pieces)

    async def receive() -> dict[str, Any]:
        if not left:
            return await then()
        return {"type": "http.request", "body": left.pop(0), "more_body": True}

    return receive


async def _never() -> dict[str, Any]:
    await asyncio.Event().wait()
    raise AssertionError


async def test_a_body_that_stops_coming_is_answered_and_its_connection_closed() -> None:
    done = Endless(_app(0.01))
    done.receive = _pieces(b"half", then=_never)  # type: ignore[method-assign]
    await done.ask("POST", "/echo")
    assert (done.status, done.headers["connection"]) == (408, "close")


async def test_a_long_body_may_take_longer_as_long_as_it_comes() -> None:
    loop = asyncio.get_running_loop()

    async def last() -> dict[str, Any]:
        # Longer than the patience, and within the time of a body of this length.
        arrived = loop.create_future()
        loop.call_later(0.02, arrived.set_result, None)
        await arrived
        return {"type": "http.request", "body": b"x", "more_body": False}

    done = Endless(_app(0.001))
    done.receive = _pieces(b"x" * 60 * PACE, then=last)  # type: ignore[method-assign]
    await done.ask("POST", "/echo")
    assert done.status == 200


async def test_after_the_body_waiting_has_no_end() -> None:
    """A page that is long under way hears of a client that leaves, and of nothing else."""
    heard: list[str] = []

    async def listening(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.05):
                await receive()
        heard.append("waited")

    async def nothing_more() -> dict[str, Any]:
        if heard:
            return await _never()
        heard.append("body")
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(_: Any) -> None:
        raise HTTPException(500)

    border = Border(listening, BodyRules({}, {}, frozenset(), _anybody, 0.001))
    await border({"type": "http", "path": "/", "headers": []}, nothing_more, send)
    assert heard == ["body", "waited"]
