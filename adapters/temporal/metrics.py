"""The metrics of a worker: the SDK's own, and what only the moment of a send or a stop can tell."""

from __future__ import annotations

from typing import Final

from temporalio.common import MetricMeter
from temporalio.runtime import PrometheusConfig, Runtime, TelemetryConfig

from sequences.errors import SettingsError

LATENESS: Final = "relance_send_lateness_seconds"
REPLY_TO_STOP: Final = "relance_reply_to_stop_seconds"
_LATE = (1.0, 5.0, 15.0, 60.0, 300.0, 900.0, 3600.0, 14400.0, 86400.0)
_STOPPED = (0.1, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 300.0, 3600.0)


def metered_runtime(host: str, port: int) -> Runtime:
    """A runtime of the SDK that serves its metrics, and ours beside them, at ``/metrics``.

    Raises:
        SettingsError: the address cannot be used.
    """
    config = PrometheusConfig(
        bind_address=f"[{host}]:{port}" if ":" in host else f"{host}:{port}",
        counters_total_suffix=True,
        unit_suffix=True,
        durations_as_seconds=True,
        histogram_bucket_overrides={LATENESS: _LATE, REPLY_TO_STOP: _STOPPED},
    )
    try:
        return Runtime(telemetry=TelemetryConfig(metrics=config, attach_service_name=False))
    except ValueError as error:
        raise SettingsError(f"{error}; set RELANCE_METRICS_HOST (an IP address) and RELANCE_METRICS_PORT") from error


class Instruments:
    """What workers measure. Labels are channels, and nothing that names a person.

    Args:
        meter: of the runtime; without one nothing is kept.
    """

    def __init__(self, meter: MetricMeter = MetricMeter.noop) -> None:
        self._lateness = meter.create_histogram_float(LATENESS, "From the planned time of a message to its sending.")
        self._stop = meter.create_histogram_float(REPLY_TO_STOP, "From the receipt of a reply to the stop of its run.")

    def sent(self, channel: str, late: float) -> None:
        """A message went out, so many seconds after it was due."""
        self._lateness.record(max(0.0, late), {"channel": channel})

    def stopped(self, kind: str, after: float) -> None:
        """A reaction of a person stopped a run, so many seconds after it came."""
        self._stop.record(max(0.0, after), {"kind": kind})
