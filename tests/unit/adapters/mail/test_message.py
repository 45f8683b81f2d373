"""The bytes of an e-mail: headers that survive, bodies that round-trip, names that cannot inject."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from email import message_from_bytes, policy
from email.header import decode_header, make_header
from email.message import EmailMessage
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.outgoing.message import build_email, needs_smtputf8
from sequences.errors import PermanentError
from sequences.sending.email_content import EmailContent, EmailHeaders

HEADERS = EmailHeaders(
    message_id="<abc.def@mail.example.org>",
    sender_name="Dana Reed",
    sender_address="dana@example.org",
    recipient_name="Zoë",
    recipient_address="zoe@example.com",
    reply_to="reply+" + "a" * 58 + "@replies.a-rather-long-name.example.org",
    date=datetime(2027, 5, 4, 9, 30, tzinfo=UTC),
)
CONTENT = EmailContent("Hello", "Hi there", "<p>Hi there</p>")
URL = "https://hooks.example.org/u/" + "t" * 200


def parsed(content: EmailContent = CONTENT, **changes: Any) -> EmailMessage:
    message = message_from_bytes(build_email(replace(HEADERS, **changes), content), policy=policy.default)
    assert isinstance(message, EmailMessage)
    return message


def raw_header(raw: bytes, name: str) -> str:
    head = raw.split(b"\r\n\r\n", 1)[0].decode("ascii").replace("\r\n ", " ")
    (line,) = [line for line in head.split("\r\n") if line.lower().startswith(name.lower() + ":")]
    return line.split(":", 1)[1].strip()


def test_same_input_same_bytes() -> None:
    assert build_email(HEADERS, CONTENT) == build_email(HEADERS, CONTENT)
    assert build_email(HEADERS, CONTENT) != build_email(replace(HEADERS, message_id="<other@example.org>"), CONTENT)


def test_long_identifiers_stay_whole() -> None:
    ids = tuple(f"<{'i' * 60}{number}@mail.example.org>" for number in range(5))
    raw = build_email(
        replace(
            HEADERS,
            message_id="<" + "m" * 120 + "@mail.example.org>",
            in_reply_to=ids[-1],
            references=ids,
            unsubscribe_url=URL,
            unsubscribe_mailto="unsub+token@example.org",
        ),
        CONTENT,
    )
    assert b"=?" not in raw.split(b"\r\n\r\n")[0].replace("Zoë".encode(), b"").replace(b"=?utf-8?q?Zo=C3=AB?=", b"")
    assert raw_header(raw, "Message-ID") == "<" + "m" * 120 + "@mail.example.org>"
    assert raw_header(raw, "In-Reply-To") == ids[-1]
    assert raw_header(raw, "References") == " ".join(ids)
    assert raw_header(raw, "List-Unsubscribe") == f"<{URL}>, <mailto:unsub+token@example.org>"
    assert raw_header(raw, "List-Unsubscribe-Post") == "List-Unsubscribe=One-Click"
    assert raw_header(raw, "Reply-To") == HEADERS.reply_to
    assert max(map(len, raw.split(b"\r\n"))) <= 998


def test_no_unsubscribe_headers_unless_asked() -> None:
    assert parsed()["List-Unsubscribe"] is None
    only_mail = parsed(unsubscribe_mailto="unsub@example.org")
    assert only_mail["List-Unsubscribe"] == "<mailto:unsub@example.org>"
    assert only_mail["List-Unsubscribe-Post"] is None  # RFC 8058 needs an https link


def test_thread_is_capped_and_keeps_its_first_mail() -> None:
    ids = tuple(f"<{number}@example.org>" for number in range(50))
    references = str(parsed(references=ids, in_reply_to="<last@example.org>")["References"]).split()
    assert len(references) == 20
    assert (references[0], references[-2:]) == (ids[0], [ids[-1], "<last@example.org>"])


@pytest.mark.parametrize(
    "subject",
    [
        "Grüße aus München: was wir für Sie und Ihr Team in den nächsten Wochen tun können — und darüber hinaus",
        "An ASCII subject of more than seventy-eight columns, which has to be broken somewhere between its words",
        "日本語の件名" * 12,
        "a " * 60 + "é",
        "=?utf-8?q?looks_encoded?=",
        "=?utf-8?q?a=0D=0ABcc=3A_spy=40example.net?=",
        "x" * 300,
        "🎉",
    ],
)
def test_subject_round_trips(subject: str) -> None:
    raw = build_email(HEADERS, replace(CONTENT, subject=subject))
    assert message_from_bytes(raw, policy=policy.default)["Subject"] == subject.strip()
    assert raw.isascii()


@pytest.mark.slow
@given(st.text(max_size=200), st.text(max_size=100), st.text(max_size=300))
def test_any_words_give_a_sound_mail(subject: str, name: str, body: str) -> None:
    raw = build_email(
        replace(HEADERS, sender_name=name, recipient_name=name), EmailContent(subject, body, f"<p>{body}</p>")
    )
    message = message_from_bytes(raw, policy=policy.default)
    assert raw.isascii()
    assert [key for key, _ in message.items()] == [key for key, _ in parsed().items()]
    assert message["From"].addresses[0].addr_spec == "dana@example.org"
    assert [part.get_content_type() for part in message.walk()] == ["multipart/alternative", "text/plain", "text/html"]
    assert all(len(line) <= 998 for line in raw.split(b"\r\n"))
    assert b"\n" not in raw.replace(b"\r\n", b"")


@pytest.mark.parametrize(
    "text", ["plain\n", "Grüße\n.\nFrom here\n", "a" * 2000 + "\n", "tab\t \nend  \n", "nul\x00\n"]
)
def test_text_round_trips(text: str) -> None:
    message = parsed(EmailContent("s", text, f"<pre>{text}</pre>"))
    body = message.get_body(("plain",))
    assert body is not None
    assert body.get_content().replace("\r\n", "\n") == text
    assert body["Content-Transfer-Encoding"] in {"7bit", "quoted-printable"}
    assert all(len(line) <= 78 for line in message.as_bytes().split(b"\n") if b": " not in line)


def test_text_alone_when_there_is_no_html() -> None:
    message = parsed(EmailContent("s", "only text"))
    assert message.get_content_type() == "text/plain"
    assert message.get_content().splitlines() == ["only text"]


@pytest.mark.parametrize(
    "evil", ["\r\nBcc: spy@example.net", "\nBcc: spy@example.net", "\x0bBcc:x", "\u2028Bcc: x", "\x00"]
)
def test_names_and_subject_cannot_inject(evil: str) -> None:
    raw = build_email(
        replace(HEADERS, sender_name="Dana" + evil, recipient_name="Zoë" + evil),
        replace(CONTENT, subject="Hello" + evil),
    )
    message = message_from_bytes(raw, policy=policy.default)
    assert message["Bcc"] is None
    assert len(message["To"].addresses) == len(message["From"].addresses) == 1
    assert message["To"].addresses[0].addr_spec == "zoe@example.com"


@pytest.mark.parametrize("name", ['Reed, Dana "DR"', "Müller, Jörg", "O'Neil \\ Co", "a" * 100, "=?x?="])
def test_display_names_round_trip(name: str) -> None:
    (address,) = parsed(sender_name=name)["From"].addresses
    assert (address.display_name, address.addr_spec) == (name, "dana@example.org")


def test_long_display_name_is_encoded_word_by_word() -> None:
    # Not read with the modern parser: it puts a blank between two encoded-words of a name (RFC 2047 6.2: none).
    written = raw_header(build_email(replace(HEADERS, sender_name="ö" * 100), CONTENT), "From")
    assert str(make_header(decode_header(written))) == "ö" * 100 + " <dana@example.org>"
    assert all(len(word) <= 75 for word in written.split())


@pytest.mark.parametrize(
    "changes",
    [
        {"recipient_address": "zoe@example.com\r\nBcc: x@y.z"},
        {"recipient_address": "zoe, mallory@example.com"},
        {"recipient_address": "no-at-sign"},
        {"sender_address": "dana@example.org;"},
        {"reply_to": "a@b@c"},
        {"message_id": "no brackets"},
        {"in_reply_to": "<a@b>\r\nX: y"},
        {"references": ("<a b@c>",)},
        {"unsubscribe_url": "https://example.org/u/ö"},
        {"unsubscribe_url": "https://example.org/>, <mailto:x@y.z"},
    ],
)
def test_unusable_headers_are_refused_without_quoting_them(changes: dict[str, Any]) -> None:
    with pytest.raises(PermanentError) as caught:
        build_email(replace(HEADERS, **changes), CONTENT)
    assert "example" not in str(caught.value)


def test_international_domain_travels_as_idna() -> None:
    assert parsed(recipient_address="zoe@exämple.com")["To"].addresses[0].domain == "xn--exmple-cua.com"


def test_a_domain_is_never_another_one() -> None:
    """Python's own codec is of 2003 and made somebody else's domain of it."""
    assert parsed(recipient_address="zoe@straße.example")["To"].addresses[0].domain == "xn--strae-oqa.example"


def test_an_international_mailbox_stands_in_the_header_as_utf8_and_nothing_else_does() -> None:
    raw = build_email(
        replace(
            HEADERS, recipient_address="用户@例子.example", recipient_name="Jörg", sender_address="jörg@bücher.example"
        ),
        CONTENT,
    )
    assert needs_smtputf8(raw)
    assert not needs_smtputf8(build_email(HEADERS, CONTENT))
    head, _, body = raw.partition(b"\r\n\r\n")
    assert "<用户@xn--fsqu00a.example>".encode() in head
    assert "<jörg@xn--bcher-kva.example>".encode() in head
    assert b"=?utf-8?" in head, "a name needs no UTF-8: more readers know encoded words"
    others = [line for line in head.split(b"\r\n") if not line.isascii()]
    assert [line.strip(b" <>").rpartition(b"<")[2] for line in others] == [
        "jörg@xn--bcher-kva.example".encode(),
        "用户@xn--fsqu00a.example".encode(),
    ]
    assert body.isascii()
    to = message_from_bytes(raw, policy=policy.default)["To"].addresses[0]
    assert (to.display_name, to.domain) == ("Jörg", "xn--fsqu00a.example")


def test_naive_date_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="aware"):
        build_email(replace(HEADERS, date=datetime(2027, 5, 4)), CONTENT)  # noqa: DTZ001
