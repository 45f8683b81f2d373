"""Settings as pages: every setting is there, no secret shows, and admins change how owners are told."""

from __future__ import annotations

from pydantic import SecretStr

from adapters.settings import Settings
from sequences.access.role import Role
from services.console.settings import ELSEWHERE, GROUPS, setting_lines
from services.retention.notice import skip_notice
from services.retention.remove import Retention
from tests.support.rigs.api import settings_for
from tests.support.screens.html import cells
from tests.support.screens.rig import ConsoleRig


def test_every_setting_is_in_one_part() -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) | ELSEWHERE == set(Settings.model_fields)


def test_no_secret_shows() -> None:
    values = {}
    for name, field in Settings.model_fields.items():
        if "SecretStr" in str(field.annotation):
            values[name] = f"secret-{name}"
    settings = settings_for("postgresql://relance:secret-password@db/relance", **values)
    shown = {line.variable: line for group in GROUPS for line in setting_lines(settings, group)}
    assert not any("secret-" in line.value for line in shown.values())
    assert all(shown[f"RELANCE_{name.upper()}"].is_set for name in values)
    assert shown["RELANCE_DATABASE_URL"].value == ""
    assert (shown["RELANCE_LANGUAGE"].value, shown["RELANCE_LANGUAGE"].is_default) == ("en", True)
    assert not shown["RELANCE_COMPANY"].is_default
    bare = settings_for("postgresql://db", twilio_auth_tokens=SecretStr(""))
    assert not next(each for each in setting_lines(bare, "texts") if each.is_secret).is_set


async def test_settings_show_as_they_are(console: ConsoleRig) -> None:
    console.see(role=Role.ADMIN)
    page = await console.page("/settings")
    assert cells(page, "Our company")[1:] == ["<Agency> & Co", "RELANCE_COMPANY"]
    assert "secret" in await console.text("/settings?part=connections")
    assert "a-bearer-token-of-tests" not in await console.page("/settings?part=connections")
    assert "person.first_name" in await console.text("/settings?part=fields")
    assert "There are no owners yet." in await console.text("/settings?part=owners")


async def test_retention_shows_what_is_kept_what_goes_and_what_is_to_come(console: ConsoleRig) -> None:
    api = console.api
    console.see(role=Role.AUDITOR)
    await api.execute(
        "INSERT INTO crm_event (id, received_at, digest, answer) "
        "SELECT 'e' || n, '2020-05-04 09:00Z', 'x', '{}' FROM generate_series(1, 1200) n"
    )
    row = "Events of the CRM, and changes of records"
    kept, oldest, due, last, variable = cells(await console.page("/settings?part=retention"), row)[1:]
    assert kept.startswith("forever (180 days from Tue 18 May 2027")
    assert oldest.startswith("Mon 4 May 2020")
    assert (due, last, variable) == ("0 (500 then)", "none yet", "RELANCE_RETAIN_CRM_EVENTS")
    async with api.database.transaction() as connection:
        await skip_notice(connection, api.settings.retention(), api.now)
    assert cells(await console.page("/settings?part=retention"), row)[3] == "500 or more"
    passing = Retention(api.database, api.settings.retention(), api.clock).whole_pass(api.now)
    assert sum([page.removed async for page in passing]) == 1200
    kept, oldest, due, last, _ = cells(await console.page("/settings?part=retention"), row)[1:]
    assert (kept, oldest, due) == ("180 days", "", "0")
    assert last.startswith("1,200 removed, ")


async def test_an_admin_changes_how_an_owner_is_told(console: ConsoleRig, runs: dict[str, str]) -> None:
    console.see(role=Role.ADMIN)
    await console.api.execute("UPDATE owner SET signature = 'Lea & team' WHERE id = 'o1'")
    assert cells(await console.page("/settings?part=owners"), "Lea Dupont")[2:] == [
        *("In the list only", "as for everybody", "yes"),
    ]
    assert "Lea &amp; team" in await console.page("/settings/owners/o1")
    done = await console.act("/settings/owners/o1/told", notify_by="digest", replies="notify")
    assert done.headers["location"] == "/console/settings?part=owners&said=owner_changed"
    assert cells(await console.page("/settings?part=owners"), "Lea Dupont")[2:4] == [
        *("By mail, once a day", "As a notification"),
    ]
    await console.act("/settings/owners/o1/told", notify_by="email", replies="")
    (row,) = await console.api.fetch("SELECT notify_by, replies FROM owner WHERE id = 'o1'")
    assert (row["notify_by"], row["replies"]) == ("email", None)
    assert (await console.act("/settings/owners/o1/told", notify_by="pigeon")).status_code == 422
    assert (await console.act("/settings/owners/none/told", notify_by="none")).status_code == 404
    console.see(role=Role.AUDITOR)
    assert "<select" not in await console.page("/settings/owners/o1")
    assert (await console.act("/settings/owners/o1/told", notify_by="none")).status_code == 403
    console.see(role=Role.LEAD)
    await console.page("/settings", 403)
