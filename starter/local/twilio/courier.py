"""Signed form POSTs from the stand-in to our own hooks: status callbacks and people's texts."""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections.abc import Coroutine

import httpx

from adapters.sms.signature import HMAC_SHA256, SIGNATURE_HEADER, SIGNATURE_SETTINGS_HEADER, sign

_LOG = logging.getLogger(__name__)
_TIMEOUT = 15.0
"""Seconds that Twilio waits for a webhook's answer."""


class Courier:
    """Delivers webhooks. Open it inside the loop that uses it."""

    def __init__(self, auth_token: str, signing_key: str | None = None) -> None:
        self._token = auth_token
        self._signing_key = signing_key
        self._client = httpx.AsyncClient(timeout=_TIMEOUT, trust_env=False)
        self._tasks: set[asyncio.Task[None]] = set()

    async def post(self, url: str, params: dict[str, str]) -> int | None:
        """POSTs ``params`` to ``url``; returns the HTTP status, or None when nobody answered.

        A connection that cannot be made is tried once more, as Twilio does by default (connection override ``rc=1``);
        an answer of any kind is final.
        """
        headers = {"I-Twilio-Idempotency-Token": secrets.token_hex(16)}
        if self._signing_key is None:
            headers[SIGNATURE_HEADER] = sign(url, params.items(), self._token)
        else:
            headers[SIGNATURE_HEADER] = sign(url, params.items(), self._signing_key, HMAC_SHA256)
            headers[SIGNATURE_SETTINGS_HEADER] = f"key=webhooks_sharedkey_standin,algorithm={HMAC_SHA256}"
        for attempt in (1, 2):
            try:
                response = await self._client.post(url, data=params, headers=headers)
            except httpx.ConnectError:
                _LOG.warning("a webhook of the SMS stand-in was refused a connection (attempt %d of 2)", attempt)
            except httpx.HTTPError as error:
                _LOG.warning("a webhook of the SMS stand-in got no answer: %s", type(error).__name__)
                return None
            else:
                return response.status_code
        return None

    def in_background(self, work: Coroutine[object, object, None]) -> None:
        """Runs ``work`` beside the caller; ``drain`` waits for it and ``aclose`` cancels it."""
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._done)

    def _done(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            _LOG.error("the SMS stand-in failed while it called back: %s", type(error).__name__)

    async def drain(self) -> None:
        """Waits until all background work is done."""
        while self._tasks:
            await asyncio.wait(self._tasks)

    async def aclose(self) -> None:
        """Cancels what still runs and closes the connections."""
        for task in self._tasks:
            task.cancel()
        await self.drain()
        await self._client.aclose()
