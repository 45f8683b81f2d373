"""Plain text and HTML of one mail say the same, or should: which of them is read, and what only one of them holds."""

from __future__ import annotations

import re
from dataclasses import replace

from sequences.inbound.replies.reply_text import Reply
from sequences.reactions.opt_out.match import opt_out_reasons

_MOST_LINES = 400
_MOST_LETTERS = 200_000
_SHORT = 400
_MIN_LETTERS = 3
_ADDRESS = re.compile(r"<?(?:https?://|mailto:|www\.)[^\s<>]{1,2000}>?", re.I)
_PICTURE = re.compile(r"\[[^\]\n]{1,100}\]")
_ASCII_SIGNS = bytes(number for number in range(128) if not chr(number).isalnum() and chr(number) != "\n")
_NOT_LETTERS = re.compile(r"(?:[^\w\n]|_)+")
_WORD = re.compile(r"[^\W_]+")
# The same in all languages: what a text says that stands there only because HTML cannot be shown.
_ABOUT_FORM = re.compile(
    r"html|\bmime\b|multi-?part|e-?mail[- ](?:client|reader|program)|mail ?(?:client|reader|programm?)\b|"
    r"plain[- ]?text|text[- ]version|textversion|versi(?:on|ón|one) (?:texte|texto|testuale)|"
    r"in (?:your|a|the) browser|im browser|navigat(?:eur|or)\b|logiciel de messagerie|cliente de correo|"
    r"visuali[sz]|view (?:this|it)\b|read (?:this|it)\b|anzeigen|affich|\bdisplay|"
    r"navegador|przeglądar|webbläsare|"
    r"content-type|programma di posta|klient|браузер|почтов|"
    r"ブラウザ|メールソフト|浏览器|瀏覽器|邮件客户端|郵件軟體|브라우저",
    re.I,
)
_SENTENCE = re.compile(r"[.!?\u3002\uff01\uff1f\u2026]\W{0,3}$")
_OF_A_CARD = re.compile(
    r"https?://|www\.|@|\||\u00a9|(?:\+|\b0)\d[\d\s()./-]{5,}|\b(?:tel|mob|fax|gmbh|ltd|inc|llc|s\.?a\.?r\.?l)\b", re.I
)


def letters(text: str) -> str:
    """Letters and digits only, in small: two forms of one text have those in common."""
    return _by_line(text[:_MOST_LETTERS]).replace("\n", "")


def _by_line(text: str) -> str:
    if "://" in text or "www." in text or "mailto:" in text:
        text = _ADDRESS.sub(" ", text)
    if text.isascii():
        return text.encode("ascii").translate(None, _ASCII_SIGNS).decode("ascii").lower()
    return _NOT_LETTERS.sub("", text).casefold()


def is_placeholder(plain: str, from_html: str) -> bool:
    """True for a text part without words of the mail: empty, or a note that the mail is in HTML. Never for a wish.

    Args:
        plain: the text part.
        from_html: the text of the HTML beside it.
    """
    if len(plain) > _SHORT:
        return False
    plain = "\n".join(line for line in plain.split("\n") if not line.startswith(">"))
    own = letters(_PICTURE.sub("", plain))
    if not own:
        return bool(letters(from_html))
    if own in letters(from_html):
        return False
    words = set(_WORD.findall(plain.casefold()))
    shared = words & set(_WORD.findall(from_html[:_MOST_LETTERS].casefold()))
    about_form = _ABOUT_FORM.search(plain) is not None and len(shared) * 2 <= len(words)
    return about_form and not opt_out_reasons(plain)


def missing_lines(lines: list[str], text: str) -> list[str]:
    """Those of ``lines`` whose words do not stand in ``text``; of the first 400."""
    there = letters(text)
    lines = lines[:_MOST_LINES] or [""]
    candidates = [
        line
        for line, own in zip(lines, _by_line("\n".join(lines)).split("\n"), strict=True)
        if len(own) >= _MIN_LETTERS and own not in there
    ]
    words = set(_WORD.findall(text[:_MOST_LETTERS].casefold())) if candidates else set()
    missing = []
    for line in candidates:
        said = _WORD.findall(_ADDRESS.sub(" ", line).casefold())
        if sum(word not in words for word in said) * 10 >= len(said) * 3:
            missing.append(line)
    return missing


def with_what_only_html_says(read: Reply, from_html: Reply, plain: str) -> Reply:
    """The reply of the text part, with what the HTML alone holds.

    That is a wish not to be contacted, or whole sentences where the text part breaks off. Everything else that stands
    only in HTML (banners, names below) is decoration and stays out.

    Args:
        read: of the text part.
        from_html: of the HTML.
        plain: the whole text part, with quotes and signature.
    """
    only = missing_lines(from_html.text.split("\n"), plain)
    if not only or not from_html.certain:
        return read
    goes_on = letters(from_html.text).startswith(letters(read.text))
    wish = opt_out_reasons("\n".join(only))
    whole = (
        goes_on
        and letters(read.text) == letters(plain)
        and all(
            _SENTENCE.search(line) and len(_WORD.findall(line)) >= _MIN_LETTERS and not _OF_A_CARD.search(line)
            for line in only
        )
    )
    if not wish and not whole:
        return read
    return from_html if goes_on else replace(read, text="\n".join([read.text, *only]))
