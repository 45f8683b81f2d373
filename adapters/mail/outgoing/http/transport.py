"""Hands mails to a provider by HTTP, in the same two stages and with the same honest ends as SMTP."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, Protocol

import httpx

from adapters.mail.outgoing.address import mail_address
from adapters.mail.outgoing.http.exchange import HttpAnswer, HttpRequest, NoAnswerError, OutcomeError, exchange
from adapters.mail.outgoing.http.verdicts import nothing_sent
from adapters.mail.outgoing.message import needs_smtputf8
from adapters.mail.outgoing.server_turns import Turns
from sequences.errors import NotReadyError, PermanentError, RelanceError
from sequences.sending.outcome import HandOver, TransportOutcome, TransportVerdict

if TYPE_CHECKING:
    from datetime import datetime

    from adapters.mail.xoauth2 import TokenSource

_UNAUTHORIZED: Final = 401
_WAIT_FOR_TURN: Final = 45.0
_WAIT_FOR_TOKEN: Final = 75.0
# Shorter than any server's own idle limit: a POST on a connection that the server just closed would end as unknown.
_KEEP_ALIVE: Final = 4.0


@dataclass(frozen=True)
class HttpMail:
    """One mail on its way.

    Attributes:
        envelope_from: the address for bounces, where a provider takes one.
        recipient: in the form in which it travels.
        content: as ``build_email`` made it.
        found: what ``prepare`` found: the id of a thread or of a draft; empty: nothing.
    """

    envelope_from: str
    recipient: str
    content: bytes
    found: str = ""


class Asker(Protocol):
    """Asks a provider something that hands over no mail."""

    async def __call__(self, request: HttpRequest) -> HttpAnswer:
        """The answer.

        Raises:
            NoAnswerError: none came.
        """
        ...


class MailApi(Protocol):
    """What one provider wants, and what its answers mean.

    Attributes:
        label: the provider, for people.
    """

    label: str

    async def prepare(self, mail: HttpMail, ask: Asker, now: datetime) -> HttpMail:
        """Asks beforehand what the hand-over needs; nothing of it can send anything.

        Raises:
            NoAnswerError: the provider does not answer.
            PrepareRefusedError: it refuses, which is its answer to the mail.
        """
        ...

    def request(self, mail: HttpMail, now: datetime) -> HttpRequest:
        """The one request that hands the mail over.

        Raises:
            PermanentError: the provider cannot carry such a mail.
        """
        ...

    def judge(self, mail: HttpMail, answer: HttpAnswer, now: datetime) -> TransportOutcome:
        """What its answer means."""
        ...

    async def resolve(self, mail: HttpMail, outcome: TransportOutcome, ask: Asker) -> TransportOutcome:
        """Looks, only by reading, whether a mail in doubt went out after all."""
        ...


class PrepareRefusedError(OutcomeError):
    """The provider refused before anything was handed over."""


class PlainApi:
    """A provider where nothing has to be asked before, and nothing can be looked up after."""

    async def prepare(self, mail: HttpMail, ask: Asker, now: datetime) -> HttpMail:
        """Nothing."""
        return mail

    async def resolve(self, mail: HttpMail, outcome: TransportOutcome, ask: Asker) -> TransportOutcome:
        """It stays in doubt."""
        return outcome


class HttpTransport:
    """Sends mails by one provider. Belongs to the event loop that it is first used in.

    A provider that is not to be reached, or lets us send nothing, is ``away`` for all: one at a time looks whether it
    is back, and all others hear it at once.

    Args:
        api: of the provider.
        clock: UTC.
        user: the mailbox, for its tokens.
        tokens: yields OAuth 2.0 tokens; None: the provider's requests carry a key.
        timeout: seconds for one request, its answer included.
        connections: open at the same time.
    """

    def __init__(
        self,
        api: MailApi,
        clock: Callable[[], datetime],
        *,
        user: str = "",
        tokens: TokenSource | None = None,
        timeout: float = 60.0,
        connections: int = 8,
    ) -> None:
        self._api = api
        self._clock = clock
        self._user = user
        self._tokens = tokens
        self._timeout = timeout
        self._connections = connections
        self._turns = Turns(connections, f"{api.label} is busy: all {connections} connections are in use")
        self._client: httpx.AsyncClient | None = None

    @asynccontextmanager
    async def connection(self) -> AsyncIterator[ReadyHttp]:
        """What one mail may be handed to at once: there is a turn, and a token where one is needed.

        Raises:
            NotReadyError: none was to be had in good time; nothing was said of any mail.
        """
        looked = await self._turns.take(_WAIT_FOR_TURN)
        try:
            yield ReadyHttp(self._api, self._opened(), self._turns, self._clock, await self._login())
        finally:
            self._turns.give_back(looked=looked)

    async def send(self, *, envelope_from: str, recipient: str, content: bytes) -> TransportOutcome:
        """Both stages in one, for what nobody has to claim."""
        try:
            async with self.connection() as ready:
                return await ready.send(
                    envelope_from=envelope_from, recipient=recipient, content=content, handover=HandOver()
                )
        except NotReadyError as error:
            return error.outcome

    async def aclose(self) -> None:
        """Closes the kept connections. A later mail opens new ones."""
        client, self._client = self._client, None
        if client is not None:
            await client.aclose()

    async def _login(self) -> Login:
        if self._tokens is None:
            return Login()
        login = Login(self._tokens, self._user)
        try:
            async with asyncio.timeout(_WAIT_FOR_TOKEN):
                await login.begin()
        except RelanceError as error:
            outcome = TransportOutcome(TransportVerdict.RETRY, "auth", None, str(error), away=True)
            raise NotReadyError(self._turns.failed(outcome)) from None
        except TimeoutError:
            outcome = TransportOutcome(TransportVerdict.RETRY, "auth", None, "there was no token in time", away=True)
            raise NotReadyError(self._turns.failed(outcome)) from None
        return login

    def _opened(self) -> httpx.AsyncClient:
        if self._client is None:
            self._client = httpx.AsyncClient(
                timeout=self._timeout,
                follow_redirects=False,
                limits=httpx.Limits(max_connections=self._connections, keepalive_expiry=_KEEP_ALIVE),
            )
        return self._client


class Login:
    """The token of one mail's requests; none where the requests carry a key."""

    def __init__(self, tokens: TokenSource | None = None, user: str = "") -> None:
        self._tokens = tokens
        self._user = user
        self._token = ""

    async def begin(self) -> None:
        """Fetches the token.

        Raises:
            RelanceError: there is none now.
        """
        if self._tokens is not None:
            self._token = await self._tokens.token(self._user)

    async def again(self) -> bool:
        """The token was refused: whether there is another one.

        Raises:
            RelanceError: there is none now.
        """
        if self._tokens is None:
            return False
        refused = self._token
        self._tokens.refused(self._user, refused)
        await self.begin()
        return self._token != refused

    def on(self, request: HttpRequest) -> HttpRequest:
        """The request with the token."""
        if not self._token:
            return request
        return replace(request, headers=dict(request.headers) | {"Authorization": f"Bearer {self._token}"})


