"""``relance setup temporal``: what is added, what is there, and a server that takes long to list it."""

from collections.abc import Awaitable, Callable
from types import SimpleNamespace
from typing import Any

import pytest

from adapters.temporal import client
from sequences.names import SEARCH_ATTRIBUTES
from starter.cli.commands import setup

FIRST = sorted(SEARCH_ATTRIBUTES)[0]


@pytest.fixture
def temporal(monkeypatch: pytest.MonkeyPatch) -> SimpleNamespace:
    """A namespace that lacks one attribute until it was added; with ``slow`` it never lists it."""
    server = SimpleNamespace(namespace="agency", lacks={FIRST}, slow=False)

    async def connect() -> SimpleNamespace:
        return server

    async def register(_: object) -> dict[str, str]:
        added = dict.fromkeys(server.lacks, "Keyword")
        server.lacks = server.lacks if server.slow else set()
        return added

    async def missing(_: object) -> list[str]:
        return sorted(server.lacks)

    monkeypatch.setattr(client, "connect", connect)
    monkeypatch.setattr(client, "register_search_attributes", register)
    monkeypatch.setattr(client, "missing_search_attributes", missing)
    monkeypatch.setattr(setup, "_KNOWN_WITHIN", 0.0)
    monkeypatch.setattr(setup, "_AGAIN_AFTER", 0.01)
    return server


async def test_what_is_missing_is_added_once(command: Callable[..., Awaitable[Any]], temporal: SimpleNamespace) -> None:
    added = await command("setup", "temporal", "--json")
    assert (added["namespace"], added["added"]) == ("agency", [FIRST])
    assert sorted(added["present"]) == sorted(set(SEARCH_ATTRIBUTES) - {FIRST})
    again = await command("setup", "temporal")
    assert again == f"agency: all {len(SEARCH_ATTRIBUTES)} search attributes already exist"


async def test_a_server_that_does_not_list_it_yet_is_unavailable(
    command: Callable[..., Awaitable[Any]], temporal: SimpleNamespace
) -> None:
    temporal.slow = True
    said = await command("setup", "temporal", status=5)
    assert f"Temporal took {FIRST} but does not list them yet" in said
