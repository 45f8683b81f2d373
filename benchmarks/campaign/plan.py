"""The script of a campaign: what comes in, when, and what breaks. Made from a seed before anything starts."""

from __future__ import annotations

import json
import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from benchmarks.campaign.recruiters import DANA, MAX, MIA, SAM, recruiter_of

INPUTS: Final = "inputs.jsonl"
FAULTS: Final = "faults.jsonl"
MAIL_DOMAIN: Final = "people.example"
_ZONES = (
    "Pacific/Auckland", "Australia/Sydney", "Asia/Tokyo", "Asia/Singapore", "Asia/Kolkata", "Asia/Dubai",
    "Africa/Nairobi", "Europe/Berlin", "Europe/London", "Atlantic/Azores", "America/Sao_Paulo", "America/New_York",
    "America/Chicago", "America/Denver", "America/Los_Angeles", "Pacific/Honolulu",
)  # fmt: skip
# By the law of texts nothing goes before 08:00 or after 21:00: so long must a campaign have.
_MORNING, _EVENING = 8, 17

TRANSPORTS: Final = (MAX.transport, MIA.transport, SAM.transport)
PARTS: Final = ("worker", "sentiment", "serve", "postgres", "temporal", "mail", "sms")
SAID_YES = ("Yes, that sounds interesting. Please call me tomorrow.", "Please tell me more.", "Sounds good, call me.")
SAID_NO = ("No thank you, this is not for me at the moment.", "We have no need for it, thanks.")
OPTED_OUT = (
    "Please remove me from your list.",
    "Please stop emailing me and remove me from your list.",
    "Do not contact me again.",
)


WINDOWED: Final = {"reach": "hello", "work": "booked"}
"""Sequences that nobody enters twice within half a year, and the first step of each."""
ENDED_BY_ANSWERS: Final = frozenset({"reach"})
"""The others go on once an answer was handled."""


@dataclass(frozen=True)
class Input:
    """One thing that comes in.

    Attributes:
        id: of this input; the id of the event, of the mail or of the text that carries it.
        kind: ``hook``, ``enroll``, ``answer``, ``opt_out``, ``unsubscribe``, ``stop``, ``bounce`` or ``click``.
        person: a pseudonym.
        turn: number of the fault with which it comes; with ``after``, from which on it may come.
        wait: seconds after the turn began, or after the message of ``after`` arrived.
        copies: how often it is handed in, once it was acknowledged; the same each time.
        channel: by which an answer comes, ``email`` or ``sms``.
        after: sequence and step of the message that it answers.
        words: of an answer.
        body: of a hook, or of a request to enroll.
        owes: sequence, step and record of each message that must follow once it is acknowledged.
        quiets: what must not be sent once it is acknowledged: ``all``, ``email``, ``sms``; ``answered``: nothing at all
            until the answer is handled, and nothing more of the answered sequence if that is in ``ENDED_BY_ANSWERS``.
    """

    id: str
    kind: str
    person: str
    turn: int
    wait: float
    copies: int = 1
    channel: str = ""
    after: tuple[str, str] | None = None
    words: str = ""
    body: dict[str, Any] = field(default_factory=dict)
    owes: tuple[tuple[str, str, str], ...] = ()
    quiets: str = ""


@dataclass(frozen=True)
class Fault:
    """One thing that breaks.

    Attributes:
        number: from 0.
        kind: ``kill``, ``freeze``, ``slow``, or a misdeed of a stand-in.
        part: of ``PARTS``, or of ``TRANSPORTS``.
        seconds: for how long; of ``kill``, until it is started again.
    """

    number: int
    kind: str
    part: str
    seconds: float


