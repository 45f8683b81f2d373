"""Logs of the processes that stay: plain lines on standard error, with ids and places, never with people's data."""

from __future__ import annotations

import logging
import sys

_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
# These name addresses of requests or of mails at INFO; and links hold tokens.
_TALKATIVE = ("httpx", "httpcore", "mail.log", "uvicorn.access", "twilio", "multipart", "python_multipart", "asyncio")


def set_up_logs(level: str) -> None:
    """Sets up logging; again is harmless.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``; of what libraries tell, warnings and errors at the most.
    """
    logging.basicConfig(level=level, format=_FORMAT, stream=sys.stderr)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
