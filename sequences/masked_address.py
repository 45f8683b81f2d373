"""Addresses and numbers for those who may not see them whole."""

from __future__ import annotations


def masked(address: str | None) -> str:
    """An address or number that its owner recognises and a stranger cannot use; empty for none.

    >>> masked("ann@client.example"), masked("+44 7700 900123")
    ('a…@client.example', '…123')
    """
    if not address:
        return ""
    local, at, domain = address.strip().rpartition("@")
    return f"{local[:1]}…@{domain}" if at else f"…{address.strip()[-3:]}"
