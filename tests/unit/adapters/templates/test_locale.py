"""Dates, times, numbers and money in the recipient's way of writing."""

from __future__ import annotations

import pytest

from adapters.templates import Renderer, TemplateSource
from adapters.templates.locale import locale_of
from sequences.errors import TemplateError
from sequences.records.catalogue import FieldType

VALUES = {
    "placement": {"start_date": "2027-06-14", "at": "2027-06-14T14:05:00+02:00"},
    "custom": {"rate": "1234.5", "huge": "1e400", "not": "many", "signed": "2027-06-14", "owns_car": "False"},
}


def rendered(template: str, spoken: str | None, **renderer: object) -> str:
    values = {**VALUES, "person": {"language": spoken}}
    return Renderer(**renderer).render_text(template, values)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        ("en", "Monday 14 June 2027 | 14/06/2027 | 14:05 | Monday | £1,234.50 | 1,234.5"),
        ("en-US", "Monday, June 14, 2027 | 6/14/2027 | 2:05 PM | Monday | £1,234.50 | 1,234.5"),
        ("de", "Montag, 14. Juni 2027 | 14.6.2027 | 14:05 | Montag | 1.234,50 £ | 1.234,5"),
        ("de-AT", "Montag, 14. Juni 2027 | 14.6.2027 | 14:05 | Montag | £ 1.234,50 | 1.234,5"),
        ("DE_at", "Montag, 14. Juni 2027 | 14.6.2027 | 14:05 | Montag | £ 1.234,50 | 1.234,5"),
        ("fr", "lundi 14 juin 2027 | 14/06/2027 | 14:05 | lundi | 1 234,50 £GB | 1 234,5"),
        ("ja", "2027年6月14日月曜日 | 2027/6/14 | 14:05 | 月曜日 | £1,234.50 | 1,234.5"),
    ],
)
def test_written_as_the_recipient_writes(language: str, expected: str) -> None:
    template = (
        "{{ placement.start_date | date }} | {{ placement.start_date | date('numeric') }} | "
        "{{ placement.at | time }} | {{ placement.start_date | weekday }} | "
        "{{ custom.rate | money('GBP') }} | {{ custom.rate | number }}"
    )
    assert rendered(template, language) == expected


@pytest.mark.parametrize(
    ("language", "organisation", "expected"),
    [
        (None, "en", "en_GB"),
        ("", "en", "en_GB"),
        ("German", "en", "en_GB"),
        ("xx", "en", "en_GB"),
        ("de; DROP", "de", "de"),
        ("en", "en-US", "en_US"),
        ("en", "de", "en_GB"),
        ("de", "de-AT", "de_AT"),
        ("de-CH", "de-AT", "de_CH"),
        ("de-XX", "en", "de"),
        ("zh-Hant-TW", "en", "zh_Hant_TW"),
        ("pt_br", "en", "pt_BR"),
    ],
)
def test_only_codes_are_understood(language: str | None, organisation: str, expected: str) -> None:
    assert str(locale_of(language, organisation)) == expected


def test_the_organisations_language_serves_whoever_has_none() -> None:
    assert rendered("{{ placement.start_date | date }}", "German", language="de") == "Montag, 14. Juni 2027"


def test_a_date_without_filter_is_words_though_it_is_stored_as_text() -> None:
    assert rendered("{{ placement.start_date }}", None) == "14 June 2027"
    assert rendered("{{ custom.signed }}", "de", custom_fields={"signed": FieldType.DATE}) == "14. Juni 2027"
    assert rendered("{{ custom.signed }}", "de") == "2027-06-14"


def test_a_declared_yes_or_no_is_one() -> None:
    template = "{% if custom.owns_car %}a{% else %}b{% endif %}"
    assert rendered(template, None, custom_fields={"owns_car": FieldType.BOOLEAN}) == "b"
    assert rendered(template, None) == "a"


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("{{ custom.rate | money('EUR', 0) }}", "€1,234"),
        ("{{ custom.rate | number(2) }}", "1,234.50"),
        ("{{ custom.absent | money('EUR') | default('to be agreed') }}", "to be agreed"),
    ],
)
def test_digits_and_defaults(template: str, expected: str) -> None:
    assert rendered(template, "en") == expected


@pytest.mark.parametrize("template", ["{{ custom.huge | number }}", "{{ custom.not | money('GBP') }}"])
def test_what_is_no_number_is_an_error_without_the_value(template: str) -> None:
    with pytest.raises(TemplateError, match="not a number") as caught:
        rendered(template, "en")
    assert "many" not in str(caught.value)


def test_a_template_in_one_language_is_written_in_it() -> None:
    source = TemplateSource("x", None, "{{ placement.start_date | date }}", language="fr")
    assert Renderer().render(source, {**VALUES, "person": {"language": "de"}}) == "lundi 14 juin 2027"


@pytest.mark.parametrize(
    "template",
    [
        "{{ custom.rate | money }}",
        "{{ custom.rate | money('gbp') }}",
        "{{ custom.rate | money('POUND') }}",
        "{{ custom.rate | money(custom.currency) }}",
        "{{ custom.rate | money('GBP', 99999999) }}",
        "{{ custom.rate | number(1000000000) }}",
        "{{ custom.rate | number('x') }}",
        "{{ placement.at | time('HH') }}",
        "{{ _locale }}",
    ],
)
def test_wrong_arguments_show_before_anything_is_compiled(template: str) -> None:
    assert Renderer().check_text(template, {"custom.*", "placement.*"}, file="x")
