"""The event stream: one order that a poller can trust, with an event for everything that happens."""

from __future__ import annotations

import asyncio
import random
from datetime import timedelta
from typing import Any

import asyncpg
import pytest

from sequences.errors import RefusedError
from sequences.events.catalogue import MODELS, plain
from services.events.read import EventsAsked, read_events, wait_for_events
from tests.support.erasing import erase
from tests.support.rigs.api import ApiRig

_INSERT = """INSERT INTO stream_event (type, at, person_id, sequence, version, detail)
    VALUES ('sequence.published', now(), NULL, $1, 1, '{}')"""


async def names(api: ApiRig, after: str = "0", **more: Any) -> tuple[list[str], str]:
    page = await read_events(api.database, EventsAsked(after, **more))
    return [each.data.model_dump()["sequence"] for each in page.items], page.cursor


async def test_what_commits_late_comes_behind_every_cursor_that_was_handed_out(api: ApiRig, database_url: str) -> None:
    early, late = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        held, short = early.transaction(), late.transaction()
        await held.start()
        # It has its number and its transaction id first, and commits last.
        await early.execute(_INSERT, "first-written")
        await short.start()
        await late.execute(_INSERT, "second-written")
        await short.commit()
        assert (await names(api))[0] == ["second-written"]
        _, cursor = await names(api)
        await held.commit()
        assert (await names(api, cursor))[0] == ["first-written"]
        assert (await names(api))[0] == ["second-written", "first-written"]
    finally:
        await early.close()
        await late.close()


async def test_of_what_is_committed_together_the_first_written_comes_first(api: ApiRig) -> None:
    for name in ("one", "two", "three"):
        await api.execute(_INSERT, name)
    assert (await names(api))[0] == ["one", "two", "three"]


async def test_many_writers_and_pollers_at_once_lose_nothing_and_see_one_order(api: ApiRig, database_url: str) -> None:
    chance = random.Random(18)
    writers, each = 6, 25
    done = asyncio.Event()

    async def write(number: int) -> None:
        connection = await asyncpg.connect(database_url)
        try:
            for count in range(each):
                transaction = connection.transaction()
                await transaction.start()
                await connection.execute(_INSERT, f"w{number}-{count}")
                # Held open, so that others overtake it; every fifth comes to nothing.
                await asyncio.sleep(chance.random() / 200)
                await (transaction.rollback() if count % 5 == 4 else transaction.commit())
        finally:
            await connection.close()

    async def poll() -> list[str]:
        seen: list[str] = []
        cursor = "0"
        while True:
            over = done.is_set()
            found, cursor = await names(api, cursor, limit=7)
            seen += found
            if over and not found:
                return seen

    async def write_all() -> None:
        async with asyncio.TaskGroup() as group:
            for number in range(writers):
                group.create_task(write(number))
        done.set()

    first, second, _ = await asyncio.gather(poll(), poll(), write_all())
    assert first == second
    assert len(first) == len(set(first)) == writers * each * 4 // 5
    for number in range(writers):
        of_one = [int(name.partition("-")[2]) for name in first if name.startswith(f"w{number}-")]
        assert of_one == sorted(of_one)


