"""The five examples of the client, played against the app, with a real Postgres behind it."""

from __future__ import annotations

import asyncio
import csv
import importlib.util
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from relance.client import AsyncClient, Client, ForbiddenError, NotFoundError, UnauthorizedError, models
from sequences.access.token_scope import TokenScope
from tests.support.assistants import token_of
from tests.support.held_replies import add_reply
from tests.support.rigs.api import BEARER, ApiRig

EXAMPLES = Path(__file__).parents[4] / "examples" / "client"


def example(name: str) -> Any:
    spec = importlib.util.spec_from_file_location(name, EXAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def client_of(api: ApiRig, token: str = BEARER) -> Client:
    return Client(str(api.http.base_url), token)


async def test_enroll_people_once_however_often_it_is_asked(api: ApiRig) -> None:
    for number in ("p1", "p2", "p3"):
        await api.person(number)
    await api.publish()
    await api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p3', 'all', 'opt_out', 'x', $1)",
        api.now,
    )
    with client_of(api) as client:
        enroll = example("enroll_people").enroll
        first = await asyncio.to_thread(enroll, client, "hello", "monday", ["p1", "p2", "p3"])
        again = await asyncio.to_thread(enroll, client, "hello", "monday", ["p1", "p2", "p3"])
    assert first == again
    assert first["p3"] == "suppressed"
    rows = {row["person_id"]: row["id"] for row in await api.fetch("SELECT id, person_id FROM enrollment")}
    assert rows == {"p1": first["p1"], "p2": first["p2"]}


async def test_read_the_replies_of_today(api: ApiRig) -> None:
    run = await api.enrolled()
    today = [await add_reply(api, number, run) for number in (1, 2)]
    await api.execute("UPDATE reaction SET received_at = $2 WHERE id = $1", today[1], api.now - timedelta(days=1))
    with client_of(api) as client:
        found = await asyncio.to_thread(lambda: list(example("todays_replies").replies_of(client, api.now)))
    assert [(each.id, each.text, each.label) for each in found] == [(today[0], "Perhaps", "positive")]


async def test_pause_and_resume_a_person(api: ApiRig) -> None:
    await api.enrolled()
    module = example("pause_person")
    with client_of(api) as client:
        assert await asyncio.to_thread(module.pause, client, "p1", "2027-06-01", "on holiday") == 1
        assert await asyncio.to_thread(module.resume, client, "p1") == 1
        with pytest.raises(NotFoundError):
            await asyncio.to_thread(module.resume, client, "nobody")
    kinds = [command.kind for _, command in api.runs.commands]
    assert kinds == ["pause", "resume"]


async def test_follow_events_and_go_on_after_a_restart(api: ApiRig, tmp_path: Path) -> None:
    for number in ("p1", "p2", "p3"):
        await api.enrolled(number)
    seen: list[Any] = []
    bookmark = tmp_path / "cursor.txt"

    class EnoughError(Exception):
        pass

    def handle(most: int) -> Callable[[Any], None]:
        def one(event: Any) -> None:
            if len(seen) == most:
                # Not handled: it comes again after the restart.
                raise EnoughError
            seen.append(event)

        return one

    follow = example("follow_events").follow
    with client_of(api) as client:
        everything = (await asyncio.to_thread(client.list_events)).items
        assert len(everything) >= 3
        for most in (1, len(everything) - 1):
            with pytest.raises(EnoughError):
                await asyncio.to_thread(follow, client, bookmark, handle(most))
            assert bookmark.read_text() == seen[-1].cursor
    assert seen == everything[:-1]
    assert {type(each) for each in everything} >= {models.EnrollmentEnrolled}


async def test_hand_people_over_by_the_hook(api: ApiRig, tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text("id,first_name,last_name,email\np1,Ada,Byron,ada@client.example\np2,Grace,Hopper,no address\n")
    module = example("change_people")

    def hand_over(secret: str) -> list[models.ChangeResult]:
        with client_of(api) as client, file.open() as rows:
            return list(module.hand_over(client, secret, csv.DictReader(rows)))

    # The client signs with the time of its machine.
    api.now = datetime.now(UTC)
    results = await asyncio.to_thread(hand_over, "hook-new-for-tests")
    assert [(each.id, each.status) for each in results] == [("p1", "created"), ("p2", "created")]
    assert results[1].warnings
    again = await asyncio.to_thread(hand_over, "hook-new-for-tests")
    assert [each.status for each in again] == [each.status for each in results]
    with pytest.raises(UnauthorizedError):
        await asyncio.to_thread(hand_over, "another-secret-of-somebody")
    assert [row["last_name"] for row in await api.fetch("SELECT last_name FROM person ORDER BY id")] == [
        "Byron",
        "Hopper",
    ]


async def test_the_same_in_asyncio_with_a_token_that_only_reads(api: ApiRig) -> None:
    for number in range(5):
        await api.person(f"p{number}")
    token = await token_of(api, TokenScope.READ)
    async with AsyncClient(str(api.http.base_url), token) as client:
        assert [each.id async for each in client.iter_people(limit=2)] == [f"p{number}" for number in range(5)]
        found = await client.find_people(text="Alex", limit=2)
        assert len(found.items) == 2
        person = await client.get_person("p3")
        assert person.email == "p3@client.example"
        with pytest.raises(ForbiddenError, match="needs a token with the scope enroll"):
            await client.enroll_person(models.EnrollRequest(sequence="hello", person="p1"))
        raw = client.iter_find_people(text="Alex", limit=2)
        assert len([each async for each in raw]) == 5
