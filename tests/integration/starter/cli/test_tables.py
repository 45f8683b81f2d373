"""Every table at 80 and 120 columns over a real Postgres: no id in pieces, no line too wide, nothing empty."""

import asyncio
import json
import re
import shlex
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio
from rich.cells import cell_len
from typer.testing import CliRunner

from sequences import ids
from starter.cli.main import app
from tests.support import by_name as queries
from tests.support.databases import Databases

NOW = datetime(2027, 4, 20, 10, tzinfo=UTC)
SEQUENCE = "business-development-in-the-north-of-england"
PEOPLE = [
    ("p1", "Ana", "Example", "ana@example.com"),
    ("0f3c9a12-77aa-4c7b-9e5b-2f5d1c0a9b31", "Ben", "Sample", "ben.sample@department.university.example"),
    ("0f3c9a12-77ab-4c7b-9e5b-2f5d1c0a9b31", "Wolfeschlegelsteinhausenbergerdorff", "Wordiest", "w@example.com"),
    ("00300000012bQzqAAE", "山田", "太郎", "taro@example.jp"),
    ("crm:17", None, None, None),
    ("bullhorn-candidate-4711-of-2019", "Zoë", "O\x1b[31mHara", "zoe@example.org"),
]
OWNERS = ["dana", "7d0c1b52-0000-4000-8000-00000000d0d0"]
PLACEMENT = "5b1f0000-9999-4000-8000-0000000000aa"
REPLY = (
    "Thanks, but not before the summer.\n\nPlease write again in https://example.com/"
    + "very-long-path/" * 9
    + " or so. "
)


def about(number: int) -> tuple[Any, Any]:
    return PEOPLE[number % len(PEOPLE)][0], OWNERS[number % 2]


@pytest_asyncio.fixture(scope="module")
async def made(databases: Databases) -> dict[str, Any]:
    """Rows of everything that a table shows, in a database that is cloned for each test; their ids by their kind."""
    connection = await asyncpg.connect(await databases.template("tables", "migrated"))
    try:
        return await _rows(connection.execute)
    finally:
        await connection.close()


@pytest_asyncio.fixture
async def database_url(databases: Databases, made: dict[str, Any]) -> AsyncIterator[str]:
    async with databases.fresh("tables") as url:
        yield url


@pytest.fixture
def rig(in_environment: None, made: dict[str, Any], tmp_path: Path) -> dict[str, Any]:
    (tmp_path / "record.json").write_text('{"person": {"timezone": "America/Argentina/Buenos_Aires"}}')
    return made


async def _rows(sql: Any) -> dict[str, Any]:
    for owner in OWNERS:
        await sql("INSERT INTO owner (id, first_name) VALUES ($1, 'Dana')", owner)
    for person in PEOPLE:
        await sql(
            "INSERT INTO person (id, first_name, last_name, email, type, status, owner_id) "
            "VALUES ($1, $2, $3, $4, 'Client contact', 'Not interested at the moment', $5)",
            *person,
            OWNERS[1],
        )
    await sql("INSERT INTO placement (id, person_id) VALUES ($1, $2)", PLACEMENT, PEOPLE[1][0])
    later = "7 days after introduce-ourselves"
    steps = [{"id": "introduce-ourselves", "email": "a/b"}, {"id": "remind", "email": "a/b", "when": later}]
    definition = json.dumps(
        {
            "sequence": SEQUENCE,
            "name": "North",
            "record": "person",
            "steps": steps,
            "auto_enroll": {"real": {"person.type": ["Client contact"]}},
        }
    )
    for version in (1, 2):
        await sql(
            "INSERT INTO sequence_version (sequence, version, fingerprint, definition, templates, published_at)"
            " VALUES ($1, $2, $3, $4, '{}', $5)",
            SEQUENCE,
            version,
            f"f{version}",
            definition,
            NOW,
        )
    made: dict[str, Any] = {"enrollment": [], "reaction": [], "inbound": [], "delivery": [], "send": [], "batch": []}
    for number in range(12):
        await _run(sql, made, number)
    for number, origin in enumerate(("change", "existing")):
        batch = ids.batch_id(SEQUENCE, origin, "x")
        made["batch"].append(batch)
        await sql(
            "INSERT INTO rule_batch (id, sequence, version, origin, state, records, created_at)"
            " VALUES ($1, $2, 1, $3, 'held', 700, $4)",
            batch,
            SEQUENCE,
            origin,
            NOW,
        )
        await sql("INSERT INTO rule_queue VALUES ($1, $2, $2, $3, 'held', $4)", SEQUENCE, about(number)[0], batch, NOW)
    return made


