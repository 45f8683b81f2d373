"""Who enters: every refusal and its order, the edge of a scan, and the two examples that the whole thing is for."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from sequences.auto_enroll.messages import Origin, Refused
from sequences.definition.model import SequenceDefinition
from sequences.enrolling.entry import ORDER, ChannelFacts, EntryFacts, EntryLimits, first_refusal
from sequences.enrolling.refusals import REASON_WORDS, sentence
from sequences.planning.values import Channel
from tests.support.entry_model import Candidate, PastEntry, asks, decide, decide_follow_up, lineage_of

ACTIVE = {"real": {"person.status": ["Active"]}, "prevent_reenrollment_within": "6 months"}


@pytest.fixture
def now(sim: Any) -> Any:
    return sim.day(100)


def test_nothing_speaks_against_it(sequence: Callable[..., SequenceDefinition], now: Any) -> None:
    decision = decide(sequence("a", ACTIVE), Candidate("p"), now)
    assert decision.enters
    assert (decision.refused, decision.detail, decision.lineage) == (None, "", ())


def test_the_first_refusal_that_applies_is_the_answer(
    sequence: Callable[..., SequenceDefinition], sim: Any, now: Any
) -> None:
    """Taken away one by one, each uncovers the next."""
    everything: dict[str, Any] = {
        "deleted": True,
        "running": True,
        "ledger": [PastEntry("p", sim.day(99), sim.day(200))],
        "suppressed": True,
        "answered": True,
        "lineages": {"person.status": ["b", "a"]},
        "stops": True,
    }
    found = []
    for name in ("", "deleted", "running", "ledger", "suppressed", "answered", "lineages", "stops"):
        everything.pop(name, None)
        found.append(decide(sequence("a", ACTIVE), Candidate("p", **everything), now).refused)
    assert found == [
        Refused.DELETED,
        Refused.ALREADY_ENROLLED,
        Refused.WINDOW,
        Refused.SUPPRESSED,
        Refused.ANSWERED,
        Refused.CYCLE,
        Refused.STOP_WHEN,
        None,
    ]


def test_every_reason_has_its_place_and_its_words() -> None:
    """All facts against it, taken away one by one in the order of the reasons."""
    lacking = {Channel.EMAIL: ChannelFacts(problem="no_email", field="person.email")}
    against: dict[Refused, dict[str, Any]] = {
        Refused.NO_PERSON: {"no_person": True},
        Refused.DELETED: {"deleted": True},
        Refused.ALREADY_ENROLLED: {"running": True},
        Refused.WINDOW: {"window": True},
        Refused.ONCE: {"entered": True},
        Refused.SUPPRESSED: {"suppressed": "opt_out"},
        Refused.ANSWERED: {"answered": "since today"},
        Refused.CYCLE: {"lineage": ("a",)},
        Refused.STOP_WHEN: {"stop_rule": "stop_when: person.city", "stop_fields": ("person.city",)},
        Refused.UNREACHABLE: {"channels": lacking},
        Refused.SAME_ADDRESS: {"taken": True, "address_fields": ("person.email",)},
        Refused.MISSING_FIELD: {"unwritable": "hello: person.city", "missing": ("person.city",)},
    }
    assert tuple(against) == ORDER
    assert {*ORDER, Refused.HELD, Refused.MAX_PER_DAY} == set(Refused)
    limits = EntryLimits("a", window=True, once=True, loops=True)
    facts = {name: value for each in against.values() for name, value in each.items()}
    for reason, mine in against.items():
        refusal = first_refusal(EntryFacts(**facts), limits)
        assert refusal is not None
        assert refusal.reason == reason
        assert REASON_WORDS[reason] in sentence(refusal) or reason in (Refused.UNREACHABLE, Refused.MISSING_FIELD)
        assert bool(refusal.fields) is (
            reason in (Refused.STOP_WHEN, Refused.UNREACHABLE, Refused.SAME_ADDRESS, Refused.MISSING_FIELD)
        )
        facts = {name: value for name, value in facts.items() if name not in mine}
    assert first_refusal(EntryFacts(**facts), limits) is None


@pytest.mark.parametrize(
    ("email", "sms", "reason"),
    [
        ({"suppressed": "opt_out"}, {"suppressed": "stop"}, Refused.SUPPRESSED),
        ({"suppressed": "opt_out"}, {"problem": "no_phone", "field": "person.phone"}, Refused.UNREACHABLE),
        ({"problem": "no_email"}, {"problem": "no_phone"}, Refused.UNREACHABLE),
        ({"suppressed": "opt_out"}, {}, None),
        ({"problem": "no_email"}, {}, None),
    ],
)
def test_one_open_channel_is_enough(email: dict[str, str], sms: dict[str, str], reason: Refused | None) -> None:
    facts = EntryFacts(channels={Channel.EMAIL: ChannelFacts(**email), Channel.SMS: ChannelFacts(**sms)})
    found = first_refusal(facts, EntryLimits("a", window=False, once=False, loops=True))
    assert (found and found.reason) == reason


@pytest.mark.parametrize(
    ("state", "until", "refused"),
    [
        ("open", 101, Refused.WINDOW),
        ("opening", 101, Refused.WINDOW),
        ("open", None, Refused.WINDOW),
        ("open", 100, None),  # its end is outside it
        ("open", 99, None),
        ("ended", 101, None),
        ("lifted", 101, None),
        ("refused", 101, None),
    ],
)
def test_a_window_keeps_the_person_out_whatever_the_record(
    sequence: Callable[..., SequenceDefinition],
    sim: Any,
    now: Any,
    state: Any,
    until: int | None,
    refused: Refused | None,
) -> None:
    row = PastEntry("another", sim.day(10), None if until is None else sim.day(until), state)
    assert decide(sequence("a", ACTIVE), Candidate("p", [row]), now).refused is refused


@pytest.mark.parametrize(
    ("record", "state", "refused"),
    [
        ("p", "open", Refused.ONCE),
        ("p", "ended", Refused.ONCE),
        ("p", "lifted", None),
        ("p", "refused", None),
        ("another", "open", None),
    ],
)
def test_without_a_window_a_record_enters_once(
    sequence: Callable[..., SequenceDefinition], sim: Any, now: Any, record: str, state: Any, refused: Refused | None
) -> None:
    once = sequence("a", {"real": {"person.status": ["Active"]}})
    row = PastEntry(record, sim.day(1), None, state)
    assert decide(once, Candidate("p", [row]), now).refused is refused


@pytest.mark.parametrize(
    ("lineages", "refused"),
    [
        ({"person.status": ["a"]}, Refused.CYCLE),
        ({"person.status": ["b"]}, None),
        ({"person.city": ["a"]}, None),  # the rule does not read it
        ({"person.last_contacted": ["x", "a", "y"]}, Refused.CYCLE),  # any field it reads, events too
        ({}, None),
    ],
)
def test_what_the_sequence_itself_caused(
    sequence: Callable[..., SequenceDefinition], now: Any, lineages: dict[str, Any], refused: Refused | None
) -> None:
    rules = {**ACTIVE, "historical": {"last_contacted": "more than 1 month ago"}}
    assert decide(sequence("a", rules), Candidate("p", lineages=lineages), now).refused is refused
    off = sequence("a", {**rules, "cycle_protection": "window"})
    assert decide(off, Candidate("p", lineages=lineages), now).refused is None


def test_the_lineage_of_a_run_is_that_of_all_fields_its_rule_reads() -> None:
    lineages = {"person.b": ["y", "z"], "person.a": ["x", "y"], "person.other": ["w"]}
    assert lineage_of({"person.b", "person.a", "person.c"}, lineages) == ("x", "y", "z")


def test_a_follow_up_asks_for_the_cycle_and_not_for_the_window(sequence: Callable[..., SequenceDefinition]) -> None:
    plain, open_ = sequence("a"), sequence("a", {**ACTIVE, "cycle_protection": "window"})
    assert decide_follow_up(plain, ("b",), running=False).lineage == ("b",)
    assert decide_follow_up(plain, ("a", "b"), running=False).refused is Refused.CYCLE
    assert decide_follow_up(sequence("a", ACTIVE), ("a", "b"), running=False).refused is Refused.CYCLE
    assert decide_follow_up(open_, ("a", "b"), running=False).enters
    assert decide_follow_up(open_, ("b",), running=True).refused is Refused.ALREADY_ENROLLED


def test_a_sequence_without_rules_lets_nobody_in_by_rule(sequence: Callable[..., SequenceDefinition], now: Any) -> None:
    with pytest.raises(ValueError, match="has no rules"):
        decide(sequence("a"), Candidate("p"), now)
    assert not asks(sequence("a"), Origin.EXISTING, now=now)


def test_a_change_asks_only_the_rules_that_read_the_field(
    sequence: Callable[..., SequenceDefinition], now: Any
) -> None:
    rule = sequence("a", {**ACTIVE, "historical": {"last_replied": "never"}})
    assert asks(rule, Origin.CHANGE, changed=["person.city", "person.status"], now=now)
    assert asks(rule, Origin.CHANGE, changed=["person.last_replied"], now=now)
    assert not asks(rule, Origin.CHANGE, changed=["person.city"], now=now)
    assert asks(rule, Origin.EXISTING, now=now)


@pytest.mark.parametrize(
    ("contacted", "since", "entered", "asked"),
    [
        (10, 0, None, True),
        (95, 0, None, False),  # not yet 30 days
        (None, 0, None, False),  # no event, no edge
        (10, 41, None, False),  # it had come true before the rule was switched on
        (10, 0, 39, True),  # entered before the edge
        (10, 0, 41, False),  # has entered since
    ],
)
def test_a_scan_asks_for_what_came_true_by_time(
    sequence: Callable[..., SequenceDefinition],
    sim: Any,
    now: Any,
    contacted: int | None,
    since: int,
    entered: int | None,
    asked: bool,
) -> None:
    rule = sequence("a", {"historical": {"last_contacted": "more than 30 days ago or never"}})
    events = {"last_contacted": None if contacted is None else sim.day(contacted)}
    ledger = [] if entered is None else [PastEntry("p", sim.day(entered), None, "lifted")]
    found = asks(rule, Origin.SCAN, event=events.get, since=sim.day(since), now=now, ledger=ledger, record="p")
    assert found is asked


def test_active_and_pre_approved_over_24_months(sequence: Callable[..., SequenceDefinition], sim: Any) -> None:
    """Two sequences that write what the other reads do not feed themselves; a recruiter's change lets each in again."""
    chase = sequence("chase", ACTIVE, sends=[0, 14], writes=[(30, {"person.status": "Pre-Approved"})])
    approve = sequence(
        "approve",
        {**ACTIVE, "real": {"person.status": ["Pre-Approved"]}},
        sends=[0],
        writes=[(200, {"person.status": "Active"})],
    )
    ann = sim.Person("ann")
    world = sim.Simulation([chase, approve], [ann], random.Random(1), lag=timedelta(minutes=1))
    world.outside(ann, ann, "person.status", "Active")
    world.run_until(sim.day(365))
    # Into the one, by that into the other, and back to Active by automation after both windows: there it ends.
    assert [(run.sequence, (run.at - sim.START).days, run.lineage) for run in world.runs] == [
        ("chase", 0, ()),
        ("approve", 30, ("chase",)),
    ]
    assert ann.values["person.status"] == "Active"
    assert ann.marks["person.status"] == ("chase", "approve")
    assert world.refused == {Refused.CYCLE: 1}

    # In the second year a recruiter says so: once more through both, and no further.
    world.at(sim.day(400), world.outside, ann, ann, "person.status", "Idle")
    world.at(sim.day(401), world.outside, ann, ann, "person.status", "Active")
    world.run_until(sim.day(730))
    assert [(run.sequence, (run.at - sim.START).days) for run in world.runs[2:]] == [("chase", 401), ("approve", 431)]
    assert world.refused == {Refused.CYCLE: 2}
    assert world.at_rest
    assert world.violations() == []


