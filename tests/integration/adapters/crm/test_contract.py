"""What every adapter of a CRM has to do, held against its stand-in over HTTP."""

import asyncio
import random
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from adapters.crm.session import OwnSession
from sequences.crm.records import CrmKey, CrmRecord, EntityFields, plain, value_at
from sequences.crm.writing import CrmWrite
from sequences.errors import CrmAccessError, CrmAwayError, CrmRefusedError
from tests.support.crm.connected import Kit

AT = datetime(2027, 5, 4, 9, tzinfo=UTC)


def note(kit: Kit, record: str = "1", text: str = "She replied: yes.") -> CrmWrite:
    return CrmWrite(kind="note", entity=kit.names.person, record=record, at=AT, text=text, label="Email")


def fields(kit: Kit, values: dict[str, str], record: str = "1", *, only_if_blank: bool = False) -> CrmWrite:
    return CrmWrite(
        kind="fields", entity=kit.names.person, record=record, at=AT, fields=values, only_if_blank=only_if_blank
    )


async def test_what_was_there_before_the_first_look_is_no_change(kit: Kit) -> None:
    kit.put(1, "Ada")
    kit.world.tick(86_400)
    begun = await kit.crm.changes(None, kit.wanted)
    assert begun.records == ()
    assert not begun.more


async def test_a_change_is_read_with_its_values_and_its_instant(kit: Kit) -> None:
    cursor = await kit.begun()
    kit.put(1, "Ada", "Active")
    found, _ = await kit.drain(cursor)
    assert found
    record = found[-1]
    assert record.key == CrmKey(kit.names.person, "1")
    assert value_at(record.values, kit.names.first) == "Ada"
    assert value_at(record.values, kit.names.status) == "Active"
    assert record.at is not None
    assert abs(record.at - kit.world.modified[kit.names.person, "1"]) < timedelta(seconds=1)


async def test_whoever_dies_before_the_cursor_is_stored_reads_at_least_the_same_again(kit: Kit) -> None:
    cursor = await kit.begun()
    kit.put(1, "Ada")
    first, _ = await kit.drain(cursor)
    kit.put(2, "Ben")
    again, _ = await kit.drain(cursor)
    assert {record.key.id for record in first} == {"1"}
    assert {record.key.id for record in again} == {"1", "2"}


async def test_many_changes_of_many_records_lose_none_and_show_the_newest_value(kit: Kit) -> None:
    cursor = await kit.begun()
    for number in range(1, 231):
        kit.put(number, "First")
    for number in range(230, 200, -1):
        kit.put(number, "Newest")
    found, cursor = await kit.drain(cursor)
    newest = {record.key.id: value_at(record.values, kit.names.first) for record in found}
    assert len(newest) == 230
    assert Counter(newest.values()) == {"First": 200, "Newest": 30}
    # Looking again loses nothing and ends.
    kit.put(7, "Later")
    found, _ = await kit.drain(cursor)
    assert "Later" in {value_at(record.values, kit.names.first) for record in found}


async def test_changes_that_come_twice_and_in_another_order_show_what_is_there_now(kit: Kit) -> None:
    cursor = await kit.begun()
    for number in range(1, 21):
        kit.put(number, "First")
        kit.put(number, "Second")
    kit.world.unsettle(random.Random(18))
    kit.put(1, "Third")
    found, cursor = await kit.drain(cursor)
    newest = {record.key.id: value_at(record.values, kit.names.first) for record in found}
    assert newest == {str(number): "Third" if number == 1 else "Second" for number in range(1, 21)}
    # Each time with the instant of its last modification: an older telling can be told from a newer one.
    for record in found:
        at = kit.world.modified[kit.names.person, record.key.id]
        assert record.at is not None
        assert abs(record.at - at) < timedelta(seconds=1)


async def test_a_change_that_the_crm_shows_a_minute_late_is_read(kit: Kit) -> None:
    kit.put(1, "Ada")
    kit.put(2, "Ben")
    cursor = await kit.begun()
    kit.world.late.add((kit.names.person, "1"))
    kit.put(1, "Late")
    kit.put(2, "Punctual")
    found, cursor = await kit.drain(cursor)
    assert "Punctual" in {value_at(record.values, kit.names.first) for record in found}
    kit.world.tick(60)
    kit.put(2, "Later")
    found, cursor = await kit.drain(cursor)
    assert "Late" not in {value_at(record.values, kit.names.first) for record in found}
    kit.world.arrive()
    found, _ = await kit.drain(cursor)
    assert "Late" in {value_at(record.values, kit.names.first) for record in found}


