"""The HTTP API as tools call it: with the token of whoever uses them, so that its scopes, limits and log hold."""

from __future__ import annotations

import logging
import re
from typing import TYPE_CHECKING, Any, Final, Protocol, TypeVar
from urllib.parse import quote

import httpx
from mcp.server.mcpserver.exceptions import ToolError
from pydantic import TypeAdapter, ValidationError

from sequences.access.caller import TOOL_HEADER
from starter.mcp.operations import OPERATIONS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from contextlib import AbstractAsyncContextManager

    from mcp.server.mcpserver import Context

    from starter.mcp.operations import Operation

_A = TypeVar("_A")
_LEFT_BY_PATHS: Final = re.compile(r"\.{1,2}")
"""What a client of HTTP takes for a way up, not for an id."""
_log = logging.getLogger("relance.mcp")


class Connecting(Protocol):
    """Opens a client of the HTTP API that carries the token of a call."""

    def __call__(self, context: Context[Any, Any]) -> AbstractAsyncContextManager[httpx.AsyncClient]:
        """The client for one call of a tool."""


class Api:
    """What tools ask.

    Args:
        connect: opens a client for one call.
    """

    def __init__(self, connect: Connecting) -> None:
        self._connect = connect

    async def call(
        self,
        context: Context[Any, Any],
        operation: Operation,
        answer: TypeAdapter[_A],
        *,
        tool: str,
        at: Mapping[str, str] | None = None,
        asked: Mapping[str, object] | None = None,
        body: Mapping[str, object] | None = None,
    ) -> _A:
        """What the API answers.

        Args:
            context: of the call of the tool.
            operation: what is asked.
            answer: the shape of the answer; what else it has is left out.
            tool: its name, for the audit log.
            at: parameters of the path.
            asked: of the query; None among them: not asked.
            body: as JSON; None among its values: not said.

        Raises:
            ToolError: the API says no, or does not answer; the message says what to do.
        """
        if operation not in OPERATIONS:
            raise ToolError(f"no tool may ask for {operation.name}")
        path = operation.path.format(**{name: _part(value) for name, value in (at or {}).items()})
        query = {name: _text(value) for name, value in (asked or {}).items() if value is not None}
        said = {name: value for name, value in body.items() if value is not None} if body is not None else None
        try:
            async with self._connect(context) as client:
                got = await client.request(operation.method, path, params=query, json=said, headers={TOOL_HEADER: tool})
            if got.is_success:
                return answer.validate_json(got.content)
        except httpx.HTTPError as error:
            _log.warning("the API does not answer: %s", type(error).__name__)
            raise ToolError("the server of Relance does not answer; the same call again does nothing twice") from None
        except ValidationError:
            # Its words quote what was sent, which may be personal.
            raise ToolError("the server of Relance is of another release than these tools") from None
        raise ToolError(_refusal(got))


def _part(value: str) -> str:
    if _LEFT_BY_PATHS.fullmatch(value):
        raise ToolError("that is no id")
    return quote(value, safe="")


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _refusal(answer: httpx.Response) -> str:
    """What the API says, in one line."""
    try:
        problem = answer.json()
        words = f"{problem['error']}: {problem['detail']}; {problem['hint']}"
    except (ValueError, KeyError, TypeError):
        return f"the server of Relance answered with HTTP status {answer.status_code}"
    after = answer.headers.get("retry-after")
    return f"{words} (Retry-After: {after} seconds)" if after else words
