"""Whatever the bytes: no crash, the same answer for every line end, nothing unbounded."""

from __future__ import annotations

import os
import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from sequences.inbound import InboundEvent, parse_mail
from sequences.inbound.mime.html_text import html_to_text
from sequences.inbound.replies.reply_text import reply_text
from sequences.sms.reading import read_sms

_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
_SETTINGS = settings(
    max_examples=5_000 if _NIGHTLY else 375, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)

_names = st.sampled_from(
    [
        "From",
        "To",
        "Subject",
        "Date",
        "Message-ID",
        "In-Reply-To",
        "References",
        "Content-Type",
        "Content-Transfer-Encoding",
        "Auto-Submitted",
        "Return-Path",
        "Content-Disposition",
        "X-Failed-Recipients",
    ]
)
_values = st.one_of(
    st.sampled_from(
        [
            "a@b.example",
            "<>",
            "MAILER-DAEMON@b.example",
            "multipart/mixed; boundary=b",
            'multipart/report; report-type=delivery-status; boundary="b"',
            "message/rfc822",
            "text/html; charset=utf-16",
            "text/plain; charset=nonsense",
            "base64",
            "quoted-printable",
            "attachment",
            "=?utf-8?b?w?=",
            "=?x?q?=?=",
            "Undelivered Mail",
            "Mon, 99 May 2026 25:61:00 +9999",
            '"a',
            "((((",
            "message/delivery-status",
        ]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=60),
)
_lines = st.one_of(
    st.sampled_from(
        [
            "",
            "--b",
            "--b--",
            "> quoted",
            "On 4 May 2026, Dana <d@a.example> wrote:",
            "From: x",
            "Sent: y",
            "-- ",
            "Final-Recipient: rfc822; s@f.example",
            "Action: failed",
            "Status: 5.1.1",
            "<blockquote>",
            "<div class=gmail_attr>",
            "550 5.1.1 user unknown",
            "Content-Type: message/rfc822",
            "Content-Type: multipart/mixed; boundary=c",
            "--c",
            "Message-ID: <x@y>",
            "\x00\x01",
            "=E4=",
            '{"notificationType":',
        ]
    ),
    st.text(alphabet=st.characters(codec="utf-8", exclude_characters="\r\n"), max_size=80),
)


@st.composite
def _mails(draw: st.DrawFn) -> str:
    head = draw(st.lists(st.tuples(_names, _values), max_size=10))
    body = draw(st.lists(_lines, max_size=30))
    return "".join(f"{name}: {value}\n" for name, value in head) + "\n" + "\n".join(body)


@_SETTINGS
@given(st.binary(max_size=3_000))
def test_random_bytes(raw: bytes) -> None:
    mail = parse_mail(raw)
    assert mail.event in InboundEvent
    assert len(mail.text) <= 4 * len(raw) + 10


@pytest.mark.slow
@_SETTINGS
@given(_mails())
def test_random_mime_and_line_ends(text: str) -> None:
    lf = text.encode("utf-8", "replace")
    mail = parse_mail(lf)
    assert mail == parse_mail(lf.replace(b"\n", b"\r\n"))
    assert mail == parse_mail(lf.replace(b"\n", b"\r"))
    assert "\r" not in mail.text
    assert "\x00" not in mail.text


@_SETTINGS
@given(st.text(max_size=500))
def test_random_words(text: str) -> None:
    reply = reply_text(text)
    own = [line for line in text.split("\n") if line.strip() and not line.lstrip().startswith(">")]
    assert (
        reply.strip()
        or not own
        or len(own) < len(text.split("\n"))
        or all(not line.strip(" -_*#~=+•·—–ᐧ\t") for line in own)
        or reply == text.strip()
    )
    html_to_text(text)
    assert len(read_sms(text, (text[::2],)).words) <= 2 * len(text)


@_SETTINGS
@given(st.lists(st.text(alphabet="abcdefghij ", min_size=1, max_size=40), min_size=1, max_size=8))
def test_plain_words_are_never_lost(lines: list[str]) -> None:
    text = "\n".join(lines)
    assert reply_text(text).split() == text.split()


def test_nested_parts_are_bounded() -> None:
    deep = b"Subject: x\n"
    for level in range(2_000):
        deep += b'Content-Type: multipart/mixed; boundary="b%d"\n\n--b%d\n' % (level, level)
    began = time.process_time()
    parse_mail(deep)
    parse_mail(b"Content-Type: multipart/mixed; boundary=b\n\n" + b"--b\n" * 200_000)
    parse_mail(b"Content-Type: message/rfc822\n\n" * 20_000)
    assert time.process_time() - began < 5


def test_a_huge_mail_is_cut_and_read() -> None:
    raw = b"From: a@b.example\nSubject: big\n\nHello\n" + b"x" * 30_000_000
    mail = parse_mail(raw)
    assert len(mail.text) <= 1_000_000
    assert mail.reply_text.startswith("Hello")


def test_charsets_that_do_not_exist_or_lie() -> None:
    for charset in ("nonsense", "zlib", "utf-8", "hex", "unicode_escape", "raw_unicode_escape", "", "\x00"):
        raw = f"Content-Type: text/plain; charset={charset}\n\n".encode() + "Grüße".encode("cp1252")
        assert parse_mail(raw).text == "Grüße"


def test_line_ends_of_careless_gateways() -> None:
    raw = b"From: a@b.example\nTo: c@d.example\nSubject: x\n\nHello\n\nBye\n"
    for end in (b"\r\n", b"\r", b"\r\r\n", b"\r\r"):
        assert parse_mail(raw.replace(b"\n", end)) == parse_mail(raw)
    one_field = b"Subject: x\n\nHello\n\nBye"
    assert parse_mail(one_field.replace(b"\n", b"\r")) == parse_mail(one_field)


def test_reply_text_reads_every_line_end() -> None:
    text = "Yes.\n\nOn 4 May 2026, Dana <dana@agency.example> wrote:\n> Hi\n"
    for end in ("\r\n", "\r"):
        assert reply_text(text.replace("\n", end)) == "Yes."