async def test_a_change_that_the_crm_shows_a_day_late_is_read_within_hours(kit: Kit) -> None:
    # Until a minute after midnight of the day after: a search by days must not begin too late.
    kit.world.tick(14 * 3_600 + 59 * 60 + 40)
    kit.put(1, "Ada")
    cursor = await kit.begun()
    kit.world.late.add((kit.names.person, "1"))
    kit.put(1, "Late")
    for hour in range(24):
        kit.put(2, f"At {hour}")
        found, cursor = await kit.looks(cursor, 1)
        assert "Late" not in kit.newest(found).values()
    _, cursor = await kit.drain(cursor)
    kit.world.arrive()
    found, cursor = await kit.looks(cursor, 8)
    assert kit.newest(found)["1"] == "Late"


async def test_changes_behind_a_full_page_that_the_crm_shows_a_minute_late_are_read(kit: Kit) -> None:
    cursor = await kit.begun()
    kit.world.late.add((kit.names.person, "1"))
    for number in range(1, 131):
        kit.put(number, "First")
        kit.world.tick(-0.9)
    _, cursor = await kit.drain(cursor)
    kit.world.tick(20)
    kit.world.arrive()
    found, _ = await kit.drain(cursor)
    assert kit.newest(found)["1"] == "First"


@pytest.mark.parametrize("back", [1, 2, 3])
async def test_an_older_page_is_no_end_and_hides_nothing(kit: Kit, back: int) -> None:
    cursor = await kit.begun()
    told: list[CrmRecord] = []
    for number in range(1, 131):
        kit.put(number, "First")
    found, cursor = await kit.drain(cursor)
    told += found
    for number in range(60, 191):
        kit.put(number, "Second")
    kit.world.repeat(kit.names.looks, back=back, times=2)
    found, cursor = await kit.drain(cursor)
    told += found
    found, cursor = await kit.looks(cursor, 3)
    assert not kit.world.repetitions, "older pages were answered"
    expected = {str(number): "First" if number < 60 else "Second" for number in range(1, 191)}
    assert kit.newest(told + found) == expected


async def test_a_page_that_stays_old_is_not_read_for_ever(kit: Kit) -> None:
    cursor = await kit.begun()
    for number in range(1, 131):
        kit.put(number, "First")
    first, cursor = await kit.drain(cursor)
    kit.put(1, "Second")
    kit.world.repeat(kit.names.looks, times=10_000)
    found, cursor = await kit.looks(cursor, 3)
    assert "Second" not in kit.newest(found).values()
    kit.world.repetitions.clear()
    found, _ = await kit.looks(cursor, 9)
    assert kit.newest(first + found)["1"] == "Second"


async def test_an_unsettled_list_of_all_records_leaves_none_out(kit: Kit) -> None:
    for number in range(1, 251):
        kit.put(number, "Ada")
    kit.world.unsettle(random.Random(19))
    after, seen = None, set()
    for _ in range(100):
        page = await kit.crm.page(kit.wanted[0], after)
        seen |= {record.key.id for record in page.records}
        after = page.after
        if after is None:
            break
    assert seen == {str(number) for number in range(1, 251)}


@pytest.mark.parametrize("seed", range(4))
async def test_whatever_the_order_number_and_delay_nothing_is_lost_and_the_newest_stays(kit: Kit, seed: int) -> None:
    """People at work, and a CRM that tells everything twice, in any order, late, and from an older page."""
    chance = random.Random(seed)
    world, person = kit.world, kit.names.person
    cursor = await kit.begun()
    told: list[CrmRecord] = []
    for round_ in range(12):
        if chance.random() < 0.5:
            world.unsettle(chance)
        for number in chance.sample(range(1, 61), chance.randint(1, 60)):
            if chance.random() < 0.2:
                world.late.add((person, str(number)))
            # An id is never given again.
            if (person, str(number)) not in world.gone:
                kit.put(number, f"{number} in {round_}")
        if kit.names.deletes and world.records[person] and chance.random() < 0.5:
            world.remove(person, chance.choice(sorted(world.records[person], key=int)))
        if chance.random() < 0.5:
            world.repeat(kit.names.looks, back=chance.randint(1, 3), times=chance.randint(1, 3))
        if chance.random() < 0.3:
            world.arrive()
        # Whoever dies before the cursor is stored reads the same again.
        found, reached = await kit.drain(cursor)
        told += found
        cursor = reached if chance.random() < 0.8 else cursor
        world.tick(chance.choice([1, 60, 3_600]))
    world.arrive()
    world.repetitions.clear()
    found, cursor = await kit.looks(cursor, 14)
    expected: dict[str, object] = {each: row[kit.names.first] for each, row in world.records[person].items()}
    expected |= {each: None for kind, each in world.gone if kind == person}
    assert kit.newest(told + found) == expected


