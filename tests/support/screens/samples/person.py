"""A person's page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from sequences.access.act import Act
from services.console.condition_words import ConditionWords
from services.console.person import AgainFrom, Contact, Forbidden, PersonFacts, PersonMoment, PersonPage, PersonRun
from services.console.why_in_sequence import WhyInSequence
from services.records.consents import ConsentStanding
from starter.console.address import Address

_AT = datetime(2027, 5, 4, 9, 0, tzinfo=UTC)
_ADDRESS = Address("/console/people/p1", {})
_CONTACT = Contact(_AT, "email", "hello", "Hello <page>", "o2", "Kim Lee")


def _moment(kind: str, what: str, why: str = "", text: str = "", sequence: str | None = "Hello <page>") -> PersonMoment:
    return PersonMoment(_AT + timedelta(hours=1), kind, what, why, text, "r1", sequence, "e1", "America/New_York")


_FACTS = PersonFacts(
    type="Candidate",
    email="ann@client.example",
    phone="+447700900123",
    work="Welder at Client & Co",
    city="Leeds",
    status="Hot",
    timezone="Europe/London",
    client_name=None,
    open_runs=1,
    forbidden=(Forbidden("all", "opt_out", _AT, whole=True), Forbidden("email", "bounced", _AT, whole=False)),
    consents=(
        ConsentStanding("whatsapp", "2027-05-01T09:00:00+00:00", "Form <page>", None),
        ConsentStanding("sms", None, None, _AT),
        ConsentStanding("email", None, None, None),
    ),
    again=(AgainFrom("hello", "Hello <page>", _AT), AgainFrom("other", "Other", None)),
    runs=(
        PersonRun("e1", "enrollment:hello:p1", "hello", "Hello", "active", None, _AT, None, "two", _AT),
        PersonRun("e2", "enrollment:hello:l1", "hello", "Hello", "active", None, _AT, None, "two", None),
        PersonRun("e3", "enrollment:other:p1", "other", "Other <page>", "stopped", "replied", _AT, _AT, None, None),
    ),
    planned=(_moment("planned", "two is due", "moved by weekend"),),
    past=(
        _moment("reaction", "replied.positive to one", "confidence 0.50", "Perhaps <page>\nlater"),
        _moment("sent", "one sent by e-mail: Hello"),
        _moment("event", "interviewed", "says the CRM", sequence=None),
    ),
    sequences=(("hello", "Hello"), ("other", "Other <page>")),
    next="more",
)
_PAGE = PersonPage("p1", "Ann <page> Example", "o1", "Dana Reed", None, None, (_CONTACT,), _FACTS)
_ALL = {act.value for act in Act}
_EMPTY = replace(
    _FACTS, open_runs=0, forbidden=(), consents=(), again=(), runs=(), planned=(), past=(), sequences=(), next=None
)


_WHY = WhyInSequence(
    "Ann is not in hello: <page>.",
    may_enroll=True,
    name="Hello",
    has_rules=True,
    conditions=(
        ConditionWords("historical", "Last contacted", "never", None),
        ConditionWords("qualitative", "Resume", "present", "<page>"),
        ConditionWords("real", "Status", "Hot", "Cold <page>", met=False),
    ),
    refusal="must not be contacted (opt_out <page>)",
    again=_AT,
    by=("hello", "other"),
    batch="b2345678901",
)


def _state(page: PersonPage, **more: object) -> dict[str, object]:
    values: dict[str, object] = {
        "why": None,
        "sequence": "",
        "problem": "",
        "masked": False,
        "temporal_ui": "https://temporal.agency.example/namespaces/relance",
        "allowed": _ALL,
    }
    return values | {"found": page, "facts": page.facts, "address": _ADDRESS} | more


TEMPLATE = "screens/person.html"
MODELS: dict[str, dict[str, object]] = {
    "full": _state(_PAGE, why=_WHY, sequence="hello"),
    "never": _state(_PAGE, why=replace(_WHY, again=None, never=True, may_enroll=False), sequence="hello"),
    "unknown": _state(_PAGE, why=WhyInSequence("no sequence <page> is published"), sequence="none"),
    "empty": _state(replace(_PAGE, contacts=(), facts=_EMPTY)),
    "masked": _state(_PAGE, masked=True, allowed=set()),
    "hidden": _state(replace(_PAGE, facts=None), allowed=set()),
    "merged": _state(replace(_PAGE, name=None, owner_name=None, owner_id=None, deleted_at=_AT, merged_into="p2")),
    "deleted": _state(replace(_PAGE, deleted_at=_AT), problem="Nothing was changed: <page>."),
}
