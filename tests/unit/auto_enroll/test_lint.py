"""Findings about rules, and the command that prints them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from sequences.auto_enroll.lint import Weight
from sequences.definition.follow_ups import Webhook, WebhookCall
from sequences.definition.model import SequenceDefinition
from sequences.mailboxes.own_mailbox import MailboxDirectory
from sequences.records.catalogue import FieldType
from services.publishing.lint import has_errors, lint, read_files
from starter.cli.main import app
from tests.support.own_mailboxes import box

run = CliRunner()
RING = """\
sequence: {name}
name: Ring
record: person
steps:
  - {{id: write, do: [{{set_field: {{person.status: {writes}}}}}]}}
auto_enroll:
  real: {{person.status: [{reads}]}}
{more}"""


def kinds(*definitions: Any, **options: Any) -> list[tuple[Any, Any, Any]]:
    return [(one.severity.value, one.kind, one.sequences) for one in lint(definitions, **options) if one.kind != "loop"]


def rule(sequence: Callable[..., SequenceDefinition], rules: dict[str, Any], **keys: Any) -> list[tuple[Any, Any, Any]]:
    return kinds(sequence("a", {"prevent_reenrollment_within": "1 day", **rules}, **keys), custom_fields={})


W = "warning"


@pytest.mark.parametrize(
    ("rules", "kind"),
    [
        ({"qualitative": {"person.city": "missing"}, "real": {"person.city": ["X"]}}, "never_true"),
        ({"qualitative": {"person.city": "present"}, "real": {"person.city": ["X"]}}, None),
        ({"real": {"person.type": ["Candidat"]}}, "never_true"),
        ({"real": {"person.type": ["Candidat", "Candidate"]}}, None),
        ({"real": {"person.timezone": ["Europe/Nowhere"]}}, "never_true"),
        ({"real": {"person.resume": ["cv.pdf"]}}, "never_true"),
        ({"qualitative": {"person.id": "missing"}}, "never_true"),
        ({"qualitative": {"person.id": "present"}}, "everybody"),
        ({"real": {"person.type": ["Candidate", "Client contact"]}}, "everybody"),
        ({"real": {"person.type": ["Candidate"]}}, None),
        ({"qualitative": {"person.id": "present"}, "real": {"person.city": ["X"]}}, None),
        ({"qualitative": {"person.email": "present"}}, None),
        ({"qualitative": {"custom.shirt": "present"}}, "gone"),
        ({"historical": {"last_contacted": "more than 1 year ago"}}, None),
        ({"real": {"person.type": {"all_of": ["Candidate"], "any_of": ["Candidat"]}}}, "never_true"),
        ({"real": {"person.type": {"any_of": ["Candidate"]}}}, None),
    ],
)
def test_rules_that_say_nothing_or_too_much(
    sequence: Callable[..., SequenceDefinition], rules: dict[str, Any], kind: str | None
) -> None:
    severity = "error" if kind == "gone" else W
    assert rule(sequence, rules) == ([(severity, kind, ("a",))] if kind else [])


@pytest.mark.parametrize(
    ("stops", "rules", "noticed"),
    [
        ({"person.city": ["x", "Y"]}, {"real": {"person.city": ["X", "Y"]}}, True),  # stop rules ignore capitals
        ({"person.city": ["X"]}, {"real": {"person.city": ["X", "Y"]}}, False),
        ({"person.city": "present"}, {"real": {"person.city": ["X"]}}, True),
        ({"person.city": "missing"}, {"real": {"person.city": ["X"]}}, False),
        ({"person.city": "missing"}, {"qualitative": {"person.city": "missing"}}, True),
        ({"person.city": "present"}, {"qualitative": {"person.city": "missing"}}, False),
        ({"person.city": ["X"]}, {"qualitative": {"person.city": "present"}}, False),
        ({"person.source": ["X"]}, {"real": {"person.city": ["X"]}}, False),
        ({"person.city": {"any_of": ["x"]}}, {"real": {"person.city": {"any_of": ["X"]}}}, True),
        ({"person.city": ["x"]}, {"real": {"person.city": {"all_of": ["X", "Y"]}}}, True),
        ({"person.city": {"all_of": ["x", "Y"]}}, {"real": {"person.city": {"all_of": ["X", "Y"]}}}, True),
        ({"person.city": {"all_of": ["x", "Z"]}}, {"real": {"person.city": {"all_of": ["X", "Y"]}}}, False),
    ],
)
def test_a_stop_rule_that_the_rule_itself_meets(
    sequence: Callable[..., SequenceDefinition],
    stops: dict[str, str],
    rules: dict[str, Any],
    noticed: bool,
) -> None:
    assert rule(sequence, rules, stop_when=stops) == ([(W, "stops_at_once", ("a",))] if noticed else [])


def test_time_alone_without_a_window(sequence: Callable[..., SequenceDefinition]) -> None:
    alone = {"historical": {"last_contacted": "more than 1 year ago"}}
    assert kinds(sequence("a", alone)) == [(W, "time_alone", ("a",))]
    assert kinds(sequence("a", {**alone, "prevent_reenrollment_within": "1 day"})) == []
    assert kinds(sequence("a", {**alone, "real": {"person.city": ["X"]}})) == []


def test_an_opt_out_without_the_window_that_it_leaves_it_to(sequence: Callable[..., SequenceDefinition]) -> None:
    off = {"real": {"person.city": ["X"]}, "cycle_protection": "window"}
    assert kinds(sequence("a", off)) == [(W, "no_window", ("a",))]
    assert kinds(sequence("a", {**off, "prevent_reenrollment_within": "1 day"})) == []


def test_follow_ups_that_enroll_nobody(sequence: Callable[..., SequenceDefinition]) -> None:
    a = sequence("a", enrolls=[(0, "b")])
    assert kinds(a) == [(W, "enrolls_nobody", ("a",))]
    assert kinds(a, sequence("b", record="placement")) == [(W, "enrolls_nobody", ("a",))]
    assert kinds(a, sequence("b")) == []


def test_webhooks_to_receivers_that_there_are_not(sequence: Callable[..., SequenceDefinition]) -> None:
    a = sequence("a")
    step = a.steps[0].model_copy(update={"do": (Webhook(webhook=WebhookCall(endpoint="crmm")),)})
    a = a.model_copy(update={"steps": (step,)})
    assert kinds(a, receivers=frozenset({"crmm"})) == []
    assert kinds(a, receivers=None) == [], "offline nobody can say"
    [only] = lint([a], receivers=frozenset({"crm", "mailer"}))
    assert (only.severity.value, only.kind, only.sequences) == ("error", "unknown_endpoint", ("a",))
    assert "Did you mean `crm`?" in only.advice
    assert "relance webhook add crmm URL" in only.advice


def test_senders_beside_the_mailboxes_that_there_are(sequence: Callable[..., SequenceDefinition]) -> None:
    def found(sender: str, known: MailboxDirectory | None) -> list[tuple[Any, Any, Any]]:
        return kinds(sequence("a").model_copy(update={"sender": sender}), mailboxes=known)

    warned = [(W, "sender", ("a",))]
    known = MailboxDirectory(1, (box("out1", pool="out", state="paused"), box("jobs"), box("old", state="archived")))
    assert found("pool out", known) == warned, "none of its mailboxes is active"
    assert found("pool nobody", known) == warned
    assert found("Old@agency.example", known) == warned
    assert found("job@agency.example", known) == warned, "there is no such mailbox"
    for good in ("owner", "assigned_by", "jobs@agency.example"):
        assert found(good, known) == [], good
    active = MailboxDirectory(2, (*known.mailboxes, box("out2", pool="out")))
    assert found("pool out", active) == []
    assert found("pool out", None) == [], "offline nobody can say"
    assert found("job@agency.example", MailboxDirectory()) == [], "without mailboxes, all addresses are the server's"
    [only] = lint([sequence("a").model_copy(update={"sender": "pool ot"})], mailboxes=active)
    assert "Did you mean `out`?" in only.message
    assert "--pool ot" in only.advice


def test_custom_fields_that_are_known_or_not(sequence: Callable[..., SequenceDefinition]) -> None:
    a = sequence("a", {"real": {"custom.size": [9]}})
    assert kinds(a, custom_fields={"size": FieldType.NUMBER}) == []
    assert kinds(a, custom_fields={"size": FieldType.DATE}) == [(W, "never_true", ("a",))]
    assert kinds(a, custom_fields={}) == [("error", "gone", ("a",))]
    assert kinds(a, custom_fields=None) == [], "offline nobody can say"


@pytest.mark.parametrize(
    ("more", "severity"),
    [
        ({}, Weight.NOTE),
        ({"cycle_protection": "window", "prevent_reenrollment_within": "6 months"}, Weight.WARNING),
        ({"cycle_protection": "window"}, Weight.ERROR),
    ],
)
def test_a_loop_weighs_as_much_as_it_is_unprotected(
    sequence: Callable[..., SequenceDefinition], more: dict[str, str], severity: Weight
) -> None:
    a = sequence("a", {"real": {"person.status": ["1"]}, **more}, writes=[(1, {"person.status": "2"})])
    b = sequence("b", {"real": {"person.status": ["2"]}, **more}, writes=[(1, {"person.status": "1"})])
    every = lint([a, b])
    (loop,) = [one for one in every if one.kind == "loop"]
    assert loop.severity is severity
    assert (loop.sequences, loop.path) == (("a", "b"), "a --[person.status = 2]--> b --[person.status = 1]--> a")
    assert has_errors(every) is (severity is Weight.ERROR)
    assert ("window of 6 months" in loop.message) is (severity is Weight.WARNING)


def test_a_publish_answers_only_for_what_is_new(sequence: Callable[..., SequenceDefinition]) -> None:
    old = sequence("old", {"historical": {"last_replied": "never"}})
    again = sequence("old", {"real": {"person.city": ["X"]}})
    assert [one.kind for one in lint([old])] == ["time_alone"]
    assert lint([old], [sequence("new")]) == []
    assert lint([old], [again]) == [], "the new version stands in place of the old one"


def test_the_examples_have_no_finding_that_matters() -> None:
    every = lint(read_files(sorted(Path("examples/sequences").glob("*.yaml"))))
    assert {one.severity for one in every} <= {Weight.NOTE}
    assert [one.path for one in every if one.kind == "loop"] == [
        "new-services --[person.last_contacted by time, 1 year later]--> new-services"
    ]


@pytest.fixture
def ring(tmp_path: Path) -> Callable[..., list[Any]]:
    def write(more: str = "") -> list[Any]:
        files = []
        for name, reads, writes in (("a", 1, 2), ("b", 2, 1)):
            files.append(tmp_path / f"{name}.yaml")
            files[-1].write_text(RING.format(name=name, reads=f'"{reads}"', writes=f'"{writes}"', more=more))
        return list(map(str, files))

    return write


def test_the_command_prints_the_path_and_fails_for_a_loop_that_nothing_stops(
    ring: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("RELANCE_CUSTOM_FIELDS", raising=False)
    done = run.invoke(app, ["lint", "--offline", *ring("  cycle_protection: window\n")])
    assert done.exit_code == 2
    assert "error: a, b: " in done.stdout
    assert "    path: a --[person.status = 2]--> b --[person.status = 1]--> a\n" in done.stdout
    assert "2 sequences: loops or rules must be changed (1 error, 2 warnings)" in done.stdout


def test_json_is_all_there_is_on_standard_output(ring: Callable[..., list[Any]]) -> None:
    done = run.invoke(app, ["lint", "--offline", "--json", *ring()])
    assert (done.exit_code, done.stderr) == (0, "")
    found = json.loads(done.stdout)
    assert (found["ok"], found["sequences"]) == (True, 2)
    (loop,) = found["findings"]
    assert set(loop) == {"severity", "kind", "sequences", "message", "advice", "path"}
    assert (loop["severity"], loop["kind"], loop["sequences"]) == ("note", "loop", ["a", "b"])


@pytest.mark.parametrize(
    ("content", "words"), [("sequence: [", "bad.yaml:1:"), (b"\xff\xfe", "not UTF-8"), (None, "cannot be read")]
)
def test_a_file_that_cannot_be_used(tmp_path: Path, content: str | bytes | None, words: str) -> None:
    file = tmp_path / "bad.yaml"
    if content is not None:
        file.write_bytes(content if isinstance(content, bytes) else content.encode())
    done = run.invoke(app, ["lint", "--offline", str(file)])
    assert done.exit_code == 2
    assert words in done.stderr


def test_the_same_sequence_twice_and_no_file_at_all(ring: Callable[..., list[Any]]) -> None:
    files = ring()
    done = run.invoke(app, ["lint", "--offline", files[0], files[0]])
    assert done.exit_code == 2
    assert "has the sequence `a`" in done.stderr
    assert run.invoke(app, ["lint", "--offline"]).exit_code == 2
