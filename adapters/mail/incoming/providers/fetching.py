"""Gets small things from addresses that were checked before."""

from __future__ import annotations

import httpx

from sequences.errors import UnavailableError

_SECONDS = 10.0
_MAX_BYTES = 100_000


async def fetch(url: str) -> bytes:
    """What lies at ``url``. Redirects are not followed: they would lead away from the host that was checked.

    Raises:
        UnavailableError: nobody answers, or not with 200, or with too much.
    """
    found = bytearray()
    try:
        async with (
            httpx.AsyncClient(timeout=_SECONDS, follow_redirects=False) as client,
            client.stream("GET", url) as answer,
        ):
            if answer.status_code != 200:
                raise UnavailableError(f"an address of the provider answered {answer.status_code}")
            async for chunk in answer.aiter_bytes():
                found += chunk
                if len(found) > _MAX_BYTES:
                    raise UnavailableError("an address of the provider sent too much data")
    except httpx.HTTPError as error:
        raise UnavailableError(f"an address of the provider does not answer ({type(error).__name__})") from None
    return bytes(found)
