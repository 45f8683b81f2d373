"""The JSON that Twilio's API answers with: the Message resource, a page of them, and an error."""

from __future__ import annotations

from datetime import datetime
from email.utils import format_datetime
from urllib.parse import urlencode

from sequences.errors import PermanentError
from sequences.sms.segments import segment
from starter.local.twilio.ledger import SmsRecord

API_VERSION = "2010-04-01"

Json = dict[str, object]


class TwilioRefusalError(PermanentError):
    """A request that Twilio would refuse; ``code`` is Twilio's error code, ``status`` the HTTP status."""

    def __init__(self, status: int, code: int, message: str) -> None:
        super().__init__(message)
        self.status = status
        self.code = code

    def body(self) -> Json:
        """The error as JSON (docs/usage/twilios-response, exceptions)."""
        return {
            "code": self.code,
            "message": str(self),
            "more_info": f"https://www.twilio.com/docs/errors/{self.code}",
            "status": self.status,
        }


def message_resource(record: SmsRecord, account_sid: str) -> Json:
    """The Message resource (docs/messaging/api/message-resource)."""
    uri = f"{_messages(account_sid)}/{record.sid}"
    # A messaging service has chosen no sender yet, so Twilio does not know the count.
    segments = 0 if record.sender is None else segment(record.body).segments
    return {
        "account_sid": account_sid,
        "api_version": API_VERSION,
        # Of an approved template that a service sends Twilio shows no words (twilio-node, issue 1081).
        "body": "" if record.content_sid is not None and record.service_sid is not None else record.body,
        "date_created": _rfc2822(record.created),
        "date_sent": _rfc2822(record.sent),
        "date_updated": _rfc2822(record.updated),
        "direction": record.direction,
        "error_code": record.error_code,
        "error_message": None if record.error_code is None else "The carrier did not deliver the message",
        "from": record.sender,
        "messaging_service_sid": record.service_sid,
        "num_media": "0",
        "num_segments": str(segments),
        "price": None,
        "price_unit": "USD",
        "sid": record.sid,
        "status": record.status.value,
        "subresource_uris": {"media": f"{uri}/Media.json"},
        "to": record.recipient,
        "uri": f"{uri}.json",
    }


def message_page(
    records: list[SmsRecord], account_sid: str, filters: list[tuple[str, str]], page: int, size: int
) -> Json:
    """One page of the Messages list; ``records`` are all that match, newest first."""
    start = page * size
    shown = records[start : start + size]

    def uri(number: int) -> str:
        return f"{_messages(account_sid)}.json?{urlencode([*filters, ('PageSize', size), ('Page', number)])}"

    return {
        "end": start + len(shown) - 1 if shown else start,
        "first_page_uri": uri(0),
        "messages": [message_resource(record, account_sid) for record in shown],
        "next_page_uri": uri(page + 1) if start + size < len(records) else None,
        "page": page,
        "page_size": size,
        "previous_page_uri": uri(page - 1) if page else None,
        "start": start,
        "uri": uri(page),
    }


def _messages(account_sid: str) -> str:
    return f"/{API_VERSION}/Accounts/{account_sid}/Messages"


def _rfc2822(at: datetime | None) -> str | None:
    return None if at is None else format_datetime(at)
