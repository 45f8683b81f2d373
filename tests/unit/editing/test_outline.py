"""The parts of a file and their lines."""

from sequences.editing.outline import outline, part_at
from tests.support.sequence_texts import FILE, FLOW


def test_the_parts_with_their_comments() -> None:
    parts = outline(FILE)
    found = [(part.key, part.index, part.first_line, part.last_line) for part in parts]
    assert found == [
        ("sequence", None, 1, 2),
        ("name", None, 3, 3),
        ("steps", 0, 5, 7),
        ("steps", 1, 9, 9),
        ("steps", 2, 12, 19),
        ("stop_when", None, 21, 23),
    ]
    assert parts[2].text == "# At once.\n- id: a      # the first\n  email: x/a"
    assert parts[3].values == {"id": "b", "when": "7 days after a", "email": "x/b"}
    at = {line: part_at(parts, line) for line in (1, 6, 10, 19, 23)}
    assert [(part.key, part.index) if part else None for part in at.values()] == [
        ("sequence", None),
        ("steps", 0),
        ("steps", 1),
        ("steps", 2),
        ("stop_when", None),
    ]


def test_files_of_another_kind() -> None:
    assert [(part.key, part.index) for part in outline(FLOW)] == [("steps", None), ("name", None)]
    for text in ("", "a: [\n", "- a\n", "3\n"):
        assert outline(text) == ()
    assert [part.last_line for part in outline("a:\n\n# c\nb: 1\n")] == [1, 4]
