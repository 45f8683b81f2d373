"""Publishing, previewing, scanning, approving, windows and fields, against a real Postgres; Temporal is a recorder."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sequences.errors import UnavailableError
from starter.cli.commands import enroll, publish
from starter.cli.main import app
from tests.support.rigs.cli import RecordedRules

run = CliRunner()
RULES = """
sequence: hello
name: Hello again
record: person
steps: [{id: one, email: hello}]
stop_when: {person.city: [Atlantis]}
auto_enroll:
  historical: {last_contacted: more than 1 year ago or never}
  real: {person.status: [Active]}
  prevent_reenrollment_within: 6 months
"""
PLAIN = "sequence: hello\nname: Hello\nrecord: person\nsteps: [{id: one, email: hello}]\n"


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    """Runs a command; gives its JSON, what it printed, or (with a status) its errors."""

    async def call(*arguments: object, status: int = 0, words: str | None = None) -> Any:
        done = await asyncio.to_thread(run.invoke, app, [str(each) for each in arguments], input=words)
        assert done.exit_code == status, done.output + str(done.exception)
        if status:
            return done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "hello.email.txt").write_text("Subject: Hello\n\nHello.\n")
    (tmp_path / "sequences").mkdir()
    made = tmp_path / "sequences" / "hello.yaml"
    made.write_text(RULES)
    return made


@pytest.fixture
async def people(sql: Callable[..., Awaitable[Any]]) -> None:
    """Ana and Ben would enter; Cy is suppressed, Di lives in Atlantis, Ed has no address, Fay does not match."""
    for number, (name, status, city, email) in enumerate(
        [
            ("Ana", "Active", None, "ana@example.com"),
            ("Ben", "Active", None, "ben@example.com"),
            ("Cy", "Active", None, "cy@example.com"),
            ("Di", "Active", "Atlantis", "di@example.com"),
            ("Ed", "Active", None, None),
            ("Fay", "Placed", None, "fay@example.com"),
        ],
        start=1,
    ):
        await sql(
            "INSERT INTO person (id, first_name, last_name, status, city, email)"
            " VALUES ($1, $2, 'Example', $3, $4, $5)",
            f"p{number}",
            name,
            status,
            city,
            email,
        )
    await sql(
        "INSERT INTO suppression (person_id, channel, reason, source, since)"
        " VALUES ('p3', 'all', 'opt_out', 'x', now())"
    )


async def test_a_preview_counts_each_condition_and_says_who_would_enter_and_why_others_would_not(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    found = await relance("preview", file, "--json")
    assert [(each["field"], each["records"]) for each in found["conditions"]] == [
        ("person.last_contacted", 6),
        ("person.status", 5),
    ]
    assert (found["matching"], found["would_enroll"], found["would_wait"], found["asked"]) == (5, 2, False, 4)
    assert found["refused"] == {"stop_when": 1, "suppressed": 1, "unreachable": 1}
    assert [(each["person"], each["name"]) for each in found["sample"]] == [
        ("p1", "Ana Example"),
        ("p2", "Ben Example"),
    ]
    assert len((await relance("preview", file, "--sample", "1", "--json"))["sample"]) == 1
    said = await relance("preview", file)
    for words in (
        "2 people would enter, 3 would not",
        "Ana Example (p1), Ben Example (p2)",
        "no person is enrolled twice within 6 months",
    ):
        assert words in said, said
    assert await sql("SELECT 1 FROM sequence_version") == []
    assert await sql("SELECT 1 FROM rule_state") == []


async def test_a_preview_says_what_would_wait(relance: Callable[..., Awaitable[Any]], people: None, file: Path) -> None:
    file.write_text(RULES + "  hold_above: 1\n  max_per_day: 1\n")
    said = await relance("preview", file)
    assert "all would wait for `relance approve hello`" in said
    assert "over 2 days" in said
    assert (await relance("preview", file, "--json"))["would_wait"] is True


async def test_a_preview_says_what_is_on_hold(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    assert (await relance("preview", file, "--json"))["holds"] == []
    await sql(
        "INSERT INTO hold (id, scope, key, reason, since, rate, asked_by) "
        "VALUES ('haaaaaaaaaaa', 'everything', 'all', 'wrong template', now(), 20, 'Dana')"
    )
    (hold,) = (await relance("preview", file, "--json"))["holds"]
    assert (hold["scope"], hold["asked_by"]) == ("everything", "Dana")
    said = await relance("preview", file)
    assert "by Dana (wrong template): they would be enrolled, and nothing is sent" in said


async def test_a_preview_of_a_file_without_rules(relance: Callable[..., Awaitable[Any]], file: Path) -> None:
    file.write_text(PLAIN)
    assert "no person is enrolled automatically" in await relance("preview", file)
    assert await relance("preview", file, "--json") == {"sequence": "hello", "auto_enroll": False}


async def test_publishing_switches_the_rules_on_and_schedules_the_scan(
    relance: Callable[..., Awaitable[Any]],
    people: None,
    file: Path,
    sql: Callable[..., Awaitable[Any]],
    rules: RecordedRules,
) -> None:
    said = await relance("publish", file)
    for words in ("2 people would enter", "hello version 1: published", "its rules are on", "--enroll-existing yes"):
        assert words in said, said
    assert [tuple(row) for row in await sql("SELECT sequence, version FROM rule_state")] == [("hello", 1)]
    assert (rules.schedules, rules.scans) == ({"hello": True}, [])
    again = (await relance("publish", file, "--json"))[0]
    assert (again["new"], again["rules"], again["preview"]) == (False, "on", None)


async def test_existing_people_enter_when_wanted(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, rules: RecordedRules
) -> None:
    done = (await relance("publish", file, "--enroll-existing", "yes", "--json"))[0]
    assert (done["scan"], done["schedule"], done["preview"]["would_enroll"]) == ("started", "ensured", 2)
    assert [(sequence, origin.value) for sequence, origin in rules.scans] == [("hello", "existing")]
    # Nothing is new, and they are wanted all the same.
    assert (await relance("publish", file, "--enroll-existing", "yes", "--json"))[0]["scan"] == "started"
    assert (await relance("publish", file, "--enroll-existing", "no", "--json"))[0]["scan"] is None


async def test_in_a_terminal_it_asks(
    relance: Callable[..., Awaitable[Any]],
    people: None,
    file: Path,
    sql: Callable[..., Awaitable[Any]],
    rules: RecordedRules,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(publish, "interactive", lambda: True)
    await relance("publish", file, status=1, words="n\n")
    assert await sql("SELECT 1 FROM sequence_version") == []
    said = await relance("publish", file, words="y\ny\n")
    assert "enroll those who match now (2 people)?" in said
    assert len(rules.scans) == 1
    file.write_text(RULES.replace("Active", "Placed"))
    await relance("publish", file, "--yes")
    assert len(rules.scans) == 1


async def test_temporal_away_publishes_all_the_same(
    relance: Callable[..., Awaitable[Any]],
    people: None,
    file: Path,
    sql: Callable[..., Awaitable[Any]],
    rules: RecordedRules,
) -> None:
    rules.error = UnavailableError("away")
    said = await relance("publish", file, "--enroll-existing", "yes")
    assert "hello version 1: published" in said
    assert "when `relance serve` next starts" in said
    assert "are not enrolled yet" in said
    assert len(await sql("SELECT 1 FROM rule_state")) == 1


async def test_a_version_without_rules_switches_them_off(
    relance: Callable[..., Awaitable[Any]],
    people: None,
    file: Path,
    sql: Callable[..., Awaitable[Any]],
    rules: RecordedRules,
) -> None:
    await relance("publish", file)
    file.write_text(PLAIN)
    said = await relance("publish", file)
    assert "its rules are off" in said
    assert await sql("SELECT 1 FROM rule_state") == []
    assert rules.schedules == {"hello": False}
    assert "its rules" not in await relance("publish", file)


async def test_another_window_applies_to_open_ones(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    await entered(sql, "p1", days=10)
    file.write_text(RULES.replace("6 months", "30 days"))
    assert "1 open window got the new length" in await relance("publish", file)
    row = (await sql("SELECT until - opened_at AS length, revision FROM reenrollment_window"))[0]
    assert (row["length"], row["revision"]) == (timedelta(days=30), 1)


async def test_loops_are_told_and_one_that_nothing_stops_is_not_published(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    writes = "reactions: [{on: finished, do: [{set_field: {person.status: Active}}]}]\n"
    file.write_text(RULES + writes)
    findings = (await relance("publish", file, "--json"))[0]["findings"]
    assert [(each["kind"], each["severity"]) for each in findings if each["kind"] == "loop"] == [("loop", "note")]
    there, back = ("reactions: [{on: finished, do: [{enroll: NAME}]}]\n".replace("NAME", n) for n in ("other", "hello"))
    unprotected = RULES + "  cycle_protection: window\n"
    file.write_text(unprotected + there)
    other = file.with_name("other.yaml")
    other.write_text(unprotected.replace("sequence: hello", "sequence: other") + back)
    said = await relance("publish", file, other, status=2)
    assert "nothing was published" in said
    assert "path: hello --[" in said
    assert len(await sql("SELECT 1 FROM sequence_version")) == 1


async def test_a_scan_is_followed_to_its_end(
    relance: Callable[..., Awaitable[Any]], file: Path, rules: RecordedRules
) -> None:
    assert "no sequence 'hello'" in await relance("scan", "hello", status=3)
    await relance("publish", file)
    state = await relance("scan", "hello", "--json")
    assert (state["origin"], state["enrolled"], state["refused"], state["done"]) == ("scan", 2, 1, True)
    rules.looks = 0
    assert "2 entered, 1 refused" in await relance("scan", "hello", "--existing")
    assert [origin.value for _, origin in rules.scans] == ["scan", "existing"]
    file.write_text(PLAIN)
    await relance("publish", file)
    assert "are on; publish it" in await relance("scan", "hello", status=4)
    assert len(rules.scans) == 2


async def test_batches_are_approved_or_discarded(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    assert "no one waits" in await relance("batches")
    await held(sql, "baaaaaaaaaaa", "p1", "p2")
    listed = await relance("batches", "--json")
    assert [(row["sequence"], row["state"], row["records"], row["batch_id"]) for row in listed] == [
        ("hello", "held", 2, "baaaaaaaaaaa")
    ]
    assert "approval" in await relance("batches")
    assert await relance("approve", "baaaaaaaaaaa", "--json") == {
        "key": "baaaaaaaaaaa",
        "decision": "approved",
        "records": 2,
    }
    assert {row["state"] for row in await sql("SELECT state FROM rule_queue")} == {"waiting"}
    assert "its turn (approved)" in await relance("batches")
    await held(sql, "bbbbbbbbbbbb", "p4")
    assert "discarded; 1 record will not be enrolled" in await relance("approve", "hello", "--discard")
    assert [row["record_id"] for row in await sql("SELECT record_id FROM rule_queue ORDER BY 1")] == ["p1", "p2"]
    assert "no batch awaits approval" in await relance("approve", "hello", status=3)


async def test_windows_are_shown_moved_and_lifted(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    assert "no person" in await relance("windows", "nobody", status=3)
    assert "never enrolled" in await relance("windows", "p1")
    assert "never enrolled in hello" in await relance("windows", "lift", "p1", "hello", status=4)
    await entered(sql, "p1", days=10)
    listed = await relance("windows", "p1", "--json")
    assert [(row["sequence"], row["state"], row["blocks"], row["via"]) for row in listed] == [
        ("hello", "open", True, "rule")
    ]
    moved = await relance("windows", "move", "p1", "hello", "--until", "2090-05-04", "--json")
    assert (moved["changed"], moved["window"]["until"]) == (True, "2090-05-04T00:00:00Z")
    assert (await relance("windows", "move", "p1", "hello", "--until", "2090-05-04", "--json"))["changed"] is False
    assert "2090-05-04 00:00Z" in await relance("windows", "show", "p1")
    assert "cannot be the end of a window" in await relance(
        "windows", "move", "p1", "hello", "--until", "soon", status=2
    )
    assert "past" in await relance("windows", "move", "p1", "hello", "--until", "2020-05-04", status=4)
    await relance("windows", "move", "p1", "hello", "--until", "6 months")
    lifted = await relance("windows", "lift", "p1", "hello", "--reason", "they asked", "--json")
    assert (lifted["changed"], lifted["window"]["state"], lifted["window"]["blocks"]) == (True, "lifted", False)
    assert "they asked" in lifted["window"]["reason"]
    assert "no change" in await relance("windows", "lift", "p1", "hello")
    assert "the last one is lifted" in await relance("windows", "move", "p1", "hello", "--until", "1 day", status=4)
    assert "lifted" in await relance("windows", "p1")


async def test_fields_are_listed_with_where_they_live(
    relance: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "shirt_size:text")
    lines = {line["name"]: line for line in await relance("fields", "--json")}
    assert lines["person.owner"]["lives"] == "person.owner_id"
    assert (lines["person.status"]["writable"], lines["person.status"]["in_rules"]) == (True, "real and qualitative")
    assert lines["person.resume"]["in_rules"] == "qualitative"
    assert lines["last_contacted"] | {"label": ""} == {
        "name": "last_contacted",
        "group": "person",
        "label": "",
        "type": "datetime",
        "choices": [],
        "lives": "person.last_contacted",
        "writable": False,
        "in_rules": "historical",
    }
    assert lines["person.full_name"]["lives"] is None
    assert "custom.shirt_size" in lines
    about_people = {line["name"] for line in await relance("fields", "--record", "person", "--json")}
    assert not any(name.startswith("placement.") for name in about_people)
    assert "person.status" in await relance("fields")


async def entered(
    sql: Callable[..., Awaitable[Any]],
    person: str,
    *,
    days: int,
    sequence: str = "hello",
    length: timedelta = timedelta(days=180),
    state: str = "open",
    run_state: str = "stopped",
) -> None:
    """A run by rule that opened a window ``days`` ago."""
    at = datetime.now(UTC) - timedelta(days=days)
    run_id = f"e{person}{days}aaaaaaaaaa"
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
        " enrolled_at) VALUES ($1, $1, $2, 1, 'person', $3, $3, 'rule', $4, $5)",
        run_id,
        sequence,
        person,
        run_state,
        at,
    )
    await sql(
        "INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at,"
        " until, state) VALUES ($1, $2, $3, $3, 'person', $4, 'rule', $5, $6, $7)",
        f"w{person}{days}aaaaaaaaaa",
        sequence,
        person,
        run_id,
        at,
        at + length,
        state,
    )


async def held(sql: Callable[..., Awaitable[Any]], batch: str, *people: Any) -> None:
    """A batch that awaits approval."""
    await sql(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)"
        " VALUES ($1, 'hello', 1, 'change', 'held', $2, now())",
        batch,
        len(people),
    )
    for person in people:
        await sql("INSERT INTO rule_queue VALUES ('hello', $1, $1, $2, 'held', now())", person, batch)


async def test_publishing_never_says_that_held_ones_enter(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path
) -> None:
    file.write_text(RULES + "  hold_above: 1\n")
    said = await relance("publish", file, "--enroll-existing", "yes")
    assert "not enrolled yet: 2 people wait for `relance approve hello`" in said
    assert "enter now" not in said


async def test_a_batch_that_waits_takes_in_whatever_a_publish_finds(
    relance: Callable[..., Awaitable[Any]], people: None, file: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    await sql(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)"
        " VALUES ('baaaaaaaaaaa', 'hello', 1, 'change', 'held', 1, now())"
    )
    found = await relance("preview", file, "--json")
    assert (found["standing"], found["would_wait"]) == (True, True)
    assert "not enrolled yet: 2 people wait" in await relance("publish", file, "--enroll-existing", "yes")


def _where_it_is_two_at_night() -> str:
    # Etc/GMT+13 and beyond do not exist, so at 15 UTC and later it is the next night.
    shift = (2 - datetime.now(UTC).hour + 12) % 24 - 12
    # The sign of Etc/GMT zones is the other way round (POSIX).
    return f"Etc/GMT{-shift:+d}" if shift else "Etc/GMT"


async def test_a_first_message_at_night_is_named_before_anything_is_sent(
    relance: Callable[..., Awaitable[Any]],
    people: None,
    file: Path,
    sql: Callable[..., Awaitable[Any]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await sql("UPDATE person SET timezone = $1", _where_it_is_two_at_night())
    shown = await relance("preview", file, "--json")
    assert shown["unsocial"] == 2
    assert shown["unsocial_example"].startswith("one on ")
    said = await relance("publish", file, "--enroll-existing", "no")
    assert "2 people would get the first message at night or on a weekend, such as one on" in " ".join(said.split())
    monkeypatch.setattr(enroll, "interactive", lambda: True)
    await relance("enroll", "hello", "p1", status=1, words="n\n")
    assert await sql("SELECT 1 FROM enrollment") == []
    done = await relance("enroll", "hello", "p1", "--yes", "--json")
    assert next(each.partition(":")[0] for each in done["warnings"]) == "unsocial_hour"
    file.write_text(RULES + "schedule: {window: any}\n")
    # That any time is meant is no reason not to say when it would be.
    assert (await relance("preview", file, "--json"))["unsocial"] == 1
    file.write_text(RULES + "schedule: {window: 09:00-17:00, weekdays_only: true}\n")
    assert (await relance("preview", file, "--json"))["unsocial"] == 0
