"""Day zero over the real activities: not known yet, cleared, moved, and paused over. 1 June 2027 is a Tuesday."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from tests.support import by_name as queries
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import SendRig, send_rig

if TYPE_CHECKING:
    from services.reading.run_story import Timeline

TODAY = datetime(2027, 6, 1, 9, tzinfo=UTC)
ONBOARDING = [
    {"id": "week-before", "when": "7 days before day zero", "at": "09:00", "email": "t/mail"},
    {"id": "first-day", "when": "on day zero", "at": "08:00", "email": "t/mail"},
    {"id": "three-days", "when": "3 days after day zero", "email": "t/mail"},
]
WAIT = dict.fromkeys(("week-before", "first-day", "three-days"), "waiting")


@pytest_asyncio.fixture
async def rig(database_url: str) -> AsyncIterator[SendRig]:
    async with send_rig(database_url) as made:
        yield made


@pytest_asyncio.fixture
async def life(rig: SendRig) -> LifeRig:
    return LifeRig(rig, TODAY)


def day(number: int) -> str:
    return f"{TODAY + timedelta(days=number):%Y-%m-%d}"


def went(life: LifeRig) -> dict[str, str]:
    assert len({step for step, _ in life.sent}) == len(life.sent)
    return {step: f"{at:%m-%d %H:%M}" for step, at in life.sent}


async def test_a_placement_that_enters_before_its_date_waits_and_is_planned_when_it_comes(life: LifeRig) -> None:
    await life.enter(ONBOARDING, None)
    assert await life.states() == WAIT
    assert await life.calendar() == dict.fromkeys(WAIT, (None, "day_zero"))
    listed = await life.listed()
    assert (listed["state"], listed["next_step"], listed["next_due_at"], listed["waits_for"]) == (
        "active",
        "week-before",
        None,
        "day_zero",
    )
    story = await life.story()
    assert (story.next_step, story.next_due_at) == ("week-before", None)
    assert [moment.what for moment in story.moments if moment.kind == "note"] == [
        "week-before, first-day and three-days wait for placement.start_date"
    ]
    # Neither the end of a reaction period nor anything else closes a run that has something before it.
    await life.pass_by(days=90)
    assert (await life.states(), went(life)) == (WAIT, {})
    await life.tell(start_date=day(110))
    assert await life.states() == {
        "week-before": "09-12 08:00",
        "first-day": "09-19 07:00",
        "three-days": "09-22 08:00",
    }
    await life.pass_by(days=60)
    assert went(life) == {"week-before": "09-12 08:00", "first-day": "09-19 07:00", "three-days": "09-22 08:00"}


async def test_a_date_that_is_cleared_and_entered_again_skips_nothing(life: LifeRig) -> None:
    await life.enter(ONBOARDING, day(20))
    assert (await life.states())["week-before"] == "06-14 08:00"
    await life.tell(start_date=None)
    assert await life.states() == WAIT
    await life.pass_by(days=2)
    await life.tell(start_date=day(25))
    assert await life.states() == {
        "week-before": "06-19 08:00",
        "first-day": "06-26 07:00",
        "three-days": "06-29 08:00",
    }
    await life.pass_by(days=40)
    assert list(went(life)) == ["week-before", "first-day", "three-days"]


async def test_a_date_cleared_half_way_keeps_what_was_sent(life: LifeRig) -> None:
    await life.enter(ONBOARDING, day(8))
    await life.pass_by(days=3)
    await life.tell(start_date=None)
    assert await life.states() == WAIT | {"week-before": "sent"}
    await life.pass_by(days=30)
    await life.tell(start_date=day(35))
    assert await life.states() == {"week-before": "sent", "first-day": "07-06 07:00", "three-days": "07-09 08:00"}


async def test_what_has_passed_when_the_date_comes_follows_if_past(life: LifeRig) -> None:
    steps: list[dict[str, Any]] = [*ONBOARDING, {**ONBOARDING[0], "id": "anyway", "schedule": {"if_past": "send"}}]
    await life.enter(steps, None)
    await life.pass_by(days=5)
    await life.tell(start_date=day(7))
    assert (await life.states())["week-before"] == "skipped"
    await life.pass_by(days=30)
    # Listed last, so not before the ones above it; by then it would be no "before" any more.
    assert went(life) == {"first-day": "06-08 07:00", "three-days": "06-11 08:00"}


async def test_others_go_on_while_some_wait_and_what_counts_from_a_waiting_step_waits(life: LifeRig) -> None:
    steps: list[dict[str, Any]] = [
        ONBOARDING[1],
        {"id": "after-it", "when": "2 days after first-day", "email": "t/mail"},
        {"id": "welcome", "when": "1 day after enrollment", "email": "t/mail"},
        {"id": "next", "when": "2 days after welcome", "email": "t/mail"},
    ]
    await life.enter(steps, None)
    assert await life.states() == {
        "first-day": "waiting",
        "after-it": "waiting",
        "welcome": "06-02 09:00",
        "next": "06-04 09:00",
    }
    assert (await life.listed())["next_step"] == "welcome"
    await life.pass_by(days=60)
    assert went(life) == {"welcome": "06-02 09:00", "next": "06-04 09:00"}
    assert await life.states() == {"first-day": "waiting", "after-it": "waiting", "welcome": "sent", "next": "sent"}
    await life.tell(start_date=day(70))
    assert (await life.states())["after-it"] == "08-12 07:00"
    await life.pass_by(days=60)
    assert (await life.listed())["state"] == "finished"


async def test_a_waiting_step_is_skipped_and_sent_by_hand_and_a_waiting_run_is_paused_and_stopped(
    life: LifeRig,
) -> None:
    await life.enter(ONBOARDING, None)
    await life.command("skip", step="week-before")
    await life.command("send-now", step="first-day")
    await life.pass_by(minutes=1)
    assert list(went(life)) == ["first-day"]
    await life.command("pause")
    await life.pass_by(days=1)
    await life.tell(start_date=day(10))
    assert (await life.states())["three-days"] == "06-14 08:00"
    await life.pass_by(days=1)
    await life.command("resume")
    assert await life.states() == {"week-before": "skipped", "first-day": "sent", "three-days": "06-14 08:00"}
    await life.command("stop")
    assert (await life.states())["three-days"] == "cancelled"


@pytest.mark.parametrize("mode", ["shift", "skip", "send_one"])
async def test_a_pause_moves_nothing_around_day_zero(life: LifeRig, mode: str) -> None:
    await life.enter([*ONBOARDING, {"id": "fair", "when": "on 2027-06-25", "email": "t/mail"}], day(20))
    before = await life.states()
    await life.command("pause")
    await life.pass_by(days=3)
    assert await life.states() == before
    await life.command("resume", mode)
    assert await life.states() == before
    await life.pass_by(days=40)
    assert went(life) == before


@pytest.mark.parametrize("mode", ["shift", "skip", "send_one"])
async def test_what_passed_in_a_pause_is_not_made_up_for(life: LifeRig, mode: str) -> None:
    await life.enter(ONBOARDING, day(10))
    await life.command("pause")
    await life.pass_by(days=9, hours=23, minutes=30)
    await life.command("resume", mode)
    assert await life.states() == {"week-before": "skipped", "first-day": "skipped", "three-days": "06-14 08:00"}
    await life.pass_by(days=40)
    assert went(life) == {"three-days": "06-14 08:00"}


@pytest.mark.parametrize(("mode", "gone"), [("shift", ["first-day"]), ("skip", []), ("send_one", ["first-day"])])
async def test_what_is_to_be_sent_though_passed_goes_when_the_run_resumes(
    life: LifeRig, mode: str, gone: list[str]
) -> None:
    await life.enter([{**ONBOARDING[1], "schedule": {"if_past": "send"}}, ONBOARDING[2]], day(2))
    await life.command("pause")
    await life.pass_by(days=3)
    await life.command("resume", mode)
    await life.pass_by(minutes=1)
    assert [step for step, _ in life.sent] == gone


async def test_what_counts_from_enrollment_moves_by_the_pause(life: LifeRig) -> None:
    await life.enter([{"id": "welcome", "when": "4 days after enrollment", "email": "t/mail"}, *ONBOARDING], day(20))
    await life.command("pause")
    await life.pass_by(days=3)
    await life.command("resume")
    assert await life.states() == {
        "welcome": "06-08 09:00",
        "week-before": "06-14 08:00",
        "first-day": "06-21 07:00",
        "three-days": "06-24 08:00",
    }


@pytest.mark.parametrize(("back", "luck"), [(8, "06-10 07:00"), (9, "06-10 07:00"), (10, None), (12, None)])
async def test_an_absence_never_moves_the_first_day(life: LifeRig, back: int, luck: str | None) -> None:
    await life.enter(ONBOARDING, day(9))
    await life.pass_by(days=3)
    assert list(went(life)) == ["week-before"]
    await life.absent(day(back))
    await life.pass_by(days=40)
    assert went(life).get("first-day") == luck


async def test_a_date_that_moves_in_a_pause_is_judged_then(life: LifeRig) -> None:
    await life.enter(ONBOARDING, day(20))
    await life.pass_by(days=2)
    await life.command("pause")
    await life.tell(start_date=day(8))
    assert (await life.states())["week-before"] == "skipped"
    await life.pass_by(hours=1)
    await life.command("resume")
    await life.pass_by(hours=2)
    assert went(life) == {}
    # It was decided: a date that moves away again brings back nothing that was shown as skipped.
    await life.tell(start_date=day(30))
    await life.pass_by(days=60)
    assert went(life) == {"first-day": "07-01 07:00", "three-days": "07-04 08:00"}


async def test_what_is_shown_as_skipped_is_not_sent(life: LifeRig) -> None:
    await life.enter([{"id": "welcome", "when": "4 days after enrollment", "email": "t/mail"}, ONBOARDING[1]], day(20))
    await life.pass_by(days=2)
    await life.tell(start_date=day(1))
    assert await life.states() == {"welcome": "06-05 09:00", "first-day": "skipped"}
    await life.pass_by(days=40)
    assert went(life) == {"welcome": "06-05 09:00"}


async def test_what_had_passed_at_enrollment_is_decided_then_wherever_it_stands(life: LifeRig) -> None:
    steps = [{"id": "welcome", "when": "4 days after enrollment", "email": "t/mail"}, ONBOARDING[0], ONBOARDING[1]]
    await life.enter(steps, day(5))
    assert await life.states() == {"welcome": "06-05 09:00", "week-before": "skipped", "first-day": "06-06 07:00"}
    await life.tell(start_date=day(60))
    assert (await life.states())["week-before"] == "skipped"


async def test_a_change_that_moves_nothing_does_not_skip_a_step_that_is_being_sent(life: LifeRig, rig: SendRig) -> None:
    """A step that waits for its turn in the mailbox is overdue for reasons of its own."""
    await life.enter(ONBOARDING, day(20))
    life.now = datetime(2027, 6, 14, 8, 20, tzinfo=UTC)
    async with rig.database.transaction() as connection:
        await queries.run(
            connection,
            "postpone_step",
            enrollment_id=life.run,
            step="week-before",
            due_at=life.now + timedelta(hours=1),
            reason="slot",
        )
    await life.tell(timezone="Europe/London")
    assert life.due.step == "week-before"
    await life.pass_by(minutes=1)
    assert list(went(life)) == ["week-before"]


async def test_a_date_written_past_relance_between_the_plan_and_the_step_is_seen(life: LifeRig, rig: SendRig) -> None:
    await life.enter(ONBOARDING, day(20))
    await rig.database.pool.execute("UPDATE placement SET start_date = NULL WHERE id = $1", life.placement)
    await life.pass_by(days=40)
    assert (went(life), await life.states()) == ({}, WAIT)


async def test_a_guess_of_the_clock_is_told_in_the_story(life: LifeRig, rig: SendRig) -> None:
    def notes(story: Timeline) -> list[str]:
        return [moment.what for moment in story.moments if moment.kind == "note"]

    await life.enter(ONBOARDING, day(20))
    assert notes(await life.story()) == []
    other = LifeRig(rig, TODAY)
    await other.enter(ONBOARDING, day(20), timezone="Mars/Base")
    assert notes(await other.story()) == [
        "planned in the time zone of the organisation (UTC), because the time zone of the person is "
        "unknown; Mars/Base is not a time zone"
    ]
