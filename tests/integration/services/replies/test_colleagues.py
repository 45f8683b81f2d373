"""A contact replies: runs about colleagues stop or pause; a wish for the whole company waits for a person."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import pytest_asyncio

from sequences.errors import NotFoundError, RefusedError
from sequences.reactions.same_client import REASONS, SAME_CLIENT
from services.operations.company_opt_outs import Decider, Scope, dismiss_company, suppress_company
from services.reactions.handle_reaction import HandleReaction
from tests.support.rigs.replies import DANA, RepliesRig, replies_rig
from tests.support.rigs.send import NOW

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from services.operations.company_opt_outs import CompanyDecision

WHO = Decider("Dana", NOW)


@pytest_asyncio.fixture
async def rig(database_url: str, tmp_path: Path) -> AsyncIterator[RepliesRig]:
    async with replies_rig(database_url, tmp_path) as rig:
        rig.way = "none"
        yield rig


async def two_at_a_client(rig: RepliesRig, same_client: str | None) -> tuple[Any, Any, Any]:
    """The run and the mail of one contact, and the run of another one, of one client and one domain."""
    context, mail = await rig.written_to()
    other, _ = await rig.written_to()
    await rig.execute("INSERT INTO client (id, name) VALUES ('c1', 'Acme')")
    await rig.execute("UPDATE person SET client_id = 'c1'")
    # Something is left to do in each run.
    await rig.execute("UPDATE enrollment_step SET state = 'planned', due_at = $1, decided_at = NULL", NOW)
    if same_client is not None:
        await rig.execute("UPDATE sequence_version SET definition = definition || $1", {"same_client": same_client})
        rig.send.versions._known.clear()
    return context, mail, other


async def replied(rig: RepliesRig, mail: Any, words: str = "Yes, call me", intent: str = "interested") -> str:
    await rig.receive(rig.answer(mail, words))
    (reply,) = await rig.replies()
    await rig.judge(reply["id"], "positive" if intent == "interested" else "neutral", intent)
    return str(reply["id"])


async def heard(rig: RepliesRig, run: Any) -> tuple[str, str | None]:
    """The colleague's run handles what it hears; the decision and the state of the run."""
    handling = HandleReaction(rig.database, rig.send.planning, rig.send.follow_ups)
    for row in await rig.rows("SELECT id FROM reaction WHERE enrollment_id = $1 ORDER BY received_at, id", run.run.id):
        await handling.handle(run.run.id, row["id"], NOW)
    (state,) = await rig.rows("SELECT state, reason FROM enrollment WHERE id = $1", run.run.id)
    return state["state"], state["reason"]


@pytest.mark.parametrize(
    ("same_client", "state", "reason"),
    [
        ("stop", "stopped", REASONS["replied"]),
        ("pause 14 days", "paused", REASONS["replied"]),
        ("go_on", "active", None),
        (None, "active", None),
    ],
)
async def test_a_reply_of_one_contact(rig: RepliesRig, same_client: str | None, state: str, reason: str | None) -> None:
    _, mail, other = await two_at_a_client(rig, same_client)
    await replied(rig, mail)
    assert await heard(rig, other) == (state, reason)
    told = await rig.rows("SELECT 1 FROM reaction WHERE kind = $1", SAME_CLIENT)
    assert len(told) == (1 if same_client in ("stop", "pause 14 days") else 0)


async def test_another_client_and_an_automatic_answer_change_nothing(rig: RepliesRig) -> None:
    _, mail, other = await two_at_a_client(rig, "stop")
    await replied(rig, mail, "I am away", "auto_reply")
    assert await heard(rig, other) == ("active", None)
    await rig.execute("UPDATE person SET client_id = 'c2' WHERE id = $1", other.run.person_id)
    await rig.receive(rig.answer(mail, "Yes please"))
    await rig.judge((await rig.replies())[-1]["id"])
    assert await heard(rig, other) == ("active", None)


async def test_until_it_has_handled_that_the_colleagues_run_sends_nothing(rig: RepliesRig) -> None:
    _, mail, other = await two_at_a_client(rig, "pause 14 days")
    await replied(rig, mail)
    (row,) = await rig.rows("SELECT holds, handled_at FROM reaction WHERE enrollment_id = $1", other.run.id)
    assert (row["holds"], row["handled_at"]) == (True, None)


