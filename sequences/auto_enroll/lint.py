"""What is odd about rules of sequences that are each good by themselves: loops, rules that take in everybody or nobody.

A file with an error is no sequence at all (``sequences.checking``). What is found here may be meant;
only a loop that nothing stops, a rule on a field that is gone, and a webhook to a receiver that nobody added keep a
sequence from being published.
"""

from __future__ import annotations

import enum
from collections.abc import Collection, Iterable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from sequences.author_messages import did_you_mean, listed
from sequences.auto_enroll.conditions import Condition, conditions, wanted_of
from sequences.auto_enroll.loops import Graph, Guard, Loop
from sequences.auto_enroll.writes import endpoints, enrolls
from sequences.definition.model import SequenceDefinition
from sequences.mailboxes.own_mailbox import MailboxDirectory
from sequences.mailboxes.sender_trouble import sender_trouble
from sequences.records.catalogue import Catalogue, Field, FieldType, Group
from sequences.records.equal_values import meets_all
from sequences.records.field_values import unfit
from sequences.sending.wording import alike


class Weight(enum.StrEnum):
    """How much a finding matters."""

    ERROR = "error"
    """It must not be published."""
    WARNING = "warning"
    """It is probably not meant."""
    NOTE = "note"
    """It is as it should be, and good to know."""


_HEAVIEST_FIRST = list(Weight)


@dataclass(frozen=True)
class LintFinding:
    """One finding.

    Attributes:
        kind: ``loop | never_true | stops_at_once | everybody | time_alone | no_window | gone | enrolls_nobody |
            same_variants | unknown_endpoint | sender``.
        sequences: those it is about, in the order of the loop for a loop.
        message: what was found.
        advice: what to do about it.
        path: of a loop, with the fields on the edges.
    """

    severity: Weight
    kind: str
    sequences: tuple[str, ...]
    message: str
    advice: str
    path: str | None = None


def findings(
    graph: Graph,
    fields: Catalogue,
    through: AbstractSet[str] = frozenset(),
    *,
    custom_known: bool = True,
    receivers: Collection[str] | None = None,
    mailboxes: MailboxDirectory | None = None,
) -> list[LintFinding]:
    """Everything found, the heaviest first.

    Args:
        graph: of all sequences.
        fields: the catalogue, with the organisation's own fields when they are known.
        through: only what concerns one of these sequences; empty for all.
        custom_known: False when ``fields`` has no custom fields for want of a database: then none of them is "gone".
        receivers: names of receivers of webhooks; None: they are not known, for want of a database.
        mailboxes: all of them; None: likewise.
    """
    found: list[LintFinding] = [*_loops(graph, through)]
    for name, definition in graph.definitions.items():
        if not through or name in through:
            found.extend(_rules(definition, fields, custom_known=custom_known))
            found.extend(_enrolls(definition, graph))
            found.extend(_variants(definition))
            if receivers is not None:
                found.extend(_endpoints(definition, receivers))
            if mailboxes is not None:
                found.extend(_sender(definition, mailboxes))
    return sorted(found, key=lambda each: (_HEAVIEST_FIRST.index(each.severity), each.kind != "loop", each.sequences))


def _variants(definition: SequenceDefinition) -> Iterator[LintFinding]:
    for step in definition.steps:
        for one, other in alike(step):
            message = f"The variants `{one.variant}` and `{other.variant}` of `{step.id}` differ in nothing."
            advice = "Give one of them another subject or template, or remove it: nothing can be found out."
            yield LintFinding(Weight.WARNING, "same_variants", (definition.sequence,), message, advice)


def _loops(graph: Graph, through: AbstractSet[str]) -> Iterator[LintFinding]:
    loops = graph.loops(through)
    yield from (_loop(loop) for loop in loops.found)
    if loops.more:
        yield LintFinding(
            Weight.NOTE,
            "more_loops",
            (),
            f"{len(loops.found)} loops are listed; there may be more.",
            "Break the listed ones, the shortest and least protected first, and check again.",
        )


def _loop(loop: Loop) -> LintFinding:
    waits = [link.after for ways in loop.links for link in ways if link.after is not None]
    in_time = waits and all(any(link.after for link in ways) for ways in loop.links)
    how = "As time passes," if in_time else "Automatically"
    what = f"{how} this leads back to its start"
    add = "give one of them `prevent_reenrollment_within`, or remove `cycle_protection: window`"
    match loop.guard:
        case Guard.LINEAGE:
            said = (
                f"{what}. Nobody goes round in it: a person is enrolled again only after something else, such as the "
                "CRM, has changed these fields."
            )
            advice = "If that is intended, do nothing."
            return LintFinding(Weight.NOTE, "loop", loop.sequences, said, advice, loop.path)
        case Guard.WINDOW:
            said = f"{what}, and it repeats forever: only the window of {loop.window} slows it down."
            advice = "Remove `cycle_protection: window` from one of them unless that is intended."
            return LintFinding(Weight.WARNING, "loop", loop.sequences, said, advice, loop.path)
        case Guard.ONCE:
            said = (
                f"{what}. Lineage is switched off and there is no window; it stops only because a record is "
                "enrolled once, ever."
            )
        case Guard.NOTHING:
            said = f"{what}, and nothing stops it."
            add = "remove `cycle_protection: window` from one of them: a follow-up `enroll` ignores the window"
    return LintFinding(
        Weight.ERROR, "loop", loop.sequences, said, f"{add[0].upper()}{add[1:]}, or change a field.", loop.path
    )


