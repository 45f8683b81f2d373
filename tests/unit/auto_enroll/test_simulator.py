"""Years of random sequences on the pure domain: nobody enters inside a window, and no loop runs by itself.

`HYPOTHESIS_PROFILE=nightly` plays thousands of seeds, `SIMULATOR_SEEDS=17:18` plays one again. A failing seed is the
parameter in the name of the test.
"""

import os
import random
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from sequences.auto_enroll import loops
from sequences.auto_enroll.messages import Refused
from sequences.definition.model import SequenceDefinition
from tests.support.entry_model import decide, decide_follow_up

NIGHTLY = os.environ.get("HYPOTHESIS_PROFILE") == "nightly"
FIRST, LAST = map(int, os.environ.get("SIMULATOR_SEEDS", "0:3000" if NIGHTLY else "0:60").split(":"))
PEOPLE = int(os.environ.get("SIMULATOR_PEOPLE", "1000" if NIGHTLY else "15"))
YEARS = 3
PERSON_FIELDS = ("person.status", "person.city", "person.source", "custom.grade")
EVENTS = ("person.last_contacted", "person.last_interviewed", "person.last_replied")
VALUES = ("1", "2", "3")


def random_sequences(dice: random.Random) -> list[SequenceDefinition]:
    """Up to 8 sequences that like to write what the others read."""
    names = [f"s{number}" for number in range(dice.randint(2, 8))]
    shapes = {name: _random_rules(dice) for name in names}
    wanted = [
        (read, value)
        for shape in shapes.values()
        for read, values in shape["auto_enroll"].get("real", {}).items()
        for value in values
    ]
    for name, shape in shapes.items():
        when = sorted(dice.choices((0, 0, 1, 3, 7, 30, 180), k=dice.randint(1, 4)))
        steps = []
        for number, days in enumerate(when):
            step = {"id": f"step-{number}", "when": f"{days} days after enrollment"}
            does = {"email": "a/b"} if dice.random() < 0.5 else {"do": _random_follow_ups(dice, name, shapes, wanted)}
            steps.append({**step, **does})
        reactions = [
            {"on": on, "do": _random_follow_ups(dice, name, shapes, wanted)}
            for on in ("replied", "finished")
            if dice.random() < 0.5
        ]
        shape |= {"sequence": name, "name": name, "steps": steps, "reactions": reactions}
        shape["reaction_period"] = f"{dice.choice((0, 5, 30))} days"
        if dice.random() < 0.2:
            shape["stop_when"] = {dice.choice(PERSON_FIELDS): [dice.choice(VALUES)]}
        if dice.random() < 0.1:
            # By follow-up or by hand only.
            del shape["auto_enroll"]
    return [SequenceDefinition.model_validate(shape) for shape in shapes.values()]


def _random_rules(dice: random.Random) -> dict[str, Any]:
    record = dice.choice(("person", "person", "placement"))
    readable = [*PERSON_FIELDS, *(("placement.status",) * 3 if record == "placement" else ())]
    rules: dict[str, Any] = {}
    for _ in range(dice.choice((1, 1, 2, 3))):
        group = dice.choice(("real", "real", "qualitative", "historical"))
        if group == "real":
            rules.setdefault(group, {})[dice.choice(readable)] = dice.sample(VALUES, dice.randint(1, 2))
        elif group == "qualitative":
            rules.setdefault(group, {})[dice.choice(readable)] = dice.choice(("present", "missing"))
        else:
            span = dice.choice(("5 days", "1 month", "6 months", "1 year"))
            words = dice.choice((f"more than {span} ago", f"more than {span} ago or never", f"less than {span} ago"))
            events = dice.choice(("last_contacted", "last_contacted", "last_interviewed", "last_replied", "created"))
            rules.setdefault(group, {})[events] = dice.choice((words, words, "never"))
    window = dice.choice((None, "1 day", "2 weeks", "1 month", "6 months"))
    if window:
        rules["prevent_reenrollment_within"] = window
    rules["cycle_protection"] = dice.choice(("lineage", "lineage", "lineage", "window"))
    return {"record": record, "auto_enroll": rules}


def _random_follow_ups(
    dice: random.Random, name: str, shapes: dict[Any, dict[str, Any]], wanted: list[tuple[Any, Any]]
) -> list[dict[str, Any]]:
    record = shapes[name]["record"]
    others = [other for other in shapes if other != name and shapes[other]["record"] == record]
    if others and dice.random() < 0.15:
        return [{"enroll": dice.choice(others)}]
    fitting = [(read, value) for read, value in wanted if not read.startswith("placement.") or record == "placement"]
    if fitting and dice.random() < 0.8:
        read, value = dice.choice(fitting)
    else:
        read, value = dice.choice(PERSON_FIELDS), dice.choice((*VALUES, None))
    return [{"set_field": {read: value}}]


