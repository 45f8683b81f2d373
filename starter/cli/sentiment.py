"""``relance sentiment``: train, evaluate and ask the model that judges replies.

Flair is imported by the commands, never by this module: ``relance --help`` must not take seconds.
"""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn, TypeVar

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sequences.errors import ModelError
from sequences.sentiment import Score

if TYPE_CHECKING:
    from adapters.sentiment.evaluate import Report
    from adapters.sentiment.scorer import FlairScorer

_T = TypeVar("_T")

BAD_INPUT = 2
"""Exit status when a file, the model or standard input cannot be used."""
_BATCH = 64

app = typer.Typer(name="sentiment", help="Train, evaluate and ask the model that judges replies.", no_args_is_help=True)
_errors = Console(stderr=True)


@app.command()
def train(
    *,
    corpus: Annotated[Path | None, typer.Option(help="JSON lines; default: the corpus of this repository.")] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for model.safetensors and model.json; default: the shipped model's.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Of the held-out slice, the head, the batches and dropout.")] = 7,
    epochs: Annotated[int, typer.Option(min=1, max=100)] = 6,
    threads: Annotated[int, typer.Option(min=1, help="Of torch.")] = 2,
    target: Annotated[
        float, typer.Option(min=0.5, max=1.0, help="Accuracy wanted of the answers that no human reads.")
    ] = 0.96,
) -> None:
    """Train the model from text; about three minutes on two free cores."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    from adapters.sentiment.card import CARD_FILE, WEIGHTS_FILE
    from adapters.sentiment.corpus import CORPUS
    from adapters.sentiment.train import Recipe
    from adapters.sentiment.train import train as train_model

    folder = out or WEIGHTS_FILE.parent
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"), TimeRemainingColumn())
    with Progress(*columns, console=_errors) as bar:
        task = bar.add_task("training", total=None)
        card = _or_exit(
            lambda: train_model(
                corpus or CORPUS,
                folder / WEIGHTS_FILE.name,
                folder / CARD_FILE.name,
                Recipe(seed=seed, epochs=epochs, threads=threads, target=target),
                lambda done, total: bar.update(task, completed=done, total=total),
            )
        )
    console = Console()
    for name, numbers in card.metrics.items():
        console.print(_table(name.replace("_", " "), numbers))
    console.print(f"threshold {card.threshold}, temperature {card.temperature}, written to {folder}")


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="JSON lines with text, label and, if known, intent.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> None:
    """Measure the model on replies whose meaning is known: all lines of the file, whatever their split."""
    from adapters.sentiment.corpus import read_replies
    from adapters.sentiment.evaluate import evaluate as measure

    replies = _or_exit(lambda: read_replies(file))
    scores = _scorer().score([reply.text for reply in replies])
    report: Report = measure(replies, scores)
    if as_json:
        typer.echo(json.dumps(report.as_json()))
    else:
        Console().print(_table(file.name, report.as_json()))


@app.command()
def score(
    as_jsonl: Annotated[
        bool, typer.Option("--jsonl", help="Read and write JSON lines: objects with id and text.")
    ] = False,
) -> None:
    """Judge the replies on standard input, one a line. With --jsonl, one JSON object a line comes out."""
    items = [
        _item(number, line, as_jsonl) for number, line in enumerate(sys.stdin, start=1) if line.strip() or not as_jsonl
    ]
    if not items:
        _fail("Nothing to score: standard input is empty.")
    scorer = _scorer()
    for start in range(0, len(items), _BATCH):
        batch = items[start : start + _BATCH]
        for (identity, _), judged in zip(batch, scorer.score([text for _, text in batch]), strict=True):
            typer.echo(_line(identity, judged, as_jsonl))


@app.command()
def explain(text: Annotated[str, typer.Argument(help="A reply.")]) -> None:
    """Show how a reply is judged, and which of its words moved the judgement (each left out in turn)."""
    scorer = _scorer()
    words = text.split()[:200]
    judged, *without = scorer.score([text, *(" ".join(words[:i] + words[i + 1 :]) for i in range(len(words)))])
    console = Console()
    held = (
        f"; held: {', '.join(judged.reasons)}"
        if judged.held
        else f"; {', '.join(judged.reasons)}"
        if judged.reasons
        else ""
    )
    console.print(f"{judged.label} ({judged.intent}), confidence {judged.confidence:.3f}{held}", markup=False)
    table = Table("word", "moves to", "by", title=f"what each word does to {judged.label}")
    moves = [
        (word, judged.confidence - other.probabilities.of(judged.label))
        for word, other in zip(words, without, strict=True)
    ]
    for word, move in sorted(moves, key=lambda pair: -abs(pair[1])):
        table.add_row(escape(word), str(judged.label) if move > 0 else f"not {judged.label}", f"{abs(move):.3f}")
    console.print(table)


def _item(number: int, line: str, as_jsonl: bool) -> tuple[Any, str]:
    if not as_jsonl:
        return number, line.rstrip("\n")
    try:
        found = json.loads(line)
    except json.JSONDecodeError:
        _fail(f"Standard input, line {number}: not JSON.")
    if (
        not isinstance(found, dict)
        or not isinstance(found.get("text"), str)
        or not isinstance(found.get("id"), str | int)
    ):
        _fail(f"Standard input, line {number}: expected an object with id (text or whole number) and text (text).")
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
            "held": judged.held,
            "reasons": list(judged.reasons),
        }
        return json.dumps(found)
    marks = " opt-out" * judged.opt_out + " held" * judged.held
    return f"{identity}\t{judged.label}\t{judged.confidence:.3f}\t{judged.intent}{marks}"


def _table(title: str, numbers: dict[str, Any]) -> Table:
    table = Table("measure", "value", title=title)
    for name, value in numbers.items():
        if name != "confusion":
            table.add_row(name.replace("_", " "), "-" if value is None else f"{value}")
    for true, said in numbers["confusion"].items():
        table.add_row(f"confusion: {true}", ", ".join(f"{count} {label}" for label, count in said.items()))
    return table


def _scorer() -> FlairScorer:
    from adapters.sentiment.scorer import FlairScorer

    return _or_exit(FlairScorer)


def _or_exit(work: Callable[[], _T]) -> _T:
    try:
        return work()
    except ModelError as error:
        _fail(str(error))


def _fail(message: str) -> NoReturn:
    _errors.print(message, markup=False, style="red")
    raise typer.Exit(BAD_INPUT)
