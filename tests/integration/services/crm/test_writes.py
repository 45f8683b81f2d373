"""What happens here is written there once, in order, and comes back as our own."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.postgres.records import ChangeOrigin
from sequences.errors import RefusedError
from services.crm.status import retry_crm_writes
from services.sending.suppress import NewSuppression, suppress
from tests.support.crm.rig import CrmRig
from tests.support.crm.world import ms


async def begun(crm: CrmRig) -> str:
    """A candidate of the CRM in a run of ``hello``, of which nothing was written yet."""
    await crm.look()
    crm.world.put("Candidate", "1", firstName="Ada", lastName="Byron", email="ada@person.example", status="Active")
    await crm.look()
    await crm.api.publish()
    from services.enrolling.enroll import EntryRequest

    accepted = await crm.api.enrolling.enroll(EntryRequest("hello", "n1", "candidate-1"))
    return accepted.enrollment


async def set_status(crm: CrmRig, value: str) -> None:
    """What the ``set_field`` of a run of ``hello`` does."""
    async with crm.api.database.transaction() as connection:
        origin = ChangeOrigin("relance", crm.api.now, lineage=["hello"])
        await crm.api.changes.write(connection, "person", "candidate-1", {"status": value}, origin)


async def status(crm: CrmRig) -> tuple[str, Any]:
    row = await crm.api.row("person_row", id="candidate-1")
    return row["status"], row["field_lineage"].get("status")


async def test_an_enrollment_becomes_one_note(crm: CrmRig) -> None:
    await begun(crm)
    await crm.write()
    await crm.write()
    (note,) = crm.world.made["note"]
    assert (note["comments"], note["action"], note["personReference"]) == ("Added to Hello", "Email", {"id": 1})
    (row,) = await crm.writes()
    assert (row["state"], row["made"], list(row["lineage"])) == ("done", str(note["id"]), ["hello"])


async def test_nothing_is_remembered_where_nothing_is_written(crm: CrmRig) -> None:
    await crm.api.execute("UPDATE crm_connection SET occasions = '{}'")
    await begun(crm)
    assert await crm.api.fetch("SELECT * FROM crm_happening") == []


async def test_a_reply_is_written_with_the_label_that_a_person_gave_it(crm: CrmRig) -> None:
    enrollment = await begun(crm)
    await crm.write()
    crm.world.made["note"].clear()
    reaction = await crm.api.reaction("k1", enrollment, "replied")
    await crm.api.execute(
        "UPDATE reaction SET label = 'neutral', held_for_review = true, handled_at = now() WHERE id = $1", reaction
    )
    await crm.write()
    assert crm.world.made["note"] == []
    await crm.api.execute(
        "UPDATE reaction SET label = 'positive', held_for_review = false, reviewed_at = now() WHERE id = $1", reaction
    )
    await crm.write()
    (note,) = crm.world.made["note"]
    assert note["comments"].startswith("positive:")


async def test_a_task_and_a_lead_are_written(crm: CrmRig) -> None:
    enrollment = await begun(crm)
    await crm.api.execute(
        "INSERT INTO task (id, title, due_at, person_id, enrollment_id, created_at)"
        " VALUES ('t1', 'Call Ada', $2, 'candidate-1', $1, $2)",
        enrollment,
        crm.api.now,
    )
    await crm.api.execute(
        "INSERT INTO lead (id, person_id, source, enrollment_id, created_at)"
        " VALUES ('l1', 'candidate-1', 'hello', $1, $2)",
        enrollment,
        crm.api.now,
    )
    await crm.write()
    (task,) = crm.world.made["task"]
    assert (task["subject"], task["candidate"], task["type"]) == ("Call Ada", {"id": 1}, "Follow-up")
    (lead,) = crm.world.made["lead"]
    assert (lead["name"], lead["email"], lead["status"]) == ("Ada Byron", "ada@person.example", "New Lead")


async def test_a_field_that_a_sequence_set_goes_there_by_their_word_and_comes_back_as_its_own(crm: CrmRig) -> None:
    await begun(crm)
    await set_status(crm, "Interested")
    await crm.write()
    assert crm.world.value("Candidate", "1", "status") == "Interested party"
    await crm.pass_time(2 * 86_400)
    await crm.look()
    # Long after the window in which equal values count as echoes: the value is known as our write.
    assert await status(crm) == ("Interested", ["hello"])


async def test_a_field_that_was_only_written_there_has_its_lineage_here_when_it_comes_back(crm: CrmRig) -> None:
    await begun(crm)
    await crm.api.execute(
        "INSERT INTO crm_write (id, crm, occasion, kind, entity, record, person_id, body, lineage, at, next_try_at)"
        " VALUES ('xonlythere0001', 'bullhorn', 'finished', 'fields', 'Candidate', '1', 'candidate-1', $1, '{hello}',"
        " $2, $2)",
        {
            "kind": "fields",
            "entity": "Candidate",
            "record": "1",
            "at": crm.api.now.isoformat(),
            "fields": {"status": "Dead"},
        },
        crm.api.now,
    )
    await crm.write()
    await crm.pass_time(86_400)
    await crm.look()
    assert await status(crm) == ("Dead", ["hello"])
    # A person's word there is a person's, also when it is the same one a second time.
    crm.world.put("Candidate", "1", status="Active")
    await crm.look()
    assert await status(crm) == ("Active", None)
    crm.world.put("Candidate", "1", status="Dead")
    await crm.look()
    assert await status(crm) == ("Dead", None)


async def test_a_telling_that_is_older_than_what_we_are_about_to_write_undoes_nothing(crm: CrmRig) -> None:
    await begun(crm)
    await set_status(crm, "Interested")
    await crm.parts.planning.plan()
    # Somebody changes another field there before our value has arrived.
    crm.world.put("Candidate", "1", lastName="Lovelace")
    await crm.look()
    assert await status(crm) == ("Interested", ["hello"])
    assert (await crm.api.row("person_row", id="candidate-1"))["last_name"] == "Lovelace"
    await crm.write()
    await crm.look()
    assert await status(crm) == ("Interested", ["hello"])


async def test_our_own_note_is_no_contact_by_a_person(crm: CrmRig) -> None:
    await begun(crm)
    await crm.write()
    assert crm.world.value("Candidate", "1", "dateLastComment") is not None
    await crm.look()
    row = await crm.api.row("person_row", id="candidate-1")
    assert row["last_contacted"] is not None
    assert row["field_lineage"].get("last_contacted") == ["hello"]
    crm.world.put("Candidate", "1", dateLastComment=ms(crm.world.tick(3_600)))
    await crm.pass_time(1)
    await crm.look()
    assert (await crm.api.row("person_row", id="candidate-1"))["field_lineage"].get("last_contacted") is None


async def test_an_opt_out_here_is_one_there_and_does_not_come_back_as_the_crms_own(crm: CrmRig) -> None:
    await begun(crm)
    async with crm.api.database.transaction() as connection:
        await suppress(connection, NewSuppression("email", "opt_out", "r1", crm.api.now, person="candidate-1"))
    await crm.write()
    assert crm.world.value("Candidate", "1", "massMailOptOut") is True
    await crm.look()
    rows = await crm.api.fetch("SELECT reason FROM suppression WHERE person_id = 'candidate-1'")
    assert [row["reason"] for row in rows] == ["opt_out"]


async def test_a_lost_answer_makes_nothing_twice_and_an_outage_makes_everything_in_order(crm: CrmRig) -> None:
    await begun(crm)
    await set_status(crm, "Interested")
    crm.world.fail(504, r"PUT .*/entity/Note", after=True)
    await crm.write()
    assert len(crm.world.made["note"]) == 1
    crm.world.fail(503, times=10_000)
    await set_status(crm, "Hired")
    for _ in range(24):
        await crm.pass_time(3_600)
        await crm.write()
    assert {row["state"] for row in await crm.writes()} == {"waiting"}
    crm.world.faults.clear()
    await crm.pass_time(3_600)
    await crm.write()
    assert len(crm.world.made["note"]) == 1
    assert [row["state"] for row in await crm.writes()] == ["done", "done", "done"]
    assert crm.world.value("Candidate", "1", "status") == "Hired"


async def test_a_write_that_is_refused_is_dead_at_once_told_once_and_can_be_retried(crm: CrmRig) -> None:
    await begun(crm)
    await set_status(crm, "Interested")
    crm.world.fields["Candidate"] = crm.world.fields["Candidate"] - {"status"}
    await crm.write()
    (dead,) = await crm.writes(state="dead")
    assert "errors.invalidField" in dead["result"]
    assert (await crm.status()).dead == 1
    told = await crm.api.fetch("SELECT kind FROM notification WHERE owner_id = 'operator'")
    assert [row["kind"] for row in told] == ["crm_problem"]
    crm.world.fields["Candidate"] = crm.world.fields["Candidate"] | {"status"}
    async with crm.api.database.transaction() as connection:
        assert await retry_crm_writes(connection, "bullhorn", dead["id"], crm.api.now) == 1
    await crm.write()
    assert crm.world.value("Candidate", "1", "status") == "Interested party"
    async with crm.api.database.transaction() as connection:
        with pytest.raises(RefusedError):
            await retry_crm_writes(connection, "bullhorn", dead["id"], crm.api.now)


async def test_what_fails_again_and_again_is_given_up_and_holds_up_nobody_else(crm: CrmRig) -> None:
    await begun(crm)
    crm.world.fail(500, r"PUT .*/entity/Note", times=10_000)
    crm.world.put("Candidate", "2", firstName="Ben", email="ben@person.example", status="Active")
    await crm.look()
    await crm.write()
    crm.world.faults[0].path = r"PUT .*/entity/Note/never"
    crm.world.fail(500, r"(PUT|GET) .*/(entity|search)/Note", times=10_000)
    for _ in range(90):
        await crm.pass_time(3_600)
        await crm.write()
    (row,) = await crm.writes(occasion="enrolled")
    assert row["state"] == "dead"
    assert row["result"].startswith("given up after 3 days")


async def test_writers_of_two_processes_write_each_thing_once(crm: CrmRig) -> None:
    import asyncio

    await begun(crm)
    for number in range(2, 12):
        crm.world.put("Candidate", str(number), firstName="Ada", email=f"c{number}@person.example", status="Active")
    await crm.look()
    from services.enrolling.enroll import EntryRequest

    for number in range(2, 12):
        await crm.api.enrolling.enroll(EntryRequest("hello", f"n{number}", f"candidate-{number}"))
    other = crm.another()
    await asyncio.gather(crm.parts.planning.plan(), other.planning.plan())
    await asyncio.gather(*(each.sending.send() for each in (crm.parts, other) for _ in range(2)))
    await crm.write()
    assert sorted(note["personReference"]["id"] for note in crm.world.made["note"]) == list(range(1, 12))


async def test_the_deadline_of_a_write_does_not_run_while_the_crm_is_away(crm: CrmRig) -> None:
    await begun(crm)
    crm.world.fail(503, times=10_000)
    for _ in range(10):
        await crm.pass_time(86_400)
        await crm.write()
    (row,) = await crm.writes()
    assert (row["state"], row["tries"], row["tried_since"]) == ("waiting", 0, None)
    assert timedelta(0) <= row["next_try_at"] - row["at"]
