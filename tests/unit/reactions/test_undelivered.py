"""Which reports say that a mail reached nobody, and which later steps make no sense then."""

from __future__ import annotations

from datetime import date

import pytest

from sequences.planning.values import (
    AfterEnrollment,
    AfterStep,
    AroundDayZero,
    Channel,
    Immediately,
    OnDate,
    StepTiming,
    Unit,
)
from sequences.reactions.undelivered import builds_on, undelivered_words


@pytest.mark.parametrize(
    ("reasons", "event", "other", "words"),
    [
        (("delivery_report", "mailbox_full"), "soft_bounce", False, "mailbox full"),
        (("delivery_report", "expired"), "soft_bounce", False, "their server could not be reached in time"),
        (("delivery_report", "undefined"), "soft_bounce", False, "returned by their server"),
        (("delivery_report", "delayed"), "soft_bounce", False, ""),
        (("delivery_report", "address"), "hard_bounce", False, ""),
        (("delivery_report", "address"), "hard_bounce", True, "forwarded"),
        (("human",), "human", False, ""),
        (("read_receipt",), "delivered", False, ""),
    ],
)
def test_what_is_told_of_a_report(reasons: tuple[str, ...], event: str, other: bool, words: str) -> None:
    found = undelivered_words(reasons, event, other=other)
    assert words in found
    assert bool(found) is bool(words)


def mail(name: str, when: object) -> StepTiming:
    return StepTiming(name, Channel.EMAIL, when)  # type: ignore[arg-type]


STEPS = (
    mail("one", Immediately()),
    mail("two", AfterStep(7, Unit.DAYS, "one")),
    mail("three", AfterEnrollment(20, Unit.DAYS)),
    mail("day", AroundDayZero(-1, Unit.DAYS)),
    mail("fixed", OnDate(date(2027, 5, 4))),
    StepTiming("text", Channel.SMS, AfterStep(1, Unit.DAYS, "one")),
)


@pytest.mark.parametrize(
    ("step", "states", "undelivered", "lost"),
    [
        ("one", {}, {}, ""),
        ("two", {"one": "sent"}, {}, ""),
        ("two", {"one": "unknown"}, {}, ""),
        ("two", {"one": "skipped"}, {}, ""),
        ("two", {"one": "failed"}, {}, "one"),
        ("two", {"one": "refused"}, {}, "one"),
        ("two", {"one": "sent"}, {"one": "mailbox full"}, "one"),
        ("three", {"one": "failed", "two": "skipped"}, {}, "one"),
        ("three", {"one": "sent", "two": "failed"}, {}, ""),
        ("three", {"one": "sent", "two": "sent"}, {"one": "x"}, ""),
        ("three", {"one": "sent", "two": "sent"}, {"one": "x", "two": "x"}, "two"),
        ("day", {"one": "failed"}, {}, ""),
        ("fixed", {"one": "sent"}, {"one": "x"}, ""),
        ("text", {"one": "failed"}, {}, ""),
    ],
)
def test_a_mail_follows_up_on_none_that_never_arrived(
    step: str, states: dict[str, str], undelivered: dict[str, str], lost: str
) -> None:
    assert builds_on(STEPS, step, states, undelivered) == lost
