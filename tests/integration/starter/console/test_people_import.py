"""People are imported from a file in the console: uploaded, tried without a trace, then done by a job."""

from __future__ import annotations

import re
import secrets
from collections.abc import AsyncIterator
from html import unescape
from typing import Any

import pytest
import pytest_asyncio

from sequences.access.role import PeopleVisible, Role
from services.jobs.import_people import ImportPeople
from services.jobs.job import JobKind
from services.jobs.runner import JobRunner
from services.records.people_import import importing_of
from services.retention.remove import Retention
from starter.console.app import PATH
from tests.support.rigs.api import settings_for
from tests.support.screens.html import parse, text_of
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.viewers import DANA

CSV = """Id;First name;Surname;Mail;Owner;Shoe size
p1;Ann;Ray;ann@client.example;o1;38
p2;Ben;Ray;ben@client.example;o1;44
p3;Cleo;Ray;;o1;37
p4;Dan;Ray;dan@client.example;o2;41
not an id;Eve;Ray;eve@client.example;o1;40
"""


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    """Dana's console: Ben is hers and suppressed, Fay is Kim's."""
    async with open_console_rig(database_url, DANA) as console:
        api = console.api
        await api.execute(
            "INSERT INTO owner (id, first_name, last_name) VALUES ('o1', 'Dana', 'Reed'), ('o2', 'Kim', 'Lee')"
        )
        await api.publish("hello")
        await api.person("p2", first_name="Ben", last_name="Old", owner_id="o1", email="ben@client.example")
        await api.person("p9", first_name="Fay", last_name="Lee", owner_id="o2", email="fay@client.example")
        await api.execute(
            "INSERT INTO suppression (person_id, channel, reason, source, since) "
            "VALUES ('p2', 'all', 'opt_out', 'r', $1)",
            api.now,
        )
        yield console


async def upload(console: ConsoleRig, content: str | bytes, name: str = "people.csv", kind: str = "person") -> Any:
    data = content.encode() if isinstance(content, str) else content
    form = {"key": secrets.token_hex(8), "kind": kind}
    return await console.http.post(f"{PATH}/people/import", data=form, files={"file": (name, data)})


async def uploaded(
    console: ConsoleRig, content: str | bytes = CSV, name: str = "people.csv", kind: str = "person"
) -> str:
    """Its address in the console."""
    answer = await upload(console, content, name, kind)
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"]).removeprefix(PATH)


def chosen(page: str) -> dict[str, str]:
    """Column to what it is said to be."""
    found = {}
    for row in parse(page).xpath("//tbody/tr[.//select]"):
        (field,) = row.xpath(".//option[@selected]/@value") or [""]
        found[text_of(row.find("th"))] = field
    return found


COLUMNS: dict[str, Any] = {
    f"column-{n}": field for n, field in enumerate(["id", "first_name", "last_name", "email", "owner", ""])
}
IDS: dict[str, Any] = {"column-0": "id"}


async def jobs_done(console: ConsoleRig) -> None:
    api = console.api
    importing = importing_of(settings_for("postgresql://nowhere/x"), api.database, api.enrolling)
    runner = JobRunner(api.database, {JobKind.IMPORT_PEOPLE: ImportPeople(importing)}, api.clock, "test")
    while (row := await runner.claim()) is not None:
        await runner.carry_out(row)


async def people_of(console: ConsoleRig) -> dict[str, str]:
    rows = await console.api.fetch("SELECT id, last_name FROM person ORDER BY id")
    return {row["id"]: row["last_name"] for row in rows}


async def test_columns_are_known_by_their_names(console: ConsoleRig) -> None:
    assert "/console/people/import" in await console.page("/people")
    path = await uploaded(console)
    page = await console.page(path)
    assert chosen(page) == {
        "Id": "id",
        "First name": "first_name",
        "Surname": "last_name",
        "Mail": "email",
        "Owner": "owner",
        "Shoe size": "",
    }
    assert "p1, p2, p3" in page
    assert "5 rows" in page
    assert "What would happen" not in page


