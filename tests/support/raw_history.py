"""The history of a run as Temporal keeps it, to be searched for what must not be there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

    from temporalio.client import WorkflowHandle


async def raw_history(handle: WorkflowHandle[Any, Any]) -> bytes:
    """Every event in its binary form, which holds each payload as it is; in JSON they are in base64."""
    history = await handle.fetch_history()
    return b"\n".join(event.SerializeToString() for event in history.events)


def found_in(history: bytes, words: Iterable[str]) -> list[str]:
    """The words that the history has."""
    return [word for word in words if word.encode() in history]
