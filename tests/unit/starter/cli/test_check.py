"""``relance check``."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sequences.checking import load_file
from sequences.definition.compile import step_timings
from starter.cli.main import app

GOOD = (
    "sequence: hello\nname: Hello\nrecord: person\nsteps:\n  - {id: first, email: hello/first}\n"
    "schedule: {window: 09:00-17:00}\n"
)
UNSUBSCRIBE = "No more of these? {{ unsubscribe_url }}\n"
run = CliRunner()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """``sequences/`` and ``templates/`` side by side, as in the examples."""
    (tmp_path / "sequences").mkdir()
    (tmp_path / "templates" / "hello").mkdir(parents=True)
    (tmp_path / "templates" / "hello" / "first.email.txt").write_text(f"Subject: Hello\n\nGood morning!\n{UNSUBSCRIBE}")
    (tmp_path / "sequences" / "hello.yaml").write_text(GOOD)
    return tmp_path


def check(*arguments: object) -> tuple[list[Any], Any, Any]:
    done = run.invoke(app, ["check", *map(str, arguments), "--json"])
    found = json.loads(done.stdout)
    assert found["ok"] is (done.exit_code == 0)
    assert done.exit_code in (0, 2)
    return [problem for file in found["files"] for problem in file["problems"]], found, done


def test_the_examples_are_good() -> None:
    problems, found, done = check(*sorted(Path("examples/sequences").glob("*.yaml")))
    assert (problems, done.exit_code, done.stderr) == ([], 0, "")
    assert [file["sequence"] for file in found["files"]] == [
        "new-job",
        "new-services",
        "placement-onboarding",
        "re-register",
    ]
    assert found["files"][1]["templates"] == ["bd/introduce", "bd/remind", "bd/thank-you"]


def test_every_problem_of_every_file_with_its_place(folder: Path) -> None:
    bad = folder / "sequences" / "bad.yaml"
    bad.write_text(
        "sequence: bad\nname: Bad\nrecord: persn\nsteps:\n"
        "  - {id: a, email: hello/frst}\n  - {id: a, sms: hello/first}\n"
    )
    template = folder / "templates" / "hello" / "first.email.txt"
    template.write_text("Subject: Hello\n\nHi {{ person.frst_name }}\n{% for x in y %}{% endfor %}\n")
    problems, found, done = check(bad, folder / "sequences" / "hello.yaml")
    assert done.exit_code == 2
    places = {(Path(p["file"]).name, p["line"], p["column"]) for p in problems}
    assert ("bad.yaml", 3, 9) in places  # persn
    assert ("bad.yaml", 5, 20) in places  # no such template
    assert ("bad.yaml", 6, 18) in places  # an e-mail, not a text
    assert ("first.email.txt", 4, 1) in places  # a loop
    by_place = {(Path(p["file"]).name, p["line"]): p for p in problems}
    assert by_place["bad.yaml", 3]["found"] == '"persn"'
    assert "`person`" in by_place["bad.yaml", 3]["allowed"]
    assert "did you mean 'hello/first'?" in by_place["bad.yaml", 5]["message"]
    assert [file["ok"] for file in found["files"]] == [False, False]


def test_a_field_that_does_not_exist_in_a_template(folder: Path) -> None:
    (folder / "templates" / "hello" / "first.email.txt").write_text(
        f"Subject: Hello\n\n\nHi {{{{ placement.job_title }}}} {{{{ person.frst_name }}}}\n{UNSUBSCRIBE}"
    )
    problems, _, done = check(folder / "sequences" / "hello.yaml")
    assert done.exit_code == 2
    # A run about a person has no placement.
    assert {p["message"].split("'")[1] for p in problems} == {"placement.job_title", "person.frst_name"}
    assert {p["line"] for p in problems} == {4}


def test_the_title_of_a_task_is_read_by_the_engine_that_renders_it(folder: Path) -> None:
    file = folder / "sequences" / "hello.yaml"
    file.write_text(
        GOOD + 'reactions:\n  - on: clicked\n    do: [{create_task: {title: "{{ person.city | shout }}"}}]\n'
    )
    problems, _, _ = check(file)
    assert ["unknown filter 'shout'" in p["message"] for p in problems] == [True]
    assert (problems[0]["line"], problems[0]["column"]) == (9, 32)


@pytest.mark.parametrize(
    ("content", "said"),
    [(b"\xff\xfe", "not UTF-8"), (b"", "empty"), (b"a: [", "not YAML"), (b"- 1", "mapping")],
)
def test_files_that_are_no_sequence(folder: Path, content: bytes, said: str) -> None:
    file = folder / "sequences" / "odd.yaml"
    file.write_bytes(content)
    problems, _, done = check(file)
    assert done.exit_code == 2
    assert any(said in p["message"] for p in problems), problems


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    problems, _, done = check(tmp_path / "none.yaml")
    assert done.exit_code == 2
    assert problems[0]["found"] == "No such file or directory"


def test_one_sequence_in_two_files(folder: Path) -> None:
    second = folder / "sequences" / "again.yaml"
    shutil.copy(folder / "sequences" / "hello.yaml", second)
    problems, _, done = check(folder / "sequences" / "hello.yaml", second)
    assert done.exit_code == 2
    assert [Path(p["file"]).name for p in problems] == ["again.yaml"]


def test_without_a_folder_of_templates_they_are_not_checked(folder: Path) -> None:
    shutil.rmtree(folder / "templates")
    problems, _, done = check(folder / "sequences" / "hello.yaml")
    assert done.exit_code == 0
    assert [p["severity"] for p in problems] == ["warning"]


def test_a_folder_of_templates_that_was_named_must_be_there(folder: Path) -> None:
    problems, _, done = check(folder / "sequences" / "hello.yaml", "--templates", folder / "none")
    assert done.exit_code == 2
    assert [p["severity"] for p in problems] == ["error"]


def test_for_people_each_problem_begins_with_its_place(folder: Path) -> None:
    file = folder / "sequences" / "hello.yaml"
    file.write_text(GOOD.replace("person", '"[red]persn[/red]"'))
    done = run.invoke(app, ["check", str(file)])
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert lines[0].startswith(f"{file}:3:9: error: ")
    assert any(line.strip().startswith("allowed: ") for line in lines)
    assert lines[-1].endswith("error")


def test_publish_of_a_bad_file_touches_no_server(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_DATABASE_URL", "postgresql://127.0.0.1:9/none")
    (folder / "templates" / "hello" / "first.email.txt").unlink()
    done = run.invoke(app, ["publish", str(folder / "sequences" / "hello.yaml"), "--json"])
    assert (done.exit_code, done.stdout) == (2, "")
    assert "hello.yaml:5:24: error:" in done.stderr
    assert done.stderr.endswith("error: nothing was published\n")


def test_publish_needs_the_templates(folder: Path) -> None:
    shutil.rmtree(folder / "templates")
    done = run.invoke(app, ["publish", str(folder / "sequences" / "hello.yaml")])
    assert done.exit_code == 2
    assert "there is no folder" in done.stderr


def test_an_email_without_an_unsubscribe_line_is_warned_of(folder: Path) -> None:
    (folder / "templates" / "hello" / "first.email.txt").write_text("Subject: Hello\n\nGood morning!\n")
    file = folder / "sequences" / "hello.yaml"
    problems, _, done = check(file)
    assert done.exit_code == 0
    (warning,) = problems
    assert (warning["severity"], Path(warning["file"]).name) == ("warning", "first.email.txt")
    assert "unsubscribe" in warning["message"]
    # Messages about a job that starts are no advertising.
    file.write_text(GOOD + "frequency_cap: exempt\n")
    assert check(file)[0] == []


ANSWERS = """\
reactions:
  - on: replied.positive
    do:
      - notify: owner
      - send: {template}
    then: stop
