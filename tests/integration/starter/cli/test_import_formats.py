"""``relance import``: the files that programs really write, workbooks among them, and what is told of bad cells."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app
from tests.support.workbook import workbook

ONE = {"id": "p1", "first_name": "Zoë", "available_from": "2027-05-04"}


@pytest.fixture
def bring_in(in_environment: None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Awaitable[Any]]:
    """Runs the command on bytes and gives its JSON."""
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "visits:number, vip:boolean, skills:list, visa:date, seen:datetime")

    async def call(
        content: Any, *more: Any, kind: str = "person", status: int = 0, as_json: bool = True, name: str = "in.csv"
    ) -> Any:
        file = tmp_path / name
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
        arguments = ["import", str(file), "--kind", kind, *more, *(["--json"] if as_json else [])]
        done = await asyncio.to_thread(CliRunner().invoke, app, arguments)
        assert done.exit_code == status, done.output
        return json.loads(done.stdout) if as_json and done.stdout else done

    return call


async def person(sql: Callable[..., Awaitable[Any]], identity: str = "p1") -> dict[str, Any]:
    (row,) = await sql("SELECT * FROM person WHERE id = $1", identity)
    return {**row, **json.loads(row["custom"])}


# --- CSV --------------------------------------------------------------------------------------------------------------

TEXT = "id;First name;Available from\r\np1;Zoë;2027-05-04\r\n"


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        b"\xef\xbb\xbf" + TEXT.encode(),
        TEXT.encode("utf-16"),
        TEXT.encode("utf-16-le"),
        TEXT.encode("utf-16-be"),
        b"\xff\xfe" + TEXT.encode("utf-16-le"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        ("sep=;\r\n" + TEXT).encode(),
        ("\ufeffsep=;\r\n" + TEXT).encode(),
        ('"sep=;"\n' + TEXT).encode(),
        ("SEP=;\n" + TEXT).encode("utf-16"),
        ("sep=\t\n" + TEXT.replace(";", "\t")).encode(),
        ("sep=~\n" + TEXT.replace(";", "~")).encode(),
        TEXT.replace(";", "|").encode(),
        b"\r\n\r\n" + TEXT.encode(),
        b"sep=;\n\n" + TEXT.encode(),
        TEXT.replace("Zoë", '"=""Zoë"""').encode(),
        TEXT.replace("\r\n", "\r").encode(),
        TEXT.replace("2027-05-04", "2027-05-04;;; ").encode(),
        TEXT.replace("Available from", "Available from;;").encode(),
        TEXT.replace("Zoë", '"Zoë\u200b "').replace("2027-05-04", "\u200e2027-05-04\u00a0").encode(),
    ],
)
async def test_however_the_file_is_written_the_same_goes_in(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], content: bytes
) -> None:
    told = await bring_in(content)
    assert (told["created"], told["refused"], told["problems"]) == (1, [], [])
    found = await person(sql)
    assert found["first_name"].strip("\u200b ") == "Zoë"
    assert found["available_from"] == "2027-05-04"


async def test_lines_are_counted_from_the_top_of_the_file(bring_in: Callable[..., Awaitable[Any]]) -> None:
    told = await bring_in("sep=,\nid,first_name\np1,Al\np 2,Bo\n", status=2)
    assert [each["line"] for each in told["refused"]] == [4]


