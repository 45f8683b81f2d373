"""What is registered as a channel is known to files, templates, schema and checks; what is not, is not."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from sequences.channels import CHANNELS, from_owner, legal_hours
from sequences.checking import InvalidSequenceError, load_file
from sequences.definition.compile import frequency_limits, step_timings
from sequences.definition.model import fingerprint
from sequences.definition.schema import json_schema, schema_text
from services.publishing.check_and_publish import check_files
from services.sending.compose_email import WRITERS
from tests.support.toy_channel import registered

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
ROOMS = ("sequences", "services", "adapters", "activities", "workflows", "starter")
FILE = "sequence: post\nname: Post\nrecord: person\nschedule: {window: any}\nsteps:\n  - {id: one, KEY: post/hello}\n"


@pytest.fixture
def toy() -> Iterator[None]:
    with registered():
        yield


def _file(key: str) -> str:
    return FILE.replace("KEY", key)


def test_names_are_what_is_stored_and_every_channel_has_a_writer() -> None:
    assert [str(name) for name in CHANNELS] == ["email", "sms", "whatsapp"]
    assert all(spec.name == name for name, spec in CHANNELS.items())
    assert WRITERS.keys() == CHANNELS.keys()
    assert legal_hours("action") is None


def test_a_channel_that_is_not_registered_is_an_unknown_key() -> None:
    with pytest.raises(InvalidSequenceError) as caught:
        load_file(_file("pigeon"), "post.yaml")
    assert [problem.allowed for problem in caught.value.problems if "exactly" in problem.allowed] == [
        "exactly one of `email`, `sms`, `whatsapp`, `do`, `task`"
    ]


@pytest.mark.usefixtures("toy")
def test_a_registered_channel_is_a_key_of_steps_with_its_hours_and_cap() -> None:
    sequence = load_file(_file("pigeon"), "post.yaml").sequence
    step = sequence.steps[0]
    assert (step.channel, step.template) == ("pigeon", "post/hello")
    timing = step_timings(sequence)[0]
    assert (timing.channel, timing.schedule.texting_hours) == ("pigeon", legal_hours("pigeon"))
    assert frequency_limits(sequence)["pigeon"].count == 2
    assert type(sequence).model_validate(sequence.model_dump(mode="json")) == sequence


@pytest.mark.usefixtures("toy")
def test_the_schema_lists_it_and_goes_back_afterwards() -> None:
    schema = json_schema()
    assert list(schema["$defs"]["Step"]["properties"])[3:7] == ["email", "sms", "whatsapp", "pigeon"]
    assert schema["$defs"]["Suppress"]["properties"]["suppress"]["enum"] == [
        "email",
        "sms",
        "whatsapp",
        "pigeon",
        "all",
    ]
    assert "pigeon" in schema["$defs"]["FrequencyCap"]["properties"]


def test_the_schema_of_the_channels_that_come_with_it_is_the_committed_one() -> None:
    assert schema_text() == (ROOT / "docs" / "sequence.schema.json").read_text()


def test_a_channel_more_changes_no_fingerprint() -> None:
    text = _file("email").replace("schedule", "frequency_cap: {sms: 3 a week}\nschedule")
    before = fingerprint(load_file(text, "post.yaml").sequence)
    with registered():
        assert fingerprint(load_file(text, "post.yaml").sequence) == before
    assert fingerprint(load_file(text, "post.yaml").sequence) == before


@pytest.mark.usefixtures("toy")
def test_check_reads_its_templates_and_says_what_is_wrong_in_its_words(tmp_path: Path) -> None:
    (tmp_path / "post").mkdir()
    (tmp_path / "post" / "hello.pigeon.txt").write_text("Hello {{ person.first_name }}\n")
    file = tmp_path / "post.yaml"
    file.write_text(_file("pigeon"))
    good = check_files([file], tmp_path)[0]
    assert good.good, good.problems
    assert good.templates["post/hello"].channel == "pigeon"
    stored = good.templates["post/hello"].to_json()
    assert type(good.templates["post/hello"]).from_json(stored) == good.templates["post/hello"]
    file.write_text(_file("email"))
    assert [problem.message for problem in check_files([file], tmp_path)[0].problems] == [
        "This template is a letter by pigeon."
    ]
    file.write_text(_file("pigeon").replace("one,", "one, at: '18:00',"))
    assert "outside the hours for pigeons, 09:00-17:00" in check_files([file], tmp_path)[0].problems[0].message


def test_no_file_of_the_product_names_the_toy() -> None:
    files = [file for room in ROOMS for file in (ROOT / room).rglob("*") if file.suffix in {".py", ".sql", ".html"}]
    assert [file for file in (*files, ROOT / "worker.py") if re.search(r"\bpigeons?\b", file.read_text().lower())] == []


@pytest.mark.parametrize(("name", "expected"), [("email", True), ("sms", False), ("action", False), ("all", False)])
def test_only_a_message_may_go_out_from_a_recruiters_address(name: str, expected: bool) -> None:
    """A step that hands out a task, or does something, has no sender: it is no channel, and no error either."""
    assert from_owner(name) is expected
