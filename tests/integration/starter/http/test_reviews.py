"""``/reviews``: the list that waits, what is said, and how the run hears of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest

from activities.reaction import ReactionActivities
from adapters.postgres import listings
from sequences import ids
from sequences.runs.state import ReactionCall
from tests.support.held_replies import activities_of, held_reply
from tests.support.rigs.api import ApiRig


@pytest.fixture
def activities(api: ApiRig) -> ReactionActivities:
    return activities_of(api)


@pytest.fixture
def held(api: ApiRig, activities: ReactionActivities) -> Callable[..., Awaitable[tuple[str, str]]]:
    async def make(number: int = 1, enrollment: Any = None) -> tuple[str, str]:
        return await held_reply(api, activities, number, enrollment)

    return make


async def test_the_list_is_paged_and_shrinks(api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]]) -> None:
    enrollment, first = await held(1)
    _, second = await held(2, enrollment)
    listed = (await api.ask("GET", "/reviews")).json()["items"]
    assert [row["id"] for row in listed] == [first, second]
    assert listed[0]["text"] == "Perhaps"
    assert (listed[0]["label"], listed[0]["reasons"], listed[0]["person_name"]) == (
        "positive",
        ["below_threshold"],
        "Alex",
    )
    page = (await api.ask("GET", "/reviews", params={"limit": 1})).json()
    assert [row["id"] for row in page["items"]] == [first]
    await api.ask("POST", f"/reviews/{first}", json={"label": "neutral"})
    # What the page before ended with may be gone from the list by now.
    rest = (await api.ask("GET", "/reviews", params={"limit": 1, "cursor": page["next"]})).json()
    assert [row["id"] for row in rest["items"]] == [second]
    assert rest["next"] is None
    assert [row["id"] for row in (await api.ask("GET", "/reviews")).json()["items"]] == [second]
    # A reply that came earlier but was handed to a person later is not skipped.
    _, third = await held(3, enrollment)
    await api.execute("UPDATE reaction SET received_at = $1 WHERE id = $2", api.now - timedelta(days=9), third)
    page = (await api.ask("GET", "/reviews", params={"limit": 1})).json()
    assert [row["id"] for row in page["items"]] == [second]
    rest = (await api.ask("GET", "/reviews", params={"limit": 1, "cursor": page["next"]})).json()
    assert [row["id"] for row in rest["items"]] == [third]


async def test_a_wish_that_stands_outside_the_own_words_is_shown_with_them(
    api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]]
) -> None:
    _, reply = await held()
    await api.execute(
        "UPDATE inbound SET text = 'Perhaps. On Monday you wrote: take me off', "
        """detail = '{"reasons": ["wish_in_other_words"]}'"""
    )
    [row] = (await api.ask("GET", "/reviews")).json()["items"]
    assert (row["id"], row["text"]) == (reply, "Perhaps. On Monday you wrote: take me off")


async def test_an_open_run_is_told_and_holds_its_sends_until_it_has_heard(
    api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]]
) -> None:
    _, reply = await held()
    said = {"label": "positive", "intent": "meeting", "by": "Dana", "note": "heard it"}
    answer = await api.ask("POST", f"/reviews/{reply}", json=said)
    assert answer.status_code == 200
    done = answer.json()
    assert (done["number"], done["intent"], done["said_intent"], done["said_held"], done["notes"]) == (
        1,
        "meeting",
        "later",
        True,
        [],
    )
    [open_one] = await api.fetch("SELECT id, holds FROM reaction WHERE handled_at IS NULL")
    assert (open_one["id"], open_one["holds"]) == (done["review"], True)
    async with api.dispatching():

        async def told() -> bool:
            return bool(api.runs.reactions)

        await api.until(told)
    [(_, reaction)] = api.runs.reactions
    assert (reaction.id, reaction.kind, reaction.holds, reaction.scored) == (done["review"], "reviewed", True, False)
    assert "Dana" not in repr(reaction)


async def test_a_closed_run_is_followed_up_late(api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]]) -> None:
    enrollment, reply = await held()
    await api.execute("UPDATE enrollment SET state = 'stopped', reason = 'by hand' WHERE id = $1", enrollment)
    done = (await api.ask("POST", f"/reviews/{reply}", json={"label": "positive"})).json()
    assert done["notes"] == ["the run has already ended (stopped); its follow-ups will still be carried out"]
    async with api.dispatching():

        async def told() -> bool:
            return bool(api.runs.late)

        await api.until(told)
    assert [(run, reaction.id) for run, reaction in api.runs.late] == [(enrollment, done["review"])]
    assert api.runs.reactions == []


async def test_a_worker_that_died_after_its_commit_does_it_once_and_still_delivers(
    api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]], activities: ReactionActivities
) -> None:
    enrollment, reply = await held()
    assert [row["list"] for row in await api.listed(listings.LIST_MEMBERS)] == ["unsure"]
    done = (await api.ask("POST", f"/reviews/{reply}", json={"label": "positive"})).json()
    call = ReactionCall(enrollment, done["review"], api.now)
    first, again = await activities.handle_reaction(call), await activities.handle_reaction(call)
    assert first == again
    # What goes out to other systems waits in the outbox, beside the run.
    assert (first.then, first.deliver) == ("continue", False)
    rows = await api.rows("follow_ups_of", enrollment_id=enrollment)
    assert [row["kind"] for row in rows if row["state"] == "pending"] == ["enroll"]
    assert [row["kind"] for row in rows if row["cause"] == done["review"]] == ["create_task", "enroll"]
    # An older review that is handled after a newer one was said follows the newer one.
    old = (await api.ask("POST", f"/reviews/{reply}", json={"label": "neutral"})).json()
    new = (await api.ask("POST", f"/reviews/{reply}", json={"label": "negative"})).json()
    assert (await activities.handle_reaction(ReactionCall(enrollment, old["review"], api.now))).then == "stop"
    assert (await activities.handle_reaction(ReactionCall(enrollment, new["review"], api.now))).then == "none"
    # Handled again by a late attempt, the reply itself does not do what only the model thought.
    late = await activities.handle_reaction(ReactionCall(enrollment, reply, api.now))
    assert (late.then, late.deliver) == ("none", False)
    assert len([row for row in await api.listed(listings.TASKS) if row["title"] == "Call"]) == 1


async def test_a_worker_that_died_after_it_paused_a_run_says_so_again(
    api: ApiRig, activities: ReactionActivities
) -> None:
    enrollment = await api.enrolled()
    away = await api.reaction("away", enrollment, "out_of_office")
    call = ReactionCall(enrollment, away, api.now)
    first, again = await activities.handle_reaction(call), await activities.handle_reaction(call)
    assert (first.then, first.until) == (again.then, again.until) == ("pause", api.now + timedelta(days=7))
    # Another absence meanwhile leaves the pause as it is.
    more = await api.reaction("away-more", enrollment, "out_of_office", minutes=1)
    assert (await activities.handle_reaction(ReactionCall(enrollment, more, api.now))).then == "continue"


async def test_many_at_once_are_one_review(api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]]) -> None:
    _, reply = await held()
    answers = await asyncio.gather(
        *(api.ask("POST", f"/reviews/{reply}", json={"label": "negative"}) for _ in range(8))
    )
    assert [answer.status_code for answer in answers] == [200] * 8
    assert sorted(answer.json()["repeated"] for answer in answers) == [False] + [True] * 7
    assert len(await api.fetch("SELECT * FROM review")) == 1


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({}, "label"),
        ({"label": "glad"}, "label"),
        ({"label": "positive", "intent": "opt_out"}, "a positive reply cannot have the intent opt_out"),
        ({"label": "positive", "mood": "x"}, "mood"),
        ({"label": "positive", "note": "a\x00b"}, "note"),
        ({"label": "positive", "by": "x" * 101}, "by"),
        ({"label": "negative", "intent": "opt_out", "not_an_opt_out": True}, "remove one of the two"),
    ],
)
async def test_what_cannot_be_said(
    api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]], body: dict[str, str], words: str
) -> None:
    _, reply = await held()
    answer = await api.ask("POST", f"/reviews/{reply}", json=body)
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert words in answer.json()["detail"]
    assert await api.fetch("SELECT * FROM review") == []


async def test_a_suspected_opt_out_asks_for_the_intent(
    api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]]
) -> None:
    _, reply = await held()
    await api.execute("UPDATE reaction SET label = 'negative', intent = 'opt_out' WHERE id = $1", reply)
    answer = await api.ask("POST", f"/reviews/{reply}", json={"label": "negative"})
    assert (answer.status_code, answer.json()["error"]) == (422, "invalid")
    assert "give the intent as well, opt_out if it is one" in answer.json()["detail"]
    assert await api.fetch("SELECT * FROM review") == []
    said = {"label": "negative", "not_an_opt_out": True}
    assert (await api.ask("POST", f"/reviews/{reply}", json=said)).json()["intent"] == "decline"


async def test_who_may_and_what_there_is(api: ApiRig, held: Callable[..., Awaitable[tuple[str, str]]]) -> None:
    enrollment, reply = await held()
    click = await api.reaction("click", enrollment)
    for method, path in (("GET", "/reviews"), ("POST", f"/reviews/{reply}")):
        assert (await api.http.request(method, path, json={"label": "positive"})).status_code == 401
    unknown = await api.ask("POST", f"/reviews/{ids.reaction_id('nobody')}", json={"label": "positive"})
    assert (unknown.status_code, unknown.json()["error"]) == (404, "not_found")
    other = await api.ask("POST", f"/reviews/{click}", json={"label": "positive"})
    assert (other.status_code, other.json()["error"]) == (409, "refused")
    assert "not a reply (clicked)" in other.json()["detail"]
    assert (await api.ask("POST", "/reviews/x", json={"label": "positive"})).status_code == 422
    paths = (await api.http.get("/openapi.json")).json()["paths"]
    assert {"get"} == set(paths["/reviews"])
    assert {"post"} == set(paths["/reviews/{reaction}"])
