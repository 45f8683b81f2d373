"""Topics: what a person does not want to hear of any more, while everything else goes on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import Versions
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key
from sequences.reactions.preferences import TOPIC, Topic
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Connection
    from services.runs.planning import RunContext


async def topic_left(
    connection: Connection, people: Sequence[str], emails: Sequence[str | None], topic: str | None
) -> dict[int, datetime]:
    """Who of many readers left a topic, by place from 1, and since when; addresses as they are compared."""
    if topic is None:
        return {}
    rows = await queries.topic_left(connection, people=list(people), emails=list(emails), topic=topic)
    return {row.place: row.since for row in rows}


async def topic_problem(connection: Connection, context: RunContext) -> str | None:
    """Why the person of a run gets no message of its sequence, if they left its topic."""
    topic = context.version.definition.topic
    email = address_key(str(context.view.person.get("email") or ""))
    left = await topic_left(connection, [context.view.person_id], [email], topic)
    return f"the person left the topic {topic}" if left else None


@dataclass(frozen=True)
class Readers:
    """Who reads a message: a person with whoever the CRM has merged them into since, and where messages went.

    Attributes:
        addresses: e-mail addresses as they are compared, that of the message first.
        told: a run that hears of the choice already.
    """

    people: tuple[str, ...]
    addresses: tuple[str, ...]
    told: str | None = None

    @classmethod
    def of(cls, people: Iterable[str], addresses: Iterable[str | None]) -> Readers:
        """Of ids, and addresses in any spelling; numbers and what is missing are left out."""
        keys = (address_key(address) for address in addresses if address and "@" in address)
        return cls(tuple(dict.fromkeys(people)), tuple(dict.fromkeys(keys)))


class Topics:
    """Reads and writes which topics the readers of a message want."""

    def __init__(self) -> None:
        self._versions = Versions()

    async def of(self, connection: Connection, readers: Readers) -> tuple[Topic, ...]:
        """Every topic that there is, by name, and those that were left although there is none such any more."""
        people, addresses = list(readers.people), list(readers.addresses)
        rows = await queries.topics_left(connection, people=people, addresses=addresses)
        left = {row.topic: row.since for row in rows}
        names = sorted({*await queries.published_topics(connection), *left}, key=str.casefold)
        return tuple(Topic(name, name not in left, left.get(name)) for name in names)

    async def leave(
        self, connection: Connection, readers: Readers, topics: Iterable[str], source: str, now: datetime
    ) -> None:
        """Ends topics, and tells the open runs about them at once; leaving again changes nothing."""
        for topic in sorted(topics):
            for person in readers.people:
                added = await queries.leave_topic(
                    connection,
                    person_id=person,
                    address=next(iter(readers.addresses), None),
                    topic=topic,
                    source=source,
                    at=now,
                )
                if added:
                    for run in await queries.open_runs_of_person(connection, id=person):
                        if run.id != readers.told:
                            await self._tell(connection, run, topic, now)

    async def rejoin(self, connection: Connection, readers: Readers, topics: Iterable[str], now: datetime) -> None:
        """Topics that may be written of again; nothing that was planned before comes back."""
        people, addresses = list(readers.people), list(readers.addresses)
        await queries.rejoin_topics(connection, people=people, addresses=addresses, topics=list(topics), at=now)

    async def _tell(self, connection: Connection, run: queries.OpenRunAboutRow, topic: str, now: datetime) -> None:
        """A run about the topic gets the reaction, and so stops at once."""
        version = await self._versions.get(connection, run.sequence, run.version)
        if version.definition.topic != topic:
            return
        await write_reaction(
            connection,
            NewReaction(
                key=reaction_key("preferences", f"topic {topic}", now, run.id),
                run=run.id,
                person=run.person_id,
                kind=ReactionKind.UNSUBSCRIBED,
                received_at=now,
                detail={TOPIC: topic},
            ),
        )
