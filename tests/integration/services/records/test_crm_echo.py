"""Through the CRM and back: a change that our own automation led to keeps its lineage."""

import asyncio
import json
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from fastapi import FastAPI, Request

from adapters.loop_server import LoopServer
from adapters.postgres.events import Events, NewEvent
from adapters.postgres.records import ChangeOrigin
from adapters.webhooks import Webhooks
from sequences import ids
from sequences.sending.callable_networks import parse_networks
from sequences.sending.deliveries import DeliveryCall
from sequences.tokens import TokenKind, sign
from services.records.crm import CrmIntake
from services.records.crm_writing import ItemWriter
from tests.support import by_name as queries
from tests.support.held_replies import deliveries_of
from tests.support.rigs.api import ApiRig


@pytest_asyncio.fixture
async def webhook(api: ApiRig) -> Any:
    """A run of ``hello`` (entered from ``first``) whose webhook was delivered over real HTTP: what the CRM got."""
    got = []
    crm = FastAPI()

    @crm.post("/relance")
    async def receive(request: Request) -> None:
        got.append(await request.json())

    enrollment = await api.enrolled()
    await api.execute("UPDATE enrollment SET lineage = '{first}' WHERE id = $1", enrollment)
    server = LoopServer(crm, "127.0.0.1", 0)
    await server.start()
    async with api.database.transaction() as connection:
        await queries.value(
            connection,
            "add_follow_up",
            id=ids.follow_up_id(enrollment, "finished", 0),
            enrollment_id=enrollment,
            cause="finished",
            event="finished",
            position=0,
            kind="webhook",
            state="pending",
            at=api.now,
            arguments={"webhook": {"url": f"http://127.0.0.1:{server.port}/relance"}},
        )
    webhooks = Webhooks(api.settings.hook_keys()[0], 30.0, networks=parse_networks("127.0.0.0/8"))
    call = DeliveryCall(ids.follow_up_id(enrollment, "finished", 0), api.now)
    assert (await deliveries_of(api, webhooks).deliver_follow_up(call)).state == "done"
    await webhooks.aclose()
    await server.stop()
    (body,) = got
    return body


def status(value: str, **more: Any) -> dict[str, Any]:
    return {"entity": "person", "id": "p1", "fields": {"status": value}} | more


async def told(api: ApiRig, *items: Any, event_id: str = "evt-1") -> Any:
    answer = await api.hook({"event_id": event_id, "changes": list(items)})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def lineage_of(api: ApiRig, column: str = "status") -> Any:
    return (await api.row("person_row", id="p1"))["field_lineage"].get(column)


async def ours(api: ApiRig, at: Any, **values: Any) -> None:
    """A write by a run of ``hello``."""
    async with api.database.transaction() as connection:
        await api.changes.write(
            connection, "person", "p1", values, ChangeOrigin("relance", at, lineage=["first", "hello"])
        )


async def test_a_change_with_the_webhooks_token_keeps_the_lineage_of_its_run(api: ApiRig, webhook: Any) -> None:
    assert webhook["lineage"] == ["first", "hello"]
    results = await told(api, status("Dead lead", echo=webhook["echo"]))
    assert (results[0]["status"], results[0]["lineage_by"]) == ("updated", "echo")
    assert await lineage_of(api) == ["first", "hello"]
    (row,) = await api.fetch("SELECT * FROM change WHERE event_id = 'evt-1'")
    assert (row["origin"], row["lineage"]) == ("crm", ["first", "hello"])
    # What somebody writes later, without the token, is the CRM's own word again.
    await told(api, status("Warm"), event_id="evt-2")
    assert await lineage_of(api) is None


async def test_an_event_carries_the_token_too_and_a_token_speaks_louder_than_a_list(api: ApiRig, webhook: Any) -> None:
    event = {"entity": "event", "person": "p1", "event": "placed", "at": api.now.isoformat(), "echo": webhook["echo"]}
    results = await told(api, event, status("New", echo=webhook["echo"], lineage=["other"]))
    assert [item["lineage_by"] for item in results] == ["echo", "echo"]
    assert (await lineage_of(api, "last_placed"), await lineage_of(api)) == (["first", "hello"],) * 2


async def test_a_token_of_the_old_key_is_good_during_a_rotation(api: ApiRig, webhook: Any) -> None:
    token = sign(TokenKind.ECHO, webhook["id"], b"hook-old-for-tests")
    assert (await told(api, status("Dead lead", echo=token)))[0]["lineage_by"] == "echo"


