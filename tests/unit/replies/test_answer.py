"""What a recruiter may answer, and to whom."""

import pytest

from sequences.replies.answer import suppression_problem, words_problem


@pytest.mark.parametrize(
    ("words", "channel", "problem"),
    [
        ("Hello", "email", None),
        (" ", "email", "no words"),
        ("x" * 1_601, "sms", "too long"),
        ("x" * 1_601, "email", None),
        ("x" * 100_001, "email", "too long"),
    ],
)
def test_words(words: str, channel: str, problem: str | None) -> None:
    found = words_problem(words, channel)
    assert found == problem if problem is None else problem in (found or "")


@pytest.mark.parametrize(
    ("reasons", "anyway", "problem"),
    [
        ([], False, None),
        (["opt_out"], False, "--anyway"),
        (["opt_out", "unsubscribed"], True, None),
        (["opt_out", "complained"], True, "whatever is asked for"),
        (["stop_word"], True, "whatever is asked for"),
    ],
)
def test_suppressions(reasons: list[str], anyway: bool, problem: str | None) -> None:
    found = suppression_problem(reasons, anyway=anyway)
    assert found == problem if problem is None else problem in (found or "")
