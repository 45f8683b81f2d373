"""``relance review`` and the wish not to be contacted: obeyed at once, and lifted by an explicit word only."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import Any

import pytest

NOW = datetime(2027, 3, 26, 10, tzinfo=UTC)
STAYS = "the person is still suppressed; to lift that, use --not-an-opt-out (over HTTP: not_an_opt_out)"
LIFTED = "not an opt-out: the suppression that it caused is lifted"
BACK = "the suppression had been lifted; the person is suppressed again, on every channel"
OPT_OUT = {"label": "negative", "intent": "opt_out", "opt_out": True}


@pytest.fixture
def suppressed(sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[None]]:
    """Writes a suppression, as the run or a merge would have."""

    async def write(source: Any, *, person: str = "p1", reason: str = "opt_out", channel: str = "all") -> None:
        await sql(
            "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ($1, $2, $3, $4, $5)",
            person,
            channel,
            reason,
            source,
            NOW,
        )

    return write


@pytest.fixture
def standing(sql: Callable[..., Awaitable[Any]]) -> Callable[..., Awaitable[list[tuple[Any, ...]]]]:
    async def read(person: str = "p1") -> list[tuple[Any, ...]]:
        rows = await sql(
            "SELECT reason, source FROM suppression WHERE lifted_at IS NULL AND person_id = $1 ORDER BY id", person
        )
        return [tuple(row) for row in rows]

    return read


async def test_an_opt_out_suppresses_at_once_and_a_mistaken_one_is_lifted(
    review: Callable[..., Awaitable[Any]],
    replied: Callable[..., Awaitable[str]],
    sql: Callable[..., Awaitable[Any]],
    standing: Callable[..., Awaitable[list[tuple[Any, ...]]]],
) -> None:
    reply = await replied("one")
    done = await review("set", reply, "--label", "negative", "--intent", "opt_out")
    assert "this person will no longer be contacted on any channel" in done["notes"]
    [row] = await sql("SELECT * FROM suppression")
    assert (row["person_id"], row["channel"], row["reason"], row["source"]) == ("p1", "all", "opt_out", reply)
    corrected = await review("set", reply, "--label", "positive", "--not-an-opt-out")
    assert LIFTED in corrected["notes"]
    assert await standing() == []
    assert [row["opt_out"] for row in await sql("SELECT opt_out FROM review ORDER BY number")] == [True, False]


async def test_another_intent_alone_lifts_nothing(
    review: Callable[..., Awaitable[Any]],
    replied: Callable[..., Awaitable[str]],
    suppressed: Callable[..., Awaitable[None]],
    standing: Callable[..., Awaitable[list[tuple[Any, ...]]]],
) -> None:
    """Wrong person, and wants to be removed: both are true, and the list asks for one word only."""
    reply = await replied("one", **OPT_OUT)
    await suppressed(reply)
    done = await review("set", reply, "--label", "neutral", "--intent", "wrong_person")
    assert STAYS in done["notes"]
    assert await standing() == [("opt_out", reply)]
    # Nor does it lift what a person had said before.
    said = await replied("two")
    await review("set", said, "--label", "negative", "--intent", "opt_out")
    assert STAYS in (await review("set", said, "--label", "positive"))["notes"]
    # The same words and the denial are more than the same words.
    denied = await review("set", said, "--label", "positive", "--not-an-opt-out")
    assert (denied["repeated"], denied["number"]) == (False, 3)
    # What was denied stays denied when the intent is said more exactly.
    exact = await review("set", said, "--label", "positive", "--intent", "meeting")
    assert STAYS not in exact["notes"]


async def test_a_suppression_stays_when_another_reply_says_the_same(
    review: Callable[..., Awaitable[Any]],
    replied: Callable[..., Awaitable[str]],
    suppressed: Callable[..., Awaitable[None]],
    standing: Callable[..., Awaitable[list[tuple[Any, ...]]]],
) -> None:
    mistaken, other = await replied("one", **OPT_OUT), await replied("two", **OPT_OUT)
    await suppressed(mistaken)
    done = await review("set", mistaken, "--label", "positive", "--not-an-opt-out")
    assert "the person is still suppressed for another reason: opt_out (all)" in done["notes"]
    assert LIFTED not in done["notes"]
    # Read as something else, the other one is an opt-out still.
    await review("set", other, "--label", "neutral", "--intent", "wrong_person")
    assert (await review("set", mistaken, "--label", "positive", "--not-an-opt-out"))["repeated"]
    assert await standing() == [("opt_out", mistaken)]
    # It was none either: what is left came of the first, and goes.
    assert LIFTED in (await review("set", other, "--label", "neutral", "--not-an-opt-out"))["notes"]
    assert await standing() == []


async def test_what_the_person_chose_otherwise_is_never_lifted(
    review: Callable[..., Awaitable[Any]],
    replied: Callable[..., Awaitable[str]],
    suppressed: Callable[..., Awaitable[None]],
    standing: Callable[..., Awaitable[list[tuple[Any, ...]]]],
) -> None:
    reply = await replied("one", **OPT_OUT)
    await suppressed(reply, reason="unsubscribed")
    await suppressed("crm", channel="email")
    await suppressed(reply)
    done = await review("set", reply, "--label", "positive", "--not-an-opt-out")
    assert await standing() == [("unsubscribed", reply), ("opt_out", "crm")]
    assert done["notes"][:2] == [
        LIFTED,
        "the person is still suppressed for another reason: unsubscribed (all), opt_out (email)",
    ]


async def test_the_wish_of_somebody_who_was_merged_into_the_person_stays(
    review: Callable[..., Awaitable[Any]],
    replied: Callable[..., Awaitable[str]],
    suppressed: Callable[..., Awaitable[None]],
    standing: Callable[..., Awaitable[list[tuple[Any, ...]]]],
    sql: Callable[..., Awaitable[Any]],
) -> None:
    mistaken = await replied("one", **OPT_OUT)
    await suppressed(mistaken)
    # The genuine one of p2 is passed on to p1, where a row stands already: that keeps the source of the mistaken one.
    await sql("INSERT INTO person (id, merged_into, deleted_at) VALUES ('p2', 'p1', $1)", NOW)
    await suppressed("rgenuineaaaaaa", person="p2")
    done = await review("set", mistaken, "--label", "positive", "--not-an-opt-out")
    assert "the person is still suppressed for another reason: opt_out (all)" in done["notes"]
    assert await standing() == [("opt_out", mistaken)]
    await sql("UPDATE suppression SET lifted_at = $1 WHERE person_id = 'p2'", NOW)
    assert LIFTED in (await review("set", mistaken, "--label", "positive", "--not-an-opt-out"))["notes"]
    assert await standing() == []


async def test_an_opt_out_that_is_said_again_suppresses_again(
    review: Callable[..., Awaitable[Any]],
    replied: Callable[..., Awaitable[str]],
    standing: Callable[..., Awaitable[list[tuple[Any, ...]]]],
    sql: Callable[..., Awaitable[Any]],
) -> None:
    reply = await replied("one")
    said = ("set", reply, "--label", "negative", "--intent", "opt_out")
    first = await review(*said)
    assert (await review(*said))["notes"] == []
    await sql("UPDATE suppression SET lifted_at = $1", NOW)
    again = await review(*said)
    assert (again["review"], again["repeated"], again["notes"]) == (first["review"], True, [BACK])
    assert await standing() == [("opt_out", reply)]
    await sql("UPDATE suppression SET lifted_at = $1 WHERE lifted_at IS NULL", NOW)
    shown = (await review(*said, as_json=False)).stdout
    assert BACK in shown
    assert "nothing was changed" not in shown


async def test_a_suspected_opt_out_asks_for_the_intent(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]], sql: Callable[..., Awaitable[Any]]
) -> None:
    reply = await replied("one", label="negative", intent="opt_out", opt_out=False)
    done = await review("set", reply, "--label", "negative", status=2)
    words = " ".join(done.output.replace("│", " ").split())
    assert "the model suspects an opt-out" in words
    assert "opt_out if it is one, otherwise one of decline, complaint, wrong_person, already_placed" in words
    assert await sql("SELECT * FROM review") == []
    # Whoever says that it is none has said enough; and what was said once need not be said again.
    assert (await review("set", reply, "--label", "negative", "--not-an-opt-out"))["intent"] == "decline"
    await review("set", reply, "--label", "negative", "--intent", "complaint")
    again = await review("set", reply, "--label", "negative")
    assert (again["intent"], again["repeated"]) == ("complaint", True)


async def test_a_label_alone_is_the_opt_out_that_was_obeyed_unless_it_is_denied(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]], sql: Callable[..., Awaitable[Any]]
) -> None:
    reply = await replied("one", **OPT_OUT)
    assert (await review("set", reply, "--label", "negative"))["intent"] == "opt_out"
    assert (await review("set", reply, "--label", "negative", "--not-an-opt-out"))["intent"] == "decline"
    both = await review("set", reply, "--label", "negative", "--intent", "opt_out", "--not-an-opt-out", status=2)
    assert "remove one of the two" in " ".join(both.output.replace("│", " ").split())


async def test_a_word_before_the_score_says_that_the_run_waits_for_the_model(
    review: Callable[..., Awaitable[Any]], replied: Callable[..., Awaitable[str]], sql: Callable[..., Awaitable[Any]]
) -> None:
    reply = await replied("one", label=None, intent=None, confidence=None, held=None, opt_out=None, handled=False)
    note = "the model has not scored this reply yet; the run also waits for the model"
    assert note not in (await review("set", reply, "--label", "positive"))["notes"]  # that run is over
    await sql("UPDATE enrollment SET state = 'active'")
    assert note in (await review("set", reply, "--label", "neutral"))["notes"]
