"""``relance enroll --file`` and ``--list``: who enters, who does not and why, and that nobody enters twice."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli import enroll_many
from starter.cli.main import app
from tests.support.rigs.cli import RecordedRuns
from tests.support.workbook import workbook

HEAD = "sequence: {name}\nname: Many\nrecord: {record}\nschedule: {{window: any}}\n{more}"
STEPS = "steps:\n  - {id: one, email: one}\nreactions: []\n"
RULE = "auto_enroll:\n  real: {person.status: [Never]}\n  hold_above: 3\n"


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: object, status: int = 0, as_json: bool = True, given: Any = None) -> Any:
        words = [str(each) for each in arguments] + (["--json"] if as_json else [])
        done = await asyncio.to_thread(CliRunner().invoke, app, words, given)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if as_json and done.stdout else done

    return call


@pytest.fixture
async def published(relance: Callable[..., Awaitable[Any]], tmp_path: Path) -> Callable[..., Awaitable[None]]:
    async def publish(name: str = "many", record: str = "person", more: str = "") -> None:
        (tmp_path / "templates").mkdir(exist_ok=True)
        (tmp_path / "templates" / "one.email.txt").write_text("Subject: Hello\n\nHello. {{ unsubscribe_url }}\n")
        file = tmp_path / f"{name}.yaml"
        file.write_text(HEAD.format(name=name, record=record, more=STEPS + more))
        await relance("publish", file, "--templates", tmp_path / "templates")

    return publish


@pytest.fixture
async def people(sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
    async def add(*ids: Any, **more: Any) -> None:
        for each in ids:
            await sql(
                "INSERT INTO person (id, first_name, email, timezone) VALUES ($1, 'Jo', $2, 'UTC')",
                each,
                more.get("email", f"{each}@client.example"),
            )

    return add


async def entered(sql: Callable[..., Awaitable[Any]], sequence: str = "many") -> list[Any]:
    rows = await sql("SELECT record_id FROM enrollment WHERE sequence = $1 ORDER BY record_id", sequence)
    return [row["record_id"] for row in rows]


async def test_a_file_enrolls_everybody_once_and_says_why_others_did_not(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
    tmp_path: Path,
) -> None:
    await published()
    await people("p1", "p2", "p3")
    await people("p4", email=None)
    await people("p5", email="P1@client.example")
    file = tmp_path / "who.csv"
    file.write_text("Name,Person ID\nAl,p1\nBo,p2\nBo,p2\nCy,p3\nDi,p4\nEd,p5\nFi,p6\nGo,a b@x.example\n")
    dry = await relance("enroll", "many", "--file", file, "--dry-run", status=2)
    assert (dry["dry_run"], dry["would_enroll"], dry["enrolled"]) == (True, ["p1", "p2", "p3"], 3)
    assert await entered(sql) == []
    assert await sql("SELECT 1 FROM refusal") == []
    told = await relance("enroll", "many", "--file", file, status=2)
    assert told["reasons"] == dry["reasons"]
    assert told["reasons"] == {"repeated": 1, "same_address": 1, "unknown": 2, "unreachable": 1}
    assert [(each["line"], each["id"]) for each in told["refused"]] == [
        (4, "p2"),
        (6, "p4"),
        (7, "p5"),
        (8, "p6"),
        (9, ""),
    ]
    assert await entered(sql) == ["p1", "p2", "p3"] == [each["record"] for each in told["enrollments"]]
    # Why somebody did not enter can be asked later.
    refusals = await sql("SELECT record_id, reason, via FROM refusal ORDER BY record_id")
    assert [tuple(row) for row in refusals] == [("p4", "unreachable", "hand"), ("p5", "same_address", "hand")]


async def test_the_same_again_enrolls_only_who_is_new(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
    tmp_path: Path,
    runs: RecordedRuns,
) -> None:
    await published()
    await people("p1", "p2")
    file = tmp_path / "who.csv"
    file.write_text("id\np1\n")
    await relance("enroll", "many", "--file", file)
    file.write_text("id\np1\np2\n")
    told = await relance("enroll", "many", "--file", file)
    assert (told["enrolled"], told["reasons"]) == (1, {"already_enrolled": 1})
    await sql("UPDATE enrollment SET state = 'stopped', ended_at = now()")
    told = await relance("enroll", "many", "--file", file)
    assert (told["enrolled"], told["reasons"]) == (0, {"once": 2})
    assert len(runs.started) == 2
    told = await relance("enroll", "many", "--file", file, "--again", "--key", "spring")
    assert told["enrolled"] == 2
    assert len(await entered(sql)) == 4


async def test_a_workbook_and_a_column_by_name(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
    tmp_path: Path,
) -> None:
    await published()
    await people("p1", "7")
    file = tmp_path / "who.xlsx"
    file.write_bytes(workbook({"A": [["Who", "City"], ["p1", "Bath"], [7, "York"]], "B": [["x"]]}))
    refused = await relance("enroll", "many", "--file", file, "--sheet", "A", status=2, as_json=False)
    words = " ".join(refused.output.split())
    assert "no column holds the id of the person; name it with --column NAME. Its columns: Who, City" in words
    refused = await relance("enroll", "many", "--file", file, "--sheet", "A", "--column", "Wo", status=2, as_json=False)
    assert "has no such column. Did you mean `Who`?" in " ".join(refused.output.split())
    await relance("enroll", "many", "--file", file, "--sheet", "a", "--column", "who")
    assert await entered(sql) == ["7", "p1"]


@pytest.mark.parametrize("header", ["Candidate ID,Id of the job", "Record ID,x", "ContactID,x", "PERSON.ID,Contact ID"])
async def test_an_export_names_its_ids_as_for_the_import(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
    tmp_path: Path,
    header: str,
) -> None:
    await published()
    await people("p1")
    file = tmp_path / "who.csv"
    file.write_text(f"{header}\np1,7\n")
    await relance("enroll", "many", "--file", file)
    assert await entered(sql) == ["p1"]


async def test_placements_by_file_and_never_by_list(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
    tmp_path: Path,
) -> None:
    await published("places", record="placement")
    await people("p1")
    await sql("INSERT INTO placement (id, person_id) VALUES ('pl1', 'p1')")
    await sql("INSERT INTO list_member (list, person_id, added_at) VALUES ('warm', 'p1', now())")
    file = tmp_path / "who.csv"
    file.write_text("id,Placement\np1,pl1\n")
    await relance("enroll", "places", "--file", file)
    assert await entered(sql, "places") == ["pl1"]
    refused = await relance("enroll", "places", "--list", "warm", status=4, as_json=False)
    assert "is about placements" in refused.output


async def test_a_list_enrolls_its_people(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
) -> None:
    await published()
    await people("p1", "p2", "p3")
    await sql(
        "INSERT INTO list_member (list, person_id, added_at) SELECT 'warm', id, now() FROM person WHERE id < 'p3'"
    )
    assert (await relance("enroll", "many", "--list", "warm"))["enrolled"] == 2
    assert await entered(sql) == ["p1", "p2"]
    unknown = await relance("enroll", "many", "--list", "wram", status=3, as_json=False)
    assert "Did you mean `warm`" in unknown.output


async def test_more_than_hold_above_need_a_yes(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await published(more=RULE)
    await people("p1", "p2", "p3", "p4")
    file = tmp_path / "who.csv"
    file.write_text("id\np1\np2\np3\np4\n")
    refused = await relance("enroll", "many", "--file", file, status=2, as_json=False)
    assert "4 people would enter many, more than hold_above (3); --yes" in " ".join(refused.output.split())
    monkeypatch.setattr(enroll_many, "interactive", lambda: True)
    asked = await relance("enroll", "many", "--file", file, status=1, as_json=False, given="n\n")
    assert "more than hold_above (3)" in asked.output
    assert await entered(sql) == []
    await relance("enroll", "many", "--file", file, as_json=False, given="y\n")
    assert await entered(sql) == ["p1", "p2", "p3", "p4"]


async def test_a_file_that_ends_in_the_middle_goes_on_where_it_was(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    sql: Callable[..., Awaitable[Any]],
    tmp_path: Path,
    runs: RecordedRuns,
) -> None:
    await published()
    await people("p1", "p2", "p3")
    file = tmp_path / "who.csv"
    file.write_text("id\np1\np2\np3\n")
    start = runs.start

    async def third_fails(workflow_id: str, state: Any, first: Any) -> bool:
        if state.person == "p2":
            raise KeyboardInterrupt
        return await start(workflow_id, state, first)

    runs.start = third_fails  # type: ignore[method-assign]
    await relance("enroll", "many", "--file", file, status=130, as_json=False)
    assert await entered(sql) == ["p1", "p2"]
    runs.start = start  # type: ignore[method-assign]
    told = await relance("enroll", "many", "--file", file)
    assert (told["enrolled"], told["reasons"]) == (1, {"already_enrolled": 2})
    assert await entered(sql) == ["p1", "p2", "p3"]


@pytest.mark.parametrize(
    "words",
    [(), ("p1", "--list", "warm"), ("--file", "x.csv", "--list", "warm"), ("p1", "--dry-run"), ("p1", "--again")],
)
async def test_one_way_to_say_whom(relance: Callable[..., Awaitable[Any]], words: Any) -> None:
    await relance("enroll", "many", *words, status=2, as_json=False)


async def test_people_read_the_report_in_words(
    relance: Callable[..., Awaitable[Any]],
    published: Callable[..., Awaitable[None]],
    people: Callable[..., Awaitable[None]],
    tmp_path: Path,
) -> None:
    await published()
    await people("p1")
    file = tmp_path / "who.csv"
    file.write_text("id\np1\np2\n")
    done = await relance("enroll", "many", "--file", file, "--dry-run", status=2, as_json=False)
    assert "2 rows: 1 person would enter version 1 of many, 1 would not; nothing was changed" in done.stdout
    assert "unknown: no such record" in done.stdout
