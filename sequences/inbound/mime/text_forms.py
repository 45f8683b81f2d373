"""Two forms of plain text that are not plain yet: flowed lines (RFC 3676) and text/enriched (RFC 1896)."""

from __future__ import annotations

import re

# "<<" is the sign itself; what stands between param and /param is for the program.
_COMMAND = re.compile(r"<<|<param>.{0,1000}?</param>|</?[A-Za-z0-9-]{1,60}>", re.I | re.S)
_BREAKS = re.compile(r"\n+")


def unflowed(text: str) -> str:
    """Flowed lines put together where their blanks are no blanks (``DelSp=yes``): words would fall apart otherwise.

    A signature's delimiter and the depth of quotes stay (RFC 3676 section 4).
    """
    out: list[str] = []
    before, flows = 0, False
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        said = line[depth:].removeprefix(" ")
        if flows and depth == before and said != "-- ":
            out[-1] = out[-1][:-1] + said
        else:
            out.append(f"{'>' * depth} {said}" if depth else said)
        before, flows = depth, said.endswith(" ") and said != "-- "
    return "\n".join(out)


def from_enriched(text: str) -> str:
    """The words without the commands; one line break is a blank, and each further one is one (RFC 1896 section 2)."""
    if "<nofill>" not in text.lower():
        text = _BREAKS.sub(lambda found: "\n" * (len(found[0]) - 1) or " ", text.strip("\n"))
    return _COMMAND.sub(lambda found: "<" if found[0] == "<<" else "", text)
