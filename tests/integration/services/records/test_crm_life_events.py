"""Events in the life of a person: told by the CRM, written by our own sends and by replies."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from adapters.postgres.events import KINDS, Events, NewEvent
from adapters.postgres.records import ChangeOrigin
from sequences import ids
from sequences.definition.reactions import ReactionKind
from sequences.definition.rules import HistoricalEvent
from sequences.tokens import TokenKind
from services.intake.store_inbound import Arrival, store_arrival
from tests.support.rigs.api import ApiRig

AT = datetime(2027, 3, 1, 9, 0, tzinfo=UTC)
WORDS = {
    "contacted": "last_contacted",
    "shortlisted": "last_shortlisted",
    "interviewed": "last_interviewed",
    "placed": "last_placed",
    "replied": "last_replied",
    "resume_updated": "resume_updated",
}


def life(word: str = "contacted", at: datetime | str = AT, person: str = "p1", **more: Any) -> dict[str, Any]:
    return {
        "entity": "event",
        "person": person,
        "event": word,
        "at": at if isinstance(at, str) else at.isoformat(),
    } | more


async def told(api: ApiRig, *items: Any, event_id: str = "evt-1") -> Any:
    answer = await api.hook({"event_id": event_id, "changes": list(items)})
    assert answer.status_code == 200, answer.text
    return answer.json()["results"]


async def person(api: ApiRig, identity: str = "p1") -> Any:
    return await api.row("person_row", id=identity)


async def event_changes(api: ApiRig) -> list[dict[str, Any]]:
    return await api.fetch(
        "SELECT * FROM change WHERE fields[1] LIKE 'person.last%' OR fields[1] = 'person.resume_updated' ORDER BY id"
    )


def test_every_historical_condition_has_its_column() -> None:
    assert {*KINDS, "created"} == {event.value for event in HistoricalEvent}


@pytest.mark.parametrize("word", WORDS)
async def test_an_event_moves_its_column_and_leaves_history_and_a_change_row(api: ApiRig, word: str) -> None:
    await api.person()
    results = await told(api, life(word, "2027-03-01T10:00:00+01:00"))
    column = WORDS[word]
    assert results == [{"index": 0, "status": "created", "entity": "event", "id": "p1", "fields": [f"person.{column}"]}]
    assert (await person(api))[column] == AT
    (change,) = await event_changes(api)
    assert (change["entity"], change["fields"], change["origin"], change["event_id"], change["watched_at"]) == (
        "person",
        [f"person.{column}"],
        "crm",
        "evt-1",
        None,
    )
    assert (change["before"], datetime.fromisoformat(change["after"][column])) == ({column: None}, AT)
    history = await api.rows("events_of", person_id="p1")
    assert [(row["kind"], row["at"], row["origin"]) for row in history if row["kind"] != "created"] == [
        (column, AT, "crm")
    ]


async def test_an_older_event_is_history_only_and_the_same_one_again_is_nothing(api: ApiRig) -> None:
    await api.person()
    older = life(at=AT - timedelta(days=9))
    first = await told(api, life(), older)
    again = await told(api, life(), older, event_id="evt-2")
    assert [(item["status"], item["fields"]) for item in first] == [
        ("created", ["person.last_contacted"]),
        ("created", []),
    ]
    assert [item["status"] for item in again] == ["unchanged", "unchanged"]
    assert (await person(api))["last_contacted"] == AT
    assert len(await event_changes(api)) == 1
    assert len([row for row in await api.rows("events_of", person_id="p1") if row["kind"] == "last_contacted"]) == 2


async def test_an_id_of_the_crm_recognises_an_event_whose_time_was_corrected(api: ApiRig) -> None:
    await api.person()
    await told(api, life(id="call-7"))
    again = await told(api, life(at=AT + timedelta(hours=1), id="call-7"), event_id="evt-2")
    assert again[0]["status"] == "unchanged"
    assert (await person(api))["last_contacted"] == AT


BAD: list[tuple[dict[str, Any], str]] = [
    ({"person": "p9"}, "no person has that id"),
    ({"event": "called"}, "event: one of contacted"),
    ({"event": "created"}, "created comes from the person's created_at"),
    ({"event": ["contacted"]}, "event: one of contacted"),
    ({"at": "2027-03-01T09:00:00"}, "an instant with its offset"),
    ({"at": "2027-03-01"}, "an instant with its offset"),
    ({"at": 1809421200}, "an instant with its offset"),
    ({"at": "0001-01-01T00:00:00+14:00"}, "an instant with its offset"),
    ({"person": "a@client.example"}, "person: 1 to 64"),
    ({"id": "an id"}, "id: 1 to 64"),
    ({"fields": {}}, "an event has no key 'fields'"),
    ({"lineage": "x"}, "lineage"),
    ({"echo": 7}, "echo"),
    ({"echo": "e" + "a" * 40}, "echo: not a token that we signed"),
]


async def test_bad_events_are_refused_with_their_reasons_and_the_rest_goes_in(api: ApiRig) -> None:
    await api.person()
    ahead = life(at=api.now + timedelta(minutes=5, seconds=1))
    results = await told(
        api, life(), *(life() | bad for bad, _ in BAD), ahead, life("placed", api.now + timedelta(minutes=5))
    )
    first, *refused, last = results
    assert (first["status"], last["status"]) == ("created", "created")
    for result, why in zip(refused, [*(why for _, why in BAD), "more than 5 minutes ahead"], strict=True):
        assert result["status"] == "refused"
        assert why in result["reason"]
    assert await api.fetch("SELECT 1 FROM person_event WHERE person_id <> 'p1'") == []


async def test_a_thousand_events_of_which_one_is_refused(api: ApiRig) -> None:
    await api.person()
    items = [life(at=AT + timedelta(minutes=number)) for number in range(999)]
    items.insert(500, life(person="nobody"))
    results = await told(api, *items)
    assert [result["index"] for result in results if result["status"] == "refused"] == [500]
    assert (await person(api))["last_contacted"] == AT + timedelta(minutes=998)
    assert (await api.fetch("SELECT count(*) n FROM person_event WHERE kind = 'last_contacted'"))[0]["n"] == 999


async def test_the_same_events_at_once_are_written_once_and_the_newest_time_wins(api: ApiRig) -> None:
    await api.person()
    items = [life(at=AT + timedelta(hours=number)) for number in range(20)]
    sent = ({"event_id": f"e{turn}", "changes": items if turn % 2 else items[::-1]} for turn in range(6))
    answers = await asyncio.gather(*(api.hook(event) for event in sent))
    assert [answer.status_code for answer in answers] == [200] * 6
    fresh = [item for answer in answers for item in answer.json()["results"] if item["status"] == "created"]
    assert len(fresh) == 20
    assert (await person(api))["last_contacted"] == AT + timedelta(hours=19)


async def test_writers_without_a_common_lock_never_move_the_time_back(api: ApiRig) -> None:
    await api.person()

    async def one(number: int) -> None:
        async with api.database.transaction() as connection:
            event = NewEvent("p1", "last_contacted", AT + timedelta(hours=number), str(number))
            await Events().add(connection, event, ChangeOrigin("relance", api.now, lineage=["hello"]))

    await asyncio.gather(*(one(number) for number in (3, 19, 7, 1, 18, 2, 11, 5)))
    assert (await person(api))["last_contacted"] == AT + timedelta(hours=19)
    moved = [datetime.fromisoformat(row["after"]["last_contacted"]) for row in await event_changes(api)]
    assert sorted(moved) == moved


async def test_automation_marks_the_column_and_a_person_takes_the_mark_away(api: ApiRig) -> None:
    await api.person()
    await told(api, life(lineage=["hello", "again"]))
    assert (await person(api))["field_lineage"] == {"last_contacted": ["hello", "again"]}
    stale = await told(api, life(at=AT - timedelta(days=1)), event_id="evt-2")
    assert stale[0]["fields"] == []
    assert "last_contacted" in (await person(api))["field_lineage"]
    await told(api, life(at=AT + timedelta(days=1)), event_id="evt-3")
    assert (await person(api))["field_lineage"] == {}


async def test_created_is_the_crms_word_else_the_time_of_the_first_change(api: ApiRig) -> None:
    def new(identity: str, **fields: Any) -> dict[str, Any]:
        return {"entity": "person", "id": identity, "fields": {"first_name": "Alex", **fields}}

    days = {"a": "2026-05-04", "b": "2026-05-04T09:00:00+02:00", "c": "2026-05-04T09:00:00"}
    await told(api, *(new(key, created_at=text) for key, text in days.items()), new("d"))
    found = {key: (await person(api, key))["created"] for key in "abcd"}
    assert found == {
        "a": datetime(2026, 5, 4, tzinfo=UTC),
        "b": datetime(2026, 5, 4, 7, tzinfo=UTC),
        "c": datetime(2026, 5, 4, 9, tzinfo=UTC),
        "d": api.now,
    }
    results = await told(api, new("d", created_at="2020-01-01"), new("a", status="New"), event_id="evt-2")
    assert [item["fields"] for item in results] == [["person.created_at", "person.created"], ["person.status"]]
    assert (await person(api, "d"))["created"] == datetime(2020, 1, 1, tzinfo=UTC)
    history = await api.rows("events_of", person_id="d")
    assert [(row["kind"], row["at"]) for row in history] == [
        ("created", datetime(2020, 1, 1, tzinfo=UTC)),
        ("created", api.now),
    ]


# --- our own messages -------------------------------------------------------------------------------------------------


async def test_what_proves_an_unknown_send_makes_it_a_contact_at_its_own_time_with_lineage(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    await api.execute("UPDATE enrollment SET lineage = '{first}' WHERE id = $1", enrollment)
    send = await api.sent(enrollment, channel="sms")
    await api.execute("UPDATE send SET state = 'unknown' WHERE id = $1", send)
    for _ in range(2):
        form = {"MessageSid": "SM1", "MessageStatus": "delivered"}
        assert (await api.twilio(f"/twilio/status/{api.token(TokenKind.STATUS, send)}", form)).status_code == 204
    row = await person(api)
    assert row["last_contacted"] == api.now - timedelta(hours=1)
    assert row["field_lineage"] == {"last_contacted": ["first", "hello"]}
    (change,) = await event_changes(api)
    assert (change["origin"], change["lineage"]) == ("relance", ["first", "hello"])
    # Rules read the time; open runs are not held for it.
    assert await api.rows("reactions_of", enrollment_id=enrollment) == []


async def test_a_known_send_is_not_counted_again_when_a_reply_comes(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    send = await api.row("send_row", id=await api.sent(enrollment))
    arrival = Arrival("mail:1", "email", b"raw", "human", api.now, send=send, kind=ReactionKind.REPLIED)
    for _ in range(2):
        async with api.database.transaction() as connection:
            await store_arrival(connection, arrival)
    row = await person(api)
    assert (row["last_contacted"], row["last_replied"]) == (None, api.now)
    assert row["field_lineage"] == {}
    history = [row for row in await api.rows("events_of", person_id="p1") if row["kind"] == "last_replied"]
    assert [(row["source"], row["lineage"], row["origin"]) for row in history] == [
        (ids.inbound_id("mail:1"), [], "relance")
    ]


@pytest.mark.parametrize("kind", [ReactionKind.OUT_OF_OFFICE, ReactionKind.BOUNCED, ReactionKind.UNSUBSCRIBED, None])
async def test_what_no_person_wrote_is_no_reply(api: ApiRig, kind: ReactionKind | None) -> None:
    enrollment = await api.enrolled()
    send = await api.row("send_row", id=await api.sent(enrollment))
    async with api.database.transaction() as connection:
        await store_arrival(connection, Arrival("mail:2", "email", b"raw", "auto_reply", api.now, send=send, kind=kind))
    assert (await person(api))["last_replied"] is None
