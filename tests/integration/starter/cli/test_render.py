"""``relance render``, the fields that publish lists, and who is refused for want of one; against a real Postgres."""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from email import policy
from email.parser import BytesParser
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from starter.cli.main import app

PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)
SEQUENCE = """
sequence: welcome
name: Welcome
record: person
auto_enroll:
  real: {person.status: [New]}
steps:
  - {id: hello, email: hello}
  - {id: again, when: 3 days after hello, email: again}
  - {id: act, when: 1 day after again, do: [{create_task: {title: Call}}]}
  - {id: text, when: 1 day after act, sms: text}
"""
TEMPLATES: dict[str, str | bytes] = {
    "hello.email.txt": "Subject: Hello {{ person.first_name }}\nAttach: files/a.pdf\n\nHi {{ person.first_name }}.\n",
    "hello.email.html": "<style>p{color:#123456}</style><p>Hi {{ person.first_name }}</p>"
    '<img src="images/l.png" alt="l">'
    '<a href="https://example.com/x">x</a>',
    "again.email.txt": "Subject: Something else\n\nStill there, in {{ person.city }}?\n",
    "text.sms.txt": "{{ person.first_name | default('you') }}: {{ person.available_from | date }} “quoted”",
    "files/a.pdf": b"%PDF-1.7",
    "images/l.png": PNG,
}
runner = CliRunner()


@pytest.fixture
def relance(in_environment: None) -> Callable[..., Awaitable[Any]]:
    async def call(*arguments: object, status: int = 0, as_json: bool = True) -> Any:
        given = [str(argument) for argument in arguments] + (["--json"] if as_json else [])
        done = await asyncio.to_thread(runner.invoke, app, given)
        assert done.exit_code == status, done.output
        return done.stderr if status else json.loads(done.stdout) if as_json else done.stdout

    return call


@pytest.fixture
def file(tmp_path: Path) -> Path:
    for name, content in TEMPLATES.items():
        path = tmp_path / "templates" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
    (tmp_path / "sequences").mkdir()
    (tmp_path / "sequences" / "welcome.yaml").write_text(SEQUENCE)
    return tmp_path / "sequences" / "welcome.yaml"


@pytest.fixture
async def people(in_environment: None, sql: Callable[..., Awaitable[Any]]) -> None:
    await sql(
        "INSERT INTO person (id, first_name, email, phone, city, language, available_from) VALUES"
        " ('full', 'Zoë', 'zoe@people.example', '+447911123456', 'Wien', 'de', '2027-06-14'),"
        " ('nameless', ' ', 'a@people.example', NULL, 'Ulm', NULL, NULL),"
        " ('homeless', 'Ann', 'b@people.example', '+447911123457', NULL, NULL, NULL),"
        " ('phone', 'Bob', NULL, '+447911123458', NULL, 'German', '2027-06-14')"
    )


async def test_publish_and_check_list_fields_without_default(
    relance: Callable[..., Awaitable[Any]], file: Path
) -> None:
    needed = {"again": ["person.city"], "hello": ["person.first_name"], "text": ["person.available_from"]}
    checked = await relance("check", file)
    assert checked["files"][0]["fields_without_default"] == needed
    said = await relance("publish", file, as_json=False)
    assert "hello: person.first_name" in said
    again = await relance("publish", file)
    assert (again[0]["new"], again[0]["fields_without_default"]) == (False, needed)


