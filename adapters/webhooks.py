"""Posts to other systems: one request, an end to it, and never more than a few at a time to one receiver."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import hmac
import logging
import time
from dataclasses import dataclass, field
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import TYPE_CHECKING, Final

import httpx

from adapters.checked_transport import REFUSED_ADDRESS, CheckedTransport, RefusedAddressError
from adapters.http_failures import causes, failure_words
from sequences.errors import GrammarError
from sequences.sending.deliveries import DeliveryVerdict, ReceiverAnswer, delivery_verdict
from sequences.sending.webhook_signature import webhook_headers
from sequences.web_address import read_web_address

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence

    from sequences.sending.callable_networks import Network

_log = logging.getLogger("relance.webhooks")

_CONNECT_SECONDS: Final = 10.0
_MOST_TO_ONE: Final = 5
_PATIENCE: Final = 2.0
"""Seconds to wait for a place at a receiver that answers. At one that does not nobody waits."""
_READ_AT_MOST: Final = 16 * 1024
_READ_SECONDS: Final = 1.0
"""An answer is its status. What follows is read only so that the connection can be used again."""
_MOST_REMEMBERED: Final = 1_000


@dataclass
class _Receiver:
    begun: list[float] = field(default_factory=list)
    waiting: int = 0
    silent: bool = False
    changed: asyncio.Event = field(default_factory=asyncio.Event)

    def has_room(self) -> bool:
        return len(self.begun) < (1 if self.silent else _MOST_TO_ONE)


class Webhooks:
    """A client for receivers of which nothing is known: not whether they are there, nor what they answer."""

    def __init__(
        self,
        secret: bytes,
        seconds: float = 20.0,
        *,
        networks: Sequence[Network] = (),
        keys_of: Callable[[str], Awaitable[Sequence[bytes]]] | None = None,
        address_of: Callable[[str], Awaitable[str | None]] | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        """``secret`` signs; ``seconds`` is for one request as a whole: connecting, sending, the status of the answer.

        ``networks`` are those of our own that may be posted to. ``keys_of`` says which keys an address has of its own;
        ``secret`` signs for addresses that have none, also in the way of 0.1. ``address_of`` knows receivers by their
        names. ``clock`` says in unix seconds when a
        request is sent: the wall's time, whatever a workflow believes.
        """
        self._secret = secret
        self._keys_of = keys_of
        self._address_of = address_of
        self._seconds = seconds
        self._clock = clock
        self._receivers: dict[tuple[str, int], _Receiver] = {}
        self._client = httpx.AsyncClient(
            transport=CheckedTransport(networks),
            # A proxy of the environment does not count: it would see what is posted, and answer in the receiver's
            # stead.
            trust_env=False,
            follow_redirects=False,
            timeout=httpx.Timeout(seconds, connect=min(seconds, _CONNECT_SECONDS)),
            # A receiver that sets cookies would be remembered from one person's facts to the next one's.
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
        )

    async def aclose(self) -> None:
        """Closes the connections."""
        await self._client.aclose()

    async def address_of(self, endpoint: str) -> str | None:
        """The URL of a receiver by its name; None: there is none of that name (any more)."""
        return await self._address_of(endpoint) if self._address_of is not None else None

    async def post(self, url: str, body: bytes, *, key: str) -> ReceiverAnswer:
        """Posts JSON once, signed, and says what came of it. Never raises for what a receiver does, or is.

        Args:
            url: as in the sequence.
            body: JSON.
            key: the same for every try of one delivery; the header ``Idempotency-Key``.
        """
        try:
            address = read_web_address(url, login=True)
        except GrammarError as error:
            return ReceiverAnswer(DeliveryVerdict.NEVER, f"nothing can be posted to its address: {error.message}")
        keys = await self._keys_of(address.url) if self._keys_of is not None else ()
        place = (address.host, address.port)
        receiver = self._receiver(place)
        if not await self._room(receiver):
            why = "its receiver does not answer" if receiver.silent else "its receiver is busy with other deliveries"
            self._forget(place, receiver)
            return ReceiverAnswer(DeliveryVerdict.AGAIN, f"not tried yet: {why}", tried=False)
        with self._place(place, receiver):
            answer, receiver.silent = await self._post(address.url, body, self._headers(body, key, keys))
        return answer

    def _headers(self, body: bytes, key: str, keys: Sequence[bytes]) -> dict[str, str]:
        now = int(self._clock())
        common = {"Content-Type": "application/json", "User-Agent": "Relance", "Idempotency-Key": key}
        common |= webhook_headers(keys or (self._secret,), key, now, body)
        if keys:
            # Whoever gets these must not be able to sign for our own hook, so its key signs nothing here.
            return common
        stamp = str(now)
        return {
            **common,
            "X-Relance-Signature": self._mac(body),
            # As the CRM signs for us. The one above knows no time, so whoever recorded it could repeat it.
            "X-Relance-Timestamp": stamp,
            "X-Relance-Timestamp-Signature": self._mac(f"{stamp}.".encode() + body),
        }

    def _mac(self, message: bytes) -> str:
        return f"sha256={hmac.new(self._secret, message, hashlib.sha256).hexdigest()}"

    async def _post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[ReceiverAnswer, bool]:
        """The answer, and whether the receiver kept silent."""
        answer: ReceiverAnswer | None = None
        try:
            async with (
                asyncio.timeout(self._seconds),
                self._client.stream("POST", url, content=body, headers=headers) as response,
            ):
                answer = delivery_verdict(response.status_code, response.headers.get("Retry-After", ""))
                await _read_out(response)
        except TimeoutError:
            words = f"no answer within {self._seconds:g} seconds"
        except httpx.TimeoutException as error:
            connecting = isinstance(error, httpx.ConnectTimeout)
            words = f"no connection within {_CONNECT_SECONDS:g} seconds" if connecting else "it stopped answering"
        except httpx.HTTPError as error:
            if any(isinstance(cause, RefusedAddressError) for cause in causes(error)):
                answer = ReceiverAnswer(DeliveryVerdict.NEVER, REFUSED_ADDRESS)
            words = failure_words(error)
        except Exception as error:  # noqa: BLE001 - whatever a stranger's answer breaks, it costs its own row only
            _log.exception("a webhook could not be posted")
            words = f"it cannot be posted ({type(error).__name__})"
        # A status that came before the connection broke is the answer.
        return (answer, False) if answer is not None else (ReceiverAnswer(DeliveryVerdict.AGAIN, words), True)

    # --- places ---------------------------------------------------------------------------------------------------

    def _receiver(self, key: tuple[str, int]) -> _Receiver:
        if key not in self._receivers and len(self._receivers) >= _MOST_REMEMBERED:
            idle = next((known for known, each in self._receivers.items() if not each.begun and not each.waiting), None)
            if idle is not None:
                del self._receivers[idle]
        return self._receivers.setdefault(key, _Receiver())

    async def _room(self, receiver: _Receiver) -> bool:
        clock = asyncio.get_running_loop().time
        until = clock() + _PATIENCE
        receiver.waiting += 1
        try:
            while not receiver.has_room():
                # Whoever has been there that long makes it no quicker for the others.
                stuck = min(receiver.begun) + _PATIENCE if receiver.begun else until
                left = min(until, stuck) - clock()
                if receiver.silent or left <= 0:
                    return False
                receiver.changed.clear()
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(left):
                        await receiver.changed.wait()
            return True
        finally:
            receiver.waiting -= 1

    @contextlib.contextmanager
    def _place(self, key: tuple[str, int], receiver: _Receiver) -> Iterator[None]:
        begun = asyncio.get_running_loop().time()
        receiver.begun.append(begun)
        try:
            yield
        finally:
            receiver.begun.remove(begun)
            receiver.changed.set()
            self._forget(key, receiver)

    def _forget(self, key: tuple[str, int], receiver: _Receiver) -> None:
        if not receiver.begun and not receiver.waiting and not receiver.silent:
            self._receivers.pop(key, None)


async def _read_out(response: httpx.Response) -> None:
    read = 0
    with contextlib.suppress(TimeoutError, httpx.HTTPError):
        async with asyncio.timeout(_READ_SECONDS):
            # Raw: a small body may unpack to a gigabyte.
            async for chunk in response.aiter_raw(4096):
                read += len(chunk)
                if read > _READ_AT_MOST:
                    return
