"""The metrics of ``relance serve``, on a port of their own: what the rows say, and what this process measures."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI, Response
from prometheus_client import CollectorRegistry, Gauge, Histogram, disable_created_metrics, generate_latest
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector

from adapters.clock import utc_now
from adapters.loop_server import LoopServer
from services.reading.metrics import GAUGES, RowMetrics
from starter.version import version

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from adapters.postgres.database import Database
    from adapters.settings import Settings
    from services.reading.metrics import Measured

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
_SECONDS: Final = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0)
# What a client chooses is no label: it could make any number of them.
_UNKNOWN: Final = "other"


class ServeMetrics:
    """The metrics of one process.

    Args:
        rows: what Postgres knows.
    """

    def __init__(self, rows: RowMetrics) -> None:
        # Its package has types, but for this.
        disable_created_metrics()  # type: ignore[no-untyped-call]
        self._rows = rows
        self._registry = CollectorRegistry()
        self._read = _ReadRows()
        self._registry.register(self._read)
        self._requests = Histogram(
            "relance_http_request_duration_seconds",
            "Requests by route, method and class of status.",
            ("route", "method", "status"),
            buckets=_SECONDS,
            registry=self._registry,
        )
        self._looks = Gauge(
            "relance_imap_last_look_timestamp_seconds",
            "When a folder was last read, by its place in RELANCE_IMAP_MAILBOXES.",
            ("folder",),
            registry=self._registry,
        )
        build = Gauge("relance_build_info", "The version that runs.", ("version",), registry=self._registry)
        build.labels(version()).set(1)

    def looked(self, folder: int) -> None:
        """A folder of ours was read just now; ``folder`` is its place in the settings, from 1."""
        self._looks.labels(str(folder)).set(utc_now().timestamp())

    def asked(self, scope: Scope, status: int, seconds: float) -> None:
        """A request was answered."""
        route = scope.get("route")
        path = getattr(route, "path", None)
        where = f"{scope.get('root_path', '')}{path}" if path is not None else _UNKNOWN
        method = scope["method"] if scope["method"] in _METHODS else _UNKNOWN
        self._requests.labels(where, method, f"{status // 100}xx").observe(seconds)

    async def text(self) -> bytes:
        """Everything, as Prometheus reads it."""
        self._read.values = await self._rows.values()
        return generate_latest(self._registry)


class _ReadRows(Collector):
    """The values that were read last, which are new at each scrape: a label without rows is gone."""

    values: Sequence[Measured] | None = None

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """All gauges of the rows, with no samples when Postgres does not answer: an old number would be believed."""
        up = GaugeMetricFamily("relance_postgres_up", "1 when the rows could be read, else 0.")
        up.add_metric((), float(self.values is not None))
        yield up
        for gauge in GAUGES:
            family = GaugeMetricFamily(gauge.name, gauge.meaning, labels=gauge.labels)
            for each in self.values or ():
                if each.gauge == gauge.name:
                    family.add_metric(each.labels, each.value)
            yield family


class TimedRequests:
    """Measures each request, from its head to the end of its answer.

    Args:
        app: what is asked.
        metrics: where it is noted.
    """

    def __init__(self, app: ASGIApp, metrics: ServeMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        loop, status = asyncio.get_running_loop(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        began = loop.time()
        try:
            await self._app(scope, receive, noting)
        finally:
            self._metrics.asked(scope, status, loop.time() - began)


def metrics_of(settings: Settings, database: Database) -> ServeMetrics | None:
    """The metrics of this process; None: the settings want none."""
    return ServeMetrics(RowMetrics(database, utc_now)) if settings.metrics_port else None


@asynccontextmanager
async def serving_metrics(settings: Settings, metrics: ServeMetrics | None) -> AsyncIterator[None]:
    """Answers ``/metrics`` while the block runs, if there are any.

    Raises:
        SettingsError: the address cannot be used.
    """
    if metrics is None:
        yield
        return
    app = FastAPI(openapi_url=None)

    @app.get("/metrics")
    async def scrape() -> Response:
        return Response(await metrics.text(), media_type="text/plain; version=0.0.4; charset=utf-8")

    server = LoopServer(
        app, settings.metrics_host, settings.metrics_port, hint="set RELANCE_METRICS_HOST and RELANCE_METRICS_PORT"
    )
    await server.start()
    try:
        yield
    finally:
        await server.stop()
