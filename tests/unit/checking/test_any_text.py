"""Whatever the text, the answer is a sequence that round-trips or a list of problems that lie inside the text."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.checking import FileProblem, InvalidSequenceError, load_file
from sequences.definition.compile import policy_for, step_timings
from sequences.definition.model import SequenceDefinition, fingerprint
from sequences.definition.reactions import ReactionKind

EXAMPLES = [
    path.read_text("utf-8").split("\n\n", 1)[1]
    for path in sorted((Path(__file__).parents[3] / "examples" / "sequences").glob("*.yaml"))
]
SNIPPETS = [
    "",
    " ",
    "\n",
    "\t",
    ":",
    "- ",
    "[",
    "]",
    "{",
    "}",
    "#",
    "&a ",
    "*a",
    "!x ",
    "null",
    "7",
    "true",
    "'",
    '"',
    "~",
    "<<: ",
]
SNIPPETS += [
    "08:00-24:00",
    "on day zero",
    "0x",
    "1e999",
    ".nan",
    "2027-05-04",
    "\x00",
    "é",
    "? ",
    "| ",
    "%",
    "---\n",
    "-0",
]


@st.composite
def damaged(draw: st.DrawFn) -> str:
    text = draw(st.sampled_from(EXAMPLES))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(text)))
        end = start + draw(st.integers(0, 12))
        text = text[:start] + draw(st.sampled_from(SNIPPETS)) + text[end:]
    return text


def _loaded(text: str) -> SequenceDefinition | tuple[FileProblem, ...]:
    try:
        return load_file(text, "s.yaml").sequence
    except InvalidSequenceError as error:
        return error.problems


def _holds(text: str) -> None:
    sequence = _loaded(text)
    if isinstance(sequence, tuple):
        lines = len(text.splitlines()) + 1
        assert sequence
        assert all(1 <= p.line <= lines and p.column >= 1 and p.message for p in sequence)
        assert list(sequence) == sorted(sequence)
        return
    again = SequenceDefinition.model_validate(sequence.model_dump(mode="json"))
    assert again == sequence
    assert fingerprint(again) == fingerprint(sequence)
    assert len(step_timings(again)) == len(sequence.steps)
    for kind in ReactionKind:
        policy_for(again, kind)


@pytest.mark.slow
@settings(max_examples=250, deadline=None)
@given(damaged())
def test_a_damaged_example(text: str) -> None:
    _holds(text)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=60) | st.text(alphabet="ab:-[]{}&*!|>'\"%@`#?, \n\t", max_size=40))
def test_any_text(text: str) -> None:
    _holds(text)