def random_people(sim: Any, dice: random.Random, number: int) -> list[Any]:
    people = []
    for index in range(number):
        person = sim.Person(f"p{index}", {name: dice.choice((*VALUES, None)) for name in PERSON_FIELDS})
        person.values["person.created"] = sim.START - timedelta(days=dice.randint(0, 400))
        for part in range(dice.choice((0, 1, 1, 2))):
            person.placements.append(sim.Record(f"p{index}-{part}", {"placement.status": dice.choice(VALUES)}))
            person.placements[-1].values["custom.grade"] = dice.choice((None, *VALUES))
        people.append(person)
    return people


def random_world(
    sim: Any, seed: int, people: int, *, outside_days: int = 3 * 365, a_year: int = 6, **options: Any
) -> Any:
    """A world whose people and sequences are written to from outside at random during ``outside_days``."""
    dice = random.Random(seed)
    definitions = options.pop("definitions", None) or random_sequences(dice)
    world = sim.Simulation(definitions, random_people(sim, dice, people), dice, **options)
    names = list(world.definitions)
    for person in world.people:
        for _ in range(round(a_year * outside_days / 365)):
            when, what = sim.day(outside_days * dice.random()), dice.random()
            if what < 0.05:
                sequence = dice.choice(names)
                if records := world._records(sequence, person):
                    world.at(when, world.by_hand, person, dice.choice(records), sequence)
            elif what < 0.25:
                world.at(when, world.outside, person, person, dice.choice(EVENTS), when)
            elif what < 0.45 and person.placements:
                record = dice.choice(person.placements)
                name = dice.choice(("placement.status", "custom.grade"))
                world.at(when, world.outside, person, record, name, dice.choice(VALUES))
            else:
                value = dice.choice((*VALUES, None))
                world.at(when, world.outside, person, person, dice.choice(PERSON_FIELDS), value)
    return world


@pytest.mark.parametrize("seed", range(FIRST, LAST))
def test_three_years_of_random_sequences(sim: Any, seed: int) -> None:
    world = random_world(sim, seed, PEOPLE)
    world.run_until(sim.day(YEARS * 365))
    assert world.violations() == [], f"seed {seed}"


@pytest.mark.slow
def test_a_thousand_people_for_three_years(sim: Any) -> None:
    world = random_world(sim, FIRST, 1000, a_year=3)
    world.run_until(sim.day(YEARS * 365))
    assert len(world.people) == 1000
    assert len(world.runs) > 1000
    assert world.violations() == []


@pytest.mark.parametrize("seed", range(FIRST, min(LAST, FIRST + (500 if NIGHTLY else 20))))
def test_without_outside_writes_everything_comes_to_rest(sim: Any, seed: int) -> None:
    """No set of sequences loops by itself, over any length of time: nothing is left to happen, not only in 3 years."""
    definitions = [
        each.model_copy(update={"auto_enroll": each.auto_enroll.model_copy(update={"cycle_protection": "lineage"})})
        if each.auto_enroll
        else each
        for each in random_sequences(random.Random(seed))
    ]
    world = random_world(sim, seed, 10, outside_days=200, definitions=definitions, most=20_000, replies=0)
    world.run_until()
    assert world.at_rest
    assert world.violations() == []


@pytest.mark.slow
def test_the_random_worlds_are_worth_playing(sim: Any) -> None:
    """Every kind of entering and of refusal happens, and chains of several sequences do."""
    refused, deepest, vias, spans, again = set(), 0, set(), [], 0
    for seed in range(20):
        world = random_world(sim, seed, 12)
        world.run_until(sim.day(YEARS * 365))
        refused |= set(world.refused)
        vias |= {run.via for run in world.runs}
        again += world.again
        deepest = max(deepest, *(len(run.lineage) for run in world.runs), 0)
        spans += [run.at - cause.at for run in world.runs for _, cause in run.causes]
    assert refused >= {Refused.WINDOW, Refused.ONCE, Refused.CYCLE, Refused.ALREADY_ENROLLED, Refused.STOP_WHEN}
    assert vias == {"rule", "sequence", "hand"}
    assert again >= 10, "nobody enters who had been refused before"
    assert deepest >= 4
    assert max(spans) > timedelta(days=180), "loops with long waits are what other guards do not see"


# The checker must be able to fail: each of these takes one part of the decision away.


def without(*reasons: Any) -> Callable[..., Any]:
    def broken(definition: SequenceDefinition, candidate: Any, now: datetime) -> Any:
        decision = decide(definition, candidate, now)
        return replace(decision, refused=None) if decision.refused in reasons else decision

    return broken


BROKEN: dict[str, tuple[dict[str, Any], str]] = {
    "window": ({"decide": without(Refused.WINDOW)}, "inside the window"),
    "once": ({"decide": without(Refused.ONCE)}, "twice without a window"),
    "cycle": ({"decide": without(Refused.CYCLE)}, "a loop"),
    "lineage": ({"carries": False}, "a loop"),
    "follow-up": (
        {
            "decide_follow_up": lambda target, lineage, *, running: replace(
                decide_follow_up(target, lineage, running=running),
                refused=Refused.ALREADY_ENROLLED if running else None,
            )
        },
        "a loop",
    ),
}