"""


@pytest.mark.parametrize(
    ("files", "place", "severity", "message"),
    [
        ({}, ("sequence.yaml", 11, 15), "error", "bd/answer.email.txt is missing, and so is"),
        ({"bd/answers.sms.txt": "Hi"}, ("sequence.yaml", 11, 15), "error", "did you mean 'bd/answers'?"),
        (
            {"bd/answer.email.txt": f"Subject: Hi {{{{ person.frst_name }}}}\n\nHi\n{UNSUBSCRIBE}"},
            ("answer.email.txt", 1, 16),
            "error",
            "Unknown field 'person.frst_name', did you mean 'person.first_name'",
        ),
        (
            {"bd/answer.email.txt": f"Subject: Hi\n\n\nYou begin on {{{{ placement.start_date }}}}\n{UNSUBSCRIBE}"},
            ("answer.email.txt", 4, 17),
            "error",
            "Unknown field 'placement.start_date'",
        ),
        (
            {"bd/answer.email.txt": f"Subject: Hi\n\n{{{{ form('detials') }}}}\n{UNSUBSCRIBE}"},
            ("answer.email.txt", 3, 10),
            "error",
            "Unknown form 'detials'",
        ),
        (
            {"bd/answer.email.txt": "Subject: Hi\n\nHi\n"},
            ("answer.email.txt", 1, 1),
            "warning",
            "no unsubscribe line",
        ),
        (
            {"bd/answer.sms.txt": "word " * 200},
            ("answer.sms.txt", 1, 1),
            "warning",
            "takes 7 segments even without its fields",
        ),
        (
            {"bd/answer.email.txt": "Hi\n\nHi\n"},
            ("answer.email.txt", 1, 1),
            "error",
            "The first line must be the subject",
        ),
        (
            {"bd/answer.email.txt": f"Subject: Hi\n\nHi\n{{% for a in b %}}{{% endfor %}}{UNSUBSCRIBE}"},
            ("answer.email.txt", 4, 1),
            "error",
            "loop",
        ),
    ],
)
def test_what_answers_a_reaction_is_looked_at_like_the_messages_of_steps(
    folder: Path, files: dict[str, str], place: tuple[str, int, int], severity: str, message: str
) -> None:
    sequence = folder / "sequences" / "sequence.yaml"
    sequence.write_text(GOOD + ANSWERS.replace("{template}", "bd/answer"))
    for name, text in files.items():
        file = folder / "templates" / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    (problem,), found, _ = check(sequence)
    assert (Path(problem["file"]).name, problem["line"], problem["column"]) == place
    assert (problem["severity"], found["ok"]) == (severity, severity == "warning")
    assert message in problem["message"]


def test_the_answer_in_the_page_about_sequences_is_refused_as_the_page_says(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    part = Path("docs/writing-sequences.md").read_text("utf-8").partition("### A message as an answer")[2]
    rules, template, said, *_ = re.findall(r"```(?:yaml)?\n(.+?)```", part, re.DOTALL)
    (folder / "sequences" / "hello.yaml").write_text(GOOD + rules)
    (folder / "templates" / "bd").mkdir()
    (folder / "templates" / "bd" / "answer.email.txt").write_text(template)
    monkeypatch.chdir(folder)
    done = run.invoke(app, ["check", "sequences/hello.yaml", "--templates", "templates"])
    assert done.exit_code == 2
    assert said in done.stdout


def test_the_file_of_a_text_that_is_missing_is_that_of_a_text(folder: Path) -> None:
    sequence = folder / "sequences" / "sequence.yaml"
    sequence.write_text(GOOD.replace("email: hello/first", "sms: hello/frist"))
    (problem,), *_ = check(sequence)
    assert "frist.sms.txt is missing; did you mean 'hello/first'?" in problem["message"]


def test_a_text_has_no_unsubscribe_page(folder: Path) -> None:
    (folder / "templates" / "hello" / "word.sms.txt").write_text("Hi! {{ unsubscribe_url }}\n")
    file = folder / "sequences" / "hello.yaml"
    file.write_text(GOOD.replace("email: hello/first", "sms: hello/word"))
    problems, _, done = check(file)
    assert done.exit_code == 2
    assert "unsubscribe_url" in problems[0]["message"]


@pytest.mark.slow
@pytest.mark.parametrize("record", ["person", "placement"])
@pytest.mark.parametrize("title", [None, "First day: #1 'hello' \\ é", "yes"])
def test_what_new_writes_has_nothing_to_complain_about(tmp_path: Path, record: str, title: str | None) -> None:
    more = ["--title", title] if title else []
    done = run.invoke(app, ["new", "my-first", "--record", record, "--folder", str(tmp_path), "--json", *more])
    assert done.exit_code == 0, done.output
    file, *templates = json.loads(done.stdout)["files"]
    assert all(Path(each).is_file() for each in [file, *templates])
    problems, found, _ = check(file)
    assert (problems, found["files"][0]["sequence"]) == ([], "my-first")
    sequence = load_file(Path(file).read_text("utf-8"), file).sequence
    assert sequence.name == (title or "My first")
    assert all(timing.schedule.windows and timing.schedule.weekdays_only for timing in step_timings(sequence))
    assert all("{{ organisation_footer }}" in Path(each).read_text("utf-8") for each in templates)


def test_new_overwrites_nothing_and_says_what_an_id_is(tmp_path: Path) -> None:
    assert run.invoke(app, ["new", "mine", "--folder", str(tmp_path)]).exit_code == 0
    before = (tmp_path / "sequences" / "mine.yaml").read_text()
    again = run.invoke(app, ["new", "mine", "--record", "placement", "--folder", str(tmp_path)])
    assert (again.exit_code, (tmp_path / "sequences" / "mine.yaml").read_text()) == (4, before)
    assert "mine.yaml already exists" in again.stderr
    wrong = run.invoke(app, ["new", "My sequence", "--folder", str(tmp_path)])
    assert wrong.exit_code == 2
    assert "small letters" in wrong.stderr


@pytest.mark.parametrize("name", ["new-services", "placement-onboarding"])
def test_the_examples_keep_working_hours(name: str) -> None:
    sequence = load_file(Path(f"examples/sequences/{name}.yaml").read_text("utf-8"), name).sequence
    assert all(timing.schedule.windows and timing.schedule.weekdays_only for timing in step_timings(sequence))
    for step in sequence.steps:
        if step.channel == "email":
            assert "{{ organisation_footer }}" in Path(f"examples/templates/{step.template}.email.txt").read_text(
                "utf-8"
            )


def test_a_topic_that_the_settings_do_not_name_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = folder / "sequences" / "topic.yaml"
    file.write_text(
        "sequence: topic\nname: T\nrecord: person\ntopic: job ofers\nsteps:\n  - {id: a, email: hello/first}\n"
    )
    monkeypatch.setenv("RELANCE_TOPICS", "onboarding, job offers")
    done = run.invoke(app, ["check", str(file)])
    assert done.exit_code == 2
    assert ":4:8: error: There is no topic `job ofers`. Did you mean `job offers`?" in done.stdout
    monkeypatch.setenv("RELANCE_TOPICS", "")
    assert run.invoke(app, ["check", str(file)]).exit_code == 0
