"""What Twilio's error codes mean for a number."""

import pytest

from sequences.sms.error_codes import is_known, names_dead_number, parse_code, words_of

OURS = "+12025550100"


@pytest.mark.parametrize("code", [21211, 21265, 21614, 21635, 30005, 30006])
def test_these_numbers_will_never_get_a_text(code: int) -> None:
    assert names_dead_number(code, OURS)
    assert names_dead_number(code)


@pytest.mark.parametrize(
    "code", [20003, 20429, 21212, 21408, 21606, 21610, 21611, 21612, 30001, 30003, 30004, 30007, 30008, 30034, 0, 1]
)
def test_these_say_nothing_of_the_number(code: int) -> None:
    assert not names_dead_number(code, OURS)


def test_a_landline_is_none_when_a_short_code_could_not_reach_its_carrier() -> None:
    assert not names_dead_number(30006, "55512")
    assert names_dead_number(30006, "Agency")
    assert names_dead_number(30005, "55512")


@pytest.mark.parametrize(
    ("raw", "code"),
    [
        ("30005", 30005),
        (" 30005 ", 30005),
        ("", None),
        (None, None),
        ("0", None),
        ("x", None),
        ("٣", None),
        ("-1", None),
        ("9" * 40, None),
    ],
)
def test_a_code_is_a_short_number(raw: str | None, code: int | None) -> None:
    assert parse_code(raw) == code


def test_words_never_hold_a_number_of_a_person_and_unknown_codes_have_some_too() -> None:
    assert is_known(30007)
    assert not is_known(99999)
    assert words_of(99999)
    for code in (*range(20000, 22000), *range(30000, 31000)):
        assert "+" not in words_of(code)
