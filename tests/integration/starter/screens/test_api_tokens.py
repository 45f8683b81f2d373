"""API tokens in the console: only admins, with a proof, and a secret is shown once."""

from __future__ import annotations

import re
from typing import Any

from sequences.access.role import Role
from tests.support.screens.html import cells
from tests.support.screens.rig import ConsoleRig


async def test_an_admin_creates_rotates_and_revokes_a_token(console: ConsoleRig) -> None:
    console.see(role=Role.ADMIN)
    assert "There are no tokens yet." in await console.text("/settings/tokens")
    assert 'href="/console/settings/tokens"' in await console.page("/settings")
    made = await console.act("/settings/tokens", name="crm-sync", days="90", scope_read="yes", scope_enroll="yes")
    assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
    (token,) = re.findall(r"rel_g[a-z0-9]{26}_[\w-]{43}", made.text)
    used = await console.http.get("/people", headers={"Authorization": f"Bearer {token}"})
    assert used.status_code == 200
    page = await console.page("/settings/tokens")
    assert token[-43:] not in page
    assert cells(page, "crm-sync")[1:3] == ["enroll, read", "works"]
    key = token.split("_")[1]
    assert "enroll, read" in await console.text(f"/settings/tokens/{key}")
    rotated = await console.act(f"/settings/tokens/{key}/rotate", hours="0")
    (second,) = re.findall(r"rel_g[a-z0-9]{26}_[\w-]{43}", rotated.text)
    for each, status in ((token, 401), (second, 200)):
        answer = await console.http.get("/people", headers={"Authorization": f"Bearer {each}"})
        assert answer.status_code == status
    done = await console.act(f"/settings/tokens/{key}/revoke")
    assert done.headers["location"] == "/console/settings/tokens?said=token_revoked"
    assert "There are no tokens yet." in await console.text("/settings/tokens")
    assert "crm-sync" in await console.text("/settings/tokens?state=revoked")
    assert "Make a new secret" not in await console.text(f"/settings/tokens/{key}")
    rows = await console.api.fetch("SELECT act, user_id FROM audit_event WHERE act LIKE 'token_%' ORDER BY id")
    assert [(row["act"], row["user_id"]) for row in rows] == [
        (act, console.viewer.user_id) for act in ("token_created", "token_rotated", "token_revoked")
    ]
    await console.page("/settings/tokens/gnone", 404)


async def test_the_audit_log_shows_what_a_token_did(console: ConsoleRig) -> None:
    console.see(role=Role.ADMIN)
    made = await console.act("/settings/tokens", name="crm-sync", days="90", scope_steer="yes")
    (token,) = re.findall(r"rel_g[a-z0-9]{26}_[\w-]{43}", made.text)
    await console.http.post("/batches/bnonenonenone/discard", headers={"Authorization": f"Bearer {token}"})
    shown = await console.text(f"/audit?token={token.split('_')[1]}")
    assert "token:crm-sync discard batch key:bnonenonenone" in shown
    assert "token created" not in shown


async def test_what_is_refused_stays_in_the_form(console: ConsoleRig) -> None:
    console.see(role=Role.ADMIN)
    given: list[tuple[dict[str, Any], str]] = [
        ({"name": "crm-sync", "days": "90"}, "Choose at least one scope"),
        ({"name": "crm-sync", "days": "1", "scope_read": "yes"}, "Choose at least one scope"),
        ({"name": "Crm Sync", "days": "90", "scope_read": "yes"}, "lower-case letters"),
    ]
    for form, words in given:
        answer = await console.act("/settings/tokens", **form)
        assert (answer.status_code, words in answer.text) == (422, True), form
        assert f'value="{form["name"]}"' in answer.text
    assert await console.api.fetch("SELECT * FROM api_token") == []


async def test_only_an_admin_who_proved_it_makes_a_secret(console: ConsoleRig) -> None:
    console.see(role=Role.LEAD)
    await console.page("/settings/tokens", 403)
    assert (await console.act("/settings/tokens", name="x", days="0", scope_admin="yes")).status_code == 403
    console.see(role=Role.AUDITOR)
    assert "/settings/tokens" not in await console.page("/settings")
    console.see(role=Role.ADMIN)
    console.proved = False
    asked = await console.act("/settings/tokens", name="x", days="0", scope_admin="yes")
    assert "/console/confirm/" in asked.headers["location"]
    assert await console.api.fetch("SELECT * FROM api_token") == []
