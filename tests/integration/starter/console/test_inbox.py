"""The inbox as a page: a key says what a reply means, and an undo; without scripts too. Answers go into the thread."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest_asyncio

from sequences.access.role import Role
from sequences.reactions.sentiment import Label
from services.operations.review import Opinion, review
from services.operations.waiting_reviews import UNDO
from starter.server.lane import Lane
from starter.server.undoable import SaidOfReplies
from tests.support.held_replies import activities_of, held_reply
from tests.support.screens.rig import ConsoleRig, open_console_rig
from tests.support.viewers import DANA


@pytest_asyncio.fixture
async def console(database_url: str) -> AsyncIterator[ConsoleRig]:
    async with open_console_rig(database_url, DANA) as console:
        yield console


async def a_reply(console: ConsoleRig, number: int = 1, run: str | None = None) -> tuple[str, str]:
    run, reply = await held_reply(console.api, activities_of(console.api), number, run)
    await console.api.execute("UPDATE inbound SET reply_text = 'Perhaps <b>later</b>', sender = 'p1@client.example'")
    return run, reply


async def test_words_come_first_and_what_they_caused(console: ConsoleRig) -> None:
    page = await console.page("/inbox")
    assert "There is nothing to read." in page
    assert '?show=all">Show the replies that were read, too</a>' in page
    _, reply = await a_reply(console)
    page = await console.page("/inbox")
    assert "Perhaps &lt;b&gt;later&lt;/b&gt;" in page
    for words in ("the model is 50\N{NO-BREAK SPACE}% sure", "needs review", "Hello · ", f'id="reply-{reply}"'):
        assert words in page
    for key in "pnuxer":
        assert f'data-key="{key}"' in page
    assert "No reply matches." in await console.page("/inbox?show=all&label=negative")
    # The reply came on Tuesday 4 May; on Thursday it is of this week, and not of today.
    console.api.now += timedelta(days=2)
    for days, there in (
        ("days=today", False),
        ("days=week", True),
        ("days=7", True),
        ("first=2027-05-04&last=2027-05-04", True),
        ("first=2027-05-05", False),
        # Days that are written out count before a span.
        ("days=today&first=2027-05-04", True),
        ("last=2027-05-03", False),
    ):
        assert (f'id="reply-{reply}"' in await console.page(f"/inbox?show=all&{days}")) is there, days
    page = await console.page("/inbox?show=all&days=week")
    assert 'aria-current="true">This week' in page
    assert '<input type="hidden" name="days" value="week">' in page
    await console.page("/inbox?first=yesterday", 422)
    console.see(role=Role.AUDITOR)
    page = await console.page("/inbox")
    assert ("Perhaps" in page, 'data-key="p"' in page) == (False, False)


async def test_an_open_reply_has_the_whole_message_and_what_its_reader_found(console: ConsoleRig) -> None:
    _, reply = await a_reply(console)
    await console.api.execute("UPDATE inbound SET text = 'Perhaps <b>later</b> > what we wrote'")
    found = {"reasons": ["human", "cut", "signed_by_no_key"]}
    await console.api.execute("UPDATE reaction SET detail = detail || $2 WHERE id = $1", reply, found)
    words = (
        "it is very large, so only its beginning was read, it came to a reply address that no key of ours has signed"
    )
    text = await console.text(f"/inbox/{reply}")
    assert words in text
    assert "The whole message Perhaps <b>later</b> > what we wrote" in text
    assert words in await console.text("/people/p1")
    # Fixed words, which auditors may read; nothing of the message.
    console.see(role=Role.AUDITOR)
    text = await console.text(f"/inbox/{reply}")
    assert (words in text, "what we wrote" in text) == (True, False)


async def test_what_somebody_else_wrote_is_said_as_such(console: ConsoleRig) -> None:
    _, reply = await a_reply(console)
    async with console.api.database.transaction() as connection:
        await review(connection, reply, Opinion(Label.NEUTRAL, not_theirs=True), console.api.now)
    for path in ("/inbox?show=all", f"/inbox/{reply}"):
        text = await console.text(path)
        assert ("Somebody else wrote it" in text, "Meaning Neutral" in text) == (True, False), path


async def test_one_press_says_it_and_ten_seconds_undo_it(console: ConsoleRig) -> None:
    _, reply = await a_reply(console)
    answer = await console.act(f"/inbox/{reply}/say", said="positive", show="all")
    assert (answer.status_code, answer.headers["location"]) == (303, f"/console/inbox?show=all&undo={reply}")
    page = await console.page(f"/inbox?undo={reply}")
    assert f"/inbox/{reply}/undo" in page
    assert f'id="reply-{reply}"' not in page
    assert (await console.act(f"/inbox/{reply}/undo")).headers["location"] == "/console/inbox?said=undone"
    assert f'id="reply-{reply}"' in await console.page("/inbox")
    assert await console.api.fetch("SELECT * FROM review") == []
    # With scripts the answer is put where the reply was.
    answer = await console.act(f"/inbox/{reply}/say", fragment=True, said="right")
    assert (answer.status_code, f"/inbox/{reply}/undo" in answer.text) == (200, True)
    # Another one who says something of it is told; then it is too late.
    answer = await console.act(f"/inbox/{reply}/say", said="negative")
    assert (answer.status_code, "Dana Reed said positive a moment ago" in answer.text) == (409, True)
    console.api.now += UNDO + timedelta(seconds=1)
    await Lane(console.api.database, SaidOfReplies(console.api.database, console.api.clock), console.api.clock).look()
    (row,) = await console.api.fetch("SELECT label, intent, reviewer FROM review")
    assert (row["label"], row["intent"], row["reviewer"]) == ("positive", "later", "Dana Reed")
    answer = await console.act(f"/inbox/{reply}/undo")
    assert (answer.status_code, "too late" in answer.text) == (409, True)


async def test_a_suspected_opt_out_must_be_said_exactly(console: ConsoleRig) -> None:
    _, reply = await a_reply(console)
    await console.api.execute("UPDATE reaction SET intent = 'opt_out'")
    answer = await console.act(f"/inbox/{reply}/say", fragment=True, said="negative")
    assert (answer.status_code, answer.headers["hx-redirect"]) == (204, f"/console/inbox/{reply}?unclear=1")
    answer = await console.act(f"/inbox/{reply}/say", said="negative")
    assert (answer.status_code, "Negative, may be contacted" in answer.text) == (409, True)
    assert (await console.act(f"/inbox/{reply}/say", said="decline")).status_code == 303
    for wrong in ("", "nonsense"):
        assert (await console.act(f"/inbox/{reply}/say", said=wrong)).status_code == 409


async def test_an_answer_goes_into_the_thread_once(console: ConsoleRig) -> None:
    _, reply = await a_reply(console)
    assert (await console.act(f"/inbox/{reply}/answer", words=" ")).status_code == 409
    for _ in range(2):
        answer = await console.act(f"/inbox/{reply}/answer", words="Call me <tomorrow>", key="k1")
        assert answer.headers["location"] == f"/console/inbox/{reply}?said=answered"
    (row,) = await console.api.fetch("SELECT text, recipient, asked_by FROM answer")
    assert (row["text"], row["recipient"], row["asked_by"]) == ("Call me <tomorrow>", "p1@client.example", "Dana Reed")
    assert "Call me &lt;tomorrow&gt;" in await console.page(f"/inbox/{reply}")
    # What cannot be sent keeps its words.
    await console.api.execute(
        "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ('p1', 'all', 'opt_out', 'r1', $1)",
        console.api.now,
    )
    answer = await console.act(f"/inbox/{reply}/answer", words="Once more", key="k2")
    assert (answer.status_code, "Once more" in answer.text) == (409, True)


async def test_others_people(console: ConsoleRig) -> None:
    run, reply = await a_reply(console)
    await console.api.execute("UPDATE enrollment SET owner_id = 'o2' WHERE id = $1", run)
    page = await console.page("/inbox?whose=everyone")
    assert ("Perhaps" in page, 'data-key="p"' in page) == (True, False)
    for act in ("say", "undo", "answer"):
        assert (await console.act(f"/inbox/{reply}/{act}", said="positive", words="x")).status_code == 403
    await console.page("/inbox/r2345678901", 404)
