"""What is written to the CRM when something happens here."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Final, Literal

from pydantic import BaseModel, ConfigDict

from sequences.crm.check_mapping import path_of
from sequences.crm.mapping import filled
from sequences.crm.records import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sequences.crm.mapping import CrmMapping, ReadRule, WriteRule

WriteKind = Literal["note", "task", "lead", "fields"]
Scalar = str | bool | int | float | None
_LONGEST_TITLE: Final = 100
"""What the shortest of the CRMs takes as the subject of a task."""


class _Value(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore")


class CrmHappening(_Value):
    """Something that happened to a person here.

    Attributes:
        key: the same for the same thing, however often it is found.
        occasion: ``enrolled``, ``replied``, ``opted_out`` and others of the mapping file.
        label: of a reply: positive, negative or neutral.
        person: our id.
        placement: our id, where the run is about one.
        owner: our id of the one who is responsible.
        sequence: id, or empty where no sequence led to it.
        lineage: the chain of sequences before it.
        words: what texts may name.
        fields: our field, with its group, to the value that a sequence set.
        due: of a task (UTC).
    """

    key: str
    occasion: str
    at: datetime
    person: str
    label: str = ""
    placement: str | None = None
    owner: str | None = None
    channel: str | None = None
    sequence: str = ""
    lineage: tuple[str, ...] = ()
    words: Mapping[str, str] = {}
    fields: Mapping[str, Scalar] = {}
    due: datetime | None = None


class CrmWrite(_Value):
    """One thing to write.

    Attributes:
        kind: note, task, lead or fields.
        entity: the CRM's name of the kind of the record that it is about.
        record: the CRM's id of that.
        owner: the CRM's id of the user who is responsible, or None.
        title: of a task.
        text: of a note or a task.
        label: what the CRM calls the kind of note or task.
        fields: the CRM's field to value: of the record, or of the lead.
        copied: of a lead: its field to a field of the record.
        only_if_blank: a field that has a value there keeps it.
        at: when it happened (UTC).
        due: of a task.
    """

    kind: WriteKind
    entity: str
    record: str
    at: datetime
    owner: str | None = None
    title: str = ""
    text: str = ""
    label: str | None = None
    fields: Mapping[str, Scalar] = {}
    copied: Mapping[str, str] = {}
    only_if_blank: bool = False
    due: datetime | None = None


def writes_for(mapping: CrmMapping, happening: CrmHappening) -> Iterator[tuple[int, CrmWrite]]:
    """What is written, each with the number of its rule."""
    owner = _owner(mapping, happening)
    for number, rule in enumerate(mapping.write):
        if not _applies(rule, happening):
            continue
        identity = happening.placement if rule.about == "placement" else happening.person
        read = mapping.rule_for(rule.about, identity) if identity is not None else None
        if identity is None or (read is None and mapping.crm != "hooks"):
            continue
        entity, record = (read.entity, identity[len(read.prefix) :]) if read is not None else (rule.about, identity)
        blank = CrmWrite(kind="note", entity=entity, record=record, at=happening.at, owner=owner)
        made = _write(rule, read, happening, blank)
        if made is not None:
            yield number, made


def _applies(rule: WriteRule, happening: CrmHappening) -> bool:
    if rule.sequences and happening.sequence not in rule.sequences:
        return False
    if rule.channel is not None and happening.channel not in (rule.channel, "all"):
        return False
    return rule.on in (happening.occasion, f"{happening.occasion}.{happening.label}")


def _owner(mapping: CrmMapping, happening: CrmHappening) -> str | None:
    if happening.owner is None:
        return None
    rule = mapping.rule_for("owner", happening.owner)
    return happening.owner[len(rule.prefix) :] if rule is not None else None


def _write(rule: WriteRule, read: ReadRule | None, happening: CrmHappening, blank: CrmWrite) -> CrmWrite | None:
    words = happening.words
    if rule.note is not None:
        return blank.model_copy(update={"text": filled(rule.note.text, words), "label": rule.note.kind})
    if rule.task is not None:
        title = filled(rule.task.title, words)[:_LONGEST_TITLE] or "Follow up"
        text = filled(rule.task.text, words) if rule.task.text else words.get("description", "")
        update = {"kind": "task", "title": title, "text": text, "label": rule.task.kind, "due": happening.due}
        return blank.model_copy(update=update)
    if rule.lead is not None:
        fields = {name: _filled(value, words) for name, value in rule.lead.fields.items()}
        return blank.model_copy(update={"kind": "lead", "fields": fields, "copied": dict(rule.lead.copy_fields)})
    if rule.set is not None:
        fields = {name: _filled(value, words) for name, value in rule.set.items()}
    else:
        fields = dict(_back(rule, read, happening))
    only_if_blank = rule.when == "only_if_blank"
    return (
        blank.model_copy(update={"kind": "fields", "fields": fields, "only_if_blank": only_if_blank})
        if fields
        else None
    )


def _filled(value: Scalar, words: Mapping[str, str]) -> Scalar:
    return filled(value, words) if isinstance(value, str) else value


def _back(rule: WriteRule, read: ReadRule | None, happening: CrmHappening) -> Iterator[tuple[str, Scalar]]:
    """Fields that a sequence set, by the names and in the values of the CRM."""
    for name in rule.fields or ():
        if name not in happening.fields:
            continue
        value = happening.fields[name]
        path = path_of(read, name) if read is not None else name
        if read is None or path is None:
            yield name, value
            continue
        known = read.fields.get(name) or read.fields[name.removeprefix(f"{read.record}.")]
        yield path, next((theirs for theirs, ours in known.values.items() if plain(ours) == plain(value)), value)


class CrmWritten(_Value):
    """What the CRM did.

    Attributes:
        made: its id of the note, task or lead; None: of fields.
        fields: the fields that were written; others had a value already.
    """

    made: str | None = None
    fields: Mapping[str, Scalar] = {}
