"""The outbox of what goes out: handed over, listed, tried anew, and what 0.1 left in it."""

import asyncio
import logging
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from adapters.postgres import listings
from sequences.sending.deliveries import NET, Delivered, DeliveryCall, DeliveryVerdict, GiveUpCall, ReceiverAnswer
from starter.local.postgres import LocalPostgres
from starter.server.outbox import Dispatcher
from tests.support.deliveries import DELIVERY_URL, add_delivery
from tests.support.held_replies import deliveries_of
from tests.support.rigs.api import ApiRig

AWAY, GONE, DONE = (
    ReceiverAnswer(DeliveryVerdict.AGAIN, "HTTP 500"),
    ReceiverAnswer(DeliveryVerdict.NEVER, "HTTP 404: it refuses"),
    ReceiverAnswer(DeliveryVerdict.DONE, "HTTP 200"),
)


class Crm:
    def __init__(self, *answers: Any) -> None:
        self.answers = list(answers)
        self.keys: list[str] = []

    async def post(self, url: str, body: bytes, *, key: str) -> Any:
        self.keys.append(key)
        return self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]


@pytest.fixture
async def run(api: ApiRig) -> str:
    """A run whose person has an owner."""
    await api.execute("INSERT INTO owner (id, first_name, email) VALUES ('dana', 'Dana', 'dana@agency.example')")
    enrollment = await api.enrolled()
    await api.execute("UPDATE person SET owner_id = 'dana'")
    await api.execute("UPDATE enrollment SET owner_id = 'dana'")
    return enrollment


async def row_of(api: ApiRig, follow_up: Any) -> Any:
    return await api.row("follow_up_row", id=follow_up)


async def tried(api: ApiRig, crm: Crm, follow_up: Any, *, after: timedelta = timedelta(0)) -> Delivered:
    return await deliveries_of(api, crm).deliver_follow_up(DeliveryCall(follow_up, api.now + after))


async def test_each_is_handed_over_once_and_again_when_its_workflow_is_late(api: ApiRig, run: str) -> None:
    one, two = await add_delivery(api, run, 0), await add_delivery(api, run, 1, kind="enroll")
    dispatcher = Dispatcher(api, api.clock)
    await dispatcher.deliver()
    await dispatcher.deliver()
    assert sorted(api.deliveries.handed) == sorted([(one, "webhook", "hello"), (two, "enroll", "hello")])
    api.now += NET + timedelta(seconds=1)
    await dispatcher.deliver()
    assert len(api.deliveries.handed) == 4
    # One that waits for its next try is left alone until that is long past.
    await tried(api, Crm(AWAY), one)
    await api.execute("UPDATE follow_up SET state = 'done' WHERE id = $1", two)
    api.now += NET
    await dispatcher.deliver()
    assert len(api.deliveries.handed) == 4
    api.now += NET
    await dispatcher.deliver()
    assert [each[0] for each in api.deliveries.handed[4:]] == [one]


async def test_temporal_that_is_down_loses_none(api: ApiRig, run: str) -> None:
    follow_up = await add_delivery(api, run)
    api.deliveries.down = True
    async with api.dispatching():
        await asyncio.sleep(0)
        api.deliveries.down = False

        async def handed() -> bool:
            return [each[0] for each in api.deliveries.handed] == [follow_up]

        await api.until(handed)


async def test_tries_wait_longer_and_longer_until_the_deadline(
    api: ApiRig, run: str, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "relance.deliveries")
    follow_up = await add_delivery(api, run)
    crm, now, waits = Crm(AWAY), timedelta(0), []
    while (outcome := await tried(api, crm, follow_up, after=now)).again_at is not None:
        assert outcome.state == "pending"
        waits.append(outcome.again_at - api.now - now)
        now = outcome.again_at - api.now
        row = await row_of(api, follow_up)
        assert (row["result"], row["next_try_at"], row["tries"]) == ("HTTP 500", outcome.again_at, len(waits))
    assert (outcome.state, now) == ("dead", timedelta(days=3))
    assert timedelta(seconds=5) <= waits[0] < waits[1] < waits[2] < timedelta(seconds=26)
    assert max(waits) <= timedelta(hours=1.25)
    assert set(crm.keys) == {follow_up}
    [notice] = await api.listed(listings.NOTIFICATIONS)
    assert (notice["owner_id"], notice["kind"], notice["enrollment_id"]) == ("dana", "delivery_problem", run)
    assert notice["title"].startswith("webhook of Hello not delivered (given up after 3 days: HTTP 500)")
    # Once more, as by a worker that died over the answer: over is over, and told once.
    assert (await tried(api, crm, follow_up, after=now)).state == "dead"
    assert len(await api.listed(listings.NOTIFICATIONS)) == 1
    records = [record for record in caplog.records if record.name == "relance.deliveries"]
    assert [record.levelno for record in records] == [logging.INFO] * len(waits) + [logging.WARNING]
    assert all(follow_up in record.getMessage() and DELIVERY_URL not in record.getMessage() for record in records)


