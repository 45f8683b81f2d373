"""Every command: under which heading of ``relance --help`` it is, in the order in which jobs come.

A command is in the file of its name in ``starter/cli/commands``. It is found here, not by importing its file: ``relance
check`` loads nothing that belongs to ``relance worker``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PANELS: Final[Mapping[str, tuple[str, ...]]] = {
    "Start here": (
        "up",
        "demo",
        "mail",
        "texts",
    ),
    "Write sequences": (
        "new",
        "check",
        "forecast",
        "preview",
        "lint",
        "publish",
        "choose",
        "archive",
        "unarchive",
        "render",
        "send-test",
        "rehearse",
        "fields",
        "schema",
        "forms",
    ),
    "Enroll and control": (
        "enroll",
        "enrollments",
        "show",
        "calendar",
        "calendar-link",
        "pause",
        "resume",
        "stop",
        "skip",
        "send-now",
        "pause-all",
        "resume-all",
        "closed",
        "migrate",
    ),
    "Enrollment by rule": (
        "explain",
        "refusals",
        "scan",
        "batches",
        "approve",
        "windows",
    ),
    "What came back": (
        "replies",
        "reply",
        "stats",
        "review",
        "companies",
        "unmatched",
        "attach",
        "dismiss",
        "unreachable",
        "suppress",
        "hits",
        "submissions",
        "tasks",
        "leads",
        "lists",
        "notifications",
    ),
    "People and records": (
        "people",
        "person",
        "import",
        "notify-by",
        "replies-by",
    ),
    "Operate": (
        "health",
        "doctor",
        "serve",
        "dispatch",
        "worker",
        "setup",
        "deploy",
        "user",
        "mailbox",
        "token",
        "mcp",
        "audit",
        "jobs",
        "unknown",
        "deliveries",
        "webhook",
        "events",
        "mailbox",
        "crm",
        "reconcile",
        "backup",
        "restore",
        "retention",
    ),
    "Develop": (
        "inbound",
        "sentiment",
    ),
}
"""The commands of each panel."""

PANEL_OF: Final[Mapping[str, str]] = {name: panel for panel, names in PANELS.items() for name in names}
"""The heading of each command, in the order of the panels."""


def file_of(command: str) -> str:
    """The file of a command in ``starter/cli/commands``; its function has the same name, a group is ``app`` there."""
    # `import` is a word of Python.
    return "import_file" if command == "import" else command.replace("-", "_")
