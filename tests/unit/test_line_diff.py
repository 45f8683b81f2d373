"""Lines that two texts differ in."""

from hypothesis import given
from hypothesis import strategies as st

from sequences.line_diff import line_diff

TEXTS = st.lists(st.sampled_from("abc"), max_size=12).map("\n".join)


def test_only_what_differs_and_what_is_around_it() -> None:
    before = "\n".join(f"line {number}" for number in range(1, 21))
    after = before.replace("line 10", "line ten")
    shown = [(line.sign, line.text, line.before, line.after) for line in line_diff(before, after)]
    assert shown == [
        ("~", "", None, None),
        *((" ", f"line {number}", number, number) for number in (7, 8, 9)),
        ("-", "line 10", 10, None),
        ("+", "line ten", None, 10),
        *((" ", f"line {number}", number, number) for number in (11, 12, 13)),
        ("~", "", None, None),
    ]


@given(TEXTS, TEXTS)
def test_its_lines_lead_from_one_text_to_the_other(before: str, after: str) -> None:
    lines = line_diff(before, after)
    old, new = before.splitlines(), after.splitlines()
    assert (not lines) == (old == new)
    for line in lines:
        assert line.before is None or old[line.before - 1] == line.text
        assert line.after is None or new[line.after - 1] == line.text
    gone = {line.before for line in lines if line.sign == "-"}
    come = {line.after for line in lines if line.sign == "+"}
    kept = [text for number, text in enumerate(old, 1) if number not in gone]
    assert kept == [text for number, text in enumerate(new, 1) if number not in come]
