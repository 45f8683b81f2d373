"""Hand-made runs, and what each row counts of them."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

import pytest

from sequences.statistics.measures import DEFINITIONS, Measure
from sequences.statistics.outcomes import By, Counted, RowKey, count, read_fact

DAY = datetime(2027, 5, 4, 9, tzinfo=UTC)
STEPS = {("s", 1): ("one", "two"), ("s", 2): ("two", "three")}


@dataclass
class Run:
    """A row of ``run_outcomes``; facts without version are of version 1."""

    facts: str = ""
    state: str = "open"
    person_id: str | None = None
    entered: int = 0
    number: int = 1
    version: int = 1
    earlier_versions: tuple[int, ...] = ()
    owner_id: str | None = None
    week: date | None = None
    sequence: str = "s"

    @property
    def entered_at(self) -> datetime:
        return DAY + timedelta(days=self.entered)


def facts(*words: str) -> str:
    """``sent one`` is ``sent|one|1|``; ``sent one 2 a`` names a version and a variant."""
    parts = [[*word.split(), "", "", ""][:4] for word in words]
    return " ".join(
        f"{what}|{step}|{version or ('1' if step else '')}|{variant}" for what, step, version, variant in parts
    )


def counted(runs: list[Run], by: By = By.STEP) -> dict[tuple[int | None, str], dict[str, int]]:
    """By version and step; counts of nobody are left out."""
    return {(one.place.version, one.place.step): shown(one) for one in count(runs, by, STEPS)}


def shown(one: Counted) -> dict[str, int]:
    return {measure.value: number for measure, number in one.people.items() if number}


def test_of_one_version_owners_and_weeks_count_what_happened_under_it() -> None:
    moved = Run(
        facts("sent one", "sent three 2", "replied_positive three 2"), version=2, earlier_versions=(1,), owner_id="o1"
    )
    stayed = Run(facts("sent one", "replied_negative one"), owner_id="o1")
    for only, runs, expected in (
        (
            1,
            [moved, stayed],
            {"entered": 2, "sent": 2, "delivered": 1, "replied": 1, "replied_negative": 1, "in_it_now": 1},
        ),
        (2, [moved], {"entered": 1, "sent": 1, "delivered": 1, "replied": 1, "replied_positive": 1, "in_it_now": 1}),
    ):
        (owner,) = count(runs, By.OWNER, STEPS, only)
        assert (owner.place, shown(owner)) == (RowKey("s", only, owner="o1"), expected)
        # It is what the row of the version says.
        (version,) = (one for one in count(runs, By.VERSION, STEPS) if one.place.version == only)
        assert shown(version) == expected


def test_a_person_counts_once_however_often_it_happened() -> None:
    told = facts("sent_with_link one", "sent one", "sent two", "clicked one", "clicked one", "clicked two")
    assert counted([Run(told)], By.SEQUENCE) == {
        (None, ""): {
            "entered": 1,
            "sent": 1,
            "delivered": 1,
            "clicked": 1,
            "in_it_now": 1,
            "sent_with_link": 1,
        }
    }


def test_the_newest_reply_counts_and_the_first_still_counts_for_its_step() -> None:
    found = counted([Run(facts("sent one", "sent two", "replied_positive one", "replied_negative two"), "stopped")])
    assert found[None, ""] == {
        "entered": 1,
        "sent": 1,
        "delivered": 1,
        "replied": 1,
        "replied_negative": 1,
        "stopped": 1,
    }
    assert found[1, ""] == found[None, ""]
    assert found[1, "one"] == {"entered": 1, "sent": 1, "delivered": 1, "replied": 1, "replied_positive": 1}
    assert found[1, "two"]["replied_negative"] == 1
    assert found[1, "two"]["stopped"] == 1


def test_a_late_reaction_counts_for_the_message_that_it_answers() -> None:
    found = counted([Run(facts("sent one", "sent two", "replied_positive one"), "finished")])
    assert found[1, "one"]["replied"] == 1
    assert "replied" not in found[1, "two"]


def test_a_reaction_to_no_message_counts_for_the_whole_only() -> None:
    found = counted([Run(facts("sent one", "opted_out"))])
    assert found[None, ""]["opted_out"] == 1
    assert "opted_out" not in found[1, ""]
    assert "opted_out" not in found[1, "one"]


def test_nothing_comes_back_of_people_to_whom_nothing_went_out() -> None:
    found = counted([Run(facts("not_sent one", "opted_out"))])
    assert found[None, ""] == {"entered": 1, "not_sent": 1, "in_it_now": 1}


def test_a_person_who_was_there_twice_counts_once_with_the_newest_state() -> None:
    runs = [
        Run(facts("sent one", "replied_positive one"), "stopped", "p", entered=0),
        Run(facts("sent one"), "open", "p", entered=400),
        Run(facts("sent one"), "finished", number=3),
    ]
    whole = counted(list(reversed(runs)), By.SEQUENCE)[None, ""]
    assert whole == {
        "entered": 4,
        "sent": 4,
        "delivered": 1,
        "replied": 1,
        "replied_positive": 1,
        "in_it_now": 1,
        "finished": 3,
    }


def test_the_same_person_under_two_owners_counts_once_for_each() -> None:
    runs = [Run(facts("sent one"), "open", "p", owner_id=owner) for owner in ("o1", "o2")]
    found = count(runs, By.OWNER, {})
    assert [(one.place.owner, one.people[Measure.SENT]) for one in found] == [("o1", 1), ("o2", 1)]
    assert [one.people[Measure.SENT] for one in count(runs, By.WEEK, {})] == [1]


def test_equal_runs_of_many_owners_are_told_apart() -> None:
    runs = [Run(facts("sent one"), owner_id=owner, number=number) for owner, number in (("o1", 5), (None, 2))]
    assert [(one.place.owner, one.people[Measure.SENT]) for one in count(runs, By.OWNER, {})] == [(None, 2), ("o1", 5)]


def test_runs_that_are_alike_are_told_apart_by_sequence() -> None:
    runs = [Run(facts("sent one"), sequence=name, number=number) for name, number in (("s", 2), ("t", 3))]
    found = [(one.place.sequence, one.place.step, one.people[Measure.SENT]) for one in count(runs, By.STEP, {})]
    assert found == [(name, step, number) for name, number in (("s", 2), ("t", 3)) for step in ("", "", "one")]


def test_what_was_sent_before_a_move_counts_for_the_version_before() -> None:
    run = Run(facts("sent one", "sent two 2", "replied_neutral one"), version=2, earlier_versions=(1,))
    found = counted([run])
    assert list(found) == [(None, ""), (2, ""), (2, "two"), (2, "three"), (1, ""), (1, "one"), (1, "two")]
    assert found[2, ""] == {"entered": 1, "sent": 1, "in_it_now": 1}
    assert found[1, ""] == {"entered": 1, "sent": 1, "delivered": 1, "replied": 1, "replied_neutral": 1}
    assert found[2, "three"] == {}
    assert found[2, "two"] == {"entered": 1, "sent": 1, "in_it_now": 1}


def test_variants_are_rows_below_their_step() -> None:
    runs = [Run(facts("sent one 1 a")), Run(facts("sent one 1 b", "clicked one 1 b"), number=2)]
    found = [(one.place.step, one.place.variant, one.people[Measure.SENT]) for one in count(runs, By.VARIANT, STEPS)]
    assert found == [("", "", 3), ("", "", 3), ("one", "", 3), ("one", "a", 1), ("one", "b", 2), ("two", "", 0)]


def test_steps_that_a_version_does_not_have_come_last() -> None:
    found = counted([Run(facts("skipped zero", "sent two", "sent one"))])
    assert [step for version, step in found if version == 1] == ["", "one", "two", "zero"]


@pytest.mark.parametrize("measure", list(Measure))
def test_every_measure_has_words_and_a_rate_that_is_a_share(measure: Measure) -> None:
    meaning = DEFINITIONS[measure]
    assert meaning.words
    assert meaning.of in (None, Measure.SENT, Measure.SENT_WITH_LINK, Measure.SENT_WITH_PIXEL)


def test_a_click_or_an_open_without_a_stored_link_is_a_share_all_the_same() -> None:
    [one] = count([Run(facts("sent one", "clicked one", "opened one"))], By.SEQUENCE, {})
    assert all(rate is None or rate.count <= rate.of for rate in one.rates().values())


def test_a_fact_is_read_as_it_is_stored() -> None:
    fact = read_fact("clicked|one|2|a")
    assert (fact.what, fact.step, fact.version, fact.variant) == ("clicked", "one", 2, "a")
    assert read_fact("opted_out|||").version is None
    assert RowKey("s") < RowKey("t")
