"""Each condition of a rule as expressions over one record's row: is it met, what was found, who wrote it last.

Only names from ``record_columns.COLUMNS`` and constants of this module become part of an SQL text. Values, spans of
time and names of custom fields travel as parameters.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from adapters.postgres.record_columns import column_of
from sequences.auto_enroll.conditions import Condition
from sequences.definition.durations import Duration, DurationUnit
from sequences.definition.rules import Age, HistoricalEvent
from sequences.errors import DefinitionError
from sequences.records.equal_values import BLANK, Wanted

if TYPE_CHECKING:
    from collections.abc import Callable

EVENTS = frozenset(event.value for event in HistoricalEvent)
"""Columns of ``person`` of type timestamptz; all other fields are kept as text."""
NO_LINEAGE = "NULL::jsonb"
"""Of what nothing automated ever writes."""
_ALIAS = {"person": "p", "placement": "pl", "client": "c", "owner": "o"}
_MONTHS = {DurationUnit.MONTHS: 1, DurationUnit.YEARS: 12}


@dataclass(frozen=True)
class CallInstants:
    """Instants of one call that parameters are made from; UTC."""

    now: datetime
    since: datetime


@dataclass
class Parameters:
    """The parameters of one statement, by number; the same value always has the same number."""

    values: list[Any] = field(default_factory=list)

    def add(self, value: Any, kind: str) -> str:
        """The placeholder of a value of that SQL type, or of a function that makes it from the ``CallInstants``."""
        key = (type(value), value, kind)
        known = [(type(each), each, name) for each, name in self.values]
        if key not in known:
            self.values.append((value, kind))
            known.append(key)
        return f"${known.index(key) + 1}::{kind}"

    def bind(self, moment: CallInstants) -> list[Any]:
        """The values at one moment."""
        return [value(moment) if callable(value) else value for value, _ in self.values]


@dataclass(frozen=True)
class BeforeNow:
    """The instant this long before now: calendar arithmetic is Python's, so that SQL and plain code agree."""

    ago: Duration

    def __call__(self, moment: CallInstants) -> datetime:
        """See the class."""
        return self.ago.before(moment.now.astimezone(UTC))


@dataclass(frozen=True)
class BeforeSince:
    """The instant this long before the rule was switched on."""

    ago: Duration

    def __call__(self, moment: CallInstants) -> datetime:
        """See the class."""
        return self.ago.before(moment.since.astimezone(UTC))


@dataclass(frozen=True)
class SqlCondition:
    """One condition as SQL expressions.

    Attributes:
        test: boolean; null counts as false.
        found: the value as text; of an event, timestamptz.
        lineage: jsonb, the sequences whose automation wrote the value last; null when nobody's did.
    """

    condition: Condition
    test: str
    found: str
    lineage: str


def compile_condition(condition: Condition, record: str, parameters: Parameters) -> SqlCondition:
    """The expressions of one condition for rules about ``record`` (``person | placement``).

    Raises:
        DefinitionError: there is no such field, or not for such a record.
    """
    group, _, key = condition.field.partition(".")
    if group == "custom":
        found, lineage = _custom(key, record, parameters)
    else:
        found, lineage = _stored(condition.field, group, key, record)
    if condition.history is not None:
        test = _history(condition, found, parameters)
    elif group == "person" and key in EVENTS:
        if condition.group == "real":
            raise DefinitionError(f"`{condition.field}` is an event; use `historical` to ask how long ago it was")
        test = f"({found} IS {'NOT ' if condition.present else ''}NULL)"
    elif condition.group == "qualitative":
        blank = parameters.add(BLANK, "text")
        # What sorts between these two begins with a visible character: most values are spared the slow function.
        # The two forms are opposites, written so that the planner can guess how many there are of each.
        if condition.present:
            test = f"({found} COLLATE \"C\" BETWEEN '!' AND '~' OR btrim({found}, {blank}) <> '')"
        else:
            blank_text = f"{found} COLLATE \"C\" NOT BETWEEN '!' AND '~' AND btrim({found}, {blank}) = ''"
            test = f"({found} IS NULL OR ({blank_text}))"
    else:
        test = " AND ".join(_among(each, found, parameters) for each in condition.among)
        if group == "custom":
            value = _custom_value(key, record, parameters)
            several = " AND ".join(_any_of(each, value, parameters) for each in condition.among)
            test = f"(CASE jsonb_typeof({value}) WHEN 'array' THEN {several} ELSE {test} END)"
    return SqlCondition(condition, test, found, lineage)


def _among(wanted: Wanted, found: str, parameters: Parameters) -> str:
    test = f"relance_folded({found}) = ANY({_texts(wanted, parameters)})"
    if not wanted.numbers:
        return f"({test})"
    return f"({test} OR relance_number({found}) = ANY({_numbers(wanted, parameters)}))"


def _any_of(wanted: Wanted, value: str, parameters: Parameters) -> str:
    return f"relance_any({value}, {_texts(wanted, parameters)}, {_numbers(wanted, parameters)})"


