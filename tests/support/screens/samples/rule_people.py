"""Who is left after some conditions."""

from sequences.definition.model import SequenceDefinition
from services.console.condition_words import ConditionWords
from services.console.rule_people import RemainingPeople, RemainingPerson, RuleOutcome
from starter.console.address import Address
from starter.console.screens.rule_people import RulePeopleAsked

_DEFINITION = {"sequence": "hello", "name": "Hello <page>", "record": "person", "steps": [{"id": "a", "email": "a/b"}]}
_WORDS = (ConditionWords("qualitative", "City", "missing"), ConditionWords("real", "Status", "Hot <page>"))
_LINES = (RemainingPerson("p1", "p1", "Ann <page>", "Lea <page>"), RemainingPerson("p2", "p2", None, None))
_KEPT = {
    "definition": SequenceDefinition.model_validate(_DEFINITION),
    "conditions": _WORDS,
    "found": RemainingPeople(_LINES, "p2"),
    "draft": False,
    "asked": RulePeopleAsked(left=2, after="p0"),
    "address": Address("/console/sequences/hello/rules/people", {"left": "2"}),
}

TEMPLATE = "screens/rule_people.html"
MODELS: dict[str, dict[str, object]] = {
    "some": _KEPT,
    "placements": {**_KEPT, "definition": SequenceDefinition.model_validate({**_DEFINITION, "record": "placement"})},
    **{
        outcome.value: {
            **_KEPT,
            "found": RemainingPeople((RemainingPerson("p1", "p1", "Ann <page>", None, "no phone <page>"),)),
            "asked": RulePeopleAsked(outcome=outcome),
        }
        for outcome in RuleOutcome
    },
    "everybody": {**_KEPT, "conditions": (), "found": RemainingPeople(_LINES), "asked": RulePeopleAsked()},
    "draft": {**_KEPT, "draft": True, "found": RemainingPeople()},
    "broken": {**_KEPT, "found": RemainingPeople(broken="no such field <page>")},
}
