"""The reaction row: what a run must hear of. Its row, its key and its signal are made here and nowhere else."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from adapters.postgres import queries
from sequences import ids
from sequences.definition.reactions import ReactionKind
from sequences.runs.state import Reaction

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from adapters.postgres.database import Connection

_SEVERAL = 2
Cause = Literal[
    "booking",
    "change",
    "click",
    "closed",
    "colleague",
    "form",
    "merged",
    "open",
    "preferences",
    "refused",
    "review",
    "task",
    "unsubscribe",
]


def reaction_key(cause: Cause, *parts: str | int | datetime) -> str:
    """What makes a second telling of the same thing recognisable: its cause, and what tells it from others of that.

    The keys of stored rows are made like this; another form would let each of them be told once more.
    """
    return ":".join((cause, *(part.isoformat() if isinstance(part, datetime) else str(part) for part in parts)))


@dataclass(frozen=True)
class NewReaction:
    """A reaction before it is stored.

    Attributes:
        key: of a cause (``reaction_key``), or of the message that came in.
        run: the enrollment that it concerns.
        person: the run's.
        kind: a ``ReactionKind``, ``REVIEWED``, ``SAME_CLIENT`` or ``TASK_DONE``.
        received_at: when we heard of it.
        detail: ids, codes and names of fields; nobody's words.
        channel: its name; None when it is about none, or about all.
        send: the send that it is about, or None.
        inbound: the message that it came in, or None.
        holds: whether the run may send nothing until it has handled this.
    """

    key: str
    run: str
    person: str
    kind: str
    received_at: datetime
    detail: Mapping[str, Any] = field(default_factory=dict)
    channel: str | None = None
    send: str | None = None
    inbound: str | None = None
    holds: bool = True


class StoredReaction(Protocol):
    """A row of ``reaction`` that a run has not heard of."""

    @property
    def id(self) -> str:
        """Of the row."""
        ...

    @property
    def kind(self) -> str:
        """A ``ReactionKind``, ``REVIEWED``, ``SAME_CLIENT`` or ``TASK_DONE``."""
        ...

    @property
    def holds(self) -> bool:
        """Whether the run may send nothing until it has handled this."""
        ...


def signal_of(row: StoredReaction) -> Reaction:
    """The signal to the run of a stored reaction: a reply is scored before it is handled."""
    return Reaction(row.id, row.kind, row.holds, scored=row.kind == ReactionKind.REPLIED)


async def write_reaction(connection: Connection, reaction: NewReaction) -> str:
    """Writes the row in the caller's transaction and returns its id. A known key writes nothing."""
    identity = ids.reaction_id(reaction.key)
    await queries.add_reaction(
        connection,
        id=identity,
        key=reaction.key,
        enrollment_id=reaction.run,
        person_id=reaction.person,
        kind=str(reaction.kind),
        channel=reaction.channel,
        send_id=reaction.send,
        inbound_id=reaction.inbound,
        holds=reaction.holds,
        detail=dict(reaction.detail),
        received_at=reaction.received_at,
    )
    return identity


async def write_field_changes(connection: Connection, reactions: Sequence[NewReaction]) -> None:
    """Writes many reactions of the kind ``field_changed``, all of one moment, as ``write_reaction`` does each."""
    if len(reactions) < _SEVERAL:
        for reaction in reactions:
            await write_reaction(connection, reaction)
        return
    rows = [
        {
            "position": position,
            "id": ids.reaction_id(reaction.key),
            "key": reaction.key,
            "enrollment_id": reaction.run,
            "person_id": reaction.person,
            "detail": dict(reaction.detail),
        }
        for position, reaction in enumerate(reactions)
    ]
    await queries.add_field_changes(
        connection, reactions=rows, kind=str(ReactionKind.FIELD_CHANGED), received_at=reactions[0].received_at
    )
