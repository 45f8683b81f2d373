"""What a mapping file must say besides being well formed."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from sequences.author_messages import did_you_mean, listed, shown
from sequences.checking.problems import Finding, Severity
from sequences.crm.mapping import KINDS, PLACEHOLDERS, placeholders

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sequences.checking.problems import Loc
    from sequences.crm.mapping import CrmMapping, ReadRule, WriteRule
    from sequences.records.catalogue import Catalogue

REFERENCES: Final[Mapping[str, tuple[str, ...]]] = {
    "person": ("owner", "client"),
    "placement": ("person", "client", "owner"),
    "client": (),
    "owner": (),
}
"""Fields that hold the id of another record; each is named as the kind that it points to."""
_NEEDED: Final[Mapping[str, tuple[str, ...]]] = {"bullhorn": ("client_id", "user"), "hooks": ("url",)}
_HAVE_CUSTOM: Final = ("person", "placement")


def fields_of(record: str, known: Catalogue) -> tuple[str, ...]:
    """The fields of ours that can be read into a record, as a mapping file names them."""
    own = [
        name.partition(".")[2]
        for name, field in known.fields.items()
        if field.group == record and not field.derived and not name.endswith(".id")
    ]
    custom = [name for name in known.fields if name.startswith("custom.")] if record in _HAVE_CUSTOM else []
    return tuple(dict.fromkeys([*own, *REFERENCES[record], *custom]))


def check_mapping(mapping: CrmMapping, known: Catalogue) -> Iterator[Finding]:
    """What is wrong with a well-formed mapping."""
    yield from _connect(mapping)
    for index, rule in enumerate(mapping.read):
        yield from _read(mapping, index, rule, known)
    for index, write in enumerate(mapping.write):
        yield from _write(mapping, index, write, known)
    if not mapping.read and not mapping.write:
        yield Finding((), "Nothing is read and nothing is written.", "neither", "`read:`, `write:` or both")


def _connect(mapping: CrmMapping) -> Iterator[Finding]:
    for key in _NEEDED.get(mapping.crm, ()):
        if getattr(mapping.connect, key) is None:
            yield Finding(("connect",), f"`{mapping.crm}` needs `{key}` in `connect`.", "nothing", f"`{key}: ...`")
    try:
        ZoneInfo(mapping.connect.timezone)
    except (ZoneInfoNotFoundError, ValueError):
        yield Finding(
            ("connect", "timezone"),
            "This is no time zone.",
            shown(mapping.connect.timezone),
            "an IANA name such as America/New_York",
        )
    if mapping.connect.paths and mapping.crm != "tracker_rms":
        yield Finding(("connect", "paths"), "`paths` is for TrackerRMS only.", "`paths`", "no `paths`", target="key")


def _read(mapping: CrmMapping, index: int, rule: ReadRule, known: Catalogue) -> Iterator[Finding]:
    here: Loc = ("read", index)
    for other in mapping.read[:index]:
        if other.entity == rule.entity:
            yield Finding((*here, "from"), f"`{rule.entity}` is read twice.", shown(rule.entity), "each kind once")
        elif other.record == rule.record and _same_beginning(other.prefix, rule.prefix):
            message = f"Ids of `{rule.entity}` and `{other.entity}` could be the same here: both are a {rule.record}."
            allowed = "a `prefix` for each, of which none begins with another"
            yield Finding((*here, "prefix") if rule.prefix else here, message, shown(rule.prefix), allowed)
    allowed_names = fields_of(rule.record, known)
    for part, names in (("fields", rule.fields), ("constants", rule.constants)):
        for name in names:
            short = name.removeprefix(f"{rule.record}.")
            if short not in allowed_names:
                message = f"A {rule.record} has no field `{name}`.{did_you_mean(short, allowed_names)}"
                yield Finding((*here, part, name), message, f"`{name}`", listed(allowed_names), target="key")
    for name, value in rule.fields.items():
        short = name.removeprefix(f"{rule.record}.")
        if short in REFERENCES[rule.record]:
            yield from _reference(mapping, (*here, "fields", name), short, value.entity)
    if rule.record == "placement" and "person" not in {name.removeprefix("placement.") for name in rule.fields}:
        yield Finding((*here, "fields"), "A placement needs its person.", "no `person`", "`person: candidate.id`")
    for key in ("events", "suppress"):
        if rule.record != "person" and getattr(rule, key):
            yield Finding((*here, key), f"Only a person has `{key}`.", f"`{key}`", f"no `{key}`", target="key")
    if rule.record not in _HAVE_CUSTOM and rule.deleted_when:
        yield Finding(
            (*here, "deleted_when"), "Only a person or a placement can be deleted.", "`deleted_when`", "", target="key"
        )


def _same_beginning(one: str, other: str) -> bool:
    return one.startswith(other) or other.startswith(one)


def _reference(mapping: CrmMapping, loc: Loc, kind: str, entity: str | None) -> Iterator[Finding]:
    found = [rule.entity for rule in mapping.read if rule.record == kind]
    if entity is not None and entity not in found:
        yield Finding((*loc, "entity"), f"No {kind} is read from `{entity}`.", shown(entity), listed(found) or "none")
    elif entity is None and len(found) > 1:
        message = f"Several kinds are read as a {kind}; say which one this is."
        yield Finding(loc, message, "no `entity`", f"`entity`: {listed(found)}")
    elif not found:
        yield Finding(
            loc,
            f"No {kind} is read, so this points to nothing.",
            f"`{kind}`",
            f"a `read` rule with `record: {kind}`",
            Severity.WARNING,
        )


def _write(mapping: CrmMapping, index: int, rule: WriteRule, known: Catalogue) -> Iterator[Finding]:
    here: Loc = ("write", index)
    given = [kind for kind in KINDS if getattr(rule, kind) is not None]
    if len(given) != 1:
        found = listed(given) if given else "none"
        yield Finding(here, "A rule writes one thing.", found, f"one of {listed(KINDS)}")
        return
    kind = given[0]
    if (kind == "fields") != (rule.on == "field_set"):
        yield Finding(here, "`fields` belongs to `on: field_set`, and nothing else does.", f"`on: {rule.on}`", "both")
    if rule.when == "only_if_blank" and kind not in ("set", "fields"):
        yield Finding((*here, "when"), f"A {kind} is always written.", "only_if_blank", "always")
    for path, text in _texts(rule):
        for name in placeholders(text):
            if name not in PLACEHOLDERS:
                message = f"Nothing is called `{name}`.{did_you_mean(name, PLACEHOLDERS)}"
                yield Finding((*here, *path), message, f"`{{{{ {name} }}}}`", listed(PLACEHOLDERS))
    if not any(each.record == rule.about for each in mapping.read) and mapping.crm != "hooks":
        message = f"No {rule.about} is read, so it is not known which record there is meant."
        yield Finding((*here, "about"), message, f"`{rule.about}`", f"a `read` rule with `record: {rule.about}`")
    for position, name in enumerate(rule.fields or ()):
        yield from _goes_back(mapping, (*here, "fields", position), rule, name, known)


def _texts(rule: WriteRule) -> Iterator[tuple[Loc, str]]:
    if rule.note is not None:
        yield ("note", "text"), rule.note.text
    if rule.task is not None:
        yield ("task", "title"), rule.task.title
        yield ("task", "text"), rule.task.text or ""
    named = {"set": rule.set or {}, "lead": rule.lead.fields if rule.lead is not None else {}}
    for key, fields in named.items():
        for name, value in fields.items():
            if isinstance(value, str):
                yield (key, *(("fields",) if key == "lead" else ()), name), value


def _goes_back(mapping: CrmMapping, loc: Loc, rule: WriteRule, name: str, known: Catalogue) -> Iterator[Finding]:
    field = known.get(name)
    if field is None or not field.writable:
        writable = [each.name for each in known.fields.values() if each.writable]
        yield Finding(
            loc, f"No sequence can set `{name}`.{did_you_mean(name, writable)}", shown(name), listed(writable)
        )
        return
    group = name.partition(".")[0]
    if group not in (rule.about, "custom"):
        yield Finding(loc, f"`{name}` is no field of a {rule.about}.", shown(name), f"a rule with `about: {group}`")
    elif mapping.crm != "hooks" and all(
        path_of(each, name) is None for each in mapping.read if each.record == rule.about
    ):
        yield Finding(loc, f"It is not known where `{name}` is there.", shown(name), "a field that is read")


def path_of(rule: ReadRule, name: str) -> str | None:
    """Where one of our fields is in the CRM; ``name`` with its group."""
    value = rule.fields.get(name) or rule.fields.get(name.removeprefix(f"{rule.record}."))
    return value.path if value is not None else None
