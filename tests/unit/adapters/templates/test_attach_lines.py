"""Lines that attach files and pictures: written, found and taken away, and nothing else of a text changes."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.templates.attach_lines import (
    attached_files,
    named_files,
    shown_files,
    with_attachment,
    with_picture,
    without_attachment,
    without_picture,
)
from adapters.templates.html.check_and_finish import html_problems
from adapters.templates.source import load_templates
from sequences.errors import TemplateError

TEXT = "Subject: Hi\nLanguage: en-GB\n\nDear Ann,\nAttach: not a head\n"
PDF = "files/bd/one/My offer.pdf"
HTML = "x.email.html"


def test_a_file_comes_below_the_subject_and_below_others() -> None:
    once = with_attachment(TEXT, PDF)
    assert once == TEXT.replace("Hi\n", f"Hi\nAttach: {PDF}\n", 1)
    assert with_attachment(once, PDF) == once
    twice = with_attachment(once, "files/b.pdf")
    assert attached_files(twice) == (PDF, "files/b.pdf")
    assert without_attachment(twice, "files/b.pdf") == once
    assert without_attachment(once, PDF) == TEXT
    assert without_attachment(TEXT, PDF) == TEXT


@pytest.mark.parametrize("text", ["", "Dear Ann\n", "\nSubject: Hi\n\nDear\n"])
def test_a_text_without_a_subject_gets_no_line(text: str) -> None:
    with pytest.raises(TemplateError, match="must be the subject"):
        with_attachment(text, PDF)
    assert attached_files(text) == ()


_LINES = st.lists(st.text("abc :<>é", max_size=12), max_size=6)


@given(_LINES, st.from_regex(r"files/[a-z ]{0,6}[a-z]\.pdf", fullmatch=True))
def test_what_is_attached_and_taken_away_leaves_the_text_as_it_was(lines: list[str], path: str) -> None:
    text = "\n".join(["Subject: Hi", "Attach: files/other.txt", "", *lines])
    attached = with_attachment(text, path)
    assert attached_files(attached) == ("files/other.txt", path)
    assert without_attachment(attached, path) == text


@pytest.mark.parametrize(
    "html",
    ["<p>Hi</p>\n", "<p>Hi</p>", "", "<html><body>\n<p>Hi</p>\n</body></html>\n", "Subject: Hi\n\n<p>Hi</p>\n"],
)
def test_a_picture_comes_at_the_end_and_goes_again(html: str) -> None:
    with_it = with_picture(html, "images/bd/our-logo.png")
    assert 'alt="our logo"' in with_it
    assert html_problems(with_it.removeprefix("Subject: Hi\n\n")) == []
    assert shown_files(HTML, with_it) == ("images/bd/our-logo.png",)
    assert without_picture(with_it, "images/bd/our-logo.png").rstrip() == html.rstrip()
    assert with_it.count("</body>") == html.count("</body>")
    # In a text it is no picture.
    assert named_files("x.email.txt", with_it) == attached_files(with_it)


def test_a_picture_is_found_however_it_is_written() -> None:
    html = (
        "<p>A <img alt='a > b' src='cid:images/a.png'> B <IMG SRC=images/a.png> {{ person.first_name }}</p>\n"
        '<p><img src="images/a.png"></p>\n<img src="images/b.png" alt="images/a.png"><img'
    )
    assert shown_files(HTML, html) == ("images/a.png", "images/b.png")
    assert without_picture(html, "images/a.png") == (
        '<p>A  B  {{ person.first_name }}</p>\n<img src="images/b.png" alt="images/a.png"><img'
    )


@pytest.mark.parametrize("piece", ["<img ", "<img '", '<p><img a="', "<p> ", "<img src='a.png'>{{ '<' }}"])
def test_no_text_takes_long(piece: str) -> None:
    # A pattern that begins again at each tag took seconds.
    html = piece * (50_000 // len(piece))
    assert without_picture(html, "b.png") == html
    assert len(shown_files(HTML, html)) <= 1
    assert shown_files(HTML, '<img src="a.png">' + html * 5) == ()


def test_what_is_written_is_what_publishing_reads(tmp_path: Path) -> None:
    for path, content in ((PDF, b"%PDF-1.7"), ("images/a.png", b"\x89PNG\r\n\x1a\n")):
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_bytes(content)
    (tmp_path / "x.email.txt").write_text(with_attachment(TEXT, PDF))
    (tmp_path / HTML).write_text(with_picture("<p>Hi</p>\n", "images/a.png"))
    template = load_templates(tmp_path, ["x"])["x"]
    assert [(file.path, file.inline) for file in template.files] == [(PDF, False), ("images/a.png", True)]
