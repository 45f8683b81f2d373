"""Labelled texts from life, where that folder lies beside the checkout: the share that is read right is a floor."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from sequences.sms.reading import read_sms

CASES = Path(os.environ.get("RELANCE_CASES", Path(__file__).parents[4] / "shared" / "cases")) / "texts.jsonl"
FLOOR = 0.97


def right(case: dict[str, Any]) -> bool:
    found = read_sms(case["body"], (case["ours"],))
    wanted = case["expect"] if isinstance(case["expect"], list) else [case["expect"]]
    words = case["words"]
    return found.kind in wanted and (words is None or found.words.split() == words.split())


@pytest.mark.skipif(not CASES.exists(), reason="no labelled texts beside the checkout")
def test_texts_from_life() -> None:
    cases = [json.loads(line) for line in CASES.read_text(encoding="utf-8").splitlines()]
    wrong = [case["body"] for case in cases if not right(case)]
    assert cases
    assert 1 - len(wrong) / len(cases) >= FLOOR, wrong
