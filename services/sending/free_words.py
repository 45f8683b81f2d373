"""Whether a message may go in words of ours, on a channel that wants an approved template outside of a conversation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import CHANNELS
from sequences.sending.wording import drawn
from sequences.whatsapp.content import OUTSIDE_WINDOW, may_be_free

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection
    from sequences.channels import ChannelSpec
    from sequences.definition.steps import Step
    from services.runs.planning import RunContext


async def free_words_problem(
    connection: Connection, context: RunContext, step: Step, region: str, now: datetime
) -> str | None:
    """Why the words of a step may not go now, or None.

    Args:
        connection: reads only.
        context: of the run, with the record as it is now.
        step: sends a message.
        region: of phone numbers.
        now: the run's time.
    """
    spec = CHANNELS.get(step.channel)
    if spec is None or spec.free_for is None:
        return None
    said = drawn(step, context.run.id)
    stored = context.version.templates.get(said.template, {}) if said is not None else {}
    if any(key == spec.approved_by for key, *_ in stored.get("head", ())):
        return None
    address = spec.address.key(context.view.value(spec.address.name), region)
    return None if await free_words_may_go(connection, spec, address, now) else OUTSIDE_WINDOW


async def free_words_may_go(connection: Connection, spec: ChannelSpec, address: str | None, now: datetime) -> bool:
    """Whether words of ours may go to an address on a channel now.

    Args:
        connection: reads only.
        spec: of the channel.
        address: as it is compared; None: nobody's.
        now: the clock.
    """
    if spec.free_for is None:
        return True
    last = await queries.last_message_on(connection, channel=spec.name, sender=address) if address else None
    return may_be_free(last, now, spec.free_for)
