"""A mail with files, built, then read by the standard library as a stranger's program would."""

from __future__ import annotations

import email
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage

import pytest

from adapters.mail.outgoing.message import build_email
from sequences.sending.email_content import EmailContent, EmailHeaders, MailFile

HEADERS = EmailHeaders(
    message_id="<s.t@mail.relance.example>",
    sender_name="Dana",
    sender_address="dana@agency.example",
    recipient_name="Zoë",
    recipient_address="zoe@people.example",
    reply_to="r+token@reply.relance.example",
    date=datetime(2027, 5, 4, 9, tzinfo=UTC),
    unsubscribe_url="https://relance.example/u/" + "x" * 120,
)
PDF = MailFile("Über uns.pdf", "application/pdf", b"%PDF-" + bytes(range(256)) * 9)
LOGO = MailFile("logo.png", "image/png", b"\x89PNG" + bytes(300), "abc@image.invalid")
HTML = '<p>Zoë</p><img src="cid:abc@image.invalid">'


def read(content: EmailContent) -> EmailMessage:
    raw = build_email(HEADERS, content)
    assert raw == build_email(HEADERS, content), "a retry must not differ from the first try"
    raw.decode("ascii")
    assert b"\n" not in raw.replace(b"\r\n", b"")
    assert max(map(len, raw.split(b"\r\n"))) <= 998
    parsed = email.message_from_bytes(raw, policy=policy.default)
    assert [part.defects for part in parsed.walk() if part.defects] == []
    assert parsed["List-Unsubscribe"] == f"<{HEADERS.unsubscribe_url}>"
    return parsed


def shape(part: EmailMessage) -> object:
    if not part.is_multipart():
        return part.get_content_type()
    return {part.get_content_type(): [shape(child) for child in part.iter_parts()]}  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("html", "files", "expected"),
    [
        (None, (), "text/plain"),
        ("<p>x</p>", (), {"multipart/alternative": ["text/plain", "text/html"]}),
        (None, (PDF,), {"multipart/mixed": ["text/plain", "application/pdf"]}),
        (
            HTML,
            (LOGO,),
            {"multipart/alternative": ["text/plain", {"multipart/related": ["text/html", "image/png"]}]},
        ),
        (
            HTML,
            (PDF, LOGO),
            {
                "multipart/mixed": [
                    {"multipart/alternative": ["text/plain", {"multipart/related": ["text/html", "image/png"]}]},
                    "application/pdf",
                ]
            },
        ),
    ],
)
def test_shape(html: str | None, files: tuple[MailFile, ...], expected: object) -> None:
    assert shape(read(EmailContent("Hi", "Hi Zoë\n", html, files))) == expected


def test_a_stranger_finds_body_files_and_image() -> None:
    mail = read(EmailContent("Hi", "Hi Zoë\n", HTML, (PDF, LOGO)))
    text, html = mail.get_body(("plain",)), mail.get_body(("html",))
    assert text is not None
    assert html is not None
    assert text.get_content().strip() == "Hi Zoë"
    assert html.get_content().strip() == HTML
    (attached,) = mail.iter_attachments()
    assert (attached.get_filename(), attached.get_content()) == (PDF.name, PDF.content)
    (image,) = [part for part in mail.walk() if part["Content-ID"]]
    assert (image["Content-ID"], image.get_content_disposition()) == ("<abc@image.invalid>", "inline")
    assert image.get_content() == LOGO.content
    related = next(part for part in mail.walk() if part.get_content_type() == "multipart/related")
    assert related.get_param("type") == "text/html"
    boundaries = {part.get_boundary() for part in mail.walk() if part.is_multipart()}
    assert len(boundaries) == 3


@pytest.mark.parametrize("name", ['a"b;c=d.pdf', "日本語" * 20 + ".pdf", "a b " * 18 + ".pdf", "a\r\nBcc: x@e.com.pdf"])
def test_names_survive_and_add_no_header(name: str) -> None:
    mail = read(EmailContent("Hi", "x\n", None, (MailFile(name, "application/pdf", b"%PDF-"),)))
    (attached,) = mail.iter_attachments()
    assert attached.get_filename() == " ".join(name.split())
    assert mail["Bcc"] is None
    assert attached["Bcc"] is None


def test_a_calendar_in_utf8_says_so() -> None:
    for content, charset in (("Zoë".encode(), "utf-8"), (b"Zo\xeb", None)):
        mail = read(EmailContent("Hi", "x\n", None, (MailFile("a.ics", "text/calendar", content),)))
        (attached,) = mail.iter_attachments()
        assert attached.get_param("charset") == charset
        assert attached.get_payload(decode=True) == content