async def test_a_bad_token_refuses_its_change_and_no_other(api: ApiRig, webhook: Any) -> None:
    good = webhook["echo"]
    bad = [
        (good[:-1] + ("a" if good[-1] != "a" else "b"), "not a token that we signed"),
        (sign(TokenKind.ECHO, webhook["id"], b"another key"), "not a token that we signed"),
        (sign(TokenKind.REPLY, webhook["id"], b"hook-new-for-tests"), "not a token that we signed"),
        (sign(TokenKind.ECHO, "fnothing12345", b"hook-new-for-tests"), "unknown webhook"),
        ("", "not a token that we signed"),
        ("x" * 101, "echo: the token"),
    ]
    results = await told(api, *(status(f"S{n}", echo=token) for n, (token, _) in enumerate(bad)), status("Good"))
    assert [item["status"] for item in results] == ["refused"] * len(bad) + ["updated"]
    assert [why in item["reason"] for item, (_, why) in zip(results, bad, strict=False)] == [True] * len(bad)
    assert (await api.row("person_row", id="p1"))["status"] == "Good"


async def test_a_value_that_is_there_already_is_unchanged_and_keeps_its_lineage(api: ApiRig) -> None:
    await api.person()
    await ours(api, api.now, status="Dead lead")
    results = await told(api, status("Dead lead"))
    assert (results[0]["status"], "lineage_by" in results[0]) == ("unchanged", False)
    assert await lineage_of(api) == ["first", "hello"]


async def test_a_value_of_ours_that_comes_round_within_the_hour_keeps_its_lineage(api: ApiRig) -> None:
    await api.person()
    await ours(api, api.now - timedelta(minutes=59), status="Dead lead", city="Bath")
    # The CRM's own state was older; it overwrites ours, then hears of it and says the same.
    first = await told(api, status("Warm"))
    assert ("lineage_by" in first[0], await lineage_of(api)) == (False, None)
    second = await told(
        api, status("Dead lead") | {"fields": {"status": "Dead lead", "company": "Acme"}}, event_id="e2"
    )
    assert second[0]["lineage_by"] == "value"
    assert sorted(second[0]["fields"]) == ["person.company", "person.status"]
    assert await lineage_of(api) == ["first", "hello"]
    # Only the field that came round is ours; what else the item says is the CRM's.
    assert await lineage_of(api, "company") is None
    rows = await api.fetch("SELECT fields, lineage FROM change WHERE event_id = 'e2' ORDER BY id")
    assert [(row["fields"], row["lineage"]) for row in rows] == [
        (["person.company"], []),
        (["person.status"], ["first", "hello"]),
    ]


@pytest.mark.parametrize(("minutes", "value"), [(61, "Dead lead"), (5, "Dead  lead"), (5, "dead lead")])
async def test_an_hour_later_or_another_value_is_the_crms_own_word(api: ApiRig, minutes: int, value: str) -> None:
    await api.person()
    await ours(api, api.now - timedelta(minutes=minutes), status="Dead lead")
    await told(api, status("Warm"))
    results = await told(api, status(value), event_id="e2")
    assert ("lineage_by" in results[0], await lineage_of(api)) == (False, None)


async def test_the_window_can_be_closed_and_a_given_lineage_is_said_to_be_given(api: ApiRig) -> None:
    await api.person()
    await ours(api, api.now, status="Dead lead")
    intake = CrmIntake(
        api.database, ItemWriter(api.changes, origin="crm", echo_window=timedelta()), api.clock, api.wake
    )
    await intake.receive("e1", [status("Warm")])
    answer = await intake.receive("e2", [status("Dead lead")])
    assert "lineage_by" not in answer["results"][0]
    answer = await intake.receive("e3", [status("Cold", lineage=["other"])])
    assert (answer["results"][0]["lineage_by"], await lineage_of(api)) == ("given", ["other"])


async def test_echoes_at_once_are_applied_once_each(api: ApiRig, webhook: Any) -> None:
    events = [{"event_id": f"e{turn % 3}", "changes": [status("Dead lead", echo=webhook["echo"])]} for turn in range(9)]
    answers = await asyncio.gather(*(api.hook(json.dumps(event).encode()) for event in events))
    assert {answer.status_code for answer in answers} == {200}
    assert len(await api.fetch("SELECT 1 FROM change WHERE 'person.status' = ANY(fields)")) == 1
    assert await lineage_of(api) == ["first", "hello"]


@pytest.mark.parametrize(("minutes", "kept"), [(2, True), (-2, True), (90, False)])
async def test_our_own_mail_logged_by_the_crm_as_a_contact_keeps_its_lineage(
    api: ApiRig, minutes: int, kept: bool
) -> None:
    await api.person()
    async with api.database.transaction() as connection:
        written = NewEvent("p1", "last_contacted", api.now - timedelta(hours=3), "s1")
        await Events().add(connection, written, ChangeOrigin("relance", api.now, lineage=["first", "hello"]))
    logged = (api.now - timedelta(hours=3) + timedelta(minutes=minutes)).isoformat()
    event = {"entity": "event", "person": "p1", "event": "contacted", "at": logged}
    (result,) = await told(api, event)
    assert result.get("lineage_by") == ("value" if kept else None)
    assert await lineage_of(api, "last_contacted") == (["first", "hello"] if kept else None)
