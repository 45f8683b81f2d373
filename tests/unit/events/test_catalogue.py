"""The catalogue: what the pages say is what the code makes."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hypothesis import given
from hypothesis import strategies as some

from sequences.errors import RefusedError
from sequences.events.catalogue import MODELS, catalogue, event_id, expand_types, known_types, schema
from sequences.events.cursor import check_event_cursor, read_event_cursor

ROOT = Path(__file__).parents[3]


def _tool() -> Any:
    spec = importlib.util.spec_from_file_location("events_tool", ROOT / "docs" / "tools" / "events.py")
    assert spec is not None
    assert spec.loader is not None
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def test_the_page_and_the_schema_are_what_the_code_makes() -> None:
    tool = _tool()
    page = (ROOT / "docs" / "events.md").read_text()
    assert tool.page(page) == page, "stale: run `make toc`"
    assert (ROOT / "docs" / "events.schema.json").read_text() == tool.schema_text(), "stale: run `make toc`"


@pytest.mark.parametrize("kind", catalogue(), ids=lambda each: each.name)
def test_each_example_is_as_its_schema_says(kind: Any) -> None:
    for one in (kind.schema, schema()):
        jsonschema.Draft202012Validator.check_schema(one)
        jsonschema.validate(kind.example, one)
    assert kind.words.endswith(".")
    # An address, or the name of a person, has no place in an event.
    assert "@" not in json.dumps(kind.example)
    for other in catalogue():
        if other.name != kind.name:
            with pytest.raises(jsonschema.ValidationError):
                jsonschema.validate(other.example, kind.schema)


def test_groups_mean_their_types() -> None:
    assert expand_types([]) == list(MODELS)
    assert expand_types(["task.*", "task.done", "lead.created"]) == [
        "task.created",
        "task.done",
        "task.closed",
        "lead.created",
    ]
    for wrong in ("task", "*", ".*", "task.", "tasks.*"):
        with pytest.raises(RefusedError, match="Allowed"):
            expand_types([wrong])
    # What an older release knew.
    assert known_types(["gone.type", "lead.created"]) == ["lead.created"]


@given(some.integers(0, 10**18 - 1))
def test_a_cursor_is_read_as_it_was_written(place: int) -> None:
    assert read_event_cursor(str(place)) == place
    assert check_event_cursor(place, place) == place
    assert "." not in event_id(place)
    with pytest.raises(RefusedError):
        check_event_cursor(place + 1, place)


@pytest.mark.parametrize("text", ["", "-1", "x", "1.0", "1" * 19, " 1", "１"])
def test_what_is_no_cursor_is_refused(text: str) -> None:
    with pytest.raises(RefusedError):
        read_event_cursor(text)
