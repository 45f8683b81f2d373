"""Flowed lines put together (RFC 3676 section 4) where their blanks are no blanks (DelSp): words would fall apart."""

from __future__ import annotations


def unflowed(text: str) -> str:
    """The paragraphs of a text with ``DelSp=yes``; a signature's delimiter and the depth of quotes stay."""
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