async def test_a_receiver_that_refuses_is_dead_at_once_and_listed(api: ApiRig, run: str) -> None:
    follow_up = await add_delivery(api, run)
    assert (await tried(api, Crm(GONE), follow_up)).state == "dead"
    [line] = (await api.ask("GET", "/deliveries", params={"state": "dead"})).json()["items"]
    assert (line["id"], line["kind"], line["to"], line["event"]) == (follow_up, "webhook", DELIVERY_URL, "finished")
    assert (line["state"], line["reason"], line["tries"]) == ("dead", "HTTP 404: it refuses", 1)
    assert (line["enrollment"], line["owner"], line["next_try_at"]) == (run, "dana", None)
    assert (await api.ask("GET", "/deliveries", params={"state": "pending"})).json()["items"] == []
    assert (await api.http.get("/deliveries")).status_code == 401


async def test_a_receiver_that_is_gone_does_not_flood_its_owner(api: ApiRig, run: str) -> None:
    many = [await add_delivery(api, run, number) for number in range(40)]
    for number, follow_up in enumerate(many):
        await tried(api, Crm(GONE), follow_up, after=timedelta(seconds=number))
    notices = await api.listed(listings.NOTIFICATIONS)
    assert len(notices) == 21
    assert notices[0]["title"] == "more deliveries failed; `relance deliveries --dead` lists them"
    assert len((await api.ask("GET", "/deliveries", params={"state": "dead"})).json()["items"]) == 40
    # Another hour, another word.
    later = await add_delivery(api, run, 99)
    await tried(api, Crm(GONE), later, after=timedelta(hours=2))
    assert len(await api.listed(listings.NOTIFICATIONS)) == 22


async def test_what_is_tried_anew_begins_from_the_beginning_with_the_same_key(api: ApiRig, run: str) -> None:
    follow_up = await add_delivery(api, run)
    crm = Crm(GONE, GONE, DONE)
    await tried(api, crm, follow_up)
    answer = await api.ask("POST", f"/deliveries/{follow_up}/retry")
    assert (answer.status_code, answer.json()["state"], answer.json()["tries"]) == (200, "pending", 0)
    await Dispatcher(api, api.clock).deliver()
    assert [each[0] for each in api.deliveries.handed] == [follow_up]
    # It dies once more: whoever is responsible hears of that too.
    assert (await tried(api, crm, follow_up, after=timedelta(days=9))).state == "dead"
    assert len(await api.listed(listings.NOTIFICATIONS)) == 2
    assert (await api.ask("POST", "/deliveries/retry")).json() == {"retried": 1}
    assert (await api.ask("POST", "/deliveries/retry")).json() == {"retried": 0}
    assert (await tried(api, crm, follow_up)).state == "done"
    refused = await api.ask("POST", f"/deliveries/{follow_up}/retry")
    assert (refused.status_code, "already delivered" in refused.json()["detail"]) == (409, True)
    assert (await api.ask("POST", "/deliveries/faaaaaaaaaaaa/retry")).status_code == 404
    assert (await api.ask("GET", "/deliveries")).json()["items"] == []
    assert [each["id"] for each in (await api.ask("GET", "/deliveries", params={"state": "done"})).json()["items"]] == [
        follow_up
    ]


