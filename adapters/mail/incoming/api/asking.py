"""Questions to a provider about one mailbox: with its token, and one try again when that was refused."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import httpx

from adapters.mail.incoming.reading_loop import AskedToWaitError
from sequences.errors import RelanceError, UnavailableError
from sequences.sending.deliveries import asked_wait

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import datetime

    from adapters.mail.xoauth2 import TokenSource

_LONGEST_WAIT: Final = 3600.0
_LARGEST_LIST: Final = 8 * 1024 * 1024


class ReadingError(RelanceError):
    """The provider refused, or made no sense; trying again may help. No words of the provider: they quote addresses."""


@dataclass(frozen=True)
class ApiAnswer:
    """What was answered.

    Attributes:
        status: 200, or one that the asker wants to see.
        body: so much of it as was wanted.
    """

    status: int
    body: bytes

    @property
    def found(self) -> dict[str, Any]:
        """The JSON object in it.

        Raises:
            ReadingError: there is none.
        """
        try:
            found = httpx.Response(200, content=self.body).json()
        except (ValueError, RecursionError):
            found = None
        if not isinstance(found, dict):
            raise ReadingError("the provider sent an invalid answer")
        return found


@dataclass(frozen=True)
class _Request:
    method: str
    address: str
    headers: Mapping[str, str]
    document: Mapping[str, Any] | None = None
    most: int = _LARGEST_LIST
    is_cut: bool = False


class MailboxAsking:
    """Asks about one mailbox.

    Args:
        label: the provider, for people.
        base_url: of its interface; a token goes to no other.
        user: the mailbox.
        tokens: yields its tokens.
        clock: UTC.
        timeout: seconds for one answer.
    """

    def __init__(
        self,
        label: str,
        base_url: str,
        user: str,
        tokens: TokenSource,
        clock: Callable[[], datetime],
        timeout: float = 60.0,
    ) -> None:
        self._label = label
        self._base = base_url.rstrip("/")
        self._user = user
        self._tokens = tokens
        self._clock = clock
        self._client = httpx.AsyncClient(timeout=timeout, follow_redirects=False)

    async def get(
        self,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        seen: frozenset[int] = frozenset(),
        most: int = _LARGEST_LIST,
        cut: bool = False,
    ) -> ApiAnswer:
        """Asks once, and once more with another token when that was refused.

        Args:
            path: with query; or a whole address under the base, as pages of lists name the next one.
            headers: besides the token.
            seen: statuses besides 200 that are answers and no errors.
            most: bytes that are read at most.
            cut: a longer answer is cut; else it is an error.

        Raises:
            AskedToWaitError: it wants to be asked later.
            ReadingError: it refuses.
            UnavailableError: it does not answer, or there is no token.
        """
        address = path if path.startswith(f"{self._base}/") else f"{self._base}{path}"
        if path.startswith("http") and address != path:
            raise ReadingError(f"{self._label} names an address outside of its own")
        page = await self._answered(_Request("GET", address, headers or {}, most=most, is_cut=cut), seen)
        if page.status == 200 or page.status in seen:
            return page
        raise ReadingError(f"{self._label} does not let us read the mailbox ({page.status})")

    async def change(
        self, method: str, path: str, document: Mapping[str, Any] | None, *, seen: frozenset[int] = frozenset()
    ) -> ApiAnswer:
        """Has something changed at the provider, with a JSON document or without.

        Args:
            method: of HTTP.
            path: under the base.
            document: what is sent; None: nothing is.
            seen: statuses besides 200 that are answers and no errors.

        Raises:
            AskedToWaitError: it wants to be asked later.
            ReadingError: it refuses.
            UnavailableError: it does not answer, or there is no token.
        """
        page = await self._answered(_Request(method, f"{self._base}{path}", {}, document), seen)
        if page.status == 200 or page.status in seen:
            return page
        raise ReadingError(f"{self._label} refuses it ({page.status})")

    async def aclose(self) -> None:
        """Closes the kept connections."""
        await self._client.aclose()

    async def _answered(self, request: _Request, seen: frozenset[int]) -> ApiAnswer:
        """Asks once, and once more with another token when that was refused: then nothing was done."""
        token = await self._tokens.token(self._user)
        page, wait = await self._ask(request, token)
        if page.status == 401:
            self._tokens.refused(self._user, token)
            fresh = await self._tokens.token(self._user)
            if fresh != token:
                page, wait = await self._ask(request, fresh)
        if page.status in seen:
            return page
        if page.status == 429 or (page.status == 503 and wait):
            raise AskedToWaitError(f"{self._label} asks to be asked later ({page.status})", min(wait, _LONGEST_WAIT))
        if page.status >= 500:
            raise UnavailableError(f"{self._label} failed with {page.status}")
        return page

    async def _ask(self, request: _Request, token: str) -> tuple[ApiAnswer, float]:
        found = bytearray()
        headers = dict(request.headers) | {"Authorization": f"Bearer {token}"}
        try:
            async with self._client.stream(
                request.method, request.address, headers=headers, json=request.document
            ) as answer:
                async for chunk in answer.aiter_bytes():
                    found += chunk
                    if len(found) > request.most:
                        break
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
            raise UnavailableError(f"{self._label} does not answer ({type(error).__name__})") from None
        if len(found) > request.most and not request.is_cut:
            raise ReadingError(f"{self._label} sends too much")
        wait = asked_wait(answer.headers.get("retry-after", ""), self._clock())
        body = bytes(found[: request.most])
        return ApiAnswer(answer.status_code, body), wait.total_seconds() if wait is not None else 0.0
