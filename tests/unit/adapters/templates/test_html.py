"""The HTML of an e-mail: refused where it acts, inlined and sanitised where it is rendered."""

from __future__ import annotations

import time

import pytest

from adapters.templates import Renderer, TemplateSource
from adapters.templates.bodies import text_from_html
from adapters.templates.html.check_and_finish import finish, html_problems
from sequences.errors import TemplateError
from sequences.sending.email_content import EmailContent


@pytest.mark.parametrize(
    ("html", "line", "message"),
    [
        ("<p>a</p>\n<script>x()</script>", 2, "<script>"),
        ("<form action='https://e.com'><input></form>", 1, "<form>"),
        ("<iframe src='https://e.com'></iframe>", 1, "<iframe>"),
        ("<link rel='stylesheet' href='https://e.com/a.css'>", 1, "<link>"),
        ("<base href='https://e.com'>", 1, "<base>"),
        ("<svg><a/></svg>", 1, "<svg>"),
        ("\n\n<p onclick='x()'>a</p>", 3, "'onclick'"),
        ("<img src='https://e.com/a.png' ONERROR=x>", 1, "'onerror'"),
        ("<a href='javascript:x()'>a</a>", 1, "'javascript:'"),
        ("<a href=' java&#10;script:x()'>a</a>", 1, "'javascript:'"),
        ("<a href='data:text/html,x'>a</a>", 1, "'data:'"),
        ("<a href='/jobs'>a</a>", 1, "complete"),
        ("<a href='//e.com'>a</a>", 1, "complete"),
        ("<img src='data:image/png;base64,xx'>", 1, "'data:'"),
        ("<img src='/logo.png'>", 1, "an image must be a file"),
        ("<img src='images/{{ person.city }}.png'>", 1, "an image must be a file"),
        ("<td background='images/a.png'>", 1, "an image must be a file"),
        ("<a href={{ custom.link }}>a</a>", 1, "quotation marks"),
        ("<td {{ custom.x }}>a</td>", 1, "the attribute '?"),
        ("<p style='width: expression(x)'>a</p>", 1, "expression("),
        ("<style>p{color:red}\n@import url(https://e.com/x);</style>", 1, "@import"),
        ("<style>p{background:url(images/x.png)}</style>", 1, "complete"),
        ("<meta http-equiv='refresh' content='0;https://e.com'>", 1, "refresh"),
        ("<body onload='x()'>", 1, "'onload'"),
    ],
)
def test_refused_with_line_and_reason(html: str, line: int, message: str) -> None:
    assert any(found == line and message in why for found, why in html_problems(html)), html_problems(html)


@pytest.mark.parametrize(
    "html",
    [
        "<b>" * 12_000,
        "<div>" * 9_000,
        "<table><tr><td>" * 3_000,
        "<ul><li>" * 5_000,
        "<!--><b>" * 6_000,
        "<![CDATA[><b>" * 3_000 + "]]>",
        "".join(f"<div><b id={n}></div>" for n in range(2_000)),
        "<b/>" * 9_000,
    ],
    ids=lambda html: html[:12],
)
def test_tags_without_end_are_refused_before_a_parser_recurses(html: str) -> None:
    assert "tags are open" in html_problems(html)[0][1]
    with pytest.raises(TemplateError, match="open at once"):
        finish(html, {})


@pytest.mark.slow
@pytest.mark.parametrize(
    "html",
    [
        "<" * 49_000,
        "&" * 49_000,
        "<p>x" * 12_000,
        "<ul>" + "<li>x" * 9_000,
        "<!--" * 12_000,
        "<style>" + "a " * 5_000 + "{b:c}</style>" + "<p>x</p>" * 100,
        "<br>" * 12_000,
    ],
    ids=lambda html: html[:12],
)
def test_odd_html_neither_crashes_nor_takes_long(html: str) -> None:
    began = time.process_time()
    html_problems(html)
    finish(html, {})
    text_from_html(finish(html, {}))
    assert time.process_time() - began < 10


def test_a_tag_without_end_is_refused_in_no_time() -> None:
    assert html_problems("<p>\n" + "<a " * 12_000) == [(2, "this tag is never closed")]


