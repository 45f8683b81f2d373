"""One call, without a network: what is sent, what an answer means, and when it is tried again."""

from __future__ import annotations

import uuid
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, TypeAdapter, ValidationError

from relance.client.errors import error_of
from relance.client.models import Problem

if TYPE_CHECKING:
    from collections.abc import Mapping

T = TypeVar("T")
_RETRIED: Final = frozenset({429, 503})
"""Statuses that say: nothing was done, come again."""
_FIRST_WAIT: Final = 0.5


@dataclass(frozen=True)
class Operation(Generic[T]):
    """An operation of the API.

    Attributes:
        method: of HTTP.
        path: with the names of its parameters in braces.
        answer: the type of its answer; bytes: as they come.
        key: field of its body by which a repeated request is done once; None: it has none.
    """

    method: str
    path: str
    answer: type[T]
    key: str | None = None


@dataclass(frozen=True)
class Retries:
    """When a call is tried again.

    Attributes:
        tries: of one call, at the most.
        longest: seconds of one wait; an API that asks for more is believed, and the error is raised.
    """

    tries: int = 5
    longest: float = 60.0


@dataclass
class Call(Generic[T]):
    """A call under way.

    Attributes:
        operation: what is asked.
        at: parameters of the path.
        asked: of the query; None among them: not asked.
        body: of the request; fields that nobody set are left out.
        tried: how often.
    """

    operation: Operation[T]
    at: Mapping[str, str] = field(default_factory=dict)
    asked: Mapping[str, Any] = field(default_factory=dict)
    body: BaseModel | None = None
    tried: int = 0

    def __post_init__(self) -> None:
        self.json = self.body.model_dump(mode="json", by_alias=True, exclude_unset=True) if self.body else None
        if self.operation.key is not None:
            # Without a key a second try would be a second request.
            self.json = {self.operation.key: uuid.uuid4().hex, **(self.json or {})}

    def request(self, client: httpx.Client | httpx.AsyncClient) -> httpx.Request:
        """What is sent.

        Raises:
            ValueError: an id that no address can hold.
        """
        at = {name: _part(value) for name, value in self.at.items()}
        asked = {name: _query(value) for name, value in self.asked.items() if value is not None}
        path = self.operation.path.format(**at)
        return client.build_request(self.operation.method, path, params=asked, json=self.json)

    def read(self, response: httpx.Response) -> T:
        """The answer.

        Raises:
            ApiError: the API said no.
        """
        if not response.is_success:
            raise error_of(response.status_code, _problem(response), _retry_after(response))
        if self.operation.answer is bytes:
            return response.content  # type: ignore[return-value]
        return TypeAdapter(self.operation.answer).validate_json(response.content)

    def wait(self, retries: Retries, outcome: httpx.Response | httpx.TransportError) -> float | None:
        """Seconds until the next try; None: there is none.

        Args:
            retries: how often.
            outcome: of this try.
        """
        self.tried += 1
        if self.tried >= retries.tries:
            return None
        backoff = _FIRST_WAIT * 2 ** (self.tried - 1)
        if isinstance(outcome, httpx.Response):
            if outcome.status_code not in _RETRIED:
                return None
            after = _retry_after(outcome)
            wait = backoff if after is None else after
            return wait if wait <= retries.longest else None
        return min(backoff, retries.longest) if self._may_repeat(outcome) else None

    def _may_repeat(self, error: httpx.TransportError) -> bool:
        # What never got there, what reads, and what is done once however often it comes.
        never_left = isinstance(error, httpx.ConnectError | httpx.ConnectTimeout | httpx.PoolTimeout)
        return never_left or self.operation.method in ("GET", "PUT", "DELETE") or self.operation.key is not None


def _part(value: str) -> str:
    if value in ("", ".", ".."):
        raise ValueError(f"{value!r} is no id")
    return quote(value, safe="")


def _query(value: Any) -> Any:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, datetime | date):
        return value.isoformat()
    return [_query(each) for each in value] if isinstance(value, list | tuple) else value


def _problem(response: httpx.Response) -> Problem:
    try:
        return Problem.model_validate_json(response.content)
    except ValidationError:
        # A proxy, not the API.
        return Problem(error="no_answer", detail=f"HTTP status {response.status_code}", hint="is this the API?")


def _retry_after(response: httpx.Response) -> float | None:
    given = response.headers.get("retry-after", "")
    return float(given) if given.isascii() and given.isdigit() else None