async def test_a_mail_is_shown_as_it_would_go_out(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None, tmp_path: Path, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    html = tmp_path / "out.html"
    shown = await relance("render", "welcome", "hello", "full", "--html", html)
    assert (shown["channel"], shown["to"], shown["version"]) == ("email", "zoe@people.example", 1)
    assert shown["headers"]["Subject"] == "Hello Zoë"
    assert shown["headers"]["To"] == "Zoë <zoe@people.example>"
    assert shown["text"].startswith("Hi Zoë.\n\nSie bekommen diese E-Mail von Our agency.\nAbmelden: ")
    assert [(each["name"], each["inline"]) for each in shown["files"]] == [("l.png", True), ("a.pdf", False)]
    assert html.read_text() == shown["html"]
    assert '<p style="color: #123456;">Hi Zoë</p>' in shown["html"]
    assert "data:image/png;base64,iVBOR" in shown["html"]
    assert 'href="https://example.com/x"' in shown["html"]
    assert await sql("SELECT 1 FROM send") == []
    said = await relance("render", "welcome", "hello", "full", as_json=False)
    assert "Subject: Hello Zoë" in said
    assert "attachment: a.pdf (application/pdf, 8 bytes)" in said


async def test_the_bytes_are_those_of_the_whole_mail_and_of_the_words_of_a_text(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)

    async def raw(step: str, person: str = "full") -> bytes:
        done = await asyncio.to_thread(runner.invoke, app, ["render", "welcome", step, person, "--raw"])
        assert done.exit_code == 0, done.output
        return done.stdout_bytes

    mail = await raw("again")
    assert b"\r\n\r\n" in mail
    assert b"\n" not in mail.replace(b"\r\n", b"")
    parsed = BytesParser(policy=policy.default).parsebytes(mail)
    assert (parsed["To"], parsed["Subject"]) == ("Zoë <zoe@people.example>", "Re: Hello Zoë")
    assert parsed["In-Reply-To"] == parsed["References"]
    first = BytesParser(policy=policy.default).parsebytes(await raw("hello"))
    assert first["Message-ID"] == parsed["In-Reply-To"]
    assert "List-Unsubscribe" in first
    assert (await raw("text")).decode() == "Zoë: Montag, 14. Juni 2027 “quoted”\nReply STOP to opt out"
    assert await sql("SELECT 1 FROM send") == []
    assert "leave --html and --json out" in await relance("render", "welcome", "hello", "full", "--raw", status=2)


async def test_an_answer_in_the_thread_bears_the_first_subject(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None
) -> None:
    await relance("publish", file)
    shown = await relance("render", "welcome", "again", "full")
    assert shown["headers"]["Subject"] == "Re: Hello Zoë"
    assert any("subject" in warning for warning in shown["warnings"])


async def test_a_text_is_shown_with_segments_and_in_the_recipients_language(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None
) -> None:
    await relance("publish", file)
    shown = await relance("render", "welcome", "text", "full")
    assert shown["text"].startswith("Zoë: Montag, 14. Juni 2027 “quoted”")
    assert (shown["encoding"], shown["outside_gsm7"][:2]) == ("UCS-2", ["ë", "“"])
    assert shown["segments"] >= 1
    assert shown["html"] is None
    assert "Monday 14 June 2027" in (await relance("render", "welcome", "text", "phone"))["text"]


async def test_a_file_that_nobody_published(relance: Callable[..., Awaitable[Any]], file: Path, people: None) -> None:
    shown = await relance("render", "welcome", "hello", "full", "--file", file)
    assert (shown["version"], shown["headers"]["Subject"]) == (None, "Hello Zoë")
    assert "not 'other'" in await relance("render", "other", "hello", "full", "--file", file, status=3)
    (file.parent.parent / "templates" / "hello.email.html").write_text("<p onclick='x()'>a</p>")
    assert "onclick" in await relance("render", "welcome", "hello", "full", "--file", file, status=2)


async def test_what_cannot_be_rendered_says_why(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None, tmp_path: Path
) -> None:
    await relance("publish", file)
    said = await relance("render", "welcome", "hello", "nameless", status=2)
    assert "hello.email.txt:1: the field 'person.first_name' is missing" in said
    assert "sends nothing" in await relance("render", "welcome", "act", "full", status=4)
    assert "no e-mail address" in await relance("render", "welcome", "hello", "phone", status=4)
    assert "no person" in await relance("render", "welcome", "hello", "nobody", status=3)
    assert "no step" in await relance("render", "welcome", "nothing", "full", status=3)
    assert "--html" in await relance("render", "welcome", "text", "full", "--html", tmp_path / "x.html", status=4)


async def test_enrolling_refuses_or_flags_by_the_message_that_lacks_a_field(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await relance("publish", file)
    refused = await relance("enroll", "welcome", "nameless", status=4)
    assert "missing_field: person.first_name" in refused
    assert "(hello: person.first_name)" in refused
    assert [tuple(row) for row in await sql("SELECT person_id, reason, detail FROM refusal")] == [
        ("nameless", "missing_field", "hello: person.first_name")
    ]
    accepted = await relance("enroll", "welcome", "homeless")
    # That it would go at night, or on a weekend, is said at night and on weekends only.
    assert [each for each in accepted["warnings"] if not each.startswith("unsocial_hour")] == [
        "again: missing_field (person.city)",
        "text: missing_field (person.available_from)",
    ]
    story = json.dumps(await relance("show", accepted["enrollment"]))
    assert "again cannot be written yet" in story
    assert "person.city" in story
    full = await relance("enroll", "welcome", "full")
    assert [each for each in full["warnings"] if not each.startswith("unsocial_hour")] == []
    # No e-mail reaches them, so the text is their first message, and what only mails need is not missing.
    by_text = await relance("enroll", "welcome", "phone")
    assert [each for each in by_text["warnings"] if not each.startswith("unsocial_hour")] == [
        "hello: no_email",
        "again: no_email",
    ]


async def test_a_preview_counts_who_would_be_refused(
    relance: Callable[..., Awaitable[Any]], file: Path, people: None, sql: Callable[..., Awaitable[Any]]
) -> None:
    await sql("UPDATE person SET status = 'New'")
    (published,) = await relance("publish", file)
    assert published["preview"]["refused"] == {"missing_field": 1}
    assert published["preview"]["would_enroll"] == 3
