"""A reply as its owner gets it by mail."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sequences.replies.forward import RepliedWith, ReplyJudgement, forward_of, judged
from sequences.replies.original import LARGEST, Original, is_seven_bit, read_original, thread_of

REPLY = RepliedWith(
    reaction="rabcdefghijklmnop",
    person="Ana Example",
    channel="email",
    written_by="ana@client.example",
    words="  Yes, call me.\n",
    subject="Your new job",
    sequence="Introduction",
    at=datetime(2027, 5, 4, 8, 0, tzinfo=UTC),
)
ZONE = ZoneInfo("Europe/London")


def test_the_words_come_first_then_what_is_known() -> None:
    known = replace(
        REPLY, judgement=ReplyJudgement("positive", "interested", 0.934), followed=("the run: stop", "task: Call")
    )
    mail = forward_of(known, "Our agency", ZONE)
    assert mail.subject == "Re: Your new job"
    assert mail.text == (
        "Yes, call me.\n\n-- \n"
        'Ana Example <ana@client.example> replied to "Your new job", Introduction, Tue 04 May 2027 09:00 BST\n'
        "Relance takes it for positive, interested (93% sure).\n"
        "What followed:\n- the run: stop\n- task: Call\n\n"
        "To answer, answer this mail: it goes to Ana Example. In the thread, by Relance: "
        'relance reply rabcdefghi "..."\n'
        "Our agency sends you this because replies reach you by mail.\n"
    )
    assert mail.files == ()


def test_a_text_is_answered_by_the_command() -> None:
    mail = forward_of(replace(REPLY, channel="sms", written_by="+447700900123", subject=None), "Our agency", ZONE)
    assert mail.subject == "Text from Ana Example"
    assert "Answers to this mail are not read." in mail.text


def test_a_hostile_name_and_subject_stay_on_one_line() -> None:
    mail = forward_of(replace(REPLY, person="A\r\nBcc: x", subject="S\r\nX: y"), "Our agency", ZONE)
    assert "\n" not in mail.subject
    assert "A Bcc: x" in mail.text
    assert not any(line.startswith(("Bcc:", "X:")) for line in mail.text.splitlines())


@pytest.mark.parametrize(
    ("judgement", "words"),
    [
        (ReplyJudgement(), "not judged it yet"),
        (ReplyJudgement("neutral", "other", 0.5, needs_review=True), "review set rabc --label"),
        (ReplyJudgement("negative", "opt_out", 0.9, opt_out=True), "ask not to be contacted"),
        (ReplyJudgement("positive", None, None, by_person=True), "A person says: positive."),
    ],
)
def test_what_it_means(judgement: ReplyJudgement, words: str) -> None:
    assert words in judged(judgement, "rabc")


def test_the_original_is_attached_unless_it_is_too_large() -> None:
    raw = b"Message-ID: <1@x.example>\r\n\r\nHello\r\n"
    (file,) = forward_of(replace(REPLY, original=Original(attachable=raw)), "Our agency", ZONE).files
    assert (file.content_type, file.content) == ("message/rfc822", raw)
    (file,) = forward_of(replace(REPLY, original=Original(attachable="é".encode())), "Our agency", ZONE).files
    assert file.content_type == "application/octet-stream"
    large = read_original(raw + b"x" * LARGEST)
    assert (large.attachable, large.too_large) == (None, True)
    assert "too large" in forward_of(replace(REPLY, original=large), "Our agency", ZONE).text


def test_what_a_mail_says_around_its_words() -> None:
    raw = (
        b"Message-ID: <1@x.example>\r\nReferences: <a@x.example> <bad id> <b@x.example>\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nHi\r\n"
        b'--b\r\nContent-Type: application/pdf\r\nContent-Disposition: attachment; filename="c\tv.pdf"\r\n\r\nx\r\n'
        b"--b--\r\n"
    )
    found = read_original(raw)
    assert found.message_id == "<1@x.example>"
    assert {"<a@x.example>", "<b@x.example>"} <= set(found.references)
    assert found.files == ("c v.pdf",)
    assert read_original(b"") == Original()


def test_a_thread_has_no_repeats_and_nothing_that_cannot_be_cited() -> None:
    assert thread_of(("<a@x>", "<b@x>"), ("<b@x>", "", "<c c@x>", "<d@x>")) == ("<a@x>", "<b@x>", "<d@x>")


@pytest.mark.parametrize(
    ("raw", "yes"), [(b"a\r\nb", True), (b"\xe9", False), (b"a\0", False), (b"x" * 999, False), (b"x" * 998, True)]
)
def test_seven_bit(raw: bytes, yes: bool) -> None:
    assert is_seven_bit(raw) is yes