async def _run(sql: Any, made: dict[str, Any], number: int) -> None:
    person, owner = about(number)
    at = NOW + timedelta(days=number)
    placed = number == 1
    record = PLACEMENT if placed else person
    run = ids.enrollment_id(SEQUENCE, record, str(number))
    made["enrollment"].append(run)
    await sql(
        "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, via,"
        " state, reason, enrolled_at) VALUES ($1, $1, $2, 1, $3, $4, $5, $6, 'hand', $7, $8, $9)",
        run,
        SEQUENCE,
        "placement" if placed else "person",
        record,
        person,
        owner,
        "active" if number < 4 else "stopped",
        None if number < 4 else "replied.negative (stop when they say no)",
        at,
    )
    await sql(
        "INSERT INTO enrollment_step (enrollment_id, step, position, state, due_at, moved_by, timezone,"
        " timezone_source)"
        " VALUES ($1, 'introduce-ourselves', 1, 'planned', $2, '{weekend,window,quiet_hours}', $3, 'person')",
        run,
        at,
        "America/Argentina/Buenos_Aires" if number % 2 else "Europe/London",
    )
    title = f"Call {person}: it is not going well, and the client asked twice for somebody who knows the work"
    await sql(
        "INSERT INTO task (id, title, due_at, owner_id, person_id, enrollment_id, created_at)"
        " VALUES ($1, $2, $3, $4, $5, $6, $3)",
        ids.follow_up_id(run, "x", 1),
        title,
        at,
        owner,
        person,
        run,
    )
    await sql("INSERT INTO lead VALUES ($1, $2, $3, $4, $5, $6)", f"l{number}", person, SEQUENCE, owner, run, at)
    await sql("INSERT INTO list_member VALUES ('warm-leads', $1, $2, $3) ON CONFLICT DO NOTHING", person, at, run)
    await sql(
        "INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at)"
        " VALUES ($1, $2, 'replied', $3, $4, $5, $6)",
        f"n{number}",
        owner,
        "They replied, and the reply waits to be read by a person who knows them",
        run,
        person,
        at,
    )
    unmatched, matched = ids.inbound_id(f"u{number}"), ids.inbound_id(f"m{number}")
    made["inbound"].append(unmatched)
    for inbound, state in ((unmatched, "unmatched"), (matched, "matched")):
        await sql(
            "INSERT INTO inbound (id, key, channel, received_at, raw, event, reply_text, text, state)"
            " VALUES ($1, $1, 'email', $2, '', 'human', $3, $3, $4)",
            inbound,
            at,
            REPLY,
            state,
        )
    reaction = ids.reaction_id(str(number))
    made["reaction"].append(reaction)
    await sql(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, inbound_id, holds, received_at, label,"
        " intent, confidence, held_for_review, opt_out, handled_at)"
        " VALUES ($1, $1, $2, $3, 'replied', 'email', $4, true, $5, 'neutral', 'other', 0.41, true, false, $5)",
        reaction,
        run,
        person,
        matched,
        at,
    )
    delivery = ids.follow_up_id(run, "finished", 2)
    made["delivery"].append(delivery)
    await sql(
        "INSERT INTO follow_up (id, enrollment_id, cause, event, position, kind, arguments, state, result, at, tries)"
        " VALUES ($1, $2, 'x', 'finished', 2, 'webhook', $3, 'dead', 'HTTP 503 Service Unavailable', $4, 17)",
        delivery,
        run,
        json.dumps({"webhook": {"url": "https://crm.example/hooks/relance/finished"}}),
        at,
    )
    send = ids.send_id(run, "introduce-ourselves")
    made["send"].append(send)
    await sql(
        "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text,"
        " planned_at, claimed_at, reason) VALUES ($1, $2, 'introduce-ourselves', $3, 'email', 'unknown', 'a', 'b', '',"
        " '', $4, $4, 'the connection ended after the last line')",
        send,
        run,
        person,
        at,
    )
    link = ids.link_id(send, 1)
    await sql("INSERT INTO send_link VALUES ($1, $2, 1, $3)", link, send, "https://example.com/jobs?" + "x" * 80)
    await sql(
        "INSERT INTO hit (link_id, at, method, user_agent, address, verdict, reasons)"
        " VALUES ($1, $2, 'GET', $3, '2001:db8:aaaa:bbbb:cccc:dddd:eeee:ffff', 'machine', '{too_fast,honeypot}')",
        link,
        at,
        "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Scanner/1.0",
    )
    await sql(
        "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, first_at, since)"
        " VALUES ($1, $2, $3, 'unreachable', 'no_email', 'rule', $4, $4, $4) ON CONFLICT DO NOTHING",
        SEQUENCE,
        person,
        record,
        at,
    )
    form = f"form-{'of-a-long-name-' * 3}{number % 2}"
    await sql(
        "INSERT INTO form_version VALUES ($1, 1, $2, 'x', $3) ON CONFLICT DO NOTHING",
        form,
        json.dumps({"name": "The re-registration of candidates whom nobody has spoken to for over two years"}),
        at,
    )
    await sql("INSERT INTO form_link VALUES ($1, $2, $3, 1, $4, $4, $4)", ids.form_link_id(run, form), run, form, at)
    submission = ids.submission_id(run, 1)
    await sql(
        "INSERT INTO form_submission VALUES ($1, $2, 1, 1, $3, 'x', $4, NULL)",
        submission,
        ids.form_link_id(run, form),
        at,
        json.dumps({"person.city": "Leeds", "custom.notes": REPLY, "custom.skills": ["Java", "SQL"]}),
    )
    await sql(
        "INSERT INTO upload VALUES ($1, $2, 'person.resume', $3, $1, 'pdf', 1, 'x', $4)",
        ids.upload_id(submission, "person.resume"),
        submission,
        "a-resume-with-a-long-name-" * 3 + ".pdf",
        at,
    )
    if number < len(PEOPLE):
        await sql(
            "INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, opened_at,"
            " state, reason) VALUES ($1, $2, $3, $4, $5, $6, 'rule', $7, 'open', 'they asked us to wait')",
            ids.window_id(run),
            SEQUENCE,
            person,
            record,
            "record" if placed else "person",
            run,
            at,
        )