GOOD = """<!doctype html>
<html lang="en" xmlns:v="urn:schemas-microsoft-com:vml">
<head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"><meta name="viewport" content="width=1">
<title>Hi {{ person.first_name | default("<you>") }}</title>
<style>p { color: #333 } .b { background-color: #0a6 } @media (max-width: 600px) { p { color: blue } }</style></head>
<body bgcolor="#ffffff" style="margin: 0">
<!-- ask Legal about this -->
<!--[if mso]><table><tr><td><![endif]-->
{% if person.company > "A" %}<p>{{ person.company }}</p>{% endif %}
<table role="presentation" width="600"><tr><td class="b" align="center"><a href="{{ custom.link }}">Go</a>
<a href="mailto:a@example.com?subject={{ person.first_name | urlencode }}">m</a> <a href="#end">e</a></td></tr></table>
<img src="https://example.com/a.png" alt="a" width="10">
<!--[if mso]></td></tr></table><![endif]-->
</body></html>
"""


def render(html: str, **custom: object) -> str:
    source = TemplateSource("x", "s", "", html)
    link = "https://e.com/?a=1&b=2"
    values = {"person": {"first_name": "Zoë", "company": "B & <C>"}, "custom": {"link": link, **custom}}
    content = Renderer().render(source, values)
    assert isinstance(content, EmailContent)
    assert content.html is not None
    return content.html


def test_a_good_document_passes_and_keeps_what_mail_programs_need() -> None:
    assert html_problems(GOOD) == []
    html = render(GOOD)
    assert html.startswith('<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">')
    assert '<meta name="viewport" content="width=1">' in html
    assert "<title>Hi Zoë</title>" in html
    assert "@media (max-width: 600px)" in html
    assert '<p style="color: #333;">B &amp; &lt;C&gt;</p>' in html
    assert 'style="background-color: #0a6;"' in html
    assert 'bgcolor="#ffffff"' in html
    assert "<!--[if mso]><table><tr><td><![endif]-->" in html
    assert "Legal" not in html
    assert 'href="https://e.com/?a=1&amp;b=2"' in html
    assert 'href="#end"' in html


@pytest.mark.parametrize("link", ["javascript:x()", " JaVa\tScript:x()", "data:text/html,x", "//evil.example", "x y"])
def test_a_link_from_a_field_is_dropped_when_it_is_none(link: str) -> None:
    html = render('<a href="{{ custom.link }}">Go</a>', link=link)
    assert "<a>Go</a>" in html


def test_what_slips_through_is_sanitised_when_it_is_rendered() -> None:
    bad = (
        "<body onload=x()><script>x()</script><p onclick=x() style='width:expression(x())'>a</p><iframe></iframe>"
        "<a href=javascript:x()>b</a><style>p{behavior:url(x)}</style><form><input name=c></form><img src=x onerror=y>"
    )
    html = finish(bad, {})
    for word in ("script", "onload", "onclick", "expression", "iframe", "behavior", "form", "input", "onerror", "x()"):
        assert word not in html
    assert "<p>a</p>" in html


def test_a_value_cannot_hide_what_follows_in_a_comment() -> None:
    html = finish('<p title="&lt;!--">a</p><p title="--&gt;&quot; onclick=x">b</p>', {})
    assert ">a</p>" in html
    assert ">b</p>" in html
    assert " onclick" not in html.replace('" onclick', "") or "&quot; onclick=x" in html


def test_text_is_derived_with_links_and_without_what_acts() -> None:
    source = TemplateSource("x", "s", "", GOOD + "<script>secret()</script>")
    values = {"person": {"first_name": "Zoë", "company": "B"}, "custom": {"link": "https://e.com/x"}}
    content = Renderer().render(source, values)
    assert isinstance(content, EmailContent)
    assert "[Go](https://e.com/x)" in content.text
    assert "secret" not in content.text
    assert "color" not in content.text


def test_problems_name_the_line_in_the_file() -> None:
    source = TemplateSource("bd/x", "s", "", "<p>\n<script>x</script></p>", html_line=3)
    (problem,) = Renderer().check(source, ())
    assert str(problem) == "bd/x.email.html:4: the tag <script> is not allowed in an e-mail"