class ReadyHttp:
    """For one mail at the most."""

    def __init__(
        self,
        api: MailApi,
        client: httpx.AsyncClient,
        turns: Turns,
        clock: Callable[[], datetime],
        login: Login,
    ) -> None:
        self._api = api
        self._client = client
        self._turns = turns
        self._clock = clock
        self._login = login

    async def send(self, *, envelope_from: str, recipient: str, content: bytes, handover: HandOver) -> TransportOutcome:
        """Hands the mail over once. A token that is refused is replaced once, for then nothing was taken.

        Args:
            envelope_from: the address for bounces, where the provider takes one.
            recipient: of the mail; an international domain travels in IDNA form.
            content: the mail as ``build_email`` made it.
            handover: ``may_be_out`` is True from just before the last byte of the request.

        Returns:
            The outcome. Failures of the provider and the network do not raise.
        """
        handover.may_be_out = False
        if needs_smtputf8(content) or not mail_is_ascii(recipient):
            reason = f"{self._api.label} takes no address with such letters before the @"
            return TransportOutcome(TransportVerdict.FAILED, "http", None, reason, refused=True)
        try:
            sender = mail_address(envelope_from, "sender").wire
            mail = HttpMail(sender, mail_address(recipient, "recipient").wire, content)
        except PermanentError as error:
            return TransportOutcome(TransportVerdict.FAILED, "http", None, str(error))
        outcome = await self._handed_over(mail, handover)
        if outcome.away:
            return self._turns.failed(outcome)
        if outcome.verdict is not TransportVerdict.UNKNOWN:
            self._turns.worked()
        return outcome

    async def _handed_over(self, mail: HttpMail, handover: HandOver) -> TransportOutcome:
        try:
            mail = await self._prepared(mail)
            request = self._api.request(mail, self._clock())
            answer = await self._asked(request, handover)
            outcome = self._api.judge(mail, answer, self._clock())
        except PrepareRefusedError as error:
            return error.outcome
        except PermanentError as error:
            return TransportOutcome(TransportVerdict.FAILED, "http", None, str(error), refused=True)
        except RelanceError as error:
            handover.may_be_out = False
            return TransportOutcome(TransportVerdict.RETRY, "auth", None, str(error), away=True)
        except NoAnswerError as error:
            outcome = error.outcome
        if outcome.verdict is TransportVerdict.UNKNOWN:
            outcome = await self._api.resolve(mail, outcome, self._ask)
        return outcome

    async def _prepared(self, mail: HttpMail) -> HttpMail:
        try:
            return await self._api.prepare(mail, self._ask, self._clock())
        except NoAnswerError as error:
            # Whatever it has, it was not asked to send it yet.
            raise PrepareRefusedError(nothing_sent(error.outcome)) from None

    async def _ask(self, request: HttpRequest) -> HttpAnswer:
        return await self._asked(request, HandOver())

    async def _asked(self, request: HttpRequest, handover: HandOver) -> HttpAnswer:
        answer = await exchange(self._client, self._login.on(request), handover, self._api.label)
        if answer.status == _UNAUTHORIZED and await self._login.again():
            answer = await exchange(self._client, self._login.on(request), handover, self._api.label)
        if answer.status == _UNAUTHORIZED:
            handover.may_be_out = False
        return answer


def mail_is_ascii(recipient: str) -> bool:
    """Whether the part before the ``@`` is ASCII; the domain travels in IDNA form."""
    return recipient.rpartition("@")[0].isascii()
