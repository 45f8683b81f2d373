"""Every list: pages that nothing shifts, filters that find their own rows, and a clear no to the rest."""

from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any
from urllib.parse import quote

import pytest
import pytest_asyncio

from tests.support.rigs.api import ApiRig
from tests.support.rigs.lists import LISTS, ListRig

ORDER = list(LISTS)


@pytest_asyncio.fixture
async def rig(api: ApiRig, asking: Callable[..., Any]) -> AsyncIterator[ListRig]:
    async with asking(bulk=object()) as call:
        rig = ListRig(api, call)
        await rig.furnish()
        yield rig


async def _pages(
    rig: ListRig, path: Any, *, limit: int = 2, between: Callable[..., Awaitable[None]] | None = None, **asked: Any
) -> list[Any]:
    found, cursor = [], None
    while True:
        page = await rig.ask(path, limit=limit, **asked, **({"cursor": cursor} if cursor else {}))
        assert len(page["items"]) <= limit
        found += page["items"]
        if (cursor := page["next"]) is None:
            return found
        if between is not None:
            await between()


async def test_pages_hold_every_row_once_in_the_order_of_the_list(rig: ListRig) -> None:
    for path in ORDER:
        everything = (await rig.ask(path, limit=1000))["items"]
        assert len(everything) >= 3, path
        for limit in (1, 2):
            assert await _pages(rig, path, limit=limit) == everything
        exactly = await rig.ask(path, limit=len(everything))
        assert exactly == {"items": everything, "next": None}


async def test_what_is_added_meanwhile_shifts_nothing(rig: ListRig) -> None:
    for path in ORDER:
        before = (await rig.ask(path, limit=1000))["items"]
        left = [None] * 3

        # In a list that is in the order of time, what is added lies ahead: it must end at some time.
        async def add(path: str = path, left: Any = left) -> None:
            if left:
                left.pop()
                await rig.add(path)

        found = await _pages(rig, path, limit=1, between=add)
        assert [row for row in found if row in before] == before, path
        assert len({repr(row) for row in found}) == len(found), path
        added = len((await rig.ask(path, limit=1000))["items"]) - len(before)
        assert added == 3 - len(left) >= 2, path


async def test_a_filter_finds_its_own_rows_and_no_others(rig: ListRig) -> None:
    for path in ORDER:
        everything = (await rig.ask(path, limit=1000))["items"]
        for name, cases in rig.expected(path, everything).items():
            for value, wanted in cases:
                found = (await rig.ask(path, limit=1000, **{name: value}))["items"]
                assert 0 < len(found) < len(everything), (path, name, value)
                assert [row for row in everything if wanted(row)] == found, (path, name, value)
        # All at once: what fits one row finds that row.
        narrow = {name: cases[0][0] for name, cases in rig.expected(path, everything[:1]).items() if cases}
        narrow.pop("until", None)
        assert everything[0] in (await rig.ask(path, **narrow))["items"], (path, narrow)


async def test_deleted_records_are_asked_for(rig: ListRig) -> None:
    for path, gone in (("/people", "p9"), ("/placements", "pl-gone")):
        if path == "/placements":
            await rig.api.execute("UPDATE placement SET id = 'pl-gone', deleted_at = now() WHERE id = 'pl-p9'")
        assert gone not in {row["id"] for row in (await rig.ask(path))["items"]}
        assert [row["id"] for row in (await rig.ask(path, deleted=True))["items"]] == [gone]


async def test_since_is_included_and_until_is_not(rig: ListRig, api: ApiRig) -> None:
    (first, second) = sorted({row["created_at"] for row in (await rig.ask("/tasks", limit=1000))["items"]})[:2]

    async def at(**asked: Any) -> set[Any]:
        return {row["created_at"] for row in (await rig.ask("/tasks", limit=1000, **asked))["items"]}

    assert await at(since=first, until=second) == {first}
    assert await at(until=first) == set()
    # A date is its midnight in UTC.
    assert await at(until=api.now.date().isoformat()) == await at(until=f"{api.now.date()}T00:00:00Z")
    # The same instant as another offset writes it.
    there = second.replace("+00:00", "Z")
    assert await at(until=there) == {first}


