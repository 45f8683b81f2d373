"""``relance forecast``: files in, JSON or a table out."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import Result
from typer.testing import CliRunner

from starter.cli.main import app

ONBOARDING, BUSINESS = "examples/sequences/placement-onboarding.yaml", "examples/sequences/new-services.yaml"
AT = "2027-04-20T10:00:00Z"
run = CliRunner()


@pytest.fixture
def forecast(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.delenv("RELANCE_ORGANISATION_TIMEZONE", raising=False)

    def make(sequence: Any, record: Any, *options: Any, at: str = AT) -> Any:
        file = tmp_path / "record.json"
        file.write_text(record if isinstance(record, str) else json.dumps(record))
        return run.invoke(app, ["forecast", str(sequence), "--record", str(file), "--at", at, *options])

    return make


def test_json_is_a_list_of_steps(forecast: Callable[..., Any]) -> None:
    record = {"person": {"timezone": "Europe/London"}, "placement": {"start_date": "2027-05-04"}}
    done = forecast(ONBOARDING, record, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    first, ready, luck, going = json.loads(done.stdout)
    assert first == {
        "step": "where-and-when",
        "due_at": "2027-04-27T08:00:00Z",
        "local": "2027-04-27T09:00:00+01:00",
        "timezone": "Europe/London",
        "timezone_source": "person",
        "moved_by": [],
        "skipped": None,
    }
    # The day before, 3 May 2027, is a bank holiday; back over the weekend to Friday's opening.
    assert (ready["due_at"], ready["moved_by"]) == ("2027-04-30T07:00:00Z", ["holiday", "weekend"])
    assert (luck["due_at"], going["due_at"]) == ("2027-05-04T07:00:00Z", "2027-05-07T07:00:00Z")


def test_a_skipped_step_has_no_instant_and_a_reason(forecast: Callable[..., Any]) -> None:
    done = forecast(ONBOARDING, {"person": {}}, "--json")
    steps = json.loads(done.stdout)
    assert {(step["due_at"], step["local"], step["skipped"]) for step in steps} == {(None, None, "no_day_zero")}


def test_the_organisations_zone_comes_last(forecast: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    def zones(done: Result) -> set[tuple[str, str]]:
        return {(step["timezone"], step["timezone_source"]) for step in json.loads(done.stdout)}

    assert zones(forecast(BUSINESS, {"person": {}}, "--json")) == {("UTC", "organisation")}
    assert zones(forecast(BUSINESS, {}, "--json", "--timezone", "Asia/Tokyo")) == {("Asia/Tokyo", "organisation")}
    monkeypatch.setenv("RELANCE_ORGANISATION_TIMEZONE", "Asia/Kathmandu")
    assert zones(forecast(BUSINESS, {"person": None}, "--json")) == {("Asia/Kathmandu", "organisation")}
    assert zones(forecast(BUSINESS, {"person": {"phone": "+447700900123"}}, "--json")) == {("Europe/London", "phone")}


def test_the_organisations_own_fields_are_known(
    forecast: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RELANCE_CUSTOM_FIELDS", "tier:text, visa:date")
    sequence = tmp_path / "s.yaml"
    sequence.write_text(
        "sequence: s\nname: S\nrecord: person\nday_zero: custom.visa\nschedule: {window: any}\nsteps:\n"
        "  - {id: a, when: on day zero, at: 09:00, email: a/b, if: {custom.tier: [gold]}}\n"
    )
    done = forecast(sequence, {"person": {}, "custom": {"visa": "2027-05-04"}}, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    (step,) = json.loads(done.stdout)
    assert (step["due_at"], step["if"]) == ("2027-05-04T09:00:00Z", ["custom.tier: gold"])


def test_the_variants_of_a_step_and_their_shares_as_the_page_has_them(
    forecast: Callable[..., Any], tmp_path: Path
) -> None:
    page = Path("docs/variants.md").read_text("utf-8")
    (tmp_path / "s.yaml").write_text(re.findall(r"```yaml\n(.+?)```", page, re.DOTALL)[0])
    steps = json.loads(forecast(tmp_path / "s.yaml", {"person": {}}, "--json").stdout)
    said = dict(re.findall(r"^\| (introduce|remind) \| (.*?) ?\|$", page, re.MULTILINE))
    assert {
        step["step"]: ", ".join(f"{each['name']} {each['share']:.0%}" for each in step.get("variants", ()))
        for step in steps
    } == said
    assert steps[0]["variants"][1:] == [
        {
            "name": "question",
            "share": 0.25,
            "template": "bd/introduce",
            "subject": "A question, {{ person.first_name }}",
        },
        {"name": "short", "share": 0.5, "template": "bd/introduce-short", "subject": None},
    ]
    assert "variants" not in steps[1]
    table = " ".join(forecast(tmp_path / "s.yaml", {"person": {}}).stdout.split())
    assert said["introduce"] in table
    assert "the numbers are the shares of all runs" in table


def test_what_was_passed_over_is_said_beside_the_answer(forecast: Callable[..., Any]) -> None:
    record = {"person": {"timezone": "Mars/Base", "tiemzone": "x"}, "persn": {}, "placement": {"start_date": "soon"}}
    done = forecast(ONBOARDING, record, "--json")
    assert done.exit_code == 0
    assert len(json.loads(done.stdout)) == 4
    for words in ("'Mars/Base'", "'person.tiemzone'", "'persn'", "placement.start_date is neither"):
        assert words in done.stderr, done.stderr


@pytest.mark.parametrize("told", ["2027-07-05T00:00:00Z", "2027-07-05T00:00:00+13:00", "2027-07-05"])
def test_a_date_told_as_midnight_is_that_date_wherever_it_is_read(forecast: Callable[..., Any], told: str) -> None:
    record = {"person": {"timezone": "america/chicago"}, "placement": {"start_date": told}}
    *_, luck, _ = json.loads(forecast(ONBOARDING, record, "--json", at="2027-06-20T10:00:00Z").stdout)
    # The fifth is a Monday.
    assert (luck["step"], luck["local"][:10], luck["timezone"]) == ("good-luck", "2027-07-05", "America/Chicago")


def test_a_time_of_day_in_a_date_field_is_refused(forecast: Callable[..., Any]) -> None:
    record = {"placement": {"start_date": "2027-07-05T09:00:00Z"}}
    done = forecast(ONBOARDING, record, "--json")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "placement.start_date: a date such as 2027-05-04" in done.stderr


def test_for_people_a_table(forecast: Callable[..., Any]) -> None:
    done = forecast(BUSINESS, {"person": {"timezone": "Europe/London"}})
    assert done.exit_code == 0
    assert "thank-you-anyway" in done.stdout
    assert "2027-05-04T10:00:00Z" in done.stdout
    assert "Tue 04 May 2027 11:00" in done.stdout


@pytest.mark.parametrize(
    ("record", "at", "options", "said"),
    [
        ({}, "2027-04-20T10:00:00", (), "is not an instant"),
        ({}, "tomorrow", (), "is not an instant"),
        ({}, "0001-01-01T00:00:00+14:00", (), "outside the years"),
        ({}, AT, ("--timezone", "Mars/Base"), "not an IANA time zone"),
        ("{", AT, (), "record.json:1:2: is not JSON"),
        ("[" * 100_000, AT, (), "nested too deeply"),
        ("[]", AT, (), "an object of groups"),
        ({"person": "Ana"}, AT, (), "an object of groups"),
        ({"person": {"timezone": ["Europe/London"]}}, AT, (), "person.timezone must be a single value"),
    ],
)
def test_bad_input_is_status_2(
    forecast: Callable[..., Any], record: Any, at: str, options: tuple[Any, ...], said: str
) -> None:
    done = forecast(BUSINESS, record, "--json", *options, at=at)
    assert (done.exit_code, done.stdout) == (2, "")
    assert said in done.stderr


def test_a_bad_sequence_is_reported_as_check_does(forecast: Callable[..., Any], tmp_path: Path) -> None:
    file = tmp_path / "bad.yaml"
    file.write_text("sequence: x\nname: X\nrecord: person\nsteps: [{id: a, when: someday, email: a/b}]\n")
    done = forecast(file, {})
    assert done.exit_code == 2
    assert f"{file}:4:23: error:" in done.stderr
    assert forecast(tmp_path / "none.yaml", {}).exit_code == 2
