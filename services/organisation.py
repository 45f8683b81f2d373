"""What is the organisation's own: addresses, keys, the name on the mail, the renderer of its language and fields."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from adapters.templates.renderer import Renderer
from sequences.channels import EMAIL, SMS, WHATSAPP
from sequences.reactions.soft_bounces import DEFAULT_LIMIT, BounceLimit
from sequences.tokens import sign

if TYPE_CHECKING:
    from adapters.settings import Settings
    from sequences.tokens import TokenKind


def renderer_of(settings: Settings) -> Renderer:
    """Templates rendered in the organisation's language, with its own fields."""
    return Renderer(language=settings.language, custom_fields=settings.custom())


@dataclass(frozen=True)
class Organisation:
    """Values of the composition root.

    Attributes:
        public_url: base of tracking, unsubscribe and webhook links, without a slash at the end.
        token_keys: keys of signed tokens, the newest first.
        reply_domain: the domain of signed reply addresses.
        mail_domain: the right side of Message-IDs.
        sender_name: name on the mail when the owner has none.
        sender_address: address on the mail when the owner has none.
        company: our company, for templates.
        sms_sender: our number, E.164.
        whatsapp_sender: our number for WhatsApp, or a messaging service; empty: no WhatsApp message goes.
        phone_region: two letters; how national numbers are read.
        sms_opt_out_line: the line under a sender's first text to a person; see ``sequences.sms.opt_out_line``.
        sms_segments_warn: a text of more segments leaves a warning.
        soft_bounces: after how many nothing goes to an address any more; None: never.
        language: ISO code, for recipients whose own is not known.
        footer_lines: lines of the footer, such as the postal address.
        authserv_ids: of the mail servers whose Authentication-Results are believed, lower case; none: nobody looks.
    """

    public_url: str
    token_keys: tuple[bytes, ...]
    reply_domain: str
    mail_domain: str
    sender_name: str
    sender_address: str
    company: str
    sms_sender: str
    phone_region: str
    sms_opt_out_line: str = ""
    whatsapp_sender: str = ""
    sms_segments_warn: int = 3
    soft_bounces: BounceLimit | None = DEFAULT_LIMIT
    language: str = "en"
    footer_lines: tuple[str, ...] = ()
    authserv_ids: tuple[str, ...] = ()

    def sender_on(self, channel: str) -> str:
        """The address that messages of a channel go out from when nobody else's is meant; empty: none is set."""
        own = {EMAIL.name: self.sender_address, SMS.name: self.sms_sender, WHATSAPP.name: self.whatsapp_sender}
        return own.get(channel, "")

    @property
    def key(self) -> bytes:
        """The key that signs."""
        return self.token_keys[0]

    def signed_address(self, kind: TokenKind, send: str) -> str:
        """The address at which mail about a send comes in; the address itself says which send it is about."""
        return f"{sign(kind, send, self.key)}@{self.reply_domain}"
