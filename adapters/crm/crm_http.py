"""HTTP to a CRM: paced, with an end to each request, and one meaning for each way in which it can fail."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

import httpx

from adapters.clock import utc_now
from adapters.http_failures import failure_words
from sequences.errors import CrmAwayError
from sequences.sending.deliveries import asked_wait

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.crm.pace import Pace

_SECONDS: Final = 30.0
_CONNECT_SECONDS: Final = 10.0
_LARGEST: Final = 20 * 1024 * 1024


class CrmHttp:
    """A client for one CRM.

    Args:
        pace: what the CRM allows.
        seconds: for one request as a whole.
    """

    def __init__(self, pace: Pace, seconds: float = _SECONDS) -> None:
        self._pace = pace
        self._seconds = seconds
        self._client = httpx.AsyncClient(
            follow_redirects=False,
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
            headers={"User-Agent": "Relance", "Accept": "application/json"},
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def ask(
        self,
        method: str,
        url: str,
        *,
        params: Mapping[str, str] | None = None,
        body: object = None,
        content: bytes | None = None,
        form: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        writes: bool = False,
    ) -> httpx.Response:
        """Asks once.

        Args:
            method: of HTTP.
            url: without parameters.
            params: of the address.
            body: sent as JSON.
            content: sent as it is.
            form: sent as a form.
            headers: more of them.
            writes: something is changed by it, so a lost answer leaves a doubt.

        Raises:
            CrmAwayError: no answer, one that says to wait, or one of a server that fails.
        """
        await self._pace.turn()
        try:
            async with asyncio.timeout(self._seconds):
                response = await self._client.request(
                    method, url, params=params, json=body, content=content, data=form, headers=headers
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout) as error:
            raise CrmAwayError(f"the CRM does not answer: {failure_words(error)}") from error
        except (TimeoutError, httpx.TimeoutException) as error:
            words = f"the CRM did not answer within {self._seconds:g} seconds"
            raise CrmAwayError(words, uncertain=writes) from error
        except httpx.HTTPError as error:
            raise CrmAwayError(f"the CRM does not answer: {failure_words(error)}", uncertain=writes) from error
        status = response.status_code
        if status == 429 or (status == 503 and "Retry-After" in response.headers):
            raise CrmAwayError(f"the CRM asks us to wait (HTTP {status})", _asked(response))
        if status in (502, 503, 504):
            raise CrmAwayError(f"the CRM cannot be used now (HTTP {status})", uncertain=writes)
        if status >= 500:
            raise CrmAwayError(f"the CRM failed (HTTP {status})", uncertain=writes, whole=False)
        return response


def json_of(response: httpx.Response, *, writes: bool = False) -> Any:
    """The JSON of an answer; None: it is empty.

    Raises:
        CrmAwayError: it is no JSON, or too large.
    """
    if len(response.content) > _LARGEST:
        raise CrmAwayError("the answer of the CRM is too large", uncertain=writes, whole=False)
    if not response.content.strip():
        return None
    try:
        return response.json()
    except ValueError as error:
        raise CrmAwayError("the answer of the CRM is not JSON", uncertain=writes, whole=False) from error


def _asked(response: httpx.Response) -> float | None:
    wait = asked_wait(response.headers.get("Retry-After", ""), utc_now())
    return wait.total_seconds() if wait is not None else None
