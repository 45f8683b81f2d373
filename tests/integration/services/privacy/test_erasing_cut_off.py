"""An erasing that is cut off after any of its transactions goes on when it is asked again, and reports all of it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from adapters.postgres.database import Connection, Database
from services.access.audit import CLI
from services.privacy.ask_to_erase import ErasureOrder
from tests.support.erasing import ScriptedHistories, erasing_of, everything, where_it_says
from tests.support.person_rows import full_world, words_of
from tests.support.rigs.api import ApiRig


class CutOffError(Exception):
    """The process was killed."""


class Mortal(Database):
    """Dies at the beginning of a transaction, after so many."""

    left = 0

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        if self.left == 0:
            raise CutOffError
        self.left -= 1
        async with super().transaction() as connection:
            yield connection


async def test_cut_off_after_each_transaction_it_ends_with_the_same_report(api: ApiRig) -> None:
    runs = await full_world(api)
    (row,) = await api.fetch("SELECT workflow_id FROM enrollment WHERE id = $1", runs["p2"])
    histories = ScriptedHistories({row["workflow_id"]})
    # One row a transaction: as many places to die as there can be.
    mortal = Mortal(api.database.pool)
    erasing = erasing_of(api, histories, database=mortal, most=1)
    expected = await erasing_of(api, histories).preview("p2")
    async with api.database.transaction() as connection:
        root = await erasing.asking.begin(connection, ErasureOrder("p2", CLI), api.now)
    deaths, report = 0, None
    while report is None:
        # What was done stays done, so each try comes further than the one before.
        mortal.left = 1 + 2 * deaths
        try:
            report = await erasing.carry_out(root)
        except CutOffError:
            deaths += 1
            assert deaths < 500, "it comes no further"
    assert deaths > 5
    after = await everything(api)
    for words in (words_of("p2"), "p2@client.example"):
        assert where_it_says(after, words) == set()
    assert not Path(api.uploads.name, "2".rjust(32, "0")).exists()
    said, foreseen = ({each.table: each.rows for each in which.tables} for which in (report, expected))
    # The suppression of the erased, and the erasure itself, are there since it began.
    own = {"erasure", "suppression", "suppressed_address"}
    # The end of the run is an event as well.
    foreseen["stream_event"] += 1
    assert {name: said[name] for name in said if name not in own} == {
        name: foreseen[name] for name in foreseen if name not in own
    }
    assert (report.files, report.histories, report.runs) == (expected.files, 1, 1)