async def test_a_deleted_record_is_said_to_be_deleted(kit: Kit) -> None:
    if not kit.names.deletes:
        pytest.skip("this CRM does not say what was deleted; docs/crm.md says so")
    kit.put(1, "Ada")
    cursor = await kit.begun()
    kit.world.remove(kit.names.person, "1")
    found, _ = await kit.drain(cursor)
    assert [(record.key.id, record.deleted) for record in found] == [("1", True)]


async def test_all_records_are_read_page_by_page_each_once(kit: Kit) -> None:
    for number in range(1, 251):
        kit.put(number, "Ada")
    after, seen = None, []
    for _ in range(100):
        page = await kit.crm.page(kit.wanted[0], after)
        seen += [record.key.id for record in page.records]
        after = page.after
        if after is None:
            break
    assert sorted(seen, key=int) == [str(number) for number in range(1, 251)]


async def test_one_record_by_its_id_or_none(kit: Kit) -> None:
    kit.put(1, "Ada")
    found = await kit.crm.record(CrmKey(kit.names.person, "1"), kit.wanted[0].fields)
    assert found is not None
    assert value_at(found.values, kit.names.first) == "Ada"
    assert await kit.crm.record(CrmKey(kit.names.person, "99"), kit.wanted[0].fields) is None


async def test_the_fields_of_a_kind_are_known_so_that_one_that_is_gone_is_found(kit: Kit) -> None:
    kit.put(1, "Ada", **{kit.names.blank: "x"})
    known = await kit.crm.fields(kit.names.person)
    assert known is not None
    assert {kit.names.first, kit.names.status} <= set(known)
    assert "nothingLikeThis" not in known


async def test_a_note_is_made_about_its_person(kit: Kit) -> None:
    kit.put(1, "Ada")
    done = await kit.crm.write(note(kit), "xkey0000000001", maybe_done=False)
    (made,) = kit.world.made["note"]
    assert plain(done.made) == plain(made["id"])
    assert "She replied: yes." in str(made)
    assert "'1'" in str(made) or "1" in str(made.get("personReference"))


async def test_a_task_and_a_lead_are_made(kit: Kit) -> None:
    kit.put(1, "Ada")
    task = CrmWrite(
        kind="task",
        entity=kit.names.person,
        record="1",
        at=AT,
        title="Call Ada",
        text="It goes well",
        due=AT + timedelta(days=1),
    )
    assert (await kit.crm.write(task, "xkey0000000002", maybe_done=False)).made
    lead = CrmWrite(kind="lead", entity=kit.names.person, record="1", at=AT)
    assert (await kit.crm.write(lead, "xkey0000000003", maybe_done=False)).made
    assert "Call Ada" in str(kit.world.made["task"])
    assert len(kit.world.made["lead"]) == 1


@pytest.mark.parametrize("kind", ["note", "task", "lead"])
async def test_an_answer_that_was_lost_makes_nothing_twice(kit: Kit, kind: str) -> None:
    kit.put(1, "Ada")
    write = note(kit).model_copy(update={"kind": kind, "title": "Call Ada"})
    await kit.crm.account()
    kit.world.fail(504, r"(PUT|POST) .*(Note|Task|Lead|notes|tasks|leads|writes)", after=True)
    with pytest.raises(CrmAwayError) as lost:
        await kit.crm.write(write, "xkey0000000004", maybe_done=False)
    assert lost.value.uncertain
    done = await kit.crm.write(write, "xkey0000000004", maybe_done=True)
    (made,) = kit.world.made[kind]
    assert plain(done.made) == plain(made["id"])


async def test_a_try_that_never_arrived_is_made_by_the_next_one(kit: Kit) -> None:
    kit.put(1, "Ada")
    await kit.crm.account()
    kit.world.fail(503, r"(PUT|POST) .*(Note|notes|writes)", Retry_After="1")
    with pytest.raises(CrmAwayError) as away:
        await kit.crm.write(note(kit), "xkey0000000005", maybe_done=False)
    assert not away.value.uncertain
    await kit.crm.write(note(kit), "xkey0000000005", maybe_done=True)
    assert len(kit.world.made["note"]) == 1


