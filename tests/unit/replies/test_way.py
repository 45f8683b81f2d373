"""How a reply reaches the owner, and who must never get one."""

import pytest

from sequences.replies.way import OwnAddresses, RepliesBy, way_of, why_not_forwarded

OWN = OwnAddresses.of("reply.agency.example", ["Recruiting@Agency.example", "no-address"])


@pytest.mark.parametrize(
    ("sequence", "owner", "organisation", "way"),
    [
        (None, None, "forward", "forward"),
        (None, "none", "forward", "none"),
        ("notify", "none", "forward", "notify"),
        ("none", "forward", "forward", "none"),
    ],
)
def test_the_sequence_then_the_owner_then_the_organisation(
    sequence: RepliesBy | None, owner: RepliesBy | None, organisation: RepliesBy, way: str
) -> None:
    assert way_of(sequence, owner, organisation) == way


@pytest.mark.parametrize(
    ("owner", "why"),
    [
        (None, "no e-mail address"),
        (" ", "no e-mail address"),
        ("dana", "malformed"),
        ("recruiting@agency.EXAMPLE", "Relance itself reads"),
        ("rxyz@reply.agency.example", "Relance itself reads"),
        ("Person@client.example", "wrote it"),
        ("there@client.example", "wrote it"),
    ],
)
def test_who_gets_none(owner: str | None, why: str) -> None:
    problem = why_not_forwarded(owner, "person@client.example", "there@client.example", OWN)
    assert problem is not None
    assert why in problem


def test_everybody_else_gets_it() -> None:
    assert why_not_forwarded("dana@agency.example", "+447700900123", None, OWN) is None
    assert why_not_forwarded("dana@agency.example", "a@client.example", "b@client.example", OWN) is None
