"""Whether a secret that we choose ourselves can be guessed."""

from __future__ import annotations

from typing import Final

SHORTEST: Final = 16
_FEWEST: Final = 6
"""Different characters: 16 random hexadecimal digits have fewer once in 30,000 times."""
HOW: Final = "make one with: openssl rand -hex 24"


def weakness(secret: str) -> str | None:
    """What is wrong with a secret, without the secret; None: nothing that can be seen.

    Length and variety do not prove that a secret is random. They refuse what a person types to get on: nothing, ``x``,
    ``changeme``, ``aaaaaaaaaaaaaaaa``.
    """
    if len(secret) < SHORTEST:
        return f"shorter than {SHORTEST} characters"
    if len(set(secret)) < _FEWEST:
        return f"made of fewer than {_FEWEST} different characters"
    if secret in (secret + secret)[1:-1]:
        return "a few characters that repeat themselves"
    return None
