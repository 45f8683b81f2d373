"""Why a request by HTTP came to nothing, in words that name no value of ours."""

from __future__ import annotations

import socket
import ssl
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Iterator


def failure_words(error: BaseException) -> str:
    """What went wrong."""
    for cause in causes(error):
        match cause:
            case ssl.SSLCertVerificationError():
                return f"its certificate is not trusted: {cause.verify_message}"
            case ssl.SSLError():
                return f"TLS fails: {(cause.reason or 'no reason given').replace('_', ' ').lower()}"
            case socket.gaierror():
                return "its host name is unknown"
            case ConnectionRefusedError():
                return "the connection is refused"
            case OSError() if cause.strerror and not isinstance(cause, ConnectionResetError | BrokenPipeError):
                return f"it cannot be reached: {cause.strerror.lower()}"
    match error:
        case httpx.ConnectError():
            return "it cannot be reached"
        case httpx.RemoteProtocolError():
            return "the connection was lost, or it does not speak HTTP"
        case httpx.NetworkError():
            return "the connection was lost"
    return f"the request failed ({type(error).__name__})"


def causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what led to it, outermost first, groups opened."""
    seen: set[int] = set()
    left: list[BaseException | None] = [error]
    while left:
        each = left.pop(0)
        if each is None or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        left += [*(each.exceptions if isinstance(each, BaseExceptionGroup) else ()), each.__cause__, each.__context__]
