"""The seeded database: ``seed.sql`` at the size that is asked for; triggers rest, and indexes are built last."""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from adapters.postgres.database import Connection

NOW = "'2026-11-01 12:00:00+00'::timestamptz"
"""The instant at which the database stands still."""

_HELPERS = """
CREATE FUNCTION seed_pick(n bigint, salt bigint, below bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT (abs(hashint8extended(n, salt) % below))::int $$;
CREATE FUNCTION seed_skew(n bigint, salt bigint, below bigint) RETURNS int LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT 1 + (below * power(abs(hashint8extended(n, salt) % 1000000) / 1000000.0::float8, 3))::int % below::int $$;
CREATE UNLOGGED TABLE seed_run (
    n int, id text, sequence text, record_type text, record_id text, person_id text, owner_id text, state text,
    open boolean, step int, enrolled_at timestamptz, via text);
"""
_CONSTRAINTS = """
SELECT conrelid::regclass::text AS of_table, conname AS name, contype::text AS kind,
       pg_get_constraintdef(oid) AS definition
FROM pg_constraint WHERE contype IN ('p', 'u', 'f') AND connamespace = 'public'::regnamespace
  AND conrelid <> '_pogo_migration'::regclass AND conrelid::regclass::text NOT LIKE '%pogo%'
ORDER BY contype = 'f', conname
"""
_INDEXES = """
SELECT i.indexrelid::regclass::text AS name, pg_get_indexdef(i.indexrelid) AS definition
FROM pg_index i JOIN pg_class c ON c.oid = i.indrelid
WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE '%pogo%'
  AND NOT EXISTS (SELECT 1 FROM pg_constraint k WHERE k.conindid = i.indexrelid AND k.contype IN ('p', 'u'))
ORDER BY 1
"""


@dataclass(frozen=True)
class Sizes:
    """How many rows of the large tables; everything is counted from the people."""

    people: int

    @property
    def named(self) -> dict[str, int]:
        """As ``seed.sql`` calls them."""
        return {
            "people": self.people,
            "runs": self.people * 145 // 100,
            "open": self.people * 3 // 10,
            "placements": self.people * 4 // 10,
            "clients": max(20, self.people // 50),
            "owners": max(40, min(500, self.people // 100)),
        }


def sections() -> dict[str, str]:
    """The statement of each table, in order."""
    text = (Path(__file__).parent / "seed.sql").read_text()
    parts = re.split(r"^-- table: (\w+)\n", text, flags=re.MULTILINE)[1:]
    return dict(zip(parts[::2], parts[1::2], strict=True))


async def fill(connection: Connection, sizes: Sizes, say: Callable[[str], None] = lambda _: None) -> None:
    """Fills a migrated, empty database.

    Args:
        connection: of a superuser; outside any transaction.
        sizes: how many rows.
        say: hears of each table, with the seconds that it took.
    """
    await connection.execute("SET session_replication_role = replica; SET synchronous_commit = off")
    await connection.execute("SET maintenance_work_mem = '512MB'; SET work_mem = '128MB'")
    await connection.execute(_HELPERS)
    constraints = await connection.fetch(_CONSTRAINTS)
    indexes = await connection.fetch(_INDEXES)
    for each in reversed(constraints):
        await connection.execute(f"ALTER TABLE {each['of_table']} DROP CONSTRAINT {each['name']} CASCADE")
    for each in indexes:
        await connection.execute(f"DROP INDEX {each['name']}")
    for table, text in sections().items():
        began = time.monotonic()
        await connection.execute(_sized(text, sizes), timeout=3_600)
        if table in ("person", "placement", "seed_run", "send_link", "follow_up", "send"):
            await connection.execute(f"ANALYZE {table}", timeout=600)
        say(f"{table}: {time.monotonic() - began:.1f} s")
    began = time.monotonic()
    for each in constraints:
        # Rows that follow from each other need no second look.
        late = " NOT VALID" if each["kind"] == "f" else ""
        await connection.execute(
            f"ALTER TABLE {each['of_table']} ADD CONSTRAINT {each['name']} {each['definition']}{late}", timeout=3_600
        )
    for each in indexes:
        await connection.execute(each["definition"], timeout=3_600)
    say(f"{len(indexes)} indexes and {len(constraints)} keys: {time.monotonic() - began:.1f} s")
    await connection.execute("DROP TABLE seed_run; DROP FUNCTION seed_pick, seed_skew; RESET ALL")
    await connection.execute(
        "SELECT setval(pg_get_serial_sequence('change', 'id'), (SELECT max(id) FROM change) + 100000)"
    )
    began = time.monotonic()
    await connection.execute("VACUUM (ANALYZE)", timeout=3_600)
    say(f"vacuum: {time.monotonic() - began:.1f} s")


def _sized(text: str, sizes: Sizes) -> str:
    values = {name: str(number) for name, number in sizes.named.items()} | {"now": NOW}
    return re.sub(r"(?<!:):(\w+)", lambda match: values.get(match[1], match[0]), text)
