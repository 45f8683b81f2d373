"""What happens here is written there once, in order, and comes back as our own."""

from datetime import timedelta
from typing import Any

import pytest

from adapters.postgres import queries
from adapters.templates.renderer import Renderer
from sequences.definition.follow_ups import SetField
from sequences.errors import RefusedError, UnavailableError
from sequences.reactions.sentiment import Label
from services.crm.status import retry_crm_writes
from services.enrolling.enroll import EntryRequest
from services.events import read as reading_events
from services.follow_ups.carry_out import Cause, FollowUps
from services.operations.review import Opinion, review
from services.runs.planning import Planning
from services.runs.run_row import RunRow
from services.sending.compose_email import Composer
from services.sending.suppress import NewSuppression, suppress
from starter.composition import organisation_of
from tests.support.crm.rig import CrmRig
from tests.support.crm.world import ms


async def begun(crm: CrmRig) -> str:
    """A candidate of the CRM in a run of ``hello``, of which nothing was written yet."""
    await crm.look()
    crm.world.put("Candidate", "1", firstName="Ada", lastName="Byron", email="ada@person.example", status="Active")
    await crm.look()
    await crm.api.publish()
    accepted = await crm.api.enrolling.enroll(EntryRequest("hello", "n1", "candidate-1"))
    return accepted.enrollment


async def set_status(crm: CrmRig, value: str) -> None:
    """The ``set_field`` of the run of ``hello``, carried out as its worker does."""
    api, renderer = crm.api, Renderer()
    follow_ups = FollowUps(renderer, Composer(renderer, organisation_of(api.settings)), api.changes)
    (run,) = await api.fetch("SELECT id FROM enrollment WHERE person_id = 'candidate-1'")
    async with api.database.transaction() as connection:
        context = await Planning(api.records, api.versions).context(
            connection, await RunRow.load(connection, run["id"])
        )
        cause = Cause(f"test:{value}", "replied", api.now)
        await follow_ups.carry_out(connection, context, cause, [SetField(set_field={"person.status": value})])


async def enroll(crm: CrmRig, number: int) -> None:
    """Another candidate of the CRM, in a run of ``hello``."""
    crm.world.put("Candidate", str(number), firstName="Ada", email=f"c{number}@person.example", status="Active")
    await crm.look()
    await crm.api.enrolling.enroll(EntryRequest("hello", f"n{number}", f"candidate-{number}"))


def notes_of(crm: CrmRig) -> list[int]:
    """Whom the notes there are about, in the order in which they were made."""
    return [note["personReference"]["id"] for note in crm.world.made["note"]]


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


async def test_a_crm_that_is_off_costs_nothing_and_hears_of_nothing_that_happened_meanwhile(crm: CrmRig) -> None:
    await begun(crm)
    await crm.write()
    async with crm.api.database.statement() as connection:
        await queries.disconnect_crms(connection, name=None)
    await enroll(crm, 2)
    await crm.write()
    # Nobody reads the stream: events have not even got positions.
    waiting = "SELECT count(*) AS n FROM stream_event WHERE position IS NULL"
    assert (await crm.api.fetch(waiting))[0]["n"] > 0
    await crm.parts.connected.register()
    await enroll(crm, 3)
    await crm.write()
    assert notes_of(crm) == [1, 3]


async def test_what_happened_long_before_it_was_connected_is_not_written(
    crm: CrmRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading_events, "PLACED_AT_ONCE", 2)
    async with crm.api.database.statement() as connection:
        await queries.disconnect_crms(connection, name=None)
    await begun(crm)
    for number in range(2, 8):
        await enroll(crm, number)
    # More than what gets a position at once: all of it is behind the CRM.
    await crm.parts.connected.register()
    await enroll(crm, 9)
    await crm.write()
    assert notes_of(crm) == [9]


async def test_who_only_asks_the_crm_something_does_not_end_what_is_written(crm: CrmRig) -> None:
    async with crm.api.database.statement() as connection:
        await queries.know_crm(connection, name="bullhorn")
    await begun(crm)
    await crm.write()
    assert notes_of(crm) == [1]


