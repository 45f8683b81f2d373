"""What stands between backticks in our texts, such as a command: shown as code."""

from __future__ import annotations

import re
from typing import Final

from markupsafe import Markup, escape

_CODE: Final = re.compile(r"`([^`\n]+)`")


def code_words(text: object) -> Markup:
    """A text for a page, escaped unless it is markup.

    >>> code_words("run `relance import` & wait")
    Markup('run <code>relance import</code> &amp; wait')
    """
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped here
