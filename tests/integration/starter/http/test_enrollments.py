"""Enrolling, reading and steering over HTTP."""

from typing import Any

import pytest

from sequences.runs.state import CommandKind
from tests.support.rigs.api import ApiRig

READS = ["/enrollments", "/people", "/tasks", "/leads", "/lists", "/notifications", "/unmatched"]
GUARDED = [("GET", path) for path in [*READS, "/enrollments/eabcdefghijk"]] + [
    ("POST", path)
    for path in ("/enrollments", *(f"/enrollments/eabcdefghijk/{kind}" for kind in ("pause", "resume", "stop")))
]


@pytest.mark.parametrize(
    "proof", [None, "", "Bearer", "Bearer wrong", "Bearer a-bearer-token-of-testsx", "Basic YTpi", "Bearer \xe9"]
)
async def test_without_the_token_nothing_is_read_or_steered(api: ApiRig, proof: str | None) -> None:
    headers = {} if proof is None else {b"Authorization": proof.encode("latin-1")}
    for method, path in GUARDED:
        answer = await api.http.request(method, path, headers=headers)
        assert answer.status_code == 401, path
        assert answer.headers["www-authenticate"] == "Bearer"
        assert set(answer.json()) == {"error", "detail", "hint"}


async def test_enrolling_starts_the_run(api: ApiRig) -> None:
    await api.person()
    await api.publish()
    answer = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"})
    assert answer.status_code == 202
    found = answer.json()
    assert found == {
        "enrollment": found["enrollment"],
        "workflow_id": "enrollment:hello:p1",
        "version": 1,
        "started": True,
        "warnings": [],
        "repeated": False,
    }
    assert api.runs.started == [found["enrollment"]]


async def test_the_answer_warns_of_steps_without_a_date_and_of_a_clock_that_is_a_guess(api: ApiRig) -> None:
    await api.person(phone=None)
    steps = [
        {"id": "welcome", "email": "hello/one"},
        {"id": "visa", "when": "7 days before day zero", "email": "hello/two"},
        {"id": "after", "when": "1 day after visa", "email": "hello/three"},
    ]
    await api.publish(day_zero="person.available_from", steps=steps)
    answer = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"})
    assert answer.json()["warnings"] == [
        "no_day_zero: visa and after wait for person.available_from",
        "no_time_zone: planned in the time zone of the organisation (UTC), because the time zone of the person is "
        "unknown",
    ]
    await api.person("p2", timezone="Asia/Tokyo", available_from="2099-01-01")
    answer = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p2"})
    assert answer.json()["warnings"] == []
    await api.publish("fixed", schedule={"timezone": "Europe/London"})
    answer = await api.ask("POST", "/enrollments", json={"sequence": "fixed", "person": "p1"})
    assert answer.json()["warnings"] == []


async def test_the_same_key_again_finds_the_same_enrollment(api: ApiRig) -> None:
    await api.person()
    await api.publish()
    asked = {"sequence": "hello", "person": "p1", "idempotency_key": "k-1"}
    first, again = [await api.ask("POST", "/enrollments", json=asked) for _ in range(2)]
    assert again.status_code == 202
    assert again.json()["enrollment"] == first.json()["enrollment"]
    assert again.json()["repeated"] is True


async def test_refusals_are_409_with_the_rule_and_a_row(api: ApiRig) -> None:
    await api.person("p2", email=None)
    await api.enrolled()
    twice = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p1"})
    silent = await api.ask("POST", "/enrollments", json={"sequence": "hello", "person": "p2"})
    assert (twice.status_code, silent.status_code) == (409, 409)
    assert twice.json()["reason"] == "already_enrolled"
    assert "no_email" in silent.json()["detail"]
    assert [row["reason"] for row in await api.rows("refusals_of", person_id="p1")] == ["already_enrolled"]


@pytest.mark.parametrize(
    ("asked", "status"),
    [
        ({"sequence": "hello", "person": "nobody"}, 404),
        ({"sequence": "unknown", "person": "p1"}, 404),
        ({"sequence": "Hello!", "person": "p1"}, 422),
        ({"sequence": "hello", "person": "p1@client.example"}, 422),
        ({"sequence": "hello", "person": "p1", "more": 1}, 422),
        ({"person": "p1"}, 422),
        ([], 422),
    ],
)
async def test_bad_requests_are_named_without_quoting_them(api: ApiRig, asked: Any, status: int) -> None:
    await api.person()
    await api.publish()
    answer = await api.ask("POST", "/enrollments", json=asked)
    assert answer.status_code == status
    assert set(answer.json()) == {"error", "detail", "hint"}
    assert "client.example" not in answer.text