async def test_everything_that_happens_is_an_event_without_addresses(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    send = await api.sent(enrollment)
    for kind in ("opened", "clicked", "bounced"):
        await api.reaction(kind, enrollment, kind)
    for kind in ("meeting_booked", "meeting_cancelled"):
        await api.reaction(kind, enrollment, kind, calendar="calendly", starts_at="2027-05-06T09:00:00Z")
    reply = await api.reaction("reply", enrollment, "replied")
    await api.execute("UPDATE reaction SET send_id = $2 WHERE id = $1", reply, send)
    await api.row("score_reaction", id=reply, label="positive", confidence=0.9, intent="interested", opt_out=False,
                  held=False, reasons=[])  # fmt: skip
    await api.execute("UPDATE reaction SET handled_at = now() WHERE id = $1", reply)
    await api.execute(
        "INSERT INTO review (id, reaction_id, number, label, intent, note, reviewed_at) "
        "VALUES ($1, $1, 1, 'neutral', 'question', 'Alex said', now())",
        reply,
    )
    await api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) "
        "VALUES ('p1', 'all', 'opt_out', 'r', now())"
    )
    await api.execute("INSERT INTO topic_opt_out (person_id, topic, source, since) VALUES ('p1', 'news', 'r', now())")
    for number, state in enumerate(("done", "closed")):
        await api.execute(
            "INSERT INTO task (id, title, person_id, enrollment_id, created_at) "
            "VALUES ($1, 'Call Alex', 'p1', $2, now())",
            f"t{number}",
            enrollment,
        )
        await api.execute("UPDATE task SET state = $2, decided_at = now() WHERE id = $1", f"t{number}", state)
    await api.execute(
        "INSERT INTO lead (id, person_id, source, enrollment_id, created_at) VALUES ('l1', 'p1', 'hello', $1, now())",
        enrollment,
    )
    await api.execute(
        "INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, at) "
        "VALUES ('ffields00000', $1, 'x', 0, 'set_field', $2, 'done', now())",
        enrollment,
        {"set_field": {"person.status": "Interested"}},
    )
    await api.row("end_run", id=enrollment, state="stopped", reason="replied.positive", at=api.now)
    assert (await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"})).status_code == 409
    await api.person("p2")
    other = (await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p2"})).json()["enrollment"]
    await api.row("end_run", id=other, state="finished", reason="Alex asked for it", at=api.now)
    await api.person("p3")
    await erase(api, "p3")
    got = [plain(each) for each in (await read_events(api.database, EventsAsked(limit=1000))).items]
    assert {each["type"] for each in got} == set(MODELS)
    assert [each["id"] for each in got] == [f"event-{each['cursor']}" for each in got]
    for word in ("Alex", "@", "+44"):
        assert word not in str(got)
    of = {each["type"]: each["data"] for each in got}
    assert of["reply.received"] | {"label": "positive", "step": "one", "needs_review": False} == of["reply.received"]
    assert of["field.set"]["fields"] == {"person.status": "Interested"}
    assert (of["enrollment.stopped"]["reason"], of["enrollment.finished"]["reason"]) == ("replied.positive", None)
    assert len([each for each in got if each["type"] == "reply.received"]) == 1
    assert of["person.opted_out"]["topic"] == "news"


async def test_a_refusal_by_rule_is_told_once_until_it_has_passed(api: ApiRig) -> None:
    await api.person()

    async def refused(at: Any) -> None:
        one = {"person_id": "p1", "record_id": "p1", "reason": "window", "detail": "", "fields": [], "keeps": False}
        await api.rows("add_rule_refusals", sequence="hello", refusals=[one], at=at)

    for day in range(3):
        await refused(api.now + timedelta(days=day))
    assert len((await read_events(api.database, EventsAsked(types=["enrollment.refused"]))).items) == 1
    await api.execute("UPDATE refusal SET state = 'passed'")
    await refused(api.now + timedelta(days=3))
    assert len((await read_events(api.database, EventsAsked(types=["enrollment.refused"]))).items) == 2


async def test_a_poller_asks_for_types_people_and_the_newest(api: ApiRig) -> None:
    for number in ("p1", "p2"):
        await api.person(number)
    await api.publish()
    for number in ("p1", "p2"):
        await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": number})

    async def asked(query: str) -> Any:
        answer = await api.ask("GET", f"/events{query}")
        assert answer.status_code == 200, answer.text
        return answer.json()

    everything = await asked("")
    assert [each["type"] for each in everything["items"]] == [
        "sequence.published",
        "enrollment.enrolled",
        "enrollment.enrolled",
    ]
    assert (everything["more"], everything["cursor"]) == (False, "3")
    first = await asked("?limit=1")
    assert (first["more"], first["cursor"]) == (True, "1")
    rest = await asked(f"?after={first['cursor']}")
    assert [each["data"]["person"] for each in rest["items"]] == ["p1", "p2"]
    # The cursor also passes what was not asked for.
    none = await asked("?types=lead.*&types=task.done")
    assert (none["items"], none["cursor"]) == ([], "3")
    newest = await asked("?order=desc&limit=1")
    assert [each["cursor"] for each in newest["items"]] == ["3"]
    of_one = await asked("?person=p1&include=person")
    assert [each["subject"]["email"] for each in of_one["items"]] == ["p1@client.example"]
    assert [each["cursor"] for each in (await asked("?person=p1&order=desc"))["items"]] == ["2"]
    for query in ("?types=nothing.here", "?after=9000"):
        refused = await api.ask("GET", f"/events{query}")
        assert (refused.status_code, refused.json()["reason"]) == (409, "invalid")
    assert (await api.ask("GET", "/events?after=x")).status_code == 422


async def test_the_catalogue_describes_what_is_sent(api: ApiRig) -> None:
    types = (await api.ask("GET", "/events/catalogue")).json()["items"]
    assert [each["name"] for each in types] == list(MODELS)
    assert all(each["words"] and each["example"]["type"] == each["name"] for each in types)


async def test_who_waits_gets_the_next_event_at_once(api: ApiRig) -> None:
    waiting = asyncio.create_task(api.ask("GET", "/events?wait=30"))
    await asyncio.sleep(0)
    await api.publish()
    answer = (await waiting).json()
    assert [each["type"] for each in answer["items"]] == ["sequence.published"]
    empty = await wait_for_events(api.database, EventsAsked(answer["cursor"]), timedelta(seconds=0))
    assert (empty.items, empty.cursor) == ([], answer["cursor"])


async def test_a_cursor_that_the_stream_has_not_reached_is_refused(api: ApiRig) -> None:
    with pytest.raises(RefusedError, match="restored from a backup"):
        await read_events(api.database, EventsAsked("17"))
