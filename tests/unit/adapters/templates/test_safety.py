"""What a template must never contain, each checked without compiling it."""

from __future__ import annotations

import pytest

from adapters.templates import Renderer, TemplateSource
from sequences.errors import TemplateError

ALLOWED = ("person.first_name", "person.company", "placement.start_date", "owner.phone", "custom.*")
FORBIDDEN = [
    "{{ 'x' * 10**9 }}",
    "{{ 'x' * 1000000000 }}",
    "{{ 10 ** 10 ** 10 }}",
    "{{ '%1000000000d' % 1 }}",
    "{{ 1 + 1 }}",
    "{{ -1 }}",
    "{{ 'x'|center(500000000) }}",
    "{{ 'x'|format }}",
    "{{ 'x'.ljust(500000000) }}",
    "{{ 'x'|indent(500000000) }}",
    "{{ range(99999) }}",
    "{% for a in range(99999) %}{{ a }}{% endfor %}",
    "{% for a in person %}{{ a }}{% endfor %}",
    "{% set x = 1 %}",
    "{% set x %}a{% endset %}",
    "{% macro m() %}{% endmacro %}",
    "{% include 'x' %}",
    "{% import 'x' as y %}",
    "{% extends 'x' %}",
    "{% block x %}{% endblock %}",
    "{% filter upper %}x{% endfilter %}",
    "{% with a = 1 %}{% endwith %}",
    "{% call m() %}{% endcall %}",
    "{{ person.__class__ }}",
    "{{ person._secret }}",
    "{{ __import__ }}",
    "{{ person['first_name'] }}",
    "{{ person|attr('__class__') }}",
    "{{ ''.__class__.__mro__ }}",
    "{{ person.first_name.upper() }}",
    "{{ cycler.__init__.__globals__ }}",
    "{{ self }}",
    "{{ self.x }}",
    "{{ loop.index }}",
    "{{ form }}",
    "{{ form.callback }}",
    "{{ form() }}",
    "{{ form('a', 'b') }}",
    "{{ form(name='a') }}",
    "{{ form(person.first_name) }}",
    "{{ form('../a') }}",
    "{{ form('A') }}",
    "{{ form('a')('b') }}",
    "{{ form('a').b }}",
    "{{ form(form('a')) }}",
    "{{ form(*person) }}",
    "{{ forms('a') }}",
    "{{ form('unknown-form') }}",
    "{{ [1, 2] }}",
    "{{ {'a': 1} }}",
    "{{ (1, 2) }}",
    "{{ person.first_name|safe }}",
    "{{ person.first_name|tojson }}",
    "{{ person.first_name|default }}",
    "{{ person.first_name|default('x', true) }}",
    "{{ person.first_name|default(value='x') }}",
    "{{ person.first_name|default(*person) }}",
    "{{ person.first_name|truncate('x') }}",
    "{{ person.first_name|truncate(true) }}",
    "{{ placement.start_date|date('dd.mm') }}",
    "{{ placement.start_date|date(person.first_name) }}",
    "{{ person.first_name is sameas none }}",
    "{{ 'a' in person.first_name }}",
    "{{ person.first_name",
    "{% if person.first_name %}",
    "{{ " + "(" * 5000 + "1" + ")" * 5000 + " }}",
    "{{ " + "not " * 5000 + "1 }}",
    "{{ person.first_name" + "|trim" * 500 + " }}",
    "{{ 1" + "1" * 5000 + " }}",
    "{{ '" + "x" * 3000 + "' }}",
    "x" * 50_001,
]


@pytest.fixture(scope="module")
def renderer() -> Renderer:
    return Renderer()


@pytest.mark.parametrize("source", FORBIDDEN, ids=lambda source: source[:40])
@pytest.mark.parametrize("part", ["text", "html"])
def test_forbidden(renderer: Renderer, source: str, part: str) -> None:
    (problem, *_) = renderer.check_text(source, ALLOWED, file="x.email.txt", part=part)
    assert problem.message
    with pytest.raises(TemplateError):
        renderer.render_text(source, {"person": {"first_name": "Zoë"}})


@pytest.mark.parametrize(
    "source",
    [
        "Hi {{ person.first_name }}",
        "{{ person.first_name | default('there') | upper }}",
        "{% if person.company and not owner.phone %}a{% elif person.first_name == 'x' %}b{% else %}c{% endif %}",
        "{{ person.first_name if person.first_name is defined else 'x' }}",
        "{{ person.first_name ~ ' ' ~ person.company }}",
        "{{ person.first_name or person.company or 'you' }}",
        "{{ placement.start_date | date('weekday') }}",
        "{{ custom.favourite_colour }}",
        "{# a note #}{% raw %}{{ kept }}{% endraw %}",
        "{{ person.company | truncate(20) | urlencode }}",
    ],
)
def test_allowed(renderer: Renderer, source: str) -> None:
    assert renderer.check_text(source, ALLOWED, file="x.email.txt") == ()


def test_problems_name_file_line_and_the_likely_field(renderer: Renderer) -> None:
    source = TemplateSource("bd/x", "Hello {{ person.frist_name }}", "Hi\n\n{{ owner.fone }}\n", "<p>{{ foo() }}", 3, 1)
    problems = renderer.check(source, ALLOWED)
    assert [(problem.file, problem.part, problem.line) for problem in problems] == [
        ("bd/x.email.txt", "subject", 1),
        ("bd/x.email.txt", "text", 5),
        ("bd/x.email.html", "html", 1),
    ]
    assert "person.first_name" in problems[0].message
    assert "owner.phone" in problems[1].message
    assert str(problems[2]).startswith("bd/x.email.html:1: a call is not allowed")


def test_wrong_filter_has_a_hint(renderer: Renderer) -> None:
    (problem,) = renderer.check_text("{{ person.first_name | defualt('x') }}", ALLOWED, file="f")
    assert "did you mean 'default'" in problem.message
