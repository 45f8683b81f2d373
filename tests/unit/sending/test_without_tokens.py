"""Tokens that we signed are found in any text, by their signature."""

import pytest

from sequences.tokens import TokenKind, sign, without_tokens

KEYS = (b"the newest key", b"an older key")
TOKEN = sign(TokenKind.UNSUBSCRIBE, "sreqw7hnusqi5mrjgk5v7nymtk6", KEYS[0])
OLDER = sign(TokenKind.REPLY, "sreqw7hnusqi5mrjgk5v7nymtk6", KEYS[1])


@pytest.mark.parametrize("around", ["{}", "https://a.example/u/{}", "<{}@reply.example>", '{}"', "a {}.", "={}&b"])
def test_tokens_of_every_key_are_left_out(around: str) -> None:
    for token in (TOKEN, OLDER):
        assert without_tokens(around.format(token), KEYS) == around.format("[token]")


def test_what_was_not_signed_stays() -> None:
    foreign = sign(TokenKind.UNSUBSCRIBE, "sreqw7hnusqi5mrjgk5v7nymtk6", b"a key of others")
    for text in ("", "Hello", foreign, "sreqw7hnusqi5mrjgk5v7nymtk6", f"x{TOKEN}", TOKEN.upper(), "a" * 5_000):
        assert without_tokens(text, KEYS) == text
    # So that a name for it can be chosen.
    assert without_tokens(f"{TOKEN} and {OLDER}", KEYS, "-") == "- and -"
