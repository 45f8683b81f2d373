"""What is sent: the words of the template, small enough for a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.sending.compose_email import Message

if TYPE_CHECKING:
    from services.runs.planning import RunContext
    from services.sending.compose_email import Composer, Draft


async def write(composer: Composer, connection: Any, context: RunContext, draft: Draft) -> Message:
    """The letter of a step."""
    words = str(draft.content).strip()
    loft = str(context.view.value("custom.loft"))
    return Message(draft.send, "pigeon", "our-loft", loft, words.encode(), words)