FIRST: Final = (
    ("kill", "worker"), ("kill", "serve"), ("kill", "postgres"), ("kill", "temporal"),
    ("loses_answers", "mail"), ("loses_answers", "sms"), ("freeze", "worker"), ("refuses", "mail"),
    ("loses_answers", "mailgun"), ("revokes", "gmail"),
)  # fmt: skip
"""What nearly every real incident is: it comes before all others, so that a short campaign has it."""
_THEN: Final = (
    *(("kill", part) for part in PARTS),
    *(("freeze", part) for part in PARTS),
    *(("slow", part) for part in PARTS),
    ("loses_answers", "mail"), ("refuses", "mail"), ("answers_late", "mail"),
    ("loses_answers", "sms"), ("loses_requests", "sms"), ("refuses", "sms"), ("answers_late", "sms"),
    ("reorders", "sms"), ("kill", "worker"), ("kill", "serve"),
    ("loses_answers", "smtp"), ("refuses", "smtp"), ("answers_late", "smtp"),
    *((kind, part) for part in ("mailgun", "gmail")
      for kind in ("loses_answers", "loses_requests", "refuses", "fails", "hangs", "hangs_after")),
    ("refuses_login", "mailgun"), ("expires", "gmail"), ("revokes", "gmail"),
)  # fmt: skip


def plan_faults(seed: int, number: int, first: Sequence[tuple[str, str]] = FIRST) -> list[Fault]:
    """So many faults, each kind in turn; those of ``first`` before all others."""
    chance = random.Random(f"faults-{seed}")
    kinds: list[tuple[str, str]] = chance.sample(first, len(first))
    while len(kinds) < number:
        kinds += chance.sample(_THEN, len(_THEN))
    return [
        Fault(at, kind, part, round(chance.uniform(0.1, 2.0) if kind == "kill" else chance.uniform(2.0, 6.0), 2))
        for at, (kind, part) in enumerate(kinds[:number])
    ]


def day_zones(now: datetime) -> tuple[str, ...]:
    """Zones where it is day now and for hours: texts may go there."""
    return tuple(zone for zone in _ZONES if _MORNING < now.astimezone(ZoneInfo(zone)).hour < _EVENING)


