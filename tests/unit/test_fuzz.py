"""Broken input of every kind, by ``benchmarks.fuzz``: 2,000 here, 100,000 with ``HYPOTHESIS_PROFILE=nightly``.

What it found once is below, by name.
"""

from __future__ import annotations

import json
import os
import random

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from benchmarks.fuzz.breaking import smallest
from benchmarks.fuzz.kinds import KINDS, check_form, check_hook, check_webhook, check_yaml
from benchmarks.fuzz.play import play

_NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
COUNT = 100_000 if _NIGHTLY else 2_000
# Of mails there are as many again in test_mutations, with more samples.
_SHARES = {"mails": 0.1}
_SETTINGS = settings(
    max_examples=10_000 if _NIGHTLY else 50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def number_of(kind: str) -> int:
    share = _SHARES.get(kind)
    others = (1 - sum(_SHARES.values())) / (len(KINDS) - len(_SHARES))
    return round(COUNT * (share if share is not None else others))


@pytest.mark.slow
@pytest.mark.timeout(6 * 3_600 if _NIGHTLY else 300)
@pytest.mark.parametrize("kind", KINDS)
def test_nothing_crashes_or_takes_long(kind: str) -> None:
    played = play(kind, number_of(kind), os.environ.get("RELANCE_FUZZ_SEED", "11"))
    assert played.number >= COUNT * 0.1
    assert not played.crashes, "\n".join(played.crashes.values())


@pytest.mark.parametrize("kind", KINDS)
def test_a_seed_makes_the_same_inputs_and_they_differ(kind: str) -> None:
    made = [KINDS[kind].broken(random.Random(f"{kind}:{number}")) for number in range(30)]
    assert made == [KINDS[kind].broken(random.Random(f"{kind}:{number}")) for number in range(30)]
    assert len(set(made)) > 15


def test_a_crash_is_told_with_its_seed_and_its_smallest_input(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(raw: bytes) -> None:
        if b"STOP" in raw:
            raise ZeroDivisionError

    broken = KINDS["webhooks"].broken
    monkeypatch.setattr("benchmarks.fuzz.play.KINDS", {"webhooks": type(KINDS["webhooks"])(broken, fail)})
    [told] = play("webhooks", 60, "1").crashes.values()
    assert "webhooks, seed 1, number " in told
    assert told.endswith("b'STOP'")
    assert smallest(b"aaaSTOPaaa", lambda raw: b"ST" in raw) == b"ST"


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)


@_SETTINGS
@given(_json, st.sampled_from(["person", "placement", "client", "owner", "event", "thing"]))
def test_hooks_of_any_values(value: object, entity: str) -> None:
    check_hook(
        json.dumps({"event_id": "e", "changes": [{"entity": entity, "id": "x", "fields": value}, value]}).encode()
    )
    check_hook(json.dumps(value).encode())
    check_webhook(json.dumps(value).encode())


@_SETTINGS
@given(st.text(max_size=300))
def test_text_of_any_kind(text: str) -> None:
    raw = text.encode("utf-8", "surrogatepass")
    for kind in KINDS.values():
        kind.check(raw)


@_SETTINGS
@given(st.binary(max_size=300))
def test_bytes_of_any_kind(raw: bytes) -> None:
    for check in (check_hook, check_yaml, check_form, check_webhook):
        check(raw)


@pytest.mark.parametrize(
    ("kind", "raw"),
    [
        ("webhooks", b"1 Dec 9 3:9999999999"),
        ("webhooks", b"[" * 100_000),
    ],
)
def test_what_was_found_once(kind: str, raw: bytes) -> None:
    KINDS[kind].check(raw)
