"""Named tokens of the HTTP API: made, rotated and revoked here, and recognised by what is stored of their secret."""

from __future__ import annotations

import hmac
import re
import secrets
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final, Literal

from adapters.postgres import queries
from sequences import ids
from sequences.access.caller import Caller
from sequences.access.token_scope import TokenScope
from sequences.errors import NotFoundError, RefusedError, RequestRefused
from services.access.audit import Deed, record
from services.access.rotation import GRACE, former_until
from services.access.secret import digest_of, new_secret
from services.reading.listed import line_of

if TYPE_CHECKING:
    from adapters.postgres.database import Connection
    from services.access.audit import Doer

_NOTED_AFTER: Final = timedelta(minutes=1)
_SHAPE: Final = re.compile(r"rel_(g[a-z0-9]{10,40})_([A-Za-z0-9_-]{43})")
_NAME: Final = re.compile(ids.SLUG)


@dataclass(frozen=True)
class NewToken:
    """A token to make.

    Attributes:
        name: who or what uses it; a slug, because stories and lists say ``token:NAME``.
        expires_at: UTC; None: never.
    """

    name: str
    scopes: tuple[TokenScope, ...]
    expires_at: datetime | None = None


@dataclass(frozen=True)
class MadeToken:
    """A token with its secret, which nothing can show a second time.

    Attributes:
        token: the whole of it, as callers send it.
        former_until: until when the secret before a rotation works; None: there is none that does.
    """

    id: str
    name: str
    token: str = field(repr=False)
    former_until: datetime | None = None


@dataclass(frozen=True)
class TokenLine:
    """A token as lists show it: never its secret.

    Attributes:
        created_by: kind and id, such as `user:u1` or `token:g1`; `cli` or `api` where that is all that is known.
        former_until: until when the secret before the last rotation works.
        last_used_at: to the minute.
        state: open, expired or revoked.
    """

    id: str
    name: str
    scopes: list[str]
    state: Literal["open", "expired", "revoked"]
    created_at: datetime
    created_by: str
    rotated_at: datetime | None
    former_until: datetime | None
    expires_at: datetime | None
    last_used_at: datetime | None
    revoked_at: datetime | None
    revoked_by: str | None


def token_line(row: queries.ListedApiTokensRow, now: datetime) -> TokenLine:
    """The line of a row."""
    is_over = row.expires_at is not None and row.expires_at <= now
    return line_of(TokenLine, row, state="revoked" if row.revoked_at else "expired" if is_over else "open")


async def create_token(connection: Connection, doer: Doer, wanted: NewToken, now: datetime) -> MadeToken:
    """Makes a token.

    Raises:
        RefusedError: the name is taken or cannot be used, or the token would be over already.
    """
    if not _NAME.fullmatch(wanted.name):
        raise RefusedError(
            RequestRefused.INVALID, "a name has lower-case letters, digits and hyphens, such as crm-sync"
        )
    if wanted.expires_at is not None and wanted.expires_at <= now:
        raise RefusedError(RequestRefused.INVALID, "the token would have expired already")
    secret = new_secret()
    made = await queries.add_api_token(
        connection,
        id=ids.api_token_id(secrets.token_hex(16)),
        name=wanted.name,
        scopes=list(wanted.scopes),
        hash=secret.digest,
        at=now,
        created_by=doer.who,
        expires_at=wanted.expires_at,
    )
    if made is None:
        raise RefusedError(RequestRefused.ALREADY_EXISTS, f"there is a token {wanted.name} already")
    detail = {"scopes": " ".join(wanted.scopes), "expires_at": _text(wanted.expires_at)}
    await record(connection, doer, Deed("token_created", f"token:{made}", detail), now)
    return MadeToken(made, wanted.name, f"rel_{made}_{secret.token}")


async def rotate_token(
    connection: Connection, doer: Doer, key: str, now: datetime, grace: timedelta = GRACE
) -> MadeToken:
    """Gives a token a new secret; the former one works until the end of ``grace``.

    Args:
        connection: in a transaction.
        doer: who.
        key: id or name.
        now: UTC.
        grace: 0: the former secret ends at once, as after a leak.

    Raises:
        NotFoundError: there is no such token, or it is revoked.
        RefusedError: the grace is too long, or the token has expired.
    """
    until = former_until(now, grace)
    found = await _open_token(connection, key)
    if found.expires_at is not None and found.expires_at <= now:
        raise RefusedError(RequestRefused.INVALID, "the token has expired; create another one")
    secret = new_secret()
    await queries.rotate_api_token(connection, id=found.id, hash=secret.digest, at=now, former_until=until)
    await record(connection, doer, Deed("token_rotated", f"token:{found.id}", {"former_until": _text(until)}), now)
    return MadeToken(found.id, found.name, f"rel_{found.id}_{secret.token}", until if grace else None)


async def revoke_token(connection: Connection, doer: Doer, key: str, now: datetime) -> str:
    """Ends a token at once, whatever secret of it is used; returns its id. The same again changes nothing.

    Raises:
        NotFoundError: there is no such token.
    """
    found = await queries.find_api_token(connection, key=key)
    if found is None:
        raise NotFoundError("there is no such token")
    if await queries.revoke_api_token(connection, id=found.id, at=now, by=doer.who) is not None:
        await record(connection, doer, Deed("token_revoked", f"token:{found.id}"), now)
    return found.id


async def caller_of(connection: Connection, given: str, now: datetime) -> Caller | None:
    """Who calls with this token; None: it is unknown, expired or revoked, and no word which.

    Args:
        connection: each statement on its own; the use of a token is noted at most once a minute.
        given: as it came.
        now: UTC.
    """
    shape = _SHAPE.fullmatch(given)
    row = await queries.api_token_to_check(connection, id=shape[1]) if shape else None
    if shape is None or row is None or (row.expires_at is not None and row.expires_at <= now):
        return None
    digest = digest_of(shape[2])
    former = row.former_hash if row.former_until is not None and now < row.former_until else None
    # Both are compared, always: how long it takes tells nothing about which of them is near.
    good = [hmac.compare_digest(digest, known or b"") for known in (row.hash, former)]
    if not any(good):
        return None
    if row.last_used_at is None or now - row.last_used_at >= _NOTED_AFTER:
        await queries.use_api_token(connection, id=row.id, now=now)
    return Caller(tuple(map(TokenScope, row.scopes)), row.id, row.name)


async def _open_token(connection: Connection, key: str) -> queries.FindApiTokenRow:
    found = await queries.find_api_token(connection, key=key)
    if found is None or found.revoked_at is not None:
        raise NotFoundError("there is no such token, or it is revoked")
    return found


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat() if instant else None
