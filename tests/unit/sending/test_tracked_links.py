"""Which links are tracked, and that nothing else of the HTML changes."""

from __future__ import annotations

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.sending.tracked_links import as_location, rewrite_links, shorten


def tracked(index: int) -> str:
    return f"https://t.example.org/c/token.{index}"


@pytest.mark.parametrize(
    ("html", "after", "targets"),
    [
        ('<a href="https://e.com">x</a>', '<a href="https://t.example.org/c/token.0">x</a>', ("https://e.com",)),
        ("<A class=b HREF = 'http://e.com/?a=1&amp;b=2'>", None, ("http://e.com/?a=1&b=2",)),
        ("<a href=https://e.com/x>y</a>", '<a href="https://t.example.org/c/token.0">y</a>', ("https://e.com/x",)),
        ("é\n\n<p>\n<a\n  href=' https://e.com '>", None, ("https://e.com",)),
        ('<map><area href="HTTPS://e.com"></map>', None, ("HTTPS://e.com",)),
        ('<a title="a href=http://no.com" href="http://e.com">', None, ("http://e.com",)),
    ],
)
def test_web_links_are_rewritten(html: str, after: str | None, targets: tuple[str, ...]) -> None:
    rewritten, found = rewrite_links(html, tracked, ())
    assert found == targets
    assert "https://t.example.org/c/token.0" in rewritten
    if after is not None:
        assert rewritten == after


@pytest.mark.parametrize(
    "html",
    [
        '<a href="mailto:a@example.org">',
        '<a href="tel:+441632960000">',
        '<a href="sms:+441632960000">',
        '<a href="#top">',
        '<a href="/relative">',
        '<a href="//host.example.org/x">',
        '<a href="javascript:alert(1)">',
        '<a href="https://">',
        '<a href="http://[bad">',
        '<a href="">',
        "<a href>",
        "<a name='x'>",
        '<link href="https://e.com/style.css">',
        '<img src="https://e.com/a.png">',
        '<!-- <a href="https://e.com"> -->',
        '<style>a[href="https://e.com"]{}</style>',
        "https://e.com in plain words",
        '<a title=\'<a href="https://e.com">\' name="x">',
        "",
    ],
)
def test_everything_else_is_left_alone(html: str) -> None:
    assert rewrite_links(html, tracked, ()) == (html, ())


def test_the_unsubscribe_link_is_skipped() -> None:
    unsubscribe = "https://h.example.org/u/tok?a=1&b=2"
    html = f'<a href="{unsubscribe.replace("&", "&amp;")}">stop</a><a href="https://e.com">x</a>'
    rewritten, targets = rewrite_links(html, tracked, {unsubscribe})
    assert targets == ("https://e.com",)
    assert "h.example.org/u/tok?a=1&amp;b=2" in rewritten


def test_the_same_target_twice_has_two_indexes() -> None:
    rewritten, targets = rewrite_links('<a href="http://e.com">1</a><a href="http://e.com">2</a>', tracked, ())
    assert targets == ("http://e.com", "http://e.com")
    assert rewritten == f'<a href="{tracked(0)}">1</a><a href="{tracked(1)}">2</a>'


def test_the_honeypot_is_one_more_link_that_nobody_sees_and_that_leads_nowhere() -> None:
    html = "<html><body><p>Hi</p><a href='https://e.com'>x</a></body ></html>"
    rewritten, targets = rewrite_links(html, tracked, (), honeypot=True)
    assert targets == ("https://e.com", None)
    found = re.search(r'<a href="([^"]+)" ([^>]*)></a></body ></html>$', rewritten)
    assert found is not None
    assert found[1] == tracked(1)
    for needed in ("display:none", 'aria-hidden="true"', 'tabindex="-1"', 'rel="nofollow"'):
        assert needed in found[2]
    assert re.sub("<[^>]*>", "", rewritten) == "Hix"


def test_a_fragment_gets_the_honeypot_at_its_end() -> None:
    rewritten, targets = rewrite_links('<a href="http://e.com">1</a>', tracked, (), honeypot=True)
    assert rewritten.endswith("></a>")
    assert rewritten.count(tracked(1)) == 1
    assert targets == ("http://e.com", None)


@pytest.mark.parametrize("html", ["", "<p>words</p>", '<a href="mailto:a@example.org">', "<body></body>"])
def test_without_a_tracked_link_there_is_no_honeypot(html: str) -> None:
    assert rewrite_links(html, tracked, (), honeypot=True) == (html, ())


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        ("https://e.com/?a=1&b=%E2%9C%93#x", "https://e.com/?a=1&b=%E2%9C%93#x"),
        ("https://e.com/caf\u00e9 menu?q=\u2713", "https://e.com/caf%C3%A9%20menu?q=%E2%9C%93"),
        ("http://m\u00fcnchen.example/x", "http://xn--mnchen-3ya.example/x"),
        ("http://stra\u00dfe.example/x", "http://xn--strae-oqa.example/x"),
        ("https://u:p@B\u00dcCHER.example:8443/x", "https://u:p@xn--bcher-kva.example:8443/x"),
        ("http://\u4f8b\u5b50\u3002example/", "http://xn--fsqu00a.example/"),
        ("https://e.com/a\r\nSet-Cookie: x=1", "https://e.com/aSet-Cookie:%20x=1"),
        ("http://e.com/?", "http://e.com/?"),
        ("http://a..\u00e9/", "http://a..%C3%A9/"),
    ],
)
def test_a_target_is_frozen_in_characters_that_a_header_takes(target: str, expected: str) -> None:
    assert as_location(target) == expected
    assert as_location(expected) == expected
    _, targets = rewrite_links(f'<a href="{target}">x</a>', tracked, ())
    assert targets == (expected,)


@given(st.text(max_size=60))
def test_any_target_becomes_a_header_value(words: str) -> None:
    made = as_location(f"https://e.com/{words}")
    assert made.isascii()
    assert made.isprintable()
    assert as_location(made) == made


def test_the_new_link_is_escaped() -> None:
    assert rewrite_links("<a href=http://e.com>", lambda _: 'x"&', ())[0] == '<a href="x&quot;&amp;">'


@given(st.text(alphabet="<>a href=\"'!-/:\n&;hpts.é", max_size=200))
def test_any_html_is_survived(html: str) -> None:
    rewritten, targets = rewrite_links(html, tracked, ())
    if not targets:
        assert rewritten == html


def test_long_html_takes_linear_time() -> None:
    begin = time.process_time()
    rewrite_links("<p>\n<a href='http://e.com'>x</a>\n" * 10_000 + "<a " + "x" * 100_000, tracked, ())
    assert time.process_time() - begin < 5


@pytest.mark.parametrize(
    ("target", "shown"),
    [
        ("https://www.example.com/rates", "https://www.example.com/rates"),
        ("https://www.example.com/rates?email=a%40client.example#x", "https://www.example.com/rates"),
        ("https://e.example/#who=a@b", "https://e.example/"),
        ("https://e.example/" + "x" * 100, "https://e.example/" + "x" * 59 + "..."),
    ],
)
def test_a_link_is_told_without_what_may_say_who_was_meant(target: str, shown: str) -> None:
    assert shorten(target) == shown
