"""What an id names, for commands that take a beginning of it. Imports nothing: ``relance --help`` pays for it."""

from __future__ import annotations

import enum


class IdKind(enum.Enum):
    """What an id names: its word, the word for several, and how to see them."""

    ENROLLMENT = ("enrollment", "enrollments", "`relance enrollments` lists them")
    REACTION = ("reaction", "reactions", "`relance review list` lists replies that need review")
    DELIVERY = ("delivery", "deliveries", "`relance deliveries` lists them")
    INBOUND = ("inbound message", "inbound messages", "`relance unmatched` lists those without a run")
    SEND = ("send", "sends", "`relance unknown` lists unknown sends")
    TASK = ("task", "tasks", "`relance tasks` lists them")
    JOB = ("job", "jobs", "`relance jobs` lists them")
    BATCH = ("batch", "batches", "`relance batches` lists them")
    PERSON = ("person", "people", "`relance people` lists them")
    PLACEMENT = ("placement", "placements", "`relance enrollments` names those with a run")
    OWNER = ("owner", "owners", "`relance people` names them")

    @property
    def ours(self) -> bool:
        """Whether Relance makes these ids; else the CRM does."""
        return self not in (IdKind.PERSON, IdKind.PLACEMENT, IdKind.OWNER)
