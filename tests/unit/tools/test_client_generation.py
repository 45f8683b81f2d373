"""The client that is committed is the one that the description of the API makes."""

from __future__ import annotations

import ast

import pytest

from tools.client.__main__ import PACKAGE, written
from tools.client.in_asyncio import for_asyncio
from tools.client.models import python_name, type_of


def test_what_is_committed_is_what_is_made() -> None:
    texts = written()
    assert {name: (PACKAGE / name).read_text() == text for name, text in texts.items()} == dict.fromkeys(texts, True), (
        "run python -m tools.client"
    )


@pytest.mark.parametrize(
    ("schema", "kind"),
    [
        ({"anyOf": [{"type": "null"}, {"type": "string", "format": "date-time"}]}, "datetime | None"),
        ({"type": "array", "items": {"$ref": "#/components/schemas/A"}}, "list[m.A]"),
        (
            {"type": "object", "additionalProperties": {"anyOf": [{"type": "integer"}, {"type": "null"}]}},
            "dict[str, int | None]",
        ),
        ({"type": "object", "patternProperties": {"^x": {"type": "boolean"}}}, "dict[str, bool]"),
        ({"enum": ["a", "b"]}, "Literal['a', 'b']"),
        ({"const": "a", "type": "string"}, "Literal['a']"),
        ({"oneOf": [{"type": "number"}, {"type": "number"}]}, "float"),
        ({}, "Any"),
    ],
)
def test_types(schema: dict[str, object], kind: str) -> None:
    assert type_of(schema, "m.") == kind


def test_names() -> None:
    assert [python_name(name) for name in ("from", "schema", "id")] == ["from_", "schema_", "id"]


def test_a_module_for_asyncio_waits_where_the_other_one_does() -> None:
    made = for_asyncio((PACKAGE / "in_threads.py").read_text())
    called = [
        node
        for node in ast.walk(ast.parse(made))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr in ("_carry_out", "send", "aclose", "list_events", "close", "_sleep")
    ]
    waited = [node.value for node in ast.walk(ast.parse(made)) if isinstance(node, ast.Await)]
    assert len(called) == len(waited) == 7
    assert set(map(ast.dump, called)) == set(map(ast.dump, waited))
