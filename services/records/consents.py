"""A person's consent to a channel that asks for it: given, withdrawn, and what a withdrawal means from then on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from adapters.postgres.records import ChangeOrigin, utc_instant
from sequences.channels import CHANNELS, consents
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.records.merge_people import survivor
from services.sending.suppress import NewSuppression, suppress

if TYPE_CHECKING:
    from collections.abc import Mapping

    from adapters.postgres.database import Connection
    from adapters.postgres.row import Row
    from sequences.channels import Consent
    from services.records.record_changes import RecordChanges

WITHDRAWN: Final = "consent_withdrawn"
"""Reason of a suppression: the person took back that they may be written to on a channel."""
LONGEST_SOURCE: Final = 200
_AHEAD: Final = timedelta(minutes=5)


@dataclass(frozen=True)
class ConsentStanding:
    """Whether a person agreed to a channel that asks for it.

    Attributes:
        channel: its name.
        since: when they agreed, as the record has it; null: they have not.
        source: by what they agreed, such as a form.
        withdrawn_at: when they took it back; null: they have not, or have agreed again since.
    """

    channel: str
    since: str | None
    source: str | None
    withdrawn_at: datetime | None

    @property
    def given(self) -> bool:
        """The person may be written to, as far as this goes."""
        return bool(self.since) and self.withdrawn_at is None


@dataclass(frozen=True)
class ConsentChanged:
    """What became of it.

    Attributes:
        person: id; of who was merged into another, that of the survivor.
        consent: as it is now.
        repeated: it was so already; nothing was changed.
        suppressed: why they are not contacted on this channel all the same: reasons of suppressions.
    """

    person: str
    consent: ConsentStanding
    repeated: bool
    suppressed: tuple[str, ...] = ()


@dataclass(frozen=True)
class ConsentGiven:
    """That a person agreed.

    Attributes:
        channel: one that asks for consent.
        source: by what, such as ``phone call``.
        since: UTC; None: now.
    """

    person: str
    channel: str
    source: str
    since: datetime | None = None


def consent_of(channel: str) -> Consent:
    """What a channel asks for.

    Raises:
        RefusedError: it asks for nothing, or is no channel.
    """
    found = consents().get(channel)
    if found is None:
        named = CHANNELS[channel].label if channel in CHANNELS else "this"
        raise RefusedError(
            RequestRefused.INVALID, f"{named} needs no consent; only these do: {', '.join(consents()) or 'none'}"
        )
    return found


async def consents_of(connection: Connection, row: Row) -> tuple[ConsentStanding, ...]:
    """What a person agreed to, of all channels that ask for it; ``row`` has all columns of the person."""
    fields = row.as_dict()
    standing = await queries.standing_suppressions(connection, people=[fields["id"]], addresses=[])
    withdrawn = {each.channel: each.since for each in standing if each.reason == WITHDRAWN}
    return tuple(
        ConsentStanding(name, fields[each.column], fields[each.source_column], withdrawn.get(name))
        for name, each in consents().items()
    )


@dataclass(frozen=True)
class Consents:
    """Writes what a person agreed to, by hand.

    Attributes:
        changes: through which every write to a record goes.
    """

    changes: RecordChanges

    async def give(self, connection: Connection, asked: ConsentGiven, now: datetime) -> ConsentChanged:
        """Notes that a person agreed to be written to; the same again changes nothing.

        Other suppressions of the person stay: nobody but them says that they may be written to after a STOP.

        Args:
            connection: in a transaction.
            asked: what they agreed to.
            now: UTC.

        Raises:
            NotFoundError: there is no such person.
            RefusedError: the channel asks for no consent, it is not said by what they agreed, the instant is ahead, or
                they took it back after it.
        """
        wanted, source, since = consent_of(asked.channel), asked.source.strip(), asked.since or now
        if not source or len(source) > LONGEST_SOURCE:
            raise RefusedError(
                RequestRefused.INVALID, f"say by what they agreed, in up to {LONGEST_SOURCE} characters: phone call"
            )
        if since > now + _AHEAD:
            raise RefusedError(RequestRefused.INVALID, "since: that time has not come yet")
        row = await self._person(connection, asked.person)
        if row.deleted_at is not None:
            raise RefusedError(RequestRefused.INVALID, "the CRM deleted this person")
        before = await self._standing(connection, row, asked.channel)
        if before.withdrawn_at is not None and since < before.withdrawn_at:
            raise RefusedError(
                RequestRefused.DO_NOT_CONTACT,
                f"they took it back on {before.withdrawn_at:%Y-%m-%d}; only what they agreed to after that counts",
            )
        known = utc_instant(before.since)
        same = before.given and before.source == source and (asked.since is None or asked.since == known)
        if not same:
            values = {wanted.column: since.isoformat(), wanted.source_column: source}
            await self.changes.write(connection, "person", row.id, values, ChangeOrigin("relance", now))
        return await self._changed(connection, row.id, asked.channel, repeated=same)

    async def withdraw(
        self, connection: Connection, person: str, channel: str, by: str, now: datetime
    ) -> ConsentChanged:
        """Notes that a person took it back: nobody writes to them on the channel until they agree again.

        An older consent that the CRM or a file tells of later does not count.

        Args:
            connection: in a transaction.
            person: id.
            channel: one that asks for consent.
            by: who notes it, such as ``user:u1``.
            now: UTC.

        Raises:
            NotFoundError: there is no such person.
            RefusedError: the channel asks for no consent.
        """
        wanted = consent_of(channel)
        row = await self._person(connection, person)
        values = {wanted.column: None, wanted.source_column: None}
        written = await self.changes.write(connection, "person", row.id, values, ChangeOrigin("relance", now))
        fresh = await suppress(connection, NewSuppression(channel, WITHDRAWN, by, now, person=row.id))
        return await self._changed(connection, row.id, channel, repeated=written.id is None and not fresh)

    async def _person(self, connection: Connection, person: str) -> queries.PersonRow:
        root = await survivor(connection, person)
        await queries.lock_record(connection, key=f"person:{root}")
        row = await queries.person_row(connection, id=root)
        if row is None:
            raise NotFoundError(f"no person has the id {person}")
        return row

    async def _changed(self, connection: Connection, person: str, channel: str, *, repeated: bool) -> ConsentChanged:
        row = await queries.person_row(connection, id=person)
        assert row is not None
        found = await queries.suppressions_of(connection, person_id=row.id, email=row.email_key, phone=row.phone_key)
        reasons = dict.fromkeys(each.reason for each in found if each.channel in (channel, "all"))
        standing = await self._standing(connection, row, channel)
        return ConsentChanged(row.id, standing, repeated, tuple(each for each in reasons if each != WITHDRAWN))

    async def _standing(self, connection: Connection, row: queries.PersonRow, channel: str) -> ConsentStanding:
        return next(each for each in await consents_of(connection, row) if each.channel == channel)


async def agreed_again(connection: Connection, person: str, values: Mapping[str, object], at: datetime) -> None:
    """Ends a withdrawal of a consent that the person has given again since; whoever tells of it.

    Args:
        connection: in a transaction.
        person: id.
        values: what was written of the person, by the names of columns.
        at: of the write, UTC.
    """
    for channel, consent in consents().items():
        told = values.get(consent.column)
        given = utc_instant(told) if isinstance(told, str) else None
        if given is not None:
            await queries.lift_withdrawn_consent(
                connection, person_id=person, channel=channel, reason=WITHDRAWN, given=given, at=at
            )
