"""Templates rendered for one person."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from adapters.templates import Renderer, TemplateSource
from adapters.templates.bodies import html_from_text
from sequences.errors import TemplateError
from sequences.sending.email_content import EmailContent

VALUES: dict[str, dict[str, object]] = {
    "person": {"first_name": "Zoë", "blank": "  ", "none": None, "company": "A & <B>", "skills": ["SQL", "Go"]},
    "placement": {"start_date": date(2027, 6, 14), "iso": "2027-06-14T09:30:00+02:00", "days": 3},
}


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("Hi {{ person.first_name }}", "Hi Zoë"),
        ("Hi {{ person.blank | default('there') }}", "Hi there"),
        ("Hi {{ person.none | default('there') }}", "Hi there"),
        ("Hi {{ person.absent | default('there') }}", "Hi there"),
        ("Hi {{ client.name | default('there') }}", "Hi there"),
        ("Hi {{ person.absent | trim | upper | default('there') }}", "Hi there"),
        ("{{ person.absent or 'you' }}", "you"),
        ("{% if person.absent %}a{% else %}b{% endif %}", "b"),
        ("{% if person.absent == 'x' %}a{% else %}b{% endif %}", "b"),
        ("{% if client.age > 3 %}a{% else %}b{% endif %}", "b"),
        ("{% if person.blank is defined %}a{% else %}b{% endif %}", "b"),
        ("{{ placement.start_date | date }}", "Monday 14 June 2027"),
        ("{{ placement.start_date | date('day') }}", "Monday 14 June"),
        ("{{ placement.start_date }}", "14 June 2027"),
        ("{{ placement.iso | date('time') }}", "09:30"),
        ("{{ placement.iso | date('iso') }}", "2027-06-14"),
        ("{{ placement.absent | date | default('soon') }}", "soon"),
        ("{{ placement.days }}", "3"),
        ("{{ person.skills }}", "SQL, Go"),
        ("{{ person.company | urlencode }}", "A%20%26%20%3CB%3E"),
        ("{{ person.company | truncate(4) }}", "A &…"),
        ("{{ person.company }}", "A & <B>"),
        ("two\nlines", "two lines"),
    ],
)
def test_render_text(renderer: Renderer, template: str, expected: str) -> None:
    assert renderer.render_text(template, VALUES) == expected


@pytest.mark.parametrize(
    ("template", "field"),
    [
        ("Hi {{ person.absent }}", "person.absent"),
        ("Hi {{ person.blank }}", "person.blank"),
        ("Hi {{ person.none | upper }}", "person.none"),
        ("Hi {{ client.name }}", "client.name"),
        ("Hi {{ person.items }}", "person.items"),
        ("Hi {{ person.first_name.upper }}", "person.first_name"),
        ("Hi {{ 'x' ~ person.absent }}", "person.absent"),
        ("Hi {{ person }}", "person"),
    ],
)
def test_missing_field_is_named(renderer: Renderer, template: str, field: str) -> None:
    with pytest.raises(TemplateError) as caught:
        renderer.render_text(template, VALUES, where="f.yaml")
    assert field in str(caught.value)
    assert str(caught.value).startswith("f.yaml")
    assert caught.value.permanent


@pytest.mark.parametrize(
    ("template", "values"),
    [
        ("{{ person.first_name | date }}", {"person": {"first_name": "Secret"}}),
        ("{{ 1 if person.first_name > 3 else 2 }}", {"person": {"first_name": "Secret"}}),
        ("{{ person.first_name }}", {"person": {"first_name": "Secret" * 5000}}),
        ("{{ person.first_name }}", {"person": {"first_name": object()}}),
        ("{{ person.first_name }}" * 60, {"person": {"first_name": "Secret" * 1600}}),
    ],
)
def test_bad_value_is_an_error_that_does_not_quote_it(renderer: Renderer, template: str, values: Any) -> None:
    with pytest.raises(TemplateError) as caught:
        renderer.render_text(template, values)
    assert "Secret" not in str(caught.value)


def test_email_with_both_bodies(renderer: Renderer) -> None:
    source = TemplateSource("x", "For {{ person.company }}", "{{ person.company }}\n", "<b>{{ person.company }}</b>")
    content = renderer.render(source, VALUES)
    assert isinstance(content, EmailContent)
    assert (content.subject, content.text) == ("For A & <B>", "A & <B>\n")
    assert "<body>\n<b>A &amp; &lt;B&gt;</b>\n</body>" in (content.html or "")


def test_html_is_always_escaped(renderer: Renderer) -> None:
    html = "{{ person.x | default('<i>') }}{{ person.company | upper }}{{ '<' ~ person.company }}"
    content = renderer.render(TemplateSource("x", "s", "t", html), VALUES)
    assert isinstance(content, EmailContent)
    assert "<body>\n&lt;i&gt;A &amp; &lt;B&gt;&lt;A &amp; &lt;B&gt;\n</body>" in (content.html or "")


def test_html_is_derived_from_text(renderer: Renderer) -> None:
    source = TemplateSource("x", "s", "Hi {{ person.company }},\nsee https://e.com/a?b=1&c=2.\n\nBye\n")
    content = renderer.render(source, VALUES)
    assert isinstance(content, EmailContent)
    assert content.html is not None
    assert "<p>Hi A &amp; &lt;B&gt;,<br>\n" in content.html
    assert 'see <a href="https://e.com/a?b=1&amp;c=2">https://e.com/a?b=1&amp;c=2</a>.</p>\n<p>Bye</p>' in content.html


def test_text_is_derived_from_html(renderer: Renderer) -> None:
    source = TemplateSource(
        "x", "s", "", "<p>Hi {{ person.first_name }}</p><p>See <a href='https://e.com'>this</a></p>"
    )
    content = renderer.render(source, VALUES)
    assert isinstance(content, EmailContent)
    assert content.text.startswith("Hi Zoë\n")
    assert "https://e.com" in content.text


def test_link_in_brackets() -> None:
    assert '(<a href="https://e.com/a_(b)">https://e.com/a_(b)</a>)' in html_from_text("(https://e.com/a_(b))")


def test_text_message(renderer: Renderer) -> None:
    assert renderer.render(TemplateSource("x", None, "Hi {{ person.first_name }}!\n"), VALUES) == "Hi Zoë!"


def test_subject_is_one_line(renderer: Renderer) -> None:
    content = renderer.render(
        TemplateSource("x", "Hi {{ person.n }}", "t"), {"person": {"n": "a\r\nBcc: spy@example.net"}}
    )
    assert isinstance(content, EmailContent)
    assert content.subject == "Hi a Bcc: spy@example.net"


@pytest.mark.parametrize(
    "source", [TemplateSource("x", "{% if a.b %}c{% endif %}", "t"), TemplateSource("x", None, " ")]
)
def test_nothing_empty_is_sent(renderer: Renderer, source: TemplateSource) -> None:
    with pytest.raises(TemplateError, match="empty"):
        renderer.render(source, VALUES)


def test_error_line_counts_in_the_file(renderer: Renderer) -> None:
    with pytest.raises(TemplateError, match=r"^bd/x\.email\.txt:4: the field 'client\.name' is missing"):
        renderer.render(TemplateSource("bd/x", "s", "Hi\n{{ client.name }}", text_line=3), VALUES)


@pytest.mark.parametrize(
    ("template", "optional"),
    [
        ("{{ a.b }}", [False]),
        ("{{ a.b | default('x') }}", [True]),
        ("{{ a.b | trim | default('x') }}", [True]),
        ("{{ a.b | default(a.c) }}", [True, False]),
        ("{% if a.b %}{{ a.b }}{% endif %}", [True, True]),
        ("{% if a.b %}x{% else %}{{ a.b }}{% endif %}", [True, False]),
        ("{% if a.b %}{{ a.c }}{% endif %}", [True, False]),
        ("{% if a.b and a.c %}{{ a.c }}{% endif %}", [True, True, True]),
        ("{% if not a.b %}{{ a.b }}{% endif %}", [True, False]),
        ("{{ a.b or a.c }}", [True, False]),
        ("{{ a.b if a.b else 'x' }}", [True, True]),
    ],
)
def test_fields_of(renderer: Renderer, template: str, optional: list[bool]) -> None:
    uses = renderer.fields_of(TemplateSource("x", None, template))
    assert [use.optional for use in uses] == optional


def test_aware_datetime_as_a_date(renderer: Renderer) -> None:
    values = {"placement": {"start": datetime(2027, 6, 14, 7, 5, tzinfo=UTC)}}
    assert (
        renderer.render_text("{{ placement.start | date('time') }} {{ placement.start }}", values)
        == "07:05 14 June 2027"
    )
