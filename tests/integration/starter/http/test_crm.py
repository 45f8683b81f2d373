"""The CRM's hook: who may post, what is applied, and what a second attempt finds."""

import asyncio
import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest

from starter.http.security import SIGNATURE_HEADER, TIMESTAMP_HEADER
from tests.support.rigs.api import ApiRig


def person(identity: str = "p1", **fields: Any) -> dict[str, Any]:
    return {"entity": "person", "id": identity, "fields": {"first_name": "Alex", **fields}}


def event(*changes: Any, event_id: str = "evt-1") -> dict[str, Any]:
    return {"event_id": event_id, "changes": list(changes)}


def about(identity: str) -> dict[str, str]:
    return {"entity": "person", "id": identity}


async def counts(api: ApiRig) -> tuple[Any, Any]:
    found = await api.fetch("SELECT (SELECT count(*) FROM person) p, (SELECT count(*) FROM change) c")
    return found[0]["p"], found[0]["c"]


async def test_a_signed_event_is_applied_and_answered_item_by_item(api: ApiRig) -> None:
    answer = await api.hook(event(person(email="a@client.example"), person("p2", status="New")))
    assert answer.status_code == 200
    assert answer.json() == {
        "event_id": "evt-1",
        "applied": 2,
        "refused": 0,
        "results": [
            {
                "index": 0,
                "status": "created",
                **about("p1"),
                "fields": ["person.first_name", "person.email", "person.created"],
            },
            {
                "index": 1,
                "status": "created",
                **about("p2"),
                "fields": ["person.first_name", "person.status", "person.created"],
            },
        ],
    }
    stored = await api.row("person_row", id="p1")
    assert (stored["first_name"], stored["email"]) == ("Alex", "a@client.example")
    changes = await api.fetch("SELECT * FROM change WHERE entity_id = 'p1'")
    assert [(row["origin"], row["event_id"], row["at"]) for row in changes] == [("crm", "evt-1", api.now)]
    assert api.woken == 1


