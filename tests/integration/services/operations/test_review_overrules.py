"""What a wrong verdict led to and what was not sent yet, when a human corrects it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Annotated, Any

import pytest
import typer

from activities.reaction import ReactionActivities
from adapters.postgres import listings
from sequences.reactions.reviews import OVERRULED
from sequences.reactions.sentiment import Intent, Label
from sequences.runs.state import Decision, ReactionCall
from sequences.sending.deliveries import Delivered, DeliveryCall, DeliveryVerdict, ReceiverAnswer
from services.operations.review import Opinion, Reviewed, review
from tests.support.held_replies import activities_of, add_reply, deliveries_of, held_reply, open_run
from tests.support.rigs.api import ApiRig

TOLD = [{"webhook": {"url": "https://crm.example/warm"}}, {"webhook": {"url": "https://crm.example/tell"}}]
RULES: list[dict[str, Any]] = [
    {"on": "replied", "do": [], "then": "continue"},
    {"on": "replied.positive", "do": [*TOLD, {"enroll": "hello"}], "then": "continue"},
    {"on": "replied.negative", "do": [], "then": "continue"},
]


@pytest.fixture
def activities(api: ApiRig) -> ReactionActivities:
    return activities_of(api)


@pytest.fixture
def handle(api: ApiRig, activities: ReactionActivities) -> Callable[..., Awaitable[Decision]]:
    async def call(enrollment: Any, reaction: Any) -> Decision:
        return await activities.handle_reaction(ReactionCall(enrollment, reaction, api.now))

    return call


@pytest.fixture
def said(api: ApiRig) -> Callable[..., Awaitable[Any]]:
    async def say(
        reply: Any,
        label: Annotated[Label, typer.Option(help="The writer's attitude to further contact.", show_default=False)],
        intent: Annotated[
            Intent | None,
            typer.Option(
                help="What the writer does. Left out: the model's when it fits the label.", show_default=False
            ),
        ]
        | None = None,
    ) -> Any:
        return (await api.ask("POST", f"/reviews/{reply}", json={"label": label, "intent": intent})).json()["review"]

    return say


@pytest.fixture
def follow_ups(api: ApiRig) -> Callable[..., Awaitable[list[Any]]]:
    async def read(enrollment: Any) -> list[Any]:
        rows = await api.rows("follow_ups_of", enrollment_id=enrollment)
        return sorted((row["cause"], row["position"], row["state"], row["result"]) for row in rows)

    return read


@pytest.fixture
async def warm(api: ApiRig, handle: Callable[..., Awaitable[Decision]]) -> tuple[str, str]:
    """A reply that the model was sure of and wrong about, handled; nothing was delivered."""
    enrollment = await open_run(api, RULES)
    reply = await add_reply(api, 1, enrollment, held=False)
    # The run itself does not see to them: they wait in the outbox.
    assert not (await handle(enrollment, reply)).deliver
    return enrollment, reply


async def test_what_waits_stays_in_the_house_with_the_review_itself(
    warm: tuple[str, str],
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
    follow_ups: Callable[..., Awaitable[list[Any]]],
) -> None:
    enrollment, reply = warm
    review_id = await said(reply, "negative")
    gone = [(reply, position, "failed", OVERRULED) for position in range(3)]
    assert await follow_ups(enrollment) == gone
    await handle(enrollment, review_id)
    # None of it was done, the other sequence neither: it is asked for anew when the model was right after all.
    back = await said(reply, "positive")
    await handle(enrollment, back)
    waits = [(back, position, "pending", None) for position in range(3)]
    assert await follow_ups(enrollment) == sorted([*gone, *waits])


async def test_the_same_verdict_lets_it_stand(
    warm: tuple[str, str],
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
    follow_ups: Callable[..., Awaitable[list[Any]]],
) -> None:
    enrollment, reply = warm
    waits = [(reply, position, "pending", None) for position in range(3)]
    for intent in ("meeting", "referral"):
        review_id = await said(reply, "positive", intent)
        assert all(row[2] == "failed" for row in await follow_ups(enrollment))
        # A second attempt of the activity says the same.
        await handle(enrollment, review_id)
        await handle(enrollment, review_id)
        assert await follow_ups(enrollment) == waits
    # What another verdict had asked for does not come back with it.
    await handle(enrollment, await said(reply, "negative"))
    newest = await said(reply, "positive")
    await handle(enrollment, newest)
    await handle(enrollment, await said(reply, "positive", "later"))
    rows = await follow_ups(enrollment)
    assert sorted({row[0] for row in rows if row[2] == "pending"}) == [newest]
    assert len(rows) == 6


class Crm:
    """The world outside: answers in turn, and may do something before it answers."""

    def __init__(self, *answers: Any, before: Any = None) -> None:
        self.answers, self.before = list(answers), before
        self.posted: list[str] = []

    async def post(self, url: str, body: bytes, *, key: str) -> Any:
        self.posted.append(url.rpartition("/")[2])
        if self.before is not None:
            await self.before()
        return self.answers.pop(0)


DONE, AWAY = ReceiverAnswer(DeliveryVerdict.DONE, "HTTP 200"), ReceiverAnswer(DeliveryVerdict.AGAIN, "HTTP 500")


async def tried(api: ApiRig, crm: Crm, enrollment: Any) -> list[Delivered]:
    """One try of everything that was asked for, whatever its state."""
    rows = await api.rows("follow_ups_of", enrollment_id=enrollment)
    delivering = deliveries_of(api, crm)
    return [await delivering.deliver_follow_up(DeliveryCall(row["id"], api.now)) for row in rows]


async def test_what_was_overruled_under_way_is_not_delivered(
    api: ApiRig, warm: tuple[str, str], follow_ups: Callable[..., Awaitable[list[Any]]]
) -> None:
    enrollment, reply = warm

    async def overrule() -> None:
        async with api.database.transaction() as connection:
            await review(connection, reply, Opinion(Label.NEGATIVE), api.now)

    crm = Crm(DONE, before=overrule)
    outcomes = await tried(api, crm, enrollment)
    assert crm.posted == ["warm"]
    assert [(each.state, each.again_at) for each in outcomes] == [("done", None), ("failed", None), ("failed", None)]
    # The one that was under way did go out, and says so.
    assert [row[2:] for row in await follow_ups(enrollment)] == [
        ("done", "HTTP 200"),
        ("failed", OVERRULED),
        ("failed", OVERRULED),
    ]


async def test_what_is_overruled_between_two_tries_is_tried_no_more(
    api: ApiRig,
    warm: tuple[str, str],
    said: Callable[..., Awaitable[Any]],
    follow_ups: Callable[..., Awaitable[list[Any]]],
) -> None:
    enrollment, _ = warm
    crm = Crm(AWAY, AWAY)
    outcomes = await tried(api, crm, enrollment)
    assert [each.state for each in outcomes] == ["pending", "pending", "failed"]
    await said(warm[1], "negative")
    assert [each.state for each in await tried(api, crm, enrollment)] == ["failed"] * 3
    assert crm.posted == ["warm", "tell"]
    assert [row[3] for row in await follow_ups(enrollment)][:2] == [OVERRULED, OVERRULED]


async def test_a_try_that_fails_as_it_is_overruled_does_not_bring_it_back(
    api: ApiRig, warm: tuple[str, str], follow_ups: Callable[..., Awaitable[list[Any]]]
) -> None:
    enrollment, reply = warm

    async def overrule() -> None:
        async with api.database.transaction() as connection:
            await review(connection, reply, Opinion(Label.NEGATIVE), api.now)

    for answer in (AWAY, ReceiverAnswer(DeliveryVerdict.NEVER, "HTTP 404: it refuses")):
        await api.execute("UPDATE follow_up SET state = 'pending', result = NULL WHERE position = 0")
        await api.execute("DELETE FROM review")
        [first, *_] = await tried(api, Crm(answer, before=overrule), enrollment)
        assert (first.state, first.again_at) == ("failed", None)
        assert (await follow_ups(enrollment))[0][2:] == ("failed", OVERRULED)
    assert await api.listed(listings.NOTIFICATIONS) == []


async def test_what_is_dead_is_overruled_too_and_no_command_brings_it_back(
    api: ApiRig,
    warm: tuple[str, str],
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
    follow_ups: Callable[..., Awaitable[list[Any]]],
) -> None:
    enrollment, reply = warm
    gone = ReceiverAnswer(DeliveryVerdict.NEVER, "HTTP 410: it refuses")
    await tried(api, Crm(gone, gone), enrollment)
    assert [row[2] for row in await follow_ups(enrollment)] == ["dead", "dead", "failed"]
    review_id = await said(reply, "negative")
    await handle(enrollment, review_id)
    assert [row[2:] for row in await follow_ups(enrollment)][:2] == [("failed", OVERRULED)] * 2
    assert (await api.ask("POST", "/deliveries/retry")).json() == {"retried": 0}
    [first, *_] = await api.rows("follow_ups_of", enrollment_id=enrollment)
    refused = await api.ask("POST", f"/deliveries/{first['id']}/retry")
    assert (refused.status_code, "overruled by a review" in refused.json()["detail"]) == (409, True)


async def test_reviews_of_a_closed_run_that_are_handled_in_any_order_repeat_nothing(
    api: ApiRig,
    activities: ReactionActivities,
    handle: Callable[..., Awaitable[Decision]],
    said: Callable[..., Awaitable[Any]],
    follow_ups: Callable[..., Awaitable[list[Any]]],
) -> None:
    enrollment, reply = await held_reply(api, activities, rules=RULES)
    await api.execute("UPDATE enrollment SET state = 'stopped', reason = 'by hand'")
    first, second = await said(reply, "positive"), await said(reply, "negative")
    await handle(enrollment, second)
    third = await said(reply, "positive")
    # The first follows the newest word, which the third then repeats.
    await handle(enrollment, first)
    await handle(enrollment, third)
    assert [row[0] for row in await follow_ups(enrollment) if row[2] == "pending"] == [first] * 3


async def test_an_opt_out_that_the_model_finds_after_a_human_spoke_counts(
    api: ApiRig, handle: Callable[..., Awaitable[Decision]], said: Callable[..., Awaitable[Any]]
) -> None:
    enrollment = await open_run(api, RULES)
    reply = await api.reaction("reply", enrollment, "replied")
    assert (await handle(enrollment, await said(reply, "positive"))).then == "continue"
    await api.execute("UPDATE reaction SET label = 'negative', opt_out = true WHERE id = $1", reply)
    late = await handle(enrollment, reply)
    assert (late.then, late.reason) == ("stop", "opt_out")
    assert await api.fetch("SELECT reason FROM suppression") == [{"reason": "opt_out"}]


async def test_an_opt_out_that_a_human_denied_before_the_model_spoke_does_not(
    api: ApiRig, handle: Callable[..., Awaitable[Decision]]
) -> None:
    enrollment = await open_run(api, RULES)
    reply = await api.reaction("reply", enrollment, "replied")
    await api.ask("POST", f"/reviews/{reply}", json={"label": "positive", "not_an_opt_out": True})
    await api.execute("UPDATE reaction SET label = 'negative', opt_out = true WHERE id = $1", reply)
    assert (await handle(enrollment, reply)).then == "continue"
    assert await api.fetch("SELECT reason FROM suppression") == []


async def test_two_reviews_of_one_person_go_one_after_the_other(api: ApiRig, activities: ReactionActivities) -> None:
    """One lifts what the other, that has not committed yet, relies on."""
    enrollment, mistaken = await held_reply(api, activities)
    _, genuine = await held_reply(api, activities, 2, enrollment)
    async with api.database.transaction() as connection:
        await review(connection, mistaken, Opinion(Label.NEGATIVE, Intent.OPT_OUT), api.now)

    async def lift() -> Reviewed:
        async with api.database.transaction() as connection:
            return await review(connection, mistaken, Opinion(Label.POSITIVE, not_an_opt_out=True), api.now)

    async with api.database.transaction() as connection:
        await review(connection, genuine, Opinion(Label.NEGATIVE, Intent.OPT_OUT), api.now)
        lifting = asyncio.create_task(lift())

        async def waits() -> Any:
            held_up = await api.fetch("SELECT 1 FROM pg_locks WHERE NOT granted AND locktype = 'advisory'")
            return bool(held_up) or lifting.done()

        await api.until(waits)
    assert "the person is still suppressed for another reason: opt_out (all)" in (await lifting).notes
    assert len(await api.fetch("SELECT 1 FROM suppression WHERE lifted_at IS NULL")) == 1
