"""Clicks and unsubscribes: what arrives at the links of our mails."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.definition.reactions import ReactionKind
from sequences.reactions.click_judgement import JUDGED_AFTER
from sequences.reactions.preferences import TOPIC
from services.intake.preferences import Preferences
from services.intake.store_inbound import Arrival, add_reaction, storable
from services.intake.topics import Readers, Topics
from services.reactions.write_reaction import reaction_key
from services.sending.contacts import prove_sent
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import datetime, timedelta

    from adapters.postgres.database import Database
    from sequences.reactions.click_judgement import Hit

_LONGEST_AGENT = 500
_MOST_OPENS = 50


@dataclass(frozen=True)
class Reader:
    """Who reads a message: their language as the record has it, and the topic of the message."""

    language: str | None
    topic: str | None


class LinkIntake:
    """Takes hits of tracked links and unsubscribes in. Tokens were checked before.

    Attributes:
        preferences: what the preference page shows and changes.
    """

    def __init__(
        self,
        database: Database,
        clock: Callable[[], datetime],
        wake: Callable[[], None],
        judged_after: timedelta = JUDGED_AFTER,
    ) -> None:
        self._database = database
        self._clock = clock
        self._wake = wake
        self._judged_after = judged_after
        self.preferences = Preferences(database, clock, wake)
        self._topics = Topics()

    async def click(self, link: str, hit: Hit) -> str | None:
        """Stores a hit and returns the frozen target at once; None when the link leads nowhere.

        Of a person who was erased nothing is stored any more.

        Whether it was a person's is judged later (``judge_clicks``), when the rest of a scanner's burst is there, too.
        """
        async with self._database.transaction() as connection:
            row = await queries.link_row(connection, id=link)
            if row is None or row.is_erased:
                return None
            await queries.add_hit(
                connection,
                link_id=link,
                at=hit.at,
                method=hit.method,
                user_agent=storable(hit.user_agent[:_LONGEST_AGENT]),
                address=hit.address,
                prefetch=hit.prefetch,
                judge_at=hit.at + self._judged_after,
            )
        self._wake()
        return str(row.target) if row.target is not None else None

    async def reader(self, send_id: str) -> Reader | None:
        """Who reads a message, and what it is about; None when there is no such message."""
        async with self._database.transaction() as connection:
            row = await queries.reader_of_send(connection, id=send_id)
            return None if row is None else Reader(row.language, row.topic)

    async def open(self, link: str, hit: Hit) -> None:
        """Stores a hit of a mail's picture; an unknown one stores nothing. Whether a person looked is judged later."""
        async with self._database.transaction() as connection:
            await queries.add_open_hit(
                connection,
                link_id=link,
                at=hit.at,
                method=hit.method,
                user_agent=storable(hit.user_agent[:_LONGEST_AGENT]),
                address=hit.address,
                prefetch=hit.prefetch,
                judge_at=hit.at + self._judged_after,
                most=_MOST_OPENS,
            )

    async def unsubscribe(self, send_id: str) -> bool:
        """Records an unsubscribe by link (RFC 8058); False when there is no such send. Repeating changes nothing.

        It ends the topic of the message, which is the list that RFC 8058 speaks of; without one, all e-mails. Whoever
        was merged into another record since is suppressed there as well.
        """
        now = self._clock()
        async with self._database.transaction() as connection:
            send = await queries.send_row(connection, id=send_id)
            if send is None:
                return False
            await prove_sent(connection, send, now)
            reader = await queries.reader_of_send(connection, id=send_id)
            topic = reader.topic if reader is not None else None
            key, kind = reaction_key("unsubscribe", send_id), ReactionKind.UNSUBSCRIBED
            detail = {TOPIC: topic} if topic else {}
            arrival = Arrival(key, "web", b"", kind.value, now, detail=detail, send=send, kind=kind)
            await add_reaction(connection, arrival, send, None)
            people = (send.person_id, *await self.preferences.people(connection, send.person_id))
            readers = replace(Readers.of(people, [send.recipient]), told=send.enrollment_id)
            if topic:
                await self._topics.leave(connection, readers, [topic], send_id, now)
            for person in set(people) if not topic else ():
                await suppress(
                    connection,
                    NewSuppression("email", "unsubscribed", send_id, now, person=person, written_to=[send.recipient]),
                )
        self._wake()
        return True
