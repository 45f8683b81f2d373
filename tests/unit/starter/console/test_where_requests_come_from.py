"""Which requests are our own pages', and where sign-in leads afterwards."""

from urllib.parse import urljoin, urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.datastructures import Headers

from starter.console.next_page import safe_next
from starter.console.same_origin import is_same_origin

_PUBLIC = "https://relance.agency.example"


@pytest.mark.parametrize(
    ("headers", "ours"),
    [
        ({}, False),
        ({"host": "relance.agency.example"}, False),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": ""}, False),
        # What the browser says of the site counts before the origin.
        ({"sec-fetch-site": "cross-site", "origin": _PUBLIC}, False),
        ({"origin": _PUBLIC}, True),
        ({"origin": "http://relance.agency.example"}, False),
        ({"origin": "http://relance.agency.example", "host": "relance.agency.example"}, True),
        ({"origin": "https://relance.agency.example:444"}, False),
        ({"origin": "https://evil.example", "host": "relance.agency.example"}, False),
        ({"origin": "null"}, False),
        ({"origin": "null", "host": "null"}, False),
        ({"origin": ""}, False),
        ({"origin": "", "host": ""}, False),
        ({"origin": "file://", "host": ""}, False),
    ],
)
def test_an_act_comes_from_our_own_page(headers: dict[str, str], ours: bool) -> None:
    assert is_same_origin(Headers(headers), _PUBLIC) is ours


@given(st.text(max_size=60) | st.from_regex(r"\A/console/[\w/\\:@?#&=.%-]{0,30}\Z"))
@example("/console//evil.example")
@example("/console/\\evil.example")
@example("/console/?next=https://evil.example")
@example("/console/\n//evil.example")
def test_sign_in_never_leads_elsewhere(wanted: str) -> None:
    led = safe_next(wanted, "/console")
    assert led.startswith("/console/")
    assert urlsplit(urljoin(f"{_PUBLIC}/console/sign-in", led)).netloc == "relance.agency.example"
    # A header holds it as it is.
    assert led.isprintable()
