"""What tokens may do, who a caller is, and which secrets can be guessed."""

import pytest

from sequences.access.caller import BREAK_GLASS, Caller
from sequences.access.secret_strength import weakness
from sequences.access.token_scope import TokenScope, allows, needed_scope, parse_scopes
from sequences.errors import SettingsError


@pytest.mark.parametrize("held", list(TokenScope))
@pytest.mark.parametrize("needed", list(TokenScope))
def test_admin_holds_all_scopes_and_steer_the_two_narrow_ones(held: TokenScope, needed: TokenScope) -> None:
    narrow = held is TokenScope.STEER and needed in (TokenScope.DRAFT, TokenScope.JUDGE)
    assert allows([held], needed) == (held is needed or held is TokenScope.ADMIN or narrow)


def test_what_reads_needs_read_unless_it_says_otherwise() -> None:
    assert needed_scope("list_people", ["GET"]) is TokenScope.READ
    assert needed_scope("list_tokens", ["GET"]) is TokenScope.ADMIN
    assert needed_scope("enroll_person", ["POST"]) is TokenScope.ENROLL


@pytest.mark.parametrize("methods", [["POST"], ["GET", "POST"], ["DELETE"]])
def test_what_changes_something_must_say_what_it_needs(methods: list[str]) -> None:
    with pytest.raises(SettingsError, match="something_new has no scope"):
        needed_scope("something_new", methods)


def test_scopes_are_in_one_order_and_known() -> None:
    assert parse_scopes(["steer", "read", "steer"]) == (TokenScope.READ, TokenScope.STEER)
    with pytest.raises(SettingsError, match="'write' is no scope: hooks, enroll, read, draft, judge, steer, admin"):
        parse_scopes(["write", "read"])
    with pytest.raises(SettingsError, match="needs a scope"):
        parse_scopes([])


def test_a_named_token_is_never_left_out_of_who_did_it() -> None:
    named = Caller((TokenScope.STEER,), "g1", "crm-sync")
    assert (named.by, named.speaking_for("Dana"), named.speaking_for("")) == (
        *("token:crm-sync", "Dana (token:crm-sync)", "token:crm-sync"),
    )
    # As before: who has the token of the settings says who they are.
    assert (BREAK_GLASS.by, BREAK_GLASS.speaking_for("Dana"), BREAK_GLASS.speaking_for("")) == ("HTTP", "Dana", "")


@pytest.mark.parametrize(
    ("secret", "problem"),
    [
        ("", "shorter than 16"),
        ("changeme", "shorter than 16"),
        ("a" * 40, "fewer than 6 different"),
        ("abcab" * 5, "fewer than 6 different"),
        ("abcdefgh" * 4, "repeat themselves"),
        ("0f1e2d3c4b5a6978", None),
        ("7bd7c2a5b1f2f0a5c4c0a8d1b6e1f7d3", None),
        ("töken-för-prüfung", None),
    ],
)
def test_what_a_person_types_to_get_on_is_no_secret(secret: str, problem: str | None) -> None:
    found = weakness(secret)
    assert found is None if problem is None else problem in str(found)
