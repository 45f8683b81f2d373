"""Whom a judgement concerns that comes after the reply was passed on."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from sequences.reactions.verdict import ScoredReply
from sequences.replies.forward import RepliedWith, ReplyJudgement, subject_of
from sequences.replies.judged_later import concerns_owner, judged_later

REPLY = RepliedWith(
    reaction="rabc",
    person="Alex",
    channel="email",
    written_by="alex@client.example",
    words="One\n\ntwo  three",
    subject="Hello",
    sequence="Intro",
    at=datetime(2027, 5, 4, 9, tzinfo=UTC),
    judgement=ReplyJudgement("negative", "opt_out", 0.9, opt_out=True),
)


@pytest.mark.parametrize(
    ("score", "concerns"),
    [
        (ScoredReply("positive", opt_out=False, needs_review=False), False),
        (ScoredReply("neutral", opt_out=False, needs_review=False), False),
        (ScoredReply("negative", opt_out=False, needs_review=False), False),
        (ScoredReply("negative", opt_out=True, needs_review=False), True),
        (ScoredReply("negative", opt_out=True, needs_review=True), True),
        (ScoredReply("positive", opt_out=False, needs_review=True), True),
        (ScoredReply(None, opt_out=False, needs_review=True), True),
        (None, True),
    ],
)
def test_only_an_opt_out_and_what_needs_review_are_told(score: ScoredReply | None, concerns: bool) -> None:
    assert concerns_owner(score) is concerns


def test_it_is_short_and_says_what_it_is_about() -> None:
    mail = judged_later(REPLY, "Our agency", ZoneInfo("Europe/London"))
    assert mail.subject == subject_of(REPLY) == "Re: Hello"
    assert mail.files == ()
    lines = (mail.text or "").splitlines()
    assert lines[0] == "They ask not to be contacted; that is obeyed on every channel."
    assert "> One two three" in lines
    assert 'Alex <alex@client.example> replied to "Hello", Intro, Tue 04 May 2027 10:00 BST' in lines
    long = judged_later(replace(REPLY, words="word " * 500), "Our agency", ZoneInfo("UTC"))
    assert len(long.text or "") < 700
    assert "[...]" in (long.text or "")


def test_a_text_message_has_no_thread() -> None:
    assert subject_of(replace(REPLY, channel="sms", subject=None)) == "Text from Alex"
