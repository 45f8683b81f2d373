"""Who was erased, and got an open run all the same, is recognised before a message goes, whichever way it takes."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
import pytest_asyncio
from temporalio.testing import ActivityEnvironment

from sequences.runs.state import StepCall
from services.privacy.erased_addresses import Remembered, remember
from tests.support.rigs.send import NOW, ORGANISATION, SendRig, made_ready_first, send_rig

if TYPE_CHECKING:
    from collections.abc import AsyncIterator


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        await made.publish("mails")
        yield made


@pytest.mark.parametrize("slowly", [False, True])
async def test_nothing_goes_to_an_address_that_was_erased(
    rig: SendRig, monkeypatch: pytest.MonkeyPatch, slowly: bool
) -> None:
    if slowly:
        made_ready_first(monkeypatch)
    erased, other = await rig.ready("mails", frozen=False), await rig.ready("mails", frozen=False)
    # By SQL, in the spelling of whoever typed it.
    await rig.database.pool.execute("UPDATE person SET email = 'P1@Client.example' WHERE id = 'p1'")
    async with rig.database.transaction() as connection:
        told = Remembered("p1@client.example", "all", "opt_out", NOW)
        await remember(connection, ORGANISATION.token_keys, told)
    for context in (erased, other):
        await ActivityEnvironment().run(rig.steps().take_step, StepCall(context.run.id, "one", NOW))
    assert [row["state"] for row in await rig.fetch("SELECT state FROM send ORDER BY person_id")] == ["refused", "sent"]
    assert await rig.step(erased) == "refused"
    rows = await rig.fetch("SELECT person_id, channel, reason, since FROM suppression")
    assert [tuple(row.values()) for row in (dict(each) for each in rows)] == [("p1", "all", "opt_out", NOW)]