async def test_the_page_of_a_sequence_leads_to_an_import_into_it(console: ConsoleRig) -> None:
    link = "/people/import?kind=person&sequence=hello"
    assert link.replace("&", "&amp;") in await console.page("/sequences/hello")
    page = parse(await console.page(link))
    assert page.xpath("//input[@name='sequence']/@value") == ["hello"]
    assert page.xpath("//select[@name='kind']/option[@selected]/@value") == ["person"]
    form = {"key": "k" * 16, "kind": "person", "sequence": "hello"}
    answer = await console.http.post(f"{PATH}/people/import", data=form, files={"file": ("people.csv", CSV.encode())})
    path = answer.headers["location"].removeprefix(PATH)
    selected = "//select[@name='sequence']/option[@selected]/@value"
    assert parse(await console.page(path)).xpath(selected) == ["hello"]
    # What was chosen since counts, not the address.
    await console.act(f"{path.partition('?')[0]}/choose", sequence="", records="write", dates="", **COLUMNS)
    assert parse(await console.page(path)).xpath(selected) == [""]


async def rows_behind(console: ConsoleRig, href: str) -> list[str]:
    """Lines of the file that a number leads to."""
    bare, _, query = href.removeprefix(PATH).partition("#")[0].partition("?")
    page = parse(await console.page(f"{bare}?{query}&check=1"))
    return [text_of(cell) for cell in page.xpath("//section[@aria-labelledby='rows']//tbody/tr/td[1]")]


async def test_it_is_tried_without_a_trace_and_then_done(console: ConsoleRig) -> None:
    path = await uploaded(console)
    before = await people_of(console)
    answer = await console.act(f"{path}/choose", sequence="hello", records="write", dates="", **COLUMNS)
    assert answer.headers["location"] == PATH + path
    assert 'hx-trigger="load, again"' in await console.page(path)
    part = text_of(parse(await console.fragment(f"{path}?check=1")))
    assert "New people 2 Updated 1 As they are 0 Refused rows 2 Enrolled 1" in part
    assert "1 : must not be contacted" in part
    assert "1 : no e-mail address" in part
    assert "names another recruiter as the owner" in part
    rows = [
        [text_of(cell) for cell in row.xpath("./td|./th")][:3]
        for row in parse(await console.page(f"{path}?check=1")).xpath("//div[@id='check']//tbody/tr")
    ]
    assert [(line, status.split()[0]) for line, _, status in rows] == [
        ("5", "refused"),
        ("6", "refused"),
        ("2", "new"),
        ("3", "updated"),
        ("4", "new"),
    ]
    # Each number leads to its rows.
    page = parse(await console.page(f"{path}?check=1"))
    for link in page.xpath("//section[@aria-labelledby='would']//a[contains(@href, 'rows=')]"):
        number = int(text_of(link).split()[0])
        assert len(await rows_behind(console, link.get("href"))) == number, text_of(link)
    assert await rows_behind(console, f"{PATH}{path}?rows=refused") == ["5", "6"]
    assert await rows_behind(console, f"{PATH}{path}?rows=enrolls") == ["2"]
    assert await rows_behind(console, f"{PATH}{path}?rows=nothing") == []
    assert await people_of(console) == before
    assert await console.api.fetch("SELECT * FROM enrollment") == []
    started = await console.act(f"{path}/start")
    # The same file again is the same job.
    assert (await console.act(f"{path}/start")).headers["location"] == started.headers["location"]
    await jobs_done(console)
    text = await console.text(started.headers["location"].removeprefix(PATH))
    assert "Import people.csv" in text
    assert "2 created, 1 updated, 2 refused; 1 person enrolled" in text
    assert "1 row (line 5): names another recruiter as the owner" in text
    assert "1 person not enrolled: no e-mail address" in text
    assert await people_of(console) == {"p1": "Ray", "p2": "Ray", "p3": "Ray", "p9": "Lee"}
    assert [row["person_id"] for row in await console.api.fetch("SELECT person_id FROM enrollment")] == ["p1"]
    # What was imported is kept no longer, and its page leads to the work.
    assert [row["content"] for row in await console.api.fetch("SELECT content FROM people_file")] == [None]
    assert (await console.http.get(PATH + path)).headers["location"].startswith(f"{PATH}/jobs")


