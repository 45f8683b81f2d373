"""What is sent: the words of the template, small enough for a ring."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from services.sending.compose_email import Message

if TYPE_CHECKING:
    from services.sending.compose_email import Composer, Draft


async def write(composer: Composer, connection: Any, draft: Draft) -> Message:
    """The letter of a step."""
    words = str(draft.content).strip()
    loft = str(draft.context.view.value("custom.loft"))
    return Message(draft, "our-loft", loft, words.encode(), words)
