"""All that tools may ask of the HTTP API. What is not in this list, no tool can do.

Nothing in it sends a message, enrolls, approves, publishes, or changes settings; tests hold it against the acts of
users and against the description of the API.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from sequences.access.act import Act


@dataclass(frozen=True)
class Operation:
    """An operation of the HTTP API.

    Attributes:
        name: in the description of the API; the scope that it needs follows from it.
        method: of HTTP.
        path: with the names of its parameters in braces.
        act: what a user would need to be allowed to do.
    """

    name: str
    method: str
    path: str
    act: Act


FIND_PEOPLE: Final = Operation("find_people", "GET", "/search/people", Act.READ_PERSON)
GET_PERSON: Final = Operation("get_person", "GET", "/people/{person}", Act.READ_PERSON)
EXPLAIN: Final = Operation("explain_person", "GET", "/people/{person}/sequences/{name}/explain", Act.READ_PERSON)
LIST_RUNS: Final = Operation("list_enrollments", "GET", "/enrollments", Act.READ_PERSON)
GET_RUN: Final = Operation("get_enrollment", "GET", "/enrollments/{enrollment}", Act.READ_MESSAGE)
LIST_REPLIES: Final = Operation("list_replies", "GET", "/replies", Act.READ_MESSAGE)
LIST_SEQUENCES: Final = Operation("list_sequences", "GET", "/sequences", Act.LOOK)
GET_DRAFT: Final = Operation("get_sequence_draft", "GET", "/sequences/{name}/draft", Act.LOOK)
STATISTICS: Final = Operation("get_statistics", "GET", "/stats", Act.LOOK)
FIELDS: Final = Operation("list_fields", "GET", "/fields", Act.LOOK)
CHECK: Final = Operation("check_sequence", "POST", "/sequences/{name}/check", Act.LOOK)
SAVE_DRAFT: Final = Operation("save_sequence_draft", "PUT", "/sequences/{name}/draft", Act.WRITE_SEQUENCE)
REVIEW: Final = Operation("review_reply", "POST", "/reviews/{reaction}", Act.REVIEW_REPLY)

OPERATIONS: Final = frozenset(
    {
        *(FIND_PEOPLE, GET_PERSON, EXPLAIN, LIST_RUNS, GET_RUN, LIST_REPLIES, LIST_SEQUENCES, GET_DRAFT),
        *(STATISTICS, FIELDS, CHECK, SAVE_DRAFT, REVIEW),
    }
)
"""All of them."""