class _Script:
    def __init__(self, seed: int, turns: int, now: datetime) -> None:
        self._chance = random.Random(f"inputs-{seed}")
        self._turns = turns
        self._today = now.date()
        self._zones = day_zones(now)
        self._ids = count(1)

    def _id(self) -> str:
        return f"i{next(self._ids):06d}"

    def _turn(self, turn: int) -> int:
        return min(turn, self._turns - 1)

    def _hook(
        self, person: str, turn: int, changes: list[dict[str, Any]], owes: tuple[tuple[str, str, str], ...] = ()
    ) -> Input:
        ident = self._id()
        copies = self._chance.choice((1, 1, 2, 3))
        body = {"event_id": ident, "changes": changes}
        wait = round(self._chance.uniform(0, 3), 2)
        return Input(ident, "hook", person, self._turn(turn), wait, copies, body=body, owes=owes)

    def owner(self) -> Input:
        fields = {"first_name": "Dana", "last_name": "Owner", "email": DANA.address}
        return self._hook(DANA.id, 0, [{"entity": "owner", "id": DANA.id, "fields": fields}])

    def person(self, number: int) -> Iterator[Input]:
        chance, person = self._chance, f"p{number:04d}"
        turn = int(chance.random() ** 1.3 * self._turns * 0.8)
        fields = {
            "type": "Candidate", "first_name": "Alex", "last_name": f"Example {number}", "status": "Reach",
            "email": f"{person}@{MAIL_DOMAIN}", "phone": f"+4474001{number:05d}",
            "timezone": chance.choice(self._zones), "owner": recruiter_of(person).id,
        }  # fmt: skip
        change = {"entity": "person", "id": person, "version": 1, "fields": fields}
        yield self._hook(person, turn, [change], (("reach", "hello", person),))
        if chance.random() < 0.35:
            yield from self._comes_back(person, turn)
        cared = chance.random() < 0.35
        if cared:
            body = {"sequence": "care", "person": person, "idempotency_key": f"care-{person}"}
            later, wait = self._turn(turn + chance.randrange(3)), round(chance.uniform(0, 3), 2)
            owes = (("care", "first", person),)
            yield Input(self._id(), "enroll", person, later, wait, chance.choice((1, 2)), body=body, owes=owes)
        if chance.random() < 0.35:
            yield from self._placed(person, turn)
        yield from self._says(person, turn, cared=cared)

    def _comes_back(self, person: str, turn: int) -> Iterator[Input]:
        """Leaves the rule and meets it again, in any order: inside the window, so it enrolls nobody."""
        away, back = ("Paused", 2), ("Reach", 3)
        order = [away, back] if self._chance.random() < 0.5 else [back, away]
        for step, (status, version) in enumerate(order, start=1):
            change = {"entity": "person", "id": person, "version": version, "fields": {"status": status}}
            yield self._hook(person, turn + step, [change])

    def _placed(self, person: str, turn: int) -> Iterator[Input]:
        chance, placement = self._chance, f"{person}-a"
        far, past = self._today + timedelta(days=20), self._today - timedelta(days=2)
        fields = {"person": person, "status": "Booked", "start_date": far.isoformat()}
        fields["owner"] = recruiter_of(person).id

        def moved(version: int, day: object) -> list[dict[str, Any]]:
            # All that the CRM knows, as CRMs send it: it may be the first that is heard of the placement.
            changed = fields | {"start_date": str(day)}
            return [{"entity": "placement", "id": placement, "version": version, "fields": changed}]

        booked = [{"entity": "placement", "id": placement, "version": 1, "fields": fields}]
        # Often before its person is there.
        yield self._hook(person, max(0, turn - chance.randrange(2)), booked, (("work", "booked", placement),))
        first = turn + 1 + chance.randrange(2)
        owed = (("work", "first-day", placement),)
        moves = [(2, far + timedelta(days=3), ()), (3, past, owed)]
        for number, (version, day, owes) in enumerate(chance.sample(moves, 2)):
            yield self._hook(person, first + number, moved(version, day), owes)
        if chance.random() < 0.6:
            # Back, and into the past once more: what was sent stays sent.
            yield self._hook(person, first + 3, moved(4, far))
            yield self._hook(person, first + 4, moved(5, past))
        if chance.random() < 0.3:
            # A second placement, once the first has its run: inside the window, so it stays out.
            second = {"entity": "placement", "id": f"{person}-b", "version": 1, "fields": fields}
            yield replace(self._hook(person, first, [second]), after=("work", "booked"))

    def _says(self, person: str, turn: int, *, cared: bool) -> Iterator[Input]:
        chance = self._chance
        kind = chance.choices(
            ("silent", "yes", "no", "opt_out", "unsubscribe", "stop", "bounce", "click"),
            (28, 14, 8, 16, 10, 10, 7, 7),
        )[0]
        if kind == "silent":
            return
        sms = kind == "stop" or (kind in ("yes", "no", "opt_out") and chance.random() < 0.35)
        texts = [("reach", "ping"), *([("care", "text"), ("care", "text")] if cared else [])]
        mails = [("reach", "hello"), ("reach", "hello"), ("reach", "nudge"), *([("care", "first")] if cared else [])]
        if kind == "click":
            mails = mails[:3]
        after = chance.choice(texts if sms else mails)
        wait = round(chance.uniform(8, 16) if kind == "click" else chance.uniform(0.2, 8), 2)
        words = {"yes": SAID_YES, "no": SAID_NO, "opt_out": OPTED_OUT}.get(kind, ("",))
        quiets = {"opt_out": "all", "unsubscribe": "email", "stop": "sms", "bounce": "email", "click": ""}
        yield Input(
            self._id(),
            "answer" if kind in ("yes", "no") else kind,
            person,
            turn,
            wait,
            chance.choice((1, 1, 2)),
            "sms" if sms else "email",
            after,
            chance.choice(words),
            quiets=quiets.get(kind, "answered"),
        )


def plan_inputs(seed: int, people: int, turns: int, now: datetime) -> list[Input]:
    """What comes in from so many people over so many turns; ``now`` decides where it is day."""
    script = _Script(seed, turns, now)
    found = [script.owner()]
    for number in range(1, people + 1):
        found += script.person(number)
    return found


def write_lines(file: Path, items: Iterable[Any]) -> None:
    """One JSON object a line."""
    file.write_text("".join(json.dumps(asdict(item)) + "\n" for item in items))
