"""The independent reader: from what came in and what got out, whether each promise was kept.

It decides by the script of the campaign and by the captures, and uses no code of what it judges. Postgres and Temporal
are asked for three things only: which doubts were noted and told, which runs are open, and when an answer was handled.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from benchmarks.campaign.captures import Captured
from benchmarks.campaign.evidence import Acknowledged, Evidence, Left
from benchmarks.campaign.plan import ENDED_BY_ANSWERS, MAIL_DOMAIN, WINDOWED
from benchmarks.campaign.recruiters import recruiter_of
from benchmarks.campaign.state import differences

ONCE: Final = "no step twice"
LOST: Final = "nothing acknowledged is lost"
AFTER: Final = "nothing to a person after their answer or opt-out was acknowledged"
WINDOW: Final = "nobody twice in a window"
DOUBT: Final = "the owner of every unknown outcome is notified"
OWN: Final = "mail leaves from the mailbox of its recruiter"
ROWS: Final = "no open row without a workflow, no workflow without its row"
PROMISES: Final = (ONCE, LOST, AFTER, WINDOW, OWN, DOUBT, ROWS)

_GRACE = timedelta(seconds=1)
"""From the claim of a message to its first byte on the wire, on a busy machine. "To the second" is this."""
_THAWED = timedelta(seconds=2)
"""What was claimed before a process was frozen leaves when it goes on."""
_NOTED = timedelta(seconds=5)
"""From when a message has arrived until its row says so, on a busy machine."""
_OVERDUE = timedelta(seconds=60)
_TOGETHER = timedelta(seconds=5)
_COMPARED: Final = frozenset({"status", "start_date"})
"""Fields of records that a script changes."""
_EVENTS: Final = {
    "answer": ("replied",),
    "opt_out": ("replied", "unsubscribed"),
    "unsubscribe": ("unsubscribed",),
    "stop": ("unsubscribed",),
    "bounce": ("bounced",),
    "click": ("clicked",),
}


@dataclass(frozen=True)
class Broken:
    """A promise that was not kept.

    Attributes:
        person: a pseudonym, or the id of a workflow.
        what: in a sentence.
        lines: the evidence, oldest first.
    """

    promise: str
    person: str
    what: str
    lines: tuple[str, ...] = ()


@dataclass
class Verdict:
    """What the reader found.

    Attributes:
        checked: how many cases of each promise there were; 0 proves nothing.
        begun: messages that had begun to leave when the answer was acknowledged: the one exception that is allowed.
        waiting: messages that are owed and due later.
        figures: what there was.
    """

    broken: list[Broken] = field(default_factory=list)
    checked: Counter[str] = field(default_factory=Counter)
    begun: int = 0
    waiting: int = 0
    figures: dict[str, int] = field(default_factory=dict)

    @property
    def kept(self) -> bool:
        """All promises were kept."""
        return not self.broken

    def to_json(self) -> dict[str, Any]:
        """For ``verdict.json``."""
        promises = {
            promise: {
                "checked": self.checked[promise],
                "broken": [asdict(each) for each in self.broken if each.promise == promise],
            }
            for promise in PROMISES
        }
        more = {"begun_before": self.begun, "waiting": self.waiting, "figures": self.figures}
        return {"kept": self.kept, "promises": promises, **more}


def read(evidence: Evidence) -> Verdict:
    """Judges a campaign."""
    return _Reading(evidence).verdict()


@dataclass(frozen=True)
class _Answer:
    """What follows from an answer.

    Attributes:
        handled: when all that it set off was handled; None: not yet.
        ends: the sequence that it ends; empty: none for sure.
    """

    handled: datetime | None
    ends: str


class _Reading:
    def __init__(self, evidence: Evidence) -> None:
        self._all = evidence
        self._found = Verdict()
        self._state = evidence.state
        self._taken = [each for each in evidence.acknowledged if each.status < 400]
        self._to: dict[str, list[Captured]] = defaultdict(list)
        for message in sorted(evidence.messages, key=lambda each: each.at):
            self._to[message.person].append(message)

    def verdict(self) -> Verdict:
        self._once()
        self._window()
        self._lost()
        self._after()
        self._own()
        self._doubts()
        self._rows()
        found = self._all
        self._found.figures = {
            "people": len({each.input.person for each in self._taken if each.input.person.startswith("p")}),
            "inputs": len(self._taken),
            "mails": sum(each.channel == "email" for each in found.messages),
            "texts": sum(each.channel == "sms" for each in found.messages),
            "webhooks": len(found.called),
            "faults": len(found.struck),
            "doubts": len({row["send"] for row in self._state["doubts"]}),
        }
        return self._found

    def _break(self, promise: str, person: str, what: str, *lines: str) -> None:
        self._found.broken.append(Broken(promise, person, what, lines))

    def _once(self) -> None:
        steps: dict[tuple[str, str, str], list[Captured]] = defaultdict(list)
        for message in self._all.messages:
            steps[message.sequence, message.step, message.record].append(message)
        self._found.checked[ONCE] = len(steps)
        for (sequence, step, record), copies in steps.items():
            if len(copies) > 1:
                what = f"{sequence}/{step} of {record} went out {len(copies)} times"
                self._break(ONCE, copies[0].person, what, *map(self._line, copies))

    def _window(self) -> None:
        for person, messages in self._to.items():
            for sequence, first in WINDOWED.items():
                entered = [each for each in messages if (each.sequence, each.step) == (sequence, first)]
                self._found.checked[WINDOW] += bool(entered)
                if len({each.key for each in entered}) > 1:
                    what = f"entered {sequence} {len(entered)} times within its window"
                    self._break(WINDOW, person, what, *map(self._line, entered))

    def _lost(self) -> None:
        got = {(each.sequence, each.step, each.record) for each in self._all.messages}
        excused = self._doubtful() | self._not_due()
        silent = {each.input.person for each in self._taken if each.input.quiets}
        for each in self._taken:
            for owed in each.input.owes:
                self._found.checked[LOST] += 1
                if owed in got or owed in excused:
                    self._found.waiting += owed not in got and owed in self._not_due()
                elif each.input.person not in silent:
                    what = f"{owed[0]}/{owed[1]} of {owed[2]} never went out"
                    self._break(LOST, each.input.person, what, _in(each))
        self._answers_lost()
        self._changes_lost()
        end = _at(self._state["at"])
        for row in self._state["due_steps"]:
            if _at(row["due_at"]) < end - _OVERDUE:
                what = (
                    f"{row['sequence']}/{row['step']} of {row['record']} is due since {row['due_at']}, and does not go"
                )
                self._break(LOST, row["person"], what)
        self._sent_but_not_there(got)

    def _answers_lost(self) -> None:
        stored = {row["mail"] for row in self._state["inbound"]} | {row["text"] for row in self._state["inbound"]}
        for each in self._taken:
            wanted = _EVENTS.get(each.input.kind)
            if wanted is None:
                continue
            self._found.checked[LOST] += 1
            carried = _carried(each)
            if carried and carried not in stored:
                self._break(LOST, each.input.person, f"the {each.input.kind} is not in Postgres", _in(each))
            elif not any(
                call.person == each.input.person and call.event.startswith(wanted) for call in self._all.called
            ):
                what = f"nothing followed the {each.input.kind}: no webhook {' or '.join(wanted)}"
                self._break(LOST, each.input.person, what, _in(each))

    def _changes_lost(self) -> None:
        """Of every field the newest version that was acknowledged is there, in whatever order they came."""
        newest: dict[tuple[str, str, str], tuple[int, str, Acknowledged]] = {}
        for each in self._taken:
            for change in each.input.body.get("changes", ()):
                for name in _COMPARED & set(change["fields"]) if "version" in change else ():
                    key = (change["entity"], change["id"], name)
                    newest[key] = max(
                        newest.get(key, (0, "", each)),
                        (change["version"], change["fields"][name], each),
                        key=lambda one: one[0],
                    )
        there = {(row["entity"], row["id"], name): row[name] for row in self._state["records"] for name in _COMPARED}
        for key, (version, value, each) in newest.items():
            self._found.checked[LOST] += 1
            if there.get(key) != value:
                what = f"{key[2]} of {key[1]} should be {value} by version {version}, and is {there.get(key)}"
                self._break(LOST, each.input.person, what, _in(each))

    def _sent_but_not_there(self, got: set[tuple[str, str, str]]) -> None:
        for row in self._state["sends"]:
            key = (row["sequence"], row["step"], row["record"])
            if row["state"] == "sent" and key not in got:
                self._break(LOST, row["person"], f"{'/'.join(key)} counts as sent, and nobody has it", str(row))

    def _doubtful(self) -> set[tuple[str, str, str]]:
        return {
            (row["sequence"], row["step"], row["record"]) for row in self._state["sends"] if row["state"] == "unknown"
        }

    def _not_due(self) -> set[tuple[str, str, str]]:
        end = _at(self._state["at"])
        return {
            (row["sequence"], row["step"], row["record"])
            for row in self._state["due_steps"]
            if _at(row["due_at"]) >= end - _OVERDUE
        }

    def _after(self) -> None:
        for each in self._taken:
            if not each.input.quiets:
                continue
            self._found.checked[AFTER] += 1
            since = each.at
            if each.input.kind == "bounce":
                # A mail server's report is nobody's wish: it counts from when it was handled.
                handled = self._handled(each)
                if handled is None:
                    continue
                since = max(since, handled)
            answer = self._answer(each) if each.input.quiets == "answered" else None
            for message in self._to[each.input.person]:
                if message.at <= since or not _forbidden(each, message, answer):
                    continue
                began = self._began(message)
                if began <= since + _GRACE or self._frozen(since, began):
                    self._found.begun += 1
                    continue
                late = (began - since).total_seconds()
                what = (
                    f"{message.sequence}/{message.step} began {late:.1f} s after the {each.input.kind} was acknowledged"
                )
                self._break(AFTER, each.input.person, what, _in(each), self._line(message))

    def _own(self) -> None:
        for message in self._all.messages:
            if message.channel != "email" or not message.person:
                continue
            self._found.checked[OWN] += 1
            recruiter = recruiter_of(message.person)
            if (message.sender, message.box) != (recruiter.address, recruiter.box):
                what = f"a mail of {recruiter.id} left from {message.sender} by {message.box}"
                self._break(OWN, message.person, what, self._line(message))

    def _answer(self, each: Acknowledged) -> _Answer:
        assert each.input.after is not None
        ends = {each.input.after[0]}
        if each.input.channel == "sms":
            # A text has no thread: it answers the newest one. Of two that came together either may be meant.
            texts = [message for message in self._to[each.input.person] if message.channel == "sms"]
            newest = max(message.at for message in texts if message.at <= each.began)
            ends = {message.sequence for message in texts if newest - _TOGETHER <= message.at <= each.at}
        sequence = ends.pop() if len(ends) == 1 and ends <= ENDED_BY_ANSWERS else ""
        return _Answer(self._handled(each), sequence)

    def _handled(self, each: Acknowledged) -> datetime | None:
        """When all that an answer set off was handled; None: not yet."""
        carried = _carried(each)
        letters = {row["id"] for row in self._state["inbound"] if carried in (row["mail"], row["text"])}
        instants = [row["handled_at"] for row in self._state["reactions"] if row["inbound"] in letters]
        return max(map(_at, instants)) if instants and all(instants) else None

    def _left(self, message: Captured) -> Left | None:
        """The hand-over that the server took; it may have read it late."""
        times = [each for each in self._all.left.get(message.key, ()) if each.began <= message.at + _GRACE]
        return max(times, key=lambda each: each.handed) if times else None

    def _began(self, message: Captured) -> datetime:
        left = self._left(message)
        return message.at if left is None else min(left.began, message.at)

    def _frozen(self, acknowledged: datetime, began: datetime) -> bool:
        """A process of ours was standing when the answer was acknowledged, with the message in its hands."""
        return any(
            fault.kind in ("freeze", "slow")
            and fault.part in ("worker", "postgres")
            and fault.began <= acknowledged <= fault.ended
            and began <= fault.ended + _THAWED
            for fault in self._all.struck
        )

    def _doubts(self) -> None:
        told = defaultdict(list)
        for row in self._state["notifications"]:
            told[row["enrollment"]].append(row["title"])
        sends = {row["id"]: row for row in self._state["sends"]}
        noted = {row["send"] for row in self._state["doubts"]}
        for ident in noted | {row["id"] for row in sends.values() if row["state"] == "unknown" or row["resolution"]}:
            row = sends[ident]
            self._found.checked[DOUBT] += 1
            if not any(f"{row['step']}: unknown" in title for title in told[row["enrollment"]]):
                self._break(
                    DOUBT,
                    row["person"],
                    f"{row['sequence']}/{row['step']} is unknown, and nobody was notified",
                    str(row),
                )
        known = {(row["sequence"], row["step"], row["record"]): row for row in sends.values()}
        end = _at(self._state["at"])
        for message in self._all.messages:
            # The stack runs on while its state is copied: what leaves then is not in it, or is just being noted.
            if message.at >= end - _NOTED:
                continue
            known_row = known.get((message.sequence, message.step, message.record))
            if known_row is None or known_row["state"] not in ("sent", "unknown"):
                state = known_row["state"] if known_row else "no row"
                what = f"somebody has {message.sequence}/{message.step} of {message.record}, and Postgres says: {state}"
                self._break(DOUBT, message.person, what, self._line(message))

    def _rows(self) -> None:
        self._found.checked[ROWS] = len(self._state["enrollments"])
        people = {row["workflow"]: row["person"] for row in self._state["enrollments"]}
        for line in differences(self._state):
            self._break(ROWS, people.get(line.rpartition(": ")[2], ""), line)

    def _line(self, message: Captured) -> str:
        left = self._left(message)
        seen = f", on the wire from {left.began.isoformat()} to {left.handed.isoformat()}" if left else ""
        where = f"{message.sequence}/{message.step} of {message.record}"
        return f"{message.at.isoformat()} {message.channel} {where} arrived ({message.file}){seen}"


def _forbidden(each: Acknowledged, message: Captured, answer: _Answer | None) -> bool:
    if answer is None:
        return each.input.quiets in ("all", message.channel)
    if message.sequence == answer.ends:
        return True
    return answer.handled is None or message.at < answer.handled - _GRACE


def _carried(each: Acknowledged) -> str:
    """What the mail or text that carried an answer is called."""
    if each.input.kind not in ("answer", "opt_out", "stop", "bounce"):
        return ""
    if each.input.channel == "sms":
        return f"SM{hashlib.sha256(each.input.id.encode()).hexdigest()[:32]}"
    return f"{each.input.id}@{MAIL_DOMAIN}"


def _in(each: Acknowledged) -> str:
    about = f" to {'/'.join(each.input.after)}" if each.input.after else ""
    return f"{each.at.isoformat()} {each.input.kind}{about} was acknowledged: {each.status} ({each.input.id})"


def _at(words: str) -> datetime:
    return datetime.fromisoformat(words)