TABLES = [
    # The command; what begins each of its rows.
    ("people", "person"),
    ("enrollments", "person"),
    ("tasks", "person"),
    ("leads", "person"),
    ("lists", "person"),
    ("notifications", "person"),
    ("submissions", "person"),
    ("forms", "form"),
    ("review list", "person"),
    ("deliveries", "person"),
    ("refusals", "person"),
    ("calendar", "person"),
    ("unknown", "person"),
    (f"migrate {SEQUENCE} --to 2 --dry-run", "person"),
    ("unmatched", "id"),
    ("batches", "sequence"),
    (f"windows {PEOPLE[1][0]}", "sequence"),
    ("hits RUN", "when"),
    ("show RUN", "step"),
    (f"explain {PEOPLE[1][0]} {SEQUENCE}", "condition"),
    ("fields", "field"),
    ("health", "what"),
    ("forecast examples/sequences/placement-onboarding.yaml --record RECORD --at 2027-04-20T10:00:00Z", "step"),
]


async def called(command: str, *, columns: int | None = None, status: tuple[Any, ...] = (0, 1, 4)) -> Any:
    env = {"COLUMNS": str(columns) if columns else None}
    done = await asyncio.to_thread(CliRunner().invoke, app, shlex.split(command), env=env)
    assert done.exit_code in status, done.output
    return done


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(("command", "first"), TABLES, ids=[command.split(" ")[0] for command, _ in TABLES])
async def test_a_table_fits_and_breaks_no_id(
    rig: dict[str, Any], tmp_path: Path, columns: int, command: str, first: str
) -> None:
    command = command.replace("RUN", rig["enrollment"][1]).replace("RECORD", str(tmp_path / "record.json"))
    shown = (await called(command, columns=columns)).stdout
    lines = shown.splitlines()
    assert [line for line in lines if cell_len(line) > columns] == []
    rule = next(place for place, line in enumerate(lines) if set(line) == {"─", " "} and "─" in line)
    spans = [match.span() for match in re.finditer("─+", lines[rule])]
    titles = lines[rule - 1]
    assert titles.lstrip().startswith(first) or (lines[rule - 2].lstrip().startswith(first)), titles
    body = [line for line in lines[rule + 1 :] if line.strip()]
    if first in ("person", "id", "sequence"):
        beside = [line for line in body if not line.startswith("    ")]
        for begin, end in spans:
            assert any(_cells(line, begin, end).strip() for line in beside), f"nothing stands at {begin}: {titles}"
    for identity in named_in(json.loads((await called(command + " --json")).stdout), rig):
        # Its beginning stands there, and is not the end of a line that broke it.
        assert re.search(rf"(?<![\w-]){re.escape(identity[:8])}", shown), identity


