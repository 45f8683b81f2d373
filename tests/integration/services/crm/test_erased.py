"""Somebody who is erased here: the CRM is told by their id, last, and that does not bring them back."""

from datetime import timedelta
from typing import Any

from services.enrolling.enroll import EntryRequest
from tests.support.crm.rig import CrmRig
from tests.support.erasing import erase, everything, where_it_says


async def known(crm: CrmRig) -> str:
    """A candidate of the CRM in a run, with a note that waits."""
    await crm.look()
    crm.world.put("Candidate", "1", firstName="Ada", lastName="Byron", email="ada@person.example", status="Active")
    await crm.look()
    await crm.api.publish()
    return (await crm.api.enrolling.enroll(EntryRequest("hello", "n1", "candidate-1"))).enrollment


async def person(crm: CrmRig) -> Any:
    return await crm.api.row("person_row", id="candidate-1")


async def test_the_crm_is_told_last_by_the_id_alone(crm: CrmRig) -> None:
    await known(crm)
    # Planned, and not written yet: it goes with its person.
    await crm.parts.planning.plan()
    await erase(crm.api, "candidate-1")
    await crm.write()
    (note,) = crm.world.made["note"]
    assert note["comments"].startswith("Erased in Relance on ")
    (row,) = await crm.writes()
    assert (row["occasion"], row["state"], row["person_id"]) == ("erased", "done", "candidate-1")
    after = await everything(crm.api)
    for words in ("Byron", "ada@person.example"):
        assert where_it_says(after, words) == set()


async def test_what_is_planned_while_they_are_erased_is_never_written(crm: CrmRig) -> None:
    run = await known(crm)
    await crm.write()
    crm.world.made["note"].clear()
    await erase(crm.api, "candidate-1")
    # Something of a run that was under way: it is written after the erasing, and gets no place in the stream.
    await crm.api.execute(
        "INSERT INTO stream_event (type, at, person_id, enrollment_id, sequence, version, detail) "
        "VALUES ('enrollment.enrolled', now(), 'candidate-1', $1, 'hello', 1, '{}')",
        run,
    )
    await crm.write()
    assert [note["action"] for note in crm.world.made["note"]] == ["Other"]
    assert (
        await crm.api.fetch("SELECT FROM stream_event WHERE person_id = 'candidate-1' AND type <> 'person.erased'")
        == []
    )


async def test_our_own_note_brings_nobody_back_and_a_change_by_a_person_there_does(crm: CrmRig) -> None:
    await known(crm)
    await erase(crm.api, "candidate-1")
    await crm.write()
    erased = await person(crm)
    assert (erased["first_name"], erased["email"]) == (None, None)
    # The note is a change of the record there.
    crm.world.put("Candidate", "1", dateLastComment=1)
    look = await crm.look()
    assert (look.read, look.refused) == (1, 0)
    assert (await person(crm))["first_name"] is None
    await crm.pass_time(timedelta(hours=1).total_seconds())
    crm.world.put("Candidate", "1", status="Active")
    await crm.look()
    # They are in the CRM still; whoever comes again is not contacted.
    assert (await person(crm))["first_name"] == "Ada"
    rows = await crm.api.fetch("SELECT channel FROM suppression WHERE person_id = 'candidate-1' AND lifted_at IS NULL")
    assert "all" in {row["channel"] for row in rows}


async def test_a_person_erased_twice_is_asked_for_no_more_than_once(crm: CrmRig) -> None:
    await known(crm)
    first = await erase(crm.api, "candidate-1")
    await crm.write()
    # That others were told is nothing that is left to erase.
    async with crm.api.database.transaction() as connection:
        from tests.support.erasing import erasing_of

        again = await erasing_of(crm.api).asking.done_before(connection, "candidate-1", crm.api.now)
    assert again == first
