"""Our converter writes and reads what the SDK's own does: old histories, malformed input and values made up."""

from __future__ import annotations

import base64
import dataclasses
import inspect
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from temporalio.api.common.v1 import Payload
from temporalio.converter import PayloadConverter

from adapters.temporal import payloads
from adapters.temporal.client import converter
from sequences import retention
from sequences.auto_enroll import messages
from sequences.mailboxes import retry
from sequences.runs import bulk, failures, run_watch, state, unknown_sends
from sequences.runs.state import Due, Phase, RunState
from sequences.sending import deliveries, owner_mails
from worker import WORKFLOWS

SDK = PayloadConverter.default
OURS = converter().payload_converter
HISTORIES = sorted((Path(__file__).parents[3] / "replay" / "histories").glob("*.json"))
MESSAGES: list[type] = [
    value
    for module in (state, bulk, failures, run_watch, unknown_sends, messages, owner_mails, deliveries, retention, retry)
    for value in vars(module).values()
    if inspect.isclass(value) and dataclasses.is_dataclass(value) and value.__module__ == module.__name__
]
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 2**40) | st.floats(allow_nan=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)
INSTANTS = st.datetimes(timezones=st.none() | st.just(UTC))
st.register_type_strategy(datetime, INSTANTS)


def outcome(payload_converter: PayloadConverter, payload: Payload, kind: type | None) -> str:
    """What is read, its types included, or the kind of failure."""
    try:
        return repr(payload_converter.from_payloads([payload], [kind] if kind else None))
    except Exception as error:  # noqa: BLE001 - its kind is what is compared
        return f"failed: {type(error).__name__}"


def payload_of(value: Any) -> Payload:
    return Payload(metadata={"encoding": b"json/plain"}, data=json.dumps(value).encode())


def stored_payloads(value: Any) -> Iterator[Payload]:
    if isinstance(value, dict):
        if isinstance(value.get("metadata"), dict) and "encoding" in value["metadata"]:
            metadata = {key: base64.b64decode(each) for key, each in value["metadata"].items()}
            yield Payload(metadata=metadata, data=base64.b64decode(value.get("data", "")))
        for each in value.values():
            yield from stored_payloads(each)
    elif isinstance(value, list):
        for each in value:
            yield from stored_payloads(each)


def shape_of(payload: Payload) -> str:
    """The same for payloads that differ in their texts and numbers only."""
    return re.sub(rb'"[^"]*"(?!:)|[0-9]+', lambda found: found[0][:1] + found[0][-1:], payload.data).decode()


def test_every_message_is_compared() -> None:
    takes = {
        kind
        for workflow in WORKFLOWS
        for kind in inspect.get_annotations(vars(workflow)["run"], eval_str=True).values()
        if dataclasses.is_dataclass(kind)
    }
    assert takes <= set(MESSAGES)
    assert len(MESSAGES) > 30


@pytest.mark.slow
def test_every_stored_payload_is_read_as_before_whatever_it_is_taken_for() -> None:
    found = {
        shape_of(payload): payload for file in HISTORIES for payload in stored_payloads(json.loads(file.read_text()))
    }
    assert len(found) > 50
    for payload in found.values():
        for kind in (None, str, int, *MESSAGES):
            assert outcome(OURS, payload, kind) == outcome(SDK, payload, kind), kind


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_a_message_is_written_and_read_as_before(message: type, data: st.DataObject) -> None:
    value = data.draw(st.from_type(message))
    try:
        written = SDK.to_payloads([value])
    except TypeError:
        with pytest.raises(TypeError):
            OURS.to_payloads([value])
        return
    assert OURS.to_payloads([value]) == written
    assert outcome(OURS, written[0], message) == outcome(SDK, written[0], message)
    assert outcome(OURS, written[0], None) == outcome(SDK, written[0], None)


@pytest.mark.parametrize("message", MESSAGES, ids=lambda message: message.__name__)
@settings(max_examples=15, deadline=None)
@given(data=st.data())
def test_malformed_input_fails_as_before(message: type, data: st.DataObject) -> None:
    names = [field.name for field in dataclasses.fields(message)]
    instants = INSTANTS.map(lambda instant: instant.isoformat())
    anything = JSON | instants | st.dictionaries(st.sampled_from([*names, "unknown"]), JSON | instants, max_size=4)
    value = data.draw(st.dictionaries(st.sampled_from([*names, "unknown"]), anything) | JSON)
    assert outcome(OURS, payload_of(value), message) == outcome(SDK, payload_of(value), message)


def test_what_is_missing_has_its_default_and_what_is_unknown_is_skipped() -> None:
    read = OURS.from_payload(payload_of({"enrollment": "e", "due": {"step": "one", "later": 1}, "later": []}), RunState)
    assert read == RunState(enrollment="e", due=Due("one"))
    assert read.phase == Phase.STARTING


def test_bytes_that_are_no_json_fail_as_before() -> None:
    broken = Payload(metadata={"encoding": b"json/plain"}, data=b"{")
    assert outcome(OURS, broken, RunState) == outcome(SDK, broken, RunState) == "failed: RuntimeError"


def test_all_runs_share_what_is_known_of_a_message() -> None:
    """Each run has a converter of its own; the annotations of a message are evaluated once a process."""
    first, second = (converter().payload_converter for _ in range(2))
    assert first is not second
    payload = payload_of({"enrollment": "e"})
    assert first.from_payload(payload, RunState) == RunState(enrollment="e")
    evaluated = payloads._fields.cache_info().misses
    assert second.from_payload(payload, RunState) == RunState(enrollment="e")
    assert payloads._fields.cache_info().misses == evaluated
