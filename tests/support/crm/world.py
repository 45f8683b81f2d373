"""What every stand-in of a CRM has: records that people change, faults, and what was asked of it."""

from __future__ import annotations

import asyncio
import random
import re
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

from fastapi import FastAPI, Request, Response
from fastapi.responses import JSONResponse

from adapters.crm.crm_http import CrmHttp
from adapters.crm.pace import Pace
from adapters.loop_server import LoopServer

START = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
Values = dict[str, Any]
_T = TypeVar("_T")


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
class Repetition:
    """Some requests are answered as an earlier one was, by a cache or by a copy of the data that is behind.

    Attributes:
        path: as of a fault.
        back: which of the former answers: 1 is the last one.
        times: how often.
    """

    path: str
    back: int
    times: int


@dataclass
class CrmWorld:
    """A CRM: kinds of records by id. Its clock moves by a second with every change.

    Attributes:
        fields: of each kind of record; another one does not exist.
        asked: method and path of every request.
        late: records of which a change is not shown yet, though they can be read by their ids.
        chance: set: what is listed comes twice, and each page in another order.
        answered: good answers by method and path, the newest last.
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
    chance: random.Random | None = None
    answered: dict[str, list[bytes]] = field(default_factory=lambda: defaultdict(list))
    repetitions: list[Repetition] = field(default_factory=list)
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
        """From now on everything is listed twice and in another order, also what waits to be read already."""
        self.chance = chance

    def page_of(self, rows: Sequence[_T], begin: int, most: int) -> list[_T]:
        """A page of a list. An unsettled list has each row twice; the rows of a page are in no order then."""
        if self.chance is None:
            return list(rows[begin : begin + most])
        page = [row for row in rows for _ in range(2)][begin : begin + most]
        self.chance.shuffle(page)
        return page

    def length_of(self, rows: Sequence[object]) -> int:
        """Of the list that ``page_of`` has pages of."""
        return len(rows) if self.chance is None else 2 * len(rows)

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

    def repeat(self, path: str, *, back: int = 1, times: int = 1) -> None:
        """The next requests that fit are answered as one before them was."""
        self.repetitions.append(Repetition(path, back, times))

    def _repeated(self, asked: str) -> Response | None:
        again = next((each for each in self.repetitions if re.fullmatch(each.path, asked)), None)
        if again is None or len(self.answered[asked]) < again.back:
            return None
        again.times -= 1
        if again.times <= 0:
            self.repetitions.remove(again)
        return Response(self.answered[asked][-again.back], media_type="application/json")

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
            return self._repeated(asked) or await self._kept(asked, await go_on(request))
        fault.times -= 1
        if fault.times <= 0:
            self.faults.remove(fault)
        if fault.after:
            await go_on(request)
        return JSONResponse({"message": "a fault of this test"}, fault.status, headers=dict(fault.headers))

    async def _kept(self, asked: str, response: Any) -> Response:
        """The answer; a good one with a body is kept."""
        body = b"".join([part async for part in response.body_iterator])
        if response.status_code == 200 and body:
            self.answered[asked].append(body)
        return Response(body, response.status_code, dict(response.headers))

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
