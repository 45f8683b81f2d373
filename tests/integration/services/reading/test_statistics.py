"""What the database counts, against a naive count of everything that happened, in a real Postgres.

Made-up lives of a sequence: people enter, again and again; messages go out or not; what comes back comes late, twice,
or is read otherwise by a person; runs move to another version, people are merged, and in between somebody asks.
"""

from __future__ import annotations

import asyncio
from collections import defaultdict
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count as numbers
from typing import Any

import pytest
import pytest_asyncio
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from adapters.postgres.database import Database
from adapters.postgres.versions import Versions
from sequences import ids
from sequences.definition.model import SequenceDefinition
from sequences.errors import NotFoundError
from sequences.statistics.outcomes import By
from services.reading import run_outcomes
from services.reading.statistics import StatisticsRequest, statistics
from tests.support import by_name as queries

EXAMPLES = 25
START = datetime(2027, 5, 3, 9, tzinfo=UTC)
STEPS = ("one", "two", "three")
CAME_BACK = ("clicked", "opened", "out_of_office", "bounced", "unsubscribed", "complained", "liked", "field_changed")
_NAMES = numbers(1)


@dataclass
class Sent:
    """A message, as the naive count knows it."""

    step: str
    version: int
    variant: str
    state: str
    at: int
    delivered: bool = False
    bounced: bool = False


@dataclass
class Back:
    """What came back; ``sent`` is None when it answers no message."""

    kind: str
    sent: Sent | None
    at: int
    label: str | None = None
    unsure: bool = True
    automatic: bool = False
    opt_out: bool = False
    said: str | None = None
    denied: bool = False
    not_theirs: bool = False


@dataclass
class Run:
    """One time that a person was in the sequence."""

    id: str
    person: str
    owner: str
    entered: datetime
    version: int
    versions: set[int]
    state: str = "open"
    turns: list[Sent] = field(default_factory=list)
    back: dict[str, Back] = field(default_factory=dict)


