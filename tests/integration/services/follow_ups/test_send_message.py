"""A message that answers a reaction: under which rules it goes, and that it goes once; a real Postgres."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio

from sequences import ids
from sequences.sending.deliveries import Delivered
from sequences.sending.outcome import TransportOutcome, TransportVerdict
from services.follow_ups.send_message import SendMessage, Trying
from services.sending.attempt import Claimer
from services.sending.settle_send import SettleSend
from tests.support.away import AwayDatabase
from tests.support.mortal import KilledError, MortalDatabase, Reaper
from tests.support.rigs.life import LifeRig
from tests.support.rigs.send import ORGANISATION, SLOTS, send_rig

START = datetime(2027, 6, 1, 9, tzinfo=UTC)
LATER = TransportOutcome(TransportVerdict.RETRY, "rcpt", "450 4.2.1", "later")
LOST = TransportOutcome(TransportVerdict.UNKNOWN, "data", None, "the connection was lost")


def _steps(**more: Any) -> list[dict[str, Any]]:
    return [{"id": "one", "email": "t/mail"}, {"id": "two", "when": "3 days after one", "email": "t/mail"} | more]


@pytest_asyncio.fixture
async def life(database_url: str) -> AsyncIterator[LifeRig]:
    async with send_rig(database_url) as rig:
        yield LifeRig(rig, START)


async def clicked(life: LifeRig, number: int = 0, kind: str = "clicked") -> str:
    key = f"{kind}:{life.run}:{number}"
    await life.rig.database.pool.execute(
        "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, holds, received_at)"
        " SELECT $1, $2, e.id, e.person_id, $3, 'email', $4, true, $5 FROM enrollment e WHERE e.id = $6",
        ids.reaction_id(key),
        key,
        kind,
        ids.send_id(life.run, "one"),
        life.now,
        life.run,
    )
    await life.hear()
    return ids.follow_up_id(life.run, ids.reaction_id(key), 0)


def sending(life: LifeRig, database: Any = None) -> SendMessage:
    rig = life.rig
    return SendMessage(
        database=database or rig.database,
        planning=rig.planning,
        composer=rig.composer,
        organisation=ORGANISATION,
        sending=rig.sending(database=database),
        settling=SettleSend(SLOTS),
    )


async def try_it(life: LifeRig, follow_up: str, number: int = 0) -> Delivered:
    return await sending(life).deliver(follow_up, Trying(Claimer("test"), life.now, number))


async def enter(life: LifeRig, then: str | None = "stop", template: str = "t/mail", **more: Any) -> None:
    rule = {"on": "clicked", "do": [{"send": template}]} | ({"then": then} if then else {})
    await life.rig.database.pool.execute("INSERT INTO owner (id) VALUES ('dana') ON CONFLICT DO NOTHING")
    await life.enter(_steps(), None, reactions=[rule], **more)
    await life.rig.database.pool.execute("UPDATE placement SET owner_id = 'dana'")
    await life.pass_by(hours=1)


async def _sends(life: LifeRig) -> list[tuple[str, str]]:
    rows = await life.rig.fetch("SELECT step, state FROM send WHERE enrollment_id = $1 ORDER BY step", life.run)
    return [(row["step"], row["state"]) for row in rows]


@pytest.mark.parametrize("then", ["stop", "continue", "pause 7 days"])
async def test_it_goes_also_when_the_reaction_ends_or_pauses_the_run(life: LifeRig, then: str) -> None:
    await enter(life, then)
    follow_up = await clicked(life)
    assert await try_it(life, follow_up) == Delivered("done")
    assert await _sends(life) == [("answer:t/mail", "sent"), ("one", "sent")]
    assert len(life.rig.wire.handed) == 2
    # Again, by whoever: it is done.
    assert await try_it(life, follow_up) == Delivered("done")
    assert len(life.rig.wire.handed) == 2
    (row,) = await life.rig.fetch("SELECT subject, text FROM send WHERE step = 'answer:t/mail'")
    assert row["text"] == "Hello Eva\n"


async def test_a_second_reaction_gets_no_second_copy(life: LifeRig) -> None:
    await enter(life, "continue")
    first, second = await clicked(life), await clicked(life, 1)
    assert await try_it(life, first) == Delivered("done")
    assert await try_it(life, second) == Delivered("done")
    rows = await life.rig.fetch("SELECT result FROM follow_up WHERE enrollment_id = $1 ORDER BY result", life.run)
    assert [row["result"] for row in rows] == ["sent", "sent before in this run"]
    assert len(life.rig.wire.handed) == 2


async def test_it_keeps_the_hours_of_the_sequence(life: LifeRig) -> None:
    await enter(life, schedule={"window": ["09:00-12:00"], "weekdays_only": True})
    life.now = datetime(2027, 6, 4, 15, tzinfo=UTC)
    follow_up = await clicked(life)
    monday = datetime(2027, 6, 7, 8, tzinfo=UTC)
    assert await try_it(life, follow_up) == Delivered("pending", monday)
    (row,) = await life.rig.fetch("SELECT state, next_try_at, hand_at FROM follow_up")
    assert (row["state"], row["next_try_at"], row["hand_at"]) == ("pending", monday, monday + timedelta(minutes=15))
    assert await _sends(life) == [("one", "sent")]
    life.now = monday
    assert await try_it(life, follow_up) == Delivered("done")


async def test_a_text_keeps_the_quiet_hours(life: LifeRig) -> None:
    await enter(life, template="t/text")
    await life.rig.database.pool.execute("UPDATE person SET phone = '+442071838750'")
    life.now = datetime(2027, 6, 4, 22, tzinfo=UTC)
    follow_up = await clicked(life)
    morning = datetime(2027, 6, 5, 7, tzinfo=UTC)
    assert await try_it(life, follow_up) == Delivered("pending", morning)
    life.now = morning
    assert await try_it(life, follow_up) == Delivered("done")
    assert await _sends(life) == [("answer:t/text", "sent"), ("one", "sent")]


async def test_the_frequency_cap_counts_it_and_holds_it(life: LifeRig) -> None:
    await enter(life, frequency_cap={"email": "1 a day"})
    follow_up = await clicked(life)
    tried = await try_it(life, follow_up)
    assert tried == Delivered("pending", datetime(2027, 6, 1, 23, tzinfo=UTC))
    life.now = datetime(2027, 6, 1, 23, tzinfo=UTC)
    assert await try_it(life, follow_up) == Delivered("done")


@pytest.mark.parametrize("reason", ["opt_out", "complained", "bounced"])
async def test_it_never_goes_to_who_must_not_be_contacted(life: LifeRig, reason: str) -> None:
    await enter(life)
    follow_up = await clicked(life)
    await life.rig.database.pool.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since)"
        " SELECT person_id, 'all', $1, 'x', now() FROM enrollment WHERE id = $2",
        reason,
        life.run,
    )
    assert await try_it(life, follow_up) == Delivered("failed")
    assert len(life.rig.wire.handed) == 1
    assert await _sends(life) == [("answer:t/mail", "refused"), ("one", "sent")]
    (row,) = await life.rig.fetch("SELECT state, result FROM follow_up")
    assert (row["state"], row["result"]) == ("failed", f"suppressed: {reason}")


async def test_it_does_not_go_to_who_left_the_topic(life: LifeRig) -> None:
    await enter(life, topic="business-development")
    follow_up = await clicked(life)
    await life.rig.database.pool.execute(
        "INSERT INTO topic_opt_out (person_id, topic, source, since)"
        " SELECT person_id, 'business-development', 'x', now() FROM enrollment WHERE id = $1",
        life.run,
    )
    assert await try_it(life, follow_up) == Delivered("failed")
    assert len(life.rig.wire.handed) == 1


async def test_a_run_that_somebody_stopped_meanwhile_sends_nothing(life: LifeRig) -> None:
    await enter(life, "continue")
    follow_up = await clicked(life)
    await life.command("stop", reason="not wanted")
    assert await try_it(life, follow_up) == Delivered("failed")
    (row,) = await life.rig.fetch("SELECT result FROM follow_up")
    assert row["result"] == "the run is over: not wanted"
    assert len(life.rig.wire.handed) == 1


async def test_a_pause_that_somebody_asked_for_holds_it(life: LifeRig) -> None:
    await enter(life, "continue")
    follow_up = await clicked(life)
    await life.command("pause")
    tried = await try_it(life, follow_up)
    assert (tried.state, tried.again_at) == ("pending", life.now + timedelta(minutes=5))
    await life.command("resume")
    assert await try_it(life, follow_up) == Delivered("done")


async def test_an_answer_that_waits_for_a_week_answers_nothing(life: LifeRig) -> None:
    await enter(life)
    follow_up = await clicked(life)
    life.now += timedelta(days=7, hours=1)
    assert await try_it(life, follow_up) == Delivered("failed")
    assert len(life.rig.wire.handed) == 1


async def test_a_server_that_says_later_gets_it_again_and_a_doubt_is_not_sent_again(life: LifeRig) -> None:
    await enter(life)
    follow_up = await clicked(life)
    life.rig.wire.outcomes = [LATER, LOST]
    tried = await try_it(life, follow_up)
    assert (tried.state, tried.attempt) == ("pending", 1)
    assert tried.again_at is not None
    life.now = tried.again_at
    assert await try_it(life, follow_up, tried.attempt) == Delivered("done")
    (row,) = await life.rig.fetch("SELECT state, result FROM follow_up")
    assert row["result"].startswith("unknown: ")
    assert await try_it(life, follow_up) == Delivered("done")
    assert len(life.rig.wire.handed) == 3
    assert await life.rig.told() == [life.run]


async def test_nobody_without_an_address_is_written_to(life: LifeRig) -> None:
    await enter(life, template="t/text")
    follow_up = await clicked(life)
    assert await try_it(life, follow_up) == Delivered("failed")
    (row,) = await life.rig.fetch("SELECT result FROM follow_up")
    assert row["result"] == "no_phone"
    assert await life.rig.told() == [life.run]


@pytest.mark.parametrize(
    ("state", "number", "ended", "result"),
    [
        ("claimed", 0, "done", "unknown: the worker died while sending"),
        ("unknown", 0, "done", "unknown: unknown whether it was sent"),
        ("sent", 0, "done", "sent"),
        # It would be sent again.
        ("unknown", 1, "failed", "the run is over: by hand"),
    ],
)
async def test_what_was_begun_comes_to_its_end_although_the_run_is_over(
    life: LifeRig, state: str, number: int, ended: str, result: str
) -> None:
    await enter(life, "continue")
    follow_up = await clicked(life)
    sent = len(life.rig.wire.handed)
    # Dead as soon as the message is handed over.
    dies = AwayDatabase(life.rig.database, lambda: len(life.rig.wire.handed) > sent, error=KilledError)
    with pytest.raises(KilledError):
        await sending(life, dies).deliver(follow_up, Trying(Claimer("dies"), life.now))
    assert await _sends(life) == [("answer:t/mail", "claimed"), ("one", "sent")]
    await life.rig.database.pool.execute("UPDATE send SET state = $1 WHERE step = 'answer:t/mail'", state)
    await life.rig.database.pool.execute("UPDATE enrollment SET state = 'stopped', reason = 'by hand'")
    assert await try_it(life, follow_up, number) == Delivered(ended)
    (row,) = await life.rig.fetch("SELECT result FROM follow_up")
    assert row["result"] == result
    assert len(life.rig.wire.handed) == sent + 1


async def test_what_the_server_said_is_kept_while_postgres_is_away(
    life: LifeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("services.sending.stored.AGAIN", (0.0, 0.0))
    await enter(life)
    follow_up = await clicked(life)
    handed = len(life.rig.wire.handed)
    away = AwayDatabase(life.rig.database, lambda: len(life.rig.wire.handed) > handed)
    assert await sending(life, away).deliver(follow_up, Trying(Claimer("test"), life.now)) == Delivered("done")
    assert away.times == 0
    assert await _sends(life) == [("answer:t/mail", "sent"), ("one", "sent")]


async def test_at_most_one_copy_wherever_the_worker_dies(life: LifeRig) -> None:
    place = 0
    while True:
        place += 1
        life.now = START
        await enter(life)
        follow_up = await clicked(life)
        before = len(life.rig.wire.handed)
        reaper = Reaper(place)
        try:
            await sending(life, MortalDatabase(life.rig.database, reaper)).deliver(
                follow_up, Trying(Claimer("dies"), life.now)
            )
            killed = False
        except KilledError:
            killed = True
        delivered = await try_it(life, follow_up)
        assert delivered.state == "done", place
        copies = len(life.rig.wire.handed) - before
        (send,) = await life.rig.fetch(
            "SELECT state FROM send WHERE enrollment_id = $1 AND step = 'answer:t/mail'", life.run
        )
        # A claim whose worker is gone is a doubt, and a doubt is not sent again.
        assert copies == 1 if send["state"] == "sent" else copies <= 1, place
        assert send["state"] in ("sent", "unknown"), place
        if not killed:
            break
    assert place > 10