async def test_a_job_that_broke_off_goes_on(console: ConsoleRig) -> None:
    path = await uploaded(console)
    await console.act(f"{path}/choose", sequence="hello", records="write", **COLUMNS)
    await console.act(f"{path}/start")
    await jobs_done(console)
    # As if the process had ended just before it wrote down that all was done.
    await console.api.execute("UPDATE people_file SET content = $1", CSV.encode())
    await console.api.execute("UPDATE job SET state = 'waiting', ended_at = NULL, runner = NULL, result = NULL")
    await jobs_done(console)
    ((row),) = await console.api.fetch("SELECT state, done, total, result FROM job")
    assert (row["state"], row["done"], row["total"]) == ("done", 8, 10)
    assert row["result"] == "3 unchanged, 2 refused; 1 person enrolled"
    assert len(await console.api.fetch("SELECT * FROM enrollment")) == 1


async def test_records_can_stay_as_they_are(console: ConsoleRig) -> None:
    await console.api.execute("UPDATE suppression SET lifted_at = $1", console.api.now)
    path = await uploaded(console, "id,last_name\np2,New\np8,Nobody\np9,Other\n")
    columns: dict[str, Any] = {"column-0": "id", "column-1": "last_name"}
    wrong = await console.act(f"{path}/choose", sequence="", records="keep", **columns)
    assert (wrong.status_code, "else nothing would happen" in wrong.text) == (422, True)
    await console.act(f"{path}/choose", sequence="hello", records="keep", **columns)
    part = text_of(parse(await console.fragment(f"{path}?check=1")))
    assert "As they are 1 Refused rows 2 Enrolled 1" in part
    assert "there is no such person" in part
    assert "belongs to another recruiter" in part
    await console.act(f"{path}/start")
    await jobs_done(console)
    assert await people_of(console) == {"p2": "Old", "p9": "Lee"}
    assert [row["person_id"] for row in await console.api.fetch("SELECT person_id FROM enrollment")] == ["p2"]


async def test_others_records_are_not_changed(console: ConsoleRig) -> None:
    path = await uploaded(console, "id,last_name\np9,Changed\n")
    columns: dict[str, Any] = {**IDS, "column-1": "last_name"}
    await console.act(f"{path}/choose", records="write", **columns)
    assert "belongs to another recruiter" in await console.text(f"{path}?check=1")
    await console.act(f"{path}/start")
    await jobs_done(console)
    assert (await people_of(console))["p9"] == "Lee"


async def test_an_owner_is_known_by_name_address_or_id(console: ConsoleRig) -> None:
    await console.api.execute("UPDATE owner SET email = 'dana@agency.example' WHERE id = 'o1'")
    await console.api.execute("INSERT INTO owner (id, first_name, last_name) VALUES ('o3', 'Kim', 'Lee')")
    told = ("dana REED", "Reed, Dana", "Dana@agency.example", "o1", "Nobody Known", "Kim Lee")
    path = await uploaded(
        console, "Id;Consultant;City\n" + "".join(f"n{n};{each};Bath\n" for n, each in enumerate(told))
    )
    assert chosen(await console.page(path)) == {"Id": "id", "Consultant": "owner", "City": "city"}
    columns: dict[str, Any] = {"column-0": "id", "column-1": "owner", "column-2": "city"}
    await console.act(f"{path}/choose", **columns)
    # Of two with one name nobody knows who is meant.
    assert "One field skipped, 2 rows (line 6, 7): " in await console.text(f"{path}?check=1")
    await console.act(f"{path}/start")
    await jobs_done(console)
    rows = await console.api.fetch("SELECT id, owner_id FROM person WHERE id LIKE 'n%' ORDER BY id")
    assert [row["owner_id"] for row in rows] == ["o1", "o1", "o1", "o1", None, None]


