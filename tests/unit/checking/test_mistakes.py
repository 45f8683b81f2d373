from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from typing import Any

import pytest

from sequences.checking import FileProblem, InvalidSequenceError, Severity, load_file
from sequences.definition.compile import step_timings
from sequences.records.catalogue import FieldType

_spec = importlib.util.spec_from_file_location("mistakes_table", Path(__file__).with_name("mistakes_table.py"))
assert _spec is not None
assert _spec.loader is not None
_table = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _table
_spec.loader.exec_module(_table)


def problems_of(text: str) -> tuple[FileProblem, ...]:
    with pytest.raises(InvalidSequenceError) as caught:
        load_file(text, "team/s.yaml")
    return caught.value.problems


@pytest.mark.parametrize("mistake", _table.MISTAKES, ids=lambda mistake: mistake.name)
def test_a_mistake_is_found_where_it_stands_and_says_what_is_allowed(mistake: Any) -> None:
    before, mark, after = mistake.text.partition("§")
    assert mark
    place = ("team/s.yaml", before.count("\n") + 1, len(before) - before.rfind("\n"))
    problems = problems_of(before + after)
    at_place = [p for p in problems if (p.file, p.line, p.column) == place]
    fitting = [p for p in at_place if mistake.message in p.message and mistake.allowed in p.allowed]
    assert fitting, "\n".join(str(p) for p in problems)
    assert fitting[0].severity is Severity.ERROR
    assert fitting[0].found
    assert str(fitting[0]).startswith(f"team/s.yaml:{place[1]}:{place[2]}: error: ")


def test_a_single_mistake_gives_a_single_error() -> None:
    """Follow-on errors hide the mistake. A nested field is wrong as a name and as a value."""
    for mistake in _table.MISTAKES:
        if mistake.text.startswith(_table.P) and mistake.name != "nested field":
            errors = [p for p in problems_of(mistake.text.replace("§", "")) if p.severity is Severity.ERROR]
            assert len(errors) == 1, (mistake.name, [str(e) for e in errors])


def test_all_problems_come_at_once_and_sorted() -> None:
    text = "sequence: S S\nname: 7\nrecord: place\nsteps:\n  - {id: a, emial: x}\nstop_when: {person.x: [1]}\n"
    problems = problems_of(text)
    assert [(p.line, p.column) for p in problems] == [(1, 11), (2, 7), (3, 9), (5, 5), (5, 13), (6, 13)]


def test_the_exception_text_holds_no_values() -> None:
    with pytest.raises(InvalidSequenceError) as caught:
        load_file("sequence: jane.doe@example.com\n", "s.yaml")
    assert "jane" not in str(caught.value)
    assert "s.yaml:1:11" in str(caught.value)
    assert "jane.doe@example.com" in caught.value.report()
    assert caught.value.permanent


def test_an_alias_bomb_is_refused_quickly() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 9)}]" for i in range(1, 10)]
    problems = problems_of("\n".join(lines))
    assert any("aliases" in p.message for p in problems)


@pytest.mark.parametrize("text", ["[" * 100_000, "a: {" * 50_000, "- " * 60_000, "x" * 300_000, "\ufeff", "&a" * 9])
def test_monstrous_texts_end_in_problems(text: str) -> None:
    assert problems_of(text)


