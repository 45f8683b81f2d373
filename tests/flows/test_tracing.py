"""Spans of a real run, from the hook to the send: they hold ids, and nothing of a person."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import httpx
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from adapters import tracing
from adapters.clock import utc_now
from adapters.tracing import trace_with, without_words
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.http.security import sign_hook
from starter.server.tracing import TracedRequests
from tests.support.rigs import flow as flows

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from opentelemetry.sdk.trace import ReadableSpan

    from starter.local.temporal import LocalTemporal

PERSON = {
    "first_name": "Ottilie",
    "last_name": "Querfeld",
    "email": "ottilie.querfeld@client.example",
    "phone": "+447700900789",
}


async def test_spans_from_the_hook_to_the_send_hold_ids_and_nothing_of_a_person(
    database_url: str, temporal: LocalTemporal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, two_step: str
) -> None:
    memory = InMemorySpanExporter()
    # Other tests of this process are not traced.
    monkeypatch.setattr(tracing, "_set_up", [])
    trace_with(SimpleSpanProcessor(without_words(memory)), "test", {})
    async with flows.open_flow(database_url, temporal, tmp_path) as flow:
        await flow.publish("two-step", two_step)
        await flow.person()
        settings = flow.services.settings
        app = TracedRequests(create_app(ways_of(flow.services, flow.dispatcher.wake)))
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://relance.example") as http:
            change = {"entity": "person", "id": "p1", "fields": PERSON}
            body = json.dumps({"event_id": "e1", "changes": [change]}).encode()
            stamp = int(utc_now().timestamp())
            signed = sign_hook(settings.hook_keys()[0], stamp, body)
            headers = {"X-Relance-Timestamp": str(stamp), "X-Relance-Signature": signed}
            assert (await http.post("/hooks/crm", content=body, headers=headers)).status_code == 200
            bearer = {"Authorization": f"Bearer {settings.bearer_tokens()[0].decode()}"}
            asked = {"sequence": "two-step", "person": "p1"}
            answer = await http.post("/enrollments", json=asked, headers=bearer)
            assert answer.status_code == 202, answer.text
            await http.get(f"/c/{'x' * 30}ottilie")
            await http.get("/people/p1", headers=bearer)
        enrollment = answer.json()["enrollment"]

        async def sent() -> bool:
            rows = await flow.services.database.pool.fetch(
                "SELECT 1 FROM send WHERE enrollment_id = $1 AND state = 'sent'", enrollment
            )
            return bool(rows)

        await flow.until(sent)

        async def told() -> bool:
            return any("take_step" in span.name for span in memory.get_finished_spans())

        await flow.until(told)
    spans = memory.get_finished_spans()
    named = {span.name: span for span in spans}
    assert {"POST /hooks/crm", "POST /enrollments", "GET /c/{token}", "GET /people/{person}"} <= named.keys()
    assert named["POST /hooks/crm"].resource.attributes["service.name"] == "relance-test"
    assert dict(named["GET /people/{person}"].attributes or {})["http.response.status_code"] == 200
    # The request that began the run is the root of what became of it, also in the worker.
    root = named["POST /enrollments"]
    assert {"RunWorkflow:EnrollmentWorkflow", "RunActivity:take_step"} <= _below(spans, root)
    said = "\n".join(span.to_json() for span in spans).lower()
    for secret in ("ottilie", "querfeld", "client.example", "7700900789", "exception.message", "stacktrace"):
        assert secret not in said, secret


def _below(spans: tuple[ReadableSpan, ...], root: ReadableSpan) -> set[str]:
    """Names of the spans of the same trace."""
    assert root.context is not None
    return {span.name for span in spans if span.context is not None and span.context.trace_id == root.context.trace_id}
