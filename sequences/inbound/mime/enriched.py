"""Text with the commands of text/enriched (RFC 1896), as old mail programs send it, to plain text."""

from __future__ import annotations

import re

# "<<" is the sign itself; what stands between param and /param is for the program.
_COMMAND = re.compile(r"<<|<param>.{0,1000}?</param>|</?[A-Za-z0-9-]{1,60}>", re.I | re.S)
_BREAKS = re.compile(r"\n+")


def from_enriched(text: str) -> str:
    """The words without the commands; one line break is a blank, and each further one is one (RFC 1896 section 2)."""
    if "<nofill>" not in text.lower():
        text = _BREAKS.sub(lambda found: "\n" * (len(found[0]) - 1) or " ", text.strip("\n"))
    return _COMMAND.sub(lambda found: "<" if found[0] == "<<" else "", text)
