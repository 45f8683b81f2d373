"""The inbox: what must be read, whose it is, and a word on a reply that can be taken back for ten seconds."""

from datetime import timedelta

import pytest

from activities.reaction import ReactionActivities
from adapters.postgres import listings
from sequences.access.viewer import Viewer
from sequences.errors import NotFoundError, RefusedError
from sequences.reactions.sentiment import Intent, Label
from services.console import inbox as screen
from services.console.days import SPANS, begin_of_span
from services.console.inbox import Inbox, InboxAsked, inbox, one_reply
from services.console.looking import looking
from services.operations.review import Opinion, UnclearError
from services.operations.waiting_reviews import UNDO, make_review, say, take_back
from starter.server.lane import Lane
from starter.server.undoable import SaidOfReplies
from tests.support.held_replies import activities_of, add_reply, held_reply
from tests.support.rigs.api import ApiRig
from tests.support.viewers import ADMIN, AUDITOR, DANA, OWN


@pytest.fixture
def activities(api: ApiRig) -> ReactionActivities:
    return activities_of(api)


async def look(api: ApiRig, viewer: Viewer = ADMIN, undo: str = "", **asked: object) -> Inbox:
    async with looking(api.database) as connection:
        return await inbox(connection, viewer, InboxAsked(**asked), api.now, undo=undo)  # type: ignore[arg-type]


def ids(found: Inbox) -> list[str]:
    return [line.reply.id for line in found.lines]


async def said(api: ApiRig, reply: str, label: Label = Label.POSITIVE, *, by: str = "u1", **more: object) -> None:
    async with api.database.transaction() as connection:
        await say(connection, reply, Opinion(label, by="Dana", **more), by, api.now)  # type: ignore[arg-type]


async def due(api: ApiRig) -> None:
    """The dispatcher looks, as it does every two seconds."""
    await Lane(api.database, SaidOfReplies(api.database, api.clock), api.clock).look()


async def test_what_must_be_read_comes_first_and_oldest_first(api: ApiRig, activities: ReactionActivities) -> None:
    run, first = await held_reply(api, activities, 1)
    _, second = await held_reply(api, activities, 2, run)
    sure = await add_reply(api, 3, run, held=False)
    found = await look(api)
    assert ids(found) == [first, second]
    line = found.lines[0]
    assert (line.reply.text, line.reply.label, line.reply.confidence, line.reply.person_name) == (
        "Perhaps",
        "positive",
        0.5,
        "Alex",
    )
    assert (line.masked, line.may_review) == (False, True)
    # All of them, the newest first; each filter is part of the question.
    assert ids(await look(api, everything=True)) == [sure, second, first]
    assert ids(await look(api, label="negative")) == []
    assert ids(await look(api, label="positive")) == [first, second]
    assert ids(await look(api, channel="sms")) == []
    assert ids(await look(api, sequence="hello", everything=True)) == [sure, second, first]
    assert ids(await look(api, sequence="other")) == []


