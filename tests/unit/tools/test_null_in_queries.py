"""What the text of a query proves of null."""

from __future__ import annotations

import pytest

from tools.queries.nullability import Facts, facts

TABLES = {
    "run": {"id": True, "person": True, "owner": False, "at": False},
    "step": {"run": True, "name": True, "due": False},
}


def _columns(text: str) -> dict[str, bool]:
    found = facts(text, TABLES)
    assert found is not None
    return dict(found.columns)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT * FROM run", {"id": True, "person": True, "owner": False, "at": False}),
        ("SELECT r.id, s.name FROM run r JOIN step s ON s.run = r.id", {"id": True, "name": True}),
        ("SELECT r.id, s.name FROM run r LEFT JOIN step s ON s.run = r.id", {"id": True, "name": False}),
        ("SELECT r.id, s.name FROM run r RIGHT JOIN step s ON s.run = r.id", {"id": False, "name": True}),
        ("SELECT r.id, s.name FROM run r FULL JOIN step s ON s.run = r.id", {"id": False, "name": False}),
        (
            "SELECT r.id, n.name FROM run r LEFT JOIN LATERAL (SELECT name FROM step WHERE run = r.id) n ON true",
            {"id": True, "name": False},
        ),
        ("SELECT owner, at FROM run WHERE at <= $1", {"owner": False, "at": True}),
        ("SELECT owner, at FROM run WHERE owner = $1 OR at <= $1", {"owner": False, "at": False}),
        ("SELECT owner FROM run WHERE owner IS NOT NULL", {"owner": True}),
        ("SELECT owner IS NULL AS none, coalesce(owner, '') AS said FROM run", {"none": True, "said": True}),
        ("SELECT owner <> 'a' AS other, id <> 'a' AS another FROM run", {"other": False, "another": True}),
        ("SELECT person, count(*) AS number, max(at) AS last FROM run GROUP BY person",
         {"person": True, "number": True, "last": False}),
        ("SELECT max(id) AS last FROM run", {"last": False}),
        ("SELECT (SELECT count(*) FROM step) AS number, (SELECT id FROM run LIMIT 1) AS one",
         {"number": True, "one": False}),
        ("SELECT EXISTS (SELECT 1 FROM run) AS any", {"any": True}),
        ("SELECT id FROM run UNION ALL SELECT owner FROM run", {"id": False}),
        ("WITH old AS (SELECT id, owner FROM run) SELECT * FROM old", {"id": True, "owner": False}),
        ("UPDATE run SET at = $1 WHERE at < $1 RETURNING id, at", {"id": True, "at": False}),
        ("SELECT given.id FROM unnest($1::text[]) AS given (id)", {"id": True}),
        ("SELECT CASE WHEN at < $1 THEN 'a' END AS one, CASE WHEN at < $1 THEN 'a' ELSE 'b' END AS two FROM run",
         {"one": False, "two": True}),
    ],
)  # fmt: skip
def test_columns_that_are_never_null(text: str, expected: dict[str, bool]) -> None:
    assert _columns(text) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("INSERT INTO run (id, person, owner) VALUES ($1, $2, $3)", {3}),
        ("UPDATE run SET owner = $1, person = $2 WHERE id = $3", {1}),
        ("SELECT id FROM run WHERE $1::text IS NULL OR owner = $1", {1}),
        ("SELECT id FROM run WHERE owner IS NOT DISTINCT FROM $1", {1}),
        ("SELECT id FROM run WHERE owner = $1", set()),
    ],
)
def test_parameters_that_may_be_null(text: str, expected: set[int]) -> None:
    assert facts(text, TABLES) == Facts(tuple(_columns(text).items()), frozenset(expected), facts_one_row(text))


def facts_one_row(text: str) -> bool:
    return text.startswith("INSERT")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SELECT count(*) FROM run", True),
        ("SELECT max(at) FROM run", True),
        ("SELECT EXISTS (SELECT 1 FROM run)", True),
        ("SELECT id FROM run WHERE id = $1", False),
        ("SELECT person, count(*) FROM run GROUP BY person", False),
        ("INSERT INTO run (id) VALUES ($1) RETURNING id", True),
        ("INSERT INTO run (id) VALUES ($1) ON CONFLICT DO NOTHING RETURNING id", False),
        ("INSERT INTO run (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET owner = $1 RETURNING id", True),
        ("UPDATE run SET at = $1 RETURNING id", False),
    ],
)
def test_queries_that_always_have_a_row(text: str, expected: bool) -> None:
    found = facts(text, TABLES)
    assert found is not None
    assert found.one_row is expected
