"""What a step does is changed by a form; the rest of the file stays."""

from __future__ import annotations

import pytest

from sequences.definition.follow_ups import KINDS
from sequences.editing.actions import NOT_IN_STEPS, with_actions
from sequences.editing.follow_up_lines import LineChanges, new_item
from sequences.editing.steps import with_step
from sequences.editing.values import with_value
from sequences.errors import DefinitionError, NotFoundError
from tests.support.sequence_texts import changed

FILE = """steps:
  - {id: a, email: x/a}
  - id: b     # warm
    do:
      # first
      - add_to_list: warm   # ours
      - {notify: owner, odd: 1}
      - notify: owner
"""


def test_actions_change_come_and_go() -> None:
    fields = {0: {"value": "hot"}, 2: {"value": "owner"}}
    assert changed(FILE, with_actions(FILE, "b", LineChanges(fields), {})) == [
        *("-       - add_to_list: warm   # ours", "+       - add_to_list: hot   # ours"),
    ]
    more = LineChanges(gone=frozenset({0}), more={"suppress": "sms"})
    assert changed(FILE, with_actions(FILE, "b", more, {})) == [
        *("-       # first", "-       - add_to_list: warm   # ours", "+       - suppress: sms"),
    ]
    with pytest.raises(DefinitionError):
        with_actions(FILE, "b", LineChanges(gone=frozenset({0, 1, 2})), {})
    with pytest.raises(NotFoundError):
        with_actions(FILE, "z", LineChanges(more={"notify": "owner"}), {})


def test_a_step_begins_with_one_action() -> None:
    text = with_value(
        with_step(FILE, "b", {"id": "c", "do": ""}), ("steps", 2, "do"), [new_item("create_task", "s", "")]
    )
    assert text.endswith(
        '  - id: c\n    do:\n      - create_task: {title: "Call {{ person.full_name }}", due: 1 day}\n'
    )
    assert text.startswith(FILE)


def test_what_steps_cannot_do_is_a_kind_of_follow_up() -> None:
    assert set(KINDS) >= NOT_IN_STEPS
