"""The roles of users, and whose people they see."""

from __future__ import annotations

import enum


class Role(enum.StrEnum):
    """What a user may do. Each user has one."""

    RECRUITER = "recruiter"
    """Works with their own people: enrolls, steers runs, reads and answers replies."""
    LEAD = "lead"
    """As a recruiter, for the people of a team; also publishes, approves and pauses everything."""
    ADMIN = "admin"
    """Everything, users included."""
    AUDITOR = "auditor"
    """Sees everything but the texts of messages, and changes nothing."""


class PeopleVisible(enum.StrEnum):
    """Whose people a recruiter or a lead sees. That somebody was contacted, when and by whom, is always visible."""

    OWN = "own"
    """Their own, and those without an owner."""
    TEAM = "team"
    """Also those of the other users of their team."""
    ALL = "all"