async def test_fields_are_written_and_those_with_a_value_may_be_left_alone(kit: Kit) -> None:
    names = kit.names
    kit.put(1, "Ada", "New")
    done = await kit.crm.write(fields(kit, {names.status: "Interested"}), "xkey0000000006", maybe_done=False)
    assert kit.world.value(names.person, "1", names.status) == "Interested"
    assert done.fields == {names.status: "Interested"}
    both = fields(kit, {names.status: "Cold", names.blank: "by Relance"}, only_if_blank=True)
    done = await kit.crm.write(both, "xkey0000000007", maybe_done=False)
    assert kit.world.value(names.person, "1", names.status) == "Interested"
    assert kit.world.value(names.person, "1", names.blank) == "by Relance"
    assert done.fields == {names.blank: "by Relance"}


async def test_what_the_crm_refuses_is_refused_for_good_and_quotes_nothing(kit: Kit) -> None:
    kit.put(1, "Ada")
    with pytest.raises(CrmRefusedError) as refused:
        await kit.crm.write(fields(kit, {"nothingLikeThis": "secret-value"}), "xkey0000000008", maybe_done=False)
    assert "secret-value" not in str(refused.value)
    assert "pat@example.com" not in str(refused.value)
    with pytest.raises(CrmRefusedError):
        await kit.crm.write(fields(kit, {kit.names.status: "x"}, "99"), "xkey0000000009", maybe_done=False)


async def test_a_crm_that_asks_to_wait_says_how_long(kit: Kit) -> None:
    cursor = await kit.begun()
    kit.world.fail(429, Retry_After="17")
    with pytest.raises(CrmAwayError) as away:
        await kit.crm.changes(cursor, kit.wanted)
    assert away.value.retry_after == 17
    assert away.value.whole
    await kit.drain(cursor)


async def test_a_crm_that_fails_at_one_thing_is_not_away(kit: Kit) -> None:
    await kit.crm.account()
    kit.put(1, "Ada")
    kit.world.fail(500, r"(PUT|POST) .*(Note|notes|writes)")
    with pytest.raises(CrmAwayError) as away:
        await kit.crm.write(note(kit), "xkey0000000010", maybe_done=False)
    assert (away.value.whole, away.value.uncertain) == (False, True)


async def test_a_crm_that_nobody_can_reach_is_away_and_did_nothing(kit: Kit) -> None:
    port, kit.world.port = kit.world.port, 9
    crm = kit.again(OwnSession())
    kit.world.port = port
    try:
        with pytest.raises(CrmAwayError) as away:
            await crm.write(note(kit), "xkey0000000011", maybe_done=False)
    finally:
        await crm.aclose()
    assert (away.value.whole, away.value.uncertain) == (True, False)


async def test_a_session_that_is_over_is_made_again_once_however_many_want_it(kit: Kit) -> None:
    if not kit.names.sessions:
        pytest.skip("this CRM has no sessions")
    for number in range(1, 6):
        kit.put(number, "Ada")
    await kit.crm.account()
    before = kit.world.logins
    kit.world.expire()
    found = await kit.crm.record(CrmKey(kit.names.person, "1"), kit.wanted[0].fields)
    assert found is not None
    assert kit.world.logins == before + 1
    await asyncio.gather(
        *(kit.crm.record(CrmKey(kit.names.person, str(each)), kit.wanted[0].fields) for each in range(1, 6))
    )
    assert kit.world.logins == before + 1


async def test_a_login_that_was_revoked_is_said_to_be_one(kit: Kit) -> None:
    cursor = await kit.begun()
    world = kit.world
    match kit.name:
        case "bullhorn":
            world.expire()
            world.client_secret = "another"
        case "hubspot":
            world.token = "another"
        case "tracker_rms":
            world.expire()
            world.token = "another"
        case _:
            world.key = b"another-key-that-signs-what-goes-o"
    with pytest.raises(CrmAccessError) as refused:
        await kit.crm.changes(cursor, kit.wanted)
    assert "another" not in str(refused.value).replace("another account", "")


async def test_the_account_of_a_login_has_a_name(kit: Kit) -> None:
    assert (
        await kit.crm.account()
        == {
            "bullhorn": "e999",
            "hubspot": "4711",
            "tracker_rms": "agency",
            "hooks": "bridge-1",
        }[kit.name]
    )


async def test_a_kind_that_does_not_exist_is_refused_not_empty(kit: Kit) -> None:
    with pytest.raises(CrmRefusedError):
        await kit.crm.page(EntityFields("Nothing", ("x",)), None)
