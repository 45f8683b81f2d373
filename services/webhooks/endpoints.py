"""Endpoints: addresses that webhooks are posted to, each with a secret of its own."""

from __future__ import annotations

import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences import ids
from sequences.errors import GrammarError, NotFoundError, RefusedError, RequestRefused
from sequences.sending.webhook_signature import BYTES, webhook_secret
from sequences.web_address import read_web_address
from services.access.audit import Deed, record
from services.access.rotation import GRACE, former_until
from services.webhooks.sealed import seal, unseal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from adapters.postgres.database import Connection, Database
    from services.access.audit import Doer

_NAME: Final = re.compile(ids.SLUG)


@dataclass(frozen=True)
class EndpointLine:
    """An endpoint as lists show it: never its secret.

    Attributes:
        created_by: kind and id, such as `user:u1` or `token:g1`; `cli` or `api` where that is all that is known.
        former_until: until when the secret before the last rotation signs, too.
    """

    id: str
    name: str
    url: str
    created_at: datetime
    created_by: str
    rotated_at: datetime | None
    former_until: datetime | None


@dataclass(frozen=True)
class TryLine:
    """One try of a webhook.

    Attributes:
        webhook: the header `webhook-id`: of a delivery, or of a test event.
        outcome: done; again, it is tried another time; dead, it is over.
        words: what came of it; nothing that the receiver wrote.
    """

    id: int
    webhook: str
    at: datetime
    outcome: str
    words: str


@dataclass(frozen=True)
class NewEndpoint:
    """An endpoint to add.

    Attributes:
        name: a slug.
        url: exactly as sequences have it.
    """

    name: str
    url: str


@dataclass(frozen=True)
class MadeSecret:
    """An endpoint with its secret, which nothing can show a second time.

    Attributes:
        secret: as the receiver's library takes it.
        former_until: until when both secrets sign; None: only this one does.
    """

    id: str
    name: str
    secret: str = field(repr=False)
    former_until: datetime | None = None


@dataclass(frozen=True)
class Endpoints:
    """Changes endpoints, each in the caller's transaction.

    Attributes:
        keys: of the settings, the newest first; they seal.
    """

    keys: tuple[bytes, ...] = field(repr=False)

    async def add(self, connection: Connection, doer: Doer, wanted: NewEndpoint, now: datetime) -> MadeSecret:
        """Adds one; from now on its own secret signs what is posted there.

        Raises:
            RefusedError: the name or the address cannot be used, or is in use.
        """
        if not _NAME.fullmatch(wanted.name):
            raise RefusedError(RequestRefused.INVALID, "a name has lower-case letters, digits and hyphens, such as crm")
        key = secrets.token_bytes(BYTES)
        made = await queries.add_webhook_endpoint(
            connection,
            id=ids.webhook_endpoint_id(secrets.token_hex(16)),
            name=wanted.name,
            url=_address(wanted.url),
            secret=seal(key, self.keys),
            at=now,
            created_by=doer.who,
        )
        if made is None:
            raise RefusedError(RequestRefused.ALREADY_EXISTS, "there is an endpoint with that name or address already")
        await record(connection, doer, Deed("endpoint_added", f"endpoint:{made}"), now)
        return MadeSecret(made, wanted.name, webhook_secret(key))

    async def rotate(
        self, connection: Connection, doer: Doer, key: str, now: datetime, grace: timedelta = GRACE
    ) -> MadeSecret:
        """Gives an endpoint a new secret; until the end of ``grace`` the former one signs, too.

        Raises:
            NotFoundError: there is no such endpoint.
            RefusedError: the grace is too long.
        """
        until = former_until(now, grace)
        found = await endpoint_of(connection, key)
        new = secrets.token_bytes(BYTES)
        await queries.rotate_webhook_endpoint(
            connection, id=found.id, secret=seal(new, self.keys), at=now, former_until=until
        )
        detail = {"former_until": until.isoformat()}
        await record(connection, doer, Deed("endpoint_rotated", f"endpoint:{found.id}", detail), now)
        return MadeSecret(found.id, found.name, webhook_secret(new), until if grace else None)


async def remove_endpoint(connection: Connection, doer: Doer, key: str, now: datetime) -> str:
    """Removes an endpoint with its subscription; what sequences post there is signed as before. Returns its id.

    Raises:
        NotFoundError: there is no such endpoint.
    """
    found = await endpoint_of(connection, key)
    await queries.remove_subscription(connection, endpoint_id=found.id)
    await queries.remove_webhook_endpoint(connection, id=found.id, at=now, by=doer.who)
    await record(connection, doer, Deed("endpoint_removed", f"endpoint:{found.id}"), now)
    return found.id


async def endpoint_of(connection: Connection, key: str) -> queries.FindWebhookEndpointRow:
    """An endpoint by its id or its name.

    Raises:
        NotFoundError: there is none.
    """
    found = await queries.find_webhook_endpoint(connection, key=key)
    if found is None:
        raise NotFoundError("there is no such endpoint; `relance webhook` lists them")
    return found


@dataclass(frozen=True)
class EndpointKeys:
    """Addresses of endpoints, and the keys that sign what goes there: what the client of webhooks asks."""

    database: Database
    keys: Sequence[bytes] = field(repr=False)
    clock: Callable[[], datetime]

    async def address_of(self, endpoint: str) -> str | None:
        """The URL of an endpoint by its name; None: there is none of that name (any more)."""
        async with self.database.statement() as connection:
            row = await queries.find_webhook_endpoint(connection, key=endpoint)
        return row.url if row is not None else None

    async def of(self, url: str) -> tuple[bytes, ...]:
        """The newest first, two during a rotation; none: the address is no endpoint's.

        Raises:
            SettingsError: they cannot be read any more.
        """
        async with self.database.statement() as connection:
            row = await queries.webhook_secrets(connection, url=url)
        if row is None:
            return ()
        former = row.former_secret if row.former_until is not None and self.clock() < row.former_until else None
        return tuple(unseal(each, self.keys) for each in (row.secret, former) if each is not None)


def _address(url: str) -> str:
    try:
        return read_web_address(url).url
    except GrammarError as error:
        raise RefusedError(RequestRefused.INVALID, f"{error.message} Allowed: {error.allowed}") from None
