"""Receivers of webhooks in the console: a secret shown once, a test event, the log."""

from __future__ import annotations

import re

from sequences.access.role import Role
from tests.support.screens.html import cells
from tests.support.screens.rig import ConsoleRig
from tests.support.servers.receivers import receiver


async def test_an_admin_adds_tests_rotates_and_removes_a_receiver(console: ConsoleRig) -> None:
    console.see(role=Role.ADMIN)
    assert "No receiver has a secret of its own yet." in await console.text("/settings/webhooks")
    async with receiver() as crm:
        made = await console.act("/settings/webhooks", name="crm", url=crm.url("/hook"))
        assert (made.status_code, made.headers["cache-control"]) == (200, "no-store")
        assert re.search(r"whsec_[\w+/]{43}=", made.text)
        page = await console.page("/settings/webhooks")
        (key,) = re.findall(r"/settings/webhooks/(o[a-z0-9]+)", page)
        assert cells(page, "crm")[1] == crm.url("/hook")
        # The address is on this machine, and no setting of this test allows that.
        done = await console.act(f"/settings/webhooks/{key}/test")
        assert done.headers["location"] == f"/console/settings/webhooks/{key}?said=endpoint_tested"
        assert crm.got == []
    assert "RELANCE_WEBHOOK_NETWORKS" in await console.text(f"/settings/webhooks/{key}")
    rotated = await console.act(f"/settings/webhooks/{key}/rotate", hours="24")
    assert "signs, too, until" in rotated.text
    assert (await console.act(f"/settings/webhooks/{key}/redeliver/fnonenonenone")).status_code == 404
    removed = await console.act(f"/settings/webhooks/{key}/remove")
    assert removed.headers["location"] == "/console/settings/webhooks?said=endpoint_removed"
    await console.page(f"/settings/webhooks/{key}", 404)


async def test_what_is_refused_stays_in_the_form(console: ConsoleRig) -> None:
    console.see(role=Role.ADMIN)
    answer = await console.act("/settings/webhooks", name="crm", url="ftp://crm.example/")
    assert (answer.status_code, 'value="ftp://crm.example/"' in answer.text) == (422, True)


async def test_only_an_admin_who_proved_it(console: ConsoleRig) -> None:
    console.see(role=Role.LEAD)
    await console.page("/settings/webhooks", 403)
    console.see(role=Role.ADMIN)
    console.proved = False
    asked = await console.act("/settings/webhooks", name="crm", url="https://crm.example/")
    assert "/console/confirm/" in asked.headers["location"]
