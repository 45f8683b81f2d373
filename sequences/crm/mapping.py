"""A mapping file as authored: which CRM, what is read from it, and what is written to it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal, TypeAlias, get_args

from pydantic import AfterValidator, BeforeValidator, Field, StringConstraints

from sequences.author_messages import shown
from sequences.channels import CHANNELS
from sequences.definition.scalar_types import DefinitionPart, Line, Slug, grammar_error
from sequences.web_address import resembles_web_address

CrmName = Literal["bullhorn", "hubspot", "tracker_rms", "hooks"]
RecordKind = Literal["person", "placement", "client", "owner"]
LifeEventName = Literal["contacted", "shortlisted", "interviewed", "placed", "replied", "resume_updated"]
Occasion = Literal[
    "enrolled",
    "sent",
    "replied",
    "replied.positive",
    "replied.negative",
    "replied.neutral",
    "clicked",
    "bounced",
    "meeting_booked",
    "meeting_cancelled",
    "opted_out",
    "erased",
    "finished",
    "stopped",
    "task",
    "lead",
    "field_set",
]
if TYPE_CHECKING:
    ChannelOrAll: TypeAlias = str
else:
    ChannelOrAll = Literal[*map(str, CHANNELS), "all"]
When = Literal["always", "only_if_blank"]
KINDS: Final = ("note", "task", "lead", "set", "fields")
OCCASIONS: Final[tuple[str, ...]] = get_args(Occasion)
PLACEHOLDERS: Final = (
    *("sequence", "sequence_id", "step", "channel", "subject", "label", "reply", "title", "description", "due"),
    *("source", "reason", "at"),
)
"""What a text may name: ``{{ sequence }}``. What an occasion does not have is empty."""
PLACEHOLDER: Final = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
_MOST_RULES: Final = 60
_PATH: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*(?:\.[A-Za-z_][A-Za-z0-9_-]*){0,4}", re.ASCII)
_PREFIX: Final = re.compile(r"[A-Za-z0-9._:-]{0,32}", re.ASCII)


def _path(text: str) -> str:
    if _PATH.fullmatch(text) is None:
        raise grammar_error("This is no field of a CRM.", shown(text), "a name such as `firstName` or `owner.id`")
    return text


def _prefix(text: str) -> str:
    if _PREFIX.fullmatch(text) is None:
        raise grammar_error("This cannot begin an id.", shown(text), "up to 32 letters, digits and . _ : -")
    return text


def _url(text: str) -> str:
    if not resembles_web_address(text):
        raise grammar_error("This is not a web address.", shown(text), "an address that starts with `https://`")
    return text.rstrip("/")


def _spelled_out(value: Any) -> Any:
    return {"from": value} if isinstance(value, str) else value


def _scalars(value: Any) -> Any:
    values = value if isinstance(value, (list, tuple)) else (value,)
    if not values or not all(isinstance(each, (str, bool, int, float)) for each in values):
        raise grammar_error("This is no value.", shown(value), "a text, a number, true, false, or a list of them")
    return tuple(values)


def _scalar(value: Any) -> Any:
    if not isinstance(value, (str, bool, int, float)):
        raise grammar_error("This is not a single value.", shown(value), "a text, a number, true or false")
    return value


Path = Annotated[str, AfterValidator(_path)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=4_000)]
Prefix = Annotated[str, AfterValidator(_prefix)]
Values = Annotated[tuple[str | bool | int | float, ...], BeforeValidator(_scalars)]
Scalar = Annotated[str | bool | int | float, BeforeValidator(_scalar)]
Conditions = Annotated[dict[Path, Values], Field(min_length=1)]


class ConnectPart(DefinitionPart):
    """Where the CRM is, and who we are there. Secrets are settings, never here."""

    url: Annotated[str, AfterValidator(_url)] | None = Field(default=None, description="Its address.")
    client_id: Line | None = Field(default=None, description="The OAuth client of Bullhorn.")
    user: Line | None = Field(default=None, description="The API user of Bullhorn.")
    subscription: Slug = Field(default="relance", description="Name of our event subscription in Bullhorn.")
    timezone: Line = Field(default="UTC", description="Zone in which the CRM keeps dates as instants.")
    paths: dict[Line, Line] = Field(default={}, description="TrackerRMS: resources that have another address.")


class ReadValue(DefinitionPart):
    """Where one of our fields comes from."""

    path: Path = Field(alias="from", description="The CRM's field.")
    values: dict[str, Scalar] = Field(default={}, description="Their value to ours; any other stays as it is.")
    entity: Line | None = Field(
        default=None, description="Of a reference: the kind of record that it points to, where several are read."
    )


class SuppressRule(DefinitionPart):
    """What means there that somebody must not be contacted."""

    channel: ChannelOrAll = Field(default="all", description="A channel, such as email, or all.")
    when: Conditions = Field(description="Fields with the values that mean it; all of them.")


class ReadRule(DefinitionPart):
    """One kind of record that is read."""

    record: RecordKind = Field(description="What it is here.")
    entity: Line = Field(alias="from", description="What it is there, such as Candidate.")
    prefix: Prefix = Field(default="", description="What our ids begin with; then comes the CRM's id.")
    fields: dict[Line, Annotated[ReadValue, BeforeValidator(_spelled_out)]] = Field(
        default={}, description="Our field to theirs."
    )
    constants: dict[Line, Scalar] = Field(default={}, description="Our field to a value that is always the same.")
    events: dict[LifeEventName, Path] = Field(default={}, description="Event to the field with its latest instant.")
    suppress: tuple[SuppressRule, ...] = Field(default=(), description="What means that nobody may write to them.")
    deleted_when: Conditions | None = Field(default=None, description="What means that it is deleted.")

    def paths(self) -> tuple[str, ...]:
        """Everything that has to be read, each once."""
        conditions = [each.when for each in self.suppress] + ([self.deleted_when] if self.deleted_when else [])
        named = [value.path for value in self.fields.values()] + list(self.events.values())
        return tuple(dict.fromkeys([*named, *(path for each in conditions for path in each)]))


class NotePart(DefinitionPart):
    """A note about the person."""

    text: Words = Field(description="What it says; `{{ sequence }}` and others are filled in.")
    kind: Line | None = Field(default=None, description="What the CRM calls the kind, such as Email.")


class TaskPart(DefinitionPart):
    """A task there."""

    title: Words = Field(default="{{ title }}", description="What is to be done.")
    text: Words | None = Field(default=None, description="More about it.")
    kind: Line | None = Field(default=None, description="What the CRM calls the kind, such as Follow-up.")


class LeadPart(DefinitionPart):
    """A lead there, made from the person."""

    fields: dict[Path, Scalar] = Field(default={}, description="The CRM's fields of the lead.")
    copy_fields: dict[Path, Path] = Field(
        default={}, alias="copy", description="Field of the lead to field of the person's record there."
    )


class WriteRule(DefinitionPart):
    """What is written when something happens."""

    on: Occasion = Field(description="What happens.")
    sequences: tuple[Slug, ...] = Field(default=(), description="Only in these sequences.")
    channel: ChannelOrAll | None = Field(default=None, description="Only on this channel.")
    about: Literal["person", "placement"] = Field(default="person", description="The record that is written.")
    note: NotePart | None = Field(default=None, description="A note.")
    task: TaskPart | None = Field(default=None, description="A task.")
    lead: LeadPart | None = Field(default=None, description="A lead.")
    set: dict[Path, Scalar] | None = Field(default=None, description="Fields of the record, a status too.")
    fields: tuple[Line, ...] | None = Field(default=None, description="Only with field_set: fields that go back.")
    when: When = Field(default="always", description="always, or only_if_blank: what has a value there stays.")

    @property
    def kind(self) -> str:
        """``note | task | lead | set | fields``."""
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


class CrmMapping(DefinitionPart):
    """A mapping file."""

    crm: CrmName = Field(description="bullhorn, hubspot, tracker_rms or hooks.")
    connect: ConnectPart = Field(default=ConnectPart(), description="Where it is, and who we are there.")
    read: tuple[ReadRule, ...] = Field(default=(), max_length=_MOST_RULES, description="What is read from it.")
    write: tuple[WriteRule, ...] = Field(default=(), max_length=_MOST_RULES, description="What is written to it.")

    def rule_of(self, entity: str) -> ReadRule | None:
        """What is read of a kind of record of the CRM."""
        return next((rule for rule in self.read if rule.entity == entity), None)

    def rule_for(self, record: str, identity: str) -> ReadRule | None:
        """The rule that one of our records came by; the longest prefix is the right one."""
        found = [rule for rule in self.read if rule.record == record and identity.startswith(rule.prefix)]
        return max(found, key=lambda rule: len(rule.prefix), default=None)

    def occasions(self) -> tuple[str, ...]:
        """What is written about, in a stable order."""
        return tuple(each for each in OCCASIONS if any(rule.on == each for rule in self.write))


def placeholders(text: str) -> tuple[str, ...]:
    """The names in a text, as they are written.

    >>> placeholders("{{ sequence }}: {{label}}")
    ('sequence', 'label')
    """
    return tuple(PLACEHOLDER.findall(text))


def filled(text: str, words: Mapping[str, str]) -> str:
    """A text with its names replaced; what nobody knows is empty.

    >>> filled("{{ sequence }} ended", {"sequence": "Onboarding"})
    'Onboarding ended'
    """
    return PLACEHOLDER.sub(lambda found: words.get(found[1], ""), text).strip()
