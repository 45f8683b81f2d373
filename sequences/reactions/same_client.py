"""What a reply of one contact means for the others at the same client."""

from __future__ import annotations

from collections.abc import Collection
from typing import Final

from sequences.email_address import email_key

SAME_CLIENT: Final = "same_client"
"""Kind of the reaction by which a run hears of a colleague. No rule names it: the key of that name counts."""
COLLEAGUE: Final = "colleague"
"""Key, in the detail of that reaction: ``replied``, ``opted_out`` or ``suppressed``."""

REPLIED, OPTED_OUT, SUPPRESSED = "replied", "opted_out", "suppressed"
REASONS: Final = {
    REPLIED: "a colleague at the same client replied",
    OPTED_OUT: "a colleague opted the company out",
    SUPPRESSED: "the company is not to be contacted",
}

_FREE_PROVIDERS: Final = """
gmail.com googlemail.com outlook.com hotmail.com hotmail.co.uk live.com live.co.uk msn.com yahoo.com
yahoo.co.uk ymail.com aol.com icloud.com me.com mac.com proton.me protonmail.com gmx.de gmx.net gmx.at gmx.ch
web.de t-online.de freenet.de mail.com mail.ru yandex.ru yandex.com zoho.com btinternet.com sky.com
virginmedia.com talktalk.net orange.fr free.fr laposte.net wanadoo.fr sfr.fr libero.it virgilio.it tiscali.it
wp.pl onet.pl o2.pl interia.pl hotmail.fr hotmail.de hotmail.it hotmail.es outlook.de outlook.fr outlook.es
telenet.be ziggo.nl kpnmail.nl comcast.net verizon.net att.net sbcglobal.net qq.com 163.com fastmail.com
hey.com tutanota.com bluewin.ch
"""
_FREE: Final = frozenset(_FREE_PROVIDERS.split())
"""Domains whose addresses belong to no company."""


def company_domain(address: str | None, own: Collection[str]) -> str | None:
    """The domain that a company's wish is about, or None: the address is of a free provider, of ours, or no mail.

    Args:
        address: that the reply came from.
        own: domains of ours.

    >>> company_domain("Jo@Acme.Example", ["agency.example"])
    'acme.example'
    """
    if not address or "@" not in address:
        return None
    domain = email_key(address).rpartition("@")[2]
    ours = {each.lower() for each in own}
    return None if not domain or domain in _FREE or domain in ours else domain
