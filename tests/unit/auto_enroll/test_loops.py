"""Loops between sequences: which edges there are, what stops a loop, and how much work a look costs."""

import time
from collections.abc import Callable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import pytest

from sequences.auto_enroll.cycles import components, elementary_cycles
from sequences.auto_enroll.loops import Guard, graph_of
from sequences.definition.model import SequenceDefinition


def real(value: str, field: str = "person.status", **keys: Any) -> dict[str, Any]:
    return {"real": {field: [value]}, **keys}


def found(*definitions: Any, through: AbstractSet[str] = frozenset()) -> list[tuple[Any, Any]]:
    return [(loop.sequences, loop.guard) for loop in graph_of(definitions).loops(through).found]


def edges(*definitions: Any) -> set[tuple[Any, Any, Any, str | None]]:
    return {
        (source, target, link.field, str(link.after) if link.after else None)
        for source, targets in graph_of(definitions).links.items()
        for target, links in targets.items()
        for link in links
    }


def test_a_loop_of_two_as_a_path(sequence: Callable[..., SequenceDefinition]) -> None:
    a = sequence("a", real("Active"), writes=[(1, {"person.status": "Pre"})])
    b = sequence("b", real("Pre", prevent_reenrollment_within="1 day"), writes=[(1, {"person.status": "Active"})])
    (loop,) = graph_of([a, b]).loops().found
    assert loop.path == "a --[person.status = Pre]--> b --[person.status = Active]--> a"
    assert (loop.guard, loop.window) == (Guard.LINEAGE, None)


@pytest.mark.parametrize(
    ("rules", "written", "fed"),
    [
        ({"real": {"person.status": ["X", "Y"]}}, "X", True),
        ({"real": {"person.status": ["X", "Y"]}}, "Z", False),
        ({"real": {"person.status": ["X"]}}, "x", True),  # capital letters make no difference
        ({"real": {"person.status": ["X"]}}, None, False),
        ({"real": {"person.city": ["X"]}}, "X", False),
        ({"qualitative": {"person.status": "present"}}, "X", True),
        ({"qualitative": {"person.status": "present"}}, None, False),
        ({"qualitative": {"person.status": "missing"}}, None, True),
        ({"qualitative": {"person.status": "missing"}}, "  ", True),
        ({"qualitative": {"person.status": "missing"}}, "X", False),
        ({"qualitative": {"person.status": "present"}, "real": {"person.status": ["X"]}}, "Z", False),
        ({"real": {"person.status": [True]}}, True, True),
        ({"real": {"person.status": [1]}}, True, False),
    ],
)
def test_a_written_value_feeds_only_a_rule_that_it_makes_true(
    sequence: Callable[..., SequenceDefinition], rules: dict[str, Any], written: str | bool | None, fed: bool
) -> None:
    writer, reader = sequence("w", writes=[(0, {"person.status": written})]), sequence("r", rules)
    assert edges(writer, reader) == ({("w", "r", "person.status", None)} if fed else set())


@pytest.mark.parametrize(
    ("history", "edge"),
    [
        ("less than 5 days ago", {("w", "r", "person.last_contacted", None)}),
        ("more than 1 year ago", {("w", "r", "person.last_contacted", "1 year")}),
        ("more than 1 year ago or never", {("w", "r", "person.last_contacted", "1 year")}),
        ("never", set()),
    ],
)
def test_a_message_is_a_contact(sequence: Callable[..., SequenceDefinition], history: str, edge: Any) -> None:
    reader = sequence("r", {"historical": {"last_contacted": history}})
    assert edges(sequence("w", sends=[0]), reader) == edge
    assert edges(sequence("w"), reader) == set()


def test_a_reaction_writes_too_and_a_follow_up_enrolls(sequence: Callable[..., SequenceDefinition]) -> None:
    reactions = [{"on": "finished", "do": [{"set_field": {"person.status": "X"}}, {"enroll": "r"}]}]
    writer = sequence("w", reactions=reactions)
    assert edges(writer, sequence("r", real("X"))) == {("w", "r", "person.status", None), ("w", "r", None, None)}
    assert edges(writer, sequence("other")) == set()


def test_a_new_owner_may_have_the_address_that_a_rule_wants(sequence: Callable[..., SequenceDefinition]) -> None:
    writer = sequence("w", writes=[(0, {"person.owner": "dana"})])
    reader = sequence("r", {"qualitative": {"owner.email": "present"}})
    assert edges(writer, reader) == {("w", "r", "person.owner", None)}


@pytest.mark.parametrize(
    ("writer", "reader", "value", "fed"),
    [
        ("person", "person", "1", True),
        ("person", "placement", "1", True),
        ("placement", "placement", "1", True),
        ("placement", "person", "1", False),  # a rule about people reads the person's own
        ("person", "placement", None, False),
        ("placement", "placement", None, True),  # emptied, it uncovers the person's, whatever that is
    ],
)
def test_custom_fields_live_on_people_and_on_placements(
    sequence: Callable[..., SequenceDefinition], writer: str, reader: str, value: str | None, fed: bool
) -> None:
    a = sequence("a", writes=[(0, {"custom.grade": value})], record=writer)
    b = sequence("b", {"real": {"custom.grade": ["1"]}}, record=reader)
    assert bool(edges(a, b)) is fed


def test_a_loop_by_time_says_how_long(sequence: Callable[..., SequenceDefinition]) -> None:
    a = sequence("a", {"historical": {"last_contacted": "more than 1 year ago"}}, sends=[0])
    (loop,) = graph_of([a]).loops().found
    assert loop.path == "a --[person.last_contacted by time, 1 year later]--> a"


