from __future__ import annotations

import re
from pathlib import Path

import pytest

from sequences.checking import load_file
from sequences.definition.follow_ups import KINDS
from sequences.definition.model import SequenceDefinition
from sequences.definition.reactions import ReactionKind
from sequences.definition.rules import AutoEnroll, HistoricalEvent
from sequences.definition.steps import ScheduleBlock, Step
from sequences.records.catalogue import BUILT_IN, FieldType

DOCS = Path(__file__).parents[2] / "docs" / "writing-sequences.md"
HEAD = "sequence: s\nname: S\nrecord: placement\n"
STEPS = "steps:\n  - {id: a, email: a/b}\n"
SEVERAL = dict.fromkeys(("skills", "sectors", "regions"), FieldType.LIST)
HOURS = "schedule: {window: 08:00-18:00}\n"
BLOCKS = [block for block in re.findall(r"```yaml\n(.*?)```", DOCS.read_text("utf-8"), re.DOTALL) if block[0] != "#"]


def test_every_key_and_name_is_in_the_guide() -> None:
    text = DOCS.read_text("utf-8")
    names = [name for model in (SequenceDefinition, Step, ScheduleBlock, AutoEnroll) for name in model.model_fields]
    names += [*KINDS, *ReactionKind, *HistoricalEvent]
    assert [name for name in names if f"`{name}" not in text] == []


def test_every_field_is_in_the_guide_as_the_catalogue_has_it() -> None:
    text = DOCS.read_text("utf-8")
    for field in BUILT_IN:
        row = re.search(
            rf"^\| `{re.escape(field.name)}` \| {field.type}.* \| {field.label} \| (yes)? ?\|$", text, re.MULTILINE
        )
        assert row, field.name
        assert bool(row[1]) == field.writable, field.name


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block.split("\n")[0])
def test_every_example_of_the_guide_is_right(block: str) -> None:
    rest = ("" if block.startswith("steps:") else STEPS) + ("" if block.startswith("schedule:") else HOURS)
    loaded = load_file(HEAD + rest + block, "docs", SEVERAL)
    assert loaded.warnings == ()
