"""``relance import``: what goes in, what is refused and why, and that a second time changes nothing."""

import asyncio
import csv
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

PEOPLE = "id,First name,last_name,E-mail,Status\np1,Alex,Example,alex@client.example,New\np2,Sam,Example,,New\n"


@pytest.fixture
def bring_in(in_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Any]]:
    """Runs the command on a text (or bytes) and gives its JSON."""
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "shirt_size, visits:number, skills:list")

    async def call(content: Any, *more: Any, kind: str = "person", status: int = 0, as_json: bool = True) -> Any:
        file = tmp_path / "in.csv"
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ["import", str(file), "--kind", kind, *more, *(["--json"] if as_json else [])]
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if as_json and status in (0, 2) and done.stdout else done

    return call


async def people(sql: Callable[..., Awaitable[Any]]) -> dict[Any, dict[str, Any]]:
    return {row["id"]: dict(row) for row in await sql("SELECT * FROM person ORDER BY id")}


async def test_people_go_in_by_names_and_labels_and_a_second_time_changes_nothing(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in(PEOPLE)
    counts = {name: told[name] for name in ("rows", "created", "updated", "unchanged", "refused")}
    assert counts == {"rows": 2, "created": 2, "updated": 0, "unchanged": 0, "refused": []}
    found = await people(sql)
    assert (found["p1"]["first_name"], found["p1"]["email"], found["p2"]["email"]) == (
        "Alex",
        "alex@client.example",
        None,
    )
    changes = await sql("SELECT origin, lineage, watched_at FROM change")
    assert [tuple(row.values()) for row in changes] == [("import", [], None)] * 2
    again = await bring_in(PEOPLE)
    assert (again["created"], again["unchanged"]) == (0, 2)
    assert len(await sql("SELECT 1 FROM change")) == 2


async def test_an_empty_cell_leaves_the_field_as_it_is(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await bring_in(PEOPLE)
    told = await bring_in("id,status,city\np1,,Bath\n")
    assert told["updated"] == 1
    found = (await people(sql))["p1"]
    assert (found["status"], found["city"]) == ("New", "Bath")


@pytest.mark.parametrize("delimiter", [";", "\t"])
async def test_other_delimiters_quotes_and_a_mark_at_the_beginning(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], delimiter: str
) -> None:
    rows = [["Person id", "First name", "Company"], ["p1", 'Al "X", Jr', "Acme, Ltd;\n2nd line"], ["p2", "Sam", "Acme"]]
    text = "\r\n".join(delimiter.join('"' + cell.replace('"', '""') + '"' for cell in row) for row in rows)
    assert (await bring_in(b"\xef\xbb\xbf" + text.encode()))["created"] == 2
    assert (await people(sql))["p1"]["company"] == "Acme, Ltd;\n2nd line"


async def test_mapped_columns_custom_fields_events_and_what_is_left_out(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    text = (
        "Ref,Forename,T-shirt,Last contacted,Status,Shoe\n"
        "p1,Alex,L,2026-05-04T10:00:00+01:00,New,9\np2,Sam,,2026-05-04,New,\n"
    )
    maps = ("--map", "Ref=id", "--map", "forename=First name", "--map", "T-shirt=custom.shirt_size", "--map", "Status=")
    for counts in ((2, 0), (0, 2)):
        told = await bring_in(text, *maps)
        assert (told["created"], told["unchanged"]) == counts
    found = await people(sql)
    assert (json.loads(found["p1"]["custom"]), found["p1"]["status"]) == ({"shirt_size": "L"}, None)
    assert found["p1"]["last_contacted"] == datetime(2026, 5, 4, 9, tzinfo=UTC)
    assert found["p2"]["last_contacted"] == datetime(2026, 5, 4, tzinfo=UTC)
    rows = await sql("SELECT origin FROM person_event WHERE kind = 'last_contacted'")
    assert [row["origin"] for row in rows] == ["import", "import"]
    assert "ignored columns" in (await bring_in(text, *maps, as_json=False)).stderr


async def test_placements_clients_and_owners(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await bring_in("id,name,city\nc1,Acme,Bath\n", kind="client")
    await bring_in("id,first_name,e-mail\no1,Dana,dana@agency.example\n", kind="owner")
    await bring_in("id,person,client id,owner,start date\npl1,p1,c1,o1,2027-05-04\n", kind="placement")
    (row,) = await sql("SELECT * FROM placement")
    assert (row["person_id"], row["client_id"], row["owner_id"], row["start_date"]) == ("p1", "c1", "o1", "2027-05-04")


async def test_an_owner_may_be_told_as_other_programs_do(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await bring_in("id,first_name,last_name,e-mail\no1,Dana,Reed,dana@agency.example\n", kind="owner")
    told = await bring_in("id,Account manager\np1,Dana Reed\np2,DANA@agency.example\np3,o1\np4,o7\n")
    assert told["created"] == 4
    assert {row["id"]: row["owner_id"] for row in (await people(sql)).values()} == {
        "p1": "o1",
        "p2": "o1",
        "p3": "o1",
        "p4": "o7",
    }


MIXED = (
    "id,first_name,type,available_from,custom.visits,last_contacted\n"
    "p1,Alex,Candidate,2027-05-04,3,\n"
    "p 2,Alex,,,,\n"
    "p3,Alex,Robot,,,\n"
    "\n"
    'p4,"two\nlines",,next spring,,\n'
    "p5,Alex,,,three,\n"
    "p6,Alex,,,,2999-01-01\n"
    "p7,Alex,,,,,, ,\n"
    "p8,Alex\n"
    "p9,Alex,,,,,x\n"
)


async def test_refused_rows_are_reported_with_line_and_reason_and_the_rest_goes_in(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], tmp_path: Path
) -> None:
    told = await bring_in(MIXED, "--refused", str(tmp_path / "no.csv"), status=2)
    assert (told["rows"], told["created"]) == (9, 6)
    lines = [(item["line"], item["reason"]) for item in told["refused"]]
    assert [line for line, _ in lines] == [3, 9, 12]
    for (_, reason), words in zip(lines, ["id: 1 to 64", "5 minutes ahead", "7 cells"], strict=True):
        assert words in reason
    problems = [(item["line"], item["field"]) for item in told["problems"]]
    assert problems == [(4, "person.type"), (6, "person.available_from"), (8, "custom.visits")]
    for item, words in zip(told["problems"], ["one of Candidate", "a date such as", "a number"], strict=True):
        assert words in item["reason"]
    # The record of a row whose event was refused is not half there; one bad field keeps no other out.
    found = await people(sql)
    assert sorted(found) == ["p1", "p3", "p4", "p5", "p7", "p8"]
    assert (found["p4"]["first_name"], found["p4"]["available_from"]) == ("two\nlines", None)
    with (tmp_path / "no.csv").open(newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0][:4] == ["line", "reason", "id", "first_name"]
    assert [(row[0], row[2]) for row in rows[1:]] == [
        ("3", "p 2"),
        ("4", "p3"),
        ("6", "p4"),
        ("8", "p5"),
        ("9", "p6"),
        ("12", "p9"),
    ]


async def test_people_read_the_report_in_words(bring_in: Callable[..., Awaitable[Any]]) -> None:
    done = await bring_in(MIXED, status=2, as_json=False)
    assert "9 rows: 6 created, 0 updated, 0 unchanged, 3 refused, 3 fields skipped" in done.stdout
    assert "p 2" not in done.stdout


async def test_a_dry_run_tells_the_same_and_keeps_nothing(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in(MIXED, "--dry-run", status=2)
    assert (told["dry_run"], told["created"], len(told["refused"])) == (True, 6, 3)
    assert await sql("SELECT 1 FROM person") == []
    assert await sql("SELECT 1 FROM change") == []


async def test_many_rows_go_in_over_several_batches_with_twins_in_them(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    rows = "".join(f"p{number % 1200},{'Alex' if number < 1200 else 'Sam'}\n" for number in range(1300))
    told = await bring_in("id,first_name\n" + rows)
    assert (told["rows"], told["created"], told["updated"]) == (1300, 1200, 100)
    assert len(await sql("SELECT 1 FROM person")) == 1200


BROKEN = [
    (b"id,first_name\np1,Alex\np2,Andr\xe9\n", (), "byte 30, in line 3, is not UTF-8"),
    ("id,first_name\np1,Alex\n".encode("utf-16"), ("--encoding", "utf-8"), "byte 1, in line 1, is not UTF-8"),
    ("id\np1\n", ("--encoding", "klingon"), "unknown encoding"),
    ("", (), "the first line must name the columns"),
    ("first_name\nAlex\n", (), "no column holds the id of the person"),
    ("id,status,Status\np1,a,b\n", (), "'status' and 'Status' are both status"),
    ('id,first_name\np1,Alex\np2,"Sam\n', (), "line 3 is not valid CSV"),
    ('id,first_name\np1,"Al"ex"\n', (), "line 2 is not valid CSV"),
    ("id\np1\n", ("--map", "name=first_name"), "the file has no such column"),
    ("id,x\np1,1\n", ("--map", "x=frist_name"), "Did you mean `first_name`?"),
    ("id,x\np1,1\n", ("--map", "x"), 'write "CSV column=field"'),
]


@pytest.mark.parametrize(("content", "more", "why"), BROKEN)
async def test_a_file_that_cannot_be_used_is_refused_as_a_whole(
    bring_in: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    content: bytes | str,
    more: tuple[Any, ...],
    why: str,
) -> None:
    done = await bring_in(content, *more, status=2, as_json=False)
    assert why in done.stderr
    assert await sql("SELECT 1 FROM person") == []


async def test_another_encoding_can_be_named(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    text = "id,first_name\np1,André\n"
    await bring_in(text.encode("cp1252"), "--encoding", "cp1252")
    await bring_in(text.replace("p1", "p2").encode("utf-16"), "--encoding", "utf-16")
    assert {row["first_name"] for row in (await people(sql)).values()} == {"André"}


async def test_a_file_that_is_not_there(bring_in: Callable[..., Awaitable[Any]], tmp_path: Path) -> None:
    done = await asyncio.to_thread(CliRunner().invoke, app, ["import", str(tmp_path / "none.csv"), "--kind", "person"])
    assert done.exit_code == 2
    assert "no such file" in done.stderr


# --- opt-outs and addresses -------------------------------------------------------------------------------------------


async def suppressed(sql: Callable[..., Awaitable[Any]]) -> dict[Any, tuple[Any, Any]]:
    rows = await sql("SELECT person_id, channel, reason FROM suppression WHERE lifted_at IS NULL ORDER BY person_id")
    return {row["person_id"]: (row["channel"], row["reason"]) for row in rows}


async def test_a_column_of_opt_outs_suppresses_before_any_rule_sees_the_row(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in(
        "id,email,suppress,HasOptedOutOfEmail,smsOptOut\n"
        "p1,p1@client.example,email,,\np2,p2@client.example,,,\np3,p3@client.example,,true,1\n"
        "p4,p4@client.example,,No,0\np5,p5@client.example,all,,\n"
    )
    assert (told["created"], told["opted_out"], told["refused"]) == (5, 3, [])
    assert await suppressed(sql) == {"p1": ("email", "crm"), "p3": ("all", "crm"), "p5": ("all", "crm")}
    covered = await sql("SELECT address FROM suppressed_address ORDER BY 1")
    assert [row["address"] for row in covered] == [f"p{number}@client.example" for number in (1, 3, 5)]
    again = await bring_in("id,email,suppress\np1,p1@client.example,\n")
    assert (again["unchanged"], len(await suppressed(sql))) == (1, 3), "an empty cell lifts nothing"


async def test_a_value_that_nobody_can_read_refuses_its_row(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in("id,city,Opted out\np1,Bath,perhaps\np2,Bath,yes\n", status=2)
    assert told["refused"] == [
        {
            "line": 2,
            "reason": "Opted out: cannot be understood as opt-out: write yes or no, email, sms, whatsapp or all, "
            "or a date",
        }
    ]
    assert list(await people(sql)) == ["p2"]


@pytest.mark.parametrize("header", ["Accepts marketing", "Unsubscribe reason", "smsOptIn"])
async def test_a_column_that_sounds_like_one_is_never_passed_over(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], header: str
) -> None:
    text = f"id,{header}\np1,no\n"
    refused = await bring_in(text, status=2)
    assert f"'{header}' looks like an opt-out" in refused.output
    assert await people(sql) == {}
    await bring_in(text, "--map", f"{header}=opt_in.sms")
    assert await suppressed(sql) == {"p1": ("sms", "crm")}
    await bring_in(text.replace("p1", "p2"), "--map", f"{header}=")
    assert "p2" not in await suppressed(sql)
    assert "p2" in await people(sql)


async def test_a_custom_field_of_that_name_must_be_meant(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "opted_out")
    text = "id,Opted out\np1,yes\n"
    assert "looks like an opt-out" in (await bring_in(text, status=2)).output
    await bring_in(text, "--map", "Opted out=custom.opted_out")
    assert await suppressed(sql) == {}
    assert (await people(sql))["p1"]["custom"] == '{"opted_out": "yes"}'
    await bring_in(text, "--map", "Opted out=opt_out.email")
    assert await suppressed(sql) == {"p1": ("email", "crm")}


async def test_only_people_opt_out(bring_in: Callable[..., Awaitable[Any]]) -> None:
    refused = await bring_in("id,person,Do not contact\npl1,p1,yes\n", kind="placement", status=2)
    assert "only people can opt out" in refused.output


async def test_a_fax_is_none_of_our_channels_and_is_said_to_be_left_out(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in("id,HasOptedOutOfFax\np1,true\n", as_json=False)
    assert "channels that are not used): HasOptedOutOfFax" in told.output
    assert await suppressed(sql) == {}


async def test_a_column_of_deleted_records(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in("id,first_name,IsDeleted\np1,Alex,true\np2,Sam,false\n")
    assert (told["created"], told["deleted"]) == (1, 1)
    found = await people(sql)
    assert (found["p1"]["deleted_at"] is None, found["p2"]["deleted_at"] is None) == (False, True)


async def test_an_address_that_cannot_be_written_to_is_taken_and_told(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in("id,email\np1,p1@client.example;\np2,p2@client.example\n")
    assert [each["line"] for each in told["warnings"]] == [2]
    assert "person.email: it has a comma" in told["warnings"][0]["warnings"][0]
    assert "client.example" not in json.dumps(told["warnings"])
    assert (await people(sql))["p1"]["email"] == "p1@client.example;"
    table = await bring_in("id,email\np3,<p3@client.example>\n", as_json=False)
    assert "angle brackets" in table.output


async def test_an_older_row_is_passed_over_field_by_field(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await bring_in("id,status,Updated at\np1,Chase,2026-05-04T09:00:00+02:00\n")
    await bring_in("id,status,city,at\np1,New,Bath,2026-05-04\n")
    found = (await people(sql))["p1"]
    assert (found["status"], found["city"]) == ("Chase", "Bath")


async def test_an_instant_without_offset_is_refused_and_never_guessed(bring_in: Callable[..., Awaitable[Any]]) -> None:
    told = await bring_in("id,status,updated_at\np1,Chase,2026-05-04 09:00\n", status=2)
    assert told["refused"][0]["reason"].startswith("at: an instant with its offset")
    again = await bring_in("id,status,updated_at\np1,Chase,2026-05-04 09:00\n", "--map", "updated_at=")
    assert again["created"] == 1


async def test_the_cells_of_a_list_hold_several_values(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in("id,custom.skills,visits\np1,welding; crane|Welding,+7.00\np2,,7_0\n", status=2)
    assert [row["line"] for row in told["refused"]] == [3]
    assert json.loads((await people(sql))["p1"]["custom"]) == {"skills": ["welding", "crane"], "visits": "7"}
