"""Single values of a sequence file are changed; every other letter stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.checking.yaml_document import read_document
from sequences.editing.rewrite import data_of
from sequences.editing.values import with_item, with_value, without
from sequences.errors import DefinitionError, NotFoundError
from tests.support.sequence_texts import WITH_REACTIONS as FILE
from tests.support.sequence_texts import changed


def test_a_value_is_replaced_where_it_is() -> None:
    edited = with_value(FILE, ("reactions", 0, "do", 0, "create_task", "title"), "Ring: {{ x }}")
    assert changed(FILE, edited) == [
        "-           title: 'Call'   # by hand",
        '+           title: "Ring: {{ x }}"   # by hand',
    ]
    assert with_value(FILE, ("reactions", 1, "then"), "continue") == FILE.replace(
        "negative, then: stop", "negative, then: continue"
    )
    assert with_value(FILE, ("record",), "person") == FILE


def test_only_what_differs_in_a_mapping_is_written() -> None:
    rule = {**data_of(FILE)["reactions"][0], "then": "pause 7 days"}
    assert with_value(FILE, ("reactions", 0), rule) == FILE.replace("    then: stop\n", "    then: pause 7 days\n")
    without_then = {key: value for key, value in rule.items() if key != "then"}
    assert with_value(FILE, ("reactions", 0), without_then) == FILE.replace("    then: stop\n", "")
    only = {"on": "replied.negative", "do": [{"notify": "owner"}, {"set_field": {"person.status": None}}]}
    assert with_value(FILE, ("reactions", 1), only) == FILE.replace(
        "{on: replied.negative, then: stop}",
        "{on: replied.negative, do: [{notify: owner}, {set_field: {person.status: null}}]}",
    )


def test_a_key_comes_where_authors_write_it() -> None:
    do = [{"create_lead": {"source": "s"}}, {"notify": "owner"}]
    rule = {"on": "replied", "do": do, "then": "continue"}
    assert changed(FILE, with_value(FILE, ("reactions", 2), rule)) == [
        "+     do:",
        "+       - create_lead: {source: s}",
        "+       - notify: owner",
    ]
    assert with_value(FILE, ("topic",), "offers") == FILE.replace("record: person\n", "record: person\ntopic: offers\n")
    assert with_value(FILE, ("stop_when",), {"person.status": ["Gone"]}) == FILE.replace(
        "x/a}\n", "x/a}\n\nstop_when:\n  person.status: [Gone]\n"
    )
    empty = "sequence: s\nreactions:\nname: x\n"
    assert with_value(empty, ("reactions",), [{"on": "replied"}]) == empty.replace(
        ":\nname", ":\n  - on: replied\nname"
    )


def test_an_item_comes_and_goes_with_its_comments() -> None:
    with_new = with_item(FILE, ("reactions",), {"on": "finished", "do": [{"notify": "owner"}]})
    assert with_new == FILE.replace("# the end", "\n  - on: finished\n    do:\n      - notify: owner\n# the end")
    assert without(with_new, ("reactions", 3)) == FILE
    first, second = FILE.index("  # yes"), FILE.index("  # no")
    assert without(FILE, ("reactions", 0)) == FILE[:first] + FILE[second:]
    third = FILE.index("\n  - on: replied\n")
    assert without(FILE, ("reactions", 1)) == FILE[: second - 1] + FILE[third:]
    assert without(FILE, ("reactions", 2)) == FILE[:third] + "# the end\n"
    lines = FILE[FILE.index("      # at once") : FILE.index("      - notify")]
    assert without(FILE, ("reactions", 0, "do", 0)) == FILE.replace(lines, "")
    assert with_item(FILE, ("reactions", 0, "do"), {"suppress": "sms"}) == FILE.replace(
        "# us\n", "# us\n      - suppress: sms\n"
    )
    assert without(FILE, ("reactions",)) == FILE[: FILE.index("\n# Somebody")] + "# the end\n"


def test_lists_on_one_line() -> None:
    flow = "steps: [{id: a}]\nreactions: [{on: x, do: []}, {on: y}]  # end\n"
    assert without(flow, ("reactions", 0)) == flow.replace("{on: x, do: []}, ", "")
    assert without(flow, ("reactions", 1)) == flow.replace(", {on: y}", "")
    assert with_item(flow, ("reactions",), {"on": "z"}) == flow.replace("y}]", "y}, {on: z}]")
    assert with_item(flow, ("reactions", 0, "do"), {"notify": "owner"}) == flow.replace("[]", "[{notify: owner}]")


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("a: &x {b: 1}\nc: *x\n", ("c", "b")),
        ("a: &x 1\nb: *x\n", ("a",)),
        ("a: {b: 1}\nc: [\n", ("a", "b")),
        ("- 1\n", ("a",)),
        ("a: 1\n", ("b", "c")),
        ("a: [1]\n", ("a", 7)),
    ],
)
def test_what_cannot_be_edited_is_refused(text: str, path: tuple[str | int, ...]) -> None:
    with pytest.raises((DefinitionError, NotFoundError)):
        with_value(text, path, 2)


_KEYS = st.sampled_from(["on", "do", "then", "person.status", "field", "a"])
_SCALARS = st.sampled_from(["x", "stop", "yes", "", "a: b", "Hi, {{ x }} #1", "1", "null", 1, 1.5, True, None, "é [b]"])
_VALUES = st.recursive(
    _SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_KEYS, inner, max_size=3),
    max_leaves=6,
)
_RULES = st.lists(st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=3), min_size=1, max_size=3)


@settings(max_examples=25)
@given(_RULES, _RULES)
def test_whatever_is_written_is_read_and_the_rest_stays(first: list[Any], second: list[Any]) -> None:
    text = with_value(FILE, ("reactions",), first)
    again = with_value(text, ("reactions",), second)
    for edited, wanted in ((text, first), (again, second)):
        document = read_document(edited)
        assert (document.flaws, document.data["reactions"]) == ([], wanted)
        assert edited.startswith(FILE[: FILE.index("reactions:")])
        assert edited.endswith("# the end\n")