@dataclass
class World:
    """Does everything twice: in Postgres as the product does, and in memory."""

    database: Database
    name: str
    runs: list[Run] = field(default_factory=list)
    tick: int = 0

    @property
    def now(self) -> datetime:
        return START + timedelta(hours=self.tick)

    async def write(self, sql: str, *values: object) -> None:
        async with self.database.transaction() as connection:
            await connection.execute(sql, *values)

    async def ask(self, query: str, **values: object) -> None:
        async with self.database.transaction() as connection:
            await queries.run(connection, query, **values)

    async def enter(self, who: int, more: int) -> None:
        person = f"{self.name}-p{who}"
        for run in self.runs:
            if run.person == person:
                await self.close(run, more)
        run = Run(f"e{self.name}x{len(self.runs):010d}", person, f"o{more % 2}", self.now, 1 + more % 2, {1 + more % 2})
        self.runs.append(run)
        await self.write(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) VALUES ($1, $1, $2, $3, 'person', $4, $4, $5, 'hand', 'starting', $6)",
            *(run.id, self.name, run.version, person, run.owner, run.entered),
        )
        await self.write("UPDATE enrollment SET state = 'active' WHERE id = $1", run.id)

    async def send(self, run: Run, step: str, more: int) -> None:
        if run.state != "open" or any(turn.step == step for turn in run.turns):
            return
        state = ("sent", "sent", "sent", "unknown", "refused", "failed", "skipped")[more % 7]
        variant = ("", "a", "b")[more % 3] if state != "skipped" else ""
        run.turns.append(Sent(step, run.version, variant, state, self.tick))
        if state == "skipped":
            await self.write(
                "INSERT INTO enrollment_step (enrollment_id, step, position, state, decided_at) "
                "VALUES ($1, $2, 0, 'planned', NULL)",
                *(run.id, step),
            )
            await self.ask("decide_step", enrollment_id=run.id, step=step, state="skipped", at=self.now, reason="")
            return
        send = ids.send_id(run.id, step)
        await self.write(
            "INSERT INTO send (id, enrollment_id, step, person_id, channel, state, sender, recipient, content, text, "
            "planned_at, variant) VALUES ($1, $2, $3, $4, 'sms', 'planned', 's', 'r', '', '', $5, $6)",
            *(send, run.id, step, run.person, self.now, variant or None),
        )
        await self.write(
            "UPDATE send SET state = 'claimed', claimed_by = 'w', claimed_at = $2 WHERE id = $1", send, self.now
        )
        # A worker that died after its commit settles once more.
        for _ in range(1 + more % 2):
            await self.ask(
                "settle_send",
                **{"id": send, "claimer": "w", "state": state, "at": self.now},
                **{"provider_message_id": None, "code": None, "reason": None},
            )

    async def report(self, run: Run, step: str, more: int) -> None:
        sent = self._sent(run, step)
        if sent is None or sent.state not in ("sent", "unknown"):
            return
        send = ids.send_id(run.id, step)
        if sent.state == "unknown":
            sent.state = "sent"
            await self.ask("send_proved", id=send, at=self.now, reason="", provider_message_id=None)
        if more % 3 == 0:
            sent.bounced = True
            await self.ask("send_undelivered", id=send, at=self.now, reason="full")
        elif more % 3 == 1:
            sent.delivered = True
            await self.ask("keep_sms_status", id=send, status="delivered", error=None)

    async def react(self, run: Run, step: str, more: int) -> None:
        sent = self._sent(run, step) if more % 5 else None
        if sent is not None and sent.state == "skipped":
            return
        kind = "replied" if more % 2 else CAME_BACK[more // 2 % len(CAME_BACK)]
        key = f"{self.name}:{run.id}:{step}:{more % 4}:{kind}"
        # What was told before stays as it was told first.
        run.back.setdefault(key, Back(kind, sent, self.tick))
        await self.ask(
            "add_reaction",
            **{"id": ids.reaction_id(key), "key": key, "enrollment_id": run.id, "person_id": run.person, "kind": kind},
            **{"channel": "email", "inbound_id": None, "holds": False, "detail": "{}", "received_at": self.now},
            send_id=ids.send_id(run.id, step) if sent is not None else None,
        )

    async def score(self, run: Run, more: int) -> None:
        for key, back in run.back.items():
            if back.kind == "replied":
                back.label = ("positive", "negative", "neutral")[more % 3]
                back.unsure, back.automatic, back.opt_out = more % 4 == 0, more % 5 == 0, more % 7 == 0
                intent = "auto_reply" if back.automatic else "interested"
                await self.ask(
                    "score_reaction",
                    **{"id": ids.reaction_id(key), "label": back.label, "confidence": 0.9, "intent": intent},
                    **{"opt_out": back.opt_out, "held": back.unsure, "reasons": []},
                )

    async def review(self, run: Run, more: int) -> None:
        replies = [(key, back) for key, back in run.back.items() if back.kind == "replied"]
        if not replies:
            return
        key, back = replies[more % len(replies)]
        # Of two words on one reply the newer counts: that somebody else wrote it can be taken back.
        back.not_theirs = more % 5 == 0
        back.said = "neutral" if back.not_theirs else ("positive", "negative", "neutral")[more // 2 % 3]
        denies = back.not_theirs or more % 2 == 0
        back.denied = back.denied or denies
        reply, number = ids.reaction_id(key), more + 1000 * self.tick + 1
        async with self.database.transaction() as connection:
            identity = ids.reaction_id(f"{key}:{self.tick}:review")
            await connection.execute(
                "INSERT INTO reaction (id, key, enrollment_id, person_id, kind, holds, received_at) "
                "VALUES ($1, $1, $2, $3, 'reviewed', true, $4)",
                *(identity, run.id, run.person, self.now),
            )
            await connection.execute(
                "INSERT INTO review (id, reaction_id, number, label, intent, opt_out, reviewed_at, not_theirs) "
                "VALUES ($1, $2, $3, $4, 'interested', $5, $6, $7)",
                *(identity, reply, number, back.said, False if denies else None, self.now, back.not_theirs),
            )
            await queries.run(connection, "reply_reviewed", id=reply, at=self.now)

    async def close(self, run: Run, more: int) -> None:
        if run.state == "open":
            run.state = ("stopped", "finished")[more % 2]
            await self.ask("end_run", id=run.id, state=run.state, reason="", at=self.now)

    async def move(self, run: Run, more: int) -> None:
        if run.state == "open":
            run.version = 1 + more % 2
            run.versions.add(run.version)
            await self.ask("set_run_version", id=run.id, version=run.version)

    async def merge(self, run: Run, other: Run) -> None:
        gone, into = run.person, other.person
        if gone == into or len([r for r in self.runs if r.person in (gone, into) and r.state == "open"]) > 1:
            return
        await self.ask("move_runs", people=[gone], into=into, losers=[])
        for each in self.runs:
            each.person = into if each.person == gone else each.person

    def _sent(self, run: Run, step: str) -> Sent | None:
        return next((turn for turn in run.turns if turn.step == step), None)


async def lived(world: World, events: list[tuple[str, int, int, int]]) -> None:
    """Lets everything happen; sometimes somebody asks in between."""
    for what, which, step, more in events:
        world.tick += 7
        if what == "enter":
            await world.enter(which % 2, more)
        elif what == "ask":
            await run_outcomes.write_all_marked(world.database)
        elif world.runs:
            run = world.runs[-1 - which % len(world.runs)]
            if what == "merge":
                await world.merge(run, world.runs[more % len(world.runs)])
            elif what in ("send", "report", "react"):
                await getattr(world, what)(run, STEPS[step % len(STEPS)], more)
            else:
                await getattr(world, what)(run, more)


Row = tuple[int | None, str, str, str | None, Any]
"""Version, step, variant, owner and week of a row."""


def naive(world: World, by: By) -> dict[Row, dict[str, int]]:
    """The same counts, from memory: for each row and each measure the set of its people."""
    people: dict[Row, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    states: dict[Row, dict[str, str]] = defaultdict(dict)
    labels: dict[Row, dict[str, str]] = defaultdict(dict)
    for run in sorted(world.runs, key=lambda run: run.entered):
        monday = (run.entered - timedelta(days=run.entered.weekday())).date()
        whole: Row = (None, "", "", run.owner if by is By.OWNER else None, monday if by is By.WEEK else None)
        versions = by in (By.VERSION, By.STEP, By.VARIANT)
        for row in [whole, *((each, "", "", None, None) for each in run.versions if versions)]:
            people[row]["entered"].add(run.person)
        states[whole][run.person] = run.state
        if versions:
            states[run.version, "", "", None, None][run.person] = run.state
        last: list[Row] = []
        for sent in sorted(run.turns, key=lambda sent: sent.at):
            version = run.version if sent.state == "skipped" else sent.version
            turn = [row for row in rows_of(whole, version, sent.step, sent.variant, by) if row[1]]
            name = {"refused": "not_sent", "failed": "not_sent"}.get(sent.state, sent.state)
            for row in rows_of(whole, version, sent.step, sent.variant, by):
                people[row][name].add(run.person)
                if sent.state == "sent":
                    for what in ("delivered", "bounced"):
                        if getattr(sent, what):
                            people[row][what].add(run.person)
            for row in turn:
                people[row]["entered"].add(run.person)
            last = turn
        for row in last:
            states[row][run.person] = run.state
        for back in sorted(run.back.values(), key=lambda back: back.at):
            of = back.sent or Sent("", 0, "", "", 0)
            rows = rows_of(whole, of.version or None, of.step, of.variant, by)
            answered(run, back, rows, people, labels)
    names = {"open": "in_it_now", "stopped": "stopped", "finished": "finished"}
    for row, by_person in states.items():
        for person, state in by_person.items():
            people[row][names[state]].add(person)
    for row, by_person in labels.items():
        for person, label in by_person.items():
            people[row][f"replied_{label}"].add(person)
    return {row: sums(measures) for row, measures in people.items()}


def rows_of(whole: Row, version: int | None, step: str, variant: str, by: By) -> list[Row]:
    """Every row to which a message or a reaction belongs."""
    rows = [whole]
    if version is not None and by in (By.VERSION, By.STEP, By.VARIANT):
        rows.append((version, "", "", None, None))
        if by is not By.VERSION:
            rows.append((version, step, "", None, None))
        if by is By.VARIANT and variant:
            rows.append((version, step, variant, None, None))
    return rows


def answered(run: Run, back: Back, rows: list[Row], people: Any, labels: Any) -> None:
    """Counts one reaction."""
    if back.not_theirs or (back.sent is not None and back.sent.state != "sent"):
        return
    name = {"unsubscribed": "opted_out", "field_changed": ""}.get(back.kind, back.kind)
    opted_out = back.kind == "unsubscribed" or (back.kind == "replied" and back.opt_out and not back.denied)
    if back.kind == "replied" and back.automatic and back.said is None:
        name = "out_of_office"
    elif back.kind == "replied":
        sure = back.label if back.label and not back.unsure else "unread"
        for row in rows:
            labels[row][run.person] = back.said or sure
    for row in rows:
        for each in (name, "opted_out" if opted_out else ""):
            if each:
                people[row][each].add(run.person)


CAME: tuple[str, ...] = ("opened", "clicked", "replied", "out_of_office", "opted_out", "complained", "liked")


def sums(measures: dict[str, set[str]]) -> dict[str, int]:
    """Of people to whom a message went out; what came back had arrived."""
    sent = measures["sent"]
    own = {"entered", "sent", "not_sent", "unknown", "skipped", "in_it_now", "stopped", "finished"}
    found = {name: those if name in own else those & sent for name, those in measures.items()}
    found["delivered"] = found.get("delivered", set()) | set().union(*(found.get(name, set()) for name in CAME))
    found["sent_with_link"] = found.get("clicked", set())
    found["sent_with_pixel"] = found.get("opened", set())
    return {name: len(those) for name, those in found.items() if those}


HAPPENS = (
    *("enter", "enter", "send", "send", "send", "report", "react", "react", "react", "score"),
    *("review", "review", "close", "move", "merge", "ask"),
)
# The newest runs have the most to do.
EVENTS = st.lists(
    st.tuples(st.sampled_from(HAPPENS), st.integers(0, 2), st.integers(0, 2), st.integers(0, 419)),
    min_size=60,
    max_size=90,
)


@pytest_asyncio.fixture
async def database(database_url: str) -> AsyncIterator[Database]:
    opened = await Database.connect(database_url)
    yield opened
    await opened.close()


async def published(database: Database) -> str:
    """A sequence of its own, in two versions."""
    name = f"s{next(_NAMES)}"
    for title in ("Old", "New"):
        steps = [{"id": step, "email": "a/b"} for step in STEPS]
        definition = SequenceDefinition.model_validate(
            {"sequence": name, "name": title, "record": "person", "steps": steps}
        )
        async with database.transaction() as connection:
            await Versions().publish(connection, definition, {}, START)
    return name


async def asked(database: Database, name: str, by: By) -> dict[Row, dict[str, int]]:
    """What the product counts; rows of nobody left out."""
    found = await statistics(database, StatisticsRequest(by, name))
    shown = {
        (row.version, row.step or "", row.variant or "", row.owner, row.week): {
            each: n for each, n in row.people.items() if n
        }
        for row in found.rows
    }
    return {row: counted for row, counted in shown.items() if counted}


async def kept_counts(database: Database) -> list[tuple[Any, ...]]:
    """How many runs came to the same, as it is kept beside their rows."""
    async with database.transaction() as connection:
        return [
            tuple(row)
            for row in await connection.fetch(
                "SELECT sequence, version, earlier_versions, state, facts, number FROM run_outcome_count "
                "ORDER BY 1, 2, 3, 4, 5"
            )
        ]


async def counts_of_rows(database: Database) -> list[tuple[Any, ...]]:
    """The same, counted."""
    async with database.transaction() as connection:
        return [
            tuple(row)
            for row in await connection.fetch(
                "SELECT sequence, version, earlier_versions, state, facts, count(*) FROM run_outcome "
                "WHERE NOT often GROUP BY 1, 2, 3, 4, 5 ORDER BY 1, 2, 3, 4, 5"
            )
        ]


# A life takes a second: making a wrong one shorter would take minutes, and it says enough as it is.
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)
@given(events=EVENTS)
async def test_the_counts_are_those_of_a_naive_count(
    database: Database, events: list[tuple[str, int, int, int]]
) -> None:
    world = World(database, await published(database))
    await lived(world, events)
    for by in By:
        assert await asked(database, world.name, by) == naive(world, by), by
    assert await kept_counts(database) == await counts_of_rows(database)
    before = await asked(database, world.name, By.STEP)
    await run_outcomes.rebuild(database)
    assert await asked(database, world.name, By.STEP) == before
    assert await kept_counts(database) == await counts_of_rows(database)


async def test_what_happens_while_the_rows_are_written_is_not_lost(database: Database) -> None:
    world = World(database, await published(database))
    events = [("enter", 0, 0, 0)] + [("send", 0, step, 0) for step in range(3)]
    writing = asyncio.create_task(lived(world, events + [("react", 0, n % 3, n) for n in range(120)]))
    while not writing.done():
        await asyncio.gather(*(run_outcomes.write_all_marked(database) for _ in range(2)))
    await writing
    assert await asked(database, world.name, By.STEP) == naive(world, By.STEP)


async def test_one_version_and_people_since_then(database: Database) -> None:
    world = World(database, await published(database))
    for who in range(3):
        world.tick = 24 * who
        await world.enter(who, who)
    run = next(run for run in world.runs if run.version == 1)
    await world.send(run, "one", 0)
    await world.move(run, 1)
    since = StatisticsRequest(By.SEQUENCE, world.name, since=START + timedelta(days=1))
    assert [row.people["entered"] for row in (await statistics(database, since)).rows] == [2]
    first = await statistics(database, StatisticsRequest(By.STEP, world.name, version=1))
    assert [(row.version, row.step, row.people["entered"], row.people["sent"]) for row in first.rows] == [
        *((1, None, 2, 1), (1, "one", 1, 1), (1, "two", 0, 0), (1, "three", 0, 0)),
    ]
    assert first.rows[0].rates["replied"] is not None
    assert not first.rows[0].rates["replied"].enough
    assert first.rows[2].rates["replied"] is None
    of_owner = await statistics(database, StatisticsRequest(By.SEQUENCE, owner="o1"))
    assert [row.people["entered"] for row in of_owner.rows] == [1]


async def test_nothing_is_said_of_nothing(database: Database) -> None:
    assert (await statistics(database, StatisticsRequest(By.SEQUENCE))).rows == ()
    name = await published(database)
    assert (await statistics(database, StatisticsRequest(By.STEP, name))).rows == ()
    with pytest.raises(NotFoundError, match="no sequence 'x' is published"):
        await statistics(database, StatisticsRequest(By.STEP, "x"))
    with pytest.raises(NotFoundError, match="newest version is 2"):
        await statistics(database, StatisticsRequest(By.STEP, name, version=3))


async def test_counts_of_rows_that_go_and_come_back(database: Database) -> None:
    world = World(database, await published(database))
    for who in range(5):
        await world.enter(who, who)
    await world.enter(0, 0)
    await run_outcomes.write_all_marked(database)
    assert sum(row[-1] for row in await kept_counts(database)) == 4
    for change in (
        "UPDATE run_outcome SET state = 'stopped', facts = repeat('sent|one|1| ', 2000) WHERE version = 2",
        "UPDATE run_outcome SET last_sent_at = now()",
        "DELETE FROM run_outcome WHERE NOT often AND version = 2",
        "UPDATE run_outcome SET often = NOT often",
        "DELETE FROM run_outcome",
    ):
        async with database.transaction() as connection:
            await connection.execute(change)
        assert await kept_counts(database) == await counts_of_rows(database), change
    assert await kept_counts(database) == []
    await run_outcomes.rebuild(database)
    assert sum(row[-1] for row in await kept_counts(database)) == 4
