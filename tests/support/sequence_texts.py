"""Sequence files with comments, blank lines and both ways of writing lists: what edits must keep."""

from __future__ import annotations

import difflib

TOP = "# about us\nsequence: s   # its id\nname: 'S'\nsteps:   # in order\n"
BOTTOM = "\n# who is gone\nstop_when:\n  person.status: [Gone]   # stays\n"
A = "  # At once.\n  - id: a      # the first\n    email: x/a\n"
B = "  - {id: b, when: 7 days after a, email: x/b}   # flow\n"
C = "  # Two\n  # lines\n  - when: 1 day after b\n    id: c\n    task: |\n      Call,\n\n      then wait\n"
FILE = TOP + A + "\n" + B + "\n\n" + C + BOTTOM
FLOW = "steps: [{id: a, email: x/a}, {id: b, email: x/b},   # two\n  {id: c, email: x/c}]  # end\nname: S\n"
WITH_REACTIONS = """# about us
sequence: s   # its id
record: person
steps:
  - {id: a, email: x/a}

# Somebody answers.
reactions:   # in order
  # yes
  - on: replied.positive   # warm
    do:
      # at once
      - create_task:
          title: 'Call'   # by hand
          due: 1  day
      - notify: owner   # us
    then: stop

  # no
  - {on: replied.negative, then: stop}   # flow

  - on: replied
    then: continue
# the end
"""


def changed(text: str, edited: str) -> list[str]:
    """The lines that go and come, in their order."""
    return [line for line in difflib.ndiff(text.splitlines(), edited.splitlines()) if line[0] in "+-"]
