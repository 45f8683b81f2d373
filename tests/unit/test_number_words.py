"""Numbers of things in words: the only singular is 1."""

import pytest

from sequences.number_words import number_of


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 runs"), (1, "1 run"), (2, "2 runs"), (1200, "1,200 runs"), (21, "21 runs")]
)
def test_a_number_has_the_words_that_fit_it(number: int, expected: str) -> None:
    assert number_of(number, "run") == expected


def test_words_that_an_s_does_not_make_plural_are_given() -> None:
    assert number_of(1, "reply is late", "replies are late") == "1 reply is late"
    assert number_of(3, "reply is late", "replies are late") == "3 replies are late"
