"""What a page says before a draft is published: each finding once, with the paths of loops that are alike."""

from sequences.auto_enroll.lint import LintFinding, Weight
from services.drafts.publish_draft import DraftPlan
from tests.support.screens.samples.editor import GOOD


def loop(path: str, weight: Weight = Weight.NOTE) -> LintFinding:
    return LintFinding(weight, "loop", ("a",), "This leads back.", "Do nothing.", path)


def test_loops_that_say_the_same_are_one_finding_with_their_paths() -> None:
    alone = LintFinding(Weight.WARNING, "no_window", ("a",), "No window.", "Add one.")
    worse = loop("a --> c --> a", Weight.ERROR)
    plan = DraftPlan(GOOD, None, (worse, alone, loop("a --> a"), loop("a --> b --> a"), loop("a --> a")))
    assert [(each.first, each.paths) for each in plan.said_once] == [
        (worse, ("a --> c --> a",)),
        (alone, ()),
        (loop("a --> a"), ("a --> a", "a --> b --> a")),
    ]
    assert plan.broken
