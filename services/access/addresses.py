"""Addresses of the console that are handed out."""

from __future__ import annotations


def link_address(public_url: str, token: str) -> str:
    """What is handed to the user."""
    return f"{public_url}/console/sign-in/{token}"


def oidc_callback(public_url: str) -> str:
    """Where an identity provider sends browsers back to; it must know exactly this address."""
    return f"{public_url}/console/sign-in/oidc/callback"
