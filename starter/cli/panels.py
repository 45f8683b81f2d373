"""Every command: under which heading of ``relance --help`` it is, in the order in which jobs come, and in which file.

A command is found here, not by importing its file: ``relance check`` loads nothing that belongs to ``relance worker``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

PANELS: Final[Mapping[str, Mapping[str, str]]] = {
    "Start here": {
        "up": "stack",
        "demo": "stack",
        "mail": "captured",
        "texts": "captured",
    },
    "Write sequences": {
        "new": "sequences",
        "check": "sequences",
        "forecast": "sequences",
        "preview": "preview",
        "lint": "lint",
        "publish": "publish",
        "render": "render",
        "fields": "fields",
        "schema": "sequences",
    },
    "Enroll and control": {
        "enroll": "runs",
        "enrollments": "runs",
        "show": "runs",
        "calendar": "calendar",
        "pause": "runs",
        "resume": "runs",
        "stop": "runs",
        "skip": "runs",
        "send-now": "runs",
        "pause-all": "bulk",
        "resume-all": "bulk",
        "migrate": "migrate",
    },
    "Enrollment by rule": {
        "explain": "explain",
        "refusals": "refusals",
        "scan": "rules",
        "batches": "rules",
        "approve": "rules",
        "windows": "windows",
    },
    "What came back": {
        "review": "review",
        "unmatched": "lists",
        "attach": "attach",
        "dismiss": "attach",
        "unreachable": "unreachable",
        "hits": "hits",
        "tasks": "lists",
        "leads": "lists",
        "lists": "lists",
        "notifications": "lists",
    },
    "People and records": {
        "people": "lists",
        "import": "import_file",
        "notify-by": "notify",
    },
    "Operate": {
        "health": "health",
        "serve": "stack",
        "dispatch": "stack",
        "worker": "stack",
        "setup": "setup",
        "unknown": "unknown",
        "deliveries": "deliveries",
        "reconcile": "reconcile",
    },
    "Develop": {
        "inbound": "inbound",
        "sentiment": "sentiment",
    },
}
"""The commands of each panel, with their files in ``starter/cli/commands``."""

FILES: Final[Mapping[str, str]] = {name: file for names in PANELS.values() for name, file in names.items()}
"""The file of each command, in the order of the panels."""

PANEL_OF: Final[Mapping[str, str]] = {name: panel for panel, names in PANELS.items() for name in names}
"""The heading of each command."""
