"""Nothing of the person is left but what the list of tables says, and nothing of another is touched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from adapters.postgres.personal_tables import PERSONAL_TABLES, EraseAct
from sequences.errors import NotFoundError
from tests.support.erasing import ScriptedHistories, erase, erasing_of, everything, where_it_says
from tests.support.person_rows import full_world, words_of
from tests.support.rigs.api import ApiRig


def of_person(rows: dict[str, list[dict[str, str]]], person: str) -> dict[str, list[dict[str, str]]]:
    return {table: [row for row in each if words_of(person) in " ".join(row.values())] for table, each in rows.items()}


async def test_no_word_of_the_person_is_left_and_nothing_of_another_is_touched(api: ApiRig) -> None:
    await full_world(api)
    before = await everything(api)
    assert {each.name for each in PERSONAL_TABLES if each.personal} - {"erasure"} <= {
        name.partition(".")[0] for name in where_it_says(before, words_of("p2"))
    } | {"suppression", "suppressed_address", "crm_event"}
    report = await erase(api, "p2")
    after = await everything(api)
    for words in (words_of("p2"), "p2@client.example", "Ben"):
        assert where_it_says(after, words) == set()
    assert not Path(api.uploads.name, "2".rjust(32, "0")).exists()
    assert of_person(after, "p1") == of_person(before, "p1")
    assert Path(api.uploads.name, "1".rjust(32, "0")).exists()
    assert report.done_at == api.now
    assert {each.table for each in report.kept} == {
        each.name for each in PERSONAL_TABLES if each.erasing.act is EraseAct.KEEP
    }


async def test_asked_again_it_says_the_same(api: ApiRig) -> None:
    await full_world(api)
    report = await erase(api, "p2")
    assert await erase(api, "p2") == report
    async with api.database.transaction() as connection:
        assert await erasing_of(api).asking.done_before(connection, "p2", api.now) == report
    rows = await api.fetch("SELECT act, subject, detail FROM audit_event WHERE act LIKE 'person_eras%' ORDER BY id")
    assert [(row["act"], row["subject"]) for row in rows] == [
        ("person_erasure_begun", "person:p2"),
        ("person_erased", "person:p2"),
    ]
    assert rows[1]["detail"] == report.stored()


async def test_somebody_unknown_is_not_erased(api: ApiRig) -> None:
    with pytest.raises(NotFoundError, match="nothing is stored about a person with the id nobody"):
        await erase(api, "nobody")


async def statistics(api: ApiRig) -> list[dict[str, Any]]:
    rows = await api.fetch("SELECT sequence, state, facts, entered_at FROM run_outcome ORDER BY enrollment_id")
    return [dict(row) for row in rows]


async def test_histories_that_may_not_be_deleted_stay_and_the_report_says_so(api: ApiRig) -> None:
    runs = await full_world(api)
    (row,) = await api.fetch("SELECT workflow_id FROM enrollment WHERE id = $1", runs["p2"])
    histories = ScriptedHistories({row["workflow_id"], "enrollment:hello:p1"})
    report = await erase(api, "p2", erasing_of(api, histories))
    assert (report.histories, histories.deleted) == (1, [row["workflow_id"]])
    histories = ScriptedHistories({"enrollment:hello:p1"}, refuses="Temporal does not let us")
    report = await erase(api, "p1", erasing_of(api, histories))
    assert report.histories == 0
    assert "Temporal does not let us" in report.histories_left