async def test_a_hook_is_one_line_in_the_log_without_what_it_said(
    api: ApiRig, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    await api.hook(event(person(email="a@client.example"), {"entity": "person", "id": "p2", "fields": 3}))
    assert [each.getMessage() for each in caplog.records if each.name == "relance.hooks"] == [
        "a hook of the CRM: 1 applied, 1 refused"
    ]
    assert "client.example" not in caplog.text


async def test_the_old_key_is_good_during_a_rotation(api: ApiRig) -> None:
    assert (await api.hook(event(person()), secret=b"hook-old-for-tests")).status_code == 200


@pytest.mark.parametrize(
    "secret", [b"", b"hook", b"hook-new-for-tests, hook-old-for-tests", b"a-bearer-token-of-tests"]
)
async def test_a_wrong_signature_is_refused_and_nothing_is_stored(api: ApiRig, secret: bytes) -> None:
    answer = await api.hook(event(person()), secret=secret)
    assert answer.status_code == 401
    assert answer.json()["error"] == "unauthorized"
    assert "signature" in answer.json()["detail"]
    assert await counts(api) == (0, 0)


@pytest.mark.parametrize("off", [timedelta(seconds=-301), timedelta(seconds=301), timedelta(days=-400)])
async def test_an_old_or_future_timestamp_is_refused(api: ApiRig, off: timedelta) -> None:
    answer = await api.hook(event(person()), at=api.now + off)
    assert answer.status_code == 401
    assert "5 minutes" in answer.json()["detail"]
    assert await counts(api) == (0, 0)


@pytest.mark.parametrize("off", [-300, 300])
async def test_five_minutes_are_still_good(api: ApiRig, off: int) -> None:
    assert (await api.hook(event(person()), at=api.now + timedelta(seconds=off))).status_code == 200


MANGLED = [
    {},
    {"X-Relance-Timestamp": "1809421200"},
    {"X-Relance-Signature": "sha256=00"},
    {"X-Relance-Timestamp": "yesterday", "X-Relance-Signature": "sha256=00"},
    {"X-Relance-Timestamp": "-1", "X-Relance-Signature": "sha256=00"},
    {"X-Relance-Timestamp": "9" * 400, "X-Relance-Signature": "sha256=00"},
    {"X-Relance-Timestamp": "1809421200", "X-Relance-Signature": "sha256=\xe9"},
]


async def test_missing_or_mangled_headers_are_refused(api: ApiRig) -> None:
    for headers in MANGLED:
        encoded = {name.encode(): value.encode("latin-1") for name, value in headers.items()}
        answer = await api.http.post("/hooks/crm", content=b"{}", headers=encoded)
        assert answer.status_code == 401, headers
        assert set(answer.json()) == {"error", "detail", "hint"}


NOT_JSON = [b"", b"not json", b'{"event_id": "e", "changes": [NaN]}', b"\xff\xfe{}", b"[" * 100_000, b'{"a": 1']


async def test_a_body_that_is_not_json_is_a_400(api: ApiRig) -> None:
    for body in NOT_JSON:
        answer = await api.hook(body)
        assert answer.status_code == 400, body[:20]
        assert "JSON" in answer.json()["detail"]


NO_EVENT = [
    [],
    {},
    {"changes": []},
    {"event_id": "e"},
    {"event_id": "", "changes": []},
    {"event_id": "a b", "changes": []},
    {"event_id": "e\x00", "changes": []},
    {"event_id": "e\n", "changes": []},
    {"event_id": "e", "changes": {}},
    {"event_id": "e", "changes": [], "more": 1},
    {"event_id": "e", "changes": [{}] * 1001},
]


async def test_json_that_is_no_event_is_a_422(api: ApiRig) -> None:
    for sent in NO_EVENT:
        answer = await api.hook(sent)
        assert answer.status_code == 422, str(sent)[:40]
        assert answer.json()["error"] == "invalid"


async def test_a_body_that_is_too_large_is_a_413_with_and_without_a_length(api: ApiRig) -> None:
    body = b'{"event_id": "e", "changes": ["' + b"x" * 5_000_001 + b'"]}'
    assert (await api.hook(body)).status_code == 413

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(60):
            yield b"x" * 100_000

    signed = {TIMESTAMP_HEADER: "1800000000", SIGNATURE_HEADER: "sha256=x"}
    assert (await api.http.post("/hooks/crm", content=chunks(), headers=signed)).status_code == 413


async def test_the_same_event_again_gets_the_same_answer_and_changes_nothing(api: ApiRig) -> None:
    sent = event(person(), {"entity": "person", "id": "p9", "fields": {"nope": 1}})
    first = await api.hook(sent)
    api.now += timedelta(hours=1)
    again = await api.hook(json.dumps(sent, indent=4).encode())
    assert (first.status_code, again.status_code) == (200, 200)
    assert again.json() == first.json()
    assert await counts(api) == (1, 1)


async def test_the_same_id_with_other_changes_is_a_409(api: ApiRig) -> None:
    await api.hook(event(person()))
    answer = await api.hook(event(person(first_name="Sam")))
    assert answer.status_code == 409
    assert answer.json()["error"] == "refused"
    assert (await api.row("person_row", id="p1"))["first_name"] == "Alex"


async def test_the_same_event_twice_at_once_is_applied_once(api: ApiRig) -> None:
    answers = await asyncio.gather(*(api.hook(event(person())) for _ in range(6)))
    assert {answer.status_code for answer in answers} == {200}
    assert {json.dumps(answer.json()) for answer in answers} == {json.dumps(answers[0].json())}
    assert await counts(api) == (1, 1)


async def test_events_about_the_same_records_in_opposite_order_do_not_block_each_other(api: ApiRig) -> None:
    names = [f"p{number}" for number in range(30)]
    events = [
        event(
            *(person(name, status=str(turn)) for name in (names if turn % 2 else reversed(names))), event_id=f"e{turn}"
        )
        for turn in range(8)
    ]
    answers = await asyncio.gather(*(api.hook(each) for each in events))
    assert [answer.status_code for answer in answers] == [200] * 8


REFUSED = [
    ("no object", "an object"),
    ({"entity": "person", "id": "p1", "extra": 1}, "no key 'extra'"),
    ({"entity": "company", "id": "c1"}, "one of owner"),
    ({"entity": ["person"], "id": "c1"}, "one of owner"),
    ({"entity": "person"}, "id: 1 to 64"),
    ({"entity": "person", "id": "alex@client.example"}, "no address"),
    ({"entity": "person", "id": "x" * 65}, "id: 1 to 64"),
    ({"entity": "person", "id": True}, "id: 1 to 64"),
    ({"entity": "person", "id": "p\n"}, "id: 1 to 64"),
    ({"entity": "person", "id": "p1", "fields": []}, "fields: an object"),
    ({"entity": "person", "id": "p1", "fields": {"frist_name": "A"}}, "Did you mean `first_name`?"),
    ({"entity": "person", "id": "p1", "fields": {"full_name": "A"}}, "no field 'full_name'"),
    ({"entity": "person", "id": "p1", "fields": {"field_lineage": "{}"}}, "no field 'field_lineage'"),
    ({"entity": "person", "id": "p1", "fields": {"id": "p2"}}, "beside the fields"),
    ({"entity": "person", "id": "p1", "fields": {"available_from": "04/05/2027"}}, "a date such as"),
    ({"entity": "person", "id": "p1", "fields": {"available_from": "2027-02-30"}}, "a date such as"),
    ({"entity": "person", "id": "p1", "fields": {"type": "Robot"}}, "one of Candidate, Client contact"),
    ({"entity": "person", "id": "p1", "fields": {"owner": "dana@agency.example"}}, "person.owner: 1 to 64"),
    ({"entity": "person", "id": "p1", "fields": {"first_name": ["A"]}}, "a string, a number or null"),
    ({"entity": "person", "id": "p1", "fields": {"first_name": True}}, "a string, a number or null"),
    ({"entity": "person", "id": "p1", "fields": {"first_name": "A\x00"}}, "not text"),
    ({"entity": "person", "id": "p1", "fields": {"first_name": "\ud800"}}, "not text"),
    ({"entity": "person", "id": "p1", "fields": {"first_name": "x" * 10_001}}, "longer than"),
    ({"entity": "person", "id": "p1", "deleted": "yes"}, "true or false"),
    ({"entity": "owner", "id": "o1", "deleted": True}, "only a person or a placement"),
    ({"entity": "person", "id": "p1", "lineage": ["Not A Slug"]}, "lineage"),
    ({"entity": "person", "id": "p1", "lineage": "hello"}, "lineage"),
    ({"entity": "placement", "id": "pl1", "fields": {"status": "Open"}}, "needs the id of its person"),
    ({"entity": "placement", "id": "pl1", "fields": {"person": None}}, "needs the id of its person"),
]


async def test_bad_changes_are_refused_with_their_reasons_and_the_rest_goes_in(api: ApiRig) -> None:
    answer = await api.hook(event(person("p7"), *(bad for bad, _ in REFUSED), person("p8")))
    assert answer.status_code == 200
    found = answer.json()
    assert (found["applied"], found["refused"]) == (2, len(REFUSED))
    first, *refused, last = found["results"]
    assert (first["status"], last["status"]) == ("created", "created")
    for result, (bad, why) in zip(refused, REFUSED, strict=True):
        assert result["status"] == "refused", bad
        assert why in result["reason"], bad
    # Nothing that was sent is quoted: it may be somebody's address.
    assert "client.example" not in answer.text
    assert "agency.example" not in answer.text
    assert await counts(api) == (2, 2)


async def test_values_are_normalised_and_an_empty_text_empties_the_field(api: ApiRig) -> None:
    fields = {
        "person.first_name": "  Alex ",
        "last_name": "",
        "available_from": "2027-06-01",
        "resume": True,
        "company": 42,
        "owner": 7,
        "phone": None,
    }
    await api.hook(event({"entity": "person", "id": 12, "fields": fields}))
    row = await api.row("person_row", id="12")
    found = {name: row[name] for name in ("first_name", "last_name", "available_from", "company", "owner_id", "phone")}
    assert found == {
        "first_name": "Alex",
        "last_name": None,
        "available_from": "2027-06-01",
        "company": "42",
        "owner_id": "7",
        "phone": None,
    }
    assert row["resume"] == "present"


async def test_zones_and_dates_as_other_systems_write_them_are_stored_in_one_form(api: ApiRig) -> None:
    answer = await api.hook(
        event(
            person(timezone="Eastern Standard Time", available_from="2027-07-05T00:00:00Z"),
            person("p2", timezone="europe/london", available_from="2027-07-05T00:00:00-05:00"),
            person("p3", timezone="UTC+2"),
            person("p4", available_from="2027-07-05T09:00:00Z"),
        )
    )
    first, second = [await api.row("person_row", id=each) for each in ("p1", "p2")]
    assert (first["timezone"], first["available_from"]) == ("America/New_York", "2027-07-05")
    assert (second["timezone"], second["available_from"]) == ("Europe/London", "2027-07-05")
    said = json.dumps(answer.json())
    assert "person.timezone: an offset is not a time zone" in said
    assert "person.available_from: a date such as 2027-05-04; this is a time of day" in said
    # The same told again in another form changes nothing.
    again = await api.hook(event(person(timezone="America/New_York", available_from="2027-07-05"), event_id="evt-2"))
    assert again.json()["results"][0]["status"] == "unchanged"


async def test_what_changes_nothing_is_unchanged_and_leaves_no_change_row(api: ApiRig) -> None:
    await api.hook(event(person()))
    answer = await api.hook(event(person(), event_id="evt-2"))
    assert [item["status"] for item in answer.json()["results"]] == ["unchanged"]
    assert await counts(api) == (1, 1)


async def test_a_changed_field_of_an_open_run_becomes_a_reaction_in_the_same_transaction(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    await api.hook(event(person(status="Ended")))
    reactions = await api.rows("reactions_of", enrollment_id=enrollment)
    assert [(row["kind"], row["holds"], row["detail"]) for row in reactions] == [
        ("field_changed", True, {"fields": ["person.status"]})
    ]


async def test_a_deleted_person_is_marked_announced_and_can_come_back(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    answer = await api.hook(event({"entity": "person", "id": "p1", "deleted": True}))
    assert answer.json()["results"][0] == {
        "index": 0,
        "status": "deleted",
        "entity": "person",
        "id": "p1",
        "fields": ["person.deleted"],
    }
    assert (await api.row("person_row", id="p1"))["deleted_at"] == api.now
    reactions = await api.rows("reactions_of", enrollment_id=enrollment)
    assert [row["detail"] for row in reactions] == [{"fields": ["person.deleted"]}]
    back = await api.hook(event({"entity": "person", "id": "p1", "deleted": False}, event_id="evt-2"))
    assert back.json()["results"][0]["status"] == "restored"
    assert (await api.row("person_row", id="p1"))["deleted_at"] is None


async def test_deleting_what_we_never_knew_makes_no_record(api: ApiRig) -> None:
    answer = await api.hook(event({"entity": "person", "id": "px", "deleted": True}))
    assert answer.json()["results"][0]["status"] == "unchanged"
    assert await counts(api) == (0, 0)


async def test_lineage_is_kept_until_the_crm_itself_writes_the_field(api: ApiRig) -> None:
    await api.hook(event({**person(status="Dead lead"), "lineage": ["hello"]}))
    assert (await api.row("person_row", id="p1"))["field_lineage"]["status"] == ["hello"]
    await api.hook(event(person(status="Warm"), event_id="evt-2"))
    assert "status" not in (await api.row("person_row", id="p1"))["field_lineage"]


async def test_a_failing_commit_acknowledges_nothing_and_tells_no_values(
    api: ApiRig, caplog: pytest.LogCaptureFixture
) -> None:
    await api.execute("ALTER TABLE crm_event ADD CONSTRAINT never CHECK (id <> 'evt-1')")
    answer = await api.hook(event(person(email="secret@client.example")))
    assert answer.status_code == 500
    assert await counts(api) == (0, 0)
    assert "secret" not in caplog.text + answer.text
    await api.execute("ALTER TABLE crm_event DROP CONSTRAINT never")
    assert (await api.hook(event(person(email="secret@client.example")))).status_code == 200


async def test_a_thousand_changes_go_in_at_once(api: ApiRig) -> None:
    answer = await api.hook(event(*(person(f"p{number}") for number in range(1000))))
    assert answer.json()["applied"] == 1000
    assert await counts(api) == (1000, 1000)
