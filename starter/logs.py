"""Logs of the processes that stay: a line an event on standard error, with ids and places, never with people's data."""

from __future__ import annotations

import json
import logging
import sys
from datetime import UTC, datetime
from typing import Literal

_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
# These name addresses of requests or of mails at INFO; and links hold tokens.
_TALKATIVE = (
    "httpx",
    "httpcore",
    "mail.log",
    "uvicorn.access",
    "twilio",
    "multipart",
    "python_multipart",
    "asyncio",
    "mcp",
)


class JsonLines(logging.Formatter):
    """A JSON object a line: the words as in text, and beside them the ids that a line was given (``extra={"ids"}``)."""

    def format(self, record: logging.LogRecord) -> str:
        """One line; what a library attaches to its own is left out, for it may be anything."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        line = getattr(record, "ids", {}) | line
        if record.exc_info:
            line["trace"] = self.formatException(record.exc_info)
        return json.dumps(line)


def set_up_logs(level: str, form: Literal["text", "json"] = "text") -> None:
    """Sets up logging; again is harmless.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``; of what libraries tell, warnings and errors at the most.
        form: of each line.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines() if form == "json" else logging.Formatter(_FORMAT))
    logging.basicConfig(level=level, handlers=[handler])
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
