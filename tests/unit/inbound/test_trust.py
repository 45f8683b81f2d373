"""The table of trust, whole: every way x verdict x writer, and what each of six sayings may do."""

from __future__ import annotations

from itertools import product

import pytest

from sequences.inbound.authentication import Verdict
from sequences.inbound.trust import MailOutcome, MatchWay, Says, SenderDoubt, Writer, doubt, mark, outcome

# A acts, W waits for a person, H holds until confirmed, - is stored and changes nothing.
_LETTERS = {"A": MailOutcome.ACTS, "W": MailOutcome.WAITS, "H": MailOutcome.HOLDS, "-": MailOutcome.STORED}
_SAYS = (Says.OPT_OUT, Says.DECLINE, Says.POSITIVE, Says.ABSENCE, Says.BOUNCE, Says.COMPLAINT)
TABLE = """
    signed      proved   recipient  A A A  A A A
    signed      proved   another    H W W  A A A
    signed      failed   recipient  A A A  A A H
    signed      failed   another    H W W  A A H
    signed      unknown  recipient  A A A  A A A
    signed      unknown  another    H W W  A A A
    message_id  proved   recipient  A A A  A A A
    message_id  proved   another    H W W  A A A
    message_id  failed   recipient  A A A  A A H
    message_id  failed   another    H W W  A A H
    message_id  unknown  recipient  A A A  A A A
    message_id  unknown  another    H W W  A A A
    address     proved   recipient  A A A  A - -
    address     proved   another    H W W  A - -
    address     failed   recipient  H W W  A - -
    address     failed   another    H W W  A - -
    address     unknown  recipient  A A A  A - -
    address     unknown  another    H W W  A - -
    none        proved   recipient  A W W  A - -
    none        proved   another    A W W  A - -
    none        failed   recipient  H W W  A - -
    none        failed   another    H W W  A - -
    none        unknown  recipient  A W W  A - -
    none        unknown  another    A W W  A - -
"""
_ROWS = [line.split() for line in TABLE.split("\n") if line.strip()]


def test_the_table_is_whole() -> None:
    assert {tuple(row[:3]) for row in _ROWS} == set(product(MatchWay, Verdict, Writer))
    assert len(_ROWS) == len(MatchWay) * len(Verdict) * len(Writer)
    assert set(_SAYS) == set(Says)


@pytest.mark.parametrize("row", _ROWS, ids=lambda row: "-".join(row[:3]))
def test_what_a_mail_may_do(row: list[str]) -> None:
    way, verdict, writer = MatchWay(row[0]), Verdict(row[1]), Writer(row[2])
    found = [outcome(way, verdict, writer, says) for says in _SAYS]
    assert found == [_LETTERS[letter] for letter in row[3:]]


_ALL = list(product(MatchWay, Verdict, Writer))


def test_without_a_setting_only_another_sender_is_doubted() -> None:
    for way, writer, says in product(MatchWay, Writer, Says):
        found = doubt(way, Verdict.UNKNOWN, writer, says)
        if way is not MatchWay.NONE:
            assert (found is None) == (writer is Writer.RECIPIENT or says not in (_SAYS[:3]))


def test_what_a_reply_says_besides_is_not_known_when_it_comes() -> None:
    # So a decline and a yes are the same to the table; and what asks to stop is doubted exactly where they are.
    for each in _ALL:
        assert outcome(*each, Says.DECLINE) is outcome(*each, Says.POSITIVE)
        if each[0] is not MatchWay.NONE:
            doubted = outcome(*each, Says.DECLINE) is MailOutcome.WAITS
            assert (outcome(*each, Says.OPT_OUT) is MailOutcome.HOLDS) == doubted


def test_nobody_else_opts_the_recipient_out() -> None:
    for way, verdict in product(set(MatchWay) - {MatchWay.NONE}, Verdict):
        assert outcome(way, verdict, Writer.ANOTHER, Says.OPT_OUT) is MailOutcome.HOLDS


def test_the_reason_is_the_one_that_a_person_can_judge() -> None:
    assert doubt(MatchWay.SIGNED, Verdict.FAILED, Writer.ANOTHER, Says.DECLINE) is SenderDoubt.OTHER_SENDER
    assert doubt(MatchWay.ADDRESS, Verdict.FAILED, Writer.RECIPIENT, Says.DECLINE) is SenderDoubt.NOT_AUTHENTICATED
    assert doubt(MatchWay.SIGNED, Verdict.FAILED, Writer.ANOTHER, Says.COMPLAINT) is SenderDoubt.NOT_AUTHENTICATED
    assert doubt(MatchWay.SIGNED, Verdict.FAILED, Writer.RECIPIENT, Says.OPT_OUT) is None


def test_marks() -> None:
    assert mark(None, None, None) is None
    assert mark(None, "proved", "dmarc=pass") is None
    assert mark(None, "failed", "spf=softfail") == "accepted unproved (spf=softfail)"
    assert mark("other_sender", "proved", "dmarc=pass") == "from another address"
    assert mark("not_authenticated", "failed", "dmarc=fail") == "sender not proved (dmarc=fail)"
