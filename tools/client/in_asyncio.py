"""The same code for asyncio: what is written for threads, with a word more where it waits."""

from __future__ import annotations

import re
from typing import Final

_ABOUT: Final = (
    ("for programs with threads", "for asyncio"),
    ("of the API, for threads", "of the API, for asyncio"),
    ("sync_operations", "async_operations"),
    ("SyncOperations", "AsyncOperations"),
    ("class Client(", "class AsyncClient("),
    ("httpx.BaseTransport", "httpx.AsyncBaseTransport"),
    ("httpx.Client(", "httpx.AsyncClient("),
    ("Callable[[float], None] = time.sleep", "Callable[[float], Awaitable[None]] = asyncio.sleep"),
    ("import time\n", "import asyncio\n"),
    ("import Callable, Iterator, Mapping", "import AsyncIterator, Awaitable, Callable, Mapping"),
    ("import Iterator, Mapping", "import AsyncIterator, Mapping"),
    ("__enter__", "__aenter__"),
    ("__exit__", "__aexit__"),
    ("self._http.close()", "self._http.aclose()"),
)
_WAITS: Final = re.compile(
    r"(?<!def )(?=self\.(?:_ask|_carry_out|_http\.send|_http\.aclose|_sleep|close|list_events)\()"
)
_INNER: Final = "def request() -> httpx.Request:"


def for_asyncio(text: str) -> str:
    """A module for asyncio, made from one for threads."""
    for here, there in _ABOUT:
        text = text.replace(here, there)
    text = re.sub(r"(?<!Async)\bIterator\[", "AsyncIterator[", text)
    # An asynchronous generator hands on nothing of another.
    text = re.sub(r"^( *)yield from (.+)$", r"\1for item in \2:\n\1    yield item", text, flags=re.MULTILINE)
    text = _WAITS.sub("await ", text)
    # Everything waits but what only makes an object.
    text = re.sub(r"^    def (?!__init__)", "    async def ", text, flags=re.MULTILINE)
    return text.replace(f"async {_INNER}", _INNER)
