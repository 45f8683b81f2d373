"""Traces by OpenTelemetry where ``OTEL_...`` asks for them: the extra ``tracing``, and nothing of it where nobody asks.

Spans say what happened when, under which ids of ours. What an error says may quote an address, so neither words nor
stack traces of errors leave the process.
"""

from __future__ import annotations

import os
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from sequences.errors import SettingsError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from opentelemetry.sdk.trace import ReadableSpan
    from opentelemetry.sdk.trace.export import SpanExporter, SpanExportResult
    from temporalio.client import Plugin

INSTALL: Final = "pip install --no-deps --require-hashes --requirement requirements-tracing.txt"
_ASKS: Final = ("OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT")
_EXPORTERS: Final = ("otlp", "console", "none")
_HTTP: Final = "http/protobuf"
_KEPT: Final = frozenset(
    {
        "http.request.method",
        "http.response.status_code",
        "http.route",
        "temporalActivityID",
        "temporalActivityType",
        "temporalRunID",
        "temporalWorkflowID",
    }
)
"""Attributes that leave the process. Keys that programs give their requests are not there: they may say anything."""
_set_up: list[Any] = []
"""The provider of this process, once."""


def is_wanted(environment: Mapping[str, str]) -> bool:
    """Whether ``OTEL_...`` asks for traces: an endpoint, or an exporter by its name.

    Raises:
        SettingsError: it asks for something that we do not have.
    """
    if environment.get("OTEL_SDK_DISABLED", "").strip().lower() == "true":
        return False
    name = environment.get("OTEL_TRACES_EXPORTER", "").strip()
    if name and name not in _EXPORTERS:
        raise SettingsError(f"OTEL_TRACES_EXPORTER is {name!r}: it can be {', '.join(_EXPORTERS)}")
    wanted = name != "none" and (bool(name) or any(environment.get(each, "").strip() for each in _ASKS))
    given = ("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")
    protocol = next((value for each in given if (value := environment.get(each, "").strip())), _HTTP)
    if wanted and name != "console" and protocol != _HTTP:
        raise SettingsError(f"OTEL_EXPORTER_OTLP_PROTOCOL is {protocol!r}: traces go by {_HTTP}, usually to port 4318")
    return wanted


def set_up_tracing(part: str, environment: Mapping[str, str] = os.environ) -> bool:
    """Begins tracing this process, if that is wanted; again is harmless. Done before anything connects to Temporal.

    Args:
        part: of Relance, such as ``worker``: ``service.name`` is ``relance-`` and this, unless ``OTEL_...`` names one.
        environment: where ``OTEL_...`` is.

    Returns:
        Whether it is traced.

    Raises:
        SettingsError: it is wanted and cannot be: the packages are missing, or a setting is wrong.
    """
    if not is_wanted(environment):
        return False
    try:
        from opentelemetry.sdk.trace.export import BatchSpanProcessor  # noqa: PLC0415 - the extra, where it is wanted
    except ImportError as error:
        raise SettingsError(
            f"OTEL_... asks for traces, and the packages for them are not installed; install them: {INSTALL}"
        ) from error
    if not _set_up:
        trace_with(BatchSpanProcessor(without_words(_exporter(environment))), part, environment)
    return True


def trace_with(processor: Any, part: str, environment: Mapping[str, str] = os.environ) -> None:
    """Spans of this process go to ``processor``, a ``SpanProcessor`` of the SDK. Called once."""
    from opentelemetry import trace  # noqa: PLC0415
    from opentelemetry.sdk.resources import Resource  # noqa: PLC0415
    from temporalio.contrib.opentelemetry import create_tracer_provider  # noqa: PLC0415

    named = "OTEL_SERVICE_NAME" in environment or "service.name=" in environment.get("OTEL_RESOURCE_ATTRIBUTES", "")
    provider = create_tracer_provider(resource=Resource.create({} if named else {"service.name": f"relance-{part}"}))
    provider.add_span_processor(processor)
    trace.set_tracer_provider(provider)
    _set_up.append(provider)


def tracing_plugins() -> list[Plugin]:
    """What a client of Temporal and its workers need; nothing where this process is not traced."""
    if not _set_up:
        return []
    from temporalio.contrib.opentelemetry import OpenTelemetryPlugin  # noqa: PLC0415

    return [OpenTelemetryPlugin(add_temporal_spans=True)]


@contextmanager
def request_span(method: str) -> Iterator[Any]:
    """The span of a request that came in; None where this process is not traced."""
    if not _set_up:
        yield None
        return
    from opentelemetry import trace  # noqa: PLC0415

    tracer = trace.get_tracer("relance")
    with tracer.start_as_current_span(
        method, kind=trace.SpanKind.SERVER, record_exception=False, set_status_on_exception=False
    ) as span:
        yield span


def _exporter(environment: Mapping[str, str]) -> SpanExporter:
    if environment.get("OTEL_TRACES_EXPORTER", "").strip() == "console":
        import sys  # noqa: PLC0415

        from opentelemetry.sdk.trace.export import ConsoleSpanExporter  # noqa: PLC0415

        # Standard output belongs to what a command prints.
        return ConsoleSpanExporter(out=sys.stderr)
    from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter  # noqa: PLC0415

    return OTLPSpanExporter()


def without_words(exporter: SpanExporter) -> SpanExporter:
    """The same exporter, which gets ids, names and instants alone: no words of errors, and attributes of a list."""
    from opentelemetry.sdk.trace import Event, ReadableSpan  # noqa: PLC0415
    from opentelemetry.sdk.trace.export import SpanExporter  # noqa: PLC0415
    from opentelemetry.trace import Status  # noqa: PLC0415

    def reduced(span: ReadableSpan) -> ReadableSpan:
        attributes = {key: value for key, value in (span.attributes or {}).items() if key in _KEPT}
        # The kind of an error is a name of a class; its words quote what servers said.
        events = [
            Event(event.name, {"exception.type": kind}, event.timestamp)
            for event in span.events
            if (kind := (event.attributes or {}).get("exception.type")) is not None
        ]
        return ReadableSpan(
            name=span.name,
            context=span.context,
            parent=span.parent,
            resource=span.resource,
            attributes=attributes,
            events=events,
            links=span.links,
            kind=span.kind,
            status=Status(span.status.status_code),
            start_time=span.start_time,
            end_time=span.end_time,
            instrumentation_scope=span.instrumentation_scope,
        )

    class WithoutWords(SpanExporter):
        """Hands reduced spans on."""

        def export(self, spans: Sequence[ReadableSpan]) -> SpanExportResult:
            """Exports them."""
            return exporter.export([reduced(span) for span in spans])

        def shutdown(self) -> None:
            """Ends."""
            exporter.shutdown()

        def force_flush(self, timeout_millis: int = 30_000) -> bool:
            """Waits for what is under way."""
            return exporter.force_flush(timeout_millis)

    return WithoutWords()
