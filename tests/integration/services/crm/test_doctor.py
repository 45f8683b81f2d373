"""What `relance doctor` finds of the CRM that the settings name, asked on a real port."""

from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from adapters.settings import Settings
from services.doctor.examine import examine
from starter.doctor import checks_of_crm
from tests.support.crm.rig import MAPPING, CrmRig


@pytest.fixture
def settings(crm: CrmRig, tmp_path: Path) -> Settings:
    file = tmp_path / "crm.yaml"
    file.write_text(MAPPING.replace("URL", crm.world.url))
    secrets = {"crm_secret": SecretStr("client-secret"), "crm_password": SecretStr("api-password")}
    return crm.api.settings.model_copy(update={"crm_file": str(file), **secrets})


async def found(crm: CrmRig, settings: Settings) -> list[tuple[str, str]]:
    checks = checks_of_crm(settings, crm.api.database, crm.api.clock)
    return [(each.what, each.command) for each in await examine(checks)]


async def test_each_fault_is_found_with_the_command_that_helps(crm: CrmRig, settings: Settings) -> None:
    await crm.look()
    assert await found(crm, settings) == []
    crm.world.fields["Candidate"] = crm.world.fields["Candidate"] - {"lastName"}
    assert await found(crm, settings) == [("CRM mapping", "relance crm check")]
    crm.world.fields["Candidate"] = crm.world.fields["Candidate"] | {"lastName"}
    crm.world.password = "another"
    crm.world.expire()
    crm.world.refresh = "another"
    assert await found(crm, settings) == [("CRM", "relance crm check")]
    crm.api.now += timedelta(hours=2)
    crm.world.password = "api-password"
    assert await found(crm, settings) == [("CRM reading", "relance serve")]
    Path(settings.crm_file).write_text("crm: bullhorn\n")
    assert {what for what, _ in await found(crm, settings)} == {"CRM mapping"}
    assert await found(crm, settings.model_copy(update={"crm_file": ""})) == []
