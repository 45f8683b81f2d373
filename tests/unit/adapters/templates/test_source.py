"""Template files on disk, and the examples that ship."""

from __future__ import annotations

import json
import os
import tracemalloc
from datetime import date
from pathlib import Path

import pytest

from adapters.templates import Renderer, TemplateSource, load_templates
from sequences.errors import TemplateError
from sequences.records.catalogue import OF_A_MAIL
from sequences.sending.email_content import EmailContent

EXAMPLES = Path(__file__).parents[4] / "examples" / "templates"
NAMES = sorted(
    {path.relative_to(EXAMPLES).as_posix().split(".")[0] for path in EXAMPLES.rglob("*.*") if path.is_file()}
)
FIELDS = {
    "person": ("first_name", "full_name", "email", "company"),
    "placement": ("job_title", "start_date", "location", "meeting_with"),
    "client": ("name",),
    "owner": ("first_name", "full_name", "phone", "email"),
}
CATALOGUE = {f"{group}.{name}" for group, names in FIELDS.items() for name in names}


def test_the_examples_of_both_sequences_are_there() -> None:
    assert NAMES == [
        "bd/introduce",
        "bd/remind",
        "bd/thank-you",
        "jobs/new-job",
        "onboarding/are-you-ready",
        "onboarding/good-luck",
        "onboarding/how-is-it-going",
        "onboarding/where-and-when",
        "registration/after-the-call",
        "registration/invite",
        "registration/remind",
    ]


@pytest.mark.parametrize("name", NAMES)
def test_example(name: str) -> None:
    renderer = Renderer()
    source = load_templates(EXAMPLES, [name])[name]
    assert renderer.check(source, {*CATALOGUE, *OF_A_MAIL, "form.re-registration"}) == ()
    full: dict[str, dict[str, object]] = {group: {f: f"~{f}~" for f in names} for group, names in FIELDS.items()}
    full["placement"]["start_date"] = date(2027, 6, 14)
    least: dict[str, dict[str, object]] = {group: {} for group in FIELDS}
    for use in renderer.fields_of(source):
        if not use.optional and use.name not in {*OF_A_MAIL, "form.re-registration"}:
            group, field = use.name.split(".")
            least[group][field] = full[group][field]
    for values in (full, least):
        links = {
            **dict.fromkeys(OF_A_MAIL, "https://relance.example/u/t"),
            "form": {"re-registration": "https://relance.example/f/t"},
        }
        rendered = renderer.render(source, {**values, **links})
        words = rendered.subject + rendered.text if isinstance(rendered, EmailContent) else rendered
        assert "{" not in words
        assert "\n\n\n" not in words
        assert isinstance(rendered, EmailContent) == (source.channel == "email")
        assert source.channel == "email" or len(words) <= 160
    # Nothing about the person may be needed: a first name is often missing.
    assert least["person"] == {}


def test_the_examples_do_what_the_story_needs() -> None:
    templates = load_templates(EXAMPLES, NAMES)
    assert "https://example.com/services" in templates["bd/introduce"].text
    assert "placement.meeting_with" in templates["onboarding/are-you-ready"].text
    assert templates["bd/remind"].subject == templates["bd/introduce"].subject  # one thread, one subject


def test_json_round_trip() -> None:
    for source in load_templates(EXAMPLES, NAMES).values():
        assert TemplateSource.from_json(json.loads(json.dumps(source.to_json()))) == source


def write(folder: Path, files: dict[str, bytes]) -> None:
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


def test_parts_and_lines(tmp_path: Path) -> None:
    write(tmp_path, {"a.email.txt": b"\xef\xbb\xbfsubject:  Hi \r\n\r\n\r\nBody\r\n", "a.email.html": b"<p>Body</p>"})
    assert load_templates(tmp_path, ["a"])["a"] == TemplateSource("a", "Hi", "Body\n", "<p>Body</p>", 4, 1)