async def test_a_death_while_planning_costs_nothing_and_doubles_nothing(
    crm: CrmRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await begun(crm)

    async def dies(*_args: Any, **_more: Any) -> int:
        raise UnavailableError("Postgres went away in this test")

    with monkeypatch.context() as patch:
        patch.setattr(queries, "move_crm_place", dies)
        with pytest.raises(UnavailableError):
            await crm.parts.planning.plan()
    assert await crm.writes() == []
    assert (await crm.status()).unplanned == 1
    await crm.write()
    # The same place once more, as after the restore of an older backup of that row: the same keys.
    await crm.api.execute("UPDATE crm_connection SET position = 0")
    await crm.write()
    assert notes_of(crm) == [1]
    assert (await crm.status()).unplanned == 0


async def test_more_than_a_page_is_planned_in_order(crm: CrmRig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("services.crm.plan_writes._AT_ONCE", 2)
    await begun(crm)
    for number in range(2, 6):
        await enroll(crm, number)
    await crm.write()
    assert [row["record"] for row in await crm.writes()] == ["1", "2", "3", "4", "5"]


async def test_a_reply_is_written_with_the_label_that_a_person_gave_it(crm: CrmRig) -> None:
    enrollment = await begun(crm)
    await crm.write()
    crm.world.made["note"].clear()
    reaction = await crm.api.reaction("k1", enrollment, "replied")
    await crm.api.row("score_reaction", id=reaction, label="neutral", confidence=0.4, intent="question", opt_out=False,
                      held=True, reasons=[])  # fmt: skip
    await crm.write()
    await crm.api.execute("UPDATE reaction SET handled_at = now() WHERE id = $1", reaction)
    await crm.write()
    assert crm.world.made["note"] == []
    for number, label in enumerate((Label.POSITIVE, Label.POSITIVE, Label.NEGATIVE, Label.POSITIVE)):
        async with crm.api.database.transaction() as connection:
            await review(connection, reaction, Opinion(label), crm.api.now + timedelta(minutes=number))
        await crm.write()
    # The same word again is no other thing to write; of a negative one this mapping writes nothing.
    (note,) = crm.world.made["note"]
    assert note["comments"].startswith("positive:")
    (row,) = await crm.writes(occasion="replied")
    assert (
        row["at"] == (await crm.api.fetch("SELECT received_at FROM reaction WHERE id = $1", reaction))[0]["received_at"]
    )


async def test_a_reply_that_the_model_was_sure_of_is_written_once(crm: CrmRig) -> None:
    enrollment = await begun(crm)
    reaction = await crm.api.reaction("k1", enrollment, "replied")
    await crm.api.row("score_reaction", id=reaction, label="positive", confidence=0.9, intent="interested",
                      opt_out=False, held=False, reasons=[])  # fmt: skip
    await crm.write()
    await crm.api.execute("UPDATE reaction SET handled_at = now() WHERE id = $1", reaction)
    await crm.write()
    assert [row["state"] for row in await crm.writes(occasion="replied")] == ["done"]


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


@pytest.mark.parametrize(
    ("reason", "lifted", "written"),
    [("by_sequence", False, 1), ("unsubscribed", False, 1), ("unsubscribed", True, 0), ("crm", False, 0)],
)
async def test_which_opt_outs_the_crm_hears_of(crm: CrmRig, reason: str, lifted: bool, written: int) -> None:
    await begun(crm)
    async with crm.api.database.transaction() as connection:
        await suppress(connection, NewSuppression("all", reason, "r1", crm.api.now, person="candidate-1"))
    if lifted:
        await crm.api.execute("UPDATE suppression SET lifted_at = $1", crm.api.now)
    await crm.write()
    assert len(await crm.writes(occasion="opted_out")) == written


async def test_a_field_that_had_that_value_before_is_not_written_there(crm: CrmRig) -> None:
    await begun(crm)
    await set_status(crm, "Active")
    await crm.write()
    assert await crm.writes(occasion="field_set") == []


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
        await enroll(crm, number)
    other = crm.another()
    await asyncio.gather(crm.parts.planning.plan(), other.planning.plan())
    await asyncio.gather(*(each.sending.send() for each in (crm.parts, other) for _ in range(2)))
    await crm.write()
    assert sorted(notes_of(crm)) == list(range(1, 12))


async def test_the_deadline_of_a_write_does_not_run_while_the_crm_is_away(crm: CrmRig) -> None:
    await begun(crm)
    crm.world.fail(503, times=10_000)
    for _ in range(10):
        await crm.pass_time(86_400)
        await crm.write()
    (row,) = await crm.writes()
    assert (row["state"], row["tries"], row["tried_since"]) == ("waiting", 0, None)
    assert timedelta(0) <= row["next_try_at"] - row["at"]
