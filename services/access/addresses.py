"""Addresses of ours that are handed out."""

from __future__ import annotations

from urllib.parse import quote, urlencode


def link_address(public_url: str, token: str) -> str:
    """What is handed to the user."""
    return f"{public_url}/console/sign-in/{token}"


def oidc_callback(public_url: str) -> str:
    """Where an identity provider sends browsers back to; it must know exactly this address."""
    return f"{public_url}/console/sign-in/oidc/callback"


def mailbox_callback(public_url: str) -> str:
    """Where Google and Microsoft send browsers back to that connect a mailbox; each must know exactly this address."""
    return f"{public_url}/console/mailboxes/connect/callback"


def mailbox_connect_address(public_url: str, mailbox: str, provider: str, access: str) -> str:
    """The page on which the owner of a mailbox connects it."""
    asked = urlencode({"address": mailbox, "provider": provider, "access": access})
    return f"{public_url}/console/mailboxes/connect?{asked}"


def microsoft_push(public_url: str, mailbox: str) -> str:
    """Where Microsoft tells of new mail in a mailbox of that id."""
    return f"{public_url}/mail-push/microsoft/{quote(mailbox, safe='')}"


def google_push(public_url: str) -> str:
    """Where Google tells of new mail; what it signs is for this address."""
    return f"{public_url}/mail-push/google"