def test_active_set_again_inside_the_window_waits_for_nobody(
    sequence: Callable[..., SequenceDefinition], sim: Any
) -> None:
    """An outside write opens the cycle, not the window."""
    chase = sequence("chase", ACTIVE, writes=[(30, {"person.status": "Pre-Approved"})])
    ann = sim.Person("ann")
    world = sim.Simulation([chase], [ann], random.Random(1), lag=timedelta(minutes=1))
    for when, status in ((0, "Active"), (90, "Active"), (200, "Idle"), (201, "Active")):
        world.at(sim.day(when), world.outside, ann, ann, "person.status", status)
    world.run_until()
    assert [(run.at - sim.START).days for run in world.runs] == [0, 201]
    assert world.refused == {Refused.WINDOW: 1}


@pytest.mark.parametrize(
    ("stops", "refused"), [({}, Refused.ALREADY_ENROLLED), ({"placement.status": ["Offered"]}, Refused.WINDOW)]
)
def test_on_assignment_set_twice_by_mistake_and_a_real_second_placement(
    sequence: Callable[..., SequenceDefinition], sim: Any, stops: dict[str, Any], refused: Refused
) -> None:
    """A card dragged to and fro: the window forgives it. The second job five days later gets its onboarding."""
    rules = {"real": {"placement.status": ["On Assignment"]}, "prevent_reenrollment_within": "1 day"}
    onboarding = sequence("onboarding", rules, record="placement", sends=[0, 7, 30], stop_when=stops)
    first, second = sim.Record("job-1"), sim.Record("job-2")
    ann = sim.Person("ann", placements=[first, second])
    world = sim.Simulation([onboarding], [ann], random.Random(1), lag=timedelta(seconds=1), replies=0)
    for days, record, status in (
        (0, first, "On Assignment"),
        (0.1, first, "Offered"),
        (0.2, first, "On Assignment"),
        (5, second, "On Assignment"),
    ):
        world.at(sim.day(days), world.outside, ann, record, "placement.status", status)
    world.run_until(sim.day(6))
    # By whether moving the card back stopped the run, the second drag meets the open run or the window.
    assert world.refused == {refused: 1}
    assert [(run.record.id, (run.at - sim.START).days) for run in world.runs] == [("job-1", 0), ("job-2", 5)]
    assert [run.open for run in world.runs] == [not stops, True], "the window is the person's, the run the record's"
    assert world.violations() == []


def test_two_placements_of_one_person_inside_a_window(sequence: Callable[..., SequenceDefinition], sim: Any) -> None:
    """What the design says to the letter: the window is per person, so the second placement of a day stays out."""
    rules = {"real": {"placement.status": ["On Assignment"]}, "prevent_reenrollment_within": "1 day"}
    onboarding = sequence("onboarding", rules, record="placement", sends=[0, 7])
    jobs = [sim.Record("job-1"), sim.Record("job-2")]
    ann = sim.Person("ann", placements=jobs)
    world = sim.Simulation([onboarding], [ann], random.Random(1), lag=timedelta(seconds=1), replies=0)
    for hours, job in enumerate(jobs):
        world.at(sim.day(hours / 24), world.outside, ann, job, "placement.status", "On Assignment")
    world.run_until(sim.day(6))
    assert [run.record.id for run in world.runs] == ["job-1"]
    assert world.refused == {Refused.WINDOW: 1}
