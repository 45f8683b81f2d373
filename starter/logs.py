"""Logs of the processes that stay: plain lines on standard error, with ids and places, never with people's data."""

from __future__ import annotations

import logging
import sys

import structlog

_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"
# These name addresses of requests or of mails at INFO; and links hold tokens.
_TALKATIVE = ("httpx", "httpcore", "mail.log", "uvicorn.access", "twilio", "multipart", "python_multipart", "asyncio")


def set_up_logs(level: str) -> None:
    """Sets up the standard library's logging and structlog alike; again is harmless.

    Args:
        level: ``DEBUG``, ``INFO``, ``WARNING`` or ``ERROR``; of what libraries tell, warnings and errors at the most.
    """
    logging.basicConfig(level=level, format=_FORMAT, stream=sys.stderr)
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            structlog.processors.KeyValueRenderer(key_order=["event"], drop_missing=True),
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
    )
