"""One function writes the reaction row, and its keys are those of the rows that are stored already."""

from datetime import UTC, datetime
from pathlib import Path

from services.reactions.write_reaction import reaction_key

ROOT = Path(__file__).parents[4]
AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)


def test_keys_are_those_of_stored_rows() -> None:
    assert [
        reaction_key("refused", "s1"),
        reaction_key("change", 7, "e1"),
        reaction_key("merged", "p1", AT, "e1"),
        reaction_key("preferences", "sms", AT, "e1"),
        reaction_key("review", "r1", 2),
        reaction_key("click", "s1"),
        reaction_key("unsubscribe", "s1"),
    ] == [
        "refused:s1",
        "change:7:e1",
        "merged:p1:2027-05-04T09:00:00+00:00:e1",
        "preferences:sms:2027-05-04T09:00:00+00:00:e1",
        "review:r1:2",
        "click:s1",
        "unsubscribe:s1",
    ]


def test_nothing_else_writes_the_row() -> None:
    rooms = ("services", "activities", "adapters", "starter")
    found = [
        file for room in rooms for file in (ROOT / room).rglob("*.py") if "queries.add_reaction(" in file.read_text()
    ]
    assert [file.name for file in found] == ["write_reaction.py"]
