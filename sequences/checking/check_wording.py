"""Whether the subjects and variants of steps make sense."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sequences.author_messages import shown
from sequences.channels import CHANNELS
from sequences.checking import plain_values
from sequences.checking.problems import Finding, Loc, Severity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sequences.checking.field_uses import FieldUses


def check_wording(data: Mapping[str, Any], uses: FieldUses) -> Iterator[Finding]:
    """Names of variants, what they may say on the channel, fields in subjects, and variants that differ in nothing."""
    threads: set[str] = set()
    for i, step in plain_values.mappings(data.get("steps")):
        channel = next((name for name in CHANNELS if step.get(name) is not None), None)
        answers = channel in threads
        variants = list(plain_values.mappings(step.get("variants")))
        places: list[tuple[Loc, Mapping[str, Any]]] = [(("steps", i), step)]
        places += [(("steps", i, "variants", j), variant) for j, variant in variants]
        for loc, written in places:
            yield from _subject((*loc, "subject"), written.get("subject"), channel, uses, answers=answers)
        if step.get("variants") is not None and channel is None:
            message = "Only a step that sends a message can have variants."
            yield Finding(
                ("steps", i, "variants"), message, "`variants`", "no `variants`, or a step that sends", target="key"
            )
        elif channel is not None:
            yield from _names(i, variants)
            yield from _same(i, step, channel, variants, answers=answers)
        if channel is not None and CHANNELS[channel].mail_like:
            threads.add(channel)


def _subject(loc: Loc, subject: object, channel: str | None, uses: FieldUses, *, answers: bool) -> Iterator[Finding]:
    if subject is None:
        return
    spec = CHANNELS.get(channel or "")
    if spec is None or not spec.mail_like:
        what = spec.title if spec is not None else "Actions"
        mails = " or ".join(f"`{name}`" for name, each in CHANNELS.items() if each.mail_like)
        yield Finding(loc, f"{what} have no subject.", shown(subject), f"`subject` beside {mails}", target="key")
        return
    yield from uses.template(loc, subject)
    if answers:
        message = f"This {spec.label} is in the thread of the first one, and shows that one's subject."
        yield Finding(loc, message, shown(subject), "no `subject`", Severity.WARNING)


def _names(i: int, variants: list[tuple[int, Mapping[str, Any]]]) -> Iterator[Finding]:
    first: dict[str, int] = {}
    for j, variant in variants:
        name = variant.get("name")
        if not isinstance(name, str):
            continue
        if name in first:
            message = f"Two variants have the name `{name}`; the other is number {first[name] + 1}."
            loc = ("steps", i, "variants", j, "name")
            yield Finding(loc, message, f"`{name}`", "a name of its own for each variant")
        first.setdefault(name, j)


def _same(
    i: int, step: Mapping[str, Any], channel: str, variants: list[tuple[int, Mapping[str, Any]]], *, answers: bool
) -> Iterator[Finding]:
    seen: dict[tuple[str, str], object] = {}
    for j, variant in variants:
        # In a thread nobody sees the subject.
        subject = None if answers else variant.get("subject") or step.get("subject")
        says = (shown(variant.get("template") or step.get(channel)), shown(subject))
        if says in seen:
            message = f"This variant differs in nothing from {shown(seen[says])}: nothing can be found out."
            allowed = "another `subject` or `template`"
            name = shown(variant.get("name"))
            yield Finding(("steps", i, "variants", j), message, name, allowed, Severity.WARNING)
        seen.setdefault(says, variant.get("name"))