def _rules(definition: SequenceDefinition, fields: Catalogue, *, custom_known: bool) -> Iterator[LintFinding]:
    rules = definition.auto_enroll
    if rules is None:
        return
    every = list(conditions(rules))
    name = (definition.sequence,)
    gone = [one.field for one in every if one.group != "historical" and not _exists(one.field, fields, custom_known)]
    if gone:
        message = f"The rule reads {listed(gone)}, which is not a field (any more): it enrolls no person."
        yield LintFinding(
            Weight.ERROR, "gone", name, message, "Declare the field again, or remove the condition from the rule."
        )
    impossible = [*_impossible(every, fields)]
    if impossible:
        yield LintFinding(
            Weight.WARNING,
            "never_true",
            name,
            f"The rule can never be true: {'; '.join(impossible)}.",
            "Change the conditions: all of them must hold at once.",
        )
    elif stopped := [*_stopped(definition, every)]:
        yield LintFinding(
            Weight.WARNING,
            "stops_at_once",
            name,
            f"Every match of the rule already meets `stop_when` ({listed(stopped)}), so it enrolls no person.",
            "Remove the value from `stop_when` or from the rule.",
        )
    if every and all(_holds_for_all(one, fields) for one in every):
        whom = "everybody" if definition.record == "person" else "everybody who has a placement"
        yield LintFinding(
            Weight.WARNING,
            "everybody",
            name,
            f"The rule enrolls {whom}: {'; '.join(_said(one) for one in every)} (always true).",
            "Add a condition that selects the intended people.",
        )
    if rules.prevent_reenrollment_within is None:
        if every and all(one.group == "historical" for one in every):
            yield LintFinding(
                Weight.WARNING,
                "time_alone",
                name,
                "The rule has only conditions on time, and no window: sooner or later it enrolls everybody, and "
                "each record only once, ever.",
                "Add `prevent_reenrollment_within`, or a condition on a field.",
            )
        if rules.cycle_protection == "window":
            yield LintFinding(
                Weight.WARNING,
                "no_window",
                name,
                "`cycle_protection: window` relies on the window, but there is no window.",
                "Add `prevent_reenrollment_within`, or remove `cycle_protection: window`.",
            )


def _exists(name: str, fields: Catalogue, custom_known: bool) -> bool:
    return fields.get(name) is not None or (not custom_known and name.startswith(f"{Group.CUSTOM}."))


def _impossible(every: Iterable[Condition], fields: Catalogue) -> Iterator[str]:
    every = list(every)
    missing = {one.field for one in every if one.group == "qualitative" and not one.present}
    for one in every:
        if one.group == "real":
            if one.field in missing:
                yield f"`{one.field}` is required to be both missing and set"
            field = fields.get(one.field)
            if field is not None and any(all(_unfit(field, text) for text in each.written) for each in one.among):
                yield f"`{one.field}` is never {one.wanted}"
    yield from (f"`{name}` is never missing" for name in sorted(missing & ALWAYS_PRESENT))


def _unfit(field: Field, text: str) -> bool:
    """Whether a field can never be read as this text; a number or a truth value may be kept as text."""
    if field.type is FieldType.NUMBER:
        try:
            float(text)
        except ValueError:
            return True
        return False
    if field.type is FieldType.BOOLEAN:
        return text.lower() not in {"true", "false"}
    return bool(unfit(field, text))


def _stopped(definition: SequenceDefinition, every: Iterable[Condition]) -> Iterator[str]:
    """The stop rules that are met whenever the rule is true; compared as ``verdicts.stop_reason`` does."""
    for one in every:
        wanted = definition.stop_when.get(one.field)
        if wanted is None or one.group == "historical":
            continue
        if isinstance(wanted, str):
            met = one.present is (wanted == "present")
        else:
            # Each group of the stop rule is met by whatever meets one of the rule's own.
            met = one.group == "real" and all(
                any(all(map(stop.meets, each.written)) for each in one.among) for stop in wanted_of(wanted)
            )
        if met:
            yield one.field


ALWAYS_PRESENT = frozenset({"person.id", "placement.id"})
"""Fields without which there is no record."""


def _holds_for_all(one: Condition, fields: Catalogue) -> bool:
    if one.group == "qualitative":
        return one.present and one.field in ALWAYS_PRESENT
    field = fields.get(one.field)
    return (
        one.group == "real"
        and field is not None
        and bool(field.choices)
        and all(meets_all(one.among, choice) for choice in field.choices)
    )


def _said(one: Condition) -> str:
    return f"`{one.field}` {one.wanted}"


def _endpoints(definition: SequenceDefinition, receivers: Collection[str]) -> Iterator[LintFinding]:
    for name in endpoints(definition):
        if name not in receivers:
            message = f"A webhook goes to `{name}`, and there is no receiver of that name."
            known = f" There {'are' if len(receivers) > 1 else 'is'} {listed(sorted(receivers))}." if receivers else ""
            advice = f"Add it with `relance webhook add {name} URL`.{did_you_mean(name, receivers)}{known}"
            yield LintFinding(Weight.ERROR, "unknown_endpoint", (definition.sequence,), message, advice)


def _sender(definition: SequenceDefinition, mailboxes: MailboxDirectory) -> Iterator[LintFinding]:
    trouble = sender_trouble(definition.sender, mailboxes)
    if trouble is not None:
        yield LintFinding(Weight.WARNING, "sender", (definition.sequence,), trouble.message, trouble.advice)


def _enrolls(definition: SequenceDefinition, graph: Graph) -> Iterator[LintFinding]:
    for target in enrolls(definition):
        other = graph.definitions.get(target)
        if other is None:
            message = f"A follow-up enrolls into `{target}`, which is not published."
        elif other.record != definition.record:
            message = f"A follow-up enrolls a {definition.record} into `{target}`, which is about a {other.record}."
        else:
            continue
        yield LintFinding(
            Weight.WARNING,
            "enrolls_nobody",
            (definition.sequence,),
            message,
            "Publish it, or name another sequence: until then no person is enrolled there.",
        )
