"""What ops want to know: does everything answer, is a server away, how long has the oldest send waited."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Any, Final

import httpx
from temporalio.service import RPCError

from adapters.identity_provider import provider_of
from adapters.mail.incoming.imap_account import parse_folders
from adapters.outage_errors import is_outage
from adapters.postgres import queries
from adapters.postgres.database import Database
from adapters.postgres.listening import LISTENER
from adapters.temporal.client import connect
from sequences.access.secret_strength import weakness
from sequences.errors import RelanceError
from sequences.runs.hold import holds_summary
from services.access.addresses import oidc_callback
from services.outages import MAIL_SERVER, TWILIO
from services.reading.holds import holds_on
from services.reading.probes import QUEUES, has_pollers
from services.retention.notice import notices
from services.retention.overview import retention_words

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import datetime

    from adapters.settings import Settings
    from sequences.retention import RetentionClass

KNOWN_FOR: Final = timedelta(minutes=15)
"""An outage is met again at the latest after this, as long as anything is due (``server_turns``)."""
LATE: Final = timedelta(minutes=10)
UNTOLD_FOR: Final = timedelta(minutes=1)
"""A reaction or a window that waits for longer is not being handed to Temporal."""
_SECONDS: Final = 3.0


@dataclass(frozen=True)
class Check:
    """One thing that has to be right. ``words`` says what is wrong with it, or how it is."""

    name: str
    good: bool
    words: str = ""


@dataclass(frozen=True)
class Outbox:
    """What waits to be sent.

    Attributes:
        outages: servers that cannot be used now, with the words why.
        oldest_due_seconds: age of the oldest send that is due and not sent; None: nothing waits.
        unknown: sends of which nobody knows whether they went out.
        dead: follow-ups that were given up.
    """

    outages: tuple[Check, ...] = ()
    oldest_due_seconds: float | None = None
    unknown: int = 0
    dead: int = 0


@dataclass(frozen=True)
class StackHealth:
    """The answer of ``relance health``."""

    good: bool
    checks: tuple[Check, ...]
    oldest_due_seconds: float | None = None
    unknown: int = 0
    dead: int = 0


async def outbox(database: Database, now: datetime) -> Outbox:
    """What Postgres knows of it; ``now`` is the wall clock, UTC."""
    async with database.transaction() as connection:
        rows = await queries.outages_now(connection, seen_after=now - KNOWN_FOR)
        counts = await queries.outbox(connection, now=now)
    oldest = counts.oldest_due
    return Outbox(
        tuple(Check(row.service, good=False, words=_words(row)) for row in rows),
        None if oldest is None else max((now - oldest).total_seconds(), 0.0),
        counts.unknown,
        counts.dead,
    )


async def dispatchers(database: Database, now: datetime) -> Check:
    """Whether what Postgres knows gets to Temporal; ``now`` is the wall clock, UTC."""
    async with database.statement() as connection:
        lag = await queries.outbox_lag(connection, listener=LISTENER)
    if lag.since is not None and now - lag.since > UNTOLD_FOR:
        waited = (now - lag.since).total_seconds()
        return Check("dispatcher", good=False, words=f"the oldest reaction or start has waited {waited:.0f} s")
    if not lag.listening:
        return Check("dispatcher", good=False, words="none: `relance serve` or `relance dispatch` must run")
    return Check("dispatcher", good=True, words="listens" if lag.listening == 1 else f"{lag.listening} listen")


def _words(row: queries.OutagesNowRow) -> str:
    words = ", ".join(filter(None, (row.stage, row.code, row.reason)))
    return f"cannot be used since {row.since:%Y-%m-%d %H:%M} UTC: {words}"


async def health(settings: Settings, now: datetime) -> StackHealth:
    """Asks everything, and raises for nothing that does not answer: that is the answer."""
    found, box = await _of_postgres(settings, now)
    checks = [*found, *await _of_temporal(), await _of_hooks(settings), *await of_identity_provider(settings)]
    checks += [*old_keys(settings), proof_of_senders(settings)]
    outages = {each.name: each for each in box.outages}
    expected = [MAIL_SERVER, *([TWILIO] if settings.twilio_account_sid else [])]
    expected += [folder.label for folder in parse_folders(settings.imap_mailboxes)]
    for name in dict.fromkeys([*expected, *outages]):
        checks.append(outages.get(name) or Check(name, good=True, words="no known problems"))
    if box.oldest_due_seconds is not None:
        late = box.oldest_due_seconds > LATE.total_seconds()
        checks.append(Check("sends", not late, f"the oldest due send has waited {box.oldest_due_seconds:.0f} s"))
    return StackHealth(all(each.good for each in checks), tuple(checks), box.oldest_due_seconds, box.unknown, box.dead)


def old_keys(settings: Settings) -> list[Check]:
    """Older keys of links that can be guessed. It is no fault: mails that were sent need them."""
    weak = sum(weakness(key.decode()) is not None for key in settings.keys()[1:])
    words = f"{weak} old and weak in RELANCE_TOKEN_KEYS: remove when links and answers of mails from then do not matter"
    return [Check("keys of links", good=True, words=words)] if weak else []


def proof_of_senders(settings: Settings) -> Check:
    """Whether anybody looks who wrote a mail. It is no fault if not: then what another sender wrote waits alone."""
    believed = ", ".join(settings.authserv_ids())
    hint = "not checked: RELANCE_AUTHSERV_ID names the mail server whose word on them is believed"
    return Check("senders of mail", good=True, words=f"believed is {believed}" if believed else hint)


async def _of_postgres(settings: Settings, now: datetime) -> tuple[list[Check], Outbox]:
    try:
        database = await Database.connect(settings.database_url, max_size=1)
    except RelanceError as error:
        return [Check("Postgres", good=False, words=str(error))], Outbox()
    try:
        found = [Check("Postgres", good=True, words="answers"), await dispatchers(database, now)]
        found += [*await _holds(database, now), await retention(database, settings.retention(), now)]
        return found, await outbox(database, now)
    except Exception as error:
        if not is_outage(error):
            raise
        return [Check("Postgres", good=False, words=f"connection lost ({type(error).__name__})")], Outbox()
    finally:
        await database.close()


async def retention(database: Database, periods: Mapping[RetentionClass, str], now: datetime) -> Check:
    """Whether what is old is removed, and what is announced; ``now`` is the wall clock, UTC."""
    async with database.transaction() as connection:
        rows = await queries.retention_rows(connection)
        told = await notices(connection, periods, now)
    return Check("retention", *retention_words(rows, told, now))


async def _holds(database: Database, now: datetime) -> list[Check]:
    async with database.statement() as connection:
        found = await holds_on(connection)
    return [Check("holds", *holds_summary(found, now))] if found else []


async def _of_temporal() -> list[Check]:
    try:
        client = await connect()
        polled = await asyncio.gather(*(has_pollers(client, queue) for queue in QUEUES))
    except Exception as error:
        if not (isinstance(error, RelanceError | RPCError) or is_outage(error)):
            raise
        return [Check("Temporal", good=False, words=str(error) if isinstance(error, RelanceError) else "no answer")]
    workers = [
        Check(f"worker on {queue}", good, "polls" if good else "no worker has polled it in the last 75 seconds")
        for queue, good in zip(QUEUES, polled, strict=True)
    ]
    return [Check("Temporal", good=True, words="answers"), *workers]


async def _of_hooks(settings: Settings) -> Check:
    """Here, or where the world sees it: a command may run on another machine than ``relance serve``."""
    here = f"http://{settings.http_host}:{settings.http_port}"
    async with httpx.AsyncClient(timeout=_SECONDS) as http:
        for base in dict.fromkeys((here, settings.public_url)):
            try:
                answer: Any = await http.get(f"{base}/healthz")
            except (httpx.HTTPError, httpx.InvalidURL):
                continue
            if answer.status_code == 200:
                return Check("hooks", good=True, words="answer")
    return Check("hooks", good=False, words="`relance serve` does not answer: no replies or events can arrive")


async def of_identity_provider(settings: Settings) -> list[Check]:
    """Whether the identity provider of the console can be used; empty where there is none."""
    provider = provider_of(settings, oidc_callback(settings.public_url))
    if provider is None:
        return []
    try:
        await provider.check()
    except RelanceError as error:
        return [Check("identity provider", good=False, words=str(error))]
    return [Check("identity provider", good=True, words="answers")]
