"""Mails are written without the standard library, which takes 30 times as long. Its bytes would be the same."""

from __future__ import annotations

import hashlib
import quopri
import re
from datetime import UTC, datetime, timedelta
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import format_datetime

from hypothesis import given
from hypothesis import strategies as st

from adapters.mail.outgoing.address import one_line
from adapters.mail.outgoing.header_policy import MAIL_POLICY
from adapters.mail.outgoing.message import build_email
from sequences.sending.email_content import EmailContent, EmailHeaders

LETTERS = st.characters(codec="utf-8")
WORDS = st.text(LETTERS, max_size=200)
IDENTS = st.from_regex(r"<[a-z0-9.]{1,90}@[a-z]{1,40}\.example>", fullmatch=True)
LOCALS = st.from_regex(r"[a-z0-9]{1,30}", fullmatch=True)


def _part(subtype: str, words: str) -> EmailMessage:
    body = re.sub("\r\n|\r", "\n", words)
    body += "" if body.endswith("\n") else "\n"
    plain = re.fullmatch("[\t\n\x20-\x7e]*", body) and max(map(len, body.split("\n"))) <= 76
    part = EmailMessage(policy=MAIL_POLICY)
    part["Content-Type"] = f'text/{subtype}; charset="utf-8"'
    part["Content-Transfer-Encoding"] = "7bit" if plain else "quoted-printable"
    part.set_payload(body if plain else quopri.encodestring(body.encode()).decode("ascii"))
    return part


def _by_library(headers: EmailHeaders, content: EmailContent) -> bytes:
    mail = EmailMessage(policy=MAIL_POLICY)
    for name, words, address in (
        ("From", headers.sender_name, headers.sender_address),
        ("To", headers.recipient_name, headers.recipient_address),
        ("Reply-To", "", headers.reply_to),
    ):
        assert address is not None, "the mails of this test have all three"
        local, _, domain = address.partition("@")
        mail[name] = Address(display_name=one_line(words or ""), username=local, domain=domain)
    mail["Subject"] = one_line(content.subject)
    mail["Date"] = format_datetime(headers.date)
    mail["Message-ID"] = headers.message_id
    if headers.in_reply_to:
        mail["In-Reply-To"] = headers.in_reply_to
    if headers.references:
        mail["References"] = " ".join(headers.references)
    mail["List-Unsubscribe"] = f"<{headers.unsubscribe_url}>"
    mail["List-Unsubscribe-Post"] = "List-Unsubscribe=One-Click"
    mail["MIME-Version"] = "1.0"
    boundary = hashlib.sha256(headers.message_id.encode()).hexdigest()[:32]
    mail["Content-Type"] = f'multipart/alternative; boundary="=_{boundary}"'
    assert content.html is not None
    mail.attach(_part("plain", content.text))
    mail.attach(_part("html", content.html))
    return mail.as_bytes(policy=MAIL_POLICY)


@given(
    subject=WORDS,
    name=WORDS,
    bodies=st.tuples(WORDS, WORDS),
    idents=st.lists(IDENTS, min_size=1, max_size=6, unique=True),
    local=LOCALS,
    hours=st.integers(-12, 14),
)
def test_the_standard_library_writes_the_same_bytes(
    subject: str, name: str, bodies: tuple[str, str], idents: list[str], local: str, hours: int
) -> None:
    headers = EmailHeaders(
        message_id=idents[0],
        sender_name=name,
        sender_address=f"{local}@agency.example",
        recipient_name=name[::-1],
        recipient_address=f"{local}@client.example",
        reply_to=f"{local}@replies.agency.example",
        date=datetime(2027, 5, 4, 9, 30, tzinfo=UTC) + timedelta(hours=hours),
        in_reply_to=idents[-1] if idents[1:] else None,
        references=tuple(idents[1:]),
        unsubscribe_url=f"https://relance.example/u/{local}",
    )
    content = EmailContent(subject, *bodies)
    assert build_email(headers, content) == _by_library(headers, content)
