"""One sequence, each view of it."""

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from adapters.postgres.versions import Version
from sequences.definition.model import SequenceDefinition
from sequences.statistics.measures import Measure
from sequences.statistics.outcomes import By, Counted, RowKey
from services.console.numbers import Numbers
from services.console.sequence import (
    PeopleIn,
    PersonIn,
    SequenceHead,
    SequenceHold,
    SequenceVersionSummary,
)
from services.console.sequence_settings import SequencePause, settings_of
from services.reading.statistics import StatisticsRow
from starter.console.address import Address
from starter.console.number_address import NumberAddress
from tests.support.screens.samples.job import RUNNING

AT = datetime(2026, 11, 29, 9, tzinfo=UTC)
VERSIONS = (
    SequenceVersionSummary(2, AT, ("introduce", "call"), 7),
    SequenceVersionSummary(1, AT, ("introduce", "remind"), 1),
)
HEAD = SequenceHead("new-services", "New services", "person", VERSIONS, None, "call", AT, AT)
HELD = replace(HEAD, hold=SequenceHold("h1", "holidays <page>", AT, 3), next_step=None, next_due_at=None)
NEVER = SequenceHead("quiet", "Quiet", "placement", VERSIONS[1:], None, None, None, None)


def row(step: str = "", variant: str = "", entered: int = 120, **more: Any) -> StatisticsRow:
    """The numbers of a step, or of the whole."""
    counted = Counted(RowKey("new-services", 2 if not more else None, step, variant, **more))
    counted.people |= {Measure.ENTERED: entered, Measure.SENT: entered, Measure.REPLIED: entered // 4}
    return StatisticsRow.of(counted)


STEPS = (row("introduce"), row("call", entered=0))
WORDINGS = (row("introduce"), row("introduce", "short", 20), row("introduce", "long <page>", 100))
NUMBERS = Numbers(By.STEP, 2, row(), STEPS, frozenset({"introduce"}), {"o1": "Lea <page> Dupont"}, ("Rules.",))
BY_VARIANT = replace(NUMBERS, by=By.VARIANT, lines=WORDINGS)
BY_OWNER = replace(NUMBERS, by=By.OWNER, version=None, lines=(row(owner="o1"), row(owner="o9"), row(owner=None)))
BY_WEEK = replace(
    NUMBERS, by=By.WEEK, version=None, lines=tuple(row(week=date(2026, 11, day), entered=day) for day in (9, 16, 23))
)
NOBODY = Numbers(By.STEP, 1, None, (), frozenset(), {}, ())
SETTINGS = settings_of(
    Version(
        "new-services",
        2,
        SequenceDefinition.model_validate(
            {
                "sequence": "new-services",
                "name": "New services",
                "record": "person",
                "topic": "new <page> services",
                "schedule": {
                    "window": "09:00-17:00",
                    "weekdays_only": True,
                    "holidays": "GB",
                    "texting_hours": "10:00-18:00",
                },
                "steps": [
                    {"id": "introduce", "email": "a/b", "schedule": {"window": "any", "timezone": "Europe/Paris"}}
                ],
                "stop_when": {"person.status": ["Placed <page>", "Gone"]},
            }
        ),
        {},
    )
)
PLAIN = settings_of(
    Version(
        "quiet",
        1,
        SequenceDefinition.model_validate(
            {
                "sequence": "quiet",
                "name": "Quiet",
                "record": "placement",
                "sender": "jobs@agency.example",
                "frequency_cap": "exempt",
                "day_zero": "placement.start_date",
                "tracking": "opens",
                "same_client": "pause 7 days",
                "replies": "none",
                "steps": [{"id": "one", "email": "a/b"}],
            }
        ),
        {},
    )
)
PAUSES = (
    SequencePause("holidays <page>", AT, "Lea", AT, None, None),
    SequencePause("a wrong list", AT, None, None, AT, "Max"),
)
PEOPLE = PeopleIn(
    (
        PersonIn("e1", "p1", "Ben <page> Ray", 2, "active", None, AT, "call", AT, None),
        PersonIn("e2", "p2", None, 1, "paused", "a person asked", AT, "call", None, "day_zero"),
        PersonIn("e3", "p3", "Kim", 1, "stopped", "replied", AT, None, None, None),
    ),
    "next",
)
_KEPT = {
    "head": HEAD,
    "view": "numbers",
    "people": None,
    "numbers": NUMBERS,
    "settings": None,
    "pauses": (),
    "state": "open",
    "run_version": "2",
    "address": Address("/console/sequences/new-services", {}),
    "may_hold": True,
    "may_move": True,
    "jobs": (),
    "may_choose": True,
    "people_of": NumberAddress("/console"),
    "people_of_whole": NumberAddress("/console"),
    "csv_query": "?by=step",
    "people_states": [("open", "In it now")],
    "versions": [("2", "Version 2"), ("1", "Version 1")],
}

TEMPLATE = "screens/sequence.html"
MODELS: dict[str, dict[str, object]] = {
    "numbers": _KEPT,
    "by_variant": {**_KEPT, "numbers": BY_VARIANT},
    "by_owner": {**_KEPT, "numbers": BY_OWNER, "people_of": NumberAddress("/console", by_owner=True)},
    "by_week": {**_KEPT, "numbers": BY_WEEK},
    "no_numbers": {**_KEPT, "head": NEVER, "numbers": NOBODY, "may_hold": False},
    "settings": {**_KEPT, "view": "settings", "settings": SETTINGS, "pauses": PAUSES},
    "plain_settings": {**_KEPT, "view": "settings", "settings": PLAIN, "pauses": (), "versions": [("1", "Version 1")]},
    "people": {**_KEPT, "view": "people", "people": PEOPLE},
    "nobody": {**_KEPT, "view": "people", "people": PeopleIn((), None)},
    "versions": {**_KEPT, "view": "versions", "jobs": (RUNNING,)},
    "held": {**_KEPT, "head": HELD},
    "archived": {**_KEPT, "head": replace(HEAD, archived_at=AT)},
    "all_held": {**_KEPT, "head": replace(HEAD, hold=SequenceHold("h2", "a wrong list", AT, 0, own=False))},
}