@pytest.mark.parametrize(
    "value", ["soon", "2026-11-29T12:00:00", "2026-02-30", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", ""]
)
async def test_an_instant_that_is_none_is_refused_in_words(api: ApiRig, value: str) -> None:
    for name in ("since", "until"):
        answer = await api.ask("GET", "/tasks", params={name: value})
        assert answer.status_code == 422
        assert answer.json()["detail"].startswith(f"{name}: ")


async def test_a_cursor_serves_for_its_own_list_and_filters(rig: ListRig) -> None:
    for number, path in enumerate(ORDER):
        first = await rig.ask(path, limit=1)
        wrong: list[tuple[str, dict[str, Any]]] = [(ORDER[number - 1], {})]
        for name, cases in rig.expected(path, first["items"]).items():
            wrong += [(path, {name: value}) for value, _ in cases[:1]]
        for where, asked in wrong:
            answer = await rig.call("GET", where, params={"cursor": first["next"], **asked})
            assert (answer.status_code, answer.json()["error"]) == (422, "invalid"), (where, asked)
            assert "other filters" in answer.json()["detail"]
        for bad in ("x", first["next"][:-3], first["next"] + "AAAA", "%F0%9F%99%82", "a" * 2001):
            answer = await rig.call("GET", f"{path}?cursor={bad}")
            assert (answer.status_code, answer.json()["error"]) == (422, "invalid"), bad
            assert answer.json()["detail"].startswith("cursor: ")


async def test_a_limit_has_its_limits(rig: ListRig) -> None:
    for path in ORDER:
        for limit in ("0", "1001", "-1", "many", "1.5", ""):
            answer = await rig.call("GET", path, params={"limit": limit})
            assert answer.status_code == 422
            assert answer.json()["detail"].startswith("limit: ")


@pytest.mark.parametrize(
    ("path", "asked", "words"),
    [
        ("/people", "ownr=dana", "`ownr`: no such query parameter; did you mean `owner`? it takes client, cursor,"),
        ("/enrollments", "staet=active", "did you mean `state`?"),
        ("/enrollments", "Sequence=hello", "did you mean `sequence`?"),
        ("/tasks", "after=t1", "`after`: no such query parameter; it takes cursor,"),
        ("/tasks", "page=2", "`page`: no such query parameter"),
        ("/fields", "records=person", "did you mean `record`?"),
        ("/people/p1", "fields=email", "`fields`: no such query parameter; it has none"),
        ("/enrollments/eabcdefghijk", "x", "`x`: no such query parameter; it has none"),
        ("/readyz", "queues=relance", "did you mean `queue`?"),
        ("/people", "p1@client.example=1", "one: no such query parameter"),
        ("/people", quote("Ada Example"), "one: no such query parameter"),
        ("/people", "limit=1&=2", "one: no such query parameter"),
    ],
)
async def test_a_query_parameter_that_nobody_knows_is_refused_and_the_near_one_named(
    api: ApiRig, path: str, asked: Any, words: str
) -> None:
    answer = await api.ask("GET", f"{path}?{asked}")
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert words in answer.json()["detail"]
    assert "client.example" not in answer.text
    assert "Ada" not in answer.text


async def test_what_takes_one_value_is_not_given_twice(api: ApiRig) -> None:
    answer = await api.ask("GET", "/tasks?state=open&state=done")
    assert (answer.status_code, answer.json()["detail"]) == (422, "`state`: given twice")
    assert (await api.ask("GET", "/enrollments?state=active&state=paused")).status_code == 200


ODD = [
    "",
    " ",
    "\x00",
    "a\x00b",
    "\U0001f642",
    "%",
    "'; DROP TABLE person; --",
    "{}",
    "{0}",
    "-1",
    "9" * 30,
    "a" * 5000,
    "null",
    "true",
    "1e9",
    "2026-11-29T00:00:00+99:99",
    "../../etc",
    "\u202e",
]


async def test_whatever_a_parameter_holds_it_finds_rows_or_is_refused_in_words(asking: Callable[..., Any]) -> None:
    async with asking(bulk=object()) as call:
        paths = (await call("GET", "/openapi.json")).json()["paths"]
        for path in ORDER:
            described = paths[path.replace("/hello/", "/{name}/")]["get"]["parameters"]
            for name in (each["name"] for each in described if each["in"] == "query"):
                for value in ODD:
                    answer = await call("GET", path, params={name: value})
                    assert answer.status_code in (200, 404, 422), (path, name, value, answer.text)


async def test_orders_refuse_them_too_and_do_nothing(api: ApiRig) -> None:
    await api.person()
    await api.publish()
    answer = await api.ask("POST", "/enrollments?dry_run=true", json={"sequence": "hello", "person": "p1"})
    assert answer.status_code == 422
    assert api.runs.started == []
    assert await api.fetch("SELECT id FROM enrollment") == []


async def test_who_has_no_token_learns_no_parameters(api: ApiRig) -> None:
    answer = await api.http.get("/people?ownr=x")
    assert answer.status_code == 401
    assert "owner" not in answer.text


async def test_links_and_hooks_take_what_others_add_to_their_address(api: ApiRig) -> None:
    from sequences.tokens import TokenKind

    link = await api.link(await api.sent(await api.enrolled()))
    answer = await api.http.get(f"/c/{api.token(TokenKind.CLICK, link)}?utm_source=mail&fbclid=1")
    assert answer.status_code == 302
    assert (await api.http.get("/healthz?nonce=5")).status_code == 200


async def test_several_states_are_any_of_them(rig: ListRig) -> None:
    both = (await rig.ask("/enrollments", state=["paused", "stopped"]))["items"]
    assert {row["state"] for row in both} == {"paused", "stopped"}
    page = await rig.ask("/enrollments", state=["paused", "stopped"], limit=1)
    rest = await rig.ask("/enrollments", state=["paused", "stopped"], cursor=page["next"])
    assert page["items"] + rest["items"] == both


async def test_standing_and_state_of_refusals_may_not_contradict(api: ApiRig) -> None:
    answer = await api.ask("GET", "/refusals?standing=true&state=passed")
    assert answer.status_code == 422
    assert "contradict" in answer.json()["detail"]


async def test_windows_of_one_person_are_the_same_rows(rig: ListRig) -> None:
    mine = (await rig.ask("/people/p1/windows"))["items"]
    assert mine == (await rig.ask("/windows", person="p1"))["items"]
    assert (await rig.api.ask("GET", "/people/nobody/windows")).status_code == 404
