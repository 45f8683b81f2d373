"""What marks a message as a test."""

import re
from datetime import UTC, datetime
from email import policy
from email.parser import BytesParser

from adapters.mail.outgoing.as_test import as_test
from adapters.mail.outgoing.message import build_email
from sequences.sending.email_content import EmailContent, EmailHeaders, MailFile
from sequences.sending.message_tests import marked, said_above

HEADERS = EmailHeaders(
    message_id="<s1.abc@agency.example>",
    sender_name="Dana Öwner",
    sender_address="dana@agency.example",
    recipient_name="Ada",
    recipient_address="ada@client.example",
    reply_to="rtoken@reply.agency.example",
    date=datetime(2027, 5, 4, 9, tzinfo=UTC),
    in_reply_to="<s0.abc@agency.example>",
    unsubscribe_url="https://hooks.agency.example/test/u/" + "x" * 60,
    unsubscribe_mailto="utoken@reply.agency.example",
)
CONTENT = EmailContent(
    "Grüße",
    "Words — with a dash.\n",
    "<html><body class=x><p>Words</p></body></html>",
    (MailFile("a.pdf", "application/pdf", b"%PDF"),),
)


def test_only_headers_change() -> None:
    mail = build_email(HEADERS, CONTENT)
    made = as_test(mail, "me@agency.example", "[Test] Grüße", "t123")
    assert made.partition(b"\r\n\r\n")[2] == mail.partition(b"\r\n\r\n")[2]
    head = BytesParser(policy=policy.default).parsebytes(made)
    assert (head["To"], head["Subject"], head["From"]) == (
        "me@agency.example",
        "[Test] Grüße",
        "Dana Öwner <dana@agency.example>",
    )
    assert (head["X-Relance-Test"], head["Auto-Submitted"]) == ("t123", "auto-generated")
    assert head["Reply-To"] is None
    assert head["List-Unsubscribe"] == f"<{HEADERS.unsubscribe_url}>"
    assert head["In-Reply-To"] == HEADERS.in_reply_to
    assert b"ada@client.example" not in made
    assert b"reply.agency.example" not in made
    assert all(len(line) <= 998 for line in made.split(b"\r\n"))
    assert b"\n" not in made.replace(b"\r\n", b"")
    assert [name for name in head if list(head.keys()).count(name) > 1] == []


def test_a_subject_cannot_add_a_header() -> None:
    made = as_test(build_email(HEADERS, CONTENT), "me@agency.example", "[Test] a\r\nBcc: x@y.example", "t1")
    assert re.search(rb"(?m)^Bcc:", made) is None


def test_words_say_that_it_is_a_test() -> None:
    line = said_above("bd", "introduce", "p1")
    found = marked(CONTENT, line)
    assert isinstance(found, EmailContent)
    assert found.text.startswith("[Test] This is a test: step introduce of bd, as person p1")
    assert found.text.endswith("\n\nWords — with a dash.\n")
    assert found.html is not None
    assert found.html.index("<body class=x>") < found.html.index(line) < found.html.index("<p>Words")
    assert (found.subject, found.files) == (CONTENT.subject, CONTENT.files)
    bare = marked(EmailContent("s", "t", "<p>x</p>"), line)
    assert isinstance(bare, EmailContent)
    assert bare.html is not None
    assert bare.html.startswith("<p style")
    assert marked("Hi", line) == "[Test] Hi"
