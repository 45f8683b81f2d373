"""Steps are moved, removed, added and changed; every other letter of the file stays."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sequences.checking.yaml_document import read_document
from sequences.editing.plain import scalar
from sequences.editing.steps import moved, with_step, with_values, without
from sequences.errors import DefinitionError, NotFoundError
from tests.support.sequence_texts import BOTTOM, FILE, FLOW, TOP, A, B, C


def test_a_step_takes_its_comments_along_and_blank_lines_stay() -> None:
    assert moved(FILE, "a", 1) == TOP + B + "\n" + A + "\n\n" + C + BOTTOM
    assert moved(FILE, "c", 0) == TOP + C + "\n" + A + "\n\n" + B + BOTTOM
    assert moved(FILE, "b", 99) == TOP + A + "\n" + C + "\n\n" + B + BOTTOM
    assert moved(FILE, "a", 0) == FILE
    assert moved(FLOW, "a", 2).startswith("steps: [{id: b, email: x/b}, {id: c, email: x/c},   # two\n  {id: a,")


def test_a_step_goes() -> None:
    assert without(FILE, "a") == TOP + B + "\n\n" + C + BOTTOM
    assert without(FILE, "b") == TOP + A + "\n\n" + C + BOTTOM
    assert without(FILE, "c") == TOP + A + "\n" + B + BOTTOM
    assert without(FLOW, "c") == "steps: [{id: a, email: x/a}, {id: b, email: x/b}]  # end\nname: S\n"
    with pytest.raises(DefinitionError):
        without("steps:\n- {id: a, email: x}\n", "a")
    with pytest.raises(NotFoundError):
        without(FILE, "z")


def test_a_step_comes() -> None:
    new = {"id": "n", "when": "3 days after a", "email": "x/n"}
    lines = "  - id: n\n    when: 3 days after a\n    email: x/n\n"
    assert with_step(FILE, "a", new) == TOP + A + "\n" + lines + "\n" + B + "\n\n" + C + BOTTOM
    assert with_step(FILE, "c", new) == TOP + A + "\n" + B + "\n\n" + C + "\n" + lines + BOTTOM
    assert with_step(FILE, "", new) == TOP + lines + "\n" + A + "\n" + B + "\n\n" + C + BOTTOM
    assert with_step("steps:\n- id: a\n  email: x\n", "a", new).endswith(
        "\n\n- id: n\n  when: 3 days after a\n  email: x/n\n"
    )
    assert "{id: a, email: x/a}, {id: n, when: 3 days after a, email: x/n}, {id: b" in with_step(FLOW, "a", new)


def test_a_step_says_something_else() -> None:
    assert with_values(FILE, "b", {"when": "2 weeks after a"}) == FILE.replace("7 days after a", "2 weeks after a")
    assert with_values(FILE, "b", {"when": None}) == FILE.replace("when: 7 days after a, ", "")
    assert with_values(FILE, "b", {"at": "09:30"}) == FILE.replace("7 days after a", "7 days after a, at: 09:30")
    with_at = FILE.replace("# the first\n", "# the first\n    at: 09:30\n")
    assert with_values(FILE, "a", {"at": "09:30"}) == with_at
    assert with_values(with_at, "a", {"at": None}) == FILE
    assert with_values(FILE, "c", {"when": None}) == FILE.replace("- when: 1 day after b\n    id", "- id")
    assert with_values(FILE, "a", {"subject": "Hi: #1, {{ x }}"}) == FILE.replace(
        "# the first\n", '# the first\n    subject: "Hi: #1, {{ x }}"\n'
    )
    assert with_values(FILE, "a", {}) == with_values(FILE, "a", {"when": None}) == FILE


@pytest.mark.parametrize(
    "text",
    [
        "steps:\n- &one {id: a, email: x}\n- *one\n- {id: b, email: x}\n",
        "steps:\n- {id: a, email: &e x}\n- {id: b, email: *e}\n",
        "steps: *x\n",
        "steps: [\n",
        "name: x\n",
        "steps: 3\n",
        "steps: []\n",
        "steps:\n- 3\n",
    ],
)
def test_what_cannot_be_edited_is_refused(text: str) -> None:
    with pytest.raises((DefinitionError, NotFoundError)):
        moved(text, "b", 0)


def test_an_alias_is_no_place_to_write_in() -> None:
    with pytest.raises(DefinitionError):
        with_values("steps:\n- {id: a, when: &w 1 day after x}\n- {id: b, when: *w}\n", "b", {"when": "2 days after a"})


@given(
    st.text(
        st.characters(exclude_categories=["Cs", "Cc"], exclude_characters="\u2028\u2029\ufffe\uffff\ufeff"), min_size=1
    )
)
def test_what_is_written_is_what_is_read(value: str) -> None:
    assert read_document(f"a: {scalar(value)}\n").data == {"a": value}
    assert read_document("{a: " + scalar(value) + "}\n").data == {"a": value}


@given(st.lists(st.sampled_from("abc"), min_size=1, max_size=5), st.data())
def test_moves_keep_every_line(names: list[str], data: st.DataObject) -> None:
    text = FILE
    for name in names:
        text = moved(text, name, data.draw(st.integers(0, 2)))
        assert sorted(text.splitlines()) == sorted(FILE.splitlines())
        assert (text.startswith(TOP), text.endswith(BOTTOM)) == (True, True)
