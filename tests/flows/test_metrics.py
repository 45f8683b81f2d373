"""A flow is played, and both ports are read as Prometheus reads them: every panel and every alert finds its metrics."""

from __future__ import annotations

import json
import re
import shutil
import socket
import subprocess
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest

from adapters.clock import utc_now
from adapters.temporal.metrics import metered_runtime
from services.reading.metrics import RowMetrics
from starter.composition import open_services
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.server.metrics import ServeMetrics, TimedRequests
from tests.support.rigs import flow as flows

if TYPE_CHECKING:
    from starter.local.temporal import LocalTemporal

DOCKER = Path(__file__).parents[2] / "docker"
ALERTS = DOCKER / "prometheus" / "alerts.yml"
DASHBOARD = DOCKER / "grafana" / "relance.json"
# What only exists once something went wrong.
NOT_YET = {"temporal_workflow_task_execution_failed_total"}
_NAME = re.compile(r"\b(?:relance|temporal)_[a-z_]+\b")


async def test_panels_and_alerts_find_their_metrics_and_no_line_names_anybody(
    database_url: str, temporal: LocalTemporal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    runtime = metered_runtime("127.0.0.1", port)
    monkeypatch.setattr(flows, "open_services", partial(open_services, runtime=runtime))
    async with flows.open_flow(database_url, temporal, tmp_path) as flow:
        await flow.publish("new-services")
        await flow.person()
        accepted = await flow.enroll("new-services")
        await flow.until_step(accepted, "introduce")
        await flow.reply(accepted, "Please tell me more")
        # Its workflow ends after the activity, which measures after its commit.
        await flow.handle(accepted).result()
        metrics = ServeMetrics(RowMetrics(flow.services.database, utc_now))
        metrics.looked(1)
        app = create_app(ways_of(flow.services, lambda: None))
        app.add_middleware(TimedRequests, metrics=metrics)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://relance.example") as http:
            token = flow.services.settings.bearer_tokens()[0].decode()
            for path in ("/people/p1", f"/enrollments/{accepted.enrollment}"):
                answer = await http.get(path, headers={"Authorization": f"Bearer {token}"})
                assert answer.status_code == 200, path
        text = (await metrics.text()).decode()
        async with httpx.AsyncClient() as http:
            text += (await http.get(f"http://127.0.0.1:{port}/metrics")).text
        rows = await flow.services.database.pool.fetch(
            "SELECT e.id AS run, s.id AS send, r.id AS reaction, s.recipient, s.sender, s.message_id, p.first_name, "
            "p.last_name, p.phone FROM enrollment e JOIN send s ON s.enrollment_id = e.id "
            "JOIN reaction r ON r.enrollment_id = e.id JOIN person p ON p.id = e.person_id"
        )
    assert 'relance_send_lateness_seconds_count{channel="email"} 1' in text
    assert 'relance_reply_to_stop_seconds_count{kind="replied"} 1' in text
    assert 'relance_sends_last_day{channel="email",outcome="sent"} 1.0' in text
    after_reply = re.findall(r'^relance_sends_after_reply_last_day\{answer="(\w+)"\} (\S+)$', text, re.MULTILINE)
    assert dict(after_reply) == {"stopped": "0.0", "not_handled": "0.0", "opted_out": "0.0"}
    assert 'route="/people/{person}",status="2xx"' in text, re.findall('route="[^"]*"', text)
    (row,) = rows
    for words in {*map(str, row.values()), "@", "p1", "dana", "new-services", "introduce"}:
        assert not re.search(rf"(?<![\w-]){re.escape(words)}(?![\w-])", text), words
    there = set(_NAME.findall(text)) | NOT_YET
    panels = json.loads(DASHBOARD.read_text())["panels"]
    asked = {name for panel in panels for target in panel["targets"] for name in _NAME.findall(target["expr"])}
    rules = {name for line in ALERTS.read_text().splitlines() if "summary" not in line for name in _NAME.findall(line)}
    assert len(asked) > 15
    assert len(rules) > 10
    assert asked | rules <= there


def test_each_alert_fires_when_it_should_and_names_commands_that_exist() -> None:
    text = ALERTS.read_text()
    commands = {name.replace("-", "_") for name in re.findall(r"`relance ([a-z-]+)", text)}
    known = {file.stem for file in (Path(__file__).parents[2] / "starter" / "cli" / "commands").glob("*.py")}
    assert commands
    assert commands <= known
    played = (ALERTS.parent / "alerts.test.yml").read_text()
    assert all(f'alertname="{name}"' in played for name in re.findall(r"alert: (\w+)", text))
    program = shutil.which("promtool")
    if program is None:
        pytest.skip("NO PROMTOOL: the alerts were not played; `apt-get install prometheus` brings it")
    for what in (["check", "config", "prometheus.yml"], ["test", "rules", "alerts.test.yml"]):
        done = subprocess.run([program, *what], cwd=ALERTS.parent, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stdout + done.stderr
