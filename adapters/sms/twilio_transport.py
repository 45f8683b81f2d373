"""One text to Twilio, once. Message create has no idempotency key, so a POST is never repeated here."""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

import aiohttp
from twilio.auth_strategy.auth_strategy import AuthStrategy
from twilio.auth_strategy.auth_type import AuthType
from twilio.base.exceptions import TwilioException, TwilioRestException, TwilioServiceException
from twilio.base.values import unset
from twilio.credential.credential_provider import CredentialProvider
from twilio.http.async_http_client import AsyncTwilioHttpClient
from twilio.rest import Client

from adapters.sms.http_progress import Progress, trace_config, watch
from adapters.sms.twilio_errors import lookup_error, outcome_of_refusal
from adapters.sms.twilio_search import LostSms, reconcile_sms
from sequences.errors import UnavailableError
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict
from sequences.sms.twilio_address import SERVICE

# Shorter than any server's own idle limit: a POST on a connection that the server just closed would end as `unknown`.
_KEEP_ALIVE_SECONDS = 10.0
# What the SDK lets out of a 2xx answer that is not a message.
_UNREADABLE = (ValueError, TypeError, KeyError, AttributeError)


@dataclass(frozen=True, slots=True)
class TwilioSettings:
    """How to reach Twilio and as whom.

    Attributes:
        account_sid: ``AC...``.
        auth_token: the account's token; never shown by ``repr``.
        sender: E.164 number, short code, alphanumeric id or messaging service (``MG...``) when a send names none.
        base_url: another address that speaks Twilio's contract, or None for Twilio itself.
        timeout: seconds for one request, connecting and reading included.
        smart_encoded: let Twilio replace typographic characters so that a text stays in GSM-7.
    """

    account_sid: str
    auth_token: str = field(repr=False)
    sender: str
    base_url: str | None = None
    timeout: float = 15.0
    smart_encoded: bool = False


class _Credentials(CredentialProvider, AuthStrategy):  # type: ignore[misc]
    """Basic authentication as a header. The SDK's own way uses what aiohttp 3.14 deprecates and 4.0 removes."""

    def __init__(self, settings: TwilioSettings) -> None:
        CredentialProvider.__init__(self, AuthType.BASIC)
        pair = f"{settings.account_sid}:{settings.auth_token}".encode()
        self._header = f"Basic {base64.b64encode(pair).decode()}"

    def to_auth_strategy(self) -> AuthStrategy:
        return self

    def get_auth_string(self) -> str:
        return self._header

    def requires_authentication(self) -> bool:
        return True


