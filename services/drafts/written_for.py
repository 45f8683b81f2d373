"""A draft as one person would get it: when each step goes, and each message, by the code that plans and sends."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels import CHANNELS, is_channel
from sequences.errors import NotFoundError, RefusedError, RelanceError
from sequences.planning.planner import plan
from sequences.planning.values import RunFacts
from sequences.sending.wording import answers_of, wordings
from services.publishing.write_alone import Recipient
from services.sending.send_message_test import newest_recipient

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.postgres.database import Connection
    from adapters.postgres.versions import Version
    from sequences.planning.values import StepPlan
    from sequences.records.record_view import RecordView
    from services.drafts.check_draft import CheckedDraft
    from services.publishing.render import Rendered, Rendering


@dataclass(frozen=True)
class WrittenFor:
    """What one person would get.

    Attributes:
        recipient: the person, and the placement in a sequence about placements.
        name: of the person.
        owner_id: whose the person is.
        records: ids of the placements among which there is a choice; empty for a sequence about people.
        plans: by step, if they were enrolled now; empty while the draft cannot be read.
        messages: by step, those that can be written.
        problems: by step, why its message cannot be written.
        wordings: by step that has several, each by its name: the message, or why it cannot be written.
        answers: by template, the messages that answer reactions, or why they cannot be written.
    """

    recipient: Recipient
    name: str | None
    owner_id: str | None
    records: tuple[str, ...] = ()
    plans: Mapping[str, StepPlan] = field(default_factory=dict)
    messages: Mapping[str, Rendered] = field(default_factory=dict)
    problems: Mapping[str, str] = field(default_factory=dict)
    wordings: Mapping[str, Mapping[str, Rendered | str]] = field(default_factory=dict)
    answers: Mapping[str, Rendered | str] = field(default_factory=dict)


@dataclass(frozen=True)
class WriteFor:
    """Writes drafts for people, and stores nothing.

    Attributes:
        rendering: with the code that sends.
        checked: the draft.
    """

    rendering: Rendering
    checked: CheckedDraft

    async def somebody(self, connection: Connection) -> Recipient | None:
        """The person of the newest run of the sequence; None: nobody was in it yet."""
        try:
            return await newest_recipient(connection, self.checked.draft.sequence)
        except RefusedError:
            return None

    async def recipient(self, connection: Connection, person: str, record: str | None) -> WrittenFor:
        """Whom it would be written for, without a look at any message.

        Raises:
            NotFoundError: there is no such person or placement.
        """
        kind = self.checked.readable.record if self.checked.readable else "person"
        if kind == "person":
            view = await self.rendering.records.view(connection, "person", person)
            return _head(Recipient(person), view)
        rows = await queries.explain_placements(connection, person_id=person)
        records = tuple(rows)
        if not records:
            view = await self.rendering.records.view(connection, "person", person)
            return _head(Recipient(person), view)
        chosen = record if record in records else records[0]
        view = await self.rendering.records.view(connection, "placement", chosen)
        return _head(Recipient(person, chosen), view, records)

    async def write(self, connection: Connection, whom: WrittenFor, now: datetime, only: str = "") -> WrittenFor:
        """Plans and writes every step.

        Args:
            connection: reads only.
            whom: of ``recipient``.
            now: UTC; the instant of enrollment.
            only: id of the step of which the message is wanted; empty: of all.
        """
        version = self.checked.version
        if version is None:
            return whom
        messages: dict[str, Rendered] = {}
        problems: dict[str, str] = {}
        several: dict[str, dict[str, Rendered | str]] = {}
        unread = False
        for step in version.definition.steps:
            if not is_channel(step.channel):
                continue
            # A later mail has the subject of the first one: it cannot be written without its template.
            before, here = unread, any(each.template not in version.templates for each in wordings(step))
            unread = unread or here
            if here or only not in ("", step.id):
                continue
            if before and CHANNELS[step.channel].mail_like:
                problems[step.id] = "the text of a step before it has an error; correct it to see this message"
                continue
            if step.variants is not None:
                names = [variant.name for variant in step.variants]
                several[step.id] = {
                    name: await self._message(connection, version, step.id, replace(whom.recipient, variant=name), now)
                    for name in names
                }
            written = await self._message(connection, version, step.id, whom.recipient, now)
            if isinstance(written, str):
                problems[step.id] = written
            else:
                messages[step.id] = written
        plans = await self._plans(connection, version, whom.recipient, now)
        # A template with an error is named by the check, beside its text.
        wanted = [each for each in answers_of(version.definition) if each in version.templates] if not only else ()
        answers = {each: await self.answer(connection, version, each, whom.recipient, now) for each in wanted}
        return replace(whom, plans=plans, messages=messages, problems=problems, wordings=several, answers=answers)

    async def answer(
        self, connection: Connection, version: Version, template: str, to: Recipient, now: datetime
    ) -> Rendered | str:
        """The message that answers a reaction, or why it cannot be written."""
        try:
            return await self.rendering.answer(connection, version, template, to, now)
        except RelanceError as error:
            return str(error)

    async def _message(
        self, connection: Connection, version: Version, step: str, to: Recipient, now: datetime
    ) -> Rendered | str:
        """The message of a step, or why it cannot be written."""
        try:
            return await self.rendering.step(connection, version, step, to, now)
        except RelanceError as error:
            return str(error)

    async def _plans(
        self, connection: Connection, version: Version, recipient: Recipient, now: datetime
    ) -> Mapping[str, StepPlan]:
        kind = version.definition.record
        if kind == "placement" and recipient.record is None:
            return {}
        try:
            view = await self.rendering.records.view(connection, kind, recipient.record or recipient.person)
        except NotFoundError:
            return {}
        facts = RunFacts(
            enrolled_at=now,
            day_zero=view.day_zero(version.definition.day_zero),
            zones=view.zones,
            closed=view.closed_days,
        )
        return {each.step: each for each in plan(version.timings, facts)}


def _head(recipient: Recipient, view: RecordView, records: tuple[str, ...] = ()) -> WrittenFor:
    return WrittenFor(recipient, view.person.get("full_name"), view.owner_id, records)
