"""WhatsApp: its template files, what is handed to Twilio, and what is said before anything goes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from adapters.templates.renderer import Renderer
from adapters.templates.source import TemplateSource, load_templates
from adapters.templates.template_files import files_of
from sequences.errors import PermanentError, TemplateError
from sequences.records.record_view import RecordView
from sequences.sending.addresses import address_problem, field_in_the_way
from sequences.whatsapp.content import Handed, handed, may_be_free, thawed
from services.publishing.check_and_publish import check_files

SID = "HX" + "0123456789abcdef" * 2
FILE = f"Content: {SID}\n1: {{{{ person.first_name }}}}\n2: {{{{ booking_link | default('-') }}}}\n\nHello there.\n"
SEQUENCE = (
    "sequence: hi\nname: Hi\nrecord: person\nschedule: {window: any}\nsteps:\n  - {id: one, whatsapp: post/hello}\n"
)
NOW = datetime(2027, 5, 4, 9, tzinfo=UTC)


def template(tmp_path: Path, text: str, ending: str = ".whatsapp.txt") -> TemplateSource:
    (tmp_path / "post").mkdir(exist_ok=True)
    (tmp_path / "post" / f"hello{ending}").write_text(text)
    return load_templates(tmp_path, ["post/hello"])["post/hello"]


def test_a_template_has_its_content_and_variables_above_its_words(tmp_path: Path) -> None:
    source = template(tmp_path, FILE)
    assert source.channel == "whatsapp"
    assert [(key, line) for key, line, _ in source.head] == [("content", 1), ("1", 2), ("2", 3)]
    assert TemplateSource.from_json(source.to_json()) == source
    assert files_of(source) == {"post/hello.whatsapp.txt": FILE}
    words = Renderer().render(source, {"person": {"first_name": "Alex"}})
    assert isinstance(words, str)
    assert (words, handed(words, words.head)) == ("Hello there.", Handed("", SID, {"1": "Alex", "2": "-"}))  # type: ignore[attr-defined]
    assert Renderer().missing(source, {"person": {}}) == ("person.first_name",)


def test_the_head_of_other_channels_stays_what_it_was(tmp_path: Path) -> None:
    assert template(tmp_path, "1: first\n2: second\n", ".sms.txt").text == "1: first\n2: second"
    (tmp_path / "post" / "hello.sms.txt").unlink()
    with pytest.raises(TemplateError, match="an empty line must separate"):
        template(tmp_path, "Subject: x\n1: y\n\nz\n", ".email.txt")


@pytest.mark.parametrize(
    ("text", "problems"),
    [
        (FILE, []),
        (
            "Hello.\n",
            ["This WhatsApp message names no approved template"],
        ),
        (FILE.replace(SID, "HX12"), ["This is no ContentSid."]),
        (FILE.replace("2:", "3:"), ["The variables are numbered from 1, without a gap."]),
        (FILE.replace("person.first_name", "person.nickname"), ["Unknown field 'person.nickname'."]),
    ],
)
def test_check_says_what_is_wrong_with_a_template(tmp_path: Path, text: str, problems: list[str]) -> None:
    template(tmp_path, text)
    file = tmp_path / "hi.yaml"
    file.write_text(SEQUENCE)
    found = [problem.message for problem in check_files([file], tmp_path)[0].problems]
    assert len(found) == len(problems), found
    assert all(said.startswith(wanted.rstrip(".")) for said, wanted in zip(found, problems, strict=True)), found


def test_what_is_frozen_comes_back() -> None:
    for each in (Handed("Hello é"), Handed("", SID, {"1": "Zoë"})):
        assert thawed(each.frozen()) == each
    for broken in (b"Hello", b"[]", b"\xff"):
        with pytest.raises(PermanentError):
            thawed(broken)
    with pytest.raises(PermanentError, match="ContentSid"):
        handed("Hello", {"content": "HX1"})


def test_the_window_of_free_words() -> None:
    day = timedelta(hours=24)
    assert may_be_free(None, NOW, None)
    assert not may_be_free(None, NOW, day)
    assert may_be_free(NOW - day + timedelta(seconds=1), NOW, day)
    assert not may_be_free(NOW - day, NOW, day)


@pytest.mark.parametrize(
    ("person", "problem", "field"),
    [
        ({}, "no_phone", "person.phone"),
        ({"phone": "+12025550123"}, "no_whatsapp_opt_in", "person.whatsapp_opt_in"),
        ({"phone": "+12025550123", "whatsapp_opt_in": "2027-05-01T09:00:00+00:00"}, None, "person.whatsapp_opt_in"),
    ],
)
def test_who_has_not_agreed_cannot_be_reached(person: dict[str, str], problem: str | None, field: str) -> None:
    view = RecordView("person", "p1", {"id": "p1", **person})
    assert address_problem(view, "whatsapp", "GB") == problem
    assert field_in_the_way(view, "whatsapp", "GB") == field
