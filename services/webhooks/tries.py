"""The log of webhooks: what each try came to."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from adapters.postgres import queries
from sequences.errors import GrammarError
from sequences.sending.deliveries import DeliveryVerdict, webhook_payload
from sequences.web_address import read_web_address
from services.webhooks.endpoints import endpoint_of

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.postgres.database import Connection, Database
    from services.ports import Receivers

_OUTCOMES: Final = {DeliveryVerdict.DONE: "done", DeliveryVerdict.AGAIN: "again", DeliveryVerdict.NEVER: "dead"}


@dataclass(frozen=True)
class WebhookTry:
    """One try.

    Attributes:
        url: as the sequence has it.
        webhook_id: of the delivery, or of a test event.
        outcome: done, again or dead.
        words: what came of it.
    """

    url: str
    webhook_id: str
    outcome: str
    words: str


async def log_try(connection: Connection, tried: WebhookTry, now: datetime) -> None:
    """Adds a line to the log."""
    try:
        url = read_web_address(tried.url, login=True).url
    except GrammarError:
        url = tried.url
    await queries.add_webhook_try(
        connection,
        url=url,
        webhook_id=tried.webhook_id,
        at=now,
        outcome=tried.outcome,
        words=tried.words,
    )


async def send_test_event(database: Database, receivers: Receivers, key: str, now: datetime) -> WebhookTry:
    """Posts an event that is about nobody, once, and says what came of it.

    Args:
        database: ours.
        receivers: the world outside.
        key: id or name of an endpoint.
        now: UTC.

    Raises:
        NotFoundError: there is no such endpoint.
    """
    async with database.transaction() as connection:
        found = await endpoint_of(connection, key)
    ident = f"test-{secrets.token_hex(8)}"
    body = webhook_payload({"id": ident, "event": "test", "at": now.isoformat()})
    answer = await receivers.post(found.url, json.dumps(body, separators=(",", ":")).encode(), key=ident)
    tried = WebhookTry(found.url, ident, _OUTCOMES[answer.verdict], answer.words)
    async with database.transaction() as connection:
        await log_try(connection, tried, now)
    return tried
