"""The settings of a sequence as a form: what a form shows is what it writes, and the rest of the file stays."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sequences.checking import read_file
from sequences.definition.model import SequenceDefinition
from sequences.definition.steps import ScheduleBlock
from sequences.editing.rewrite import data_of
from sequences.editing.settings import (
    GROUPS,
    SCHEDULE,
    SETTINGS,
    TRACKED,
    WITH_FORMS_OF_THEIR_OWN,
    Setting,
    Takes,
    field_name,
    fields_of_setting,
    value_of_setting,
    with_settings,
)
from starter.console.words import strings
from tests.support.sequence_texts import WITH_REACTIONS as FILE
from tests.support.sequence_texts import changed

SAID = """sequence: s
name: 'S'   # what people call it
record: person
topic: offers
sender: jobs@agency.example
frequency_cap: {sms: 3  per week}
schedule:
  window: [08:00-12:00, 13:00-17:00]   # lunch
  weekdays_only: true
  holidays: GB
  if_past: send
steps:
  - {id: a, email: x/a}
reaction_period: 5  days
on_resume: skip
same_client: pause 14 days
replies: forward
tracking: opens
if_unknown: resend
""".replace("3  per", "3 per")
BY_NAME = {each.name: each for each in SETTINGS}


def fields_of(text: str) -> dict[str, str]:
    """What the form of a file would send if nobody changed it."""
    found: dict[str, str] = {}
    for each in SETTINGS:
        fields = fields_of_setting(each, value_of_setting(data_of(text), each)) or {}
        found |= {field_name(each, key): value.replace("\n", "\r\n") for key, value in fields.items() if value}
    return found


def test_each_key_of_a_sequence_has_a_form_and_words() -> None:
    paths = {each.path for each in SETTINGS}
    keys = {(key,) for key in SequenceDefinition.model_fields if key not in WITH_FORMS_OF_THEIR_OWN | {SCHEDULE}}
    assert paths == keys | {(SCHEDULE, key) for key in ScheduleBlock.model_fields}
    texts = strings()
    assert {f"settings.{group}" for group in GROUPS} <= set(texts)
    assert {f"sequence_form.label_{each.name}" for each in SETTINGS} <= set(texts)
    prefixes = {
        "on_resume": "settings.resume_",
        "replies": "settings.replies_",
        "tracking": "settings.tracking_",
        "if_unknown": "settings.unknown_",
        "if_undelivered": "settings.undelivered_",
        "schedule-if_past": "sequence_form.past_",
        "same_client": "sequence_form.colleagues_",
    }
    chosen = [each for each in SETTINGS if each.takes in (Takes.CHOICE, Takes.COLLEAGUES)]
    assert {prefixes[each.name] + choice for each in chosen for choice in each.choices} <= set(texts)
    assert all(each.choices for each in chosen)
    assert {each.name: each.default for each in chosen} == {
        **{"on_resume": "shift", "replies": "", "tracking": "links", "if_unknown": "assume_sent"},
        **{"if_undelivered": "skip", "schedule-if_past": "skip", "same_client": "go_on"},
    }


@pytest.mark.parametrize("text", [FILE, SAID])
def test_a_form_that_nobody_changed_changes_nothing(text: str) -> None:
    assert with_settings(text, fields_of(text)) == text


@pytest.mark.parametrize(
    ("fields", "lines"),
    [
        (
            {"schedule-window": "09:00-17:00"},
            ["-   window: [08:00-12:00, 13:00-17:00]   # lunch", "+   window: 09:00-17:00   # lunch"],
        ),
        ({"schedule-weekdays_only": ""}, ["-   weekdays_only: true"]),
        ({"schedule-timezone": "Europe/Paris"}, ["+   timezone: Europe/Paris"]),
        ({"name": "New: one"}, ["- name: 'S'   # what people call it", '+ name: "New: one"   # what people call it']),
        ({"topic": ""}, ["- topic: offers"]),
        ({"sender": "owner"}, ["- sender: jobs@agency.example", "+ sender: owner"]),
        ({"sender": ""}, ["- sender: jobs@agency.example"]),
        ({"sender-address": "x@agency.example"}, ["- sender: jobs@agency.example", "+ sender: x@agency.example"]),
        (
            {"frequency_cap-email-amount": "2"},
            ["- frequency_cap: {sms: 3 per week}", "+ frequency_cap: {sms: 3 per week, email: 2 a day}"],
        ),
        ({"frequency_cap-exempt": "1"}, ["- frequency_cap: {sms: 3 per week}", "+ frequency_cap: exempt"]),
        ({"frequency_cap-sms-amount": ""}, ["- frequency_cap: {sms: 3 per week}"]),
        ({"reaction_period-amount": "1"}, ["- reaction_period: 5  days", "+ reaction_period: 1 day"]),
        ({"same_client": "go_on"}, ["- same_client: pause 14 days", "+ same_client: go_on"]),
        (
            {"same_client-amount": "1", "same_client-unit": "weeks"},
            ["- same_client: pause 14 days", "+ same_client: pause 1 week"],
        ),
        ({"tracking": "none"}, ["- tracking: opens", "+ tracking: false"]),
        ({"tracking": ""}, ["- tracking: opens"]),
        ({"replies": "none"}, ["- replies: forward", "+ replies: none"]),
        ({"day_zero": "placement.start_date"}, ["+ day_zero: placement.start_date"]),
    ],
)
def test_only_what_was_changed_is_written(fields: dict[str, str], lines: list[str]) -> None:
    came = fields_of(SAID) | {f"set-{name}": value for name, value in fields.items()}
    edited = with_settings(SAID, came)
    assert sorted(changed(SAID, edited)) == sorted(lines)
    assert edited.index("steps:") > edited.index("sequence:")


def test_a_block_comes_and_goes() -> None:
    edited = with_settings(FILE, {"set-schedule-window": "09:00-12:00\r\n\r\n13:00-17:00"})
    block = "\nschedule:\n  window: [09:00-12:00, 13:00-17:00]\n"
    assert edited == FILE.replace("record: person\n", f"record: person\n{block}")
    assert with_settings(edited, {}) == FILE


@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("frequency_cap", "odd"), ("frequency_cap", {}), ("frequency_cap", {"fax": "1 a day"})),
        *(
            ("frequency_cap", {"email": "many"}),
            ("frequency_cap", {"email": 1}),
            ("tracking", "odd"),
            ("tracking", 1.5),
        ),
        *(("schedule-window", [1]), ("schedule-window", 3), ("schedule-weekdays_only", "yes"), ("topic", ["x"])),
        *(("on_resume", "odd"), ("same_client", "odd"), ("reaction_period", "soon"), ("sender", 3), ("name", "a\nb")),
    ],
)
def test_what_no_form_can_show(name: str, value: Any) -> None:
    assert fields_of_setting(BY_NAME[name], value) is None


_WORDS = st.text(st.sampled_from("aZ é:#'\"{[,0-9/"), max_size=12).map(str.strip)


def _came(setting: Setting) -> st.SearchStrategy[dict[str, str]]:
    fields = fields_of_setting(setting, None) or {}
    word: st.SearchStrategy[str] = _WORDS
    if setting.takes is Takes.CHOICE:
        word = st.sampled_from(["", *setting.choices])
    return st.fixed_dictionaries(
        {field_name(setting, key): word if not key else st.just(value) for key, value in fields.items()}
    )


@settings(max_examples=15)
@given(st.data())
def test_whatever_somebody_types_comes_back(data: st.DataObject) -> None:
    plain = [each for each in SETTINGS if each.takes in (Takes.LINE, Takes.CHOICE, Takes.FIELD)]
    came: dict[str, str] = {}
    for each in data.draw(st.lists(st.sampled_from(plain), max_size=4, unique_by=lambda each: each.name)):
        came |= data.draw(_came(each))
    edited = with_settings(SAID, fields_of(SAID) | came)
    shown = fields_of(edited)
    assert {key: shown.get(key, "") for key in came} == came
    assert "\nsteps:\n  - {id: a, email: x/a}\n" in edited


def test_settings_of_a_form_are_those_of_a_file() -> None:
    edited = with_settings(
        FILE.replace("reactions:", "name: S\nreactions:"),
        {
            **{
                "set-name": "S",
                "set-schedule-window": "any",
                "set-schedule-weekdays_only": "1",
                "set-tracking": "none",
            },
            **{"set-frequency_cap-email-amount": "2", "set-frequency_cap-email-unit": "week", "set-on_resume": "shift"},
        },
    )
    found = read_file(edited, "x").sequence
    assert found is not None
    assert (found.schedule.window, found.schedule.weekdays_only, found.tracking) == ("any", True, TRACKED["none"])
    assert str(found.frequency_cap.on("email")) == "2 a week"  # type: ignore[union-attr]
