"""What makes a message a test: what its reader sees."""

from __future__ import annotations

import re
from dataclasses import replace

from sequences.sending.email_content import EmailContent

MARK = "[Test] "
TEST_PATH = "/test"
"""Before the paths of all links of a test: they lead to a page that says so."""
_BODY = re.compile(r"<body\b[^>]*>", re.IGNORECASE)


def said_above(sequence: str, step: str, person: str) -> str:
    """The line that every test mail begins with; ids only."""
    return (
        f"This is a test: step {step} of {sequence}, as person {person} would get it. "
        "It was sent to nobody else and counts nowhere. Its personal links lead to a page that says so."
    )


def marked(content: EmailContent | str, line: str) -> EmailContent | str:
    """The words of a test. A text message has the mark alone: each of its characters may cost."""
    if isinstance(content, str):
        return MARK + content
    html = content.html
    if html is not None:
        # The line is made of our own words and of ids: it holds nothing that HTML would read.
        above = f'<p style="border: 1px solid; padding: 0.5em"><strong>{MARK.strip()}</strong> {line}</p>'
        body = _BODY.search(html)
        at = body.end() if body else 0
        html = html[:at] + above + html[at:]
    return replace(content, text=f"{MARK}{line}\n\n{content.text}", html=html)
