"""The sentiment worker on the real servers: batches, a model that fails, no worker at all, and when it is ready."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from temporalio.testing import ActivityEnvironment

import worker
from activities import heartbeats
from activities.scoring import ScoringActivities
from adapters.postgres import listings
from adapters.sentiment.batching import BatchingScorer
from sequences.errors import UnavailableError
from sequences.names import SENTIMENT_QUEUE
from sequences.reactions.sentiment import Intent, Label, Probabilities, Score
from sequences.runs.state import Command, ReactionCall
from services.operations.command_run import steer
from services.reactions import score_reply
from starter.http.app import create_app
from starter.http.dependencies import ways_of
from starter.local.mail_capture import list_mail
from starter.sentiment_wiring import AT_ONCE, scoring_with
from tests.support.raw_history import found_in, raw_history
from workflows import time_outs

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Sequence

    from services.enrolling.enroll import Accepted
    from tests.support.by_name import Row
    from tests.support.rigs.flow import FlowRig

SEQUENCE = (
    "sequence: two\nname: Two\nrecord: person\nfrequency_cap: exempt\nsteps:\n"
    "  - {id: one, email: bd/introduce}\n  - {id: two, when: 2 days after one, email: bd/remind}\n"
    "reactions:\n  - on: replied.positive\n    do: [{create_task: {title: Call}}]\n    then: stop\n"
)


class GatedModel:
    """Judges once its gate is open; remembers each call. Texts with "poison" break it."""

    def __init__(self) -> None:
        self.calls: list[list[str]] = []
        self.gate = threading.Event()

    def score(self, texts: Sequence[str]) -> list[Score]:
        self.calls.append(list(texts))
        assert self.gate.wait(60)
        return [self._one(text) for text in texts]

    def _one(self, text: str) -> Score:
        if "poison" in text:
            raise ValueError(f"nobody may read this: {text}")
        # "Reply 17": each gets the confidence that is its own.
        number = int(text.split()[1]) if text.startswith("Reply") else 999
        return Score(Label.POSITIVE, number / 1000, Probabilities(1, 0, 0), Intent.OTHER, False, False)


@asynccontextmanager
async def judged_by(flow: FlowRig, model: GatedModel) -> AsyncIterator[None]:
    """A sentiment worker with that model, as long as the block lasts."""
    async with scoring_with(model) as scoring:
        try:
            async with worker.sentiment_worker(flow.services, scoring):
                yield
        finally:
            model.gate.set()


async def started(flow: FlowRig, *people: str) -> list[Accepted]:
    """Runs that have sent their first mail. No change of clocks comes between: it takes long to skip."""
    await flow.publish("two", SEQUENCE)
    for person in people:
        await flow.person(person, timezone="UTC")
    runs = list(await asyncio.gather(*(flow.enroll("two", person) for person in people)))
    for accepted in runs:
        await flow.until_step(accepted, "one")
    return runs


async def reaction(flow: FlowRig, accepted: Accepted) -> Row:
    [row] = await flow.rows("reactions_of", enrollment_id=accepted.enrollment)
    return row


async def test_forty_replies_at_once_are_few_calls_and_each_gets_its_own_answer(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    await flow.stop_worker(SENTIMENT_QUEUE)
    runs = await started(flow, *(f"p{number}" for number in range(40)))
    for number, accepted in enumerate(runs):
        await flow.reply(accepted, f"Reply {number} from me")
    model, asked = GatedModel(), []
    submit = BatchingScorer.submit

    def noted(self: BatchingScorer, text: str) -> Any:
        asked.append(text)
        return submit(self, text)

    monkeypatch.setattr(BatchingScorer, "submit", noted)

    async def all_wait() -> bool:
        return len(asked) == 40

    async with judged_by(flow, model):
        await flow.until(all_wait)
        model.gate.set()
        for accepted in runs:
            await flow.until_state(accepted, "stopped")
    for number, accepted in enumerate(runs):
        row = await reaction(flow, accepted)
        assert (row["label"], row["confidence"]) == ("positive", pytest.approx(number / 1000))
    assert sum(len(call) for call in model.calls) == 40
    assert len(model.calls) <= 3
    assert [thread.name for thread in threading.enumerate() if thread.name.startswith(("sentiment", "score-"))] == []


async def test_without_a_sentiment_worker_who_replied_is_left_in_peace_and_all_others_get_their_mails(
    flow: FlowRig,
) -> None:
    await flow.stop_worker(SENTIMENT_QUEUE)
    replied, silent = await started(flow, "replied", "silent")
    await flow.reply(replied, "Tell me more")

    async def held() -> bool:
        return (await flow.services.runs.status(replied.workflow_id)).blocked

    await flow.until(held)
    # Due at once by hand. (Its time cannot be skipped while an activity waits for a worker.)
    answer = await steer(flow.services.database, flow.services.runs, replied.enrollment, Command("k", "send-now"))
    assert (answer.changed, answer.phase) == (True, "waiting")
    await flow.skip(silent, days=2, minutes=1)
    await flow.until_step(silent, "two")
    assert (await flow.steps(replied))["two"] == "planned"
    recipients = [mail.recipient for mail in list_mail(flow.mail.folder)]
    assert sorted(recipients) == ["replied@client.example", *2 * ["silent@client.example"]]
    row = await reaction(flow, replied)
    assert (row["label"], row["handled_at"]) == (None, None)

    await flow.start_worker(SENTIMENT_QUEUE)
    await flow.until_state(replied, "stopped")
    assert (await flow.steps(replied))["two"] == "cancelled"
    assert [task["title"] for task in await flow.listed(listings.TASKS)] == ["Call"]
    assert len(list_mail(flow.mail.folder)) == 3


async def test_a_reply_that_breaks_the_model_goes_to_a_person_and_its_neighbours_are_judged(
    flow: FlowRig, caplog: pytest.LogCaptureFixture
) -> None:
    await flow.stop_worker(SENTIMENT_QUEUE)
    broken, opted_out, fine = await started(flow, "broken", "opted-out", "fine")
    await flow.reply(broken, "A poison of a reply")
    await flow.reply(opted_out, "poison. Please remove me from your list.")
    await flow.reply(fine, "Reply 7")
    model = GatedModel()
    model.gate.set()
    with caplog.at_level(logging.INFO):
        async with judged_by(flow, model):
            for accepted in (broken, opted_out, fine):
                await flow.until_state(accepted, "stopped")
            # It lives on.
            (later,) = await started(flow, "later")
            await flow.reply(later, "Reply 8")
            await flow.until_state(later, "stopped")
    row = await reaction(flow, broken)
    assert (row["label"], row["held_for_review"], row["score_reasons"]) == (None, True, ["no_answer"])
    assert row["decision_reason"] == "replied, needs review"
    row = await reaction(flow, opted_out)
    assert (row["label"], row["opt_out"], row["held_for_review"]) == ("negative", True, True)
    assert row["decision_reason"] == "opt_out"
    assert (await reaction(flow, fine))["confidence"] == pytest.approx(0.007)
    assert sum("poison of" in text for call in model.calls for text in call) <= 6
    tasks = {task["person_id"] for task in await flow.listed(listings.TASKS)}
    assert {"broken", "fine", "later"} <= tasks
    assert found_in(await raw_history(flow.handle(broken)), ("poison",)) == []
    assert "poison" not in caplog.text
    assert "sentiment: ValueError on reaction" in caplog.text


async def test_a_worker_that_waits_for_its_model_lives(flow: FlowRig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beats for an activity on a thread: else a long queue before the model would look like a dead worker."""
    monkeypatch.setattr(time_outs, "HEARTBEAT", timedelta(seconds=1))
    monkeypatch.setattr(heartbeats, "_EVERY_SECONDS", 0.1)
    await flow.stop_worker(SENTIMENT_QUEUE)
    (accepted,) = await started(flow, "p1")
    model = GatedModel()

    async def pending() -> Any:
        description = await flow.handle(accepted).describe()
        return next(iter(description.raw_description.pending_activities), None)

    async def beats_for_longer_than_its_timeout() -> bool:
        found = await pending()
        if found is None or not found.HasField("last_heartbeat_time"):
            return False
        assert found.attempt == 1
        return bool(
            found.last_heartbeat_time.ToDatetime() - found.last_started_time.ToDatetime() > timedelta(seconds=2)
        )

    async with judged_by(flow, model):
        await flow.reply(accepted, "Reply 5")
        await flow.until(beats_for_longer_than_its_timeout)
        model.gate.set()
        await flow.until_state(accepted, "stopped")
    assert model.calls == [["Reply 5"]]


