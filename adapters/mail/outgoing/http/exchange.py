"""One HTTP request that hands over a mail, and how far it had come when it ended.

Everything turns on one instant, as at SMTP's final dot: a server cannot have a request whose last byte it has not got,
because its length was said before. What fails before that byte may be tried again; after it nobody can tell.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

import httpx

from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict

_LARGEST: Final = 1024 * 1024
"""Bytes of an answer at the most; what comes after them is not read."""
_CHUNK: Final = 64 * 1024


@dataclass(frozen=True)
class HttpRequest:
    """What is asked of a provider.

    Attributes:
        url: with query.
        headers: without those of authentication where a token is added later.
        body: whole.
        method: as a rule POST.
    """

    url: str
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)
    body: bytes = field(default=b"", repr=False)
    method: str = "POST"


@dataclass(frozen=True)
class HttpAnswer:
    """What a provider answered.

    Attributes:
        status: of HTTP.
        headers: names in small letters.
        body: at most a megabyte.
    """

    status: int
    headers: Mapping[str, str]
    body: bytes = field(repr=False)

    @property
    def found(self) -> Any:
        """The JSON in it; None: there is none."""
        try:
            return httpx.Response(200, content=self.body).json()
        except (ValueError, RecursionError):
            return None

    def text_at(self, *path: str | int) -> str:
        """A text in the JSON, such as ``("error", "code")``; empty: there is none."""
        found = self.found
        for step in path:
            if isinstance(found, dict) and isinstance(step, str):
                found = found.get(step)
            elif isinstance(found, list) and isinstance(step, int) and len(found) > step:
                found = found[step]
            else:
                return ""
        return str(found) if isinstance(found, str | int) and not isinstance(found, bool) else ""


class OutcomeError(Exception):
    """It ends here, and what became of the mail is known.

    Attributes:
        outcome: what that means for the mail.
    """

    def __init__(self, outcome: TransportOutcome) -> None:
        super().__init__(outcome.reason)
        self.outcome = outcome


class NoAnswerError(OutcomeError):
    """No answer came, or none that is HTTP."""


async def exchange(client: httpx.AsyncClient, request: HttpRequest, handover: HandOver, provider: str) -> HttpAnswer:
    """Asks once.

    Cancelled, it says nothing more, and the connection is closed.

    Args:
        client: of the provider.
        request: what is asked.
        handover: ``may_be_out`` is True from just before the last byte of the body is written.
        provider: for people.

    Raises:
        NoAnswerError: no readable answer came.
    """
    handover.may_be_out = False
    headers = dict(request.headers) | {"Content-Length": str(len(request.body))}
    body = _up_to_the_last_byte(request.body, handover) if request.body else None
    if body is None:
        # Nothing follows the headers: they are the request.
        handover.may_be_out = True
    try:
        async with client.stream(request.method, request.url, headers=headers, content=body) as answer:
            found = bytearray()
            async for chunk in answer.aiter_bytes():
                found += chunk
                if len(found) > _LARGEST:
                    break
        return HttpAnswer(answer.status_code, dict(answer.headers), bytes(found[:_LARGEST]))
    except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.UnsupportedProtocol) as error:
        # No connection: not even the headers went out.
        handover.may_be_out = False
        raise NoAnswerError(_away(provider, error)) from None
    except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError) as error:
        if not handover.may_be_out:
            raise NoAnswerError(_away(provider, error)) from None
        what = "no answer in time" if isinstance(error, httpx.TimeoutException) else "no readable answer"
        reason = f"{what} from {provider} after the request was handed over"
        raise NoAnswerError(TransportOutcome(TransportVerdict.UNKNOWN, "http", type(error).__name__, reason)) from None


async def _up_to_the_last_byte(body: bytes, handover: HandOver) -> AsyncIterator[bytes]:
    last = len(body) - 1
    for start in range(0, last, _CHUNK):
        yield body[start : min(start + _CHUNK, last)]
    handover.may_be_out = True
    yield body[last:]


def _away(provider: str, error: Exception) -> TransportOutcome:
    cause: BaseException | None = error
    while cause is not None and not isinstance(cause, ssl.SSLError):
        cause = cause.__cause__ or cause.__context__
    stage = "tls" if isinstance(cause, ssl.SSLError) else "connect"
    if isinstance(cause, ssl.SSLCertVerificationError):
        words = f"the certificate of {provider} is not trusted: {cause.verify_message.rstrip('.')}"
    elif isinstance(cause, ssl.SSLError):
        words = f"TLS with {provider} failed"
    elif isinstance(error, httpx.TimeoutException):
        words = f"{provider} does not answer in time"
    else:
        words = f"there is no connection to {provider}"
    reason = f"{words} ({type(error).__name__}); nothing was handed over"
    return TransportOutcome(TransportVerdict.RETRY, stage, None, reason, away=True)
