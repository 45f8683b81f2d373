"""``relance retention`` on a real Postgres."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

EVENTS = (
    "INSERT INTO crm_event (id, received_at, digest, answer) "
    "SELECT 'e' || n, $1::timestamptz, 'x', '{}' FROM generate_series(1, 1200) n"
)


async def test_what_is_old_is_shown_announced_and_removed(
    command: Callable[..., Awaitable[Any]], sql: Callable[..., Awaitable[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    await sql(EVENTS, datetime(2020, 1, 1, tzinfo=UTC))
    listed = {each["kind"]: each for each in await command("retention", "--json")}
    events = listed["crm_events"]
    assert (events["in_force"], events["period"], events["due"], events["due_then"]) == ("forever", "180 days", 0, 1200)
    assert "crm_events is kept for 180 days (RELANCE_RETAIN_CRM_EVENTS): 1,200 rows are older" in await command(
        "retention"
    )

    assert await command("retention", "run", "--json") == {"removed": 0}
    dry = {each["kind"]: each for each in await command("retention", "run", "--dry-run", "--without-notice", "--json")}
    assert dry["crm_events"]["due"] == 1200
    assert len(await sql("SELECT 1 FROM crm_event")) == 1200
    # Trying brought nothing into force.
    assert {each["kind"]: each["in_force"] for each in await command("retention", "--json")}["crm_events"] == "forever"

    assert "1,200 rows removed" in await command("retention", "run", "--without-notice")
    assert await sql("SELECT 1 FROM crm_event") == []
    shown = {each["kind"]: each for each in await command("retention", "--json")}["crm_events"]
    assert (shown["last_removed"], shown["removed_ever"], shown["oldest"]) == (1200, 1200, None)

    monkeypatch.setenv("RELANCE_RETAIN_CRM_EVENTS", "for a while")
    said = await command("retention", status=2)
    assert "RELANCE_RETAIN_CRM_EVENTS" in said
    assert "forever" in said
