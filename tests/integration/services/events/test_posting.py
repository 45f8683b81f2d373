"""Subscriptions: at least once, in order for each person, whatever the receiver and our own processes do."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from standardwebhooks import Webhook

from sequences.events.catalogue import event_id
from services.events.post import LEASE, PostEvents
from services.events.read import EventsAsked, read_events
from starter.composition import webhooks_of
from starter.server.event_posts import EventPoster
from tests.support.erasing import erase
from tests.support.rigs.api import ApiRig, open_api_rig
from tests.support.servers.receivers import OK, Receiver, closes_in_the_middle, hangs, read_request, receiver, status

_ADD = """INSERT INTO stream_event (type, at, person_id, detail)
    VALUES ('person.opted_out', now(), $1, jsonb_build_object('channel', 'all', 'reason', $2::text, 'topic', NULL))"""


@pytest_asyncio.fixture
async def api(database_url: str) -> AsyncIterator[ApiRig]:
    async with open_api_rig(database_url, webhook_networks="127.0.0.0/8", operator="ops") as api:
        yield api


Posting = Callable[..., PostEvents]


@pytest_asyncio.fixture
async def posting_of(api: ApiRig) -> AsyncIterator[Posting]:
    """Makes a poster, as each process has one."""
    made = []

    def make(seconds: float | None = None) -> PostEvents:
        receivers = webhooks_of(api.settings, api.database, api.clock)
        if seconds is not None:
            receivers._seconds = seconds
        made.append(receivers)
        return PostEvents(api.database, receivers, api.clock, timedelta(hours=api.settings.deliver_for), "ops")

    yield make
    for each in made:
        await each.aclose()


async def subscribed(api: ApiRig, crm: Receiver, **asked: Any) -> str:
    made = await api.ask("POST", "/webhooks", json={"name": "crm", "url": crm.url()})
    assert made.status_code == 201, made.text
    answer = await api.ask("PUT", "/webhooks/crm/subscription", json=asked)
    assert answer.status_code == 200, answer.text
    return str(made.json()["secret"])


async def add(api: ApiRig, *events: str) -> None:
    """Events such as ``p1:a``: of a person, with a mark."""
    for each in events:
        person, _, mark = each.partition(":")
        await api.execute(_ADD, person, mark)


def got(crm: Receiver, person: str = "") -> list[str]:
    data = [json.loads(each.body)["data"] for each in crm.got]
    return [
        f"{each['person']}:{each['reason']}" for each in data if "reason" in each and person in ("", each["person"])
    ]


async def look(posting: PostEvents) -> None:
    """One look, and everything that it began, until there is nothing more to do now."""
    while await posting.read_stream():
        pass
    while rows := await posting.claim("test", 40):
        await asyncio.gather(*(posting.post(row, "test") for row in rows))


async def line(api: ApiRig) -> dict[str, Any]:
    answer = await api.ask("GET", "/webhooks/crm/subscription")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def test_events_are_posted_in_order_and_the_official_library_believes_them(
    api: ApiRig, posting_of: Posting
) -> None:
    async with receiver() as crm:
        secret = await subscribed(api, crm, types=["person.*"])
        await api.publish()
        await add(api, "p1:a", "p2:a", "p1:b", "p1:c")
        await look(posting_of())
        assert got(crm, "p1") == ["p1:a", "p1:b", "p1:c"]
        assert got(crm, "p2") == ["p2:a"]
        for request in crm.got:
            event = Webhook(secret).verify(request.body, request.headers)
            assert event["id"] == request.headers["webhook-id"]
        assert {request.headers["webhook-id"] for request in crm.got} == {event_id(n) for n in (2, 3, 4, 5)}
        now = await line(api)
        assert (now["cursor"], now["behind"], now["waiting"], now["state"]) == ("5", 0, 0, "active")


async def test_what_one_person_waits_for_holds_up_nobody_else(api: ApiRig, posting_of: Posting) -> None:
    def answer(body: bytes) -> bytes:
        return status(500) if b'"p1"' in body else OK

    async with deciding(answer) as crm:
        await subscribed(api, crm)
        posting = posting_of()
        await add(api, "p1:a", "p1:b", *(f"p{n}:a" for n in range(2, 12)))
        await look(posting)
        assert got(crm, "p1") == ["p1:a"]
        assert len(got(crm)) == 11
        await add(api, "p2:b")
        for _ in range(8):
            api.now += timedelta(minutes=5)
            await look(posting)
        # However often it fails: the others go on, and the rest of its person waits.
        assert set(got(crm, "p1")) == {"p1:a"}
        assert got(crm, "p2") == ["p2:a", "p2:b"]
        crm.answer = lambda _body: OK
        api.now += timedelta(hours=2)
        await look(posting)
        assert got(crm, "p1")[-2:] == ["p1:a", "p1:b"]
        ids = {each.headers["webhook-id"] for each in crm.got if b'"a"' in each.body and b'"p1"' in each.body}
        assert len(ids) == 1


async def test_an_event_that_is_never_taken_is_given_up_and_told_once(api: ApiRig, posting_of: Posting) -> None:
    async with receiver(status(400)) as crm:
        await subscribed(api, crm)
        posting = posting_of()
        await add(api, "p1:a", "p1:b")
        for _ in range(12):
            await look(posting)
            api.now += timedelta(hours=8)
        assert got(crm)[-1] == "p1:b"
        tries = (await api.ask("GET", "/webhooks/crm/tries")).json()["items"]
        assert "dead" in {each["outcome"] for each in tries}
        assert (await line(api))["state"] == "active"


async def test_a_receiver_that_says_gone_is_told_once_and_resumed(api: ApiRig, posting_of: Posting) -> None:
    async with receiver(status(410)) as crm:
        await subscribed(api, crm)
        posting = posting_of()
        await add(api, *(f"p{n}:a" for n in range(5)))
        await look(posting)
        now = await line(api)
        assert (now["state"], now["reason"], now["waiting"]) == ("failed", "gone", 5)
        before = len(crm.got)
        api.now += timedelta(days=1)
        await look(posting)
        assert len(crm.got) == before
        told = await api.fetch("SELECT title FROM notification WHERE owner_id = 'ops'")
        assert len(told) == 1
        crm.answers[:] = [OK]
        assert (await api.ask("POST", "/webhooks/crm/subscription/resume")).json()["state"] == "active"
        await look(posting)
        assert {f"p{n}:a" for n in range(5)} <= set(got(crm))
        assert (await line(api))["waiting"] == 0


async def test_a_receiver_that_is_away_gets_everything_when_it_is_back(api: ApiRig, posting_of: Posting) -> None:
    async with receiver(status(503)) as crm:
        await subscribed(api, crm)
        posting = posting_of()
        await add(api, *(f"p{n % 6}:{n}" for n in range(30)))
        for _ in range(20):
            await look(posting)
            api.now += timedelta(minutes=7)
        tried = len(crm.got)
        # It is asked now and then, not by every event.
        assert tried < 60
        assert (await line(api))["next_try_at"] is not None
        crm.answers[:] = [OK]
        for _ in range(8):
            api.now += timedelta(hours=1, minutes=20)
            await look(posting)
        for person in range(6):
            assert got(crm, f"p{person}")[-5:] == [f"p{person}:{n}" for n in range(person, 30, 6)]
        assert (await line(api))["failures"] == 0


async def test_a_receiver_that_takes_nothing_for_too_long_rests_and_loses_nothing(
    api: ApiRig, posting_of: Posting
) -> None:
    async with receiver(status(503)) as crm:
        await subscribed(api, crm)
        posting = posting_of()
        await add(api, *(f"p{n}:a" for n in range(6)))
        for _ in range(40):
            await look(posting)
            api.now += timedelta(hours=3)
        now = await line(api)
        assert (now["state"], now["reason"], now["waiting"]) == ("failed", "took_nothing", 6)
        told = [row["title"] for row in await api.fetch("SELECT title FROM notification WHERE owner_id = 'ops'")]
        assert len([each for each in told if "any more" in each]) == 1


@pytest.mark.parametrize("way", ["hangs", "drops"])
async def test_a_receiver_that_hangs_or_drops_is_tried_again_under_the_same_id(
    api: ApiRig, way: str, posting_of: Posting
) -> None:
    async with receiver(hangs if way == "hangs" else closes_in_the_middle, OK) as crm:
        await subscribed(api, crm)
        # The fault makes one wait for it: the time of one post is short here.
        posting = posting_of(seconds=1.0)
        await add(api, "p1:a", "p1:b")
        await look(posting)
        assert got(crm) == ["p1:a"]
        api.now += timedelta(minutes=1)
        await look(posting)
        assert got(crm) == ["p1:a", "p1:a", "p1:b"]
        assert crm.got[0].headers["webhook-id"] == crm.got[1].headers["webhook-id"]


async def test_what_a_dead_process_had_begun_is_posted_again(api: ApiRig, posting_of: Posting) -> None:
    async with receiver() as crm:
        await subscribed(api, crm)
        dead, alive = posting_of(), posting_of()
        await add(api, "p1:a", "p1:b", "p2:a")
        await dead.read_stream()
        claimed = await dead.claim("dead", 40)
        assert [row.person_id for row in claimed] == ["p1", "p2"]
        # It dies after the post of one and before it says so.
        await dead.receivers.post(
            crm.url(), b'{"data":{"person":"p1","reason":"a"}}', key=event_id(claimed[0].position)
        )
        await look(alive)
        assert got(crm) == ["p1:a"]
        api.now += LEASE + timedelta(seconds=1)
        await look(alive)
        assert got(crm, "p1") == ["p1:a", "p1:a", "p1:b"]
        assert crm.got[0].headers["webhook-id"] in {each.headers["webhook-id"] for each in crm.got[1:]}
        # What it says after all changes nothing.
        await dead.post(claimed[1], "dead")
        assert (await line(api))["waiting"] == 0


async def test_two_dispatchers_share_the_work_and_keep_the_order(api: ApiRig, posting_of: Posting) -> None:
    async with receiver() as crm:
        await subscribed(api, crm)
        await add(api, *(f"p{n % 7}:{n}" for n in range(70)))
        posters = [EventPoster(posting_of(), every=0.1) for _ in range(2)]
        tasks = [asyncio.create_task(poster.run()) for poster in posters]

        async def all_posted() -> bool:
            return bool((await line(api))["cursor"] == "70")

        await api.until(all_posted)
        for poster in posters:
            poster.stop()
        await asyncio.gather(*tasks)
        assert len(crm.got) == 70
        for person in range(7):
            assert got(crm, f"p{person}") == [f"p{person}:{n}" for n in range(person, 70, 7)]


async def test_a_replay_posts_everything_behind_a_cursor_once_more_with_the_same_ids(
    api: ApiRig, posting_of: Posting
) -> None:
    async with receiver() as crm:
        await subscribed(api, crm)
        posting = posting_of()
        await add(api, "p1:a", "p1:b", "p2:a")
        await look(posting)
        first = [each.headers["webhook-id"] for each in crm.got]
        crm.got.clear()
        asked = await api.ask("POST", "/webhooks/crm/subscription/replay", json={"after": "1"})
        assert asked.json()["replay"] == {"after": "1", "until": "3", "done": 0.0}
        await add(api, "p1:c")
        await look(posting)
        assert got(crm, "p1") == ["p1:b", "p1:c"]
        assert {each.headers["webhook-id"] for each in crm.got} == {*first[1:], event_id(4)}
        assert (await line(api))["replay"] is None
        wrong = await api.ask("POST", "/webhooks/crm/subscription/replay", json={"after": "99"})
        assert wrong.json()["reason"] == "invalid"


async def test_a_pause_keeps_everything_and_an_end_posts_nothing_more(api: ApiRig, posting_of: Posting) -> None:
    async with receiver() as crm:
        await subscribed(api, crm)
        posting = posting_of()
        assert (await api.ask("POST", "/webhooks/crm/subscription/pause")).json()["state"] == "paused"
        await add(api, "p1:a")
        await look(posting)
        assert crm.got == []
        await api.ask("POST", "/webhooks/crm/subscription/resume")
        await look(posting)
        assert got(crm) == ["p1:a"]
        assert (await api.ask("DELETE", "/webhooks/crm/subscription")).status_code == 200
        await add(api, "p1:b")
        await look(posting)
        assert got(crm) == ["p1:a"]
        assert (await api.ask("GET", "/webhooks/crm/subscription")).status_code == 404


async def test_names_and_addresses_go_only_to_who_asked_for_them(api: ApiRig, posting_of: Posting) -> None:
    async with receiver() as crm:
        await subscribed(api, crm)
        await api.person("p1")
        posting = posting_of()
        await add(api, "p1:a")
        await look(posting)
        await api.ask("PUT", "/webhooks/crm/subscription", json={"with_person": True})
        await add(api, "p1:b")
        await look(posting)
        first, second = (json.loads(each.body) for each in crm.got)
        assert "subject" not in first
        assert second["subject"]["email"] == "p1@client.example"


async def test_a_subscription_that_cannot_be_is_refused_in_words(api: ApiRig) -> None:
    async with receiver() as crm:
        await api.ask("POST", "/webhooks", json={"name": "crm", "url": crm.url()})
        wrong = await api.ask("PUT", "/webhooks/crm/subscription", json={"types": ["mesage.*"]})
        assert (wrong.status_code, "message.sent" in wrong.json()["detail"]) == (409, True)
        assert (await api.ask("PUT", "/webhooks/nobody/subscription", json={})).status_code == 404
        assert (await api.ask("POST", "/webhooks/crm/subscription/replay", json={})).status_code == 422


class Deciding(Receiver):
    """Answers by what came in."""

    answer: Callable[[bytes], bytes]

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while (request := await read_request(reader)) is not None:
                self.got.append(request)
                writer.write(self.answer(request.body))
                await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            return
        finally:
            writer.close()


class deciding:  # noqa: N801 - used as a function
    def __init__(self, answer: Callable[[bytes], bytes]) -> None:
        self._made = Deciding()
        self._made.answer = answer

    async def __aenter__(self) -> Deciding:
        self._server = await asyncio.start_server(self._made.serve, "127.0.0.1", 0)
        self._made.port = self._server.sockets[0].getsockname()[1]
        return self._made

    async def __aexit__(self, *_: object) -> None:
        self._server.close()


async def test_of_somebody_who_is_erased_the_id_is_posted_last_and_nothing_after_it(
    api: ApiRig, posting_of: Posting
) -> None:
    async with receiver() as crm:
        await subscribed(api, crm, types=["person.*"], with_person=True)
        await api.person("p1", first_name="Alex")
        await api.person("p2")
        await api.execute("UPDATE person SET merged_into = 'p1' WHERE id = 'p2'")
        posting = posting_of()
        await add(api, "p1:a", "p1:b", "p3:a")
        await posting.read_stream()
        # One is being posted, as slowly as it may, while its person is erased.
        (slow,) = [row for row in await posting.claim("slow", 40) if row.person_id == "p1"]
        await erase(api, "p1")
        await add(api, "p1:c", "p2:c", "p3:b")
        await look(posting)
        await posting.post(slow, "slow")
        assert got(crm, "p1") == ["p1:a"]
        api.now += LEASE
        await look(posting)
        bodies = [json.loads(each.body) for each in crm.got]
        told = [each for each in bodies if each["type"] == "person.erased"]
        told.sort(key=lambda each: str(each["data"]["person"]))
        assert [(each["data"], each.get("subject")) for each in told] == [
            ({"person": "p1"}, None),
            ({"person": "p2"}, None),
        ]
        assert [each["type"] for each in bodies if each["data"]["person"] in ("p1", "p2")][-2:] == ["person.erased"] * 2
        assert "p3:b" in got(crm, "p3")
        # Nor for pollers, also those that come later.
        await add(api, "p1:d", "p3:c")
        page = await read_events(api.database, EventsAsked(limit=1000))
        assert {each.type for each in page.items if getattr(each.data, "person", None) in ("p1", "p2")} == {
            "person.erased"
        }
        assert page.cursor == page.items[-1].cursor
        assert await api.fetch("SELECT FROM stream_event WHERE person_id = 'p1' AND type <> 'person.erased'") == []


async def test_that_somebody_was_erased_is_told_once_more_by_a_replay_and_is_nothing_left_to_erase(
    api: ApiRig, posting_of: Posting
) -> None:
    async with receiver() as crm:
        await subscribed(api, crm, types=["person.*"])
        await api.person("p1")
        posting = posting_of()
        await add(api, "p1:a")
        report = await erase(api, "p1")
        await posting.read_stream()
        # On its way, it is still to be posted though the person is asked for once more.
        assert await erase(api, "p1") == report
        api.now += LEASE
        await look(posting)
        assert (await api.ask("POST", "/webhooks/crm/subscription/replay", json={"after": "0"})).status_code == 200
        await look(posting)
        api.now += LEASE
        await look(posting)
        bodies = [json.loads(each.body) for each in crm.got]
        assert [each["type"] for each in bodies] == ["person.erased", "person.erased"]
        assert len({each["id"] for each in bodies}) == 1
