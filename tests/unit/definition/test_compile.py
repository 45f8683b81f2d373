from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
from pydantic import ValidationError
from ruamel.yaml import YAML

from sequences.checking import load_file
from sequences.definition import compile as compiled
from sequences.definition.durations import Duration, DurationUnit
from sequences.definition.model import SequenceDefinition, fingerprint
from sequences.definition.reactions import ReactionKind, ThenKind
from sequences.definition.schema import json_schema, schema_text
from sequences.errors import DefinitionError
from sequences.planning.values import AroundDayZero, Channel, IfPast, Immediately, Unit
from sequences.planning.wallclock import ClockRange
from sequences.records.catalogue import BUILT_IN, FieldType, catalogue

ROOT = Path(__file__).parents[3]
EXAMPLES = sorted((ROOT / "examples" / "sequences").glob("*.yaml"))
HEAD = "sequence: s\nname: S\nrecord: person\n"


def example(name: str) -> SequenceDefinition:
    return load_file((ROOT / "examples" / "sequences" / f"{name}.yaml").read_text("utf-8"), name).sequence


def made(text: str) -> SequenceDefinition:
    return load_file(HEAD + text, "s.yaml").sequence


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_an_example_is_without_warnings_and_named_as_its_file(path: Path) -> None:
    loaded = load_file(path.read_text("utf-8"), path.name)
    assert loaded.warnings == ()
    assert loaded.sequence.sequence == path.stem


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_a_stored_version_is_the_same_sequence(path: Path) -> None:
    sequence = load_file(path.read_text("utf-8"), path.name).sequence
    stored = json.loads(json.dumps(sequence.model_dump(mode="json"), sort_keys=True))
    again = SequenceDefinition.model_validate(stored)
    assert again == sequence
    assert again.model_dump(mode="json") == sequence.model_dump(mode="json")
    assert fingerprint(again) == fingerprint(sequence)
    assert compiled.step_timings(again) == compiled.step_timings(sequence)


def test_null_in_the_schedule_of_a_step_survives_storage() -> None:
    text = "schedule: {window: 08:00-12:00, weekdays_only: true}\n"
    text += "steps:\n  - {id: a, email: a/b, schedule: {window: null}}\n"
    sequence = made(text)
    again = SequenceDefinition.model_validate(sequence.model_dump(mode="json"))
    for version in (sequence, again):
        (timing,) = compiled.step_timings(version)
        assert timing.schedule.windows == ()
        assert timing.schedule.weekdays_only
    assert sequence != made(text.replace("{window: null}", "{}"))


def test_the_fingerprint_is_of_the_content() -> None:
    steps = "steps:\n  - {id: a, email: a/b}\n"
    one = fingerprint(made(steps))
    assert one == fingerprint(
        made("# words\n" + steps + "tracking: true\nsender: owner\nfrequency_cap: {email: 1 a day}\n")
    )
    assert one != fingerprint(made(steps + "tracking: false\n"))
    assert one != fingerprint(made(steps.replace("a/b", "a/c")))
    assert len(one) == 64


def test_a_sequence_cannot_be_changed_and_refuses_unknown_keys() -> None:
    sequence = example("new-services")
    with pytest.raises(ValidationError):
        sequence.name = "Other"  # type: ignore[misc]
    with pytest.raises(ValidationError):
        SequenceDefinition.model_validate({**sequence.model_dump(mode="json"), "surprise": 1})


def test_onboarding_compiles() -> None:
    first, ready, luck, after = compiled.step_timings(example("placement-onboarding"))
    assert first.when == AroundDayZero(-7, Unit.DAYS)
    assert first.at == 9 * 60
    assert first.channel is Channel.EMAIL
    assert first.schedule.timezone is None
    assert first.schedule.windows == (ClockRange(480, 1080),)
    assert first.schedule.weekdays_only
    assert first.schedule.holidays == "GB-ENG"
    assert first.schedule.if_past is IfPast.SKIP
    assert ready.at is None
    assert luck.channel is after.channel is Channel.SMS
    assert compiled.frequency_limits(example("placement-onboarding")) == {}


def test_a_step_lays_its_schedule_over_the_sequence_key_by_key() -> None:
    sequence = made(
        "schedule:\n  {timezone: Asia/Tokyo, window: [13:00-17:00, 08:00-12:00],\n"
        "   if_past: send, texting_hours: 10:00-18:00}\n"
        "steps:\n  - {id: a, email: a/b}\n"
        "  - {id: b, sms: a/b, schedule: {timezone: recipient, holidays: GB-ENG, if_past: null, texting_hours: null}}\n"
        "  - {id: c, do: [{notify: owner}], schedule: {timezone: Europe/Paris, window: 09:00-24:00}}\n"
    )
    a, b, c = compiled.step_timings(sequence)
    assert a.when == Immediately()
    assert (a.schedule.timezone, a.schedule.if_past) == ("Asia/Tokyo", IfPast.SEND)
    assert a.schedule.windows == (ClockRange(480, 720), ClockRange(780, 1020))
    assert a.schedule.texting_hours == ClockRange(600, 1080)
    assert (b.schedule.timezone, b.schedule.holidays, b.schedule.if_past) == (None, "GB-ENG", IfPast.SKIP)
    assert b.schedule.windows == a.schedule.windows
    assert b.schedule.texting_hours == ClockRange(480, 1260)
    assert c.channel is Channel.ACTION
    assert c.schedule.windows == (ClockRange(540, 1440),)


