"""The description of the API (OpenAPI 3.1) says what is really sent."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

from sequences.access.token_scope import needed_scope
from starter.http.list_parameters import LAST

if TYPE_CHECKING:
    from collections.abc import Mapping

    from fastapi import FastAPI

# The framework's own form of 422, which nobody here sends: it adds it to every operation that has a parameter and does
# not declare that status, those whose parameters take any text as well.
_FOREIGN = ("HTTPValidationError", "ValidationError")

_TOO_LARGE = {
    "description": "too_large: send it in parts",
    "content": {"application/json": {"schema": {"$ref": "#/components/schemas/Problem"}}},
}


def install(app: FastAPI, models: Mapping[str, dict[str, Any]]) -> None:
    """Has ``app`` describe the errors that it sends and no others, and these models on top."""
    made = app.openapi

    # Once: each request with a query asks it.
    @cache
    def openapi() -> dict[str, Any]:
        described = made()
        for operations in described["paths"].values():
            for method, operation in operations.items():
                if "security" in operation:
                    scope = needed_scope(operation["operationId"], [method.upper()])
                    # OpenAPI 3.1 allows the name of a role beside a scheme that is not OAuth.
                    operation["security"] = [{name: [scope] for name in one} for one in operation["security"]]
                answer = operation["responses"].get("422")
                if answer is not None and _FOREIGN[0] in str(answer.get("content")):
                    del operation["responses"]["422"]
                if "parameters" in operation:
                    operation["parameters"].sort(key=_place)
                if "requestBody" in operation:
                    _may_be_left_out(operation["requestBody"])
                    operation["responses"].setdefault("413", _TOO_LARGE)
        shapes = described["components"]["schemas"]
        for name in _FOREIGN:
            shapes.pop(name, None)
        shapes.update(models)
        return described

    app.openapi = openapi  # type: ignore[method-assign]


def _place(parameter: Mapping[str, Any]) -> int:
    """What a list has of its own comes first, what all lists have comes last."""
    return LAST.index(parameter["name"]) + 1 if parameter["name"] in LAST else 0


def _may_be_left_out(body: dict[str, Any]) -> None:
    """Of a body that may be left out only that: clients that are told it may be null too fail to leave it out."""
    for kind in body.get("content", {}).values():
        either = [each for each in kind["schema"].get("anyOf", ()) if each != {"type": "null"}]
        if len(either) == 1:
            kind["schema"] = either[0]
