"""Sample models of the screens: a module a screen. A template without one fails its test.

Each module has ``TEMPLATE``, its name, and ``MODELS``: what the screen hands it, by the name of a state such as
``empty``; ``viewer`` among the values is who looks, else a lead. ``FRAGMENTS`` are the blocks that htmx asks for.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator, Mapping
from typing import Any

from sequences.access.role import Role
from sequences.access.viewer import Viewer

LEAD = Viewer("u1", "lea.d@agency.example", "Lea Dupont", Role.LEAD, "o1", "Europe/Paris")
AUDITOR = Viewer("u2", "audit@agency.example", "", Role.AUDITOR)


def samples() -> Iterator[tuple[str, str, Mapping[str, Any], tuple[str, ...]]]:
    """Template, name of the state, values, and blocks."""
    for found in pkgutil.iter_modules(__path__):
        module = importlib.import_module(f"{__name__}.{found.name}")
        for state, values in module.MODELS.items():
            yield module.TEMPLATE, state, values, getattr(module, "FRAGMENTS", ())