async def test_one_that_is_made_to_wait_anew_while_it_is_tried_is_not_ended_by_that_try(api: ApiRig, run: str) -> None:
    follow_up = await add_delivery(api, run)

    class Slow(Crm):
        async def post(self, url: str, body: bytes, *, key: str) -> Any:
            await api.ask("POST", f"/deliveries/{follow_up}/retry")
            return await super().post(url, body, key=key)

    for answer in (GONE, AWAY):
        outcome = await tried(api, Slow(answer), follow_up)
        assert (outcome.state, outcome.again_at) == ("pending", None)
        row = await row_of(api, follow_up)
        assert (row["state"], row["tries"], row["next_try_at"]) == ("pending", 0, None)


async def test_the_list_comes_in_pages(api: ApiRig, run: str) -> None:
    wanted = [await add_delivery(api, run, number, at=api.now + timedelta(seconds=number // 2)) for number in range(5)]
    found, cursor = [], None
    while True:
        asked = {"limit": 2} | ({"cursor": cursor} if cursor else {})
        page = (await api.ask("GET", "/deliveries", params=asked)).json()
        found += [line["id"] for line in page["items"]]
        if (cursor := page["next"]) is None:
            break
    assert (len(found), set(found)) == (5, set(wanted))
    one = (await api.ask("GET", f"/deliveries/{wanted[0]}")).json()
    assert (one["id"], one["state"]) == (wanted[0], "pending")
    assert (await api.ask("GET", "/deliveries/f" + "a" * 12)).status_code == 404
    assert (await api.ask("GET", "/deliveries", params={"state": "gone"})).status_code == 422


async def test_a_fault_of_our_own_ends_it_with_a_reason(api: ApiRig, run: str) -> None:
    follow_up = await add_delivery(api, run)
    delivering = deliveries_of(api, Crm(DONE))
    given_up = await delivering.give_up_delivery(GiveUpCall(follow_up, "it failed on our side (KeyError)", api.now))
    assert given_up.state == "dead"
    assert (await row_of(api, follow_up))["result"] == "it failed on our side (KeyError)"
    assert len(await api.listed(listings.NOTIFICATIONS)) == 1
    # A second end changes nothing, and what there is not ends too.
    assert (await delivering.give_up_delivery(GiveUpCall(follow_up, "x", api.now))).state == "dead"
    assert (await delivering.give_up_delivery(GiveUpCall("fnothing12345", "x", api.now))).state == ""
    assert (await tried(api, Crm(DONE), "fnothing12345")).state == ""
    assert len(await api.listed(listings.NOTIFICATIONS)) == 1


async def test_a_fault_of_our_own_in_an_enrollment_counts_as_a_try(
    api: ApiRig, run: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    follow_up = await add_delivery(api, run, kind="enroll")

    async def broken(*_: object, **__: object) -> None:
        raise KeyError("a fault of ours")

    monkeypatch.setattr(type(api.enrolling), "enroll", broken)
    outcome = await tried(api, Crm(DONE), follow_up)
    assert (outcome.state, outcome.again_at is not None) == ("pending", True)
    assert (await row_of(api, follow_up))["result"] == "it failed on our side (KeyError)"


async def test_an_enrollment_that_is_tried_twice_happens_once(api: ApiRig, run: str) -> None:
    await api.publish("other")
    follow_up = await add_delivery(api, run, kind="enroll")
    assert (await tried(api, Crm(DONE), follow_up)).state == "done"
    entered = (await row_of(api, follow_up))["result"]
    # The answer got lost after the commit: the row still waits.
    await api.execute("UPDATE follow_up SET state = 'pending', result = NULL")
    assert (await tried(api, Crm(DONE), follow_up)).state == "done"
    assert (await row_of(api, follow_up))["result"] == entered
    assert len(await api.listed(listings.ENROLLMENTS, sequence="other")) == 1


async def test_what_old_runs_left_behind_is_delivered_while_it_is_young_and_closed_when_it_is_not(
    api: ApiRig, run: str, caplog: pytest.LogCaptureFixture
) -> None:
    await api.execute("UPDATE enrollment SET state = 'finished'")
    young = await add_delivery(api, run, 0, at=api.now - timedelta(days=2), left_behind=True)
    old = [await add_delivery(api, run, n, at=api.now - timedelta(days=30), left_behind=True) for n in (1, 2)]
    # Not of 0.1: however old, it gets its tries.
    late = await add_delivery(api, run, 3, at=api.now - timedelta(days=30))
    dispatcher = Dispatcher(api, api.clock)
    await dispatcher.deliver()
    await dispatcher.deliver()
    assert {each[0] for each in api.deliveries.handed} == {young, late}
    for follow_up in old:
        row = await row_of(api, follow_up)
        assert (row["state"], row["result"]) == ("dead", "left by Relance 0.1 and older than 3 days")
    [notice] = await api.listed(listings.NOTIFICATIONS)
    assert (notice["owner_id"], notice["title"].startswith("2 webhooks or enrollments")) == ("dana", True)
    assert "2 deliveries left by Relance 0.1 are dead" in caplog.text
    assert {
        line["id"] for line in (await api.ask("GET", "/deliveries", params={"state": "dead"})).json()["items"]
    } == set(old)
    # A person may want them all the same.
    assert (await api.ask("POST", "/deliveries/retry")).json() == {"retried": 2}
    await dispatcher.deliver()
    assert {each[0] for each in api.deliveries.handed} == {young, late, *old}
    assert (await tried(api, Crm(DONE), old[0])).state == "done"


async def test_a_database_of_0_1_is_taken_over_with_what_waits_in_it(
    postgres: LocalPostgres, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Rows as 0.1 left them: of a step, of an end, one that was refused, one that was done."""
    import shutil

    import asyncpg

    from adapters.postgres import migrations

    new = migrations.folder()
    for file in new.glob("*.sql"):
        if file.name < "0016":
            shutil.copy(file, tmp_path)
    admin = await asyncpg.connect(postgres.url_of("postgres"))
    await admin.execute("CREATE DATABASE of_0_1")
    url = postgres.url_of("of_0_1")
    try:
        monkeypatch.setattr(migrations, "folder", lambda: tmp_path)
        await migrations.apply(url)
        connection = await asyncpg.connect(url)
        at = datetime(2026, 11, 1, tzinfo=UTC)
        await connection.execute(
            "INSERT INTO person (id) VALUES ('p1');"
            "INSERT INTO sequence_version (sequence, version, fingerprint, definition, templates, published_at)"
            " VALUES ('hello', 1, 'f', '{}', '{}', now());"
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ('e1aaaaaaaaaa', 'w', 'hello', 1, 'person', 'p1', 'p1', 'hand', 'finished', now())"
        )
        rows = (
            ("step:go", "enroll", "pending"),
            ("finished", "webhook", "pending"),
            ("r1", "webhook", "failed"),
            ("r2", "notify", "done"),
        )
        for number, (cause, kind, state) in enumerate(rows):
            await connection.execute(
                "INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, at)"
                " VALUES ($1, 'e1aaaaaaaaaa', $2, 0, $3, '{}', $4, $5)",
                f"f{number}aaaaaaaaaa",
                cause,
                kind,
                state,
                at,
            )
        monkeypatch.setattr(migrations, "folder", lambda: new)
        await migrations.apply(url)
        found = await connection.fetch("SELECT cause, left_behind, tries, state FROM follow_up ORDER BY id")
        assert [tuple(row) for row in found] == [
            ("step:go", True, 0, "pending"),
            ("finished", True, 0, "pending"),
            ("r1", False, 0, "failed"),
            ("r2", False, 0, "done"),
        ]
        waiting = await connection.fetchval("SELECT count(*) FROM follow_up WHERE hand_at <= now()")
        assert waiting == 4
        await connection.close()
    finally:
        await admin.execute("DROP DATABASE of_0_1 WITH (FORCE)")
        await admin.close()


async def test_a_worker_of_the_old_kind_may_still_ask_for_all_of_a_run(api: ApiRig, run: str) -> None:
    """Histories that 0.1 began call it; the rows are in the outbox, and nothing waits."""
    from sequences.runs.state import RunCall

    follow_up = await add_delivery(api, run)
    crm = Crm(DONE)
    await deliveries_of(api, crm).deliver_follow_ups(RunCall(run, api.now))
    assert (crm.keys, (await row_of(api, follow_up))["state"]) == ([], "pending")
