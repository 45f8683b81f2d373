"""A query whose connection ends is asked once more; any other end is an error in our words."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.client_calls import QueryErrors, queried
from sequences.errors import NotFoundError, RelanceError, UnavailableError

if TYPE_CHECKING:
    from temporalio.client import WorkflowHandle

_WORDS = QueryErrors("there is no such run", "the run did not answer ({})")


class _Handle:
    """Answers with each of these in turn."""

    def __init__(self, *answers: str | RPCStatusCode) -> None:
        self.answers = list(answers)

    async def query(self, *_: object, **__: object) -> str:
        answer = self.answers.pop(0)
        if isinstance(answer, RPCStatusCode):
            raise RPCError("h2 protocol error: http2 error", answer, b"")
        return answer


async def _asked(handle: _Handle) -> str:
    return await queried(
        cast("WorkflowHandle[Any, Any]", handle), "status", str, within=timedelta(seconds=1), errors=_WORDS
    )


async def test_a_query_that_was_cut_off_is_asked_once_more() -> None:
    handle = _Handle(RPCStatusCode.CANCELLED, "asleep")
    assert await _asked(handle) == "asleep"
    assert handle.answers == []


@pytest.mark.parametrize(
    ("answers", "kind", "words"),
    [
        ((RPCStatusCode.CANCELLED, RPCStatusCode.CANCELLED, "late"), UnavailableError, "did not answer .CANCELLED"),
        ((RPCStatusCode.CANCELLED, RPCStatusCode.NOT_FOUND), NotFoundError, "no such run"),
        ((RPCStatusCode.DEADLINE_EXCEEDED, "late"), UnavailableError, "did not answer .DEADLINE_EXCEEDED"),
    ],
)
async def test_what_cannot_be_had_says_so(
    answers: tuple[str | RPCStatusCode, ...], kind: type[RelanceError], words: str
) -> None:
    with pytest.raises(kind, match=words):
        await _asked(_Handle(*answers))
