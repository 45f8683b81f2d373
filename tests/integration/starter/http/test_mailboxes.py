"""Mailboxes over HTTP, with secrets that no answer has."""

from __future__ import annotations

from typing import Any

import pytest

from tests.support.rigs.api import ApiRig

SMTP = {"kind": "smtp", "settings": {"host": "smtp.agency.example"}, "secret": "hunter2-hunter2"}


async def test_a_mailbox_is_added_changed_paused_and_its_runs_are_moved(api: ApiRig) -> None:
    made = await api.ask("POST", "/mailboxes", json={"address": "Jobs@agency.example", "transport": SMTP})
    assert made.status_code == 201, made.text
    assert (made.json()["address"], made.json()["transport"], made.json()["state"]) == (
        "jobs@agency.example",
        "smtp",
        "active",
    )
    assert made.json()["transport_settings"] == {
        "host": "smtp.agency.example",
        "port": 587,
        "tls": "starttls",
        "username": "",
        "login": "password",
    }
    assert "hunter2" not in made.text
    other = await api.ask("POST", "/mailboxes", json={"address": "other@agency.example"})
    path = f"/mailboxes/{made.json()['id']}"
    changed = await api.ask("PATCH", path, json={"pool": "out", "signature_text": "Jobs"})
    assert (changed.json()["pool"], changed.json()["transport"], changed.json()["signature_text"]) == (
        "out",
        "smtp",
        "Jobs",
    )
    paused = await api.ask("POST", f"{path}/pause", json={"reason": "moving"})
    assert (paused.json()["state"], paused.json()["state_reason"]) == ("paused", "moving")
    assert (await api.ask("POST", f"{path}/resume")).json()["state"] == "active"
    moved = await api.ask("POST", f"{path}/move-runs", json={"to": other.json()["id"]})
    assert moved.json() == {"moved": 0}
    listed = await api.ask("GET", "/mailboxes")
    assert [each["address"] for each in listed.json()["items"]] == ["jobs@agency.example", "other@agency.example"]
    assert (await api.ask("POST", f"{path}/archive")).json()["state"] == "archived"
    assert (await api.ask("GET", "/mailboxes/jobs@agency.example")).json()["state"] == "archived"


@pytest.mark.parametrize(
    "changes",
    [
        {"name": "a\x00b"},
        {"owner": "a\x00b"},
        {"limits": "a\x00b"},
        {"transport": SMTP | {"secret": "a\x00b"}},
        {"transport": SMTP | {"settings": {"host": "a\x00b"}}},
        {"transport": SMTP | {"settings": {"host": "smtp.agency.example", "username": "a\x00b"}}},
        {"inbound": {"kind": "imap", "settings": {"host": "imap.agency.example", "folder": "a\x00b"}}},
    ],
)
async def test_what_cannot_be_kept_is_refused(api: ApiRig, changes: dict[str, Any]) -> None:
    answer = await api.ask("POST", "/mailboxes", json={"address": "a@agency.example"} | changes)
    assert answer.status_code in (400, 409, 422), answer.text
    assert await api.fetch("SELECT 1 FROM mailbox") == []


async def test_mistakes_are_answered_with_what_is_wrong(api: ApiRig) -> None:
    assert (await api.ask("GET", "/mailboxes/nobody@agency.example")).status_code == 404
    bad = await api.ask("POST", "/mailboxes", json={"address": "a@agency.example", "transport": {"kind": "smtp"}})
    assert bad.status_code == 409 or bad.status_code == 400, bad.text
    assert "host" in bad.text
    html = await api.ask(
        "POST", "/mailboxes", json={"address": "a@agency.example", "signature_html": "<script>x</script>"}
    )
    assert "signature_html" in html.text
    unknown = await api.ask("POST", "/mailboxes", json={"address": "a@agency.example", "colour": "red"})
    assert unknown.status_code == 422