def test_html_alone_brings_its_subject(tmp_path: Path) -> None:
    write(tmp_path, {"a.email.html": b"Subject: Hi\n\n<p>Body {{ x }}</p>\n"})
    source = load_templates(tmp_path, ["a"])["a"]
    assert (source.subject, source.text, source.html, source.html_line) == ("Hi", "", "<p>Body {{ x }}</p>\n", 3)
    (problem,) = Renderer().check(source, ())
    assert str(problem).startswith("a.email.html:3: unknown field 'x'")


@pytest.mark.parametrize(
    ("files", "name", "message"),
    [
        ({"bd/introduce.email.txt": b"Subject: a\n\nb"}, "bd/intro", "did you mean 'bd/introduce'"),
        ({}, "../etc/passwd", "is not a template name"),
        ({}, "/etc/passwd", "is not a template name"),
        ({}, "bd/x", "bd/x.email.txt is missing"),
        ({"a.email.txt": b"Hello\n\nb"}, "a", "a.email.txt:1: the first line must be the subject"),
        ({"a.email.txt": b"Subject:\n\nb"}, "a", "a.email.txt:1: the first line must be the subject"),
        ({"a.email.txt": b"Subject: x\nb"}, "a", "a.email.txt:2: an empty line"),
        ({"a.email.txt": b"Subject: x\n\n  \n"}, "a", "a.email.txt:2: the body is empty"),
        ({"a.email.txt": b"Subject: x\n\nb\n\xff"}, "a", "a.email.txt:4: is not UTF-8"),
        ({"a.email.txt": b"", "a.sms.txt": b"x"}, "a", "a.sms.txt:1: an e-mail has the same name"),
        ({"a.sms.txt": b" \n"}, "a", "a.sms.txt:1: the text is empty"),
        ({"a.sms.txt": b"x" * 50_001}, "a", "50001 characters"),
        ({"a.sms.txt/b": b"x"}, "a", "cannot be read"),
    ],
)
def test_bad_files(tmp_path: Path, files: dict[str, bytes], name: str, message: str) -> None:
    write(tmp_path, files)
    with pytest.raises(TemplateError) as caught:
        load_templates(tmp_path, [name])
    assert message in str(caught.value)


def test_a_link_out_of_the_folder_is_not_read(tmp_path: Path) -> None:
    (tmp_path / "secret.txt").write_text("Subject: Hi\n\nroot:x:0:0\n")
    folder = tmp_path / "templates"
    (folder / "inside").mkdir(parents=True)
    (folder / "inside" / "real.email.txt").write_text("Subject: Hi\n\nBody\n")
    (folder / "a.email.txt").symlink_to(tmp_path / "secret.txt")
    (folder / "b.email.txt").symlink_to(folder / "inside" / "real.email.txt")
    with pytest.raises(TemplateError, match=r"^a\.email\.txt: is outside the folder") as caught:
        load_templates(folder, ["a"])
    assert "root" not in str(caught.value)
    assert load_templates(folder, ["b"])["b"].text == "Body\n"
    (tmp_path / "linked").symlink_to(folder)
    assert load_templates(tmp_path / "linked", ["b"])["b"].subject == "Hi"


@pytest.mark.parametrize("what", ["/dev/zero", "pipe", "folder", "loop"])
def test_what_is_no_file_is_not_read(tmp_path: Path, what: str) -> None:
    place = tmp_path / "a.email.txt"
    if what == "pipe":
        os.mkfifo(place)
    elif what == "folder":
        place.mkdir()
    else:
        place.symlink_to(place if what == "loop" else what)
    with pytest.raises(TemplateError, match=r"^a\.email\.txt: "):
        load_templates(tmp_path, ["a"])


def test_a_file_of_gigabytes_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a.email.txt").open("wb") as file:
        file.write(b"Subject: Hi\n\n")
        os.truncate(file.fileno(), 2**41)
    tracemalloc.start()
    try:
        with pytest.raises(TemplateError, match=r"^a\.email\.txt: has more than 200003 bytes, 50000 characters"):
            load_templates(tmp_path, ["a"])
        assert tracemalloc.get_traced_memory()[1] < 5_000_000
    finally:
        tracemalloc.stop()
