"""How a session travels, and what a browser is called."""

import pytest

from starter.console.cookie import is_local, session_cookie
from starter.console.device import device_words


@pytest.mark.parametrize(
    ("public_url", "host", "name"),
    [
        ("https://relance.agency.example", "relance.agency.example", "__Host-relance_session"),
        ("https://agency.example/relance", "10.0.0.7:8080", "__Host-relance_session"),
        ("http://127.0.0.1:8080", "127.0.0.1:8080", "relance_session"),
        ("http://127.0.0.1:8080", "localhost:8080", "relance_session"),
        ("http://[::1]:8080", "[::1]:8080", "relance_session"),
        ("http://127.0.0.1:8080", "10.0.0.7:8080", None),
        ("http://127.0.0.1:8080", "127.0.0.1.evil.example", None),
        ("http://127.0.0.1:8080", "", None),
        ("http://relance.lan", "relance.lan", None),
        ("http://relance.lan", "127.0.0.1", None),
    ],
)
def test_a_session_travels_by_tls_or_not_beyond_this_machine(public_url: str, host: str, name: str | None) -> None:
    cookie = session_cookie(public_url, host)
    assert (cookie.name if cookie is not None else None) == name
    if cookie is not None:
        assert cookie.secure == public_url.startswith("https") == (not is_local(public_url))


@pytest.mark.parametrize(
    ("agent", "words"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox on Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140 Safari/537 Edg/140",
            "Edge on Windows",
        ),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1 Version/18 Safari/605.1", "Safari on Mac"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) CriOS/140 Mobile Safari/604.1", "Chrome on iPhone"),
        ("Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 Chrome/140 Mobile Safari/537", "Chrome on Android"),
        ("curl/8", "Unknown browser"),
        ("", "Unknown browser"),
    ],
)
def test_a_browser_has_a_name(agent: str, words: str) -> None:
    assert device_words(agent) == words
