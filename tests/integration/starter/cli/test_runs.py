"""Commands against a real Postgres; Temporal is a recorder behind the same port."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from sequences.errors import NotFoundError, RefusedError, SettingsError, UnavailableError
from sequences.runs.whereabouts import Whereabouts
from starter.cli.main import app
from starter.local.postgres import LocalPostgres
from tests.support.rigs.cli import RecordedRuns

BUSINESS, ONBOARDING = "examples/sequences/new-services.yaml", "examples/sequences/placement-onboarding.yaml"
NOW = datetime(2027, 4, 20, 10, tzinfo=UTC)
run = CliRunner()


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    """Runs a command and gives its JSON; ``status`` is the expected exit status."""

    async def call(*arguments: object, status: int = 0, as_json: bool = True) -> Any:
        given = [str(argument) for argument in arguments] + (["--json"] if as_json else [])
        # A thread: each command has an event loop of its own, as in a terminal.
        done = await asyncio.to_thread(run.invoke, app, given)
        assert done.exit_code == status, done.output
        if status:
            assert done.stdout == ""
            return done.stderr
        return json.loads(done.stdout) if as_json else done.stdout

    return call


@pytest.fixture
async def people(sql: Callable[..., Awaitable[Any]]) -> None:
    await sql("INSERT INTO owner (id, first_name, last_name) VALUES ('dana', 'Dana', 'Owner')")
    await sql(
        "INSERT INTO person (id, first_name, last_name, email, phone, timezone, owner_id) VALUES "
        "('p1', 'Ana', '[red]Example[/red]', 'ana@example.com', '+447700900123', 'Europe/London', 'dana'),"
        "('p2', 'Ben', 'Example', NULL, NULL, NULL, NULL)"
    )
    await sql(
        "INSERT INTO placement (id, person_id, start_date, job_title, owner_id)"
        " VALUES ('pl1', 'p1', '2027-05-04', 'Nurse', 'dana')"
    )


async def test_publish_says_new_then_unchanged_and_freezes_the_templates(
    relance: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    first = await relance("publish", BUSINESS, ONBOARDING)
    assert [(item["sequence"], item["version"], item["new"], item["auto_enroll"]) for item in first] == [
        ("new-services", 1, True, True),
        ("placement-onboarding", 1, True, True),
    ]
    assert [item["new"] for item in await relance("publish", BUSINESS)] == [False]
    rows = await sql("SELECT templates FROM sequence_version WHERE sequence = 'new-services'")
    assert len(rows) == 1
    templates = json.loads(rows[0]["templates"])
    assert sorted(templates) == ["bd/introduce", "bd/remind", "bd/thank-you"]
    assert templates["bd/introduce"]["subject"]
    said = await relance("publish", BUSINESS, as_json=False)
    assert "new-services version 1: unchanged" in said
    assert "its rules are on" in said


async def test_a_template_that_changed_makes_a_new_version(
    relance: Callable[..., Awaitable[Any]], tmp_path: Path
) -> None:
    (tmp_path / "sequences").mkdir()
    (tmp_path / "templates").mkdir()
    file, template = tmp_path / "sequences" / "a.yaml", tmp_path / "templates" / "hello.email.txt"
    file.write_text("sequence: a\nname: A\nrecord: person\nsteps: [{id: one, email: hello}]\n")
    template.write_text("Subject: Hello\n\nOne.\n")
    assert (await relance("publish", file))[0]["version"] == 1
    template.write_text("Subject: Hello\n\nTwo.\n")
    assert await relance("publish", file) == [
        {
            "file": str(file),
            "sequence": "a",
            "version": 2,
            "new": True,
            "auto_enroll": False,
            "rules": "none",
            "windows_changed": 0,
            "schedule": None,
            "scan": None,
            "enroll_existing": False,
            "preview": None,
            "findings": [],
            "fields_without_default": {},
            "forms": {},
        }
    ]


async def test_enroll_starts_a_run_and_the_same_key_finds_it_again(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, people: None
) -> None:
    await relance("publish", BUSINESS)
    accepted = await relance("enroll", "new-services", "p1", "--key", "k1")
    assert (accepted["version"], accepted["started"], accepted["repeated"]) == (1, True, False)
    assert [workflow for workflow, _ in runs.started] == ["enrollment:new-services:p1"]
    again = await relance("enroll", "new-services", "p1", "--key", "k1")
    assert (again["enrollment"], again["repeated"]) == (accepted["enrollment"], True)
    assert "already_enrolled" in await relance("enroll", "new-services", "p1", status=4)
    listed = await relance("enrollments", "--sequence", "new-services", "--state", "active")
    assert [(row["id"], row["person_id"], row["state"]) for row in listed] == [(accepted["enrollment"], "p1", "active")]
    assert listed[0]["enrolled_at"].endswith("Z")
    assert await relance("enrollments", "--sequence", "other") == []


async def test_enroll_while_temporal_does_not_answer_is_kept(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, people: None
) -> None:
    await relance("publish", BUSINESS)
    runs.error = UnavailableError("away")
    said = await relance("enroll", "new-services", "p1", as_json=False)
    assert "it starts as soon as Temporal answers" in said


async def test_enroll_refuses_with_a_reason(relance: Callable[..., Awaitable[Any]], people: None) -> None:
    assert "no sequence 'new-services'" in await relance("enroll", "new-services", "p1", status=3)
    await relance("publish", BUSINESS, ONBOARDING)
    assert "no person" in await relance("enroll", "new-services", "nobody", status=3)
    assert "unreachable: no e-mail address (no_email)" in await relance("enroll", "new-services", "p2", status=4)
    assert "placement" in await relance("enroll", "placement-onboarding", "p1", status=4)
    assert "another person" in await relance("enroll", "placement-onboarding", "p2", "--record", "pl1", status=4)
    accepted = await relance("enroll", "placement-onboarding", "p1", "--record", "pl1")
    assert accepted["workflow_id"] == "enrollment:placement-onboarding:pl1"


async def test_commands_reach_the_run_of_that_enrollment(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", BUSINESS)
    enrollment = (await relance("enroll", "new-services", "p1"))["enrollment"]
    answer = await relance("pause", enrollment[:10], "--reason", "holiday", "--key", "k")
    assert answer == {"enrollment": enrollment, "command": "pause", "changed": True, "phase": "paused", "detail": ""}
    await relance("resume", enrollment, "--mode", "skip")
    await relance("stop", enrollment, as_json=False)
    (first, pause), (_, resume), (_, stop) = runs.commands
    assert first == "enrollment:new-services:p1"
    assert (pause.id, pause.kind, pause.reason, resume.kind, resume.mode, stop.kind) == (
        "k",
        "pause",
        "holiday",
        "resume",
        "skip",
        "stop",
    )
    assert resume.id
    assert resume.id != stop.id
    answer = await relance("skip", enrollment, "remind", "--reason", "said on the phone")
    assert (answer["command"], answer["changed"]) == ("skip", True)
    assert "requested" in await relance("send-now", enrollment, as_json=False)
    skip, send_now = (command for _, command in runs.commands[3:])
    assert (skip.kind, skip.step, skip.reason) == ("skip", "remind", "said on the phone")
    assert (send_now.kind, send_now.step) == ("send-now", "")
    runs.error = RefusedError("run", "the run is not paused")
    assert "not paused" in await relance("resume", enrollment, status=4)
    runs.error = NotFoundError("the run is over")
    await sql("UPDATE enrollment SET state = 'starting'")
    assert "has not started in Temporal yet" in await relance("stop", enrollment, status=5)
    await sql("UPDATE enrollment SET state = 'stopped', reason = 'opt_out'")
    asked = len(runs.commands)
    # A newer run may own the workflow id by now.
    assert "the run is over: stopped (opt_out)" in await relance("stop", enrollment, status=4)
    assert len(runs.commands) == asked


async def test_show_tells_the_story(
    relance: Callable[..., Awaitable[Any]], people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", BUSINESS)
    enrollment = (await relance("enroll", "new-services", "p1"))["enrollment"]
    before = await relance("show", enrollment)
    assert [step["state"] for step in before["steps"]] == ["planned"] * 3
    await _story(sql, enrollment)
    story = await relance("show", enrollment)
    assert (story["person_name"], story["state"], story["reason"]) == (
        "Ana [red]Example[/red]",
        "stopped",
        "replied.positive (rule)",
    )
    assert [(step["step"], step["state"]) for step in story["steps"]] == [
        ("introduce", "sent"),
        ("remind", "cancelled"),
        ("thank-you-anyway", "unplanned"),
    ]
    assert [moment["kind"] for moment in story["moments"][1:]] == [
        "sent",
        "paused",
        "resumed",
        "reaction",
        "decision",
        "follow_up",
        "follow_up",
        "suppression",
        "stopped",
    ]
    reaction = story["moments"][4]
    assert (reaction["what"], reaction["text"]) == (
        "replied.positive to introduce",
        "Please tell me more\x1b[31m [bold]",
    )
    assert "confidence 0.98" in reaction["why"]
    assert story["moments"][7]["what"] == "task: Call Ana"
    assert (await relance("show", enrollment[:8]))["enrollment"] == enrollment
    told = await relance("show", enrollment, as_json=False)
    for words in (
        "Ana [red]Example[/red] (p1)",
        "Europe/London (person)",
        "Please tell me more\ufffd[31m [bold]",
        "task: Call Ana",
    ):
        assert words in told, told
    assert "\x1b" not in told
    assert "unknown enrollment" in await relance("show", "e" + "z" * 26, status=3)
    assert "unknown enrollment" in await relance("show", "e", status=3)


async def _story(sql: Callable[..., Awaitable[Any]], enrollment: str) -> None:
    at = [NOW + timedelta(hours=hour) for hour in range(10)]
    await sql(
        "UPDATE enrollment SET state = 'stopped', reason = 'replied.positive (rule)', enrolled_at = $1,"
        " started_at = NULL, ended_at = $2",
        NOW,
        at[5],
    )
    for table in ("enrollment_step", "enrollment_event"):
        await sql(f"DELETE FROM {table} WHERE enrollment_id = $1", enrollment)
    await sql(
        "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, decided_at, moved_by,"
        " timezone, timezone_source)"
        " VALUES ($1, 'introduce', 0, 'sent', $2, $2, '{}', 'Europe/London', 'person'),"
        " ($1, 'remind', 1, 'cancelled', $3, $3, '{weekend}', 'Europe/London', 'person')",
        enrollment,
        at[1],
        at[5],
    )
    await sql(
        "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, subject, content,"
        " text, planned_at, decided_at) VALUES ('saaaaaaaaaaaa', $1, 'introduce', 'p1', 'email', 'sent',"
        " 'a@example.com', 'b@example.com', 'News', '', '', $2, $2)",
        enrollment,
        at[1],
    )
    await sql("INSERT INTO enrollment_pause VALUES ($1, $2, $3, 'holiday', 'shift')", enrollment, at[2], at[3])
    await sql(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, reply_text, state)"
        " VALUES ('i1', 'i1', 'email', $1, '', 'human', E'Please tell me more\\x1b[31m [bold]', 'matched')",
        at[4],
    )
    await sql(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, send_id, inbound_id, holds, received_at, label,"
        " confidence, handled_at, decision, decision_reason)"
        " VALUES ('raaaaaaaaaaaa', 'k', $1, 'p1', 'replied', 'saaaaaaaaaaaa', 'i1', true, $2, 'positive', 0.98, $3,"
        " 'stop', 'replied.positive (rule)')",
        enrollment,
        at[4],
        at[5],
    )
    for number, (kind, arguments) in enumerate(
        [("add_to_list", {"add_to_list": "warm"}), ("create_task", {"create_task": {"title": "Call"}})]
    ):
        await sql(
            "INSERT INTO follow_up VALUES ($1, $2, 'raaaaaaaaaaaa', $3, $4, $5, 'done', NULL, $6)",
            f"f{number}aaaaaaaaaaa",
            enrollment,
            number,
            kind,
            json.dumps(arguments),
            at[5],
        )
    await sql(
        "INSERT INTO task (id, title, owner_id, person_id, enrollment_id, created_at)"
        " VALUES ('f1aaaaaaaaaaa', 'Call Ana', 'dana', 'p1', $1, $2)",
        enrollment,
        at[5],
    )
    await sql(
        "INSERT INTO suppression (person_id, channel, reason, source, since)"
        " VALUES ('p1', 'all', 'opt_out', 'raaaaaaaaaaaa', $1)",
        at[5],
    )
    await sql(
        "INSERT INTO enrollment_event (enrollment_id, at, kind, detail, key)"
        " VALUES ($1, $2, 'stopped', '{\"reason\": \"x\"}', 'closed')",
        enrollment,
        at[5],
    )


async def test_lists_of_rows(
    relance: Callable[..., Awaitable[Any]], people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", BUSINESS)
    enrollment = (await relance("enroll", "new-services", "p1"))["enrollment"]
    await _story(sql, enrollment)
    await sql("INSERT INTO lead VALUES ('f3', 'p1', 'new-services', 'dana', $1, $2)", enrollment, NOW)
    await sql("INSERT INTO list_member VALUES ('warm', 'p1', $1, $2)", NOW, enrollment)
    await sql(
        "INSERT INTO notification VALUES ('n1', 'dana', 'replied.positive', 'Ana replied', $1, 'p1', $2)",
        enrollment,
        NOW,
    )
    await sql(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, reply_text, state)"
        " VALUES ('i9', 'i9', 'sms', $1, '', 'human', 'Who?', 'unmatched')",
        NOW,
    )
    found = {name: await relance(name) for name in ("people", "tasks", "leads", "lists", "notifications", "unmatched")}
    assert [(row["id"], row["suppressed"]) for row in found["people"]] == [("p1", True), ("p2", False)]
    assert [row["title"] for row in found["tasks"]] == ["Call Ana"]
    assert found["leads"] == [
        {
            "id": "f3",
            "person_id": "p1",
            "source": "new-services",
            "owner_id": "dana",
            "enrollment_id": enrollment,
            "created_at": "2027-04-20T10:00:00Z",
        }
    ]
    assert [(row["list"], row["person_id"]) for row in found["lists"]] == [("warm", "p1")]
    assert [row["title"] for row in found["notifications"]] == ["Ana replied"]
    assert [row["reply_text"] for row in found["unmatched"]] == ["Who?"]
    assert len(await relance("people", "--limit", "1")) == 1
    for name, words in {
        "people": "Ana [red]Example[/red]",
        "tasks": "Call Ana",
        "leads": "Ana [red]Example[/red] (p1)",
        "lists": "warm",
        "notifications": "Ana replied",
        "unmatched": "Who?",
        "enrollments": "new-services v1",
    }.items():
        assert words in await relance(name, as_json=False)


async def test_a_database_without_tables_is_a_clear_error(
    relance: Callable[..., Awaitable[Any]], postgres: LocalPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELANCE_DATABASE_URL", postgres.url_of("postgres"))
    assert "no Relance tables yet" in await relance("tasks", status=2)


async def test_postgres_that_goes_away_in_the_middle_is_status_5(
    relance: Callable[..., Awaitable[Any]], database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    from starter.cli import row_names

    async def cut(connection: Any, _ids: Any) -> Any:
        other = await asyncpg.connect(database_url)
        try:
            await other.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        finally:
            await other.close()
        return await connection.fetch("SELECT 1")

    monkeypatch.setattr(row_names, "person_names", cut)
    assert "the connection to Postgres was lost" in await relance("tasks", status=5)


async def _open_run(relance: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]) -> Any:
    await relance("publish", BUSINESS)
    enrollment = (await relance("enroll", "new-services", "p1"))["enrollment"]
    await sql("UPDATE enrollment SET state = 'active', started_at = now()")
    return enrollment


async def test_show_closes_a_run_whose_workflow_is_gone(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    enrollment = await _open_run(relance, sql)
    await sql("INSERT INTO hold VALUES ('haaaaaaaaaaa', 'everything', 'all', 'x', now(), NULL, 20, 'Dana')")
    story = await relance("show", enrollment)
    assert (story["state"], [hold["scope"] for hold in story["holds"]]) == ("active", ["everything"])
    assert "by Dana (x): nothing is sent" in await relance("show", enrollment, as_json=False)
    runs.where = Whereabouts.TERMINATED
    story = await relance("show", enrollment)
    assert (story["state"], story["reason"]) == ("stopped", "ended outside: terminated in Temporal")
    assert story["moments"][-1]["kind"] == "stopped"


async def test_stop_of_a_run_whose_workflow_is_gone_is_done(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    enrollment = await _open_run(relance, sql)
    runs.error, runs.where = NotFoundError("the run is over"), Whereabouts.GONE
    answer = await relance("stop", enrollment)
    reason = "ended outside: Temporal does not know its workflow any more"
    assert (answer["changed"], answer["phase"], answer["detail"]) == (True, "closed", reason)
    assert "nothing left to do" in await relance("stop", enrollment, as_json=False)
    runs.error = None
    assert (await relance("enroll", "new-services", "p1"))["enrollment"] != enrollment


async def test_enroll_closes_the_run_whose_workflow_is_gone(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    enrollment = await _open_run(relance, sql)
    assert "already_enrolled" in await relance("enroll", "new-services", "p1", status=4)
    runs.where = Whereabouts.FAILED
    assert (await relance("enroll", "new-services", "p1"))["enrollment"] != enrollment
    [row] = await sql("SELECT reason FROM enrollment WHERE id = $1", enrollment)
    assert row["reason"] == "ended outside: its workflow failed in Temporal"


async def test_enroll_says_what_must_be_done_before_the_run_can_start(
    relance: Callable[..., Awaitable[Any]], runs: RecordedRuns, people: None
) -> None:
    await relance("publish", BUSINESS)
    runs.error = SettingsError("search attributes are missing: RelancePerson; add them: relance setup temporal")
    accepted = await relance("enroll", "new-services", "p1", "--key", "k")
    assert (accepted["started"], accepted["problem"]) == (False, str(runs.error))
    done = await asyncio.to_thread(run.invoke, app, ["enroll", "new-services", "p1", "--key", "other"])
    assert done.exit_code == 4  # accepted already, though it cannot start
    assert "as soon as Temporal answers" not in done.output
