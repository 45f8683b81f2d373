"""How far one HTTP request had come when it ended: the difference between "try again" and "nobody can tell"."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from types import SimpleNamespace

import aiohttp

from sequences.sending.deliveries import asked_wait
from sequences.sending.outcome import HandOver


@dataclass(slots=True)
class Progress:
    """Filled in while a request runs.

    Attributes:
        handover: ``may_be_out`` from just before the first byte of the request left us. Never too late, so a False is
            a proof that the server has seen nothing.
        retry_after: the raw ``Retry-After`` of the answer. The Twilio SDK's exceptions drop all headers.
    """

    handover: HandOver
    retry_after: str | None = None

    @property
    def sent(self) -> bool:
        """True from just before the first byte of the request left us."""
        return self.handover.may_be_out

    def retry_after_seconds(self, now: datetime) -> float | None:
        """Returns the wait that the server asked for (RFC 9110 section 10.2.3), or None; ``now`` is aware UTC."""
        wait = asked_wait(self.retry_after, now) if self.retry_after is not None else None
        return wait.total_seconds() if wait is not None else None


_current: ContextVar[Progress | None] = ContextVar("relance_http_progress", default=None)


def watch(handover: HandOver) -> Progress:
    """Starts to watch the next request of the current task and returns what fills in."""
    handover.may_be_out = False
    progress = Progress(handover)
    _current.set(progress)
    return progress


async def _headers_sent(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, _params: aiohttp.TraceRequestHeadersSentParams
) -> None:
    if (progress := _current.get()) is not None:
        progress.handover.may_be_out = True


async def _request_end(
    _session: aiohttp.ClientSession, _context: SimpleNamespace, params: aiohttp.TraceRequestEndParams
) -> None:
    if (progress := _current.get()) is not None:
        progress.retry_after = params.response.headers.get("Retry-After")


def trace_config() -> aiohttp.TraceConfig:
    """Returns the hooks that a ``ClientSession`` needs so that ``watch`` sees its requests."""
    config = aiohttp.TraceConfig()
    config.on_request_headers_sent.append(_headers_sent)
    config.on_request_end.append(_request_end)
    return config