def ring(
    sequence: Callable[..., SequenceDefinition],
    protections: list[str],
    windows: Sequence[str] = (),
    enroll: Sequence[int] = (),
) -> list[Any]:
    """``n`` sequences in a ring; the edge into number k is by rule, or by follow-up for k in ``enroll``."""
    number = len(protections)
    made = []
    for k in range(number):
        after = (k + 1) % number
        window = windows[k] if k < len(windows) else None
        rules = real(f"v{k}", cycle_protection=protections[k])
        rules |= {"prevent_reenrollment_within": window} if window else {}
        ways = {"enrolls": [(1, f"s{after}")]} if after in enroll else {"writes": [(1, {"person.status": f"v{after}"})]}
        made.append(sequence(f"s{k}", rules, **ways))
    return made


@pytest.mark.parametrize(
    ("protections", "windows", "enroll", "guard", "window"),
    [
        (["lineage", "window"], [], [], Guard.LINEAGE, None),
        (["window", "window"], ["1 day", "2 weeks"], [], Guard.WINDOW, "2 weeks"),
        (["window", "window"], ["1 month"], [], Guard.WINDOW, "1 month"),
        (["window", "window"], [], [], Guard.ONCE, None),
        (["window", "window"], ["1 day", "1 day"], [1], Guard.WINDOW, "1 day"),
        (["window", "window"], ["1 day", "1 day"], [0, 1], Guard.NOTHING, None),
        (["window", "lineage"], ["1 day", "1 day"], [0, 1], Guard.LINEAGE, None),
    ],
)
def test_what_stops_a_loop_is_its_strongest_edge(
    sequence: Callable[..., SequenceDefinition],
    protections: list[str],
    windows: list[str],
    enroll: list[int],
    guard: Guard,
    window: str | None,
) -> None:
    (loop,) = graph_of(ring(sequence, protections, windows, enroll)).loops().found
    assert loop.guard is guard
    assert (str(loop.window) if loop.window else None) == window


def test_an_edge_is_as_weak_as_its_weakest_link(sequence: Callable[..., SequenceDefinition]) -> None:
    """By rule the window holds, but the same way round by follow-up asks for none."""
    rules = real("X", cycle_protection="window", prevent_reenrollment_within="1 day")
    a = sequence("a", rules, writes=[(1, {"person.status": "X"})], enrolls=[(2, "b")])
    b = sequence("b", rules, writes=[(1, {"person.status": "X"})], enrolls=[(2, "a")])
    assert (("a", "b"), Guard.NOTHING) in found(a, b)


def test_fields_that_nothing_writes_tell_people_apart(sequence: Callable[..., SequenceDefinition]) -> None:
    """Candidates go one way and contacts the other: no person can walk round while only automation writes."""
    candidate = {"real": {"person.status": ["1"], "person.type": ["Candidate"]}}
    contact = {"real": {"person.status": ["2"], "person.type": ["Client contact"]}}
    a = sequence("a", candidate, writes=[(1, {"person.status": "2"})])
    b = sequence("b", contact, writes=[(1, {"person.status": "1"})])
    assert found(a, b) == []
    assert len(edges(a, b)) == 2
    both = sequence(
        "b",
        {"real": {**contact["real"], "person.type": ["Candidate", "Client contact"]}},
        writes=[(1, {"person.status": "1"})],
    )
    assert found(a, both) == [(("a", "b"), Guard.LINEAGE)]


def test_only_the_loops_of_what_is_new(sequence: Callable[..., SequenceDefinition]) -> None:
    old = ring(sequence, ["lineage", "lineage"])
    new = sequence("new", real("X", field="person.city"), writes=[(0, {"person.city": "X"})])
    assert found(*old, new) == [(("new",), Guard.LINEAGE), (("s0", "s1"), Guard.LINEAGE)]
    assert found(*old, new, through=frozenset({"new"})) == [(("new",), Guard.LINEAGE)]


def test_every_elementary_cycle_shortest_first() -> None:
    graph = {"a": ["b", "c"], "b": ["c", "a"], "c": ["a", "c"], "d": ["a"], "e": ["f"], "f": ["e"]}
    assert components(graph) == [("a", "b", "c"), ("e", "f")]
    expected = [("c",), ("a", "b"), ("a", "c"), ("e", "f"), ("a", "b", "c")]
    assert elementary_cycles(graph, limit=50) == (expected, False)
    assert elementary_cycles(graph, limit=50, through={"b"}) == ([("a", "b"), ("a", "b", "c")], False)
    assert elementary_cycles(graph, limit=2) == (expected[:2], True)


def test_every_component_gives_a_loop_however_small_the_budget() -> None:
    long = {f"n{k:03}": [f"n{(k + 1) % 300:03}"] for k in range(300)}
    graph = {**long, "x": ["y"], "y": ["x"]}
    cycles, more = elementary_cycles(graph, limit=1, budget=1)
    assert [len(cycle) for cycle in cycles] == [2, 300]
    assert more


@pytest.mark.slow
def test_five_hundred_sequences_that_all_feed_each_other(sequence: Callable[..., SequenceDefinition]) -> None:
    """Work is bounded, the list is cut with a word, and the one loop that nothing stops is on it, first."""
    rules = {"historical": {"last_contacted": "more than 1 month ago"}}
    many = [sequence(f"q{k:03}", rules, sends=[0]) for k in range(498)]
    bad = ring(sequence, ["window", "window"], [], [0, 1])
    began = time.process_time()
    graph = graph_of([*many, *bad])
    loops = graph.loops()
    # A twentieth of it on an idle machine; a search without bounds would never end.
    assert time.process_time() - began < 60
    assert sum(len(targets) for targets in graph.links.values()) > 240_000
    assert loops.more
    assert (loops.found[0].sequences, loops.found[0].guard) == (("s0", "s1"), Guard.NOTHING)
    assert len(loops.found) <= 150
