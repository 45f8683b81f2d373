"""Addresses of webhooks: what can be posted to, and what never could."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.errors import GrammarError
from sequences.web_address import WebAddress, read_web_address, resembles_web_address

GOOD = [
    ("https://hooks.example.com/relance", "hooks.example.com", 443, "https://hooks.example.com/relance"),
    ("http://127.0.0.1:39871/finished", "127.0.0.1", 39871, "http://127.0.0.1:39871/finished"),
    ("HTTPS://Hooks.Example.COM", "hooks.example.com", 443, "https://hooks.example.com"),
    (
        "https://crm.example:8443/a%20b?c=%00&d=e@f#g",
        "crm.example",
        8443,
        "https://crm.example:8443/a%20b?c=%00&d=e@f#g",
    ),
    ("http://crm_web:8000/", "crm_web", 8000, "http://crm_web:8000/"),
    ("http://[::1]:80/", "::1", 80, "http://[::1]:80/"),
    ("http://crm.example./", "crm.example.", 80, "http://crm.example./"),
    # IDNA 2008 keeps the sharp s; Python's own codec makes it somebody else's name.
    ("https://straße.example/", "xn--strae-oqa.example", 443, "https://xn--strae-oqa.example/"),
    ("https://BÜCHER.example/ä", "xn--bcher-kva.example", 443, "https://xn--bcher-kva.example/ä"),
    ("https://例子.example", "xn--fsqu00a.example", 443, "https://xn--fsqu00a.example"),
    ("https://xn--bcher-kva.example/", "xn--bcher-kva.example", 443, "https://xn--bcher-kva.example/"),
]
BAD = [
    "http://ex%00ample/",
    "http://ex%61mple/",
    "http:///path",
    "http://",
    "https://:443/",
    "ftp://crm.example/",
    "javascript:alert(1)",
    "crm.example/hook",
    "//crm.example/",
    "mailto:a@crm.example",
    "",
    " ",
    "http://crm.example/a b",
    "http://crm.example/\tx",
    "http://crm.example/\n",
    "\nhttp://crm.example/",
    "http://crm.example/\x00",
    "http://crm.example:0/",
    "http://crm.example:65536/",
    "http://crm.example:99999/",
    "http://crm.example:x/",
    "http://crm.example:-1/",
    "http://crm..example/",
    "http://.example/",
    "http://-crm.example/",
    "http://crm-.example/",
    "http://crm.example\\@evil.example/",
    "http://crm,example/",
    "http://crm.example;x/",
    "http://a'b.example/",
    "http://[::1/",
    "http://[zz]/",
    "http://[fe80::1%25eth0]/",
    "http://1.2.3/",
    "http://1.2.3.4.5/",
    "http://999.1.1.1/",
    "http://0x7f.1/",
    "http://2130706433/",
    "http://" + "a" * 64 + ".example/",
    "http://" + "a." * 130 + "example/",
    "http://xn--/",
    "http://\u200bcrm.example/",
    "http://\U000e0001.example/",
    "http://crm.example/" + "a" * 2000,
    "http://me:secret@crm.example/",
    "http://me@crm.example/",
    "http://@crm.example/",
]


@pytest.mark.parametrize(("text", "host", "port", "url"), GOOD, ids=[each[0] for each in GOOD])
def test_what_can_be_posted_to(text: str, host: str, port: int, url: str) -> None:
    assert read_web_address(text) == WebAddress(url, host, port)
    # What was read is read the same again.
    assert read_web_address(url) == WebAddress(url, host, port)


@pytest.mark.parametrize("text", BAD, ids=[repr(each)[:40] for each in BAD])
def test_what_never_could(text: str) -> None:
    with pytest.raises(GrammarError) as caught:
        read_web_address(text)
    assert caught.value.message.endswith(".") or "." in caught.value.message
    assert caught.value.allowed


def test_a_login_is_not_shown_and_old_versions_keep_theirs() -> None:
    with pytest.raises(GrammarError) as caught:
        read_web_address("https://me:secret@crm.example/x")
    assert "secret" not in f"{caught.value.message}{caught.value.found}{caught.value.allowed}"
    kept = read_web_address("https://me:secret@crm.example/x", login=True)
    assert kept == WebAddress("https://me:secret@crm.example/x", "crm.example", 443)


@given(st.text(max_size=60).map("http://".__add__) | st.text(max_size=60))
def test_any_text_is_an_address_or_an_error_of_ours(text: str) -> None:
    try:
        address = read_web_address(text)
    except GrammarError:
        return
    assert resembles_web_address(text)
    assert address.host.isascii()
    assert read_web_address(address.url) == address
