"""Which folders a look reads: those that matter and those that changed at once, every other one in its turn."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sequences.mailboxes.folder_turn import QUIET_AT_ONCE, folders_in_turn

FOLDERS = st.dictionaries(st.sampled_from("abcdefghijklmnopqrstuvwxyz"), st.integers(0, 2), max_size=26)
ALWAYS = st.lists(st.sampled_from("abcz"), max_size=3)


def test_new_changed_and_quiet_folders() -> None:
    there = {"inbox": 9, "junk": 1, "filed": 3, "new": 0, "quiet": 5, "older": 5}
    read = {"gone": 1, "older": 5, "quiet": 5, "filed": 2, "inbox": 9, "junk": 1}
    assert folders_in_turn(there, read, ["inbox", "junk", "inbox", ""]) == [
        "inbox",
        "junk",
        "filed",
        "new",
        "older",
        "quiet",
    ]
    assert folders_in_turn(there, read, ["inbox", "junk"], quiet=1) == ["inbox", "junk", "filed", "new", "older"]


@given(there=FOLDERS, read=FOLDERS, always=ALWAYS, quiet=st.integers(0, 5))
def test_every_folder_has_its_turn(there: dict[str, int], read: dict[str, int], always: list[str], quiet: int) -> None:
    turn = folders_in_turn(there, read, always, quiet)
    assert len(turn) == len(set(turn))
    assert set(turn) <= set(there)
    assert {each for each in there if each in always or there[each] != read.get(each)} <= set(turn)


@given(there=FOLDERS, quiet=st.integers(1, 5))
def test_nothing_waits_longer_than_a_round(there: dict[str, int], quiet: int) -> None:
    read: dict[str, int] = {}
    seen: list[set[str]] = []
    for _ in range(1 + -(-len(there) // quiet)):
        turn = folders_in_turn(there, read, [], quiet)
        seen.append(set(turn))
        for each in turn:
            read.pop(each, None)
            read[each] = there[each]
    assert seen[0] == set(there)
    assert set().union(*seen[1:]) == set(there)


def test_the_usual_number_of_quiet_folders() -> None:
    there = dict.fromkeys(map(str, range(100)), 1)
    assert len(folders_in_turn(there, there, [])) == QUIET_AT_ONCE
