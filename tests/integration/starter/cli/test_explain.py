"""``relance explain``: every reason why somebody is or is not in a sequence, against a real Postgres."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

run = CliRunner()
AT = datetime(2026, 5, 4, 9, tzinfo=UTC)
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
ABOUT_PLACEMENTS = """
sequence: onboarding
name: Onboarding
record: placement
steps: [{id: one, email: hello}]
auto_enroll:
  real: {placement.status: [On Assignment]}
"""


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: object, status: int = 0) -> Any:
        done = await asyncio.to_thread(run.invoke, app, [str(each) for each in arguments])
        assert done.exit_code == status, done.output + str(done.exception)
        if status:
            return done.stderr
        return json.loads(done.stdout) if "--json" in arguments else done.output

    return call


@pytest.fixture
def publish(relance: Callable[..., Awaitable[Any]], tmp_path: Path) -> Callable[..., Awaitable[Any]]:
    """Publishes a sequence from its text, with its rules on."""
    for folder in ("templates", "sequences"):
        (tmp_path / folder).mkdir()
    (tmp_path / "templates" / "hello.email.txt").write_text("Subject: Hello\n\nHello.\n")

    async def write(text: str = RULES) -> Any:
        file = tmp_path / "sequences" / "one.yaml"
        file.write_text(text)
        return await relance("publish", file, "--json")

    return write


@pytest.fixture
async def ana(sql: Callable[..., Awaitable[Any]], publish: Callable[..., Awaitable[Any]]) -> None:
    """Ana meets every condition, and no change of hers waits; the rules have been on since before she was written."""
    await publish()
    await sql("UPDATE rule_state SET since = now() - interval '1 day'")
    await sql(
        "INSERT INTO person (id, first_name, last_name, status, email, last_contacted)"
        " VALUES ('p1', 'Ana', 'Example', 'Active', 'ana@example.com', now() - interval '3 years')"
    )
    await watched(sql)


async def watched(sql: Callable[..., Awaitable[Any]]) -> None:
    await sql("UPDATE change SET watched_at = now()")


async def test_a_condition_that_is_not_met_is_named_with_the_value_found(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("UPDATE person SET status = 'Placed'")
    found = await relance("explain", "p1", "hello", "--json")
    assert found["answer"] == "conditions"
    assert found["verdict"] == (
        "Ana Example is not in hello: 1 of 2 conditions is not met; person.status should be Active, found Placed."
    )
    assert [(each["field"], each["wanted"], each["true"]) for each in found["conditions"]] == [
        ("person.last_contacted", "more than 1 year ago or never", True),
        ("person.status", "Active", False),
    ]
    await sql("UPDATE person SET status = NULL")
    assert "found nothing" in (await relance("explain", "p1", "hello", "--json"))["verdict"]


async def test_nothing_happened_yet_or_a_change_waits_or_time_made_it_true(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    said = await relance("explain", "p1", "hello")
    assert "nothing that the rules read changed since they were switched on" in said
    assert "relance scan hello --existing" in said
    await sql("UPDATE person SET city = 'Leeds'")
    assert (await relance("explain", "p1", "hello", "--json"))["answer"] == "nothing_happened"
    await sql("UPDATE person SET status = 'New'")
    await sql("UPDATE person SET status = 'Active'")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["unwatched_changes"]) == ("change_waits", 2)
    await watched(sql)
    await sql("UPDATE person SET last_contacted = now() - interval '1 year 1 hour'")
    await watched(sql)
    found = await relance("explain", "p1", "hello", "--json")
    assert found["answer"] == "next_scan"
    assert found["edge"] > found["rules"]["since"]


async def test_an_open_run_says_since_when_how_and_because_of_what(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await entered(sql, state="active", lineage=["other"])
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["run"]["via"], found["run"]["lineage"]) == ("enrolled", "rule", ["other"])
    said = await relance("explain", "p1", "hello")
    assert "Ana Example is in hello since" in said
    assert "because of other" in said


async def test_an_open_run_says_which_steps_wait_for_day_zero(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await entered(sql, state="active")
    for position, (step, reason) in enumerate(
        [("week-before", "no_day_zero"), ("hello", None), ("luck", "no_day_zero")]
    ):
        await sql(
            "INSERT INTO enrollment_step (enrollment_id, step, position, state, reason) "
            "VALUES ('eaaaaaaaaaaa', $1, $2, 'planned', $3)",
            step,
            position,
            reason,
        )
    assert (await relance("explain", "p1", "hello", "--json"))["run"]["waits"] == ["week-before", "luck"]
    assert "week-before and luck wait for day zero" in await relance("explain", "p1", "hello")


async def test_an_open_run_says_what_its_next_step_waits_for(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await entered(sql, state="active")
    words = "retry after tls: the server's certificate is not trusted: certificate has expired"
    await sql(
        "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, reason) "
        "SELECT id, 'one', 1, 'planned', now(), $1 FROM enrollment",
        words,
    )
    assert (await relance("explain", "p1", "hello", "--json"))["run"]["next_reason"] == words
    assert words in " ".join((await relance("explain", "p1", "hello")).split())


async def test_a_window_keeps_out_until_it_is_over(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await entered(sql, window=timedelta(days=30))
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["refused"]) == ("refused", "window")
    assert [window["blocks"] for window in found["windows"]] == [True]
    assert "inside the re-enrollment window (until" in found["verdict"]
    assert [run["state"] for run in found["past_runs"]] == ["finished"]
    await sql("UPDATE reenrollment_window SET until = now() - interval '1 minute'")
    found = await relance("explain", "p1", "hello", "--json")
    assert found["refused"] is None
    assert [window["blocks"] for window in found["windows"]] == [False]


async def test_a_cycle_names_the_field_and_who_wrote_it(
    relance: Callable[..., Awaitable[Any]],
    ana: None,
    sql: Callable[..., Awaitable[Any]],
    publish: Callable[..., Awaitable[Any]],
) -> None:
    await written(sql, '{"status": ["hello", "other"], "city": ["hello"]}')
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["refused"]) == ("refused", "cycle")
    assert found["written"] == [{"field": "person.status", "by": ["hello", "other"], "blocks": True}]
    assert "caused by this sequence itself (person.status written by hello > other)" in found["verdict"]
    assert "hello > other" in await relance("explain", "p1", "hello")
    await written(sql, '{"status": ["other"]}')
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["refused"], found["written"][0]["blocks"]) == (None, False)
    await written(sql, '{"status": ["hello"]}')
    await publish(RULES + "  cycle_protection: window\n")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["refused"], found["written"][0]["blocks"]) == (None, False)


async def test_what_stands_in_the_way_beside_rules(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("UPDATE person SET email = NULL")
    assert (await relance("explain", "p1", "hello", "--json"))["refused"] == "unreachable"
    await sql("UPDATE person SET email = 'ana@example.com', city = 'Atlantis'")
    assert (await relance("explain", "p1", "hello", "--json"))["refused"] == "stop_when"
    await sql(
        "INSERT INTO suppression (person_id, channel, reason, source, since)"
        " VALUES ('p1', 'all', 'opt_out', 'x', '2026-02-03T10:00:00Z')"
    )
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["refused"], [each["reason"] for each in found["suppressions"]]) == ("suppressed", ["opt_out"])
    assert "must not be contacted (opt_out since 3 Feb 2026)" in found["verdict"]
    await sql("UPDATE person SET deleted_at = now()")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["deleted"], found["answer"]) == (True, "refused")


async def test_who_is_held_or_waits_is_told_so(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql(
        "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)"
        " VALUES ('baaaaaaaaaaa', 'hello', 1, 'change', 'held', 700, now())"
    )
    await sql("INSERT INTO rule_queue VALUES ('hello', 'p1', 'p1', 'baaaaaaaaaaa', 'held', now())")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["queue"]["batch"], found["queue"]["records"]) == ("held", "baaaaaaaaaaa", 700)
    assert "in a batch of 700 that awaits approval" in found["verdict"]
    await relance("approve", "hello")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], "is enrolled within a minute" in found["verdict"]) == ("waiting", True)


async def test_a_pause_of_the_whole_sequence_or_owner_is_told(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("UPDATE person SET owner_id = 'dana'")
    for number, (scope, key) in enumerate([("owner", "dana"), ("sequence", "other"), ("everything", "all")]):
        await sql(
            "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ($1, $2, $3, 'holiday', now(), 5)",
            f"haaaaaaaaaaa{number}",
            scope,
            key,
        )
    found = await relance("explain", "p1", "hello", "--json")
    assert [(hold["scope"], hold["key"], hold["reason"]) for hold in found["holds"]] == [
        ("everything", "all", "holiday"),
        ("owner", "dana", "holiday"),
    ]
    shown = await relance("explain", "p1", "hello")
    assert "the whole owner dana has been paused since" in shown
    assert "everything has been paused since" in shown


async def test_refusals_are_counted(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql(
        "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, times) VALUES"
        " ('hello', 'p1', 'p1', 'window', 'a window was open', 'rule', '2026-05-02T10:00:00Z',"
        " '2026-05-01T10:00:00Z', 9)"
    )
    found = await relance("explain", "p1", "hello", "--json")
    assert found["refusals"] == [
        {
            "reason": "window",
            "detail": "a window was open",
            "via": "rule",
            "times": 9,
            "first_at": "2026-05-01T10:00:00Z",
            "at": "2026-05-02T10:00:00Z",
            "state": "standing",
            "fields": [],
        }
    ]
    assert "Refused so far" in await relance("explain", "p1", "hello")


async def test_rules_that_are_off_or_broken_or_not_there(
    relance: Callable[..., Awaitable[Any]],
    ana: None,
    sql: Callable[..., Awaitable[Any]],
    publish: Callable[..., Awaitable[Any]],
) -> None:
    await sql("UPDATE rule_state SET broken = 'there is no field custom.gone any more'")
    assert "cannot be evaluated: there is no field" in (await relance("explain", "p1", "hello", "--json"))["verdict"]
    await sql("DELETE FROM rule_state")
    assert (await relance("explain", "p1", "hello", "--json"))["answer"] == "rules_off"
    await publish("sequence: hello\nname: Hello\nrecord: person\nsteps: [{id: one, email: hello}]\n")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["rules"]["state"]) == ("no_rules", "none")
    await entered(sql, state="active", version=2)
    assert (await relance("explain", "p1", "hello", "--json"))["answer"] == "enrolled"


async def test_a_sequence_about_placements_takes_the_one_that_runs_or_the_newest(
    relance: Callable[..., Awaitable[Any]],
    ana: None,
    sql: Callable[..., Awaitable[Any]],
    publish: Callable[..., Awaitable[Any]],
) -> None:
    await publish(ABOUT_PLACEMENTS)
    found = await relance("explain", "p1", "onboarding", "--json")
    assert (found["answer"], found["record"]) == ("no_record", None)
    await sql(
        "INSERT INTO placement (id, person_id, status) VALUES ('l1', 'p1', 'On Assignment'), ('l2', 'p1', 'Ended')"
    )
    found = await relance("explain", "p1", "onboarding", "--json")
    assert (found["record"], found["other_records"], found["answer"]) == ("l2", ["l1"], "conditions")
    found = await relance("explain", "p1", "onboarding", "--record", "l1", "--json")
    assert (found["record"], found["answer"]) == ("l1", "change_waits")
    await entered(sql, sequence="onboarding", record="l1", state="stopped", scope="record")
    found = await relance("explain", "p1", "onboarding", "--record", "l1", "--json")
    assert (found["refused"], "a record is enrolled only once" in found["verdict"]) == ("once", True)
    assert await relance("explain", "p1", "onboarding", "--record", "l9", status=3)
    assert "no sequence" in await relance("explain", "p1", "nothing", status=3)
    assert "no person" in await relance("explain", "p9", "hello", status=3)
    assert "omit the record" in await relance("explain", "p1", "hello", "--record", "l1", status=4)


async def written(sql: Callable[..., Awaitable[Any]], marks: str) -> None:
    """Fields as automation left them: a write past Relance would take the marks off."""
    await sql("ALTER TABLE person DISABLE TRIGGER person_forget_lineage")
    await sql("UPDATE person SET field_lineage = $1::jsonb", marks)
    await sql("ALTER TABLE person ENABLE TRIGGER person_forget_lineage")
    await watched(sql)


async def entered(
    sql: Callable[..., Awaitable[Any]],
    *,
    sequence: str = "hello",
    record: str = "p1",
    state: str = "finished",
    window: timedelta = timedelta(days=180),
    scope: str = "person",
    lineage: list[str] | tuple[Any, ...] = (),
    version: int = 1,
) -> None:
    """A run of Ana by rule, ten days ago, and the window that it opened."""
    at = datetime.now(UTC) - timedelta(days=10)
    ended = at + timedelta(days=3) if state in ("finished", "stopped") else None
    kind = "person" if record == "p1" else "placement"
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, lineage,"
        " state, enrolled_at, ended_at) VALUES ('eaaaaaaaaaaa', 'x', $1, $6, $2, $3, 'p1', 'rule', $4, $5, $7, $8)",
        sequence,
        kind,
        record,
        list(lineage),
        state,
        version,
        at,
        ended,
    )
    await sql(
        "INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at,"
        " until, state) VALUES ('waaaaaaaaaaa', $1, 'p1', $2, $3, 'eaaaaaaaaaaa', 'rule', $4, $5, 'open')",
        sequence,
        record,
        scope,
        at,
        at + window if scope == "person" else None,
    )


async def refused(sql: Callable[..., Awaitable[Any]], **values: Any) -> None:
    """What the watcher wrote of p1."""
    fields = {"reason": "unreachable", "detail": "no_email", "state": "standing", "at": AT, "fields": ["person.email"]}
    row = fields | values
    await sql(
        "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since, state, fields)"
        " VALUES ('hello', 'p1', 'p1', $1, $2, 'rule', $3, $3, $3, $4, $5)",
        row["reason"],
        row["detail"],
        row["at"],
        row["state"],
        row["fields"],
    )


async def test_a_refusal_that_still_holds_says_since_when_and_that_it_is_looked_at_again(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("UPDATE person SET email = NULL")
    await watched(sql)
    await refused(sql)
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["refused"]) == ("refused", "unreachable")
    assert found["verdict"] == (
        "Ana Example is not in hello: every condition is met, but refused: no e-mail address."
        " Refused on 4 May 2026. This is checked again when it changes, and by the daily scan."
    )


async def test_a_refusal_that_passed_is_named_and_never_is_nothing_changed(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await refused(sql)
    found = await relance("explain", "p1", "hello", "--json")
    assert found["answer"] == "next_scan"
    assert found["verdict"] == (
        "Ana Example is not in hello yet: every condition is met. Refused on 4 May 2026: no e-mail address;"
        " that no longer applies. The daily scan checks again; `relance enroll hello p1` does not wait for it."
    )
    assert found["refused_before"]["fields"] == ["person.email"]
    # Any change of hers makes the watcher look, not only of what the rule reads.
    await sql("UPDATE person SET city = 'Leeds'")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["unwatched_changes"]) == ("change_waits", 1)
    assert "Refused on 4 May 2026: no e-mail address" in found["verdict"]


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        ("window", "inside the re-enrollment window"),
        ("already_enrolled", "already has an open run of this sequence"),
        ("held", "awaits approval"),
    ],
)
async def test_a_refusal_that_nothing_brings_back_says_what_to_do(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]], reason: str, words: str
) -> None:
    await refused(sql, reason=reason, detail="x", fields=[])
    found = await relance("explain", "p1", "hello", "--json")
    assert found["answer"] == "refused_before"
    assert f"Refused on 4 May 2026: {words}; that no longer applies." in found["verdict"]
    assert "`relance enroll hello p1`" in found["verdict"]
    assert "nothing" not in found["verdict"]


async def test_a_refusal_before_the_last_entry_is_history(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await refused(sql, state="entered")
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["refused_before"]) == ("nothing_happened", None)


async def test_what_it_waited_for_was_written_by_the_sequence_itself(
    relance: Callable[..., Awaitable[Any]], ana: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await refused(sql, reason="stop_when", detail="the record already meets person.city", fields=["person.city"])
    await sql("UPDATE person SET city = 'Leeds'")
    await sql("""UPDATE person SET field_lineage = '{"city": ["hello"]}'""")
    await watched(sql)
    found = await relance("explain", "p1", "hello", "--json")
    assert (found["answer"], found["refused"]) == ("refused", "cycle")


async def test_a_person_whom_the_crm_has_not_told_yet(
    relance: Callable[..., Awaitable[Any]], publish: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await publish(ABOUT_PLACEMENTS)
    await sql("INSERT INTO placement (id, person_id, status) VALUES ('po1', 'late1', 'On Assignment')")
    said = await relance("explain", "late1", "onboarding", status=3)
    assert "has not sent the person late1 yet; placement po1 waits" in said
    await watched(sql)
    await sql("INSERT INTO person (id, first_name, email) VALUES ('late1', 'Late', 'late1@client.example')")
    found = await relance("explain", "late1", "onboarding", "--json")
    assert found["answer"] == "change_waits"