async def test_what_keeps_a_spreadsheet_from_computing_is_no_part_of_a_cell(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await bring_in("id;phone;last_name;city\np1;'+447911123456;'t Hooft;=\"0171\"\np2;=\"+447911123456\";O'Hara;'-\n")
    found = [await person(sql), await person(sql, "p2")]
    assert [each["phone"] for each in found] == ["+447911123456"] * 2
    assert [(each["last_name"], each["city"]) for each in found] == [("'t Hooft", "0171"), ("O'Hara", "-")]


@pytest.mark.parametrize(
    "content", ["<html><table><tr><td>id</td></tr></table>", '\n<?xml version="1.0"?>\n<Workbook/>']
)
async def test_a_web_page_that_is_called_xls_is_told_as_one(
    bring_in: Callable[..., Awaitable[Any]], content: str
) -> None:
    refused = await bring_in(content, status=2, as_json=False, name="report.xls")
    assert "is a web page or XML" in " ".join(refused.output.split())


async def test_cells_that_say_something_beyond_the_header_refuse_their_row(
    bring_in: Callable[..., Awaitable[Any]],
) -> None:
    told = await bring_in("id,first_name\np1,Example,Ana\np2,Bo,\n", status=2)
    assert [(each["line"], each["reason"]) for each in told["refused"]] == [(2, "has 3 cells, the header 2")]
    assert told["created"] == 1


# --- dates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "more", "stored"),
    [
        (["04/05/2027", "13/05/2027"], (), ["2027-05-04", "2027-05-13"]),
        (["04/05/2027", "05/13/2027"], (), ["2027-04-05", "2027-05-13"]),
        (["4/5/2027", "4/5/2027"], ("--dates", "dmy"), ["2027-05-04", "2027-05-04"]),
        (["4/5/2027", "4/5/2027"], ("--dates", "mdy"), ["2027-04-05", "2027-04-05"]),
        (["04-05-2027", "31-05-2027"], (), ["2027-05-04", "2027-05-31"]),
        (["04.05.2027", "4.5.2027"], (), ["2027-05-04", "2027-05-04"]),
        (["04.05.2027", "05/13/2027"], (), ["2027-05-04", "2027-05-13"]),
        (["05/05/2027", "2027/05/04"], (), ["2027-05-05", "2027-05-04"]),
        (["4 May 2027", "04-MAY-2027"], (), ["2027-05-04", "2027-05-04"]),
        (["May 4th, 2027", "Sept. 4, 2027"], (), ["2027-05-04", "2027-09-04"]),
        (["4. Mai 2027", "4 de mayo de 2027"], (), ["2027-05-04", "2027-05-04"]),
        (["Friday, May 14, 2027", "Freitag, 14. Mai 2027"], (), ["2027-05-14", "2027-05-14"]),
        (["Fri 05/04/2027", "Thu 05/13/2027"], (), ["2027-05-04", "2027-05-13"]),
        (["vendredi 14 mai 2027", "pá 14. 5. 2027"], (), ["2027-05-14", "2027-05-14"]),
        (["Mar 4, 2027", "mar 4 mai 2027"], (), ["2027-03-04", "2027-05-04"]),
        (["2027. 05. 04.", "4. 5. 2027"], (), ["2027-05-04", "2027-05-04"]),
        (["1 août 2027", "4 Maj 2027"], (), ["2027-08-01", "2027-05-04"]),
        (["04/05/2027 00:00", "13/05/2027 12:00:00 AM"], (), ["2027-05-04", "2027-05-13"]),
    ],
)
async def test_the_order_is_taken_from_what_leaves_no_doubt(
    bring_in: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    cells: list[str],
    more: tuple[Any, ...],
    stored: list[str],
) -> None:
    rows = "".join(f'p{number},"{cell}",x\n' for number, cell in enumerate(cells, 1))
    told = await bring_in("id,custom.visa,city\n" + rows, *more)
    assert told["created"] == len(cells)
    assert [(await person(sql, f"p{number}"))["visa"] for number in range(1, len(cells) + 1)] == stored


async def test_dates_of_all_columns_decide_together(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    # The row whose date leaves no doubt is the last one, and in another column.
    rows = "".join(f"p{number},05/04/2027,\n" for number in range(600)) + "p9999,,2026-02-01\np9998,,28/02/2026\n"
    told = await bring_in("id,available_from,last_contacted\n" + rows)
    assert told["created"] == 602
    assert (await person(sql, "p599"))["available_from"] == "2027-04-05"
    assert (await person(sql, "p9998"))["last_contacted"] == datetime(2026, 2, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        (["2027-01-01", "04/05/2027"], ["line 3", "'Available from'", "--dates dmy", "--dates mdy"]),
        (["13/05/2027", "05/13/2027"], ["line 2 start with the day", "line 3 with the month", "--dates dmy"]),
    ],
)
async def test_what_can_be_read_in_two_ways_is_asked_and_nothing_is_written(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], cells: list[str], words: list[str]
) -> None:
    rows = "".join(f"p{number},{cell}\n" for number, cell in enumerate(cells))
    refused = await bring_in("id,Available from\n" + rows, status=2, as_json=False)
    for each in words:
        assert each in " ".join(refused.output.split())
    assert await sql("SELECT 1 FROM person") == []


