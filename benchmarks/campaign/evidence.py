"""The folder of a campaign, read back: what came in and was acknowledged, and what got out."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from benchmarks.campaign.captures import Captured, Texts, mails
from benchmarks.campaign.people import ACKNOWLEDGED
from benchmarks.campaign.plan import INPUTS, Input
from benchmarks.campaign.recruiters import BOXES
from benchmarks.campaign.state import STATE

WIRE: Final = "wire.jsonl"
STRUCK: Final = "struck.jsonl"
HOOKS: Final = "webhooks.jsonl"


@dataclass(frozen=True)
class Acknowledged:
    """The first acknowledgement of an input.

    Attributes:
        began: when it was handed in for the first time, aware UTC.
        at: when the answer was there.
        status: of HTTP, or of SMTP; below 400 it was taken.
    """

    input: Input
    began: datetime
    at: datetime
    status: int


@dataclass(frozen=True)
class Left:
    """A message as the wire saw it: when it began to leave, and when all of it had left."""

    began: datetime
    handed: datetime


@dataclass(frozen=True)
class Struck:
    """A fault as it was."""

    kind: str
    part: str
    began: datetime
    ended: datetime


@dataclass(frozen=True)
class Called:
    """A webhook that arrived."""

    at: datetime
    event: str
    person: str


@dataclass
class Evidence:
    """All of it.

    Attributes:
        left: by the key of a message, each time that it was handed over.
        state: of Postgres and Temporal at the end, see ``state.py``.
    """

    acknowledged: list[Acknowledged] = field(default_factory=list)
    messages: list[Captured] = field(default_factory=list)
    left: dict[str, list[Left]] = field(default_factory=dict)
    struck: list[Struck] = field(default_factory=list)
    called: list[Called] = field(default_factory=list)
    state: dict[str, Any] = field(default_factory=dict)


def load(folder: Path) -> Evidence:
    """Reads what a campaign left in its folder."""
    inputs = {row["id"]: _input(row) for row in _lines(folder / INPUTS)}
    first: dict[str, Acknowledged] = {}
    for row in _lines(folder / ACKNOWLEDGED):
        each = inputs[row["input"]]
        first.setdefault(each.id, Acknowledged(each, _at(row["began"]), _at(row["acknowledged"]), row["status"]))
    left: dict[str, list[Left]] = {}
    for row in _lines(folder / WIRE):
        left.setdefault(row["key"], []).append(Left(_at(row["began"]), _at(row["handed"])))
    return Evidence(
        acknowledged=list(first.values()),
        messages=[
            each
            for box in (*(mails(folder / box) for box in BOXES), Texts(folder / "texts" / "texts.jsonl").new())
            for each in box
            if each.sequence
        ],
        left=left,
        struck=[
            Struck(row["kind"], row["part"], _at(row["began"]), _at(row["ended"])) for row in _lines(folder / STRUCK)
        ],
        called=[Called(_at(row["at"]), row["event"], row["person"]) for row in _lines(folder / HOOKS)],
        state=json.loads((folder / STATE).read_text()),
    )


def _lines(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()] if file.exists() else []


def _input(row: dict[str, Any]) -> Input:
    after = tuple(row["after"]) if row["after"] else None
    return Input(**{**row, "after": after, "owes": tuple(tuple(owed) for owed in row["owes"])})


def _at(words: str) -> datetime:
    return datetime.fromisoformat(words)
