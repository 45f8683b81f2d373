"""The description of the API with every way in, without a database or any other server."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

from adapters.settings import Settings
from starter.composition import organisation_of
from starter.http.app import create_app
from starter.http.dependencies import Ways


def description() -> dict[str, Any]:
    """OpenAPI 3.1, as ``/openapi.json`` has it. Nothing is asked of what stands for the servers here."""
    unused = "not-used-by-a-description"
    settings = Settings(database_url="postgresql:///", hook_secrets=unused, token_keys=unused, bearer_token=None)
    nothing = cast("Any", SimpleNamespace(records=None, versions=None))
    ways = Ways(
        settings=settings,
        organisation=organisation_of(settings),
        database=nothing,
        runs=nothing,
        enrolling=nothing,
        crm=nothing,
        texts=nothing,
        links=nothing,
        answering=nothing,
        bulk=nothing,
        rules=nothing,
        bookings=nothing,
    )
    found: dict[str, Any] = create_app(ways).openapi()
    return found
