"""``relance sentiment train``."""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console

from starter.cli.sentiment_table import errors, fail, measures, or_exit, settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


def train(
    *,
    model: Annotated[str, typer.Option(help="Which shipped model to rebuild: main, fast or multilingual.")] = "main",
    encoder: Annotated[
        str | None, typer.Option(help="Another encoder: its folder, or its name at a hub (RELANCE_SENTIMENT_HUB).")
    ] = None,
    corpus: Annotated[
        list[Path] | None, typer.Option(help="JSON lines, may be repeated; default: the corpus of this repository.")
    ] = None,
    also: Annotated[
        list[Path] | None, typer.Option(help="Extra JSON lines, such as relance review export writes.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for model.safetensors and model.json; default: the shipped model's.")
    ] = None,
    language: Annotated[
        list[str] | None,
        typer.Option(help="ISO 639-1 code of a language that it is to judge, may be repeated; others need review."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="Random seed of the held-out slice, the head, the batches and dropout.")
    ] = None,
    epochs: Annotated[int | None, typer.Option(min=1, max=100, help="Passes over the replies.")] = None,
    threads: Annotated[int | None, typer.Option(min=1, help="Threads that torch uses.")] = None,
    target: Annotated[
        float | None, typer.Option(min=0.5, max=1.0, help="Required accuracy of answers that no human reads.")
    ] = None,
) -> None:
    """Train a model from text.

    On two free cores: about 50 minutes for main, 15 minutes for fast, 40 minutes for multilingual.
    """
    from adapters.sentiment.training.train import SHIPPED
    from adapters.sentiment.training.train import train as train_model

    if model not in SHIPPED:
        fail(f"--model is {model}: {', '.join(SHIPPED)}.")
    if (encoder or corpus or also) and not out:
        fail("Give --out: the shipped model is built only from the shipped corpus and encoder.")
    folder, training = SHIPPED[model]
    recipe = training.recipe
    recipe = replace(
        recipe,
        seed=recipe.seed if seed is None else seed,
        epochs=epochs or recipe.epochs,
        threads=threads or recipe.threads,
        target=target or recipe.target,
    )
    training = replace(
        training,
        encoder=encoder or training.encoder,
        corpora=(*(corpus or training.corpora), *(also or ())),
        recipe=recipe,
        languages=tuple(language or training.languages),
    )
    with _progress() as on_progress:
        card = or_exit(lambda: train_model(out or folder, training, on_progress, hub=settings().sentiment_hub))
    console = Console()
    for title, numbers in card.metrics.items():
        measures(title.replace("_", " "), numbers)
    console.print(f"threshold {card.threshold}, temperature {card.temperature}, caution {card.caution}")
    console.print(f"written to {out or folder}", markup=False)


@contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """Tells the batches that are done on standard error: as a bar, or as a line for each twentieth in a log."""
    if not errors.is_terminal:
        yield Lines(errors)
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("batches"), TimeRemainingColumn())
    with Progress(*columns, console=errors) as bar:
        task = bar.add_task("training", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


class Lines:
    """Progress for a log: a line when another twentieth is done."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._told = 0

    def __call__(self, done: int, total: int) -> None:
        """Called after each step."""
        twentieths = 20 * done // max(total, 1)
        if twentieths > self._told:
            self._told = twentieths
            self._console.print(f"training: {done} of {total} batches, {5 * twentieths} %")
