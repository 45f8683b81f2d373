"""A stand-in for Twilio: the same contract over HTTP, on this machine, with people who answer when told to."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

from adapters.loop_server import LoopServer
from sequences.errors import UnavailableError
from starter.local.twilio.app import make_app
from starter.local.twilio.courier import Courier
from starter.local.twilio.exchange import Exchange, InboundDelivery
from starter.local.twilio.ledger import CapturedSms, list_sms
from starter.local.twilio.settings import StandInFaults, StandInSettings

__all__ = ["CapturedSms", "InboundDelivery", "StandInFaults", "StandInSettings", "TwilioStandIn", "list_sms"]


_Part = TypeVar("_Part")


def _running(part: _Part | None) -> _Part:
    if part is None:
        raise UnavailableError("the SMS stand-in is not running")
    return part


class TwilioStandIn:
    """Start it in a running loop, point ``TwilioSettings.base_url`` at ``url``, stop it in the same loop."""

    def __init__(self, settings: StandInSettings, *, clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> None:
        self._settings = settings
        self._clock = clock
        self._courier: Courier | None = None
        self._exchange: Exchange | None = None
        self._server: LoopServer | None = None

    @property
    def url(self) -> str:
        """Base URL, with the port that was really taken."""
        host = f"[{self._settings.host}]" if ":" in self._settings.host else self._settings.host
        return f"http://{host}:{_running(self._server).port}"

    async def start(self) -> None:
        """Reads back what an earlier run kept and listens.

        Raises:
            SettingsError: the address cannot be used.
        """
        self._courier = Courier(self._settings.auth_token, self._settings.signing_key)
        self._exchange = Exchange(self._settings, self._courier, self._clock)
        self._server = LoopServer(
            make_app(self._exchange, lambda request: _running(self._server).drop(request)),
            self._settings.host,
            self._settings.port,
        )
        try:
            await self._server.start()
        except BaseException:
            await self.stop()
            raise

    async def stop(self) -> None:
        """Cancels callbacks that still wait and closes everything. Harmless when not started."""
        server, courier, self._server, self._courier = self._server, self._courier, None, None
        self._exchange = None
        if server is not None:
            await server.stop()
        if courier is not None:
            await courier.aclose()

    async def deliver_inbound(self, from_: str, to: str, body: str) -> InboundDelivery:
        """Plays a person who texts ``body`` to our number ``to``; returns once our hook has answered."""
        return await _running(self._exchange).deliver_inbound(from_, to, body)

    async def drain(self) -> None:
        """Waits until every callback of every accepted text was made."""
        await _running(self._courier).drain()

    def set_faults(self, faults: StandInFaults) -> None:
        """Replaces the faults from now on."""
        _running(self._exchange).faults = faults

    def set_inbound_url(self, url: str | None) -> None:
        """Points people's texts at another hook, for when its port is known only after the stand-in started."""
        _running(self._exchange).inbound_url = url
