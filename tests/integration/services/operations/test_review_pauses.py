"""A run that is paused for a reply, and what a review of that reply may do to its pause."""

from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Annotated, Any

import pytest
import typer

from activities.reaction import ReactionActivities
from sequences.reactions.sentiment import Label
from sequences.runs.state import Decision, ReactionCall
from tests.support.held_replies import activities_of, add_reply, held_reply
from tests.support.rigs.api import ApiRig

RULES = [
    {"on": "replied", "do": [], "then": "pause 30 days"},
    {"on": "replied.positive", "do": [], "then": "pause 90 days"},
    {"on": "replied.neutral", "do": [], "then": "continue"},
]


@pytest.fixture
def activities(api: ApiRig) -> ReactionActivities:
    return activities_of(api)


@pytest.fixture
def handle(api: ApiRig, activities: ReactionActivities) -> Callable[..., Awaitable[Decision]]:
    async def call(enrollment: Any, reaction: Any, *, minutes: int = 0, days: int = 0) -> Decision:
        now = api.now + timedelta(minutes=minutes, days=days)
        return await activities.handle_reaction(ReactionCall(enrollment, reaction, now))

    return call


@pytest.fixture
def said(api: ApiRig) -> Callable[..., Awaitable[Any]]:
    async def say(
        reply: Any,
        label: Annotated[Label, typer.Option(help="The writer's attitude to further contact.", show_default=False)],
    ) -> Any:
        return (await api.ask("POST", f"/reviews/{reply}", json={"label": label})).json()["review"]

    return say


async def test_a_verdict_that_pauses_for_longer_moves_the_end(
    api: ApiRig,
    activities: ReactionActivities,
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
) -> None:
    enrollment, reply = await held_reply(api, activities, rules=RULES)
    review = await said(reply, "positive")
    first, again = await handle(enrollment, review, minutes=9), await handle(enrollment, review, minutes=9)
    assert first == again
    assert (first.then, first.until) == ("pause", api.now + timedelta(days=90, minutes=9))
    # It is the pause of this reply still: the next word ends it.
    neutral = await handle(enrollment, await said(reply, "neutral"), minutes=10)
    assert (neutral.then, neutral.until) == ("pause", api.now + timedelta(minutes=10))


async def test_a_pause_that_somebody_asked_for_has_no_other_end(
    api: ApiRig,
    activities: ReactionActivities,
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
) -> None:
    enrollment, reply = await held_reply(api, activities, rules=RULES)
    await api.execute(
        "INSERT INTO enrollment_event (enrollment_id, at, kind, key) VALUES ($1, $2, 'pause', 'c1')",
        enrollment,
        api.now + timedelta(minutes=2),
    )
    assert (await handle(enrollment, await said(reply, "positive"), minutes=9)).then == "continue"


@pytest.mark.parametrize("other", ["out_of_office", "replied"])
async def test_a_pause_that_something_else_wants_too_does_not_end(
    api: ApiRig,
    activities: ReactionActivities,
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
    other: str,
) -> None:
    enrollment, reply = await held_reply(api, activities, rules=RULES)
    if other == "replied":
        later = await add_reply(api, 2, enrollment, held=False)
    else:
        later = await api.reaction("away", enrollment, other, minutes=2)
    assert (await handle(enrollment, later, minutes=2)).then == "continue"
    decision = await handle(enrollment, await said(reply, "neutral"), minutes=9)
    assert (decision.then, decision.until) == ("continue", None)


async def test_what_wanted_a_pause_until_yesterday_is_no_reason(
    api: ApiRig,
    activities: ReactionActivities,
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
) -> None:
    enrollment, reply = await held_reply(api, activities, rules=RULES)
    away = await api.reaction("away", enrollment, "out_of_office", minutes=2)
    await handle(enrollment, away, minutes=2)
    decision = await handle(enrollment, await said(reply, "neutral"), days=8)
    assert (decision.then, decision.until) == ("pause", api.now + timedelta(days=8))


async def test_two_held_replies_let_the_run_go_on_when_both_were_read(
    api: ApiRig,
    activities: ReactionActivities,
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
) -> None:
    enrollment, first = await held_reply(api, activities, rules=RULES)
    _, second = await held_reply(api, activities, 2, enrollment)
    assert (await handle(enrollment, await said(first, "neutral"), minutes=8)).then == "continue"
    decision = await handle(enrollment, await said(second, "neutral"), minutes=9)
    assert (decision.then, decision.until) == ("pause", api.now + timedelta(minutes=9))


async def test_a_pause_that_an_absence_made_is_not_that_of_a_reply(
    api: ApiRig,
    activities: ReactionActivities,
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
) -> None:
    enrollment, reply = await held_reply(
        api, activities, rules=[{"on": "replied", "do": [], "then": "continue"}, *RULES[1:]]
    )
    away = await api.reaction("away", enrollment, "out_of_office", minutes=2)
    assert (await handle(enrollment, away, minutes=2)).then == "pause"
    # As before such wishes were written down.
    await api.execute("UPDATE reaction SET pause_until = NULL")
    assert (await handle(enrollment, await said(reply, "neutral"), minutes=9)).then == "continue"
