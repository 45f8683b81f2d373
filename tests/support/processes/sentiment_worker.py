"""A sentiment worker to be killed: the real process, but for its model, which does what the test says on its pipes.

It prints ``judging N`` when it is handed N replies, and answers once a line, or the end, comes on standard input.
"""

# ruff: noqa: T201 - it talks to the test by its standard output
from __future__ import annotations

import asyncio
import sys
from typing import TYPE_CHECKING

import worker
from adapters.settings import load_settings
from sequences.names import SENTIMENT_QUEUE
from sequences.reactions.sentiment import Intent, Label, Probabilities, Score

if TYPE_CHECKING:
    from collections.abc import Sequence


class PipedModel:
    name = "piped"

    def score(self, texts: Sequence[str]) -> list[Score]:
        print(f"judging {len(texts)}", flush=True)
        sys.stdin.readline()
        # "Reply 17": each gets the confidence that is its own.
        return [
            Score(Label.POSITIVE, int(text.split()[1]) / 1000, Probabilities(1, 0, 0), Intent.OTHER, False, False)
            for text in texts
        ]


def main() -> None:
    worker.sentiment_model = lambda _settings: PipedModel()  # type: ignore[assignment, attr-defined, return-value]
    asyncio.run(worker.run(load_settings(), (SENTIMENT_QUEUE,)))


if __name__ == "__main__":
    main()
