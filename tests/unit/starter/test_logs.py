"""Lines of the log as JSON."""

from __future__ import annotations

import json
import logging
import sys
from datetime import datetime

from starter.logs import JsonLines


def line_of(record: logging.LogRecord) -> dict[str, str]:
    text = JsonLines().format(record)
    assert "\n" not in text
    found: dict[str, str] = json.loads(text)
    return found


def test_a_line_has_its_words_and_the_ids_it_was_given() -> None:
    logger = logging.getLogger("relance.sends")
    extra = {"ids": {"send": "s1", "run": "e1", "message": "i1"}, "temporal_activity": {"anything": "of a library"}}
    line = line_of(logger.makeRecord("relance.sends", logging.INFO, "", 1, "%s: sent", ("s1",), None, extra=extra))
    assert datetime.fromisoformat(line.pop("time")).tzinfo is not None
    assert line == {"level": "INFO", "logger": "relance.sends", "message": "s1: sent", "send": "s1", "run": "e1"}


def test_an_error_with_its_trace_is_one_line() -> None:
    try:
        int("wrong")
    except ValueError:
        record = logging.LogRecord("relance.worker", logging.ERROR, "", 1, "it failed\nhere", (), sys.exc_info())
    line = line_of(record)
    assert line["message"] == "it failed\nhere"
    assert line["trace"].endswith("invalid literal for int() with base 10: 'wrong'")
