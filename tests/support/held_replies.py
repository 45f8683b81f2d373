"""Replies that the model was not sure of, handled as their run's worker would; its clock is that of the test."""

from datetime import timedelta
from typing import Any

from activities.follow_up_delivery import DeliveryActivities
from activities.reaction import ReactionActivities
from adapters.postgres.records import Records
from adapters.templates.renderer import Renderer
from sequences.runs.state import ReactionCall
from services.enrolling.enroll import EntryRequest
from services.follow_ups.carry_out import FollowUps
from services.follow_ups.deliver import DeliverFollowUp
from services.reactions.handle_reaction import HandleReaction
from services.runs.planning import Planning
from services.sending.compose_email import Composer
from starter.composition import organisation_of

RULES: list[dict[str, Any]] = [
    {"on": "replied", "do": [{"add_to_list": "unsure"}], "then": "continue"},
    {"on": "replied.positive", "do": [{"create_task": {"title": "Call"}}, {"enroll": "hello"}], "then": "continue"},
    {"on": "replied.negative", "do": [], "then": "stop"},
]


def activities_of(api: Any) -> ReactionActivities:
    """What a worker of ``api`` would handle reactions with."""
    renderer = Renderer()
    follow_ups = FollowUps(renderer, Composer(renderer, organisation_of(api.settings)), api.changes)
    return ReactionActivities(HandleReaction(api.database, Planning(Records("UTC"), api.versions), follow_ups))


def deliveries_of(api: Any, receivers: Any, lasts: timedelta = timedelta(days=3)) -> DeliveryActivities:
    """What a worker of ``api`` would deliver follow-ups with; ``receivers`` is the world outside."""
    return DeliveryActivities(
        DeliverFollowUp(
            database=api.database,
            planning=Planning(Records("UTC"), api.versions),
            enrolling=api.enrolling,
            receivers=receivers,
            secret=api.settings.hook_keys()[0],
            lasts=lasts,
        )
    )


async def open_run(api: Any, rules: list[dict[str, Any]] | None = None, **more: object) -> str:
    """An open run about p1 with those rules for what comes back."""
    await api.person()
    await api.publish(reactions=rules or RULES, **more)
    enrollment = (await api.enrolling.enroll(EntryRequest("hello", "n1", "p1"))).enrollment
    await api.execute("UPDATE enrollment SET state = 'active', started_at = $1", api.now)
    return str(enrollment)


async def add_reply(api: Any, number: int, enrollment: str, *, held: bool = True) -> str:
    """A scored reply that nobody has handled: positive, later, of 0.5."""
    await api.execute(
        "INSERT INTO inbound (id, key, channel, received_at, raw, event, reply_text, state) "
        "VALUES ($1, $1, 'email', $2, 'x', 'human', 'Perhaps', 'matched')",
        f"i{number}",
        api.now,
    )
    reply = await api.reaction(f"reply-{number}", enrollment, "replied", minutes=number)
    await api.execute(
        "UPDATE reaction SET label = 'positive', intent = 'later', confidence = 0.5, opt_out = false, inbound_id = $2, "
        "held_for_review = $4, score_reasons = '{below_threshold}', delivered_at = $3 WHERE id = $1",
        reply,
        f"i{number}",
        api.now,
        held,
    )
    return str(reply)


async def held_reply(
    api: Any,
    activities: ReactionActivities,
    number: int = 1,
    enrollment: str | None = None,
    rules: list[dict[str, Any]] | None = None,
) -> tuple[str, str]:
    """A reply that the model was not sure of, handled by its run ``number`` minutes after now. The run, the reply."""
    run = enrollment or await open_run(api, rules)
    reply = await add_reply(api, number, run)
    await activities.handle_reaction(ReactionCall(run, reply, api.now + timedelta(minutes=number)))
    return run, reply