async def test_placements_are_imported_and_enrolled(console: ConsoleRig) -> None:
    await console.api.publish("onboarding", record="placement")
    await console.api.publish("over", record="placement")
    await console.api.execute("INSERT INTO archived_sequence VALUES ('over', $1)", console.api.now)
    await console.api.execute("INSERT INTO placement (id, person_id) VALUES ('l9', 'p9')")
    await console.api.execute("UPDATE suppression SET lifted_at = $1", console.api.now)
    content = "Placement ID;Candidate;Start date\nl1;p2;2027-05-13\nl2;p9;2027-05-13\nl9;;2027-06-01\n"
    path = await uploaded(console, content, "placements.csv", "placement")
    page = await console.page(path)
    assert chosen(page) == {"Placement ID": "id", "Candidate": "person", "Start date": "start_date"}
    choices = [option.get("value") for option in parse(page).xpath("//select[@name='sequence']/option")]
    assert choices == ["", "onboarding"]
    columns: dict[str, Any] = {"column-0": "id", "column-1": "person", "column-2": "start_date"}
    await console.act(f"{path}/choose", sequence="onboarding", **columns)
    text = await console.text(f"{path}?check=1")
    assert "New placements 1 Updated 0 As they are 0 Refused rows 2 Enrolled 1" in text
    assert "belongs to another recruiter" in text
    assert "Ben Old l1" in text
    started = await console.act(f"{path}/start")
    await jobs_done(console)
    job = await console.text(started.headers["location"].removeprefix(PATH))
    assert "1 created, 2 refused; 1 placement enrolled" in job
    rows = await console.api.fetch("SELECT id, person_id, start_date FROM placement ORDER BY id")
    assert [tuple(row.values()) for row in rows] == [("l1", "p2", "2027-05-13"), ("l9", "p9", None)]
    (run,) = await console.api.fetch("SELECT record_type, record_id, person_id FROM enrollment")
    assert tuple(run.values()) == ("placement", "l1", "p2")


async def test_clients_are_imported_by_those_who_work_with_everybody(console: ConsoleRig) -> None:
    content = "id,name,city\nc1,Acme,Bath\n"
    assert 'value="client"' not in await console.page("/people/import")
    assert (await upload(console, content, "clients.csv", "client")).status_code == 422
    console.see(role=Role.ADMIN)
    assert 'value="client"' in await console.page("/people/import")
    path = await uploaded(console, content, "clients.csv", "client")
    columns: dict[str, Any] = {"column-0": "id", "column-1": "name", "column-2": "city"}
    await console.act(f"{path}/choose", **columns)
    text = await console.text(f"{path}?check=1")
    assert "New clients 1" in text
    assert "Acme" in text
    await console.act(f"{path}/start")
    await jobs_done(console)
    assert [row["name"] for row in await console.api.fetch("SELECT name FROM client")] == ["Acme"]


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"column-1": "last_name"}, "choose the column with the id"),
        ({"column-0": "id", "column-1": "email", "column-2": "email"}, "two columns are “E-mail”"),
    ],
)
async def test_a_wrong_choice_says_why(console: ConsoleRig, columns: dict[str, Any], words: str) -> None:
    path = await uploaded(console, "a,b,c\np1,x,y\n")
    answer = await console.act(f"{path}/choose", **columns)
    assert (answer.status_code, words in answer.text) == (422, True)
    assert (await console.act(f"{path}/start")).status_code == 422


