"""The catalogue: every type of event with what it means, its JSON Schema and an example."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final, get_args

from pydantic import TypeAdapter

from sequences.errors import RefusedError, RequestRefused
from sequences.events.model import EventPerson, OneEvent, StreamEvent

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

ERASED: Final = "person.erased"
"""The last event of a person."""
_ADAPTER: Final[TypeAdapter[OneEvent]] = TypeAdapter(StreamEvent)
_OF_RUN: Final = {"person": "p-1001", "enrollment": "ek5w3ga7t2", "sequence": "new-services", "version": 3}
_OF_MESSAGE: Final = _OF_RUN | {
    "reaction": "rm2x6hq4vd",
    "channel": "email",
    "message": "sb7d2kf9qa",
    "step": "introduce",
}
_TASK: Final = _OF_RUN | {
    "task": "f3nq8wz5xc",
    "kind": "other",
    "step": None,
    "owner": "dana",
    "due_at": "2027-05-05T09:00:00Z",
}
_MEETING: Final = _OF_RUN | {"reaction": "rm2x6hq4vd", "calendar": "calendly", "starts_at": "2027-05-06T09:00:00Z"}
_EXAMPLES: Final[Mapping[str, Mapping[str, object]]] = {
    "enrollment.enrolled": _OF_RUN | {"record": "p-1001", "via": "rule"},
    "enrollment.refused": {
        "person": "p-1002",
        "sequence": "new-services",
        "record": "p-1002",
        "via": "hand",
        "reason": "suppressed",
    },
    "enrollment.finished": _OF_RUN | {"record": "p-1001", "reason": "finished"},
    "enrollment.stopped": _OF_RUN | {"record": "p-1001", "reason": "replied.positive"},
    "message.sent": _OF_RUN | {"message": "sb7d2kf9qa", "channel": "email", "step": "introduce", "variant": None},
    "message.opened": _OF_MESSAGE,
    "message.clicked": _OF_MESSAGE,
    "message.bounced": _OF_MESSAGE,
    "reply.received": _OF_RUN
    | {
        "reply": "rsfakoe5pw",
        "channel": "email",
        "message": "sb7d2kf9qa",
        "step": "introduce",
        "label": "positive",
        "intent": "interested",
        "confidence": 0.95,
        "needs_review": False,
        "opt_out": False,
    },
    "reply.reviewed": _OF_RUN
    | {"reply": "rsfakoe5pw", "label": "neutral", "intent": "question", "opt_out": None, "not_theirs": False},
    "meeting.booked": _MEETING,
    "meeting.cancelled": _MEETING,
    "person.opted_out": {"person": "p-1001", "channel": "all", "reason": "opt_out", "topic": None},
    "person.erased": {"person": "p-1001"},
    "task.created": _TASK,
    "task.done": _TASK,
    "task.closed": _TASK,
    "lead.created": _OF_RUN | {"lead": "f6jt4ry2mb", "source": "new-services", "owner": "dana"},
    "field.set": _OF_RUN | {"record": "p-1001", "fields": {"person.status": "Not interested"}},
    "sequence.published": {"sequence": "new-services", "version": 3},
}
_AT: Final = datetime(2027, 5, 4, 9, 30, tzinfo=UTC)
_CURSOR: Final = 1204


@dataclass(frozen=True)
class EventType:
    """A type of events.

    Attributes:
        name: such as ``message.sent``; its group is what is before the full stop.
        words: when it happens, for people.
        schema: JSON Schema 2020-12 of a whole event.
        example: a whole event.
    """

    name: str
    words: str
    schema: dict[str, Any]
    example: dict[str, Any]


@dataclass(frozen=True)
class StoredEvent:
    """An event as it is stored.

    Attributes:
        position: in the stream.
        detail: what only events of the type have.
    """

    position: int
    type: str
    at: datetime
    person: str | None
    enrollment: str | None
    sequence: str | None
    version: int | None
    detail: Mapping[str, Any]


def event_id(position: int) -> str:
    """Id of the event at a place of the stream, and the header ``webhook-id`` of every try to post it."""
    return f"event-{position}"


def event_of(stored: StoredEvent, subject: EventPerson | None = None) -> OneEvent:
    """The event as others get it.

    Args:
        stored: its row.
        subject: who the person is, where that was asked for.

    Raises:
        pydantic.ValidationError: the row is not as its type says.
    """
    model = MODELS[stored.type]
    common = {
        "person": stored.person,
        "enrollment": stored.enrollment,
        "sequence": stored.sequence,
        "version": stored.version,
    }
    known = model.model_fields["data"].annotation.model_fields  # type: ignore[union-attr]
    data = {name: value for name, value in common.items() if name in known} | dict(stored.detail)
    return _ADAPTER.validate_python(
        {
            "id": event_id(stored.position),
            "type": stored.type,
            "cursor": str(stored.position),
            "timestamp": stored.at,
            "data": data,
            # Of somebody who was erased there is nothing to say but the id.
            "subject": subject if stored.type != ERASED else None,
        }
    )


def plain(event: OneEvent) -> dict[str, Any]:
    """An event as JSON has it; without ``subject`` where nobody asked for it."""
    return event.model_dump(mode="json", exclude={"subject"} if event.subject is None else None)


def known_types(asked: Collection[str]) -> list[str]:
    """The same of what was checked before; a type that an older release knew is passed over."""
    return [each for each in MODELS if not asked or any(_means(word, each) for word in asked)]


def expand_types(asked: Collection[str]) -> list[str]:
    """The types that are meant by names and groups.

    >>> expand_types(["lead.*"]), len(expand_types([])) == len(MODELS)
    (['lead.created'], True)

    Args:
        asked: names such as ``message.sent``, or groups such as ``message.*``; none: all.

    Raises:
        RefusedError: there is no such type.
    """
    for each in asked:
        if not any(_means(each, name) for name in MODELS):
            raise RefusedError(
                RequestRefused.INVALID,
                f"there is no type of events {each!r}. Allowed: {', '.join(MODELS)}, or {GROUPS}",
            )
    return known_types(asked)


def catalogue() -> list[EventType]:
    """Every type, in one order."""
    return [
        EventType(name, inspect.getdoc(model) or "", model.model_json_schema(), plain(_example(name)))
        for name, model in MODELS.items()
    ]


def schema() -> dict[str, Any]:
    """JSON Schema 2020-12 of any event of the stream."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "An event of Relance",
        **_ADAPTER.json_schema(),
    }


def _means(word: str, name: str) -> bool:
    return word == name or (word.endswith(".*") and name.startswith(word.removesuffix("*")))


def _name(model: type[OneEvent]) -> str:
    return str(get_args(model.model_fields["type"].annotation)[0])


def _example(name: str) -> OneEvent:
    detail: dict[str, Any] = dict(_EXAMPLES[name])
    person, enrollment, sequence, version = (
        detail.pop(key, None) for key in ("person", "enrollment", "sequence", "version")
    )
    return event_of(StoredEvent(_CURSOR, name, _AT, person, enrollment, sequence, version, detail))


MODELS: Final[Mapping[str, type[OneEvent]]] = {_name(model): model for model in get_args(OneEvent)}
"""By the names of types, in the order of the catalogue."""
GROUPS: Final = ", ".join(sorted({f"{name.partition('.')[0]}.*" for name in MODELS}))
