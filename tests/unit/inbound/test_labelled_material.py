"""Labelled mails that are not in this repository: what is read right today stays right.

They are looked for beside the checkout, or where RELANCE_CORPORA and RELANCE_CASES say. The figures are floors: raise
them when the reader gets better.
"""

from __future__ import annotations

import importlib.util
import json
import os
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from benchmarks.inbound_corpus import measure_mail, measure_replies
from sequences.reactions.opt_out.match import opt_out_reasons
from starter.cli.main import app

_BESIDE = Path(__file__).parents[4] / "shared"
CORPORA = Path(os.environ.get("RELANCE_CORPORA", _BESIDE / "corpora"))
CASES = Path(os.environ.get("RELANCE_CASES", _BESIDE / "cases"))

needs_corpora = pytest.mark.skipif(not (CORPORA / "mail.jsonl").exists(), reason="no mail.jsonl in RELANCE_CORPORA")
needs_cases = pytest.mark.skipif(not (CASES / "mail.jsonl").exists(), reason="no mail.jsonl in RELANCE_CASES")

KINDS = 0.97
"""Of each kind of case."""


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]


@needs_cases
def test_the_mails_that_went_wrong_in_life_are_read_right() -> None:
    spec = importlib.util.spec_from_file_location("score", CASES / "score.py")
    assert spec is not None
    assert spec.loader is not None
    score = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(score)
    cases = _lines(CASES / "mail.jsonl")
    files = [str(CASES / case["file"]) for case in cases]
    answer = CliRunner().invoke(app, ["inbound", "parse", "--json", *files])
    total: Counter[str] = Counter()
    wrong: dict[str, list[str]] = {}
    for case, line in zip(cases, answer.stdout.splitlines(), strict=True):
        total[case["kind"]] += 1
        found = json.loads(line)
        if faults := score.faults(case["expect"], found, opt_out_reasons):
            wrong.setdefault(case["kind"], []).append(f"{case['file']}: {'; '.join(faults)}")
    below = {kind: wrong[kind] for kind in wrong if 1 - len(wrong[kind]) / total[kind] < KINDS}
    assert total
    assert not below


@pytest.mark.slow
@needs_corpora
@pytest.mark.parametrize("line_end", [b"\n", b"\r\n", b"\r"], ids=["LF", "CRLF", "CR"])
def test_mails_of_machines_are_told_from_those_of_people(line_end: bytes) -> None:
    found = measure_mail(CORPORA, line_end)
    assert found["family"] >= 0.996
    assert found["hard_precision"] == 1.0
    assert found["hard_recall"] >= 0.935
    assert found["human_as_machine"] == 0
    assert found["recipient"] >= 0.995
    assert found["original_id"] >= 0.935
    assert found["same_as_lf"] == 1.0


@needs_corpora
def test_the_words_of_the_author_are_left() -> None:
    found = measure_replies(CORPORA)
    assert found["exact"] >= 0.936
    assert found["lost"] <= 0.0182
    assert found["leaked"] <= 0.0273
