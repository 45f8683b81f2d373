"""What somebody types to find a person: an address, a number, an id, or words of a name. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from sequences.email_address import address_key, email_problem
from sequences.phone import in_full

_FEWEST_DIGITS = 7


@dataclass(frozen=True)
class PersonSearch:
    """What a search text can mean; each meaning is tried, and what is None cannot be meant.

    Attributes:
        id: of a person, as the CRM has it.
        address: as addresses are compared.
        number: E.164.
        words: each begins a word of the name, or of the address before the @.
    """

    id: str | None = None
    address: str | None = None
    number: str | None = None
    words: str | None = None

    @property
    def is_empty(self) -> bool:
        """Nothing was typed that can be looked for."""
        return self == PersonSearch()


def read_person_search(text: str, region: str) -> PersonSearch:
    """Reads what was typed.

    Args:
        text: as typed or pasted.
        region: ISO 3166-1 alpha-2 country in which a number without one is read.
    """
    wanted = " ".join(text.replace("\x00", " ").split())[:200]
    if not wanted:
        return PersonSearch()
    one = wanted if " " not in wanted and len(wanted) <= 64 else None
    if "@" in wanted:
        pasted = wanted.removeprefix("mailto:").strip("<>,; ")
        if email_problem(pasted) is None:
            return PersonSearch(one, address=address_key(pasted))
        return PersonSearch(one, words=_words(pasted.partition("@")[0]))
    digits = sum(each.isdigit() for each in wanted)
    if digits >= _FEWEST_DIGITS and not any(each.isalpha() for each in wanted):
        return PersonSearch(one, number=in_full(wanted, region) or in_full(f"+{wanted.lstrip('+0')}", region))
    return PersonSearch(one, words=_words(wanted))


def _words(text: str) -> str | None:
    """None where there is nothing but signs."""
    return text if any(each.isalnum() for each in text) else None
