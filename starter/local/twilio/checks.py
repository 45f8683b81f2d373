"""Which creates Twilio refuses, and with which code. All are HTTP 400 unless Twilio's error page says otherwise.

Who may ask at all is checked in ``starter.local.twilio.app``.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlsplit

from sequences.errors import RefusedError
from sequences.phone import to_e164
from starter.local.twilio.resources import TwilioRefusalError

WHATSAPP: Final = "whatsapp:"
_CONTENT_SID: Final = re.compile(r"^HX[0-9a-fA-F]{32}$")
SERVICE_SID: Final = re.compile(r"^MG[0-9a-fA-F]{32}$")
_MAX_BODY: Final = 1600
_LETTERS: Final = re.compile(r"[A-Za-z]")
# Twilio's magic numbers for tests (docs/iam/test-credentials): valid to look at, refused by what they stand for.
_MAGIC_RECIPIENTS: Final = {
    "+15005550001": (21211, "The 'To' number is not a valid phone number."),
    "+15005550002": (21612, "The 'To' number cannot be reached from this 'From' number."),
    "+15005550003": (21408, "Permission to send to the region of the 'To' number has not been enabled."),
    "+15005550004": (21610, "Attempt to send to an unsubscribed recipient."),
    "+15005550009": (21614, "The 'To' number is not a valid mobile number."),
}
_MAGIC_SENDERS: Final = {
    "+15005550001": (21212, "The 'From' number is not a valid phone number."),
    "+15005550007": (21606, "The 'From' number is not a message-capable number of your account."),
    "+15005550008": (21611, "The 'From' number has exceeded the maximum number of queued messages."),
}


def check_create(form: Mapping[str, str]) -> None:
    """Looks at the parameters of a create.

    Raises:
        TwilioRefusalError: as Twilio would answer.
    """
    form = _plain(form)
    recipient, sender = form.get("To", ""), form.get("From", "")
    if not recipient:
        raise _bad(21604, "A 'To' phone number is required.")
    if not sender and not form.get("MessagingServiceSid"):
        raise _bad(21603, "A 'From' phone number or a 'MessagingServiceSid' is required.")
    if service := form.get("MessagingServiceSid"):
        _check(bool(SERVICE_SID.match(service)), 21701, "The Messaging Service does not exist.")
    if sid := form.get("ContentSid"):
        _check(_CONTENT_SID.match(sid) is not None, 21655, "The ContentSid is invalid.")
        _check(_is_object(form.get("ContentVariables", "{}")), 21656, "The ContentVariables are invalid.")
    elif not form.get("Body"):
        raise _bad(21602, "A message body is required.")
    _check(len(form.get("Body", "")) <= _MAX_BODY, 21617, "The message body exceeds the 1600 character limit.")
    _check(_is_number(recipient), 21211, "The 'To' number is not a valid phone number.")
    _check(not sender or _is_sender(sender), 21212, "The 'From' number is not a valid phone number.")
    _check(recipient != sender, 21266, "'To' and 'From' cannot be the same.")
    _check_callback(form.get("StatusCallback"))
    for number, magic in ((recipient, _MAGIC_RECIPIENTS), (sender, _MAGIC_SENDERS)):
        if number in magic:
            raise _bad(*magic[number])


def _plain(form: Mapping[str, str]) -> Mapping[str, str]:
    """The form with plain numbers; both ends of a message are on one channel (63021 of Twilio's errors, at once)."""
    marked = [name for name in ("To", "From") if form.get(name, "").startswith(WHATSAPP)]
    if not marked:
        return form
    _check("To" in marked, 21910, "Invalid 'From' and 'To' pair. They must be of the same channel.")
    _check("From" in marked or "From" not in form, 21910, "Invalid 'From' and 'To' pair.")
    return {**form, **{name: form[name].removeprefix(WHATSAPP) for name in marked}}


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except ValueError:
        return False


def _check_callback(url: str | None) -> None:
    if url is None:
        return
    parts = urlsplit(url)
    # Twilio refuses host names with an underscore.
    good = parts.scheme in {"http", "https"} and parts.hostname is not None and "_" not in parts.hostname
    _check(good, 21609, "The 'StatusCallback' URL is not a valid URL.")


def _check(good: bool, code: int, message: str) -> None:
    if not good:
        raise _bad(code, message)


def _bad(code: int, message: str) -> TwilioRefusalError:
    return TwilioRefusalError(400, code, message)


def _is_sender(sender: str) -> bool:
    """A number, a short code or an alphanumeric id (docs/glossary/what-alphanumeric-sender-id)."""
    if sender.startswith("+"):
        return _is_number(sender)
    return len(sender) <= 11 and (sender.isdigit() or _LETTERS.search(sender) is not None)


def _is_number(number: str) -> bool:
    try:
        return to_e164(number, None) == number
    except RefusedError:
        return False
