"""Attachments and inline images: read at publish, frozen, and what may not go."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from adapters.templates import Renderer, TemplateSource, load_templates
from adapters.templates.files import MAX_FILE, clean_name
from sequences.errors import TemplateError
from sequences.sending.email_content import EmailContent

PNG = b"\x89PNG\r\n\x1a\n" + bytes(20)
PDF = b"%PDF-1.7 x"
FILES = {
    "files/brochure.pdf": PDF,
    "images/our logo.png": PNG,
    "files/Über uns.PDF": PDF,
    "files/run.exe": b"MZ",
    "files/fake.pdf": b"MZ",
    "files/empty.pdf": b"",
    "images/pixel.svg": b"<svg/>",
    "files/.hidden.pdf": PDF,
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, content in FILES.items():
        (tmp_path / "templates" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "templates" / name).write_bytes(content)
    (tmp_path / "secret.pdf").write_bytes(PDF)
    return tmp_path / "templates"


def load(folder: Path, text: str, html: str | None = None) -> TemplateSource:
    (folder / "a.email.txt").write_text(text)
    if html is not None:
        (folder / "a.email.html").write_text(html)
    return load_templates(folder, ["a"])["a"]


def test_attachments_and_images_are_frozen_with_the_template(folder: Path) -> None:
    head = "Subject: Hi\nAttach: files/brochure.pdf\nattach: files/Über uns.PDF\nLanguage: de-AT\n\nBody\n"
    source = load(folder, head, '<img src="images/our logo.png" alt="x"><img src="cid:images/our logo.png" alt="y">')
    assert (source.subject, source.text, source.text_line, source.language) == ("Hi", "Body\n", 6, "de-AT")
    stored = json.loads(json.dumps(source.to_json()))
    assert stored == source.to_json()  # a list in Postgres and a tuple here would publish a new version every time
    assert TemplateSource.from_json(stored) == source
    (folder / "files/brochure.pdf").unlink()
    content = Renderer().render(TemplateSource.from_json(stored), {})
    assert isinstance(content, EmailContent)
    assert [(file.name, file.content_type, file.content, file.content_id is None) for file in content.files] == [
        ("brochure.pdf", "application/pdf", PDF, True),
        ("Über uns.PDF", "application/pdf", PDF, True),
        ("our logo.png", "image/png", PNG, False),
    ]
    cid = content.files[2].content_id
    assert content.html is not None
    assert content.html.count(f'src="cid:{cid}"') == 2


def test_a_template_without_files_is_stored_as_it_always_was(folder: Path) -> None:
    stored = load(folder, "Subject: Hi\n\nBody\n").to_json()
    assert sorted(stored) == ["html", "html_line", "name", "subject", "text", "text_line"]


@pytest.mark.parametrize(
    ("path", "message"),
    [
        ("files/none.pdf", "has no file"),
        ("../secret.pdf", "not a file in the folder"),
        ("/etc/passwd", "not a file in the folder"),
        ("files//brochure.pdf", "not a file in the folder"),
        ("files/.hidden.pdf", "not a file in the folder"),
        ("files\\brochure.pdf", "not a file in the folder"),
        ("link.pdf", "outside the folder"),
        ("files/run.exe", "cannot be an attachment; allowed are csv, docx"),
        ("images/pixel.svg", "cannot be an attachment"),
        ("files/fake.pdf", "does not match its file name extension"),
        ("files/empty.pdf", "is empty"),
        ("files", "cannot be an attachment"),
        ("large.pdf", "5.0 MB are allowed"),
    ],
)
def test_what_cannot_be_attached_says_why_and_where(folder: Path, path: str, message: str) -> None:
    (folder / "link.pdf").symlink_to(folder.parent / "secret.pdf")
    with (folder / "large.pdf").open("wb") as file:
        file.write(PDF)
        os.truncate(file.fileno(), MAX_FILE + 1)
    with pytest.raises(TemplateError, match=r"^a\.email\.txt:2: ") as caught:
        load(folder, f"Subject: Hi\nAttach: {path}\n\nBody\n")
    assert message in str(caught.value)


def test_all_files_of_a_mail_together_have_a_limit(folder: Path) -> None:
    for number in range(3):
        (folder / f"{number}.pdf").write_bytes(PDF.ljust(4 * 1024 * 1024))
    head = "".join(f"Attach: {number}.pdf\n" for number in range(3))
    with pytest.raises(TemplateError, match=r"^a\.email\.txt:4: .* more than 10\.0 MB together"):
        load(folder, f"Subject: Hi\n{head}\nBody\n")


def test_an_image_that_is_not_there_names_the_line_of_the_html(folder: Path) -> None:
    with pytest.raises(
        TemplateError, match=r"^a\.email\.html:2: the folder of templates has no file 'images/none.png'"
    ):
        load(folder, "Subject: Hi\n\nBody\n", '<p>\n<img src="images/none.png"></p>')


@pytest.mark.parametrize(
    ("head", "message"),
    [
        ("Subject: a\nSubject: b\n", "2: 'Subject:' is there twice"),
        ("Subject: a\nLanguage: German\n", "2: 'German' is not a language code"),
        ("Subject: a\nReply-To: x@example.com\n", "2: an empty line must separate"),
        ("Attach: files/brochure.pdf\nSubject: a\n", "1: the first line must be the subject"),
    ],
)
def test_bad_heads(folder: Path, head: str, message: str) -> None:
    with pytest.raises(TemplateError) as caught:
        load(folder, f"{head}\nBody\n")
    assert message in str(caught.value)


def test_a_text_message_may_name_its_language_and_nothing_else(folder: Path) -> None:
    (folder / "t.sms.txt").write_text("Language: fr\n\nBonjour\n")
    source = load_templates(folder, ["t"])["t"]
    assert (source.text, source.text_line, source.language) == ("Bonjour", 3, "fr")
    (folder / "t.sms.txt").write_text("Language: fr\nAttach: files/brochure.pdf\n\nBonjour\n")
    with pytest.raises(TemplateError, match=r"t\.sms\.txt:2: a text message has no 'attach'"):
        load_templates(folder, ["t"])


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("files/a b.pdf", "a b.pdf"),
        ('x/we"ird;\r\nname%.pdf', "we ird name.pdf"),
        ("x/gpj\u202efdp.pdf", "gpj fdp.pdf"),
        ("x/" + "a" * 200 + ".pdf", "a" * 76 + ".pdf"),
        ("x/U\u0308ber.pdf", "Über.pdf"),
    ],
)
def test_names_arrive_clean(path: str, name: str) -> None:
    assert clean_name(path) == name
