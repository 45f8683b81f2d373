"""Traces: when they are wanted, what is missing for them, and that no words leave the process."""

from __future__ import annotations

import subprocess
import sys

import pytest
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters import tracing
from adapters.tracing import INSTALL, is_wanted, request_span, set_up_tracing, tracing_plugins, without_words
from sequences.errors import SettingsError

ENDPOINT = {"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}


@pytest.mark.parametrize(
    ("environment", "wanted"),
    [
        ({}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": ""}, False),
        (ENDPOINT, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "console"}, True),
        (ENDPOINT | {"OTEL_TRACES_EXPORTER": "none"}, False),
        (ENDPOINT | {"OTEL_SDK_DISABLED": "TRUE"}, False),
        (ENDPOINT | {"OTEL_EXPORTER_OTLP_PROTOCOL": "http/protobuf"}, True),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, False),
    ],
)
def test_an_endpoint_or_an_exporter_asks_for_traces(environment: dict[str, str], wanted: bool) -> None:
    assert is_wanted(environment) is wanted


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"OTEL_TRACES_EXPORTER": "zipkin"}, "can be otlp, console, none"),
        ({"OTEL_EXPORTER_OTLP_PROTOCOL": "grpc"}, "http/protobuf, usually to port 4318"),
    ],
)
def test_what_we_do_not_have_is_refused(more: dict[str, str], words: str) -> None:
    with pytest.raises(SettingsError, match=words):
        is_wanted(ENDPOINT | more)


def test_where_nobody_asks_nothing_is_traced(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tracing, "_set_up", [])
    assert set_up_tracing("worker", {}) is False
    assert tracing_plugins() == []
    with request_span("GET") as span:
        assert span is None


def test_without_the_extra_nothing_is_imported_and_who_asks_hears_how_to_install_it() -> None:
    code = (
        "import sys\n"
        "sys.modules['opentelemetry.sdk'] = None\n"
        "import worker, starter.server.serve\n"
        "assert not any(name.startswith('opentelemetry.sdk.') for name in sys.modules)\n"
        "assert 'temporalio.contrib.opentelemetry' not in sys.modules\n"
        "from adapters.tracing import set_up_tracing\n"
        "from sequences.errors import SettingsError\n"
        "assert set_up_tracing('worker', {}) is False\n"
        "try:\n"
        f"    set_up_tracing('worker', {ENDPOINT!r})\n"
        "except SettingsError as error:\n"
        "    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith(f"are not installed; install them: {INSTALL}")


def test_no_word_of_an_error_and_no_attribute_beyond_the_list_leaves_the_process() -> None:
    memory = InMemorySpanExporter()
    provider = TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(without_words(memory)))
    tracer = provider.get_tracer("test")
    attributes = {"temporalWorkflowID": "enrollment:x:p1", "temporalUpdateID": "ada"}

    def fails() -> None:
        with tracer.start_as_current_span("RunActivity:take_step", attributes=attributes) as span:
            span.add_event("said", {"words": "ada@client.example"})
            raise ValueError("550 no such user ada@client.example")

    with pytest.raises(ValueError, match="ada"):
        fails()
    [found] = memory.get_finished_spans()
    assert dict(found.attributes or {}) == {"temporalWorkflowID": "enrollment:x:p1"}
    assert [(event.name, dict(event.attributes or {})) for event in found.events] == [
        ("exception", {"exception.type": "ValueError"})
    ]
    assert (found.status.status_code.name, found.status.description) == ("ERROR", None)
    assert "ada" not in found.to_json()
