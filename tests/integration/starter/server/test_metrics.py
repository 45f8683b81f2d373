"""What Prometheus reads of `relance serve`: every promise has a number, and no number names a person."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from adapters.postgres.database import Database
from services.reading import metrics as reading
from services.reading.metrics import GAUGES, RowMetrics
from starter.server.metrics import ServeMetrics, TimedRequests
from tests.support.rigs.send import NOW, SendRig, send_rig
from tests.support.scrapes import PAGE, answered, promtool

LATER = NOW + timedelta(minutes=1)
_ROW = re.compile(r"^\| `(?P<name>relance_\w+)` \| (?P<kind>\w+) \|(?P<labels>[^|]*)\|", re.MULTILINE)


def metrics_of(rig: SendRig) -> ServeMetrics:
    return ServeMetrics(RowMetrics(rig.database, lambda: LATER))


async def scraped(metrics: ServeMetrics) -> dict[str, dict[tuple[str, ...], float]]:
    text = (await metrics.text()).decode()
    return {
        family.name: {tuple(sample.labels.values()): sample.value for sample in family.samples}
        for family in text_string_to_metric_families(text)
    }


async def test_a_message_after_an_answer_is_counted_and_one_that_may_go_is_not(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("intro")
        runs = [await rig.ready("intro") for _ in range(5)]
        for run in runs:
            await rig.send(run)
        before = (await scraped(metrics_of(rig)))["relance_sends_after_reply_last_day"]
        assert before == {("stopped",): 0, ("not_handled",): 0, ("opted_out",): 0}
        # No claim allows these: the reply had stopped the run, was not handled yet, or asked to be left alone.
        early, late = NOW - timedelta(seconds=30), NOW + timedelta(seconds=30)
        await answered(rig.database, runs[0].run.id, handled=early, decision="stop")
        await answered(rig.database, runs[1].run.id, handled=late, decision="continue")
        await rig.database.pool.execute(
            "INSERT INTO suppression (person_id, channel, reason, source, since) "
            "VALUES ($1, 'all', 'opt_out', 'r1', $2)",
            runs[2].run.person_id,
            early,
        )
        # The run went on after this reply, and was right to.
        await answered(rig.database, runs[3].run.id, handled=early, decision="continue")
        after = (await scraped(metrics_of(rig)))["relance_sends_after_reply_last_day"]
        assert after == {("stopped",): 1, ("not_handled",): 1, ("opted_out",): 1}


async def test_the_scrape_counts_what_went_out_and_names_nobody(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        await rig.publish("intro")
        run = await rig.ready("intro")
        await rig.send(run)
        await answered(rig.database, run.run.id)
        await rig.ready("intro")
        metrics = metrics_of(rig)
        metrics.looked(1)
        found = await scraped(metrics)
        assert found["relance_sends_last_day"] == {("email", "sent"): 1}
        assert found["relance_reactions_last_day"] == {("replied",): 1}
        assert found["relance_send_oldest_due_seconds"][()] == 60
        assert found["relance_postgres_up"][()] == 1
        text = (await metrics.text()).decode()
        for words in ("@", "+44", "dana", "p1", "intro", "Alex", run.run.id, (await rig.row(run))["id"]):
            assert words not in text, words
        promtool(text)


async def test_the_crm_and_subscriptions_are_counted_and_one_that_is_off_is_not(database_url: str) -> None:
    async with send_rig(database_url) as rig:
        execute = rig.database.pool.execute
        before = await scraped(metrics_of(rig))
        assert before["relance_crm_read_age_seconds"] == {}
        assert before["relance_crm_oldest_waiting_seconds"] == {(): 0}
        await execute(
            "INSERT INTO crm_connection (name, connected_at, read_at, records_read, records_refused) "
            "VALUES ('bullhorn', $1, $2, 40, 2), ('hubspot', NULL, $1, 9, 9)",
            LATER - timedelta(days=2),
            LATER - timedelta(minutes=5),
        )
        for number, (state, hours) in enumerate((("done", 1), ("dead", 30), ("dead", 2), ("waiting", 3))):
            await execute(
                "INSERT INTO crm_write (id, crm, occasion, kind, entity, record, person_id, body, at, state, "
                "next_try_at) VALUES ('x234567890' || $1::text, 'bullhorn', 'sent', 'note', 'Candidate', '7', 'p1', "
                "'{}', $2, $3, $2)",
                str(number),
                LATER - timedelta(hours=hours),
                state,
            )
        await execute(
            "INSERT INTO webhook_endpoint (id, name, url, secret, created_at, created_by) "
            "VALUES ('o2345678901', 'one', 'https://one.example/', 's', $1, 'cli'), "
            "('o3456789012', 'two', 'https://two.example/', 's', $1, 'cli')",
            LATER,
        )
        await execute(
            "INSERT INTO event_subscription (endpoint_id, types, with_person, state, position, failing_since, "
            "changed_at) VALUES ('o2345678901', '{}', false, 'active', 0, $1, $1), "
            "('o3456789012', '{}', false, 'failed', 0, $1, $1)",
            LATER - timedelta(minutes=10),
        )
        metrics = metrics_of(rig)
        found = await scraped(metrics)
        assert found["relance_crm_read_age_seconds"] == {(): 300}
        assert found["relance_crm_records"] == {("read",): 40, ("refused",): 2}
        assert found["relance_crm_writes_last_day"] == {("done",): 1, ("dead",): 1, ("waiting",): 1}
        assert found["relance_crm_writes_dead"] == {(): 2}
        assert found["relance_crm_oldest_waiting_seconds"] == {(): 3 * 3600}
        assert found["relance_subscriptions"] == {("active",): 1, ("failed",): 1}
        assert found["relance_subscription_failing_seconds"] == {(): 600}
        assert "bullhorn" not in (await metrics.text()).decode()


async def test_rows_are_read_once_for_many_scrapes_and_no_number_outlives_postgres(
    database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with send_rig(database_url) as rig:
        rows = RowMetrics(rig.database, lambda: LATER)
        first = await rows.values()
        assert await rows.values() is first
        monkeypatch.setattr(reading, "_KEPT_SECONDS", 0.0)
        monkeypatch.setattr(reading, "_SECONDS", 0.0)
        found = await scraped(ServeMetrics(rows))
        assert found["relance_postgres_up"][()] == 0
        assert found["relance_sends_unknown"] == {}


async def test_a_request_is_measured_by_its_route_and_not_by_its_path(database_url: str) -> None:
    app = FastAPI()
    inner = FastAPI()

    @app.get("/people/{id}")
    async def person(id: str) -> str:
        return id

    @inner.get("/runs/{id}")
    async def run(id: str) -> str:
        return id

    app.mount("/console", inner)
    database = await Database.connect(database_url)
    try:
        metrics = ServeMetrics(RowMetrics(database, lambda: LATER))
        app.add_middleware(TimedRequests, metrics=metrics)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://relance.example") as http:
            for path in ("/people/p1", "/people/p2", "/console/runs/e1", "/secret-path"):
                await http.get(path)
            await http.request("NOSUCH", "/people/p1")
        text = (await metrics.text()).decode()
    finally:
        await database.close()
    counts = re.findall(r"^relance_http_request_duration_seconds_count\{(.*)\} (\S+)$", text, re.MULTILINE)
    assert {labels: float(number) for labels, number in counts} == {
        'method="GET",route="/people/{id}",status="2xx"': 2,
        'method="GET",route="/console/runs/{id}",status="2xx"': 1,
        'method="GET",route="other",status="4xx"': 1,
        'method="other",route="/people/{id}",status="4xx"': 1,
    }
    assert "secret-path" not in text


async def test_the_page_lists_exactly_what_is_there(database_url: str) -> None:
    database = await Database.connect(database_url)
    try:
        text = (await ServeMetrics(RowMetrics(database, lambda: LATER)).text()).decode()
    finally:
        await database.close()
    kinds = {family.name: family.type for family in text_string_to_metric_families(text)}
    page = {found["name"]: found["kind"] for found in _ROW.finditer(PAGE)}
    of_workers = {"relance_send_lateness_seconds", "relance_reply_to_stop_seconds"}
    assert {name: kind for name, kind in page.items() if name not in of_workers} == kinds
    labels = {found["name"]: tuple(re.findall(r"`(\w+)`", found["labels"])) for found in _ROW.finditer(PAGE)}
    assert {gauge.name: gauge.labels for gauge in GAUGES} == {gauge.name: labels[gauge.name] for gauge in GAUGES}