def _texts(wanted: Wanted, parameters: Parameters) -> str:
    # Postgres knows no text with NUL or half a surrogate pair, so nothing it holds can equal one.
    usable = tuple(sorted(text for text in wanted.texts if storable(text)))
    return parameters.add(usable, "text[]")


def _numbers(wanted: Wanted, parameters: Parameters) -> str:
    return parameters.add(tuple(sorted(wanted.numbers)), "text[]")


def storable(text: str) -> bool:
    """Whether Postgres can hold this text at all."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return "\x00" not in text


def edge_of(condition: Condition, found: str, parameters: Parameters) -> str | None:
    """The instant at which a ``more than N ago`` condition comes true; None for other conditions."""
    ago = condition.waits_for
    if ago is None:
        return None
    if ago.unit in _MONTHS:
        span = f"make_interval(months => {parameters.add(ago.amount * _MONTHS[ago.unit], 'int')})"
    else:
        span = parameters.add(timedelta(**{ago.unit.value: ago.amount}), "interval")
    # By the session's zone a month or a day could be an hour longer or shorter.
    return f"(({found} AT TIME ZONE 'UTC' + {span}) AT TIME ZONE 'UTC')"


def _history(condition: Condition, column: str, parameters: Parameters) -> str:
    history = condition.history
    if history is None or history.ago is None:
        return f"({column} IS NULL)"
    cutoff = parameters.add(BeforeNow(history.ago), "timestamptz")
    sign = "<" if history.age is Age.MORE_THAN else ">"
    if history.never:
        return f"({column} IS NULL OR {column} {sign} {cutoff})"
    return f"({column} {sign} {cutoff})"


def _stored(name: str, group: str, key: str, record: str) -> tuple[str, str]:
    gone = DefinitionError(f"there is no field `{name}` any more")
    if group not in _ALIAS or (group == "placement" and record == "person"):
        raise gone
    alias = _ALIAS[group]
    if group in ("owner", "client"):
        # These two have no lineage of their own: nothing automated writes them, only the link to them.
        linked = link(group, record)
        if key != "id" and column_of(group, key) is None:
            raise gone
        found = linked if (group, key) == ("owner", "id") else f"{alias}.{key}"
        return found, _link_lineage(group, record)
    if key == "id":
        return f"{alias}.id", NO_LINEAGE
    column = key if group == "person" and key in EVENTS else column_of(group, key)
    if column is None:
        raise gone
    return f"{alias}.{column}", f"({alias}.field_lineage -> '{column}')"


def link(group: str, record: str) -> str:
    """Id of the record's owner or client: the placement's, else the person's."""
    if record == "person":
        return f"nullif(p.{group}_id, '')"
    return f"coalesce(nullif(pl.{group}_id, ''), nullif(p.{group}_id, ''))"


def _link_lineage(group: str, record: str) -> str:
    of_person = f"(p.field_lineage -> '{group}_id')"
    if record == "person":
        return of_person
    of_placement = f"(pl.field_lineage -> '{group}_id')"
    return (
        f"(CASE WHEN nullif(pl.{group}_id, '') IS NULL THEN {_both(of_placement, of_person)} ELSE {of_placement} END)"
    )


def _both(of_placement: str, of_person: str) -> str:
    """The person's value shows because the placement has none: whoever emptied the placement's has a part in it."""
    return f"nullif(coalesce({of_placement}, '[]') || coalesce({of_person}, '[]'), '[]')"


def _custom(key: str, record: str, parameters: Parameters) -> tuple[str, str]:
    name = _custom_name(key, parameters)

    def lineage_of(alias: str) -> str:
        return f"({alias}.field_lineage -> ('custom.' || {name}))"

    lineage = _chosen(name, record, lineage_of, _both(lineage_of("pl"), lineage_of("p")))
    value = _custom_value(key, record, parameters)
    text = (
        f"(CASE jsonb_typeof({value}) WHEN 'number' THEN trim_scale(({value})::numeric)::text "
        f"WHEN 'array' THEN relance_joined({value}) ELSE {value} #>> '{{}}' END)"
    )
    return text, lineage


def _custom_value(key: str, record: str, parameters: Parameters) -> str:
    """As jsonb: one value, or the array of a field that holds several."""
    name = _custom_name(key, parameters)

    def value_of(alias: str) -> str:
        return f"({alias}.custom -> {name})"

    return _chosen(name, record, value_of, value_of("p"))


def _custom_name(key: str, parameters: Parameters) -> str:
    if not storable(key):
        raise DefinitionError("a custom field has a name that cannot be stored")
    return parameters.add(key, "text")


def _chosen(name: str, record: str, of: Callable[[str], str], uncovered: str) -> str:
    """Of the placement when it has such a field, else of the person."""
    if record == "person":
        return of("p")
    return f"(CASE WHEN jsonb_exists(pl.custom, {name}) THEN {of('pl')} ELSE {uncovered} END)"
