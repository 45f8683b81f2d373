"""What a stored mail says around its words: ids of its thread, names of its files, whether it can be attached."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from sequences.inbound.mime.body import take_apart
from sequences.inbound.mime.headers import message_ids

LARGEST: Final = 5_000_000
"""Bytes. A larger original is named and not attached: many mail servers refuse mails of more than 10 or 20 MB."""
_MOST_FILES: Final = 30
_LONGEST_NAME: Final = 100
_LONGEST_LINE: Final = 998  # RFC 5322 section 2.1.1
_IDENTIFIER = re.compile(r"<[!-;=?-~]{1,900}>")
_LINE_END = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Original:
    """A mail that a person wrote.

    Attributes:
        message_id: with angle brackets; empty when it has none that can be cited.
        references: the ids of its thread, oldest first.
        files: names of attachments.
        attachable: its bytes as a mail may carry them (RFC 2046 section 5.2.1: 7-bit only), or None.
        too_large: it is not attached for its size.
    """

    message_id: str = ""
    references: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    attachable: bytes | None = None
    too_large: bool = False


def read_original(raw: bytes) -> Original:
    """Reads what came; broken or hostile mail comes back as what could be read of it."""
    mail = take_apart(raw)
    own = _citable(message_ids(mail.headers.get("message-id")))
    cited = message_ids(mail.headers.get("references")) or message_ids(mail.headers.get("in-reply-to"))
    files = [part.file_name for part in mail.parts if not part.embedded and (part.attached or part.file_name)]
    return Original(
        message_id=own[0] if own else "",
        references=_citable(cited),
        files=tuple(_one_line(name) or "(without a name)" for name in files[:_MOST_FILES]),
        attachable=raw if 0 < len(raw) <= LARGEST else None,
        too_large=len(raw) > LARGEST,
    )


def is_seven_bit(raw: bytes) -> bool:
    """Whether a mail can lie in another one as it is: ASCII, no NUL, no line over 998 octets."""
    return raw.isascii() and b"\0" not in raw and max(map(len, _LINE_END.split(raw))) <= _LONGEST_LINE


def thread_of(*groups: tuple[str, ...]) -> tuple[str, ...]:
    """Ids that may be cited, without repeats, in this order."""
    return tuple(dict.fromkeys(_citable([each for group in groups for each in group])))


def _citable(ids: tuple[str, ...] | list[str]) -> tuple[str, ...]:
    return tuple(each for each in ids if _IDENTIFIER.fullmatch(each))


def _one_line(name: str) -> str:
    shown = " ".join("".join(sign if sign.isprintable() else " " for sign in name).split())
    return shown if len(shown) <= _LONGEST_NAME else shown[: _LONGEST_NAME - 3] + "..."
