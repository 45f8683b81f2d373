"""Whether anybody checks who wrote a mail: the setting, and what the mails that came say of it."""

from __future__ import annotations

from datetime import timedelta
from email import message_from_bytes
from email.policy import compat32
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.inbound.authentication import NO_RESULTS, NOT_ONE_AUTHOR, PROVIDERS, RESULTS
from sequences.inbound.mime.authentication_results import read_authentication_results
from sequences.number_words import number_of
from services.doctor.findings import HealthFinding, HealthSeverity

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import datetime

    from adapters.postgres.database import Database

RECENT: Final = timedelta(days=30)
_NEWEST: Final = 500
"""Mails whose verdict is counted."""
_READ: Final = 20
"""Mails whose fields are read."""
_HEAD: Final = 16_384
"""Bytes of each: the fields that the own mail server added stand at the top."""
_ENOUGH: Final = 5
"""So few mails without results may be from colleagues, or tests."""
_NAMED: Final = 3
_HELP: Final = "see Who wrote a mail in docs/operations.md"
_SETTING: Final = "RELANCE_AUTHSERV_ID"


async def senders_of(database: Database, believed: Sequence[str], now: datetime) -> list[HealthFinding]:
    """What is wrong with the proof of senders.

    Args:
        database: Postgres.
        believed: the authserv-ids of the settings.
        now: UTC.
    """
    since = now - RECENT
    async with database.statement() as connection:
        heads = await queries.newest_mail_heads(connection, since=since, most=_READ, size=_HEAD)
        counted = await queries.proofs_of_newest_mail(
            connection, since=since, most=_NEWEST, none=NO_RESULTS, not_asked=NOT_ONE_AUTHOR
        )
    named = _named(heads)
    if not believed:
        return [_unset(named)]
    if counted.without < _ENOUGH or counted.with_results:
        return []
    words = (
        f"{_SETTING} is {', '.join(believed)}, and none of {number_of(counted.without, 'mail')} of the last"
        f" {RECENT.days} days has results of it, so replies wait for a person"
    )
    if named:
        words += f"; at their top are results of {_some(named)}"
    return [HealthFinding("senders of mail", words, _command(named), counted.without, HealthSeverity.WARNING)]


def _unset(named: Sequence[str]) -> HealthFinding:
    words = f"{_SETTING} is not set: nobody checks who wrote a mail"
    if named:
        words += f". Results of {_some(named)} are at the top of mails that came: set it, if that is your mail server"
    else:
        words += f". It is the name of your mail server in Authentication-Results, or one of {', '.join(PROVIDERS)}"
    return HealthFinding("senders of mail", words, _command(named), severity=HealthSeverity.HINT)


def _command(named: Sequence[str]) -> str:
    # Anybody can write such a field into their own mail: somebody has to know that this is the own server.
    return f"{_SETTING}={named[0]}" if len(named) == 1 else _HELP


def _some(named: Sequence[str]) -> str:
    return ", ".join(named[:_NAMED]) + (" and others" if len(named) > _NAMED else "")


def _named(heads: Iterable[bytes]) -> list[str]:
    """Who wrote the topmost results of each mail, the most frequent first."""
    found: dict[str, int] = {}
    for head in heads:
        value = message_from_bytes(head, policy=compat32).get(RESULTS)
        results = read_authentication_results(str(value)) if value is not None else None
        if results is not None:
            found[results.authserv_id] = found.get(results.authserv_id, 0) + 1
    return sorted(found, key=lambda name: (-found[name], name))
