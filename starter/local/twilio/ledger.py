"""What the stand-in accepted, in memory and as JSON lines, so that a restart or ``relance texts`` finds it again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from sequences.sms.keywords import Keyword, keyword_of
from sequences.sms.statuses import MessageStatus

_FILE = "texts.jsonl"
_INSTANTS = ("created", "updated", "sent")


@dataclass(frozen=True, slots=True)
class SmsRecord:
    """One text as the provider sees it. Instants are aware UTC."""

    sid: str
    direction: str
    sender: str | None
    recipient: str
    body: str
    status: MessageStatus
    created: datetime
    updated: datetime
    sent: datetime | None = None
    service_sid: str | None = None
    status_callback: str | None = None
    error_code: int | None = None
    content_sid: str | None = None


@dataclass(frozen=True, slots=True)
class CapturedSms:
    """One text for people to look at.

    Attributes:
        at: when it was accepted, aware UTC.
        sid: Twilio's MessageSid.
        sender: E.164, or None while a messaging service has not chosen one.
        recipient: E.164.
        body: the text.
        status: Twilio's word.
        direction: ``outbound-api`` (ours), ``outbound-reply`` (the provider's own answer to STOP) or ``inbound``.
    """

    at: datetime
    sid: str
    sender: str | None
    recipient: str
    body: str
    status: str
    direction: str


class SmsLedger:
    """The texts of one folder, oldest first. One writer at a time."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._path = folder / _FILE
        self._texts: dict[str, SmsRecord] = {}
        self._opted_out: set[tuple[str, str]] = set()
        _drop_torn_line(self._path)
        for record in _read(self._path):
            self._remember(record)

    def add(self, record: SmsRecord) -> None:
        """Keeps a new text. An inbound STOP or START changes the opt-out table."""
        self._remember(record)
        self._append(record)

    def change(self, sid: str, **changes: Any) -> SmsRecord:
        """Replaces fields of a text and returns it as it is now."""
        record = replace(self._texts[sid], **changes)
        self._texts[sid] = record
        self._append(record)
        return record

    def get(self, sid: str) -> SmsRecord | None:
        """Returns one text, or None."""
        return self._texts.get(sid)

    def find(self, where: Callable[[SmsRecord], bool]) -> list[SmsRecord]:
        """Returns the texts for which ``where`` is true, newest first, as Twilio lists them."""
        return [record for record in reversed(self._texts.values()) if where(record)]

    def opted_out(self, ours: str, person: str) -> bool:
        """Tells whether ``person`` said STOP to our number ``ours``."""
        return (ours, person) in self._opted_out

    def _remember(self, record: SmsRecord) -> None:
        is_new = record.sid not in self._texts
        self._texts[record.sid] = record
        if record.direction != "inbound" or not is_new or record.sender is None:
            return
        pair = (record.recipient, record.sender)
        keyword = keyword_of(record.body)
        if keyword is Keyword.STOP:
            self._opted_out.add(pair)
        elif keyword is Keyword.START:
            self._opted_out.discard(pair)

    def _append(self, record: SmsRecord) -> None:
        with self._path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(record), default=datetime.isoformat, ensure_ascii=False) + "\n")


def list_sms(folder: Path) -> list[CapturedSms]:
    """Returns every text kept in ``folder``, oldest first, each in its latest state; none when nothing was kept yet.

    Safe while a stand-in writes there: a line that is still being written is not read.
    """
    latest: dict[str, SmsRecord] = {}
    for record in _read(folder / _FILE):
        latest[record.sid] = record
    return [
        CapturedSms(text.created, text.sid, text.sender, text.recipient, text.body, text.status.value, text.direction)
        for text in latest.values()
    ]


def _read(path: Path) -> Iterator[SmsRecord]:
    if not path.exists():
        return
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            if line.endswith("\n"):
                yield _record(json.loads(line))


def _record(values: dict[str, Any]) -> SmsRecord:
    for name in _INSTANTS:
        values[name] = datetime.fromisoformat(values[name]) if values[name] else None
    return SmsRecord(**values | {"status": MessageStatus(values["status"])})


def _drop_torn_line(path: Path) -> None:
    """A killed process may leave half a line; what is appended to it would be lost as well."""
    if not path.exists():
        return
    content = path.read_bytes()
    whole = content.rfind(b"\n") + 1
    if whole != len(content):
        path.write_bytes(content[:whole])
