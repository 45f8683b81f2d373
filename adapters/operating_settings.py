"""Settings of those who watch the processes."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, Field


class OperatingSettings(BaseModel):
    """What a process says of itself, and where. Part of ``Settings``."""

    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field(
        default="INFO", description="DEBUG, INFO, WARNING or ERROR."
    )
    log_format: Literal["text", "json"] = Field(
        default="text", description="Lines of the log: text, or a JSON object each."
    )
    metrics_host: str = Field(
        default="127.0.0.1", description="IP address on which metrics are served. Never one that the internet reaches."
    )
    metrics_port: int = Field(
        default=0, ge=0, le=65535, description="Port of the metrics of each process, for Prometheus; 0: none."
    )
    build_id: str = Field(
        default="",
        max_length=200,
        pattern=r"^[^\s:]*$",
        description="Build of this worker for Temporal's worker versioning, such as a git hash; empty: none.",
    )
    deployment: str = Field(
        default="relance",
        min_length=1,
        max_length=200,
        pattern=r"^[^\s:.]+$",
        description="Name of the deployment whose builds these are.",
    )
