"""The signature of a mailbox, as text and as HTML: each is made of the other where only one was written."""

from __future__ import annotations

from html import escape

from sequences.sending.footer import Footer


def signature_of(text: str | None, html: str | None) -> Footer | None:
    r"""What goes under a mail, above the organisation's footer; None: nothing.

    Args:
        text: as somebody wrote it, with its line ends.
        html: clean already, without ``<body>``.

    >>> signature_of("Dana <3\\nAgency", None).html
    '<p>Dana &lt;3<br>\\nAgency</p>'
    """
    text = (text or "").strip()
    html = (html or "").strip()
    if not text and not html:
        return None
    if not html:
        html = "<p>" + "<br>\n".join(map(escape, text.splitlines())) + "</p>"
    return Footer(text, html)