async def test_pages(api: ApiRig, activities: ReactionActivities, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(screen, "PAGE", 1)
    run, first = await held_reply(api, activities, 1)
    _, second = await held_reply(api, activities, 2, run)
    for everything, order in ((False, [first, second]), (True, [second, first])):
        page = await look(api, everything=everything)
        assert (ids(page), page.next is None) == (order[:1], False)
        page = await look(api, everything=everything, cursor=page.next)
        assert (ids(page), page.next) == (order[1:], None)


async def test_a_span_of_days_begins_at_the_viewers_midnight(api: ApiRig, activities: ReactionActivities) -> None:
    # Received one and two minutes after 10:00 in London, on a Tuesday.
    run, first = await held_reply(api, activities, 1)
    _, second = await held_reply(api, activities, 2, run)
    minute = timedelta(minutes=1)
    for everything, order in ((False, [first, second]), (True, [second, first])):
        assert ids(await look(api, everything=everything, since=api.now + minute)) == order
        assert ids(await look(api, everything=everything, since=api.now + 2 * minute)) == [second]
        assert ids(await look(api, everything=everything, until=api.now + 2 * minute)) == [first]
    spans = {span: begin_of_span(span, api.now, "Europe/London") for span in (*SPANS, "", "next")}
    assert {span: at and at.isoformat() for span, at in spans.items()} == {
        "today": "2027-05-04T00:00:00+01:00",
        "week": "2027-05-03T00:00:00+01:00",
        "7": "2027-04-28T00:00:00+01:00",
        "30": "2027-04-05T00:00:00+01:00",
        "": None,
        "next": None,
    }


async def test_whose_replies_one_sees_and_who_may_read_them(api: ApiRig, activities: ReactionActivities) -> None:
    run, reply = await held_reply(api, activities)
    await api.execute("UPDATE enrollment SET owner_id = 'o2' WHERE id = $1", run)
    assert ids(await look(api, OWN)) == []
    # Who has no people of their own sees everybody's, as far as they may.
    found = await look(api, DANA, mine=True)
    assert (ids(found), found.whose.mine, found.whose.owns_nobody) == ([reply], False, True)
    assert ids(await look(api, OWN, mine=True)) == []
    assert (await look(api, ADMIN, mine=True)).whose.owns_nobody
    await api.person("p2", owner_id="o1")
    found = await look(api, DANA, mine=True)
    assert (ids(found), found.whose.mine, found.whose.owns_nobody) == ([], True, False)
    (line,) = (await look(api, DANA)).lines
    assert (line.masked, line.may_review) == (False, False)
    (line,) = (await look(api, AUDITOR)).lines
    assert (line.masked, line.reply.text, line.may_review) == (True, "", False)
    async with looking(api.database) as connection:
        assert (await one_reply(connection, DANA, reply, api.now)).reply.id == reply
        with pytest.raises(NotFoundError):
            await one_reply(connection, OWN, reply, api.now)
        with pytest.raises(NotFoundError):
            await one_reply(connection, ADMIN, "r2345678901", api.now)


async def test_what_is_said_becomes_a_review_after_ten_seconds(api: ApiRig, activities: ReactionActivities) -> None:
    _, reply = await held_reply(api, activities)
    await said(api, reply)
    found = await look(api, DANA, undo=reply)
    assert ids(found) == []
    assert found.undo is not None
    assert (found.undo.label, found.undo.person_name, found.undo.until) == ("positive", "Alex", api.now + UNDO)
    # Nobody else can undo it, and programs still see a reply that needs review.
    assert (await look(api, ADMIN, undo=reply)).undo is None
    assert len(await api.listed(listings.REVIEWS)) == 1
    await due(api)
    assert await api.fetch("SELECT * FROM review") == []
    api.now += UNDO
    assert (await look(api, DANA, undo=reply)).undo is None
    await due(api)
    (review,) = await api.fetch("SELECT * FROM review")
    assert (review["reaction_id"], review["label"], review["intent"], review["reviewer"], review["said_held"]) == (
        reply,
        "positive",
        "later",
        "Dana",
        True,
    )
    assert await api.fetch("SELECT * FROM waiting_review") == []
    assert await api.listed(listings.REVIEWS) == []
    # It happens once.
    async with api.database.transaction() as connection:
        assert not await make_review(connection, reply, api.now)


async def test_it_can_be_taken_back_and_said_otherwise(api: ApiRig, activities: ReactionActivities) -> None:
    _, reply = await held_reply(api, activities)
    await said(api, reply)
    async with api.database.transaction() as connection:
        with pytest.raises(RefusedError, match="too late"):
            await take_back(connection, reply, "u9")
        await take_back(connection, reply, "u1")
    assert ids(await look(api)) == [reply]
    await said(api, reply, Label.NEUTRAL)
    with pytest.raises(RefusedError, match="Dana said neutral a moment ago"):
        await said(api, reply, Label.POSITIVE, by="u9")
    api.now += UNDO
    await due(api)
    assert [row["label"] for row in await api.fetch("SELECT label FROM review")] == ["neutral"]
    async with api.database.transaction() as connection:
        with pytest.raises(RefusedError, match="too late"):
            await take_back(connection, reply, "u1")


async def test_what_a_review_refuses_is_refused_at_once(api: ApiRig, activities: ReactionActivities) -> None:
    _, reply = await held_reply(api, activities)
    await api.execute("UPDATE reaction SET intent = 'opt_out' WHERE id = $1", reply)
    with pytest.raises(UnclearError):
        await said(api, reply, Label.NEGATIVE)
    with pytest.raises(NotFoundError):
        await said(api, "r2345678901")
    assert await api.fetch("SELECT * FROM review") == []
    assert await api.fetch("SELECT * FROM waiting_review") == []
    await said(api, reply, Label.NEGATIVE, intent=Intent.OPT_OUT)
    # Nothing is suppressed until the time is up.
    assert await api.fetch("SELECT * FROM suppression") == []
    api.now += UNDO + timedelta(seconds=1)
    await due(api)
    assert [row["person_id"] for row in await api.fetch("SELECT person_id FROM suppression")] == ["p1"]
