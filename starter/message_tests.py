"""Wires what sends a message as a test, for the command line and for HTTP."""

from __future__ import annotations

from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING

from adapters.clock import utc_now
from adapters.postgres.records import Records
from services.organisation import renderer_of
from services.sending.send_message_test import SendMessageTest
from starter.composition import organisation_of
from starter.limits import slots_of
from starter.mail_wiring import signer_of
from starter.transports import email_transport, own_transports, sms_transport

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from adapters.postgres.database import Database
    from adapters.settings import Settings


@asynccontextmanager
async def sending_message_tests(settings: Settings, database: Database) -> AsyncIterator[SendMessageTest]:
    """What sends tests, with connections of its own until the end of the block: tests are rare.

    Raises:
        SettingsError: a key or a token cannot be read.
    """
    async with AsyncExitStack() as stack:
        email, sms = email_transport(settings), sms_transport(settings)
        stack.push_async_callback(email.aclose)
        stack.push_async_callback(sms.aclose)
        own = own_transports(settings, database)
        stack.push_async_callback(own.aclose)
        yield SendMessageTest(
            database=database,
            records=Records(settings.organisation_timezone, settings.phone_region),
            renderer=renderer_of(settings),
            organisation=organisation_of(settings),
            email=email,
            sms=sms,
            slots=slots_of(settings),
            clock=utc_now,
            seal=signer_of(settings),
            own=own,
        )
