"""The reviewed list of wishes that speak for a whole company, and what a colleague's reply means."""

from __future__ import annotations

import json
import time
import tomllib
from pathlib import Path
from typing import Any

import pytest

from sequences.reactions.opt_out.company import company_reasons, read_company_patterns
from sequences.reactions.opt_out.company_other_languages import read_company_lists
from sequences.reactions.same_client import company_domain

ROOT = Path(__file__).parents[3]
ELSEWHERE = read_company_lists()
ENTRIES: list[tuple[str, Any]] = [
    *read_company_patterns()["patterns"].items(),
    *(
        (f"{name} ({code})", entry)
        for code, entries in ELSEWHERE["patterns"].items()
        for name, entry in entries.items()
    ),
]
GUARDS = [guard for guards in ELSEWHERE["guards"].values() for guard in guards]
LATER = tomllib.loads((Path(__file__).parent / "company_opt_out_texts.toml").read_text("utf-8"))


@pytest.mark.parametrize(
    ("name", "text"), [(name, text) for name, entry in ENTRIES for text in entry["yes"]], ids=lambda each: each[:40]
)
def test_each_example_is_recognised_by_its_pattern(name: str, text: str) -> None:
    assert name in company_reasons(text)


@pytest.mark.parametrize("text", [text for _, entry in ENTRIES for text in entry["no"]], ids=lambda each: each[:40])
def test_a_near_miss_is_none(text: str) -> None:
    assert company_reasons(text) == ()


@pytest.mark.parametrize("guard", GUARDS, ids=lambda guard: guard["yes"][0][:40])
def test_a_guard_forbids_what_it_is_for_and_no_more(guard: Any) -> None:
    assert [company_reasons(text) for text in guard["yes"]] == [()] * len(guard["yes"])
    assert all(company_reasons(text) for text in guard["no"])


def test_every_language_of_the_market_has_the_five_ways_to_say_it() -> None:
    ways = set(read_company_patterns()["patterns"])
    assert {code: set(entries) for code, entries in ELSEWHERE["patterns"].items()} == dict.fromkeys(
        ("de", "fr", "es", "it", "nl", "pt", "pl", "sv"), ways
    )


@pytest.mark.parametrize("text", [text for texts in LATER["wishes"].values() for text in texts], ids=lambda t: t[:40])
def test_a_wish_that_was_written_later_is_recognised(text: str) -> None:
    assert company_reasons(text) != ()


@pytest.mark.parametrize("text", [text for texts in LATER["others"].values() for text in texts], ids=lambda t: t[:40])
def test_what_is_said_of_a_company_otherwise_is_none(text: str) -> None:
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
    "words",
    [
        "schreiben sie nicht unserer firma ",
        "ne contactez plus de nos ",
        "no escriban a nuestros ",
        "non scrivete ai nostri ",
        "mail onze niet geen met ",
        "nao escrevam aos nossos ",
        "nie pisac do naszych ",
        "kontakta inte sluta vara ",
    ],
)
def test_a_hostile_text_costs_little_in_other_languages(words: str) -> None:
    began = time.process_time()
    company_reasons(words * 50_000)
    company_reasons((words * 20 + "\n") * 2_000)
    assert time.process_time() - began < 10


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
