"""``relance calendar`` against a real Postgres: what is planned, the earliest first, on the recipient's clock."""

import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import asyncpg
import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.rigs.api import ApiRig
from tests.support.stored_definition import stored_definition

# British summer time begins on 28 March 2027 at 01:00Z.
NOW = datetime(2027, 3, 26, 10, tzinfo=UTC)
run = CliRunner()


@pytest.fixture
def calendar(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: str, status: int = 0, as_json: bool = True) -> Any:
        given = ["calendar", *arguments, *(["--json"] if as_json else [])]
        done = await asyncio.to_thread(run.invoke, app, given)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if as_json and not status else done.output

    return call


@pytest.fixture
async def sql(database_url: str) -> AsyncIterator[Callable[..., Awaitable[Any]]]:
    connection = await asyncpg.connect(database_url)
    yield connection.execute
    await connection.close()


@pytest.fixture
async def plan(sql: Callable[..., Awaitable[Any]]) -> None:
    await sql("INSERT INTO person (id, first_name, last_name) VALUES ('p1', 'Ana', 'Example')")
    for sequence in ("one", "two"):
        steps = ("early", "late", "gone", "wait", "never", "bare", "unknown")
        stored = json.dumps(stored_definition(sequence, *steps, frequency_cap="exempt"))
        await sql("INSERT INTO sequence_version VALUES ($1, 1, $2, '{}', 'x', $3)", sequence, stored, NOW)
    for number, (sequence, state, owner) in enumerate(
        [("one", "active", "dana"), ("two", "paused", "eli"), ("two", "stopped", "dana"), ("one", "active", None)]
    ):
        await sql(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) VALUES ($1, $1, $2, 1, 'person', $3, 'p1', $4, 'hand', $5, $6)",
            f"e{number}aaaaaaaaaa",
            sequence,
            f"p{number}",
            owner,
            state,
            NOW,
        )
    for enrollment, step, state, days, zone in [
        (0, "late", "planned", 3, "Europe/London"),
        (0, "early", "planned", 1, "Europe/London"),
        (0, "gone", "sent", 0, "Europe/London"),
        (1, "wait", "planned", 2, "Asia/Kathmandu"),
        (2, "never", "planned", 2, None),
        (3, "bare", "planned", 4, None),
        (3, "unknown", "planned", None, None),
    ]:
        await sql(
            "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, timezone, moved_by) "
            "VALUES ($1, $2, 0, $3, $4, $5, $6)",
            f"e{enrollment}aaaaaaaaaa",
            step,
            state,
            None if days is None else NOW + timedelta(days=days),
            zone,
            ["weekend"] if step == "late" else [],
        )


async def test_everything_planned_of_open_runs_the_earliest_first_with_local_time(
    calendar: Callable[..., Awaitable[Any]], plan: None
) -> None:
    found = await calendar()
    assert [(row["step"], row["due_at"], row["local"], row["timezone"]) for row in found] == [
        ("early", "2027-03-27T10:00:00Z", "2027-03-27T10:00:00+00:00", "Europe/London"),
        ("wait", "2027-03-28T10:00:00Z", "2027-03-28T15:45:00+05:45", "Asia/Kathmandu"),
        ("late", "2027-03-29T10:00:00Z", "2027-03-29T11:00:00+01:00", "Europe/London"),
        ("bare", "2027-03-30T10:00:00Z", "2027-03-30T10:00:00+00:00", None),
    ]
    keys = "due_at timezone timezone_source moved_by reason step enrollment sequence version state person_id record_id"
    later = ("later_from", "later_limit")
    assert list(found[0]) == [*keys.split(), "owner_id", "local", "waits", "person_name", "conditions", *later]
    assert [(row["waits"], row["moved_by"]) for row in found] == [
        (None, []),
        ("resume", []),
        (None, ["weekend"]),
        (None, []),
    ]


