"""Remembers the addresses of people who are erased, and recognises who comes again with one of them."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from adapters.postgres import queries
from sequences.channels.address_kinds import closed_at
from sequences.erased_address import ERASED, TOPIC, address_hash, address_hashes
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from adapters.postgres.database import Connection


@dataclass(frozen=True)
class Remembered:
    """What stays of an address that is erased.

    Attributes:
        address: as it is compared.
        channel: a name of ``sequences.channels``, ``all``, or ``topic:`` and a name.
        reason: of the suppression that stood, or ``erased``.
        since: UTC.
    """

    address: str
    channel: str
    reason: str
    since: datetime


@dataclass(frozen=True)
class Recognised:
    """Somebody has an address that was erased, and no plain suppression says so yet.

    Attributes:
        person: id of who has it now.
        address: as it is compared.
        source: of the suppression that is to be written: it names the hash.
    """

    person: str
    address: str
    channel: str
    reason: str
    since: datetime
    source: str

    def closes(self, channel: str, topic: str | None) -> bool:
        """Whether it forbids messages of a channel, in a sequence about a topic."""
        return self.channel in (channel, "all") or (topic is not None and self.channel == f"{TOPIC}{topic}")

    @property
    def words(self) -> str:
        """Why, as of a plain suppression."""
        if self.channel.startswith(TOPIC):
            return f"left the topic {self.channel.removeprefix(TOPIC)} on {self.since:%Y-%m-%d}"
        return f"{self.reason} since {self.since:%Y-%m-%d}"


async def remember(connection: Connection, keys: tuple[bytes, ...], each: Remembered) -> None:
    """Keeps an address as a hash by the newest key; the first reason on a channel stays.

    Args:
        connection: in a transaction.
        keys: those that sign tokens, the newest first.
        each: what is kept.
    """
    await queries.remember_address(
        connection,
        hash=address_hash(keys[0], each.address),
        channel=each.channel,
        reason=each.reason,
        since=each.since,
    )


async def remember_all(
    connection: Connection,
    keys: tuple[bytes, ...],
    people: Sequence[str],
    addresses: Sequence[str],
    erased_at: datetime | None,
) -> None:
    """Keeps what stands against the addresses of a person; and that they are erased, unless ``erased_at`` is None."""
    for row in await queries.suppressions_to_remember(connection, people=list(people), addresses=list(addresses)):
        await remember(connection, keys, Remembered(row.address, row.channel, row.reason, row.since))
    if erased_at is not None:
        for address in addresses:
            for channel in closed_at(address):
                await remember(connection, keys, Remembered(address, channel, ERASED, erased_at))


async def recognise(
    connection: Connection, keys: tuple[bytes, ...], person: str, addresses: Iterable[str | None]
) -> tuple[Recognised, ...]:
    """What was erased and still forbids contact at the addresses of a person; reads only.

    Args:
        connection: of the pool.
        keys: those that sign tokens.
        person: id.
        addresses: as they are compared.
    """
    found = await recognise_many(connection, keys, {person: tuple(addresses)})
    return found.get(person, ())


async def recognise_many(
    connection: Connection, keys: tuple[bytes, ...], people: Mapping[str, Iterable[str | None]]
) -> Mapping[str, tuple[Recognised, ...]]:
    """The same of many, in one statement; only of those with something."""
    whose: dict[bytes, list[tuple[str, str]]] = defaultdict(list)
    for person, addresses in people.items():
        for address in addresses:
            if address:
                for made in address_hashes(keys, address):
                    whose[made].append((person, address))
    found: dict[str, list[Recognised]] = defaultdict(list)
    if whose:
        for row in await queries.erased_standing(connection, hashes=list(whose)):
            for person, address in whose[row.hash]:
                found[person].append(Recognised(person, address, row.channel, row.reason, row.since, row.source))
    return {person: tuple(each) for person, each in found.items()}


async def write_out(connection: Connection, recognised: Iterable[Recognised], now: datetime) -> None:
    """Writes what was recognised as plain suppressions, with the reason and the instant that it had.

    From then on it is one like any other: it shows, and whoever lifts it is obeyed.

    Args:
        connection: in a transaction.
        recognised: of ``recognise``.
        now: UTC.
    """
    for each in recognised:
        if each.channel.startswith(TOPIC):
            await queries.leave_topic(
                connection,
                person_id=each.person,
                address=each.address,
                topic=each.channel.removeprefix(TOPIC),
                source=each.source,
                at=now,
            )
            continue
        new = NewSuppression(
            each.channel, each.reason, each.source, each.since, person=each.person, address=each.address
        )
        await suppress(connection, new)


async def opt_out_of_erased(connection: Connection, keys: tuple[bytes, ...], told: Remembered, *, known: bool) -> bool:
    """Somebody whose data was erased asks not to be contacted: their address is kept as a hash, and no other way.

    Args:
        connection: in a transaction.
        keys: those that sign tokens, the newest first.
        told: the wish.
        known: it answers a message that was erased; else the address itself must be known as erased.

    Returns:
        False when nothing says that it is an erased person's; nothing was kept.
    """
    hashes = address_hashes(keys, told.address)
    if not known and not await queries.is_erased_address(connection, hashes=hashes):
        return False
    await remember(connection, keys, told)
    return True
