"""Every mistake in a form file, with line, column, what was found and what is allowed; and the page about forms."""

from __future__ import annotations

import json
import re
from pathlib import Path

import jsonschema
import pytest
from ruamel.yaml import YAML

from sequences.forms.definition import FormDefinition, FormField
from sequences.forms.form_file import is_form, read_form
from sequences.forms.schema import form_schema_text
from sequences.page_languages import LANGUAGES
from sequences.records.catalogue import FieldType

ROOT = Path(__file__).parents[3]
EXAMPLE = ROOT / "examples" / "forms" / "re-registration.yaml"
PAGE = (ROOT / "docs" / "forms.md").read_text("utf-8")
CUSTOM = {"skills": FieldType.LIST, "shirt": FieldType.TEXT, "visa": FieldType.DATE, "seen": FieldType.DATETIME}
HEAD = "form: f\nname: F\ntitle: T\nthank_you: Thanks\n"
GOOD = HEAD + "fields:\n  - field: person.city\n"


def problems(text: str) -> list[tuple[int, int, str]]:
    return [(each.line, each.column, each.message) for each in read_form(text, "f.yaml", CUSTOM).problems]


def test_the_page_has_the_example_and_it_is_good() -> None:
    (block,) = [found for found in re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL) if "thank_you" in found]
    assert block == EXAMPLE.read_text("utf-8")
    reading = read_form(block, "x", {})
    assert reading.problems == ()
    assert reading.form is not None
    assert is_form(block)


def test_the_page_has_every_key_and_language() -> None:
    names = [*FormDefinition.model_fields, *FormField.model_fields, *LANGUAGES]
    assert [name for name in names if f"`{name}`" not in PAGE] == []


def test_the_schema_is_the_committed_one_and_takes_the_example() -> None:
    assert (ROOT / "docs" / "form.schema.json").read_text("utf-8") == form_schema_text()
    validator = jsonschema.Draft202012Validator(json.loads(form_schema_text()))
    good = YAML(typ="safe").load(EXAMPLE.read_text("utf-8"))
    assert list(validator.iter_errors(good)) == []
    assert list(validator.iter_errors({**good, "fields": [{"field": "person.id"}]}))
    assert list(validator.iter_errors({**good, "tittle": "x"}))


@pytest.mark.parametrize(
    ("text", "line", "column", "words"),
    [
        (GOOD.replace("title", "tittle"), 3, 1, "Unknown key `tittle`. Did you mean `title`?"),
        (GOOD.replace("title: T\n", ""), 1, 1, "The key `title` is missing."),
        (GOOD.replace("form: f", "form: F f"), 1, 7, "`form`: This cannot be an id."),
        (GOOD + "language: xx\n", 7, 11, "Pages are not written in this language."),
        (GOOD + "valid_for: soon\n", 7, 12, "`valid_for`: This is not a length of time."),
        (GOOD + "once: yes\n", 7, 7, "`once` has the wrong type. Write `true`: these words are strings in YAML 1.2."),
        (HEAD + "fields: []\n", 5, 9, "`fields` has too few entries."),
        (HEAD + "fields: person.city\n", 5, 9, "`fields` has the wrong type."),
        (GOOD + "  - field: person.city\n", 7, 12, "The form asks for `person.city` twice; the other is number 1."),
        (GOOD + "  - field: person.citty\n", 7, 12, "There is no field `person.citty`. Did you mean `person.city`?"),
        (GOOD + "  - field: person.owner\n", 7, 12, "A form may not write `person.owner`."),
        (GOOD + "  - field: person.id\n", 7, 12, "A form may not write `person.id`."),
        (GOOD + "  - field: owner.email\n", 7, 12, "A form may not write `owner.email`."),
        (GOOD + "  - field: custom.seen\n", 7, 12, "A form may not write `custom.seen`."),
        (
            GOOD + "  - field: custom.skills\n",
            7,
            5,
            "`custom.skills` holds several values, so the form must list them.",
        ),
        (
            GOOD + "  - field: custom.visa\n    choices: [x]\n",
            8,
            5,
            "`custom.visa` is a date, which has no choices.",
        ),
        (GOOD + "    choices: [Leeds, Leeds]\n", 7, 22, "This choice is there twice."),
        (GOOD + "    choices: [1]\n", 7, 15, "Entry 1 of `choices` has the wrong type. Put it in quotes."),
        (GOOD + "  - field: person.resume\n    prefill: true\n", 8, 14, "A file is never shown."),
        (GOOD + "    choices: [A, B]\n    lines: 3\n", 8, 5, "`lines` is for text fields; `person.city` is none here."),
        (GOOD + "    lable: x\n", 7, 5, "Unknown key `lable` in `fields`. Did you mean `label`?"),
        ("form: [\n", 2, 1, "This is not YAML"),
    ],
)
def test_a_mistake_is_named_with_its_place(text: str, line: int, column: int, words: str) -> None:
    found = problems(text)
    assert any((at, col) == (line, column) and message.startswith(words) for at, col, message in found), found
    assert read_form(text, "f.yaml", CUSTOM).form is None


def test_what_is_no_mapping_is_told_what_a_form_is() -> None:
    (problem,) = read_form("just words\n", "f.yaml", {}).problems
    assert problem.message == "A form file is a mapping."
    assert "`form: ...`" in problem.allowed


def test_a_sequence_is_no_form() -> None:
    assert not is_form((ROOT / "examples" / "sequences" / "re-register.yaml").read_text("utf-8"))
    assert not is_form("- a\n")
    assert not is_form("form: [\n")
