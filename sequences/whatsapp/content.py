"""What is handed to Twilio of a WhatsApp message: an approved template with its variables, or free words."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from sequences.channels.whatsapp import CONTENT
from sequences.errors import PermanentError

CONTENT_SID: Final = re.compile(r"HX[0-9a-fA-F]{32}")
OUTSIDE_WINDOW: Final = "outside_24_hours"
"""Why free words do not go: the person has not written for 24 hours, or never."""


@dataclass(frozen=True, slots=True)
class Handed:
    """A message as the ``send`` row freezes it.

    Attributes:
        body: free words; empty with an approved template.
        content_sid: of the approved template; empty: the words are free.
        variables: by number.
    """

    body: str = ""
    content_sid: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)

    def frozen(self) -> bytes:
        """As bytes; ``thawed`` is the way back."""
        if not self.content_sid:
            return json.dumps({"body": self.body}, ensure_ascii=False).encode()
        known = {"content_sid": self.content_sid, "content_variables": dict(self.variables)}
        return json.dumps(known, ensure_ascii=False, sort_keys=True).encode()


def thawed(content: bytes) -> Handed:
    """The message in a ``send`` row.

    Raises:
        PermanentError: it is none.
    """
    try:
        known = json.loads(content)
        return Handed(known.get("body", ""), known.get("content_sid", ""), known.get("content_variables", {}))
    except (ValueError, AttributeError) as error:
        raise PermanentError("the stored message is no WhatsApp message") from error


def handed(words: str, head: Mapping[str, str]) -> Handed:
    """What goes to Twilio.

    Args:
        words: of the template, as a person reads them.
        head: the rendered values above them.

    Raises:
        PermanentError: the approved template has no such id.
    """
    sid = head.get(CONTENT, "").strip()
    if not sid:
        return Handed(words)
    if CONTENT_SID.fullmatch(sid) is None:
        raise PermanentError("`Content:` of the template is no ContentSid, such as HX and 32 hexadecimal digits")
    return Handed("", sid, {key: value for key, value in head.items() if key != CONTENT})


def may_be_free(last: datetime | None, now: datetime, free_for: timedelta | None) -> bool:
    """Whether any words may go now.

    Args:
        last: when the person last wrote on the channel; None: never.
        now: the clock.
        free_for: of the channel; None: always.
    """
    return free_for is None or (last is not None and now < last + free_for)
