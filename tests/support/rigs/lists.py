"""Rows of every list, spread over people, owners, sequences, states and days; and what each filter should find."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from tests.support.held_replies import add_reply

Row = dict[str, Any]
Get = Callable[[Row], Any]

OWNER = {"p1": "dana", "p2": "eli", "p3": "dana", "p4": "eli", "p9": "eli"}
RUNS = {
    1: ("p1", "hello", "active"),
    2: ("p2", "hello", "paused"),
    3: ("p1", "other", "stopped"),
    4: ("p3", "other", "active"),
}
SEQUENCES = {"p1": {"hello", "other"}, "p2": {"hello"}, "p3": {"other"}, "p4": set(), "p9": set()}


def run_id(number: int) -> str:
    return f"e{number:011d}"


def _of(name: str) -> Get:
    return lambda row: row[name]


def _owner_of(name: str) -> Get:
    return lambda row: OWNER.get(row[name])


def _sequences_of(row: Row) -> set[str]:
    return SEQUENCES.get(row["person_id"], set())


def _run(name: str) -> Get:
    return lambda row: row[name]


RUN_FILTERS = {"person": _of("person_id"), "owner": _of("owner_id"), "sequence": _of("sequence")}
AT: dict[str, str] = {
    "/people": "created",
    "/enrollments": "enrolled_at",
    "/tasks": "created_at",
    "/leads": "created_at",
    "/lists": "added_at",
    "/notifications": "created_at",
    "/unmatched": "received_at",
    "/suppressions": "since",
    "/unreachable": "since",
    "/refusals": "at",
    "/windows": "opened_at",
    "/deliveries": "at",
    "/reviews": "received_at",
    "/holds": "since",
    "/batches": "since",
    "/sequences": "published_at",
}
LISTS: dict[str, dict[str, Get]] = {
    "/people": {
        "owner": _of("owner_id"),
        "client": _of("client_id"),
        "type": _of("type"),
        "status": _of("status"),
        "sequence": lambda row: SEQUENCES[row["id"]],
    },
    "/placements": {
        "person": _of("person_id"),
        "owner": lambda row: row["owner_id"] or OWNER[row["person_id"]],
        "client": _of("client_id"),
        "status": _of("status"),
    },
    "/clients": {},
    "/owners": {},
    "/enrollments": {**RUN_FILTERS, "record": _of("record_id"), "state": _of("state")},
    "/tasks": {**RUN_FILTERS, "enrollment": _of("enrollment_id"), "state": _of("state")},
    "/leads": {**RUN_FILTERS, "enrollment": _of("enrollment_id"), "source": _of("source")},
    "/lists": {
        "person": _of("person_id"),
        "owner": _owner_of("person_id"),
        "sequence": _of("sequence"),
        "list": _of("list"),
    },
    "/notifications": {**RUN_FILTERS, "kind": _of("kind"), "state": lambda row: "read" if row["read_at"] else "unread"},
    "/unmatched": {"channel": _of("channel"), "event": _of("event")},
    "/suppressions": {
        "person": _of("person_id"),
        "owner": _owner_of("person_id"),
        "channel": _of("channel"),
        "reason": _of("reason"),
        "sequence": _sequences_of,
    },
    "/unreachable": {"person": _of("person_id"), "owner": _owner_of("person_id"), "sequence": _sequences_of},
    "/refusals": {
        "person": _of("person"),
        "owner": _owner_of("person"),
        "sequence": _of("sequence"),
        "reason": _of("reason"),
        "state": _of("state"),
    },
    "/windows": {"person": _of("record"), "sequence": _of("sequence"), "state": _of("state")},
    "/deliveries": {
        "person": _of("person"),
        "owner": _of("owner"),
        "sequence": _of("sequence"),
        "enrollment": _of("enrollment"),
        "kind": _of("kind"),
        "state": _of("state"),
    },
    "/reviews": {**RUN_FILTERS, "channel": _of("channel")},
    "/holds": {
        "sequence": lambda row: row["scope"] == "sequence" and row["key"],
        "owner": lambda row: row["scope"] == "owner" and row["key"],
    },
    "/batches": {"sequence": _of("sequence"), "state": _of("state")},
    "/sequences": {"record": _of("record")},
    "/sequences/hello/versions": {},
}
"""The filters of each list, with the value of a row that such a filter asks for."""


class ListRig:
    """Furnishes a database and asks for lists."""

    def __init__(self, api: Any, call: Any) -> None:
        self.api = api
        self.call = call
        self._number = 100

    async def ask(self, path: str, **asked: Any) -> dict[str, Any]:
        answer = await self.call("GET", path, params=asked)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found

    async def furnish(self) -> None:
        api = self.api
        await api.execute("INSERT INTO owner (id, first_name) VALUES ('dana', 'Dana'), ('eli', 'Eli'), ('fay', 'Fay')")
        await api.execute("INSERT INTO client (id, name) VALUES ('c1', 'One'), ('c2', 'Two'), ('c3', 'Three')")
        for number, (person, owner) in enumerate(OWNER.items(), start=1):
            await api.execute(
                "INSERT INTO person (id, type, first_name, email, status, owner_id, client_id, created, deleted_at) "
                "VALUES ($1, $2, 'Alex', $1 || '@client.example', $3, $4, $5, $6, $7)",
                person,
                ("Candidate", "Client contact")[number % 2],
                ("New", "Placed")[number % 2],
                owner,
                f"c{1 + number % 2}",
                api.now - timedelta(days=number),
                api.now if person == "p9" else None,
            )
            await api.execute(
                "INSERT INTO placement (id, person_id, client_id, owner_id, status, custom) "
                "VALUES ('pl-' || $1, $1, $2, $3, $4, '{\"badge\": \"7\"}')",
                person,
                f"c{1 + number % 2}",
                "fay" if number == 1 else None,
                ("Offer", "Ended")[number % 2],
            )
        for number, name in enumerate(("hello", "other")):
            await api.publish(name)
            for version in (2, 3):
                await self._version(name, version)
            await api.execute(
                "UPDATE sequence_version SET published_at = published_at + $1 WHERE sequence = $2",
                timedelta(hours=number - 1),
                name,
            )
        await api.publish("onboarding", record="placement")
        for number in RUNS:
            await self._run(number)
            for path in LISTS:
                await self._row(path, number)

    async def add(self, path: str) -> None:
        """One more row, the newest of its kind, or in the midst of those that are ordered by id."""
        self._number += 1
        number = self._number
        if path == "/enrollments":
            await self._run(number, ("p4", f"new-{number}", "active"))
        elif path in ("/people", "/clients", "/owners", "/placements"):
            table = {"/people": "person", "/clients": "client", "/owners": "owner", "/placements": "placement"}[path]
            if table == "placement":
                await self.api.execute("INSERT INTO placement (id, person_id) VALUES ($1, 'p1')", f"a{number}")
            else:
                await self.api.execute(f"INSERT INTO {table} (id) VALUES ($1)", f"a{number}")
        elif path == "/sequences/hello/versions":
            await self._version("hello", number)
        elif path == "/sequences":
            await self.api.publish(f"new-{number}")
        elif path in ("/windows", "/holds", "/batches"):
            await self._run(number, ("p4", f"new-{number}", "active"))
            await self._row(path, number)
        else:
            await self._row(path, number)

    async def _version(self, sequence: str, version: int) -> None:
        await self.api.execute(
            "INSERT INTO sequence_version SELECT sequence, $2, definition || jsonb_build_object('name', $3::text), "
            "templates, fingerprint, published_at FROM sequence_version WHERE sequence = $1 AND version = 1",
            sequence,
            version,
            f"{sequence} {version}",
        )

    def expected(self, path: str, everything: list[Row]) -> dict[str, list[tuple[Any, Callable[[Row], bool]]]]:
        """By filter: values to ask for, each with who should be found."""
        wanted: dict[str, list[tuple[Any, Callable[[Row], bool]]]] = {}
        for name, get in LISTS[path].items():
            values: list[Any] = []
            for row in everything:
                got = get(row)
                values += [value for value in (got if isinstance(got, set) else {got}) if value not in (None, False)]
            wanted[name] = [(value, _holds(get, value)) for value in dict.fromkeys(values)]
        if path in AT:
            column = AT[path]
            middle = sorted(row[column] for row in everything)[len(everything) // 2]
            wanted["since"] = [(middle, lambda row: row[column] >= middle)]
            wanted["until"] = [(middle, lambda row: row[column] < middle)]
        return wanted

    async def _run(self, number: int, run: tuple[str, str, str] | None = None) -> None:
        person, sequence, state = run or RUNS[number]
        if run:
            await self.api.publish(sequence)
        await self.api.execute(
            "INSERT INTO enrollment (id, workflow_id, sequence, version, record_type, record_id, person_id, owner_id, "
            "via, state, enrolled_at) VALUES ($1, 'enrollment:' || $2 || ':' || $3, $2, 1, 'person', $3, $3, $4, "
            "'hand', $5, $6)",
            run_id(number),
            sequence,
            person,
            OWNER[person],
            state,
            self._at(number),
        )

    def _at(self, number: int) -> Any:
        return self.api.now - timedelta(days=9) + timedelta(hours=number)

    async def _row(self, path: str, number: int) -> None:
        person, sequence, _ = RUNS.get(number) or ("p4", f"new-{number}", "active")
        run = run_id(number if path == "/windows" else 1 + (number - 1) % len(RUNS))
        if number > len(RUNS) and path not in ("/windows", "/holds", "/batches"):
            person, sequence, _ = RUNS[1 + (number - 1) % len(RUNS)]
        at, odd, owner = self._at(number), number % 2 == 1, OWNER[person]
        key = f"{number:011d}"
        if path == "/reviews":
            reply = await add_reply(self.api, number, run)
            await self.api.execute(
                "UPDATE reaction SET person_id = $2, handled_at = $3, received_at = $3, channel = $4 WHERE id = $1",
                reply,
                person,
                at,
                "email" if odd else "sms",
            )
            return
        statement, values = {
            "/tasks": (
                "INSERT INTO task (id, title, person_id, enrollment_id, owner_id, state, created_at) "
                "VALUES ($1, 'Call', $2, $3, $4, $5, $6)",
                (f"t{key}", person, run, owner, "open" if odd else "done", at),
            ),
            "/leads": (
                "INSERT INTO lead (id, person_id, source, owner_id, enrollment_id, created_at) "
                "VALUES ($1, $2, $3, $4, $5, $6)",
                (f"l{key}", person, "fair" if odd else "a mail", owner, run, at),
            ),
            "/lists": (
                "INSERT INTO list_member (list, person_id, added_at, enrollment_id) VALUES ($1, $2, $3, $4)",
                (("warm\u00a0one" if odd else "cold") + (f" {number}" if number > 2 else ""), person, at, run),
            ),
            "/notifications": (
                "INSERT INTO notification (id, owner_id, kind, title, enrollment_id, person_id, created_at, read_at) "
                "VALUES ($1, $2, $3, 'Look', $4, $5, $6, $7)",
                (f"n{key}", owner, "clicked" if odd else "replied", run, person, at, at if odd else None),
            ),
            "/unmatched": (
                "INSERT INTO inbound (id, key, channel, received_at, raw, event, sender, text, state) "
                "VALUES ($1, $1, $2, $3, 'x', $4, 'ada@client.example', 'Hello', 'unmatched')",
                (f"i{key}", "email" if odd else "sms", at, "human" if odd else "bounce"),
            ),
            "/suppressions": (
                "INSERT INTO suppression (person_id, channel, reason, source, since) VALUES ($1, $2, $3, $4, $5)",
                (
                    person,
                    "email" if odd else "sms",
                    "opt_out" if number == 1 else f"bounced-{number}",
                    f"test-{number}",
                    at,
                ),
            ),
            "/unreachable": (
                "INSERT INTO suppression (address, channel, reason, source, since) "
                "VALUES ($1, 'email', 'soft_bounces', $2, $3)",
                (f"p{number}@client.example", f"send-{number}", at),
            ),
            "/refusals": (
                "INSERT INTO refusal (sequence, person_id, record_id, reason, detail, via, at, state) "
                "VALUES ($1, $2, $2, $3, 'no_email', 'rule', $4, $5)",
                (
                    sequence,
                    person,
                    ("unreachable" if odd else "window") if number < 100 else f"r-{number}",
                    at,
                    "standing" if odd else "passed",
                ),
            ),
            "/windows": (
                "INSERT INTO reenrollment_window (id, sequence, person_id, record_id, scope, enrollment_id, via, "
                "opened_at, state) VALUES ($1, $2, $3, $3, 'person', $4, 'rule', $5, $6)",
                (f"w{key}", sequence, person, run, at, "open" if odd else "ended"),
            ),
            "/deliveries": (
                "INSERT INTO follow_up (id, enrollment_id, cause, position, kind, arguments, state, at) "
                "VALUES ($1, $2, 'finished', $3, $4, $5, $6, $7)",
                (
                    f"f{key}",
                    run,
                    number,
                    "webhook" if odd else "enroll",
                    {"webhook": {"url": "https://crm.example"}} if odd else {"enroll": "other"},
                    "pending" if number % 3 else "dead",
                    at,
                ),
            ),
            "/holds": (
                "INSERT INTO hold (id, scope, key, reason, since, rate) VALUES ($1, $2, $3, 'why', $4, 1)",
                (f"h{key}", "sequence" if odd else "owner", sequence if odd else f"{owner}{number}", at),
            ),
            "/batches": (
                "INSERT INTO rule_queue (sequence, record_id, person_id, state, at) VALUES ($1, $2, $2, $3, $4)",
                (f"{sequence}-{number}", person, "held" if odd else "waiting", at),
            ),
        }.get(path, ("", ()))
        if statement:
            await self.api.execute(statement, *values)


def _holds(get: Get, value: Any) -> Callable[[Row], bool]:
    def wanted(row: Row) -> bool:
        got = get(row)
        return value in got if isinstance(got, set) else bool(got == value)

    return wanted