async def test_lists_show_rows_and_filter(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    await api.enrolled("p2", state="paused")
    both = (await api.ask("GET", "/enrollments")).json()["items"]
    assert {row["record_id"] for row in both} == {"p1", "p2"}
    active = (await api.ask("GET", "/enrollments?sequence=hello&state=active")).json()["items"]
    assert [row["id"] for row in active] == [enrollment]
    assert (await api.ask("GET", "/enrollments?sequence=other")).json() == {"items": [], "next": None}
    assert (await api.ask("GET", "/enrollments?state=nonsense")).status_code == 422
    assert [row["id"] for row in (await api.ask("GET", "/people?limit=1")).json()["items"]] == ["p1"]
    assert (await api.ask("GET", "/people?limit=0")).status_code == 422


async def test_every_list_answers_with_what_is_in_it(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    at = api.now
    await api.execute(
        "INSERT INTO task (id, title, person_id, enrollment_id, created_at) VALUES ('t1', 'Call', 'p1', $1, $2)",
        enrollment,
        at,
    )
    await api.execute(
        "INSERT INTO lead (id, person_id, source, enrollment_id, created_at) VALUES ('l1', 'p1', 's', $1, $2)",
        enrollment,
        at,
    )
    await api.execute("INSERT INTO list_member (list, person_id, added_at) VALUES ('warm', 'p1', $1)", at)
    await api.execute(
        "INSERT INTO notification (id, owner_id, kind, title, created_at) VALUES ('n1', 'dana', 'k', 'Look', $1)", at
    )
    found = {path: (await api.ask("GET", path)).json()["items"] for path in READS}
    assert found["/tasks"][0]["title"] == "Call"
    assert found["/leads"][0]["source"] == "s"
    assert found["/lists"][0]["list"] == "warm"
    assert found["/notifications"][0]["owner_id"] == "dana"
    assert found["/unmatched"] == []


async def test_one_run_is_shown_with_its_story(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    await api.sent(enrollment)
    answer = await api.ask("GET", f"/enrollments/{enrollment}")
    assert answer.status_code == 200
    assert (answer.json()["enrollment"], answer.json()["state"]) == (enrollment, "active")
    assert answer.json()["moments"][0]["kind"] == "enrolled"
    assert (await api.ask("GET", "/enrollments/enothing12345")).status_code == 404
    assert (await api.ask("GET", "/enrollments/Robert';--")).status_code == 422


@pytest.mark.parametrize("kind", list(CommandKind))
async def test_commands_reach_the_run_under_their_key(api: ApiRig, kind: CommandKind) -> None:
    enrollment = await api.enrolled()
    more: dict[str, dict[str, Any]] = {"resume": {"mode": "skip"}, "skip": {"step": "one"}, "move": {"version": 2}}
    asked = {"id": "c-1", "reason": "on holiday", **more.get(kind, {})}
    answer = await api.ask("POST", f"/enrollments/{enrollment}/{kind}", json=asked)
    assert answer.json() == {"changed": True, "phase": "paused", "detail": "as asked"}
    [(workflow, command)] = api.runs.commands
    assert (workflow, command.kind, command.id, command.reason) == (
        "enrollment:hello:p1",
        kind,
        f"{kind}:c-1",
        "on holiday",
    )
    assert (command.mode, command.step) == {
        "resume": ("skip", ""),
        "skip": ("", "one"),
        "move": ("2", ""),
    }.get(kind, ("", ""))


@pytest.mark.parametrize(
    ("path", "body"),
    [("skip", {"step": "Not a step"}), ("send-now", {"mode": "skip"}), ("move", {}), ("move", {"version": 0})],
)
async def test_a_command_with_a_wrong_body_is_a_422_and_reaches_no_run(api: ApiRig, path: str, body: Any) -> None:
    enrollment = await api.enrolled()
    assert (await api.ask("POST", f"/enrollments/{enrollment}/{path}", json=body)).status_code == 422
    assert api.runs.commands == []


async def test_a_command_needs_no_body(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    assert (await api.ask("POST", f"/enrollments/{enrollment}/pause")).status_code == 200
    assert api.runs.commands[0][1].id.startswith("pause:")


async def test_a_closed_run_is_a_409_and_never_reaches_the_same_records_next_run(api: ApiRig) -> None:
    enrollment = await api.enrolled(state="stopped")
    answer = await api.ask("POST", f"/enrollments/{enrollment}/stop")
    assert answer.status_code == 409
    assert api.runs.commands == []


async def test_a_command_while_temporal_is_away_is_a_503_to_be_tried_again(api: ApiRig) -> None:
    enrollment = await api.enrolled()
    api.runs.down = True
    answer = await api.ask("POST", f"/enrollments/{enrollment}/stop")
    assert (answer.status_code, answer.json()["error"]) == (503, "unavailable")
    assert int(answer.headers["retry-after"]) > 0


async def test_a_command_to_a_run_that_temporal_does_not_have_yet_is_a_503(api: ApiRig) -> None:
    enrollment = await api.enrolled(state="starting")
    api.runs.closed.add("enrollment:hello:p1")
    assert (await api.ask("POST", f"/enrollments/{enrollment}/pause")).status_code == 503
