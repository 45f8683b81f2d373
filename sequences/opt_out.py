"""Does the writer ask not to be contacted any more? Judged by a reviewed list, beside the model.

The model recognises most such wishes; the list makes sure that the plain ones are never left to it alone. A text is
read sentence by sentence. A sentence that matches a *guard* (a footer, a ticket notice, "do not call before ten") can
never be an opt-out; any other that matches a *pattern* is one. Each pattern has a name: the reason shown to people.
"""

from __future__ import annotations

import re
from typing import Final

from sequences.opt_out_patterns import GUARDS, PARTS, PATTERNS


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, part in PARTS.items():
        pattern = pattern.replace(f"<{name}>", part)
    return re.compile(pattern)


_GUARDS: Final = tuple(_compiled(guard) for guard in GUARDS)
_PATTERNS: Final = tuple((name, _compiled(pattern)) for name, patterns in PATTERNS.items() for pattern in patterns)
_BARE: Final = re.compile(
    r"^(?:please |pls |plz )?(?:stop|stopall|stop all|end|quit|cancel|unsubscribe|revoke|optout)"
    r"(?: stop| please| pls| it| now| this| thanks| thank you)*$"
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+|\s+(?=\u2013|\u2014)")
_NOISE: Final = re.compile(r"[.,!?;:\"“”()\[\]\u2013\u2014\u2026*_<>]+")
_LIMIT: Final = 20_000
"""Characters read from each end of a text: a wish to be left alone stands at the start or at the end of a long mail."""


def opt_out_reasons(text: str) -> tuple[str, ...]:
    """Names of the patterns by which the writer asks not to be contacted; empty when there are none.

    Args:
        text: what the person wrote, without quotes and signature.
    """
    found: dict[str, None] = {}
    sentences = _sentences(text)
    for index, sentence in enumerate(sentences):
        if _is_bare_stop(sentence) and (index == len(sentences) - 1 or len(sentences) == 1):
            found["stop"] = None
        if any(guard.search(sentence) for guard in _GUARDS):
            continue
        for name, pattern in _PATTERNS:
            if pattern.search(sentence):
                found[name] = None
    return tuple(found)


def _is_bare_stop(sentence: str) -> bool:
    return _BARE.match(sentence) is not None


def _sentences(text: str) -> list[str]:
    if len(text) > 2 * _LIMIT:
        text = text[:_LIMIT] + "\n" + text[-_LIMIT:]
    plain = text.replace("\u2019", "'").replace("\u2018", "'").lower()
    cleaned = (" ".join(_NOISE.sub(" ", part).split()).strip(" ,-'") for part in _SENTENCE_END.split(plain))
    return [sentence for sentence in cleaned if sentence]
