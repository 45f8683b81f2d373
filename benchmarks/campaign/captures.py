"""What lies in the folders of the mail server and of the stand-in for Twilio, and which message of ours it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from email.utils import parseaddr
from pathlib import Path

from benchmarks.campaign.plan import MAIL_DOMAIN

_MARK = re.compile(r"\[\[(\S+) (\S+) (\S+)\]\]")
_LINK = re.compile(r'href="([^"]+/c/[^"]+)"')
_UNSUBSCRIBE = re.compile(r"<(https?://[^>]+)>")
_PHONE = re.compile(r"\+4474001(\d{5})")


@dataclass(frozen=True)
class Captured:
    """One message that a person has got.

    Attributes:
        at: when the server took it, aware UTC.
        channel: ``email`` or ``sms``.
        key: what is the same in every copy: the Message-ID, or the address for the status of the text.
        person: a pseudonym.
        sequence: from the mark that every template of a campaign has; empty for anything else.
        file: where it lies.
        link: of a mail, the first tracked one.
        unsubscribe: of a mail, the address to post to.
        bounces_to: of a mail, its envelope sender.
        sender: of a mail, the address in From.
        box: of a mail, the name of the folder in which it lies.
    """

    at: datetime
    channel: str
    key: str
    person: str
    sequence: str
    step: str
    record: str
    file: str
    link: str = ""
    unsubscribe: str = ""
    bounces_to: str = ""
    sender: str = ""
    box: str = ""


def mails(folder: Path, after: str = "") -> Iterator[Captured]:
    """Mails to people, oldest first, without those up to the file ``after``."""
    # Their names alone are looked at each time: there are thousands in the end.
    names = os.listdir(folder) if folder.is_dir() else []  # noqa: PTH208 - a Path for each costs more than the rest
    for file in sorted(folder / name for name in names if name.endswith(".eml") and name > after):
        envelope = json.loads(Path(f"{file}.json").read_text())
        person, _, domain = envelope["recipient"].partition("@")
        message = message_from_bytes(file.read_bytes(), policy=default)
        assert isinstance(message, EmailMessage)
        words = {kind: message.get_body((kind,)) for kind in ("plain", "html")}
        text, html = (part.get_content() if part is not None else "" for part in words.values())
        sequence, step, record = _mark(str(text))
        link = _LINK.search(str(html))
        leave = _UNSUBSCRIBE.search(str(message.get("List-Unsubscribe", "")))
        yield Captured(
            datetime.fromisoformat(envelope["at"]),
            "email",
            envelope["message_id"],
            person if domain == MAIL_DOMAIN else "",
            sequence,
            step,
            record,
            file.name,
            link[1] if link else "",
            leave[1] if leave else "",
            envelope["sender"],
            parseaddr(str(message.get("From", "")))[1],
            folder.name,
        )


class Texts:
    """Texts to people in the ledger of the stand-in, each once however often its status changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._read = 0
        self._lines = 0
        self._seen: set[str] = set()

    def new(self) -> list[Captured]:
        """Those that came since the last call, oldest first."""
        if not self._file.exists():
            return []
        with self._file.open("rb") as file:
            file.seek(self._read)
            written = file.read()
        found = []
        # What is being written has no end yet.
        for line in written[: written.rfind(b"\n") + 1].splitlines(keepends=True):
            self._read += len(line)
            self._lines += 1
            row = _json(line)
            # What was torn by a kill is no JSON.
            if row is None or row["direction"] != "outbound-api" or row["sid"] in self._seen:
                continue
            self._seen.add(row["sid"])
            found.append(_text(row, f"{self._file.name}:{self._lines}"))
        return found


def _text(row: dict[str, str], place: str) -> Captured:
    phone = _PHONE.fullmatch(row["recipient"])
    person = f"p{int(phone[1]):04d}" if phone else ""
    at, key = datetime.fromisoformat(row["created"]), row["status_callback"] or row["sid"]
    return Captured(at, "sms", key, person, *_mark(row["body"]), place)


def _json(line: bytes) -> dict[str, str] | None:
    try:
        row: dict[str, str] = json.loads(line)
    except ValueError:
        return None
    return row


def _mark(words: str) -> tuple[str, str, str]:
    found = _MARK.search(words)
    return (found[1], found[2], found[3]) if found else ("", "", "")
