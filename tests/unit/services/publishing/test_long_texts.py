"""Templates of texts that are long whoever gets them."""

from pathlib import Path

import pytest

from adapters.templates.literal_text import literal_text
from adapters.templates.source import TemplateSource
from sequences.checking import Severity
from services.publishing.check_and_publish import check_files
from services.publishing.long_sms import long_sms, most_segments

FILE = "sequence: t\nname: T\nrecord: person\nsteps:\n  - {id: one, sms: t/hello}\n"


@pytest.mark.parametrize(
    ("source", "least"),
    [
        ("Hi {{ person.first_name }}!", "Hi !"),
        ("{% if person.city %}in {{ person.city }}{% endif %}", ""),
        ("a{% if person.city %}long words{% else %}no{% endif %}b", "anob"),
        ("a{% if person.city %}xxx{% elif person.country %}y{% else %}zz{% endif %}", "ay"),
        ("{% if person.city %}{% if person.country %}1{% else %}22{% endif %}{% else %}333{% endif %}", "1"),
        ("{% raw %}{{ no field }}{% endraw %}", "{{ no field }}"),
        ("{% if %}", ""),
        ("", ""),
    ],
)
def test_the_words_that_everybody_gets(source: str, least: str) -> None:
    assert literal_text(source) == least


def test_a_warning_names_the_file_the_count_and_the_costly_characters(tmp_path: Path) -> None:
    short = TemplateSource("t/short", None, "x" * 459)
    long = TemplateSource("t/long", None, "x" * 460, text_line=3)
    curly = TemplateSource("t/curly", None, "’" * 202)
    mail = TemplateSource("t/mail", "Subject", "x" * 9000)

    found = list(long_sms([short, long, curly, mail], tmp_path, 3))

    assert [(problem.file, problem.line, problem.severity) for problem in found] == [
        (str(tmp_path / "t/long.sms.txt"), 3, Severity.WARNING),
        (str(tmp_path / "t/curly.sms.txt"), 1, Severity.WARNING),
    ]
    assert "4 segments" in found[0].message
    assert "’" in found[1].message


def test_a_check_warns_and_lets_the_file_through(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RELANCE_HOME", str(tmp_path / "home"))
    (tmp_path / "templates" / "t").mkdir(parents=True)
    (tmp_path / "templates" / "t" / "hello.sms.txt").write_text("Hi {{ person.first_name }} " + "x" * 200)
    (tmp_path / "t.yaml").write_text(FILE)

    (fine,) = check_files([tmp_path / "t.yaml"], None)
    monkeypatch.setenv("RELANCE_SMS_SEGMENTS_WARN", "1")
    (warned,) = check_files([tmp_path / "t.yaml"], None)

    assert most_segments() == 1
    assert warned.good
    assert warned.sequence is not None
    new = set(warned.problems) - set(fine.problems)
    assert ["2 segments" in problem.message for problem in new] == [True]
