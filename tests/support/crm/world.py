"""What every stand-in of a CRM has: records that people change, faults, and what was asked of it."""

from __future__ import annotations

import asyncio
import random
import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from adapters.crm.crm_http import CrmHttp
from adapters.crm.pace import Pace
from adapters.loop_server import LoopServer

START = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
Values = dict[str, Any]


def quick() -> CrmHttp:
    """A client that waits for nothing but an answer."""
    return CrmHttp(Pace(10_000, 10_000), seconds=20.0)


@dataclass
class Fault:
    """What happens to the next request that fits.

    Attributes:
        status: the answer.
        path: a pattern that its method and path fit, such as ``PUT .*Note``.
        after: it is carried out all the same; only the answer is lost.
        times: how often.
    """

    status: int
    path: str = ".*"
    headers: Mapping[str, str] = field(default_factory=dict)
    after: bool = False
    times: int = 1


@dataclass
class CrmWorld:
    """A CRM: kinds of records by id. Its clock moves by a second with every change.

    Attributes:
        fields: of each kind of record; another one does not exist.
        asked: method and path of every request.
        late: records of which a change is not shown yet, though they can be read by their ids.
    """

    fields: dict[str, set[str]]
    now: datetime = START
    records: dict[str, dict[str, Values]] = field(default_factory=dict)
    modified: dict[tuple[str, str], datetime] = field(default_factory=dict)
    gone: dict[tuple[str, str], datetime] = field(default_factory=dict)
    made: dict[str, list[Values]] = field(default_factory=lambda: {"note": [], "task": [], "lead": []})
    faults: list[Fault] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    late: set[tuple[str, str]] = field(default_factory=set)
    port: int = 0
    _number: int = 1000

    # --- people at work there -----------------------------------------------------------------------------------

    def tick(self, seconds: float = 1.0) -> datetime:
        self.now += timedelta(seconds=seconds)
        return self.now

    def put(self, entity: str, identity: str, **values: Any) -> None:
        """Somebody adds or changes a record."""
        at = self.tick()
        fresh = identity not in self.records.setdefault(entity, {})
        self.records[entity].setdefault(identity, {}).update(values)
        self.modified[entity, identity] = at
        self.changed(entity, identity, "INSERTED" if fresh else "UPDATED")

    def remove(self, entity: str, identity: str) -> None:
        """Somebody deletes a record."""
        at = self.tick()
        self.records[entity].pop(identity)
        self.gone[entity, identity] = at
        self.changed(entity, identity, "DELETED")

    def changed(self, entity: str, identity: str, how: str) -> None:
        """What the CRM itself notes of a change."""

    def arrive(self) -> None:
        """What was late is shown."""
        late, self.late = self.late, set()
        for entity, identity in sorted(late):
            self.changed(entity, identity, "UPDATED")

    def unsettle(self, chance: random.Random) -> None:
        """What waits to be read comes twice and in another order; one whose answers are sorted does not do that."""

    def value(self, entity: str, identity: str, name: str) -> Any:
        return self.records[entity][identity].get(name)

    def new_id(self) -> str:
        self._number += 1
        return str(self._number)

    def unknown_fields(self, entity: str, names: Any) -> list[str]:
        return sorted(set(names) - self.fields[entity])

    # --- HTTP ---------------------------------------------------------------------------------------------------

    def fail(self, status: int, path: str = ".*", *, after: bool = False, times: int = 1, **headers: str) -> None:
        """The next request that fits is answered so."""
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.faults.append(Fault(status, path, named, after, times))

    def routes(self, app: FastAPI) -> None:
        raise NotImplementedError

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def count(self, pattern: str) -> int:
        """How often something was asked."""
        return sum(re.search(pattern, each) is not None for each in self.asked)

    async def _with_faults(self, request: Request, go_on: Callable[[Request], Awaitable[Response]]) -> Response:
        asked = f"{request.method} {request.url.path}"
        self.asked.append(f"{asked}?{request.url.query}" if request.url.query else asked)
        fault = next((each for each in self.faults if re.fullmatch(each.path, asked)), None)
        if fault is None:
            return await go_on(request)
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)
        if fault.after:
            await go_on(request)
        return JSONResponse({"message": "a fault of this test"}, fault.status, headers=dict(fault.headers))

    @asynccontextmanager
    async def served(self) -> AsyncIterator[None]:
        app = FastAPI()
        app.middleware("http")(self._with_faults)
        self.routes(app)
        server = LoopServer(app, "127.0.0.1", 0)
        await server.start()
        self.port = server.port
        try:
            yield
        finally:
            await server.stop()
            await asyncio.sleep(0)


def ms(at: datetime) -> int:
    return round(at.timestamp() * 1000)


def whole(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