WARNINGS = [
    (
        "at outside texting hours",
        "steps:\n  - {id: a, sms: a/b, at: §22:00}\nschedule: {window: any}\n",
        "outside the hours for text messages",
    ),
    (
        "at outside the window",
        "steps:\n  - {id: a, email: a/b, at: §19:00}\nschedule: {window: 08:00-18:00}\n",
        "next opening",
    ),
    ("parts differ", "steps:\n  - {id: a, email: a/b}\nschedule: {window: any, holidays: §GB}\n", "other holidays"),
    (
        "unsubscribed goes on",
        "schedule: {window: any}\nsteps:\n  - {id: a, email: a/b}\n"
        "reactions:\n  - {on: unsubscribed, then: §continue}\n",
        "suppresses",
    ),
    (
        "unused day zero",
        "schedule: {window: any}\nsteps:\n  - {id: a, email: a/b}\nday_zero: §person.available_from\n",
        "no effect",
    ),
    ("at any time, any day", "§steps:\n  - {id: a, email: a/b}\n", "on weekends"),
    ("a text on any day", "§steps:\n  - {id: a, sms: a/b, at: 09:00}\n", "on weekends"),
    ("no window", "steps:\n  - {id: a, email: a/b}\nschedule: §{weekdays_only: true}\n", "also at night"),
    (
        "null is no window",
        "steps:\n  - {id: a, email: a/b}\nschedule: §{weekdays_only: true, window: null}\n",
        "also at night",
    ),
    (
        "one step is free at all hours",
        "schedule: §{window: 09:00-17:00}\nsteps:\n  - {id: a, email: a/b}\n"
        "  - {id: b, email: a/b, schedule: {window: null}}\n",
        "also at night",
    ),
    (
        "variants that differ in nothing",
        "schedule: {window: any}\nsteps:\n  - id: a\n    email: a/b\n"
        "    variants: [{name: a}, {name: b, template: a/c}, §{name: c, template: a/b, weight: 3}]\n",
        "differs in nothing from",
    ),
    (
        "a limit without a wait",
        "schedule: {window: any}\nsteps:\n  - {id: a, task: {title: T, §within: 3 days}}\n",
        "has no effect",
    ),
    (
        "what ends the run cannot be asked for",
        "schedule: {window: any}\nsteps:\n  - {id: a, email: a/b}\n  - {id: b, email: a/b, if: §clicked a}\n",
        "ends the run, so this is never true",
    ),
    (
        "a form ends the run too",
        "schedule: {window: any}\nsteps:\n  - {id: a, email: a/b}\n  - {id: b, email: a/b, if: §form_submitted}\n",
        "`form_submitted` ends the run, so this is never true",
    ),
    (
        "what nobody tracks cannot be asked for",
        "schedule: {window: any}\ntracking: false\nsteps:\n  - {id: a, email: a/b}\n"
        "  - {id: b, email: a/b, if: §not opened a}\n",
        "not tracked",
    ),
    (
        "a subject that nobody sees",
        "schedule: {window: any}\nsteps:\n  - {id: a, email: a/b}\n  - {id: b, email: a/b, subject: §Hello}\n",
        "thread of the first one",
    ),
]
MEANT = [
    "schedule: {window: any}\nsteps:\n  - {id: a, email: a/b}\n",
    "schedule: {window: 09:00-17:00}\nsteps:\n  - {id: a, email: a/b}\n"
    "  - {id: b, email: a/b, schedule: {window: any}}\n",
    "steps:\n  - {id: a, email: a/b, schedule: {window: 09:00-17:00}}\n",
    "schedule: {weekdays_only: true}\nsteps:\n  - {id: a, email: a/b, at: 09:00}\n",
    "steps:\n  - {id: a, do: [{notify: owner}]}\n",
    "steps:\n  - {id: a, task: Call}\n  - {id: b, task: {title: T, wait: no, assign: dana}}\n",
    "schedule: {window: any}\nsteps:\n  - {id: a, email: a/b}\n  - {id: b, email: a/b, if: clicked a}\n"
    "reactions:\n  - {on: clicked, then: continue}\n",
]


@pytest.mark.parametrize("text", MEANT)
def test_a_time_that_is_meant_is_not_warned_of(text: str) -> None:
    assert load_file(_table.P + text, "s.yaml").warnings == ()


def test_any_window_is_no_window_and_lifts_the_one_of_the_sequence() -> None:
    sequence = load_file(_table.P + MEANT[1], "s.yaml").sequence
    assert [bool(each.schedule.windows) for each in step_timings(sequence)] == [True, False]
    assert type(sequence).model_validate(sequence.model_dump(mode="json")) == sequence


@pytest.mark.parametrize(("name", "text", "message"), WARNINGS, ids=[w[0] for w in WARNINGS])
def test_a_warning_does_not_refuse(name: str, text: str, message: str) -> None:
    before, _, after = (_table.P + text).partition("§")
    loaded = load_file(before + after, "s.yaml")
    (warning,) = loaded.warnings
    assert warning.severity is Severity.WARNING
    assert message in warning.message
    assert (warning.line, warning.column) == (before.count("\n") + 1, len(before) - before.rfind("\n"))


def test_a_custom_field_is_a_field_everywhere() -> None:
    text = _table.P + (
        "steps:\n  - {id: a, when: on day zero, do: [{set_field: {custom.visits: 3}}]}\nday_zero: custom.birthday\n"
        "stop_when: {custom.visits: [5]}\nreactions:\n  - on: clicked\n"
        '    do: [{create_task: {title: "{{ custom.visits | default(0) }}"}}]\n'
    )
    assert load_file(text, "s.yaml", {"visits": FieldType.NUMBER, "custom.birthday": FieldType.DATE}).warnings == ()
    assert len(problems_of(text)) == 4


def test_yaml_1_2_words_stay_words() -> None:
    loaded = load_file(
        _table.P + "steps:\n  - {id: no, email: a/b, at: 14:00}\nreactions:\n  - {on: clicked, then: stop}\n", "s"
    )
    assert loaded.sequence.steps[0].id == "no"
    assert loaded.sequence.steps[0].at == "14:00"
