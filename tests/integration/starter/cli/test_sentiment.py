"""The commands of sentiment with the real models, each of which is loaded once for all of them."""

import json
import re
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from adapters.sentiment.settings import SentimentSettings
from starter.cli.commands.sentiment import app
from tests.support.page_examples import Known, examples

run = CliRunner()
_LOADED: dict[str, Any] = {}


@pytest.fixture(autouse=True)
def loaded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A command loads its model anew, which takes seconds of a processor."""
    from adapters.sentiment import choose

    real = choose.open_scorer

    def kept(wanted: SentimentSettings) -> Any:
        key = wanted.model_dump_json()
        if key not in _LOADED:
            _LOADED[key] = real(wanted)
        return _LOADED[key]

    monkeypatch.setattr(choose, "open_scorer", kept)


def test_score_json_lines() -> None:
    lines = [
        {"id": "a", "text": "Please tell me more"},
        {"id": 7, "text": "Please remove me from your list"},
        {"id": "c", "text": ""},
    ]
    done = run.invoke(app, ["score", "--jsonl"], input="\n".join(json.dumps(line) for line in lines))
    assert done.exit_code == 0, done.output
    first, second, third = (json.loads(line) for line in done.stdout.splitlines())
    assert (first["id"], first["label"], first["held"]) == ("a", "positive", False)
    assert (second["id"], second["label"], second["intent"], second["opt_out"]) == (7, "negative", "opt_out", True)
    assert third["held"]
    assert set(first["probabilities"]) == {"positive", "negative", "neutral"}


def test_bytes_that_are_no_utf_8_hold_the_reply() -> None:
    done = run.invoke(app, ["score", "--model", "fast"], input=b"caf\xe9 sounds good\nyes please\n")
    assert done.exit_code == 0, done.output
    first, second = done.stdout.splitlines()
    assert first.endswith(" held")
    assert not second.endswith(" held")


def test_check_says_what_a_worker_would_need() -> None:
    done = run.invoke(app, ["check", "--model", "fast"])
    assert done.exit_code == 0, done.output
    assert re.fullmatch(r"model fast and multilingual: ready after \d+\.\d s, \d+ MB at the most\n", done.stdout)


def test_score_plain_lines_as_the_page_says() -> None:
    (example,) = examples("sentiment.md")
    done = run.invoke(app, example.words[1:], input=example.given)
    assert done.exit_code == 0, done.output
    Known().compare(example, done.stdout)
    assert [line.split("\t")[1] for line in done.stdout.splitlines()[:3]] == ["positive", "negative", "negative"]


@pytest.mark.parametrize(
    ("arguments", "given", "said"),
    [
        (["score"], "", "standard input is empty"),
        (["score", "--jsonl"], '{"id": 1, "text": "ok"}\nnope', "line 2: not JSON"),
        (["score", "--jsonl"], '{"text": "ok"}', "line 1: expected an object"),
        (["score", "--jsonl"], '{"id": 1, "text": 5}', "line 1: expected an object"),
        (["evaluate", "/no/such/file.jsonl"], "", "Cannot read file.jsonl"),
        (["score", "--model", "/no/such/folder"], "ok", "not main, fast"),
        (["train", "--model", "huge"], "", "main, fast, multilingual"),
        (["train", "--encoder", "/some/encoder"], "", "Give --out"),
        (["train", "--also", "/some/corrections.jsonl"], "", "Give --out"),
        (["train", "--corpus", "/no/such/file.jsonl", "--out", "/no/such"], "", "Cannot read file.jsonl"),
    ],
)
def test_bad_input_ends_with_status_2_and_a_reason(arguments: list[str], given: str, said: str) -> None:
    done = run.invoke(app, arguments, input=given)
    assert done.exit_code == 2
    assert said in done.stderr.replace("\n", " ")


def test_evaluate(tmp_path: Path) -> None:
    file = tmp_path / "own.jsonl"
    file.write_text(
        '{"text": "Please tell me more", "label": "positive"}\n'
        '{"text": "STOP", "label": "negative", "intent": "opt_out"}\n'
    )
    done = run.invoke(app, ["evaluate", str(file), "--json"])
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["replies"], report["accuracy"], report["opt_out_recall"]) == (2, 1.0, 1.0)
    table = run.invoke(app, ["evaluate", str(file)])
    assert "macro f1" in table.stdout


def test_explain_shows_the_word_that_moved_it() -> None:
    done = run.invoke(app, ["explain", "I am not interested [red]"])
    assert done.exit_code == 0, done.output
    assert "negative" in done.stdout
    assert "[red]" in done.stdout


def test_train_makes_a_model_that_loads(tmp_path: Path) -> None:
    from adapters.sentiment.model import load_model
    from adapters.sentiment.training.corpus import CORPUS, read_replies

    picked: list[Any] = []
    counts: dict[Any, int] = {}
    for reply in read_replies(CORPUS):
        counts[reply.joint] = counts.get(reply.joint, 0) + 1
        if counts[reply.joint] <= 7:
            picked.append(reply.model_copy(update={"split": "train"}))
    corpus = tmp_path / "small.jsonl"
    corpus.write_text("".join(reply.model_dump_json() + "\n" for reply in picked), encoding="utf-8")
    done = run.invoke(
        app,
        [
            "train",
            "--model",
            "fast",
            "--corpus",
            str(corpus),
            "--out",
            str(tmp_path / "made"),
            "--epochs",
            "1",
            "--threads",
            "1",
        ],
    )
    assert done.exit_code == 0, done.output
    told = [line.split()[-2] for line in done.stderr.splitlines() if line.startswith("training: ")]
    assert told[-1] == "100"
    assert len(told) <= 20
    loaded = load_model(tmp_path / "made")
    assert loaded.card is not None
    assert len(loaded.card.classes) == 18
    assert loaded.card.training["epochs"] == 1
    assert not list(tmp_path.glob("*.pt"))
