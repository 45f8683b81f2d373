"""The reactions and stops of a draft, in words and as forms."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final

from adapters.templates.template_files import template_of
from sequences.definition.durations import DurationUnit
from sequences.definition.follow_ups import KINDS
from sequences.definition.policies import DEFAULT_THEN
from sequences.definition.reactions import ReactionKind, ThenKind
from sequences.editing.actions import NOT_IN_STEPS
from sequences.editing.conditions import field_condition
from sequences.editing.follow_up_lines import VALUE, fields_of, inputs_of
from sequences.editing.reactions import REACTIONS, ThenChoice, rule_form
from sequences.editing.stops import STOP_WHEN, SWITCHES, then_now
from sequences.records.catalogue import catalogue
from services.console.condition_fields import ConditionFields, condition_fields
from services.console.condition_words import field_labels
from services.console.sequences import sequence_names
from services.drafts.check_draft import published_forms
from services.drafts.draft import mark_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from adapters.postgres.database import Connection
    from sequences.checking import FileProblem
    from sequences.definition.reactions import Then
    from sequences.editing.conditions import FieldCondition
    from sequences.editing.follow_up_lines import Input
    from sequences.editing.reactions import RuleForm
    from sequences.records.catalogue import Field, FieldType
    from services.console.editor import EditedFile, EditorPage, PartCard

Choices = tuple[tuple[str, str], ...]
_OFTEN: Final = ("replied.positive", "replied.negative", "replied", "clicked", "finished")
_MAIN: Final = ("title", "source", "endpoint", "url", VALUE)
"""What is said of a follow-up in one line: the first of these that it has."""


@dataclass(frozen=True)
class FollowUpLine:
    """A follow-up.

    Attributes:
        kind: empty where the file says something that is none.
        what: the main thing about it, such as the title of a task.
        due: how long somebody has for it; empty: it does not say.
        inputs: what its form asks for; none where no form can say it.
        fields: what the form shows.
        values: as the file says it.
    """

    kind: str
    what: str
    due: str
    inputs: tuple[Input, ...]
    fields: Mapping[str, str]
    values: Any


@dataclass(frozen=True)
class ReactionCard:
    """A rule about a reaction.

    Attributes:
        index: in the list of reactions, counted from 0.
        on: of which reaction.
        form: None: no form can show it.
        usual: what becomes of the run where the rule does not say.
        values: as the file says it.
        text: its lines; empty where the list is on one line.
        files: of the messages that it sends.
        problems: of its lines.
    """

    index: int
    on: str
    form: RuleForm | None
    usual: Then | None
    lines: tuple[FollowUpLine, ...]
    values: Any
    text: str = ""
    files: tuple[EditedFile, ...] = ()
    problems: tuple[FileProblem, ...] = ()

    @property
    def ref(self) -> str:
        """Stands for what it says, wherever it is in the list: what is typed into its form finds it again by that."""
        return mark_of(json.dumps(self.values, sort_keys=True, default=str))

    @property
    def texts(self) -> frozenset[str]:
        """Templates of which it shows the text."""
        return frozenset(found[0] for file in self.files if (found := template_of(file.path)))

    @property
    def sends(self) -> tuple[str, ...]:
        """Templates of the messages that it sends."""
        return tuple(dict.fromkeys(line.what for line in self.lines if line.kind == "send" and line.what))


@dataclass(frozen=True)
class StopCard:
    """A stop rule about one field; ``line`` is None where no form can show it."""

    field: str
    label: str
    line: FieldCondition | None
    values: Any


@dataclass(frozen=True)
class EditedReactions:
    """What the cards *Reactions* and *What stops it* show. Choices are pairs of a value and its words.

    Attributes:
        readable: the file says reactions that can be read.
        problems: of the list of reactions as a whole.
        switches: reactions that stop a run unless the file says otherwise, and what becomes of the run now.
        stops: stop rules.
        stop_problems: of their lines.
        sequences: what others can be enrolled in.
        forms: that can be submitted.
        templates: messages of the draft.
        fields: that can change.
        asked: fields that stop rules can ask about.
        writable: fields that follow-ups may write.
        labels: what each field is called.
        next_kind: a reaction that has no rule yet.
        actions: what steps do, by the id of the step.
    """

    readable: bool
    reactions: tuple[ReactionCard, ...] = ()
    problems: tuple[FileProblem, ...] = ()
    switches: tuple[tuple[ReactionKind, ThenKind | None], ...] = ()
    stops: tuple[StopCard, ...] = ()
    stop_problems: tuple[FileProblem, ...] = ()
    sequences: Choices = ()
    forms: Choices = ()
    templates: Choices = ()
    fields: Choices = ()
    asked: ConditionFields = field(default_factory=ConditionFields)
    writable: Choices = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    next_kind: str = _OFTEN[0]
    actions: Mapping[str, tuple[FollowUpLine, ...]] = field(default_factory=dict)
    kinds: tuple[str, ...] = tuple(kind.value for kind in ReactionKind)
    follow_up_kinds: tuple[str, ...] = KINDS
    action_kinds: tuple[str, ...] = tuple(kind for kind in KINDS if kind not in NOT_IN_STEPS)
    durations: tuple[str, ...] = tuple(unit.value for unit in DurationUnit)
    no_then: ThenChoice = field(default_factory=ThenChoice)


def types_of_fields(custom_fields: Mapping[str, FieldType]) -> dict[str, FieldType]:
    """The type of each field of the catalogue, by its name."""
    return {name: each.type for name, each in catalogue(custom_fields).fields.items()}


async def edited_reactions(
    connection: Connection, page: EditorPage, custom_fields: Mapping[str, FieldType]
) -> EditedReactions:
    """The reactions and stops of a page of the editor.

    Args:
        connection: of ``looking``.
        page: of the same draft.
        custom_fields: the organisation's own fields.
    """
    names = dict(await sequence_names(connection))
    known = catalogue(custom_fields)
    labels = field_labels(known)
    record = page.checked.readable.record if page.checked.readable else "person"
    fields = [each for each in known.for_record(record) if each.in_rules]
    parts = {part.part.key: part for part in page.parts if part.part.index is None}
    whole = parts.get(REACTIONS)
    cards = tuple(reaction_cards(page.parts, names, labels))
    stops: Any = parts[STOP_WHEN].part.values if STOP_WHEN in parts else None
    templates = sorted({found[0] for path in page.checked.draft.files if (found := template_of(path))})
    forms = sorted(await published_forms(connection))
    taken = {card.on for card in cards}
    return EditedReactions(
        readable=bool(page.steps) and (whole is None or isinstance(whole.part.values, list | None)),
        reactions=cards,
        problems=whole.problems if whole else (),
        switches=tuple((kind, then_now([card.values for card in cards], kind)) for kind in SWITCHES),
        stops=tuple(
            StopCard(name, labels.get(name) or name, field_condition(name, wanted), wanted)
            for name, wanted in (stops.items() if isinstance(stops, dict) else ())
        ),
        stop_problems=parts[STOP_WHEN].problems if STOP_WHEN in parts else (),
        sequences=tuple((name, title) for name, title in names.items() if name != page.checked.draft.sequence),
        forms=tuple((form, form) for form in forms),
        templates=tuple((name, name) for name in templates),
        fields=_choices(fields, labels),
        asked=condition_fields(known, record),
        writable=_choices([each for each in fields if each.writable], labels),
        labels=labels,
        actions={
            step.id: tuple(_line(each, names, labels) for each in do)
            for step in page.steps
            if step.id and isinstance(step.part.values, dict) and isinstance(do := step.part.values.get("do"), list)
        },
        next_kind=next((kind for kind in (*_OFTEN, *ReactionKind) if kind not in taken), _OFTEN[0]),
    )


def _choices(fields: Iterable[Field], labels: Mapping[str, str]) -> Choices:
    return tuple((each.name, labels.get(each.name, each.label)) for each in fields)


def reaction_cards(
    parts: Iterable[PartCard], names: Mapping[str, str], labels: Mapping[str, str]
) -> Iterator[ReactionCard]:
    """A card for each rule.

    Args:
        parts: of the file.
        names: of sequences, by id.
        labels: of fields.
    """
    for each in parts:
        if each.part.key != REACTIONS:
            continue
        rules = {each.part.index: each.part.values}
        if each.part.index is None:
            rules = dict(enumerate(each.part.values if isinstance(each.part.values, list) else ()))
        for index, values in rules.items():
            if index is not None:
                card = _card(index, values, names, labels)
                alone = each.part.index is not None
                yield replace(card, text=each.part.text, files=each.files, problems=each.problems) if alone else card


def _card(index: int, values: Any, names: Mapping[str, str], labels: Mapping[str, str]) -> ReactionCard:
    on = values.get("on") if isinstance(values, dict) else None
    usual = DEFAULT_THEN[ReactionKind(on)] if on in list(ReactionKind) else None
    do = values.get("do") if isinstance(values, dict) else None
    lines = tuple(_line(each, names, labels) for each in (do if isinstance(do, list) else ()))
    return ReactionCard(index, on if isinstance(on, str) else "", rule_form(values), usual, lines, values)


def _line(item: Any, names: Mapping[str, str], labels: Mapping[str, str]) -> FollowUpLine:
    fields = fields_of(item)
    if fields is None:
        known = isinstance(item, dict) and len(item) == 1 and next(iter(item)) in KINDS
        return FollowUpLine(next(iter(item)) if known else "", "", "", (), {}, item)
    ((kind, body),) = item.items()
    if "name-0" in fields:
        pairs = [(fields[f"name-{n}"], fields[f"value-{n}"]) for n in range(len(fields) // 2)]
        what = ", ".join(f"{labels.get(name, name)} = {value or '–'}" for name, value in pairs if name)
    else:
        what = next((fields[name] for name in _MAIN if fields.get(name)), "")
    due = body.get("due", "") if isinstance(body, dict) and "due-amount" in fields else ""
    return FollowUpLine(kind, names.get(what, what) if kind == "enroll" else what, due, inputs_of(kind), fields, item)
