"""What changes in the CRM comes in once, whatever its order, its number, and who dies in between."""

from datetime import date, timedelta
from typing import Any

import pytest

from adapters.crm.bullhorn.login import BullhornSession
from sequences.errors import UnavailableError
from services.crm.sessions import StoredSessions
from tests.support.crm.rig import CrmRig
from tests.support.crm.world import ms

EASTERN_MIDNIGHT = 1_809_748_800_000
"""2027-05-08 00:00 in New York, as Bullhorn keeps a date."""


def candidate(crm: CrmRig, number: int = 1, **more: Any) -> None:
    values = {"firstName": "Ada", "lastName": "Byron", "email": f"c{number}@person.example", "status": "Active"}
    crm.world.put("Candidate", str(number), **(values | more))


async def person(crm: CrmRig, number: int = 1) -> Any:
    return await crm.api.row("person_row", id=f"candidate-{number}")


async def look_without_postgres(crm: CrmRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """A look whose rows are never stored."""

    async def away(*_args: Any) -> int:
        raise UnavailableError("Postgres went away in this test")

    with monkeypatch.context() as patch:
        patch.setattr(type(crm.parts.reading.apply), "apply", away)
        with pytest.raises(UnavailableError):
            await crm.look()


async def test_people_placements_owners_and_clients_come_in_with_their_references(crm: CrmRig) -> None:
    await crm.look()
    # The placement's event comes first, its people's last.
    crm.world.put("Placement", "5", candidate={"id": 1}, status="On Assignment", dateBegin=EASTERN_MIDNIGHT)
    candidate(crm, 1, status="Interested party", owner={"id": 7})
    crm.world.put("CorporateUser", "7", firstName="Dana", lastName="Scully", email="dana@agency.example")
    look = await crm.look()
    assert (look.read, look.refused, look.problem) == (3, 0, "")
    row = await person(crm)
    assert (row["first_name"], row["status"], row["owner_id"], row["type"]) == (
        "Ada",
        "Interested",
        "user-7",
        "Candidate",
    )
    placement = await crm.api.row("placement_row", id="placement-5")
    assert (placement["person_id"], placement["start_date"]) == ("candidate-1", date(2027, 5, 8).isoformat())
    assert (await crm.api.row("owner_row", id="user-7"))["first_name"] == "Dana"


async def test_a_death_between_the_rows_and_the_cursor_costs_nothing(crm: CrmRig) -> None:
    await crm.look()
    candidate(crm)
    stored = (await crm.api.fetch("SELECT cursor FROM crm_connection"))[0]["cursor"]
    await crm.look()
    first = await crm.api.fetch("SELECT count(*) AS n FROM change WHERE entity_id = 'candidate-1'")
    # Bullhorn has purged the events; they are asked for by the number of their request again.
    await crm.api.execute("UPDATE crm_connection SET cursor = $1", stored)
    candidate(crm, 2)
    look = await crm.look()
    assert look.read == 2
    assert await crm.api.fetch("SELECT count(*) AS n FROM change WHERE entity_id = 'candidate-1'") == first
    assert (await person(crm, 2))["first_name"] == "Ada"


async def test_a_death_before_the_rows_loses_nothing_though_reading_purges(
    crm: CrmRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crm.look()
    candidate(crm)
    await look_without_postgres(crm, monkeypatch)
    assert await person(crm) is None
    assert crm.world.events == []
    await crm.look()
    assert (await person(crm))["first_name"] == "Ada"


async def test_a_number_of_the_last_request_that_is_behind_loses_no_request(
    crm: CrmRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crm.look()
    await crm.look()
    candidate(crm)
    await look_without_postgres(crm, monkeypatch)
    # What was read and not stored is known by its number alone, and the number comes from a copy that is behind.
    crm.world.repeat(r"GET .*/lastRequestId")
    candidate(crm, 2)
    await crm.look()
    assert crm.world.repetitions == []
    await crm.look()
    assert (await person(crm))["first_name"] == "Ada"
    assert (await person(crm, 2))["first_name"] == "Ada"


async def test_a_subscription_that_expired_is_made_again_and_what_was_missed_is_read(crm: CrmRig) -> None:
    await crm.look()
    await crm.pass_time(8 * 86_400)
    candidate(crm)
    crm.world.lose_subscription()
    look = await crm.look()
    assert look.problem == ""
    assert (await person(crm))["first_name"] == "Ada"
    candidate(crm, 2)
    await crm.look()
    assert (await person(crm, 2))["first_name"] == "Ada"


async def test_an_older_telling_never_undoes_a_newer_one(crm: CrmRig) -> None:
    await crm.look()
    candidate(crm, 1, status="Active")
    await crm.look()
    stale = {**crm.world.records["Candidate"]["1"], "status": "Old"}
    crm.world.modified["Candidate", "1"] -= timedelta(hours=1)
    crm.world.records["Candidate"]["1"] = stale
    crm.world.changed("Candidate", "1", "UPDATED")
    await crm.look()
    assert (await person(crm))["status"] == "Active"


async def test_off_limits_there_suppresses_here_and_its_end_lifts_only_that(crm: CrmRig) -> None:
    await crm.look()
    candidate(crm, 1, massMailOptOut=True)
    await crm.look()
    rows = await crm.api.fetch("SELECT channel, reason, lifted_at FROM suppression WHERE person_id = 'candidate-1'")
    assert [(row["channel"], row["reason"], row["lifted_at"]) for row in rows] == [("email", "crm", None)]
    assert await crm.writes(occasion="opted_out") == []
    crm.world.put("Candidate", "1", massMailOptOut=False)
    await crm.look()
    (row,) = await crm.api.fetch("SELECT lifted_at FROM suppression WHERE person_id = 'candidate-1'")
    assert row["lifted_at"] is not None
    crm.world.put("Candidate", "1", status="Off limits")
    await crm.look()
    rows = await crm.api.fetch("SELECT channel FROM suppression WHERE person_id = 'candidate-1' AND lifted_at IS NULL")
    assert [row["channel"] for row in rows] == ["all"]


async def test_what_was_deleted_there_is_deleted_here(crm: CrmRig) -> None:
    await crm.look()
    candidate(crm)
    candidate(crm, 2)
    await crm.look()
    crm.world.remove("Candidate", "1")
    crm.world.put("Candidate", "2", isDeleted=True)
    await crm.look()
    assert (await person(crm))["deleted_at"] is not None
    assert (await person(crm, 2))["deleted_at"] is not None


async def test_an_item_that_cannot_be_taken_is_counted_with_its_reason_and_holds_up_nothing(crm: CrmRig) -> None:
    await crm.look()
    crm.world.put("Placement", "6", candidate=None, status="Open")
    candidate(crm)
    look = await crm.look()
    assert (look.read, look.refused) == (2, 1)
    assert (await person(crm)) is not None
    found = await crm.status()
    assert found.records_refused == 1
    assert found.refused_reason is not None
    assert "person" in found.refused_reason


async def test_a_field_that_is_gone_there_stops_reading_and_says_so_once(crm: CrmRig) -> None:
    await crm.look()
    crm.world.fields["Candidate"] = crm.world.fields["Candidate"] - {"status"}
    candidate(crm)
    for _ in range(3):
        look = await crm.look()
    assert "Candidate has no field status any more" in look.problem
    assert (await crm.status()).state == "fails"
    told = await crm.api.fetch("SELECT title FROM notification WHERE owner_id = 'operator'")
    assert len(told) == 1
    # Nothing is lost: the events are read again by their numbers.
    crm.world.fields["Candidate"] = crm.world.fields["Candidate"] | {"status"}
    await crm.look()
    assert (await person(crm))["first_name"] == "Ada"


async def test_a_crm_that_is_away_for_a_day_loses_nothing_and_somebody_is_told_once(crm: CrmRig) -> None:
    await crm.look()
    candidate(crm)
    crm.world.fail(503, times=10_000)
    for _ in range(24):
        await crm.look()
        await crm.write()
        await crm.pass_time(3_600)
    crm.world.faults.clear()
    assert (await crm.status()).state == "fails"
    await crm.look()
    assert (await crm.status()).state == "works"
    assert (await person(crm))["first_name"] == "Ada"
    told = await crm.api.fetch("SELECT title FROM notification WHERE owner_id = 'operator' ORDER BY created_at")
    assert [title["title"].partition(":")[0].partition(",")[0] for title in told] == [
        "CRM cannot be used",
        "CRM works again",
    ]


async def test_a_login_of_another_account_writes_nobody_elses_people_here(crm: CrmRig) -> None:
    await crm.look()
    candidate(crm)
    crm.world.corporation = "f000"
    crm.world.expire()
    other = crm.another()
    look = await other.reading.look()
    assert "another account" in look.problem
    assert await person(crm) is None
    accepted = crm.another(accept_account=True)
    await accepted.connected.check_account()


async def test_one_process_reads_at_a_time(crm: CrmRig) -> None:
    now = crm.api.now
    await crm.api.execute("UPDATE crm_connection SET runner = 'another', lease_until = $1", now + timedelta(minutes=1))
    assert (await crm.look()).elsewhere
    await crm.pass_time(120)
    assert not (await crm.look()).elsewhere


async def test_a_session_is_made_once_for_all_processes_and_lies_sealed(crm: CrmRig) -> None:
    keys = crm.api.settings.keys()
    sessions = [StoredSessions(crm.api.database, "bullhorn", "login", keys) for _ in range(2)]
    made: list[str | None] = []

    async def make(former: str | None) -> str:
        made.append(former)
        return BullhornSession(f"t{len(made)}", "https://rest.example/e1/", "https://auth.example").kept()

    first = await sessions[0].renewed(None, make)
    assert await sessions[1].renewed(None, make) == first
    assert await sessions[1].current() == first
    second = await sessions[1].renewed(first, make)
    assert await sessions[0].renewed(first, make) == second
    assert made == [None, first]
    (row,) = await crm.api.fetch("SELECT session FROM crm_connection")
    assert b"rest.example" not in row["session"]
    # Another login, or a key that is gone, costs a new session and nothing else.
    assert await StoredSessions(crm.api.database, "bullhorn", "another", keys).current() is None
    assert await StoredSessions(crm.api.database, "bullhorn", "login", (b"new-key",)).current() is None


async def test_all_records_are_read_by_a_job_that_goes_on_where_it_was(crm: CrmRig) -> None:
    from services.jobs.job import Job, JobProgress

    await crm.look()
    for number in range(1, 206):
        candidate(crm, number)
    crm.world.events.clear()
    job = Job("jbackfill00001", "crm_backfill", "crm:bullhorn", {"again": False}, 0)
    crm.world.fail(503, r"GET .*/query/Candidate", times=1)
    # Owners and clients are read, then Bullhorn goes away.
    with pytest.raises(UnavailableError):
        await crm.parts.backfill.carry_out(job, JobProgress())
    before = crm.world.count(r"query/CorporateUser")
    progress = JobProgress()
    outcome = await crm.parts.backfill.carry_out(job, progress)
    assert progress.done == 205
    assert outcome.result == "205 records read"
    assert crm.world.count(r"query/CorporateUser") == before
    (row,) = await crm.api.fetch("SELECT count(*) AS n FROM person WHERE id LIKE 'candidate-%'")
    assert row["n"] == 205
    assert (await crm.status()).backfilled_at is not None


async def test_a_contact_there_is_a_contact_here(crm: CrmRig) -> None:
    await crm.look()
    at = crm.api.now - timedelta(days=3)
    candidate(crm, 1, dateLastComment=ms(at))
    await crm.look()
    assert (await person(crm))["last_contacted"] == at
