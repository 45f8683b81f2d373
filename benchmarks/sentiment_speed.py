"""How fast replies are judged: ``python -m benchmarks.sentiment_speed [--model NAME] [--replies N] [--json]``.

The texts are the test split of the corpus. The baseline in the same run, turn by turn, is the bare encoder: tokenizer
and forward pass in full precision over the same texts in the same batches of 32, in the order in which they came. What
the worker does beside that (cleaning, head, calibration, the list of opt-outs, the language) is ours, and so is what it
saves (batches of like lengths, shorter arithmetic where the processor has it).
"""

# ruff: noqa: PLC0415 - Flair and torch take seconds to import: only inside the functions that need them.
from __future__ import annotations

import re
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from adapters.sentiment.choose import open_model
from adapters.sentiment.encoder.find import find_encoder
from adapters.sentiment.scorer import BATCH, FlairScorer
from adapters.sentiment.settings import SentimentSettings
from adapters.sentiment.text import prepare
from adapters.sentiment.training.card import ModelCard
from adapters.sentiment.training.corpus import CORPUS, read_replies
from benchmarks.report import Report, at_least_one, median, options, percentile, ratio

_AIM = 0.8
_ROUNDS = 3
_ROOT = Path(__file__).resolve().parent.parent


def start_to_ready(model: str) -> tuple[float, float]:
    """Seconds from the start of a process to a warm model, and its peak of memory in MB, of a process of its own."""
    arguments = ["sentiment", "check", *(["--model", model] if model else [])]
    begun = time.perf_counter()
    done = subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-m", "starter.cli.main", *arguments], cwd=_ROOT, capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - begun
    found = re.search(r"(\d+) MB", done.stdout)
    return seconds, float(found[1]) if found else float("nan")


def bare_encoder(card: ModelCard) -> tuple[Any, Any]:
    """Tokenizer and encoder as their authors left them, in full precision."""
    from transformers import AutoModel, AutoTokenizer

    folder = find_encoder(card.encoder.name)
    tokenizer: Any = AutoTokenizer
    return tokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()


def bare_pass(tokenizer: Any, encoder: Any, texts: list[str]) -> float:
    """Seconds that the bare encoder takes for the texts, batch by batch."""
    import torch

    begun = time.perf_counter()
    with torch.inference_mode():
        for start in range(0, len(texts), BATCH):
            encoder(**tokenizer(texts[start : start + BATCH], padding=True, truncation=True, return_tensors="pt"))
    return time.perf_counter() - begun


def ours(scorer: FlairScorer, texts: list[str]) -> float:
    """Seconds that scoring takes for the texts, in calls of as many as a batch holds, as concurrent replies come."""
    begun = time.perf_counter()
    for start in range(0, len(texts), BATCH):
        scorer.score(texts[start : start + BATCH])
    return time.perf_counter() - begun


def one_by_one(scorer: FlairScorer, texts: list[str]) -> list[float]:
    """Milliseconds of each reply alone."""
    times = []
    for text in texts:
        begun = time.perf_counter()
        scorer.score([text])
        times.append((time.perf_counter() - begun) * 1000)
    return times


def main() -> None:
    """Runs the benchmark."""
    parser = options(__doc__)
    parser.add_argument("--model", default="", help="as relance sentiment check --model")
    parser.add_argument("--replies", type=at_least_one, default=320)
    given = parser.parse_args()
    report = Report("sentiment")
    texts = [reply.text for reply in read_replies(CORPUS) if reply.split == "test"][: given.replies]
    seconds, megabytes = start_to_ready(given.model)
    scorer = FlairScorer(open_model(SentimentSettings(sentiment_model=given.model)))
    scorer.warm_up()
    if scorer.model.card is None:
        parser.error("a model that Relance did not train has no bare encoder to compare with")
    ready = [prepare(text) for text in texts]
    tokenizer, encoder = bare_encoder(scorer.model.card)
    bare_pass(tokenizer, encoder, ready[:BATCH])
    rounds = [(ours(scorer, texts), bare_pass(tokenizer, encoder, ready)) for _ in range(_ROUNDS)]
    alone = one_by_one(scorer, texts[:100])
    report.add("one reply, median", median(alone), "ms", f"model {scorer.name}")
    report.add("one reply, 95th percentile", percentile(alone, 95), "ms")
    report.add("in batches of 32", len(texts) / median([mine for mine, _ in rounds]), "replies/s")
    report.add("bare encoder, same batches", len(texts) / median([bare for _, bare in rounds]), "replies/s")
    rates = [ratio(bare, mine) or 0.0 for mine, bare in rounds]
    report.add("ours / bare", median(rates), "ratio", f"rounds {min(rates):.2f} to {max(rates):.2f}; aim {_AIM}")
    report.add("start to ready", seconds, "s", "a process of its own, files in the page cache")
    report.add("memory", megabytes, "MB", "peak of that process")
    report.show(as_json=given.json)


if __name__ == "__main__":
    main()
