"""Forms beside sequence files: what a message that names one is told of it."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from sequences.records.catalogue import FieldType
from services.publishing.check_and_publish import check_files
from services.publishing.forms import FormsFolder, load_forms

SEQUENCE = """\
sequence: {name}
name: A sequence
record: person
reaction_period: 1 day
schedule: {{timezone: recipient, window: 09:00-17:00, weekdays_only: true}}
steps:
  - {{id: first, email: ask}}
"""
FORM = "form: details\nname: Details\ntitle: Your details\nfields:\n  - field: person.city\nthank_you: Thank you.\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("sequences", "templates", "forms"):
        (tmp_path / name).mkdir()
    for name in ("one", "two"):
        (tmp_path / "sequences" / f"{name}.yaml").write_text(SEQUENCE.format(name=name))
    text = "Subject: Hello\n\n{{ form('details') }}\n{{ unsubscribe_url }}\n"
    (tmp_path / "templates" / "ask.email.txt").write_text(text)
    return tmp_path


def problems(folder: Path) -> list[str]:
    (checked,) = check_files([folder / "sequences" / "one.yaml"], None)
    assert not checked.good
    return [f"{Path(each.file).name}: {each.message}" for each in checked.problems]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (FORM.replace("person.city", "person.town"), "details.yaml: There is no field `person.town`."),
        (FORM + "once: [\n", "details.yaml: "),
    ],
    ids=["a field that is unknown", "no YAML"],
)
def test_a_form_with_a_mistake_is_told_of_as_such(folder: Path, text: str, expected: str) -> None:
    (folder / "forms" / "details.yaml").write_text(text)
    (problem,) = problems(folder)
    assert problem.startswith(expected)


def test_it_is_found_by_its_id_whatever_its_file_is_called(folder: Path) -> None:
    (folder / "forms" / "other.yaml").write_text(FORM.replace("person.city", "person.town"))
    (problem,) = problems(folder)
    assert problem.startswith("other.yaml: There is no field `person.town`.")


def test_two_files_with_one_id_are_an_error_that_names_both(folder: Path) -> None:
    first, second = folder / "forms" / "a.yaml", folder / "forms" / "b.yaml"
    first.write_text(FORM)
    second.write_text("# the older one\n" + FORM)
    (checked,) = check_files([folder / "sequences" / "one.yaml"], None)
    (problem,) = checked.problems
    assert (problem.file, problem.line, problem.column) == (str(second), 2, 7)
    assert (problem.message, problem.found) == (f"{first} has the same form.", "`details` twice")
    assert not checked.good
    shown = f"{problem}".replace(f"{folder}/forms/b.yaml:2", "forms/old-details.yaml:1").replace(
        f"{folder}/forms/a", "forms/details"
    )
    page = (Path(__file__).parents[4] / "docs" / "forms.md").read_text("utf-8")
    assert shown.partition(" Found")[0] in page
    # Each of the two alone as well, however it is named: which one would be published last?
    for file, other in ((first, second), (second, first)):
        (alone,) = check_files([file], None)
        assert (alone.form, [each.message for each in alone.problems]) == (None, [f"{other} has the same form."])
    # What names neither of them is good.
    (folder / "templates" / "ask.email.txt").write_text("Subject: Hello\n\n{{ unsubscribe_url }}\n")
    assert all(each.good for each in check_files([folder / "sequences" / "one.yaml"], None))
    second.write_text(FORM.replace("details", "other"))
    assert all(each.good for each in check_files([first, second], None))


def test_two_files_of_different_folders_with_one_id(folder: Path) -> None:
    elsewhere = folder / "elsewhere.yaml"
    for file in (folder / "forms" / "details.yaml", elsewhere):
        file.write_text(FORM)
    first, second = check_files([folder / "forms" / "details.yaml", elsewhere], None)
    assert (first.good, second.good) == (True, False)
    assert second.problems[0].message == f"{first.file} has the same form."


def test_a_form_that_there_is_not(folder: Path) -> None:
    (problem,) = problems(folder)
    assert problem.startswith("ask.email.txt: Unknown form 'details'")


@pytest.mark.parametrize("key", ["subject", "variants: [{name: a}, {name: b, subject", "task"])
def test_a_link_to_a_form_is_for_templates_and_not_for_subjects_and_titles(folder: Path, key: str) -> None:
    (folder / "forms" / "details.yaml").write_text(FORM)
    file = folder / "sequences" / "one.yaml"
    words = """ "See {{ form('details') }}" """
    end = "}]" if "{" in key else ""
    step = f"  - {{id: call, {key}: {words}}}\n" if key == "task" else ""
    text = SEQUENCE.format(name="one") + step
    file.write_text(text if step else text.replace("email: ask", f"email: ask, {key}: {words}{end}"))
    (problem,) = problems(folder)
    assert problem == "one.yaml: The link to a form can be in a template only."


def test_a_form_in_the_template_of_a_variant_is_published_with_the_sequence(folder: Path) -> None:
    (folder / "forms" / "details.yaml").write_text(FORM)
    (folder / "templates" / "plain.email.txt").write_text("Subject: Hello\n\nHello {{ unsubscribe_url }}\n")
    file = folder / "sequences" / "one.yaml"
    variants = "email: plain, variants: [{name: a}, {name: b, template: ask}]"
    file.write_text(SEQUENCE.format(name="one").replace("email: ask", variants))
    (checked,) = check_files([file], None)
    assert (checked.good, list(checked.forms)) == (True, ["details"])


def test_forms_of_many_sequences_are_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "forms" / "details.yaml").write_text(FORM)
    read: list[Path] = []

    def load(beside: Path, custom: Mapping[str, FieldType]) -> FormsFolder:
        read.append(beside)
        return load_forms(beside, custom)

    monkeypatch.setattr("services.publishing.check_and_publish.load_forms", load)
    checked = check_files(sorted((folder / "sequences").glob("*.yaml")), None)
    assert [(item.good, list(item.forms)) for item in checked] == [(True, ["details"])] * 2
    assert read == [folder / "forms"]