class TwilioTransport:
    """Hands texts to Twilio. One per worker; opened by the first send, inside the loop that runs it."""

    def __init__(self, settings: TwilioSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._clock = clock
        self._http: AsyncTwilioHttpClient | None = None
        self._client: Client | None = None

    async def send(
        self,
        *,
        recipient: str,
        body: str,
        sender: str | None,
        status_callback: str,
        handover: HandOver | None = None,
        content: Mapping[str, str] | None = None,
    ) -> TransportOutcome:
        """Sends one text and says what is known of it.

        Args:
            recipient: E.164.
            body: the text as frozen in the ``send`` row.
            sender: number or messaging service for this text, or None for the setting's.
            status_callback: absolute URL that carries the send id; it finds the text again when the answer is lost.
            content: of an approved template in place of words: ``content_sid`` and ``content_variables`` (JSON).
            handover: ``may_be_out`` is True from just before the first byte of the request leaves us.

        Returns:
            ``ACCEPTED`` with the MessageSid; ``RETRY`` when nothing was sent or Twilio said "later"; ``FAILED`` on any
            other 4xx; ``UNKNOWN`` when the request had left us and no readable answer came.
        """
        progress = watch(handover or HandOver())
        try:
            # The SDK's own time-out is ignored by its async client.
            async with asyncio.timeout(self._settings.timeout):
                said = dict(content) if content is not None else {"body": body}
                sid = await self._create(recipient, sender or self._settings.sender, status_callback, said)
        except (TwilioRestException, TwilioServiceException) as error:
            return outcome_of_refusal(error.status, error.code, progress.retry_after_seconds(self._clock()))
        except (TimeoutError, aiohttp.ClientError, OSError, TwilioException, *_UNREADABLE) as error:
            return _interrupted(progress, error)
        return TransportOutcome(TransportVerdict.ACCEPTED, stage="http", provider_message_id=sid)

    async def _create(self, recipient: str, sender: str, status_callback: str, said: Mapping[str, str]) -> str:
        message = await self._opened().messages.create_async(
            to=recipient,
            **said,
            status_callback=status_callback,
            smart_encoded=self._settings.smart_encoded or unset,
            **({"messaging_service_sid": sender} if SERVICE.fullmatch(sender) else {"from_": sender}),
        )
        if not message.sid:
            raise KeyError("sid")
        return str(message.sid)

    async def find(
        self, recipient: str, body: str, since: datetime, *, sender: str | None = None, known: Collection[str] = ()
    ) -> str | None:
        """Looks for a text whose create was never answered. Sends nothing, whatever happens.

        Args:
            recipient: E.164.
            body: the text as frozen in the ``send`` row.
            since: aware UTC; when it was claimed.
            sender: of the ``send`` row, or None for the setting's.
            known: provider ids of other sends, which are not this one even if they say the same.

        Returns:
            The MessageSid, or None: Twilio has no such text now. Ask again some minutes later before believing it.

        Raises:
            UnavailableError: Twilio does not answer, or asks to wait.
            PermanentError: it refuses the look-up; the message says why.
        """
        lost = LostSms(recipient, body, sender or self._settings.sender, since)
        try:
            async with asyncio.timeout(self._settings.timeout):
                return await reconcile_sms(self._opened().messages, lost, known)
        except TwilioException as error:
            # Its own words quote the number.
            raise lookup_error(error) from None
        except (TimeoutError, aiohttp.ClientError, OSError, *_UNREADABLE) as error:
            raise UnavailableError(f"Twilio did not answer a look-up of an SMS: {type(error).__name__}") from None

    async def aclose(self) -> None:
        """Closes the connections. A later send opens new ones."""
        http, self._http, self._client = self._http, None, None
        if http is not None:
            await http.close()

    def _opened(self) -> Client:
        if self._client is None:
            self._http = _http_client()
            self._client = Client(
                account_sid=self._settings.account_sid,
                credential_provider=_Credentials(self._settings),
                http_client=self._http,
            )
            # Edge and region would be read from TWILIO_* of the environment and change the host behind our back.
            self._client.edge = self._client.region = None
            if self._settings.base_url is not None:
                self._client.api.base_url = self._settings.base_url.rstrip("/")
        return self._client


def _http_client() -> AsyncTwilioHttpClient:
    # No max_retries: it repeats every request, POST too, and so texts people twice. The logger is our own because the
    # SDK logs each request at INFO.
    quiet = logging.getLogger("adapters.sms.twilio_http")
    quiet.setLevel(logging.WARNING)
    client = AsyncTwilioHttpClient(pool_connections=False, logger=quiet)
    client.session = aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(keepalive_timeout=_KEEP_ALIVE_SECONDS), trace_configs=[trace_config()]
    )
    return client


def _interrupted(progress: Progress, error: Exception) -> TransportOutcome:
    stage, what = _what_happened(error)
    if progress.sent:
        reason = f"{what}; the SMS may have been accepted"
        return TransportOutcome(TransportVerdict.UNKNOWN, stage="http", code=type(error).__name__, reason=reason)
    return TransportOutcome(
        TransportVerdict.RETRY, stage=stage, code=type(error).__name__, reason=f"{what}; nothing had been sent"
    )


def _what_happened(error: Exception) -> tuple[str, str]:
    if isinstance(error, TimeoutError):
        return "connect", "no answer from Twilio in time"
    if isinstance(error, aiohttp.ClientSSLError):
        return "tls", "no trusted TLS connection to Twilio"
    if isinstance(error, aiohttp.ClientError | OSError):
        return "connect", "the connection to Twilio failed"
    return "http", "Twilio's answer could not be read"
