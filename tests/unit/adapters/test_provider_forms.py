"""Forms of mail providers: decoded in pieces, in memory that follows their size."""

from __future__ import annotations

import tracemalloc
from urllib.parse import unquote_to_bytes

import pytest

from adapters.mail.incoming.providers.forms import read_form

URLENCODED = "application/x-www-form-urlencoded"


@pytest.mark.parametrize("before", [0, 1, 9_996, 9_997, 9_998, 9_999, 10_000, 19_998, 19_999])
@pytest.mark.parametrize("tail", [b"", b"%", b"%4", b"%41", b"%e2%82%ac", b"%%41", b"%zz%", b"%4%41%", b"a+b"])
def test_no_escape_is_cut_in_two(before: int, tail: bytes) -> None:
    value = b"x" * before + tail + b"y" * 5 + tail
    assert read_form(URLENCODED, b"name=" + value) == {"name": unquote_to_bytes(value.replace(b"+", b" "))}


def test_escapes_take_no_more_memory_than_they_are_long() -> None:
    body = b"a=" + b"%41" * 300_000
    tracemalloc.start()
    try:
        fields = read_form(URLENCODED, body)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert fields == {"a": b"A" * 300_000}
    # Two copies of it, and one piece; all at once it was eighty times as much.
    assert peak < 4 * len(body)
