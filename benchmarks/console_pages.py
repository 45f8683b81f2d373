"""How long whole pages of the console take: ``python -m benchmarks.console_pages [--people N] [--folder F] [--json]``.

On the database of ``make bench-sql``, by the app of ``relance serve`` in this process, from a request with a session's
cookie to the last byte of the answer. Shown are the median and the 95th percentile, the processor time of one, and how
large it is. The pages of people are asked for by an admin who sees everybody, by a recruiter of a team, and by one who
sees their own people. ``--only`` asks fewer. What is over its limit is listed at the end.
"""

from __future__ import annotations

import asyncio
import gzip
import re
import tempfile
import time
from collections.abc import Iterator
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

import httpx

from benchmarks.console_addresses import IDS, LISTS
from benchmarks.console_screens import NOW
from benchmarks.console_speed import prepare
from benchmarks.consumption import family
from benchmarks.report import Report, at_least_one, median, options, percentile
from benchmarks.sql.seeded import say, seeded
from benchmarks.stack import settings_of, values_for
from sequences.access.role import PeopleVisible
from services.access.sessions import start_session
from starter.composition import open_services
from starter.console.app import PATH
from starter.console.cookie import session_cookie
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.local.temporal import LocalTemporal
from starter.process import set_aside_what_stays

if TYPE_CHECKING:
    from benchmarks.console_addresses import ListPage
    from starter.composition import Services

_HERE: Final = "http://127.0.0.1:8080"
_ADMIN: Final = "SELECT id FROM console_user WHERE role = 'admin' ORDER BY id LIMIT 1"
_RECRUITER: Final = "SELECT id FROM console_user WHERE owner_id = 'o2'"
_VIEWERS: Final = (
    ("", _ADMIN, PeopleVisible.ALL),
    (", people of ten owners", _RECRUITER, PeopleVisible.TEAM),
    (", own people", _RECRUITER, PeopleVisible.OWN),
)
_LOADED: Final = re.compile(rb'(?:src|href)="(/console/static/[^"]+)"')
_IMPORTED: Final = re.compile(rb'from "\./([^"]+)"')


@dataclass(frozen=True)
class Asked:
    """What one address answered, and in how many milliseconds."""

    took: float
    page: bytes


async def measure(people: int, rounds: int, folder: Path | None, only: str) -> Report:
    """Seeds a database unless the folder has one, and measures."""
    report = Report("pages of the console")
    async with AsyncExitStack() as stack:
        server = await stack.enter_async_context(seeded(people, folder))
        assert server.child is not None
        postgres = server.child.pid
        temporary = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="relance-pages-")))
        temporal = await stack.enter_async_context(LocalTemporal(temporary, ui_port=None))
        settings = settings_of(values_for(server.url, 1025) | {"public_url": _HERE})
        services = await stack.enter_async_context(open_services(settings, temporal.environment))
        await prepare(services.database)
        ids = await _ids(services)
        over = []
        for words, user, visible in _VIEWERS:
            browser = await stack.enter_async_context(await _browser(services, user, visible))
            set_aside_what_stays()
            if not words and only.lower() in "first page":
                report.add("first page with all that it loads, gzipped", await _first_page(browser) / 1000, "kB")
            for page in _of(words, only):
                addresses = [each.format(**ids) for each in page.addresses]
                for each in addresses:
                    await _ask(browser, each)
                before = time.process_time() + family(postgres)
                asked = [await _ask(browser, addresses[turn % len(addresses)]) for turn in range(rounds)]
                used = (time.process_time() + family(postgres) - before) / rounds * 1000
                late = percentile([one.took for one in asked], 95)
                _tell(report, f"{page.name}{words}", asked, late, used)
                if page.limit_ms is not None and late > page.limit_ms:
                    over.append(f"{page.name}{words} ({page.limit_ms})")
        say(f"over their limit: {', '.join(over) or 'none'}")
    return report


def _of(words: str, only: str) -> Iterator[ListPage]:
    return (page for page in LISTS if (page.of_people or not words) and only.lower() in f"{page.name}{words}".lower())


def _tell(report: Report, name: str, asked: list[Asked], late: float, used: float) -> None:
    middle, largest = median([one.took for one in asked]), max((one.page for one in asked), key=len)
    note = f"{len(largest) / 1000:.0f} kB, gzipped {_gzipped(largest) / 1000:.1f} kB; "
    note += f"shortest {min(one.took for one in asked):.1f} ms"
    report.add(f"{name}, half of them within", middle, "ms", note)
    report.add(f"{name}, 95 of 100 within", late, "ms", note)
    report.add(f"{name}, processor time of one", used, "ms", "Python's and Postgres'")
    say(f"{name}: {middle:.1f}, {late:.1f}, processor {used:.1f} ms; {note}")


async def _ids(services: Services) -> dict[str, str]:
    async with services.database.statement() as connection:
        return {name: str(await connection.fetchval(statement)) for name, statement in IDS.items()}


async def _browser(services: Services, user: str, visible: PeopleVisible) -> httpx.AsyncClient:
    """Signed in, in a console whose recruiters see these people; nothing crosses a network."""
    settings = services.settings.model_copy(update={"people_visible": visible})
    ways = replace(ways_of(replace(services, settings=settings), lambda: None), clock=lambda: NOW)
    async with services.database.transaction() as connection:
        begun = await start_session(connection, await connection.fetchval(user), "a benchmark", "127.0.0.1", NOW)
    cookie = session_cookie(_HERE, "127.0.0.1")
    assert cookie is not None
    return httpx.AsyncClient(
        transport=httpx.ASGITransport(create_app(ways)), base_url=f"{_HERE}{PATH}", cookies={cookie.name: begun.token}
    )


async def _ask(browser: httpx.AsyncClient, address: str) -> Asked:
    begun = time.perf_counter()
    answer = await browser.get(address)
    took = (time.perf_counter() - begun) * 1000
    # A statement was cut off: the page says so.
    if answer.status_code not in (200, 503):
        raise RuntimeError(f"{address} answers {answer.status_code}")
    return Asked(took, answer.content)


def _gzipped(content: bytes) -> int:
    return len(gzip.compress(content, 6))


async def _first_page(browser: httpx.AsyncClient) -> int:
    """Bytes, of the page and of every file that it needs."""
    page = (await browser.get("/")).content
    sizes = {"": _gzipped(page)}
    wanted = [each.decode() for each in _LOADED.findall(page)]
    while wanted:
        path = wanted.pop()
        if path in sizes:
            continue
        file = (await browser.get(f"{_HERE}{path}")).content
        sizes[path] = _gzipped(file)
        wanted += [f"{path.rpartition('/')[0]}/{name.decode()}" for name in _IMPORTED.findall(file)]
    return sum(sizes.values())


def main() -> None:
    """Measures, and prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--people", type=at_least_one, default=20_000, help="people in the database (20000)")
    parser.add_argument("--rounds", type=at_least_one, default=20, help="requests of each page (20)")
    parser.add_argument("--folder", type=Path, help="keep the database here")
    parser.add_argument("--only", default="", help="pages whose name contains this")
    given = parser.parse_args()
    asyncio.run(measure(given.people, given.rounds, given.folder, given.only)).show(as_json=given.json)


if __name__ == "__main__":
    main()
