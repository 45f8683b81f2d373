"""The file of a sequence after a choice: the step says what the variant said, and nothing else has changed."""

from __future__ import annotations

import pytest

from sequences.checking import load_file
from sequences.editing.choose_in_file import with_one_variant
from sequences.sending.wording import settled_on, wording_of

TOP = "# about us\nsequence: s   # its id\nname: 'S'\nrecord: person\nschedule: {window: any}\n\nsteps:\n"
BOTTOM = "\n# who is gone\nstop_when:\n  person.status: [Gone]   # stays\n"
BLOCK = """\
  # the first one
  - id: introduce  # hello
    email: bd/introduce   # as ever
    at: 09:00
    variants:
      - {name: a, weight: 2}   # the one before
      # shorter
      - name: b
        subject: "A question, {{ person.first_name }}"
        template: bd/other  # other

  # the second one
  - {id: remind, when: 7 days after introduce, email: bd/remind}
"""
CASES = {
    "block": (
        BLOCK,
        """\
  # the first one
  - id: introduce  # hello
    email: bd/other   # as ever
    subject: "A question, {{ person.first_name }}"
    at: 09:00

  # the second one
  - {id: remind, when: 7 days after introduce, email: bd/remind}
""",
    ),
    "flow": (
        '  - {id: introduce, email: x/y, variants: [{name: a}, {name: b, subject: "Hi, you"}]}   # c\n',
        '  - {id: introduce, email: x/y, subject: "Hi, you"}   # c\n',
    ),
    "flow, first": (
        "  - {variants: [{name: a}, {name: b, template: x/z}], id: introduce, email: x/y}\n",
        "  - {id: introduce, email: x/z}\n",
    ),
    "behind the dash": (
        "  - variants:\n    - name: a\n    - {name: b, template: x/z}\n    # c\n    id: introduce\n    email: x/y\n",
        "  - id: introduce\n    email: x/z\n",
    ),
    "a subject of its own": (
        "  - id: introduce\n    subject: Hi  # s\n    email: x/y\n    variants:\n    - name: a\n    - name: b\n"
        "      subject: |-\n        Good morning\n",
        '  - id: introduce\n    subject: "Good morning"  # s\n    email: x/y\n',
    ),
    "at the end of the file": (
        "  - id: introduce\n    email: x/y\n    variants: [{name: a}, {name: b, template: x/z}]",
        "  - id: introduce\n    email: x/z\n",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_the_step_has_the_winner_and_all_else_stays(case: str) -> None:
    before, after = CASES[case]
    bottom = BOTTOM if before.endswith("\n") else ""
    edited = with_one_variant(TOP + before + bottom, "introduce", "b")
    assert edited == TOP + after + bottom
    was = load_file(TOP + before + bottom, "s.yaml").sequence
    wording = wording_of(was.steps[0], "b")
    assert wording is not None
    assert load_file(edited, "s.yaml").sequence.steps[0] == settled_on(was.steps[0], wording)


def test_a_variant_that_is_the_step_as_it_is_only_takes_the_variants_away() -> None:
    edited = with_one_variant(TOP + BLOCK + BOTTOM, "introduce", "a")
    assert "variants" not in edited
    assert "    email: bd/introduce   # as ever\n    at: 09:00\n\n  # the second one\n" in edited


def test_what_is_not_there_is_not_chosen() -> None:
    for step, variant in (("introduce", "c"), ("remind", "a"), ("other", "a")):
        with pytest.raises(KeyError):
            with_one_variant(TOP + BLOCK, step, variant)
