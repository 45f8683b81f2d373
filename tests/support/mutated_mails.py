"""The mails of the tests, for ``benchmarks.fuzz.mails`` to break."""

from __future__ import annotations

import os
from pathlib import Path

from tests.support.mails import SEEDS, WORDS, receipt


def corpus() -> list[bytes]:
    seeds = [seed.encode() for seed in SEEDS] + [receipt(WORDS), b"", b"\n", b"From: a@b.example\n\nYes\n"]
    folder = os.environ.get("RELANCE_FUZZ_CORPUS")
    if folder:
        seeds += [file.read_bytes()[:200_000] for file in sorted(Path(folder).rglob("*")) if file.is_file()]
    return seeds