async def test_a_worker_that_stops_leaves_what_its_model_has_not_begun_to_the_next(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(worker, "_GRACE", timedelta(0))
    await flow.stop_worker(SENTIMENT_QUEUE)
    (accepted,) = await started(flow, "p1")
    stuck, next_one = GatedModel(), GatedModel()
    next_one.gate.set()

    async def asked() -> bool:
        return bool(stuck.calls)

    await flow.reply(accepted, "Reply 6")
    async with judged_by(flow, stuck):
        await flow.until(asked)
        # The worker ends here, while its model has not answered.
    async with judged_by(flow, next_one):
        await flow.until_state(accepted, "stopped")
    assert next_one.calls == [["Reply 6"]]
    assert (await reaction(flow, accepted))["confidence"] == pytest.approx(0.006)


async def _waiting(flow: FlowRig) -> ReactionCall:
    """A reply that no run was told of: only the test scores it."""
    (accepted,) = await started(flow, "p1")
    [send] = await flow.rows("sends_of", enrollment_id=accepted.enrollment)
    async with flow.services.database.transaction() as connection:
        await connection.execute(
            "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, channel, send_id, holds, received_at, "
            "delivered_at) VALUES ('rwaiting0000000', 'k', $1, 'p1', 'replied', 'email', $2, true, now(), now())",
            accepted.enrollment,
            send["id"],
        )
    return ReactionCall(accepted.enrollment, "rwaiting0000000")


async def test_scoring_twice_gives_the_same_row(flow: FlowRig) -> None:
    call = await _waiting(flow)
    rows = []
    for answer in ("Reply 1", "Reply 2"):
        model = GatedModel()
        model.gate.set()

        def score(texts: Sequence[str], answer: str = answer) -> list[Score]:
            return [GatedModel()._one(answer) for _ in texts]

        model.score = score  # type: ignore[method-assign]
        async with scoring_with(model) as scoring:
            await asyncio.to_thread(
                ActivityEnvironment().run,
                ScoringActivities(score_reply.ScoreReply(flow.services.database, scoring.scorer)).score_reply,
                call,
            )
        rows.append(await flow.row("reaction_row", id=call.reaction))
    assert rows[0] == rows[1]
    assert rows[0] is not None
    assert rows[0]["confidence"] == pytest.approx(0.001)


async def test_a_database_that_does_not_answer_frees_the_thread_and_is_asked_again_later(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    call, model = await _waiting(flow), GatedModel()
    model.gate.set()
    async with scoring_with(model) as scoring:
        activity = ScoringActivities(score_reply.ScoreReply(flow.services.database, scoring.scorer))
        async with flow.services.database.transaction() as connection:
            await connection.execute("SELECT 1 FROM reaction WHERE id = $1 FOR UPDATE", call.reaction)
            with monkeypatch.context() as impatient:
                impatient.setattr(score_reply, "_POSTGRES_SECONDS", 0.5)
                with pytest.raises(UnavailableError, match="did not answer in time"):
                    await asyncio.to_thread(
                        ActivityEnvironment().run,
                        activity.score_reply,
                        call,
                    )
        await asyncio.to_thread(
            ActivityEnvironment().run,
            activity.score_reply,
            call,
        )
    row = await flow.row("reaction_row", id=call.reaction)
    assert row is not None
    assert row["label"] == "positive"


async def test_ready_means_that_a_warm_model_waits_for_replies(
    flow: FlowRig, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    queue, loading, gate = "relance-sentiment-cold", threading.Event(), threading.Event()

    def warmed(_: object) -> GatedModel:
        loading.set()
        assert gate.wait(60)
        return GatedModel()

    # A queue that no other test has polled: Temporal remembers pollers for minutes.
    monkeypatch.setattr(worker, "SENTIMENT_QUEUE", queue)
    monkeypatch.setattr(worker, "sentiment_model", warmed)
    app = create_app(ways_of(flow.services, lambda: None))
    async with AsyncExitStack() as stack:
        http = await stack.enter_async_context(
            httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test")
        )

        async def ready() -> bool:
            answer = await http.get("/readyz", params={"queue": queue})
            assert answer.status_code == 200 or answer.json()["missing"] == [f"worker on {queue}"]
            return answer.status_code == 200

        async def start() -> None:
            for each in await worker._workers(stack, flow.services, (queue,)):
                await stack.enter_async_context(each)

        with caplog.at_level(logging.INFO, "relance.sentiment"):
            starting = asyncio.create_task(start())
            assert await asyncio.to_thread(loading.wait, 20)
            assert not await ready()
            gate.set()
            await starting
            await flow.until(ready)
    said = [record.getMessage() for record in caplog.records if record.name == "relance.sentiment"]
    assert said[0] == "sentiment: loading"
    assert said[1].startswith("sentiment: ready in ")
    assert said[1].endswith(" MB")


def test_a_batch_gathers_while_another_is_judged() -> None:
    assert AT_ONCE == 64