@pytest.mark.parametrize("part", BROKEN)
def test_a_broken_decision_is_noticed(sim: Any, part: str) -> None:
    options, words = BROKEN[part]
    noticed = 0
    for seed in range(12):
        world = random_world(sim, seed, 8, most=50_000, **options)
        world.run_until(sim.day(YEARS * 365))
        noticed += any(each.startswith(words) for each in world.violations())
    assert noticed >= 2


def test_an_edge_that_lint_does_not_know_is_noticed(sim: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loops, "feeds", lambda write, rules: None)
    world = random_world(sim, 0, 15)
    world.run_until(sim.day(YEARS * 365))
    assert any(each.startswith("lint knows no edge") for each in world.violations())


def test_a_loop_without_its_guard_goes_on_and_on(sim: Any, sequence: Callable[..., SequenceDefinition]) -> None:
    ping = sequence("ping", {"real": {"person.status": ["1"]}}, writes=[(180, {"person.status": "2"})])
    pong = sequence("pong", {"real": {"person.status": ["2"]}}, writes=[(180, {"person.status": "1"})])
    windows = {"prevent_reenrollment_within": "1 day"}
    pair = [
        each.model_copy(update={"auto_enroll": each.auto_enroll and each.auto_enroll.model_copy(update=windows)})
        for each in (ping, pong)
    ]
    for options, entries in (({}, 2), ({"decide": without(Refused.CYCLE)}, 40)):
        person = sim.Person("p")
        world = sim.Simulation(pair, [person], random.Random(0), most=100, **options)
        world.outside(person, person, "person.status", "1")
        world.run_until(sim.day(20 * 365))
        assert len(world.runs) >= entries
        assert bool(world.violations()) is (entries > 2)
        assert (len(world.runs) == 2) is (entries == 2)


@pytest.mark.parametrize("waited", [True, False])
def test_a_refusal_that_the_sequence_itself_made_pass(
    sim: Any, sequence: Callable[..., SequenceDefinition], *, waited: bool
) -> None:
    """Refused for a stop rule, and the chain that this sequence began takes its reason away: that is a loop as well."""
    once_a_day = {"prevent_reenrollment_within": "1 day"}
    rules = {"real": {"person.status": ["1"]}, **once_a_day}
    chase = sequence("chase", rules, enrolls=[(0, "tidy")], stop_when={"person.city": ["2"]}, reaction_period="0 days")
    tidy = sequence("tidy", writes=[(30, {"person.city": "1"})])
    person = sim.Person("p")
    world = sim.Simulation([chase, tidy], [person], random.Random(0), replies=0, waited=waited)
    for when, name, value in ((0, "status", "1"), (10, "city", "2"), (19, "status", "2"), (20, "status", "1")):
        world.at(sim.day(when), world.outside, person, person, f"person.{name}", value)
    world.run_until(sim.day(60))
    assert len(world.entered("chase")) == (1 if waited else 2)
    assert bool(world.violations()) is not waited
    # A word from outside is no loop.
    if waited:
        world.outside(person, person, "person.city", "3")
        world.run_until(sim.day(90))
        assert len(world.entered("chase")) == 2
        assert world.violations() == []


def test_a_custom_field_emptied_on_a_placement_uncovers_the_persons(
    sim: Any, sequence: Callable[..., SequenceDefinition]
) -> None:
    """The value that the rule then sees was written by nobody, but that it is seen was: both have a say."""
    once_a_day = {"prevent_reenrollment_within": "1 day"}
    clear = sequence(
        "clear",
        {"real": {"custom.grade": ["2"]}, **once_a_day},
        writes=[(30, {"custom.grade": None})],
        record="placement",
    )
    grade = sequence(
        "grade",
        {"real": {"custom.grade": ["1"]}, **once_a_day},
        writes=[(30, {"custom.grade": "2"})],
        record="placement",
    )

    class Forgetful(sim.Simulation):  # type: ignore[misc]
        def _holders(self, name: str, person: Any, record: Any) -> Any:
            return super()._holders(name, person, record)[:1]

    entered = {}
    for kind in (sim.Simulation, Forgetful):
        job = sim.Record("job")
        person = sim.Person("p", {"custom.grade": "1"}, placements=[job])
        world = kind([clear, grade], [person], random.Random(0), replies=0)
        world.outside(person, job, "custom.grade", "2")
        world.run_until(sim.day(YEARS * 365))
        entered[kind] = len(world.runs)
    assert entered[sim.Simulation] == 2
    assert entered[Forgetful] > 20
    paths = [loop.path for loop in loops.graph_of([clear, grade]).loops().found]
    assert "clear --[custom.grade emptied]--> grade --[custom.grade = 2]--> clear" in paths
