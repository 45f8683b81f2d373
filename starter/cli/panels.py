"""What ``relance --help`` shows where: commands by the job that they are for, in the order in which jobs come."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PANELS: Final[Mapping[str, tuple[str, ...]]] = {
    "Start here": ("up", "demo", "mail", "texts"),
    "Write sequences": ("new", "check", "forecast", "preview", "lint", "publish", "render", "fields", "schema"),
    "Enroll and steer": (
        "enroll",
        "enrollments",
        "show",
        "calendar",
        "pause",
        "resume",
        "stop",
        "skip",
        "send-now",
        "pause-all",
        "resume-all",
        "migrate",
    ),
    "Who enters by rule": ("explain", "refusals", "scan", "batches", "approve", "windows"),
    "What came back": (
        "review",
        "unmatched",
        "attach",
        "dismiss",
        "unreachable",
        "hits",
        "tasks",
        "leads",
        "lists",
        "notifications",
    ),
    "People and records": ("people", "import", "notify-by"),
    "Operate": ("health", "serve", "worker", "setup", "unknown", "deliveries", "reconcile"),
    "Develop": ("inbound", "sentiment"),
}
"""The commands of each panel. One that is in none would stand under a heading of its own: a test says so."""

ORDER: Final = tuple(name for names in PANELS.values() for name in names)


def panel_of(command: str) -> str | None:
    """The heading under which a command stands; None of one that nobody placed."""
    return next((panel for panel, names in PANELS.items() if command in names), None)