def test_limits_and_spans() -> None:
    sequence = made("steps:\n  - {id: a, email: a/b}\nfrequency_cap: {sms: 3 a week}\nreaction_period: 0 days\n")
    limits = compiled.frequency_limits(sequence)
    assert limits[Channel.EMAIL] == compiled.FrequencyLimit(1, Duration(1, DurationUnit.DAYS))
    assert limits[Channel.SMS] == compiled.FrequencyLimit(3, Duration(1, DurationUnit.WEEKS))
    assert compiled.reaction_period(sequence) == Duration(0, DurationUnit.DAYS)
    assert compiled.reenrollment_window(sequence) is None
    assert compiled.reenrollment_window(example("new-services")) == Duration(6, DurationUnit.MONTHS)
    assert str(compiled.reaction_period(made("steps:\n  - {id: a, email: a/b}\n"))) == "30 days"


@pytest.mark.parametrize("kind", list(ReactionKind))
def test_defaults_of_a_sequence_that_says_nothing(kind: ReactionKind) -> None:
    policy = compiled.policy_for(made("steps:\n  - {id: a, email: a/b}\n"), kind)
    goes_on = {"opened", "liked", "disliked", "field_changed", "meeting_cancelled", "finished"}
    expected = "pause" if kind == "out_of_office" else "continue" if kind in goes_on else "stop"
    assert policy.then.kind == expected
    assert policy.do == ()
    assert policy.suppress == {"bounced": "channel", "unsubscribed": "channel", "complained": "all"}.get(kind)
    assert policy.rule == "default"
    assert policy.then.until_return == (kind == "out_of_office")
    if kind == "out_of_office":
        assert str(policy.then.pause) == "7 days"


def test_the_most_specific_rule_counts() -> None:
    onboarding = example("placement-onboarding")
    negative = compiled.policy_for(onboarding, "replied.negative")
    assert negative.then.kind is ThenKind.STOP
    assert [item.kind for item in negative.do] == ["create_task", "notify"]
    for kind in ("replied.positive", "replied.neutral", "replied"):
        policy = compiled.policy_for(onboarding, kind)
        assert (policy.then.kind, policy.do, policy.rule) == (ThenKind.CONTINUE, (), "replied")
    assert compiled.policy_for(onboarding, "out_of_office").then.kind is ThenKind.PAUSE


def test_an_unsure_reply_is_read_by_a_person_and_no_sentiment_rule_counts() -> None:
    policy = compiled.policy_for(example("new-services"), "replied.positive", low_confidence=True)
    assert policy.then.kind is ThenKind.STOP
    assert [item.kind for item in policy.do] == ["create_task"]
    assert policy.rule == "default"
    assert compiled.policy_for(example("new-services"), "clicked", low_confidence=True).rule == "clicked"


def test_a_rule_for_one_field_comes_before_a_rule_for_any() -> None:
    sequence = made(
        "steps:\n  - {id: a, email: a/b}\nreactions:\n  - {on: field_changed, do: [{notify: owner}]}\n"
        "  - {on: field_changed, field: person.status, then: pause 3 days}\n"
    )
    assert compiled.policy_for(sequence, "field_changed", field="person.status").then.kind is ThenKind.PAUSE
    assert compiled.policy_for(sequence, "field_changed", field="person.city").then.kind is ThenKind.CONTINUE


def test_the_committed_schema_is_current() -> None:
    committed = (ROOT / "docs" / "sequence.schema.json").read_text("utf-8")
    assert committed == schema_text(), "stale: run `relance schema > docs/sequence.schema.json`"


def test_the_schema_accepts_the_examples_and_rejects_mistakes() -> None:
    jsonschema.Draft202012Validator.check_schema(json_schema())
    validator = jsonschema.Draft202012Validator(json_schema())
    for path in EXAMPLES:
        data = YAML(typ="safe", pure=True).load(path.read_text("utf-8"))
        assert [error.message for error in validator.iter_errors(data)] == []
        first, *rest = data["steps"]
        for wrong in (
            {**data, "surprise": 1},
            {**data, "steps": [{**first, "emial": "x"}, *rest]},
            {**data, "steps": [{**first, "when": "30 minutes before day zero"}, *rest]},
            {**data, "steps": [{**first, "sms": "a/b"}, *rest]},
            {**data, "steps": [{"id": "a"}]},
            {**data, "steps": []},
            {**data, "stop_when": {"person.statu": ["x"]}},
            {**data, "reactions": [{"on": "replied", "do": [{"notfy": "owner"}]}]},
        ):
            assert not validator.is_valid(wrong), wrong


def test_the_catalogue_names_each_field_once_and_takes_custom_ones() -> None:
    assert len({field.name for field in BUILT_IN}) == len(BUILT_IN)
    known = catalogue({"shoe_size": FieldType.NUMBER})
    field = known.get("custom.shoe_size")
    assert field is not None
    assert field.writable
    assert known.get("placement.meeting_with") is not None
    assert not any(item.name.startswith("placement.") for item in known.for_record("person"))
    assert not any(item.derived and item.writable for item in known.fields.values())
    with pytest.raises(DefinitionError):
        catalogue({"Shoe size": FieldType.NUMBER})
