"""Making an app, and its first requests, take a third of a second: tests with the same parts share one.

What differs from test to test (the database, the runs, the clock) is asked for at each request, of the test that has
the app at that time.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from starter.http.app import create_app
from starter.http.dependencies import Ways

# Routes read these when they are made.
_FIXED = ("settings", "organisation")


class _Current:
    """A part of the app as the test that has it now handed it over."""

    def __init__(self, kept: _Kept, name: str) -> None:
        self._kept = kept
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(getattr(self._kept.ways, self._name), name)

    def __call__(self, *values: Any) -> Any:
        return getattr(self._kept.ways, self._name)(*values)


@dataclass
class _Kept:
    ways: Ways
    app: FastAPI = dataclasses.field(init=False)

    def __post_init__(self) -> None:
        parts: dict[str, Any] = {
            each.name: _Current(self, each.name)
            for each in dataclasses.fields(Ways)
            if each.name not in _FIXED and getattr(self.ways, each.name) is not None
        }
        self.app = create_app(dataclasses.replace(self.ways, **parts))


_FREE: list[tuple[object, _Kept]] = []


def _shape(ways: Ways) -> object:
    """Apps of equal shapes differ in nothing but what each request asks for."""
    present = [getattr(ways, each.name) is not None for each in dataclasses.fields(Ways)]
    return (ways.settings.model_copy(update={"database_url": ""}), ways.organisation, present)


@contextmanager
def app_of(ways: Ways) -> Iterator[FastAPI]:
    """An app with these parts, which no other test has at the same time."""
    if ways.settings.ses_topic_list():
        # The routes of SES remember the certificates of one test.
        yield create_app(ways)
        return
    shape = _shape(ways)
    found = next((free for free in _FREE if free[0] == shape), None)
    if found is None:
        found = (shape, _Kept(ways))
    else:
        _FREE.remove(found)
        found[1].ways = ways
        # Its layers are made again at its first request and forget what they counted: two tests may have the same link.
        found[1].app.middleware_stack = None
    try:
        yield found[1].app
    finally:
        _FREE.append(found)
