"""The field catalogue: every field that templates, rules, stop rules and ``set_field`` may name, once."""

from __future__ import annotations

import enum
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from sequences.errors import DefinitionError, SettingsError

UNSUBSCRIBE_URL = "unsubscribe_url"
"""The recipient's own unsubscribe page."""
PREFERENCES_URL = "preferences_url"
"""The page on which the recipient chooses what they want to get."""
ORGANISATION_FOOTER = "organisation_footer"
"""Who writes, and the links to both pages, in the recipient's language."""
SIGNATURE = "signature"
"""The signature of the mailbox that the mail goes out from, else the owner's; empty where there is none."""
OF_A_MAIL = frozenset({UNSUBSCRIBE_URL, PREFERENCES_URL, ORGANISATION_FOOTER})
"""What an e-mail's template may name beside the fields of the catalogue. Any of them says how to get no more mails."""
BESIDE_FIELDS = OF_A_MAIL | {SIGNATURE}
"""The same with what says nothing of that."""
BOOKING_LINK = "booking_link"
"""The recipient's own link to the page on which they book a meeting with the owner; any message may name it."""
BOOKING_URL = "owner.booking_url"
"""The field that it is made of, unless the sequence has an address of its own."""


class FieldType(enum.StrEnum):
    """What kind of value a field holds."""

    TEXT = "text"
    EMAIL = "email"
    PHONE = "phone"
    DATE = "date"
    DATETIME = "datetime"
    NUMBER = "number"
    BOOLEAN = "boolean"
    CHOICE = "choice"
    TIMEZONE = "timezone"
    FILE = "file"
    """Only known to be present or missing."""
    LIST = "list"
    """Several texts; a rule is met when one of them is wanted."""


class Group(enum.StrEnum):
    """Whose field it is; the part of its name before the dot."""

    PERSON = "person"
    PLACEMENT = "placement"
    CLIENT = "client"
    OWNER = "owner"
    SENDER = "sender"
    CUSTOM = "custom"


@dataclass(frozen=True, slots=True)
class Field:
    """One field.

    Attributes:
        name: with its group, such as ``person.email``.
        label: what a form or a report calls it.
        choices: the only values there are; empty when the CRM decides.
        writable: ``set_field`` may write it.
        in_rules: rules and stop rules may read it.
        derived: made from other fields, stored nowhere.
        offers_values: values that it has already may be offered to whoever asks about it. Never of a field that says
            who somebody is or how they are reached.
    """

    name: str
    type: FieldType
    label: str
    choices: tuple[str, ...] = ()
    writable: bool = False
    in_rules: bool = True
    derived: bool = False
    offers_values: bool = False

    @property
    def group(self) -> Group:
        """Whose field it is."""
        return Group(self.name.partition(".")[0])


