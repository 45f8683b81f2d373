"""The subject of our own mail, in what a machine sends back: job titles hold "delivery", "on hold" and "5.1.1".

A machine writes its own words before the first colon of its subject ("Undeliverable: Delivery Manager"), and repeats
ours in its text, in a field or in quotes. Neither is evidence of anything.
"""

from __future__ import annotations

import re

from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.headers import decode_words

_MAX_SUBJECT = 400
_TAG = re.compile(r"^(?:\s*(?:\[[^\]\n]{1,40}\]|\{[^}\n]{1,40}\}|\([^)\n]{1,20}\)|\*{2,}|[!#~-]+))+\s*")
# What mail programs put before the subject of an answer or a forward; a short word before a colon is one in any
# language, unless it is one of the machines' own.
_ANSWER = re.compile(
    r"(?!(?:ndr|dsn|ooo|oof|auto|fail|mta|smtp|info)\b)[^\W\d_]{1,4}\s?(?:\[\d{1,3}\]|\(\d{1,3}\))?\s?[:：]|"
    r"(?:antwort|doorst|vidaresend|videresend|továbbítás|válasz|yanıt|ответ|пересл|отговор|відповідь|odpověď|"
    r"réponse|respuesta|resposta|risposta|trả lời|chuyển tiếp|balas|teruskan|απάντηση|προώθηση)\s?[:：]",
    re.I,
)
# What the field is called, in lower case.
_LABELS = (
    "subject",
    "betreff",
    "objet",
    "sujet",
    "asunto",
    "assunto",
    "oggetto",
    "onderwerp",
    "ämne",
    "emne",
    "temat",
    "тема",
    "относно",
    "aihe",
    "konu",
    "předmět",
    "predmet",
    "tárgy",
    "subiect",
    "assumpte",
    "efni",
    "teema",
    "tema",
    "témata",
    "θέμα",
    "主题",
    "主旨",
    "主題",
    "件名",
    "제목",
    "נושא",
    "الموضوع",
    "chủ đề",
    "perihal",
    "เรื่อง",
)
_FIELD = re.compile(
    rf"^[ \t>*|•_-]{{0,14}}(?:(?:message |mail |e-?mail |original )?(?:{'|'.join(_LABELS)}))[*_]{{0,2}}[ \t]{{0,8}}"
    r"[:：][*_]{0,2}[ \t]{0,20}(?P<value>[^\n]{0,400})(?P<folded>(?:\n[ \t]{1,40}(?=\S)[^\n:]{1,200}(?=\n|\Z))?)",
    re.I | re.M,
)
_NAMED_FIELD = re.compile(r"[^\n:：]{1,50}[:：][*_]{0,2}[ \t]{0,20}")
_QUOTED = re.compile('["\'“”„«»‘’‚「『]([^"“”„«»「」『』\\n]{2,300})["\'“”»«’‘」』]')
_SHORTEST = 3


def answers(subject: str) -> bool:
    """True for the subject of an answer or a forward: "Re:" in any language, also behind a tag (``[EXTERNAL]``)."""
    return _ANSWER.match(_TAG.sub("", subject[:_MAX_SUBJECT])) is not None


def begins_in_lead(pattern: re.Pattern[str], subject: str) -> bool:
    """True when ``pattern`` is found in the words that a machine put before ours.

    Args:
        pattern: searched for; what it finds first must begin before the first colon.
        subject: decoded. An answer's is nobody's but ours.
    """
    subject = subject[:_MAX_SUBJECT]
    if answers(subject):
        return False
    found = pattern.search(subject)
    if found is None:
        return False
    colon = min((at for at in (subject.find(":"), subject.find("：")) if at >= 0), default=-1)
    return colon < 0 or found.start() <= colon


def after_lead(subject: str) -> str:
    """What stands behind the first colon: our subject, when a machine wrote the rest. Empty without a colon."""
    found = re.search(r"[:：]\s*", subject[:_MAX_SUBJECT])
    return subject[found.end() :].strip() if found else ""


def without_our_subject(mail: Mail, text: str) -> str:
    """The text of a notice without the subject of the mail that it is about, wherever it names it.

    Ours is what stands behind the colon of the notice's own subject, in the mail that came back, and in a field that
    is called so ("Subject: ..."). Line breaks and everything else stay.
    """
    behind = fold_line(after_lead(mail.headers.text("subject")))
    returned = fold_line(mail.original.text("subject")) if mail.original is not None else ""
    known = {subject for subject in (behind, returned) if len(subject) >= _SHORTEST}

    def field(found: re.Match[str]) -> str:
        value, folded = found["value"], found["folded"]
        longer = fold_line(decode_words(value + folded))
        whole = bool(folded) and longer in known
        known.add(longer if whole else fold_line(decode_words(value)))
        return found[0][: found.start("value") - found.start()] + ("" if whole else folded)

    lowered = text.casefold()
    if any(label in lowered for label in _LABELS):
        text = _FIELD.sub(field, text)
    if any(subject and subject in lowered for subject in known):
        text = _QUOTED.sub(lambda found: " " if fold_line(found[1]) in known else found[0], text)
        text = "\n".join(_without(line, known) for line in text.split("\n"))
    return without_returned_subject(mail, text)


def _without(line: str, known: set[str]) -> str:
    """The line without a subject of ours that fills it, or that fills it behind the name of a field."""
    if fold_line(line) in known:
        return ""
    name = _NAMED_FIELD.match(line)
    return name[0] if name and fold_line(line[name.end() :]) in known else line


def without_returned_subject(mail: Mail, said: str) -> str:
    """Words of a server without the subject of the mail that came back beside them, which is known for certain."""
    words = mail.original.text("subject")[:_MAX_SUBJECT].split() if mail.original is not None else []
    if len("".join(words)) < _SHORTEST or words[-1].casefold() not in said.casefold():
        return said
    # Not a piece of an address or of a host's name.
    subject = r"\s+".join(map(re.escape, words))
    return re.sub(rf"(?<![\w.@-]){subject}(?!\w|[.@-]\w)", " ", said, flags=re.I)


def fold_line(text: str) -> str:
    """A subject or a line as two of them are compared: in small letters, blanks folded, without marks of emphasis."""
    return " ".join(text.split()).strip("*_ ").casefold()
