"""A definition without its file becomes a text that says the same."""

from pathlib import Path

import pytest

from sequences.checking import read_file
from sequences.definition.model import SequenceDefinition, fingerprint
from sequences.definition.yaml_text import yaml_text

EXAMPLES = sorted((Path(__file__).parents[3] / "examples" / "sequences").glob("*.yaml"))
ODD = {
    "sequence": "odd",
    "name": 'A: "quoted" #name {{ x }}, yes',
    "record": "person",
    "frequency_cap": {"email": "2 a day"},
    "schedule": {"window": None, "holidays": "GB-ENG", "weekdays_only": False},
    "steps": [
        {"id": "on", "email": "a/b", "at": "08:00", "schedule": {"window": "any"}},
        {"id": "no", "when": "2 days after on", "do": [{"set_field": {"person.status": "null"}}, {"notify": "owner"}]},
        {
            "id": "call",
            "task": {"title": "Say: this - and that", "within": "3 days"},
            "if": {"person.status": ["true", "1"]},
        },
    ],
    "stop_when": {"person.status": ["- a", "~"]},
    "tracking": "opens",
}


@pytest.mark.parametrize("file", EXAMPLES, ids=lambda file: file.stem)
def test_of_the_examples(file: Path) -> None:
    definition = read_file(file.read_text(), file.name).sequence
    assert definition is not None
    text = yaml_text(definition)
    again = read_file(text, "again")
    assert again.sequence is not None, again.problems
    assert fingerprint(again.sequence) == fingerprint(definition)


def test_of_values_that_mean_something_in_yaml() -> None:
    definition = SequenceDefinition.model_validate(ODD)
    again = read_file(yaml_text(definition), "again")
    assert again.sequence is not None, again.problems
    assert fingerprint(again.sequence) == fingerprint(definition)
