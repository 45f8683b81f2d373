"""The one rule about who may do what: a role allows acts, and most acts ask whose the person is."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sequences.access.act import Act
from sequences.access.role import Role
from sequences.errors import NotAllowedError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sequences.access.viewer import Viewer


@dataclass(frozen=True)
class PersonOf:
    """An act is about one person, or about something of one: a run, a reply, a task.

    Attributes:
        owner_id: whose the person is; None: nobody's.
    """

    owner_id: str | None


class Reach(enum.Enum):
    """Whose people an act may concern."""

    ANY = "any"
    VISIBLE = "visible"
    """Those whom the viewer sees: acts that only protect a person, and reading."""
    WORKS_WITH = "works with"
    """Those whom the viewer works with."""


REACH: Final[Mapping[Act, Reach]] = {
    Act.LOOK: Reach.ANY,
    Act.READ_PERSON: Reach.VISIBLE,
    Act.READ_MESSAGE: Reach.VISIBLE,
    Act.MANAGE_OWN_SESSIONS: Reach.ANY,
    Act.PAUSE_RUN: Reach.VISIBLE,
    Act.STOP_RUN: Reach.VISIBLE,
    Act.SUPPRESS: Reach.VISIBLE,
    Act.GIVE_CONSENT: Reach.WORKS_WITH,
    Act.RESUME_RUN: Reach.WORKS_WITH,
    Act.ENROLL: Reach.WORKS_WITH,
    Act.REVIEW_REPLY: Reach.WORKS_WITH,
    Act.ANSWER_REPLY: Reach.WORKS_WITH,
    Act.DO_TASK: Reach.WORKS_WITH,
    Act.SEND_TEST: Reach.ANY,
    Act.CONNECT_MAILBOX: Reach.ANY,
    Act.WRITE_SEQUENCE: Reach.ANY,
    Act.PUBLISH: Reach.ANY,
    Act.APPROVE: Reach.ANY,
    Act.HOLD: Reach.ANY,
    Act.OPERATE: Reach.ANY,
    Act.LIFT_SUPPRESSION: Reach.ANY,
    Act.EXPORT: Reach.ANY,
    Act.ERASE_PERSON: Reach.ANY,
    Act.READ_AUDIT: Reach.ANY,
    Act.MANAGE_USERS: Reach.ANY,
    Act.MANAGE_TOKENS: Reach.ANY,
    Act.MANAGE_WEBHOOKS: Reach.ANY,
    Act.KEEP_MAILBOX: Reach.ANY,
    Act.MANAGE_MAILBOXES: Reach.ANY,
    Act.READ_SETTINGS: Reach.ANY,
    Act.CHANGE_SETTINGS: Reach.ANY,
}
"""Whose people each act may concern."""

_EVERYONE = frozenset({Act.LOOK, Act.READ_PERSON, Act.MANAGE_OWN_SESSIONS})
_RECRUITER = _EVERYONE | {
    Act.READ_MESSAGE,
    Act.PAUSE_RUN,
    Act.STOP_RUN,
    Act.SUPPRESS,
    Act.GIVE_CONSENT,
    Act.RESUME_RUN,
    Act.ENROLL,
    Act.REVIEW_REPLY,
    Act.ANSWER_REPLY,
    Act.DO_TASK,
    Act.SEND_TEST,
    Act.CONNECT_MAILBOX,
    Act.WRITE_SEQUENCE,
    Act.KEEP_MAILBOX,
}
_LEAD = _RECRUITER | {Act.PUBLISH, Act.APPROVE, Act.HOLD}

ACTS: Final[Mapping[Role, frozenset[Act]]] = {
    Role.RECRUITER: frozenset(_RECRUITER),
    Role.LEAD: frozenset(_LEAD),
    Role.ADMIN: frozenset(Act),
    Role.AUDITOR: _EVERYONE | {Act.READ_AUDIT, Act.READ_SETTINGS},
}
"""The acts of each role."""


def may(viewer: Viewer, act: Act, subject: PersonOf | None = None) -> bool:
    """Whether a viewer may do that.

    Args:
        viewer: who wants to.
        act: what.
        subject: the person whom it concerns; None: not known yet, so only the role decides (may the button be shown?).
    """
    if act not in ACTS[viewer.role]:
        return False
    if subject is None or REACH[act] is Reach.ANY:
        return True
    scope = viewer.sees if REACH[act] is Reach.VISIBLE else viewer.works_with
    return scope.holds(subject.owner_id)


def sees_mailbox(viewer: Viewer, owner_id: str | None) -> bool:
    """Whether a viewer may look at a mailbox of that owner (None: of nobody): everybody at their own."""
    sees_all = may(viewer, Act.MANAGE_MAILBOXES) or may(viewer, Act.READ_SETTINGS)
    return sees_all or (owner_id is not None and owner_id == viewer.owner_id)


def authorize(viewer: Viewer, act: Act, subject: PersonOf | None = None) -> None:
    """Lets an act pass, or not.

    Raises:
        NotAllowedError: the viewer may not do that; the message says whether the role or the person is why.
    """
    if act not in ACTS[viewer.role]:
        raise NotAllowedError(f"your role, {viewer.role}, may not {act.words}")
    if not may(viewer, act, subject):
        raise NotAllowedError(f"this person belongs to another recruiter: you may not {act.words} here")
