"""Holds every answer of the app against its own description."""

from __future__ import annotations

import re
from typing import Any

import httpx
from fastapi import FastAPI
from jsonschema import Draft202012Validator

from starter.http.dependencies import Ways

_DOCUMENTS: dict[tuple[bool, bool, bool], dict[str, Any]] = {}


class Described:
    """An answer that the OpenAPI document does not have fails the test that got it, with its words."""

    def __init__(self, app: FastAPI, ways: Ways) -> None:
        # Making it takes a quarter of a second, and it is the same for all apps with the same parts.
        parts = (ways.bulk is not None, ways.mail is not None, bool(ways.settings.codec_origin))
        if parts not in _DOCUMENTS:
            _DOCUMENTS[parts] = app.openapi()
        self.document = _DOCUMENTS[parts]
        # An address without a parameter wins over one with.
        paths = sorted(self.document["paths"], key=lambda path: path.count("{"))
        self._paths = [(re.compile(re.sub(r"\\\{\w+\\\}", "[^/]+", re.escape(path))), path) for path in paths]

    def operation(self, method: str, path: str) -> dict[str, Any] | None:
        for pattern, name in self._paths:
            if pattern.fullmatch(path):
                found: dict[str, Any] | None = self.document["paths"][name].get(method.lower())
                return found
        return None

    async def check(self, answer: httpx.Response) -> None:
        """A response hook of httpx."""
        operation = self.operation(answer.request.method, answer.request.url.path)
        if operation is None:
            return
        await answer.aread()
        where = f"{answer.request.method} {answer.request.url.path}: {answer.status_code} {answer.text[:300]}"
        assert str(answer.status_code) in operation["responses"], f"not described: {where}"
        content = operation["responses"][str(answer.status_code)].get("content", {})
        kind = answer.headers.get("content-type", "").partition(";")[0]
        assert kind in content or (not content and not answer.content), f"not described as {kind}: {where}"
        if kind == "application/json":
            validator = Draft202012Validator({**self.document, **content[kind]["schema"]})
            problems = [f"{error.json_path}: {error.message}" for error in validator.iter_errors(answer.json())]
            assert problems == [], f"not as described: {problems}: {where}"
