"""A file is made to say other values; every other letter stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.checking.yaml_document import read_document
from sequences.definition.yaml_text import plain_yaml
from sequences.editing.plain import on_one_line
from sequences.editing.rewrite import data_of, rewritten, same
from sequences.errors import DefinitionError
from tests.support.sequence_texts import FILE, FLOW


def _of_step(text: str, place: int, **values: Any) -> str:
    data = data_of(text)
    steps = [dict(each) for each in data["steps"]]
    steps[place].update(values)
    steps[place] = {key: each for key, each in steps[place].items() if each is not None}
    return rewritten(text, {**data, "steps": steps})


def test_only_what_differs_is_written() -> None:
    assert rewritten(FILE, data_of(FILE)) == FILE
    assert _of_step(FILE, 1, at="09:30") == FILE.replace("email: x/b}", "email: x/b, at: 09:30}")
    listed = _of_step(FILE, 0, variants=[{"name": "a", "weight": 2}, {"name": "b", "subject": "Hi, {{ x }}"}])
    lines = '    variants:\n      - {name: a, weight: 2}\n      - {name: b, subject: "Hi, {{ x }}"}\n'
    assert listed == FILE.replace("    email: x/a\n", "    email: x/a\n" + lines)
    assert _of_step(listed, 0, variants=[{"name": "a", "weight": 3}, {"name": "b"}]) == FILE.replace(
        "    email: x/a\n", "    email: x/a\n    variants:\n      - {name: a, weight: 3}\n      - {name: b}\n"
    )
    assert _of_step(listed, 0, variants=None) == FILE
    # A text on several lines becomes one on one line, and the comment behind another key stays.
    assert "    task: Call\n" in _of_step(FILE, 2, task="Call")
    assert _of_step(FLOW, 2, **{"if": {"person.city": ["Ulm", "Köln"], "happened": "not replied"}}) == FLOW.replace(
        "email: x/c}", 'email: x/c, if: {person.city: [Ulm, "Köln"], happened: not replied}}'
    )


def test_a_value_changes_its_form() -> None:
    text = "steps:\n- id: a\n  if:   # only those\n    person.city: Ulm   # here\n    happened: clicked\n  email: x\n"
    assert _of_step(text, 0, **{"if": {"person.city": ["Ulm", "Bonn"], "happened": "clicked"}}) == text.replace(
        "Ulm ", "[Ulm, Bonn] "
    )
    assert _of_step(text, 0, **{"if": "clicked"}) == text.replace(
        "    person.city: Ulm   # here\n    happened: clicked\n", "    clicked\n"
    )
    assert _of_step(text, 0, **{"if": {"happened": "clicked"}}) == text.replace("    person.city: Ulm   # here\n", "")
    plain = "steps:\n- id: a\n  if:\n    happened: clicked\n  email: x\n"
    assert _of_step(plain, 0, **{"if": "opened"}) == "steps:\n- id: a\n  if: opened\n  email: x\n"
    assert _of_step(plain, 0, **{"if": ["a", "b"]}) == "steps:\n- id: a\n  if: [a, b]\n  email: x\n"


def test_items_come_and_go() -> None:
    text = "a:\n  - {x: 1}   # one\n  # two\n  - x: 2\n    y: 3\n  - {x: 4}\nb: [1, '2',  3]   # flow\n"
    data = data_of(text)
    one, two, three = data["a"]
    assert rewritten(text, {**data, "a": [one, three]}) == text.replace("  - x: 2\n    y: 3\n", "")
    assert rewritten(text, {**data, "a": [one, two, {"x": 9}, three]}) == text.replace(
        "    y: 3\n", "    y: 3\n  - x: 9\n"
    )
    assert rewritten(text, {**data, "a": [{"x": 0}, one, two, three]}) == text.replace("a:\n", "a:\n  - x: 0\n")
    assert rewritten(text, {**data, "b": [1, "2", 5, 3]}) == text.replace("'2',  3", "'2', 5, 3")
    assert rewritten(text, {**data, "b": []}) == text.replace("[1, '2',  3]", "[]")
    assert rewritten(text, {"a": data["a"]}) == text.replace("b: [1, '2',  3]   # flow\n", "")


@pytest.mark.parametrize("text", ["a: [\n", "- 1\n", "a: 1\na: 2\n", ""])
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(DefinitionError):
        data_of(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("a: &e x\nb: *e\n", {"a": "x", "b": "y"}),
        ("a: &e {x: 1}\nb: *e\n", {"a": {"x": 1}, "b": {"x": 2}}),
        ("a: &e {x: 1}\nb: {<<: *e}\n", {"a": {"x": 1}, "b": {"<<": {"x": 2}}}),
        ("a: &e {x: 1}\nb: *e\n", {"b": {"x": 1}}),
    ],
)
def test_an_alias_is_no_place_to_write_in(text: str, wanted: dict[str, Any]) -> None:
    with pytest.raises(DefinitionError):
        rewritten(text, wanted)


_TEXTS = st.text(
    st.characters(codec="utf-8", exclude_categories=["Cc", "Cs", "Zl", "Zp"], max_codepoint=0x17F), max_size=8
)
_SOMETHING = st.one_of(
    _TEXTS, st.booleans(), st.integers(-999, 999), st.sampled_from(["yes", "1e3", "null", "a: b", "# x"])
)
_KEYS = st.sampled_from(["id", "when", "if", "on", "person.city", "happened"])
# No list of a sequence file holds nothing, or another list.
_VALUES = st.recursive(
    st.one_of(_SOMETHING, st.none()),
    lambda each: st.one_of(
        st.lists(st.one_of(_SOMETHING, st.dictionaries(_KEYS, each, min_size=1, max_size=3)), max_size=3),
        st.dictionaries(_KEYS, each, max_size=3),
    ),
    max_leaves=8,
)
_FILES = st.dictionaries(_KEYS, _VALUES, min_size=1, max_size=4)


@settings(max_examples=40)
@given(before=_FILES, wanted=_FILES, braces=st.booleans())
def test_it_says_what_was_meant(before: dict[str, Any], wanted: dict[str, Any], *, braces: bool) -> None:
    text = on_one_line(before) + "\n" if braces else plain_yaml(before)
    text = f"# the first line\n{text}# the last line\n"
    after = rewritten(text, wanted)
    assert same(read_document(after).data, wanted)
    assert (after.startswith("# the first line\n"), after.endswith("# the last line\n")) == (True, True)
    # And back again.
    assert same(read_document(rewritten(after, before)).data, before)
