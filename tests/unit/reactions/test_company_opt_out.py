"""The reviewed list of wishes that speak for a whole company, and what a colleague's reply means."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

import pytest

from sequences.reactions.opt_out.company import company_reasons, read_company_patterns
from sequences.reactions.same_client import company_domain

ROOT = Path(__file__).parents[3]
ENTRIES: list[tuple[str, Any]] = list(read_company_patterns()["patterns"].items())


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, entry in ENTRIES for text in entry["yes"]], ids=lambda each: each[:40]
)
def test_each_example_is_recognised_by_its_pattern(name: str, text: str) -> None:
    assert name in company_reasons(text)


@pytest.mark.parametrize("text", [text for _, entry in ENTRIES for text in entry["no"]], ids=lambda each: each[:40])
def test_a_near_miss_is_none(text: str) -> None:
    assert company_reasons(text) == ()


def test_no_reply_that_is_no_opt_out_is_taken_for_one() -> None:
    """Of 13,524 labelled replies 25 speak for a company; every one of them is an opt-out by its label."""
    found, wrong = 0, []
    for file in ("adapters/sentiment/data/corpus.jsonl", "benchmarks/data/unseen_replies.jsonl"):
        for line in (ROOT / file).read_text().splitlines():
            reply = json.loads(line)
            if company_reasons(reply["text"]):
                found += 1
                if reply["intent"] != "opt_out":
                    wrong.append(reply["text"])
    assert wrong == []
    assert found >= 25


def test_a_hostile_text_costs_little() -> None:
    began = time.process_time()
    company_reasons("do not contact " * 100_000 + "anyone at our company")
    company_reasons("remove all of " * 100_000)
    assert time.process_time() - began < 5


@pytest.mark.parametrize(
    ("address", "domain"),
    [
        ("Jo@Acme.Example", "acme.example"),
        ("jo@gmail.com", None),
        ("jo@agency.example", None),
        ("+447700900123", None),
        (None, None),
    ],
)
def test_the_domain_of_a_company(address: str | None, domain: str | None) -> None:
    assert company_domain(address, ["Agency.example"]) == domain
