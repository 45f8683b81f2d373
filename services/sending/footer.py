"""The organisation's footer under a mail, in the language of who gets it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from adapters.page_words import words_in
from sequences.page_languages import page_language
from sequences.sending.footer import Footer, FooterLink, footer

if TYPE_CHECKING:
    from services.organisation import Organisation


def footer_for(organisation: Organisation, language: object, unsubscribe_url: str) -> Footer:
    """Why the mail came, the organisation's own lines, and the links to unsubscribe and to choose.

    Args:
        organisation: whose footer.
        language: of the mail where its template says it, else of the recipient; any text, or None.
        unsubscribe_url: of the message; its preferences are a page below it.
    """
    words = words_in(page_language(str(language or ""), organisation.language))
    lines = (words("footer.why", company=organisation.company), *organisation.footer_lines)
    links = (
        FooterLink(words("footer.unsubscribe"), unsubscribe_url),
        FooterLink(words("footer.preferences"), preferences_url(unsubscribe_url)),
    )
    return footer(lines, links)


def preferences_url(unsubscribe_url: str) -> str:
    """The page on which the recipient of a message chooses what they get."""
    return f"{unsubscribe_url}/preferences"
