"""The preference page's side of Postgres: what a person may be sent, and what they choose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.postgres import queries
from adapters.postgres.versions import Versions
from sequences.channels import CHANNELS, consents
from sequences.channels.address_kinds import MAIL, NUMBER, channels_of
from sequences.definition.reactions import ReactionKind
from sequences.email_address import address_key
from sequences.reactions.preferences import PREFERENCES, Preference, Standing, Topic, change, present
from services.intake.topics import Readers, Topics
from services.reactions.write_reaction import NewReaction, reaction_key, write_reaction
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime

    from adapters.postgres.database import Connection, Database


@dataclass(frozen=True)
class ShownPreferences:
    """What the page shows of whoever a mail was sent to.

    Attributes:
        addresses: by channel, in full; None where we have none.
        topics: that there are.
        language: the person's, as the record has it.
    """

    preferences: tuple[Preference, ...]
    addresses: dict[str, str | None]
    topics: tuple[Topic, ...] = ()
    language: str | None = None

    @property
    def nothing_allowed(self) -> bool:
        """No channel is left."""
        return not any(one.allowed for one in self.preferences)


@dataclass(frozen=True)
class TopicChoice:
    """What a page said of the topics that it showed: those that the person wants, and those that they leave."""

    wanted: tuple[str, ...]
    left: tuple[str, ...]


class Preferences:
    """Reads and writes what one person chose; found by a message that they got."""

    def __init__(self, database: Database, clock: Callable[[], datetime], wake: Callable[[], None]) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._versions = Versions()
        self._topics = Topics()

    async def read(self, send_id: str) -> ShownPreferences | None:
        """The present state; None when there is no such send."""
        async with self._database.transaction() as connection:
            return await self._shown(connection, send_id)

    async def choose(
        self, send_id: str, allowed: frozenset[str] | None, topics: TopicChoice | None = None
    ) -> ShownPreferences | None:
        """Makes a choice true and tells the open runs that it concerns; None when there is no such send.

        Args:
            send_id: the message whose page it was.
            allowed: channels that may be used, or None for nothing at all.
            topics: what the page said of topics; None: nothing.
        """
        now = self._clock()
        async with self._database.transaction() as connection:
            send = await queries.send_row(connection, id=send_id)
            if send is None:
                return None
            people = await self.people(connection, send.person_id)
            wanted = change(await self._standing(connection, people), allowed, await self._agreed(connection, people))
            theirs = (send.recipient, *(await self._addresses(connection, people)).values())
            for channel in wanted.lift:
                await queries.lift_chosen(
                    connection,
                    people=list(people),
                    addresses=await self._keys(connection, people),
                    channel=channel,
                    reason=PREFERENCES,
                    at=now,
                )
            for channel in wanted.suppress:
                for person in people:
                    await suppress(
                        connection, NewSuppression(channel, PREFERENCES, send_id, now, person=person, written_to=theirs)
                    )
                    await self._tell(connection, person, channel, now)
            if topics is not None:
                readers = Readers.of(people, theirs)
                known = {each.name for each in await self._topics.of(connection, readers)}
                await self._topics.leave(connection, readers, known.intersection(topics.left), send_id, now)
                await self._topics.rejoin(connection, readers, known.intersection(topics.wanted), now)
            shown = await self._shown(connection, send_id)
        self._wake()
        return shown

    async def people(self, connection: Connection, person: str) -> tuple[str, ...]:
        """The person, and whoever the CRM has merged them into since."""
        rows = await queries.merged_people(connection, id=person)
        return tuple(row.id for row in rows) or (person,)

    async def _shown(self, connection: Connection, send_id: str) -> ShownPreferences | None:
        send = await queries.send_row(connection, id=send_id)
        if send is None:
            return None
        people = await self.people(connection, send.person_id)
        standing = await self._standing(connection, people)
        addresses = await self._addresses(connection, people)
        readers = Readers.of(people, (send.recipient, *addresses.values()))
        reader = await queries.reader_of_send(connection, id=send_id)
        return ShownPreferences(
            present(standing, await self._agreed(connection, people)),
            addresses,
            await self._topics.of(connection, readers),
            reader.language if reader is not None else None,
        )

    async def _standing(self, connection: Connection, people: tuple[str, ...]) -> list[Standing]:
        addresses = await self._keys(connection, people)
        rows = await queries.standing_suppressions(connection, people=list(people), addresses=addresses)
        return [Standing(row.channel, row.reason, row.since) for row in rows]

    async def _agreed(self, connection: Connection, people: tuple[str, ...]) -> set[str]:
        columns = {consent.column: name for name, consent in consents().items()}
        rows = await queries.given_consents(connection, people=list(people), columns=list(columns))
        return {columns[name] for name in rows}

    async def _keys(self, connection: Connection, people: tuple[str, ...]) -> list[str]:
        found = (await self._addresses(connection, people)).values()
        return [address_key(address) for address in found if address]

    async def _addresses(self, connection: Connection, people: tuple[str, ...]) -> dict[str, str | None]:
        rows = await queries.merged_people(connection, id=people[0])
        number = await queries.number_written_to(connection, people=list(people), channels=list(channels_of(NUMBER)))
        newest = rows[-1] if rows else None
        known = {
            MAIL: newest.email if newest is not None else None,
            NUMBER: number or (newest.phone_key or newest.phone if newest is not None else None),
        }
        return {str(name): known.get(spec.address.name) for name, spec in CHANNELS.items()}

    async def _tell(self, connection: Connection, person: str, channel: str, now: datetime) -> None:
        """Every open run of the person that sends on ``channel`` gets the reaction, and so stops at once."""
        for run in await queries.open_runs_of_person(connection, id=person):
            version = await self._versions.get(connection, run.sequence, run.version)
            used = {step.channel for step in version.definition.steps}
            if channel != "all" and channel not in used:
                continue
            await write_reaction(
                connection,
                NewReaction(
                    key=reaction_key("preferences", channel, now, run.id),
                    run=run.id,
                    person=run.person_id,
                    kind=ReactionKind.UNSUBSCRIBED,
                    received_at=now,
                    detail={PREFERENCES: channel},
                    channel=None if channel == "all" else channel,
                ),
            )
