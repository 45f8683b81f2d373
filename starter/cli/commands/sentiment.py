"""``relance sentiment``: train, evaluate and ask the model that judges replies.

Flair is imported by the commands, never by this module: ``relance --help`` must not take seconds.
"""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import io
import json
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console

from starter.cli import tables
from starter.cli.options import Json
from starter.cli.sentiment_table import errors, fail, measures, or_exit, settings
from starter.cli.sentiment_train import train

if TYPE_CHECKING:
    from adapters.sentiment.by_language import ByLanguage
    from adapters.sentiment.scorer import FlairScorer
    from adapters.sentiment.training.corpus import LabelledReply
    from adapters.sentiment.training.evaluate import Report
    from sequences.reactions.sentiment import Score

_BATCH = 64
_WORTH_A_BAR = 4

app = typer.Typer(name="sentiment", help="Train, evaluate and use the model that scores replies.", no_args_is_help=True)
app.command()(train)

_MODEL = Annotated[
    str | None,
    typer.Option(
        "--model",
        help="main, fast, multilingual, a folder, or flair:PATH; default: RELANCE_SENTIMENT_MODEL, else main with "
        "multilingual for what is not surely English.",
    ),
]


@app.command()
def check(model: _MODEL = None) -> None:
    """Load the model and score one reply, with the time it took.

    As a worker does before it is ready, including unpacking the encoder.
    """
    from starter.sentiment_wiring import peak_megabytes

    started = time.monotonic()
    scorer = _scorer(model)
    scorer.warm_up()
    seconds = time.monotonic() - started
    typer.echo(f"model {scorer.name}: ready after {seconds:.1f} s, {peak_megabytes()} MB at the most")


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="JSON lines with text, label and, if known, intent.")],
    model: _MODEL = None,
    as_json: Json = False,
) -> None:
    """Measure the model on labelled replies.

    Uses all lines of the file, regardless of their split. If they are in several languages (field language), each is
    measured on its own too.
    """
    from adapters.sentiment.training.corpus import read_replies
    from adapters.sentiment.training.evaluate import evaluate as measure

    replies = or_exit(lambda: read_replies(file))
    scores = list(_scored(_scorer(model), [reply.text for reply in replies]))
    report = measure(replies, scores).as_json()
    if len(languages := sorted({reply.language for reply in replies})) > 1:
        pairs = list(zip(replies, scores, strict=True))
        report["languages"] = {code: _of_language(pairs, code).as_json() for code in languages}
    if as_json:
        typer.echo(json.dumps(report))
        return
    by_language = report.pop("languages", {})
    measures(file.name, report)
    for code, numbers in by_language.items():
        measures(f"{file.name}, {code}", numbers)


@app.command()
def score(
    model: _MODEL = None,
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read and write JSON lines: objects with id and text.")
    ] = False,
) -> None:
    """Score the replies on standard input, one per line.

    With --jsonl, it reads and prints one JSON object per line.
    """
    if isinstance(sys.stdin, io.TextIOWrapper):
        # Bytes that are no UTF-8 become characters for which a reply needs review.
        sys.stdin.reconfigure(encoding="utf-8", errors="surrogateescape")
    items = [
        _item(number, line, as_jsonl) for number, line in enumerate(sys.stdin, start=1) if line.strip() or not as_jsonl
    ]
    if not items:
        fail("Nothing to score: standard input is empty.")
    for (identity, _), judged in zip(items, _scored(_scorer(model), [text for _, text in items]), strict=True):
        typer.echo(_line(identity, judged, as_jsonl))


@app.command()
def explain(text: Annotated[str, typer.Argument(help="A reply.")], model: _MODEL = None) -> None:
    """Show how a reply is scored, and which words matter.

    Each word is left out in turn.
    """
    scorer = _scorer(model)
    words = text.split()[:200]
    judged, *without = scorer.score([text, *(" ".join(words[:i] + words[i + 1 :]) for i in range(len(words)))])
    console = Console()
    held = (
        f"; held: {', '.join(judged.reasons)}"
        if judged.needs_review
        else f"; {', '.join(judged.reasons)}"
        if judged.reasons
        else ""
    )
    console.print(f"{judged.label} ({judged.intent}), confidence {judged.confidence:.3f}{held}", markup=False)
    moves = [
        (word, judged.confidence - other.probabilities.of(judged.label))
        for word, other in zip(words, without, strict=True)
    ]
    tables.table(
        f"effect of each word on {judged.label}",
        ("word", "becomes", "by"),
        (
            (word, judged.label if move > 0 else f"not {judged.label}", f"{abs(move):.3f}")
            for word, move in sorted(moves, key=lambda pair: -abs(pair[1]))
        ),
    )


def _of_language(pairs: list[tuple[LabelledReply, Score]], code: str) -> Report:
    from adapters.sentiment.training.evaluate import evaluate as measure

    own = [(reply, judged) for reply, judged in pairs if reply.language == code]
    return measure([reply for reply, _ in own], [judged for _, judged in own])


def _item(number: int, line: str, as_jsonl: bool) -> tuple[Any, str]:
    if not as_jsonl:
        return number, line.rstrip("\n")
    try:
        found = json.loads(line)
    except (ValueError, RecursionError):
        fail(f"Standard input, line {number}: not JSON.")
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("text"), str)
        or not isinstance(found.get("id"), str | int)
    ):
        fail(f"Standard input, line {number}: expected an object with id (text or whole number) and text (text).")
    return found["id"], found["text"]


def _line(identity: Any, judged: Score, as_jsonl: bool) -> str:
    if as_jsonl:
        found = {
            "id": identity,
            "label": judged.label,
            "confidence": round(judged.confidence, 4),
            "probabilities": {name: round(value, 4) for name, value in judged.probabilities._asdict().items()},
            "intent": judged.intent,
            "opt_out": judged.opt_out,
            "held": judged.needs_review,
            "reasons": list(judged.reasons),
        }
        return json.dumps(found)
    marks = " opt-out" * judged.opt_out + " held" * judged.needs_review
    return f"{identity}\t{judged.label}\t{judged.confidence:.3f}\t{judged.intent}{marks}"


def _scored(scorer: FlairScorer | ByLanguage, texts: list[str]) -> Iterator[Score]:
    """Scores in order; a bar on standard error while a person waits."""
    from rich.progress import track

    starts = range(0, len(texts), _BATCH)
    hidden = len(starts) < _WORTH_A_BAR or not errors.is_terminal
    for start in track(starts, "judging", console=errors, disable=hidden, transient=True):
        yield from scorer.score(texts[start : start + _BATCH])


def _scorer(model: str | None) -> FlairScorer | ByLanguage:
    from adapters.sentiment.choose import open_scorer

    wanted = settings()
    if model is not None:
        wanted = wanted.model_copy(update={"sentiment_model": model})
    return or_exit(lambda: open_scorer(wanted))