T = FieldType
BUILT_IN = (
    Field("person.id", T.TEXT, "Id"),
    Field("person.type", T.CHOICE, "Type", choices=("Candidate", "Client contact")),
    Field("person.first_name", T.TEXT, "First name"),
    Field("person.last_name", T.TEXT, "Last name"),
    Field("person.full_name", T.TEXT, "Full name", in_rules=False, derived=True),
    Field("person.email", T.EMAIL, "E-mail"),
    Field("person.phone", T.PHONE, "Mobile number"),
    Field("person.whatsapp_opt_in", T.DATETIME, "Agreed to WhatsApp", writable=True),
    Field("person.whatsapp_opt_in_source", T.TEXT, "Agreed to WhatsApp by", writable=True),
    Field("person.timezone", T.TIMEZONE, "Time zone", writable=True, offers_values=True),
    Field("person.status", T.TEXT, "Status", writable=True, offers_values=True),
    Field("person.owner", T.TEXT, "Id of the owner", writable=True),
    Field("person.company", T.TEXT, "Company", writable=True, offers_values=True),
    Field("person.job_title", T.TEXT, "Job title", writable=True, offers_values=True),
    Field("person.city", T.TEXT, "City", writable=True, offers_values=True),
    Field("person.language", T.TEXT, "Language", writable=True, offers_values=True),
    Field("person.source", T.TEXT, "Source", writable=True, offers_values=True),
    Field("person.available_from", T.DATE, "Available from", writable=True),
    Field("person.created_at", T.DATETIME, "Created"),
    Field("person.resume", T.FILE, "Resume"),
    Field("placement.id", T.TEXT, "Id"),
    Field("placement.status", T.TEXT, "Status", writable=True, offers_values=True),
    Field("placement.start_date", T.DATE, "Start date"),
    Field("placement.end_date", T.DATE, "End date"),
    Field("placement.job_title", T.TEXT, "Job title", writable=True, offers_values=True),
    Field("placement.timezone", T.TIMEZONE, "Time zone", writable=True, offers_values=True),
    Field("placement.meeting_with", T.TEXT, "Person met on the first day", writable=True),
    Field("placement.location", T.TEXT, "Place of work", writable=True),
    Field("placement.client", T.TEXT, "Id of the client"),
    Field("client.id", T.TEXT, "Id"),
    Field("client.name", T.TEXT, "Name"),
    Field("client.timezone", T.TIMEZONE, "Time zone", offers_values=True),
    Field("client.city", T.TEXT, "City", offers_values=True),
    Field("owner.id", T.TEXT, "Id"),
    Field("owner.first_name", T.TEXT, "First name"),
    Field("owner.last_name", T.TEXT, "Last name"),
    Field("owner.full_name", T.TEXT, "Full name", in_rules=False, derived=True),
    Field("owner.email", T.EMAIL, "E-mail"),
    Field("owner.phone", T.PHONE, "Phone number"),
    Field("owner.signature", T.TEXT, "Signature", in_rules=False),
    Field("owner.booking_url", T.TEXT, "Booking page"),
    Field("sender.name", T.TEXT, "Name on the mail", in_rules=False),
    Field("sender.email", T.EMAIL, "Address on the mail", in_rules=False),
    Field("sender.company", T.TEXT, "Our company", in_rules=False),
)
GROUPS_OF_RECORD: Mapping[str, frozenset[Group]] = MappingProxyType(
    {
        "person": frozenset(Group) - {Group.PLACEMENT},
        "placement": frozenset(Group),
    }
)
"""Which groups a run about such a record can see. A client contact has a client without a placement."""


@dataclass(frozen=True)
class Catalogue:
    """The built-in fields and the declared custom ones."""

    fields: Mapping[str, Field]

    def get(self, name: str) -> Field | None:
        """The field of that name, or None."""
        return self.fields.get(name)

    def for_record(self, record: str) -> Iterator[Field]:
        """The fields that a run about this kind of record can see."""
        groups = GROUPS_OF_RECORD.get(record, frozenset(Group))
        return (field for field in self.fields.values() if field.group in groups)


def catalogue(custom_fields: Mapping[str, FieldType] | None = None) -> Catalogue:
    """The catalogue of an organisation.

    Args:
        custom_fields: name, with or without ``custom.`` in front, to type. All are readable; lists and files are not
            writable.

    Raises:
        DefinitionError: a custom name cannot be used in a template.
    """
    fields = {field.name: field for field in BUILT_IN}
    for declared, kind in (custom_fields or {}).items():
        short = declared.removeprefix("custom.")
        if re.fullmatch(r"[a-z][a-z0-9_]{0,62}", short) is None:
            raise DefinitionError(f"custom field `{declared}`: small letters, digits and _ only, a letter first")
        label = short.replace("_", " ").capitalize()
        writable, offers = kind not in (T.FILE, T.LIST), kind in (T.TEXT, T.LIST, T.TIMEZONE)
        name = f"custom.{short}"
        fields[name] = Field(name, FieldType(kind), label, writable=writable, offers_values=offers)
    return Catalogue(MappingProxyType(fields))


def parse_custom_fields(text: str) -> dict[str, FieldType]:
    """Reads a setting such as ``shirt_size:text, visa_until:date``; a name alone is a text.

    Raises:
        SettingsError: a name cannot be used or stands there twice, or there is no such type.
    """
    found: dict[str, FieldType] = {}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, kind = (word.strip() for word in part.partition(":"))
        short = name.removeprefix("custom.")
        try:
            declared = FieldType(kind or FieldType.TEXT)
            catalogue({short: declared})
        except DefinitionError as error:
            raise SettingsError(str(error)) from error
        except ValueError as error:
            raise SettingsError(f"custom field `{name}`: its type is one of {', '.join(FieldType)}") from error
        if short in found:
            raise SettingsError(f"custom field `{name}`: declared twice")
        found[short] = declared
    return found
