"""The stand-in's telephone exchange: accepts texts, delivers them, and brings people's answers to our hook."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from sequences.sms.keywords import keyword_of
from sequences.sms.segments import segment
from sequences.sms.statuses import MessageStatus
from starter.local.twilio.checks import WHATSAPP, check_create
from starter.local.twilio.courier import Courier
from starter.local.twilio.keywords import CONFIRMATIONS
from starter.local.twilio.ledger import SmsLedger, SmsRecord
from starter.local.twilio.resources import API_VERSION, TwilioRefusalError
from starter.local.twilio.settings import StandInFaults, StandInSettings

_OUTSIDE_WINDOW = 63016
_WINDOW = timedelta(hours=24)


@dataclass(frozen=True, slots=True)
class InboundDelivery:
    """What came of a person's text: its MessageSid and how our hook answered (HTTP status; None: not at all)."""

    sid: str
    status_code: int | None


class Exchange:
    """One account's texts. ``faults`` and ``inbound_url`` may be replaced at any time."""

    def __init__(self, settings: StandInSettings, courier: Courier, clock: Callable[[], datetime]) -> None:
        self.settings = settings
        self.ledger = SmsLedger(settings.folder)
        self.faults = settings.faults
        self.inbound_url = settings.inbound_url
        self._courier = courier
        self._clock = clock

    def take_faults(self) -> StandInFaults:
        """Returns the faults that hit the create at hand and counts it."""
        faults = self.faults
        if faults.times is None:
            return faults
        if faults.times <= 0:
            return replace(
                faults, delay_seconds=0.0, lose_answer=False, answer_status=None, lose_request=False, answer_last=False
            )
        self.faults = replace(faults, times=faults.times - 1)
        return faults

    def accept(self, form: Mapping[str, str]) -> SmsRecord:
        """Takes a text and starts its delivery.

        Raises:
            TwilioRefusalError: Twilio would refuse it.
        """
        check_create(form)
        service = form.get("MessagingServiceSid") or None
        sender = form.get("From") or None
        if self.ledger.opted_out(sender or self.settings.service_number, form["To"]):
            raise TwilioRefusalError(400, 21610, "Attempt to send to an unsubscribed recipient.")
        now = self._clock()
        record = SmsRecord(
            sid=_new_sid(),
            direction="outbound-api",
            sender=sender,
            recipient=form["To"],
            body=form.get("Body") or self._rendered(form["ContentSid"], form.get("ContentVariables", "")),
            status=MessageStatus.ACCEPTED if service else MessageStatus.QUEUED,
            created=now,
            updated=now,
            service_sid=service,
            status_callback=form.get("StatusCallback"),
            content_sid=form.get("ContentSid") or None,
        )
        self.ledger.add(record)
        faults = self.faults
        if form["To"].startswith(WHATSAPP) and not form.get("ContentSid") and not self._wrote_lately(record, now):
            # Twilio takes it, and says in a report that WhatsApp did not.
            faults = replace(faults, final_status=MessageStatus.FAILED.value, final_error=_OUTSIDE_WINDOW)
        self._courier.in_background(self._deliver(record, faults))
        return record

    def _rendered(self, content_sid: str, variables: str) -> str:
        """The words of an approved template; of one that is not in the settings, what it was asked for."""
        words = self.settings.contents.get(content_sid)
        if words is None:
            return f"{content_sid} {variables}".strip()
        for name, value in json.loads(variables or "{}").items():
            words = words.replace("{{%s}}" % name, str(value))  # noqa: UP031 - braces of Twilio's own
        return words

    def _wrote_lately(self, record: SmsRecord, now: datetime) -> bool:
        """Whether the recipient wrote to this sender within the 24 hours of WhatsApp."""
        return any(
            each.direction == "inbound" and each.sender == record.recipient and now - each.created < _WINDOW
            for each in self.ledger.find(lambda each: True)
        )

    async def drain(self) -> None:
        """Waits until every callback of every accepted text was made."""
        await self._courier.drain()

    async def deliver_inbound(self, from_: str, to: str, body: str) -> InboundDelivery:
        """Brings a person's text to the inbound hook and waits for its answer."""
        now = self._clock()
        record = SmsRecord(_new_sid(), "inbound", from_, to, body, MessageStatus.RECEIVED, now, now, sent=now)
        self.ledger.add(record)
        keyword = keyword_of(body)
        if self.settings.confirm_opt_out and keyword in CONFIRMATIONS:
            answer = CONFIRMATIONS[keyword]
            self.ledger.add(
                SmsRecord(_new_sid(), "outbound-reply", to, from_, answer, MessageStatus.DELIVERED, now, now, sent=now)
            )
        if self.inbound_url is None:
            return InboundDelivery(record.sid, None)
        params = {
            **self._common(record),
            "Body": body,
            "NumMedia": "0",
            "NumSegments": str(segment(body).segments),
            "SmsMessageSid": record.sid,
            "SmsStatus": record.status.value,
        }
        if self.settings.advanced_opt_out and keyword is not None:
            params["OptOutType"] = keyword.value
        return InboundDelivery(record.sid, await self._courier.post(self.inbound_url, params))

    async def _deliver(self, record: SmsRecord, faults: StandInFaults) -> None:
        dead = faults.dead_numbers.get(record.recipient)
        final = MessageStatus(faults.final_status) if dead is None else MessageStatus.UNDELIVERED
        error = faults.final_error if dead is None else dead
        calls: list[dict[str, str]] = []
        for status in (MessageStatus.QUEUED, MessageStatus.SENT, final):
            await asyncio.sleep(self.settings.callback_delay)
            params = self._step(record.sid, status, error if status is final else None)
            calls.append(params)
            if not faults.reorder_callbacks:
                await self._call_back(record, params, faults)
        if faults.reorder_callbacks:
            for params in reversed(calls):
                await self._call_back(record, params, faults)

    def _step(self, sid: str, status: MessageStatus, error_code: int | None) -> dict[str, str]:
        now = self._clock()
        changes: dict[str, object] = {"status": status, "updated": now, "error_code": error_code}
        record = self.ledger.get(sid)
        if record is not None and record.sender is None:
            changes["sender"] = self.settings.service_number
        if status is MessageStatus.SENT:
            changes["sent"] = now
        record = self.ledger.change(sid, **changes)
        params = {**self._common(record), "MessageStatus": status.value, "SmsStatus": status.value}
        if error_code is not None:
            params["ErrorCode"] = str(error_code)
        return params

    async def _call_back(self, record: SmsRecord, params: dict[str, str], faults: StandInFaults) -> None:
        if record.status_callback is None or faults.lose_callbacks:
            return
        for _ in range(2 if faults.duplicate_callbacks else 1):
            await self._courier.post(record.status_callback, params)

    def _common(self, record: SmsRecord) -> dict[str, str]:
        params = {
            "AccountSid": self.settings.account_sid,
            "ApiVersion": API_VERSION,
            "From": record.sender or "",
            "MessageSid": record.sid,
            "SmsSid": record.sid,
            "To": record.recipient,
        }
        if record.service_sid is not None:
            params["MessagingServiceSid"] = record.service_sid
        return params


def _new_sid() -> str:
    return f"SM{secrets.token_hex(16)}"