async def test_dates_that_can_be_read_in_two_ways_must_be_said(console: ConsoleRig) -> None:
    path = await uploaded(console, "id,last_contacted\np1,04/05/2027\n")
    columns: dict[str, Any] = {"column-0": "id", "column-1": "last_contacted"}
    await console.act(f"{path}/choose", **columns)
    shown = await console.text(f"{path}?check=1")
    assert "the dates can be read in two ways" in shown
    assert "choose which it is under “Dates such as 04/05/2027”" in shown
    # What has to be changed is one press away, and open.
    (href,) = re.findall(r'class="button" href="([^"#]+)#columns"', await console.page(f"{path}?check=1"))
    assert '<details id="columns" open>' in await console.page(unescape(href).removeprefix("/console"))
    await console.act(f"{path}/choose", dates="mdy", **columns)
    assert "New people 1" in text_of(parse(await console.page(f"{path}?check=1")))


@pytest.mark.parametrize(
    ("content", "words"),
    [("", "the first line must name the columns"), ("<html><p>no", "is a web page"), (b"PK\x03\x04", "workbook")],
)
async def test_a_file_that_cannot_be_read_says_why(console: ConsoleRig, content: str | bytes, words: str) -> None:
    answer = await upload(console, content)
    assert (answer.status_code, words in answer.text) == (422, True), answer.text
    assert await console.api.fetch("SELECT * FROM people_file") == []


async def test_too_many_rows_and_too_many_bytes(console: ConsoleRig) -> None:
    answer = await upload(console, "id\n" + "p\n" * 5001)
    assert "5,001 rows; import 5,000 at the most" in answer.text
    assert (await upload(console, b"x" * (8 * 1024 * 1024 + 1))).status_code == 413
    assert (await console.act("/people/import", key="k")).status_code == 422


async def test_a_file_is_its_users_alone_and_goes_after_a_day(console: ConsoleRig) -> None:
    path = await uploaded(console, "id\np1\n", "../../etc/people.csv")
    assert "Import people.csv" in await console.text(path)
    console.see(user_id="u9")
    await console.page(path, 404)
    assert (await console.act(f"{path}/start")).status_code == 404
    await console.api.execute("UPDATE people_file SET uploaded_at = uploaded_at - interval '25 hours'")
    passing = Retention(console.api.database, console.api.settings.retention(), console.api.clock)
    assert sum([page.removed async for page in passing.whole_pass(console.api.now)]) == 1
    assert await console.api.fetch("SELECT * FROM people_file") == []


async def test_to_enroll_many_asks_once_more_who_it_is(console: ConsoleRig) -> None:
    console.proved = False
    path = await uploaded(console, "id\n" + "".join(f"p{n}\n" for n in range(201)))
    for sequence, answered in (("hello", "/console/confirm/"), ("", "/console/jobs/")):
        await console.act(f"{path}/choose", sequence=sequence, **IDS)
        assert (await console.act(f"{path}/start")).headers["location"].startswith(answered)


async def test_auditors_import_nothing(console: ConsoleRig) -> None:
    path = await uploaded(console)
    console.see(role=Role.AUDITOR, people_visible=PeopleVisible.ALL)
    assert "/people/import" not in await console.page("/people")
    await console.page("/people/import", 403)
    assert (await console.http.get(PATH + path)).status_code == 403
    assert (await upload(console, CSV)).status_code == 403


async def test_what_a_column_can_be_is_said_in_words(console: ConsoleRig) -> None:
    path = await uploaded(console, "id,Do not contact,Updated at\np1,yes,2026-01-01\n")
    page = parse(await console.page(path))
    offered = {option.get("value"): text_of(option) for option in page.xpath("//select[@name='column-1']/option")}
    assert offered["at"] == "When this row was up to date"
    # One name for one thing: what is the same opt-out is offered once, and no name of the code shows.
    assert len(set(offered.values())) == len(offered)
    assert [words for name, words in offered.items() if name and (words == name or "_" in words)] == []
    assert page.xpath("//select[@name='column-1']/option[@selected]/@value") == ["suppress"]
