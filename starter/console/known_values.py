"""The values that forms about fields offer: of the console that is asked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sequences.access.viewer import EVERYBODY

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from fastapi import Request

    from sequences.access.viewer import Viewer
    from services.console.known_values import KnownValues


async def known_values(request: Request, viewer: Viewer, now: datetime) -> Mapping[str, tuple[str, ...]]:
    """Values by the name of their field; ``now`` is UTC. None for who may not see everybody: values are people's."""
    if viewer.sees != EVERYBODY:
        return {}
    known: KnownValues = request.app.state.known_values
    return await known.all(now)
