"""The client for programs with threads."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any, Self, TypeVar

import httpx

from relance.client.call import Call, Operation, Retries
from relance.client.hooks import signed_event
from relance.client.models import CrmAnswer
from relance.client.sync_operations import SyncOperations

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from pydantic import BaseModel

    from relance.client.models import CrmEvent, EventInclude, StreamEvent

_T = TypeVar("_T")
_HOOK = Operation("POST", "/hooks/crm", CrmAnswer)


class Client(SyncOperations):
    """Calls the API.

    Args:
        url: of the server, with the path under which it is reached.
        token: of ``relance token create``.
        retries: when a call is tried again.
        timeout: seconds for each try.
        transport: of httpx, such as one through a proxy.
        sleep: how it waits.
    """

    def __init__(
        self,
        url: str,
        token: str,
        *,
        retries: Retries | None = None,
        timeout: float = 60.0,
        transport: httpx.BaseTransport | None = None,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._retries = retries or Retries()
        self._sleep = sleep
        headers = {"Authorization": f"Bearer {token}"}
        self._http = httpx.Client(base_url=url, headers=headers, timeout=timeout, transport=transport)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections."""
        self._http.close()

    def send_crm_event(self, event: CrmEvent, secret: str) -> CrmAnswer:
        """Hands record changes to the hook of the CRM; each refusal is in the answer.

        Args:
            event: the changes.
            secret: one of ``RELANCE_HOOK_SECRETS``.

        Raises:
            ApiError: the event as a whole was refused.
        """

        # Signed again at each try: a signature is good for minutes.
        def request() -> httpx.Request:
            body, headers = signed_event(event, secret)
            return self._http.build_request("POST", _HOOK.path, content=body, headers=headers)

        return self._carry_out(Call(_HOOK), request)

    def follow_events(
        self,
        after: str = "0",
        *,
        types: list[str] | None = None,
        include: EventInclude | None = None,
        wait: float = 30.0,
    ) -> Iterator[tuple[StreamEvent | dict[str, Any], str]]:
        """Events from a cursor on, for ever; each with the cursor after it: store that, and go on from it.

        Args:
            after: the cursor; ``0``: from the first event that is kept.
            types: only these; None: all.
            include: ``person``: names and addresses too.
            wait: seconds that the server waits for the next event, at most 30.

        Raises:
            ApiError: the API said no, such as for a cursor that is too old.
        """
        while True:
            found = self.list_events(after=after, types=types, include=include, wait=wait)
            for event in found.items:
                yield event, event["cursor"] if isinstance(event, dict) else event.cursor
            after = found.cursor

    def _ask(
        self,
        operation: Operation[_T],
        *,
        at: Mapping[str, str] | None = None,
        asked: Mapping[str, Any] | None = None,
        body: BaseModel | None = None,
    ) -> _T:
        call = Call(operation, at or {}, asked or {}, body)
        return self._carry_out(call, lambda: call.request(self._http))

    def _carry_out(self, call: Call[_T], request: Callable[[], httpx.Request]) -> _T:
        while True:
            try:
                response = self._http.send(request())
            except httpx.TransportError as error:
                wait = call.wait(self._retries, error)
                if wait is None:
                    raise
            else:
                wait = call.wait(self._retries, response)
                if wait is None:
                    return call.read(response)
            self._sleep(wait)