async def test_a_date_that_does_not_fit_the_order_is_left_out_alone(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in("id,city,available_from\np1,Bath,13/05/2027\n", "--dates", "mdy", status=2)
    assert [(each["line"], each["field"]) for each in told["problems"]] == [(2, "person.available_from")]
    assert (await person(sql))["city"] == "Bath"


async def test_dates_in_columns_of_text_decide_nothing_and_stay_as_they_are(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await bring_in("id,city\np1,04/05/2027\n")
    assert (await person(sql))["city"] == "04/05/2027"


async def test_a_clock_without_offset_is_the_organisations(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELANCE_ORGANISATION_TIMEZONE", "Europe/Berlin")
    await bring_in("id,last_contacted\np1,14/05/2026 09:30\np2,2026-05-14 9:30\n")
    for each in ("p1", "p2"):
        assert (await person(sql, each))["last_contacted"] == datetime(2026, 5, 14, 7, 30, tzinfo=UTC)


# --- workbooks --------------------------------------------------------------------------------------------------------

HEADER: list[Any] = [
    "Id",
    "First name",
    "Phone",
    "Available from",
    "Last contacted",
    "Visits",
    "VIP",
    "Skills",
    "Company",
]
AT = datetime(2026, 5, 4, 9, 30, tzinfo=UTC)
ROW: list[Any] = ["p1", "Zoë ", 447911123456, date(2027, 5, 4), AT, 7.0, True, "a;b", ("B2&B3", "Acme")]


async def test_a_workbook_goes_in_with_its_types(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    short: list[Any] = ["p2", "Al", "07911 123457", None, None, 7.5, False]
    book = workbook({"People": [HEADER, ROW, [None] * 9, short]})
    for created in (2, 0):
        told = await bring_in(book, name="export.xlsx")
        assert (told["created"], told["refused"], told["problems"], told["warnings"]) == (created, [], [], [])
    found = await person(sql)
    assert (found["first_name"], found["phone"], found["company"]) == ("Zoë", "447911123456", "Acme")
    assert (found["available_from"], found["visits"], found["vip"]) == ("2027-05-04", "7", "true")
    assert (found["skills"], found["last_contacted"]) == (["a", "b"], datetime(2026, 5, 4, 9, 30, tzinfo=UTC))
    other = await person(sql, "p2")
    assert (other["phone"], other["visits"], other["vip"]) == ("07911 123457", "7.5", "false")


async def test_a_workbook_is_known_by_its_bytes_and_its_rows_by_their_numbers(
    bring_in: Callable[..., Awaitable[Any]], tmp_path: Path
) -> None:
    book = workbook({"S": [[None], ["Id", "Visits", "City"], ["p1", "many", "Bath"], ["p 2", 7, "York"]]})
    refused = tmp_path / "no.csv"
    told = await bring_in(book, "--refused", str(refused), name="export.csv", status=2)
    assert [each["line"] for each in told["refused"]] == [4]
    assert [(each["line"], each["field"]) for each in told["problems"]] == [(3, "custom.visits")]
    assert [line.split(",")[0] for line in refused.read_text().splitlines()] == ["line", "3", "4"]


GOOD = [["Id", "First name", "City"], ["p1", "Zoë", "Bath"]]


async def test_the_only_sheet_with_rows_is_meant_and_others_are_asked_for(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    await bring_in(workbook({"Notes": [], "People": GOOD, "Old": [["x"]]}, hidden=["Old"]))
    assert (await person(sql))["city"] == "Bath"
    two = workbook({"People": GOOD, "Leavers": [["Id", "City"], ["p1", "York"]]})
    refused = await bring_in(two, status=2, as_json=False)
    assert 'choose one with --sheet: "People", "Leavers"' in " ".join(refused.output.split())
    refused = await bring_in(two, "--sheet", "Leaver", status=2, as_json=False)
    assert "Did you mean `Leavers`" in refused.output
    await bring_in(two, "--sheet", " leavers")
    assert (await person(sql))["city"] == "York"


@pytest.mark.parametrize(
    ("rows", "merged"),
    [
        ([["Candidates, May"], *GOOD], ["A1:C1"]),
        ([["Candidates, May"], [None], *GOOD], []),
        ([["Id", "Person", None], [None, "First name", "City"], ["p1", "Zoë", "Bath"]], ["A1:A2", "B1:C1"]),
        ([["Id", "First name", "City"], [None] * 3, ["p1", "Zoë", "Bath"]], ["A1:A2", "B1:B2", "C1:C2"]),
        ([["Id", "First name", "City", "Notes"], ["p1", "Zoë", "Bath"]], ["D1:E1"]),
    ],
)
async def test_titles_and_merged_cells_over_the_names_of_columns(
    bring_in: Callable[..., Awaitable[Any]],
    sql: Callable[..., Awaitable[Any]],
    rows: Any,
    merged: list[str],
) -> None:
    assert (await bring_in(workbook({"People": rows}, merged)))["created"] == 1
    found = await person(sql)
    assert (found["first_name"], found["city"]) == ("Zoë", "Bath")


async def test_two_names_under_two_merged_ones_are_told_apart(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    rows: list[list[Any]] = [
        ["Id", "Home", None, "Work", None],
        [None, "Phone", "City", "Phone", "City"],
        ["p1", "1", "Bath", "2", "X"],
    ]
    book = workbook({"People": rows}, ["A1:A2", "B1:C1", "D1:E1"])
    await bring_in(book, "--map", "Home City=city")
    assert (await person(sql))["city"] == "Bath"


@pytest.mark.parametrize(
    ("book", "words"),
    [
        (workbook({"A": [], "B": []}), "all sheets are empty"),
        (workbook({"A": [["Id", "Name", None], ["p1", "Zoë", "Ex"]]}, ["B1:C1"]), "'Name' is merged over several"),
        (workbook({"A": GOOD})[:300], "cannot be read as a workbook"),
        (workbook({"A": [*GOOD, [None] * 16383 + [" "]]}), "in the cell XFD3, far from the table"),
        (b"PK\x03\x04" + b"\x00" * 100, "cannot be read as a workbook"),
        (b"\xd0\xcf\x11\xe0" + b"\x00" * 600, "cannot be read as a workbook"),
    ],
)
async def test_workbooks_that_cannot_be_used_say_why(
    bring_in: Callable[..., Awaitable[Any]], book: Any, words: str
) -> None:
    refused = await bring_in(book, status=2, as_json=False)
    assert words in " ".join(refused.output.split())


async def test_a_sheet_of_a_csv_file_is_refused(bring_in: Callable[..., Awaitable[Any]]) -> None:
    refused = await bring_in("id\np1\n", "--sheet", "People", status=2, as_json=False)
    assert "is not a workbook" in refused.output


# --- names of columns -------------------------------------------------------------------------------------------------


async def test_what_other_programs_call_a_column_is_taken_and_told(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    text = "Candidate ID,Forename,Surname,Email Address,Mobile\np1,Zoë,Example,zoe@client.example,+447911123456\n"
    done = await bring_in(text, as_json=False)
    assert "Surname = last_name" in " ".join(done.stderr.split())
    found = await person(sql)
    assert (found["first_name"], found["last_name"]) == ("Zoë", "Example")
    assert (found["email"], found["phone"]) == ("zoe@client.example", "+447911123456")


@pytest.mark.parametrize(
    "header",
    [
        "Contact ID,First Name,Last Name,Mobile,Mailing Country",
        "Record ID,Vorname,Nachname,Mobiltelefon,Land",
        "ResourceId,Prénom,Apellidos,Téléphone portable,País",
        "Candidate ID,Voornaam,Achternaam,MobileTel,Country/Region",
    ],
)
async def test_columns_of_other_programs_and_languages_are_taken(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], header: str
) -> None:
    await bring_in(f"{header}\np1,Zoë,Example,0171 1234567,Allemagne\n")
    found = await person(sql)
    assert (found["first_name"], found["last_name"], found["phone"]) == ("Zoë", "Example", "+491711234567")


async def test_without_an_id_the_columns_are_named(bring_in: Callable[..., Awaitable[Any]]) -> None:
    refused = await bring_in("Nr,Name\n1,Al\n", status=2, as_json=False)
    assert "Its columns: Nr, Name" in " ".join(refused.output.split())


async def test_a_guess_gives_way_to_plain_names_to_what_is_said_and_to_doubt(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    text = "id,Phone,Mobile,Email address,Primary email,Surname\np1,+447911123456,12,a@x.example,b@x.example,No\n"
    done = await bring_in(text, "--map", "Surname=", as_json=False)
    assert "ignored columns (not fields of a person): Mobile, Email address, Primary email, Surname" in " ".join(
        done.stderr.split()
    )
    found = await person(sql)
    assert (found["phone"], found["email"], found["last_name"]) == ("+447911123456", None, None)


async def test_the_id_of_a_candidate_is_a_placements_person_and_never_its_own_id(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    refused = await bring_in("Candidate ID,Status\np1,Open\n", kind="placement", status=2, as_json=False)
    assert "no column holds the id of the placement" in " ".join(refused.output.split())
    await bring_in("Placement ID,Candidate ID,Status\npl1,p1,Open\n", kind="placement")
    assert [tuple(row) for row in await sql("SELECT id, person_id FROM placement")] == [("pl1", "p1")]


# --- what is told -----------------------------------------------------------------------------------------------------


async def test_cut_numbers_and_bad_addresses_are_counted_by_reason_with_examples(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    rows = "".join(f"a{number},a{number}@client.example,4.47E+11\n" for number in range(8))
    rows += "b1,bob@,\nb2,bob@,+447911123456\nb3,b3@client.example,12\n"
    told = await bring_in("id,email,phone\n" + rows, status=2)
    assert told["created"] == 11
    found = [(each["what"], each["count"], each["lines"]) for each in told["reasons"]]
    assert found == [("field", 8, [2, 3, 4, 5, 6]), ("warning", 2, [10, 11]), ("warning", 1, [12])]
    assert "shortened the number" in told["reasons"][0]["reason"]
    assert "client.example" not in json.dumps(told["reasons"])
    assert {row["phone"] for row in await sql("SELECT phone FROM person WHERE id LIKE 'a%'")} == {None}
    words = " ".join((await bring_in("id,email,phone\n" + rows, status=2, as_json=False)).output.split())
    assert "8 fields skipped" in words
    assert "2, 3, 4, 5, 6, ..." in words


async def test_an_error_of_a_spreadsheet_is_nobodys_name(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]]
) -> None:
    told = await bring_in("id,first_name,city,owner\np1,#N/A,Bath,#REF!\np2,Al,#wert!,\n", status=2)
    found = [(each["line"], each["field"]) for each in told["problems"]]
    assert found == [(2, "person.first_name"), (2, "person.owner"), (3, "person.city")]
    assert ((await person(sql))["first_name"], (await person(sql))["city"]) == (None, "Bath")


@pytest.mark.parametrize(
    ("country", "phone", "stored"),
    [
        ("Germany", "0171 1234567", "+491711234567"),
        ("de", "0171 1234567", "+491711234567"),
        ("Österreich", "0664 1234567", "+436641234567"),
        ("", "07911 123456", "07911 123456"),
        ("Germany", "+44 7911 123456", "+44 7911 123456"),
        ("Atlantis", "07911 123456", "07911 123456"),
    ],
)
async def test_a_column_of_countries_says_whose_national_numbers_they_are(
    bring_in: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], country: str, phone: str, stored: str
) -> None:
    told = await bring_in(f"id,Country,Mobile number\np1,{country},{phone}\n")
    assert (await person(sql))["phone"] == stored
    assert bool(told["warnings"]) is (country == "Atlantis")