def _cells(line: str, begin: Any, end: Any) -> str:
    """What stands in these columns of a terminal, where a letter may take two."""
    at, found = 0, ""
    for letter in line:
        if begin <= at < end:
            found += letter
        at += cell_len(letter)
    return found


def named_in(found: Any, rig: dict[str, Any]) -> set[Any]:
    """Ids of ours that the rows of an answer hold, where the table is to show them."""
    every = {identity for those in rig.values() for identity in those}
    keys = {"id", "enrollment", "enrollment_id", "batch_id"}
    rows = found if isinstance(found, list) else found.get("runs", [])
    return {row[key] for row in rows for key in keys & row.keys() if row[key] in every}


@pytest.mark.parametrize("columns", [80, 120])
@pytest.mark.parametrize(
    ("command", "kind", "again"),
    [
        ("enrollments", "enrollment", "show {} --json"),
        ("review list", "reaction", "review set {} --label neutral --json"),
        ("deliveries", "delivery", "deliveries retry {} --json"),
        ("unmatched", "inbound", "dismiss {} --json"),
        ("unknown", "send", "hits {} --json"),
        ("batches", "batch", "approve {} --json"),
    ],
)
async def test_what_a_table_shows_is_taken_back(
    rig: dict[str, Any], columns: int, command: str, kind: str, again: str
) -> None:
    shown = (await called(command, columns=columns)).stdout
    words = set(re.findall(r"[\w-]+", shown))
    for identity in rig[kind]:
        shorts = [word for word in words if identity.startswith(word) and len(word) >= 8]
        assert len(shorts) == 1, (identity, shorts)
        assert len(shorts[0]) < 15
        await called(again.format(shorts[0]), status=(0,))


@pytest.mark.parametrize("columns", [80, 120])
async def test_people_are_named_and_their_shown_ids_are_taken(rig: dict[str, Any], columns: int) -> None:
    shown = (await called("people", columns=columns)).stdout
    ids_shown = re.findall(r"\(([^ ()]+)\)", shown)
    # Ids up to 18 characters stand whole; two long ones that begin alike stand as long as they differ.
    assert ids_shown == [
        "00300000012bQzqAAE",
        "0f3c9a12-77aa",
        "0f3c9a12-77ab",
        "bullhorn",
        "p1",
    ]
    assert "山田 太郎 (00300000012bQzqAAE)" in shown
    for each in ids_shown:
        assert json.loads((await called(f"windows {each} --json", status=(0,))).stdout)
        assert json.loads((await called(f"explain {each} {SEQUENCE} --json", status=(0,))).stdout)["person"].startswith(
            each
        )
        assert json.loads((await called(f"refusals --person {each} --json", status=(0,))).stdout)


async def test_a_beginning_that_several_have_names_them(rig: dict[str, Any]) -> None:
    done = await called("windows 0f3c9a12", status=(4,))
    assert done.stderr == (
        "error: 0f3c9a12 matches several people: 0f3c9a12-77aa, 0f3c9a12-77ab; type more of the id\n"
    )
    assert (await called("enroll nothing 0f3c9a12-77", status=(4,))).stderr.startswith(
        "error: 0f3c9a12-77 matches several people"
    )


