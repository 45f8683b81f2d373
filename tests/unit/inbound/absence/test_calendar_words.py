"""The names of months and weekdays: CLDR's, told apart, and compared in one plain form."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from babel import Locale

from sequences.inbound.absence.calendar_words import CROATIAN, LANGUAGES, fold, names
from sequences.inbound.absence.return_date import find_return_date


def _plain(name: str) -> str:
    return fold(name).removeprefix("de ").removeprefix("d'")


@pytest.mark.parametrize("language", [language for language in LANGUAGES if language != "hr"])
def test_every_whole_name_of_a_language_is_known(language: str) -> None:
    locale = Locale.parse(language)
    known = names()
    for context in ("format", "stand-alone"):
        months, days = locale.months[context]["wide"], locale.days[context]["wide"]
        assert {number: known.months[_plain(name)] for number, name in months.items()} == {n: n for n in range(1, 13)}
        assert {number: known.weekdays[fold(name)] for number, name in days.items()} == {n: n for n in range(7)}


def test_no_name_of_a_month_means_another_month_elsewhere() -> None:
    meanings: dict[str, set[int]] = {}
    for language in LANGUAGES:
        for context in ("format", "stand-alone"):
            for width in ("wide", "abbreviated"):
                for number, name in Locale.parse(language).months[context][width].items():
                    meanings.setdefault(_plain(name).rstrip("."), set()).add(number)
    twice = {name for name, numbers in meanings.items() if len(numbers) > 1}
    # The exceptions are told apart by the words around them.
    assert twice == set(CROATIAN)


@pytest.mark.slow
def test_october_of_croatians_is_november_of_poles() -> None:
    sent = datetime(2026, 9, 23, 9, tzinfo=UTC)
    assert find_return_date("", "Na godišnjem sam odmoru do 5. listopada.", sent) == date(2026, 10, 6)
    assert find_return_date("", "Vraćam se 5. listopada 2026.", sent) == date(2026, 10, 5)
    assert find_return_date("", "Jestem na urlopie do 5 listopada.", sent) == date(2026, 11, 6)


@pytest.mark.parametrize(
    ("written", "folded"),
    [
        ("Mayıs’ta İzin", "mayis'ta izin"),
        ("15. März – 3º", "15. marz - 3o"),
        ("ΜΑΐΟΥ έως", "μαιου εωσ"),
        ("１０月３日（月）〜が", "10月3日(月)~が"),
        ("Łódź\u00a0\u200bæble", "lodz æble"),
        ("5월 3일", "5월 3일"),
    ],
)
def test_the_plain_form(written: str, folded: str) -> None:
    assert fold(written) == folded