@pytest.mark.parametrize(
    ("arguments", "steps"),
    [
        (["--sequence", "two"], ["wait"]),
        (["--owner", "dana"], ["early", "late"]),
        # From is inclusive, to is exclusive.
        (["--from", "2027-03-28T10:00:00Z"], ["wait", "late", "bare"]),
        (["--to", "2027-03-28T12:00:00+02:00"], ["early"]),
        (["--from", "2027-03-28", "--to", "2027-03-30"], ["wait", "late"]),
        (["--owner", "nobody"], []),
        (["--limit", "1"], ["early"]),
    ],
)
async def test_filters(
    calendar: Callable[..., Awaitable[Any]], plan: None, arguments: list[str], steps: list[str]
) -> None:
    assert [row["step"] for row in await calendar(*arguments)] == steps


async def test_what_a_hold_stops_says_so(
    calendar: Callable[..., Awaitable[Any]], plan: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("INSERT INTO hold VALUES ('haaaaaaaaaaa', 'sequence', 'two', 'x', $1, NULL, 20)", NOW)
    await sql("INSERT INTO hold VALUES ('hbbbbbbbbbbb', 'owner', 'dana', 'x', $1, NULL, 20)", NOW)
    await sql("INSERT INTO hold VALUES ('hccccccccccc', 'sequence', 'one', 'x', $1, $1, 20)", NOW)
    waits = {row["step"]: row["waits"] for row in await calendar()}
    assert waits == {"early": "held", "wait": "held", "late": "held", "bare": None}


async def test_a_hold_on_everything_is_told_first_and_every_step_waits_for_it(
    calendar: Callable[..., Awaitable[Any]], plan: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("INSERT INTO hold VALUES ('haaaaaaaaaaa', 'everything', 'all', 'x', $1, NULL, 20, 'Dana')", NOW)
    assert {row["waits"] for row in await calendar()} == {"held"}
    assert "everything has been paused since" in await calendar(as_json=False)


async def test_steps_that_wait_for_day_zero_stand_at_the_end(
    calendar: Callable[..., Awaitable[Any]], plan: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("UPDATE enrollment_step SET reason = 'no_day_zero' WHERE step = 'unknown'")
    last = (await calendar())[-1]
    assert (last["step"], last["due_at"], last["local"], last["waits"]) == ("unknown", None, None, "day_zero")
    # They lie in no span of time that has an end.
    assert [row["step"] for row in await calendar("--from", "2027-03-30")] == ["bare", "unknown"]
    assert "unknown" not in [row["step"] for row in await calendar("--to", "2099-01-01")]
    assert "waits for its date" in await calendar(as_json=False)


async def test_people_read_a_table_on_the_recipients_clock(calendar: Callable[..., Awaitable[Any]], plan: None) -> None:
    shown = await calendar(as_json=False)
    assert "Mon 29 Mar 2027 11:00" in shown
    assert "Ana Example" in shown
    assert "nothing is planned" in await calendar("--owner", "nobody", as_json=False)


async def test_many_recipients_of_a_step_on_a_day_are_one_line(
    calendar: Callable[..., Awaitable[Any]], plan: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    async def more(first: int, last: int) -> None:
        for number in range(first, last):
            await sql(
                "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, "
                "state, enrolled_at) VALUES ($1, $1, 'one', 1, 'person', $1, 'p1', 'hand', 'active', $2)",
                f"emany{number:08d}",
                NOW,
            )
            await sql(
                "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, timezone) "
                "VALUES ($1, 'mass', 0, 'planned', $2, 'Europe/London')",
                f"emany{number:08d}",
                NOW + timedelta(days=9, minutes=number),
            )

    await more(0, 5)
    assert (await calendar(as_json=False)).count("mass") == 5
    await more(5, 6)
    shown = await calendar(as_json=False)
    assert shown.count("mass") == 1
    assert "6 people" in shown
    assert "from Sun 04 Apr 2027 11:00" in shown
    assert (await calendar("--each", as_json=False)).count("mass") == 6
    sums = await calendar("--sum")
    counts = {"number": 1, "waiting": 0, "steps": {"one/early": 1}, "conditional": 0, "later": 0}
    assert sums[0] == {"day": "2027-03-27", **counts}
    assert sums[-1] == {"day": "2027-04-04", **counts, "number": 6, "steps": {"one/mass": 6}}
    assert [day["waiting"] for day in sums] == [0, 1, 0, 0, 0]
    assert "Sun 04 Apr 2027 6 0 one/mass 6" in " ".join((await calendar("--sum", as_json=False)).split())
    assert len(await calendar()) == 10


async def test_the_numbers_are_of_all_days_and_steps_that_are_shown(
    calendar: Callable[..., Awaitable[Any]], plan: None
) -> None:
    assert [day["day"] for day in await calendar("--sum", "--limit", "2")] == ["2027-03-27", "2027-03-28"]
    assert "only the first 2 days; --limit shows more" in await calendar("--sum", "--limit", "2", as_json=False)
    assert "only the first" not in await calendar("--sum", "--limit", "4", as_json=False)
    assert [row["step"] for row in await calendar("--grouped", "--limit", "3")] == ["early", "wait", "late"]
    assert "only the first 3 rows" in await calendar("--limit", "3", as_json=False)
    assert "choose one of" in await calendar("--sum", "--each", status=2)


async def test_a_step_with_conditions_is_marked(
    calendar: Callable[..., Awaitable[Any]], plan: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    """By the version of each run: the newer one has a condition that the older one had not."""
    late = {"id": "late", "if": ["not clicked early", "opened"]}
    steps = json.dumps(stored_definition("one", "early", late, frequency_cap="exempt"))
    await sql("INSERT INTO sequence_version VALUES ('one', 2, $1, '{}', 'y', $2)", steps, NOW)
    await sql("UPDATE enrollment SET version = 2 WHERE id = 'e0aaaaaaaaaa'")
    words = ["not clicked early or opened"]
    assert {row["step"]: row["conditions"] for row in await calendar() if row["conditions"]} == {"late": words}
    assert "not clicked early or opened" in await calendar(as_json=False)
    assert [day["conditional"] for day in await calendar("--sum")] == [0, 0, 1, 0]
    await sql("UPDATE enrollment_step SET step = 'late', due_at = $1 WHERE step = 'bare'", NOW + timedelta(days=3))
    (group,) = [each for each in await calendar("--grouped") if each["step"] == "late"]
    assert (group["number"], group["conditional"], group["conditions"]) == (2, 1, words)
    assert [(each["version"], each["conditions"]) for each in group["recipients"]] == [(2, words), (1, [])]


async def test_http_gives_the_same(api: ApiRig, calendar: Callable[..., Awaitable[Any]], plan: None) -> None:
    for path, option in (("/calendar", "--grouped"), ("/calendar/sum", "--sum"), ("/calendar/each", "--each")):
        assert (await api.ask("GET", path)).json()["items"] == await calendar(option), path


@pytest.mark.parametrize("given", ["tomorrow", "2027-03-28T10:00:00", "2027-13-01", "2027-02-30T10:00:00Z"])
async def test_an_instant_needs_its_offset(calendar: Callable[..., Awaitable[Any]], given: str) -> None:
    assert "--from" in await calendar("--from", given, status=2)


async def test_a_link_is_the_same_until_it_is_revoked(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> None:
    async def link(*arguments: str, status: int = 0) -> str:
        done = await asyncio.to_thread(run.invoke, app, ["calendar-link", *arguments])
        assert done.exit_code == status, done.output
        return done.stdout.strip()

    await sql("INSERT INTO owner (id) VALUES ('dana')")
    first = await link("dana")
    assert first.endswith(".ics")
    assert await link("dana") == first
    await link("dana", "--revoke")
    assert await link("dana") != first
    await link("nobody", status=3)