async def test_of_many_that_begin_alike_five_are_named(rig: dict[str, Any], sql: Callable[..., Awaitable[Any]]) -> None:
    for number in "abcdefgh":
        await sql(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, via, state,"
            " enrolled_at) VALUES ($1, $1, $2, 1, 'person', 'p1', 'p1', 'hand', 'stopped', $3)",
            f"ezzzzzzzzz{number}zzzzzzzzzzzzzzzz",
            SEQUENCE,
            NOW,
        )
    said = (await called("show ezzzzz", status=(4,))).stderr
    named = ", ".join(f"ezzzzzzzzz{number}" for number in "abcde")
    assert said == f"error: ezzzzz matches several enrollments: {named}, ...; type more of the id\n"
    assert json.loads((await called("show ezzzzzzzzzc --json", status=(0,))).stdout)["enrollment"].startswith(
        "ezzzzzzzzzc"
    )
    shown = (await called("enrollments", columns=80)).stdout
    assert {f"ezzzzzzzzz{number}" for number in "abcdefgh"} <= set(shown.split())


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("show eaaaaaaaaaaa", "unknown enrollment eaaaaaaaaaaa; `relance enrollments` lists them"),
        (
            "show eab",
            "unknown enrollment eab: type at least 5 characters of an id; `relance enrollments` lists them",
        ),
        ("show ähnlich", "unknown enrollment ähnlich; `relance enrollments` lists them"),
        (
            "hits saaaaaaaaaaa",
            "unknown send saaaaaaaaaaa; `relance unknown` lists unknown sends",
        ),
        ("deliveries retry faaaaa", "unknown delivery faaaaa; `relance deliveries` lists them"),
        ("approve baaaaaaaaaaa", "no batch awaits approval under 'baaaaaaaaaaa'; `relance batches` lists what waits"),
    ],
)
async def test_an_unknown_id_says_where_they_are_listed(rig: dict[str, Any], command: str, said: str) -> None:
    assert (await called(command, status=(3,))).stderr == f"error: {said}\n"


async def test_a_short_id_of_the_crm_never_becomes_somebody_elses(
    rig: dict[str, Any], sql: Callable[..., Awaitable[Any]]
) -> None:
    """1001234567 that is not there is not 10012345678, and less than 8 characters name nobody."""
    await sql("INSERT INTO person (id, first_name) VALUES ('10012345678', 'Other')")
    assert "1001234567" in (await called("windows 1001234567", status=(3,))).stderr
    assert "bullhor" in (await called("windows bullhor", status=(3,))).stderr
    assert json.loads((await called("windows bullhorn --json", status=(0,))).stdout)


async def test_in_a_pipe_a_row_is_a_line_and_ids_are_whole(rig: dict[str, Any]) -> None:
    for command, first in TABLES[:14]:
        if command.startswith("migrate"):
            continue
        whole = (await called(command)).stdout.splitlines()
        rows = json.loads((await called(f"{command} --json")).stdout)
        rule = next(place for place, line in enumerate(whole) if set(line) == {"─", " "})
        assert whole[rule - 1].startswith(first)
        body = whole[rule + 1 : rule + 1 + len(rows)]
        assert len([line for line in body if line]) == len(rows)
        for row in rows:
            for key in {"id", "enrollment_id", "enrollment"} & row.keys():
                if row[key] in {each for those in rig.values() for each in those}:
                    assert any(row[key] in line for line in body), (command, key)
    assert "very-long-path/" * 9 in (await called("unmatched")).stdout


@pytest.mark.parametrize(
    ("kind", "table"),
    [
        ("enrollment", "enrollment"),
        ("reaction", "reaction"),
        ("delivery", "follow_up"),
        ("inbound", "inbound"),
        ("send", "send"),
        ("batch", "rule_batch"),
        ("person", "person"),
        ("placement", "placement"),
        ("owner", "owner"),
    ],
)
async def test_beginnings_and_neighbours_are_looked_up_in_an_index(
    rig: dict[str, Any], sql: Callable[..., Awaitable[Any]], database_url: str, kind: str, table: str
) -> None:
    """With an index at hand the planner needs no pass over the table: without, it could not avoid one."""
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute("SET enable_seqscan = off; SET enable_bitmapscan = off; LOAD 'auto_explain'")
        await connection.execute("SET auto_explain.log_min_duration = 0; SET client_min_messages = log")
        plans = []
        connection.add_log_listener(lambda _, message: plans.append(message.message))
        await queries.rows(connection, f"{kind}_by_prefix", prefix="eabcdefgh", limit=3)
        await queries.rows(connection, f"{kind}_neighbours", ids=["eabcdefghijklmnopqrstuvwxyz"])
    finally:
        await connection.close()
    assert len(plans) == 2
    for plan in plans:
        assert "Seq Scan" not in plan
        assert re.search(rf"Index Only Scan(?: Backward)? using \w*beginning on {table}", plan), plan