async def wished(rig: RepliesRig, same_client: str | None = None) -> tuple[str, Any]:
    _, mail, other = await two_at_a_client(rig, same_client)
    return await replied(rig, mail, "Please do not write to any of us again.", "other"), other


async def decided(rig: RepliesRig, reply: str, scope: Scope | None = "both") -> CompanyDecision:
    async with rig.database.transaction() as connection:
        if scope is None:
            return await dismiss_company(connection, reply, WHO)
        return await suppress_company(connection, reply, scope, WHO)


async def suppressed(rig: RepliesRig, person: str) -> bool:
    rows = await rig.rows(
        "SELECT 1 FROM person p, suppressions_on(p.id, ARRAY[p.email_key, p.phone_key]) s WHERE p.id = $1", person
    )
    return bool(rows)


async def test_a_wish_for_the_company_waits_for_a_person(rig: RepliesRig) -> None:
    reply, other = await wished(rig)
    (wish,) = await rig.rows("SELECT * FROM company_opt_out")
    assert (wish["reaction_id"], wish["client_id"], wish["domain"]) == (reply, "c1", "client.example")
    assert wish["reasons"] == ["do not write to any of us"]
    assert await heard(rig, other) == ("active", None)
    assert not await suppressed(rig, other.run.person_id)
    (note,) = await rig.rows("SELECT title, owner_id FROM notification WHERE kind = 'company_opt_out'")
    assert note["owner_id"] == DANA.split("@")[0]
    assert f"companies suppress {reply[:10]}" in note["title"]


async def test_the_runs_of_colleagues_hear_of_it_by_the_same_key(rig: RepliesRig) -> None:
    _, other = await wished(rig, "stop")
    assert await heard(rig, other) == ("stopped", REASONS["opted_out"])


async def test_suppressed_it_covers_everybody_now_and_later_and_ends_runs(rig: RepliesRig) -> None:
    reply, other = await wished(rig)
    done = await decided(rig, reply)
    assert (done.state, done.people, done.repeated) == ("suppressed", 2, False)
    assert await heard(rig, other) == ("stopped", REASONS["suppressed"])
    assert await suppressed(rig, other.run.person_id)
    await rig.execute("INSERT INTO person (id, email) VALUES ('later', 'new@Client.example'), ('far', 'a@far.example')")
    assert await suppressed(rig, "later")
    assert not await suppressed(rig, "far")
    await rig.execute("UPDATE person SET email = 'far@client.example' WHERE id = 'far'")
    assert await suppressed(rig, "far")
    assert (await decided(rig, reply)).repeated
    with pytest.raises(RefusedError):
        await decided(rig, reply, None)
    # Lifted as one.
    await rig.execute("UPDATE suppression SET lifted_at = $1 WHERE address = '@client.example'", NOW)
    assert not await suppressed(rig, "later")


async def test_only_the_client_or_only_the_domain(rig: RepliesRig) -> None:
    reply, other = await wished(rig)
    await rig.execute("UPDATE person SET email = 'x@elsewhere.example' WHERE id = $1", other.run.person_id)
    assert (await decided(rig, reply, "domain")).people == 1
    assert not await suppressed(rig, other.run.person_id)


async def test_the_client_after_the_domain_is_suppressed_too(rig: RepliesRig) -> None:
    reply, other = await wished(rig)
    await rig.execute("UPDATE person SET email = 'x@elsewhere.example' WHERE id = $1", other.run.person_id)
    await decided(rig, reply, "domain")
    done = await decided(rig, reply, "client")
    assert (done.people, done.runs, done.repeated) == (2, 1, False)
    assert await suppressed(rig, other.run.person_id)
    assert (await decided(rig, reply, "client")).repeated


async def test_dismissed_nobody_is_suppressed(rig: RepliesRig) -> None:
    reply, other = await wished(rig)
    assert (await decided(rig, reply, None)).state == "dismissed"
    assert (await decided(rig, reply, None)).repeated
    assert not await suppressed(rig, other.run.person_id)
    with pytest.raises(RefusedError):
        await decided(rig, reply)
    with pytest.raises(NotFoundError):
        await decided(rig, "raaaaaaaaaaaa")
