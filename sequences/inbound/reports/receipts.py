"""Receipts: a mail was shown, deleted unread, or called back. By RFC 8098, else by the form that mail programs give it.

A receipt that lost its machine-readable part is known by its form: "Your message / To / Subject / Sent / was read on",
where the subject is the one behind the colon of its own. "Read: your brochure" alone is what a person may write.
"""

from __future__ import annotations

import re

from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.charset import decode_transfer
from sequences.inbound.mime.headers import addresses, decode_words, read_headers
from sequences.inbound.model import Failure, InboundEvent, MailReading
from sequences.inbound.reports.original import original_message_id
from sequences.inbound.reports.own_subject import after_lead, fold_line

_READ = (
    r"read|gelesen|lue?s?|le[ií]d[oa]s?|lett[oa]|gelezen|lid[ao]|läst|læst|lest|luettu|przeczytan\w{1,2}|přečten\w|"
    r"prečítan\w|elolvas\w{2,4}|olvasott|citit\w?|прочт\w{2,5}|прочит\w{2,6}|прочет\w{2,3}|pročitan\w|prebran\w|"
    r"loetud|lasīts|izlasīts|perskaityt\w|okund\w{1,3}|διαβάστηκε|αναγνώσθηκε|αναγνωσμέν\w|llegit|đã đọc|dibaca|"
    r"已[读讀]|開封済み?|읽음|נקרא\w?|مقروء\w?|تمت القراءة|อ่านแล้ว"
)
_UNREAD = (
    r"(?:not|nicht|non|no|niet|não|inte|ikke|ei|nie|ne|nem|не|μη|δεν|chưa|belum)[ -]?(?:été |fue |è stat[oa] )?"
    rf"(?:{_READ})|ungelesen|ongelezen|oläst|ulæst|ulest|lukematta|nieprzeczytan\w|nepřečten\w|neprečítan\w|"
    r"olvasatlan\w{0,3}|necitit\w?|непрочит\w{2,6}|nepročitan\w|neprebran\w|okunmad\w{1,2}|未[读讀]|未開封|"
    r"읽지 않음|לא נקרא\w?|غير مقروء\w?"
)
_DELETED = (
    r"deleted|gelöscht|supprimée?|eliminad[oa]|eliminat[oa]|excluíd[oa]|verwijderd|borttag\w{1,3}|slettet|poistettu|"
    r"usunięt\w|smazán\w|удален\w|törölve|已删除|已刪除|削除済み?|삭제됨"
)
_PREFIX = re.compile(rf"\W{{0,3}}(?:{_UNREAD}|{_READ}|{_DELETED})\s?[:：]", re.I)
_UNREAD_WORDS = re.compile(
    rf"(?<!\w)(?:{_UNREAD})(?!\w)|without being read|ohne (?:dass sie )?gelesen|sans (?:avoir été|être) lu|"
    r"sin (?:haber sido |ser )?le[ií]d|senza essere|zonder (?:te zijn )?gelezen|sem (?:ter sido|ser) lid|utan att|"
    r"uden at|uten å|bez (?:prze|př)|без прочтения",
    re.I,
)
_FIELD = re.compile(r"^[ \t>]{0,12}[^\W\d_][^\n:：\d]{0,30}[:：][ \t]*(\S[^\n]{0,300})$")
_NAME = (
    r"return[- ]receipt|read[- ]receipt|(?:disposition|read) notification|empfangsbestätigung|lesebestätigung|"
    r"accusé de (?:réception|lecture)|confirmation de lecture|acuse de recibo|confirmación de lectura|"
    r"ricevuta di (?:ritorno|lettura)|conferma di lettura|ontvangstbevestiging|leesbevestiging|"
    r"(?:aviso|recibo|comprovante|confirmação) de (?:recepção|leitura|recebimento)|mottagningskvitto|läskvitto|"
    r"kvittering for (?:modtagelse|læsning)|læsekvittering|lesebekreftelse|lukukuittaus|vastaanottokuittaus|"
    r"potwierdzenie (?:odbioru|przeczytania)|doručenka|potvrzení o (?:přečtení|přijetí)|potvrdenie o prečítaní|"
    r"уведомление о (?:прочтении|получении)|olvasási (?:visszaigazolás|értesítés)|confirmare de (?:citire|primire)|"
    r"okundu bilgisi|alındı bilgisi|已[读讀]回[执執]|開封確認|수신 확인|읽음 확인"
)
_NAMED = re.compile(rf"\W{{0,3}}(?:{_NAME})", re.I)
_NAMES_ITSELF = re.compile(rf"\A.{{0,160}}(?:{_NAME})", re.I | re.S)
_RECALL = re.compile(
    r"\W{0,3}(?:recall|message recall|(?:nachrichten)?rückruf|rappel(?: de message)?|retirar|recuperar|recuperación|"
    r"recuperação|richiam[oa]|intrekken|intrekking|återkalla|återkallelse|tilbagekald\w*|tilbakekall\w*|kumoa\w*|"
    r"peruutus|odwołanie|wycofanie|odvolání|отзыв|отозвать|visszahívás|rechemare|geri çağır\w*|ανάκληση|召回|撤回|"
    r"回収|リコール|회수)\s?[:：]",
    re.I,
)
_RECALL_REPORT = re.compile(r"\W{0,3}message recall (?:success|failure|failed|report|status)\b", re.I)
_QUOTE = "[\"'“”„«»‘’‚「」『』]"
_MAX_TEXT = 4_000
_MAX_LINES = 12


def read_receipt(mail: Mail) -> MailReading | None:
    """The verdict of a receipt by RFC 8098: shown or deleted unread, the mail had been delivered."""
    for part in mail.of_kind("message/disposition-notification"):
        fields = read_headers(decode_transfer(part.raw, part.headers.get("content-transfer-encoding")).strip())
        deleted = "deleted" in fields.get("disposition").rpartition(";")[2].lower()
        recipient = fields.get("final-recipient") or fields.get("original-recipient")
        failures = tuple(
            Failure(address, "", InboundEvent.DELIVERED, "read_receipt")
            for address in addresses(recipient.partition(";")[2] or recipient)[:1]
        )
        return _verdict(mail, failures, deleted=deleted)
    return None


def read_receipt_text(mail: Mail, text: str) -> MailReading | None:
    """The verdict of a receipt, or of the recall of a message, that is one by its form alone; else None.

    Args:
        mail: taken apart.
        text: its text.
    """
    subject = mail.headers.text("subject")[:400]
    prefixed = _PREFIX.match(subject) is not None
    if not (prefixed or _NAMED.match(subject) or _RECALL.match(subject) or _RECALL_REPORT.match(subject)):
        return None
    lines = [line.strip() for line in text[:_MAX_TEXT].split("\n") if line.strip()]
    if _RECALL_REPORT.match(subject):
        return _verdict(mail, (), deleted=False)
    if _RECALL.match(subject):
        return _recall(mail, subject, lines)
    if prefixed:
        said = _after_fields(lines, after_lead(subject))
        lead = subject[: -len(after_lead(subject)) or None]
        return _verdict(mail, (), deleted=_UNREAD_WORDS.search(f"{lead} {said}") is not None) if said else None
    return _verdict(mail, (), deleted=False) if _NAMES_ITSELF.match(" ".join(lines[:4])) else None


def _verdict(mail: Mail, failures: tuple[Failure, ...], *, deleted: bool) -> MailReading:
    reasons = ("read_receipt", "deleted_unread") if deleted else ("read_receipt",)
    return MailReading(InboundEvent.DELIVERED, reasons, failures, original_message_id(mail))


def _after_fields(lines: list[str], sent: str) -> str:
    """What a receipt says behind the fields of the mail that it is about; empty when the lines are not of its form."""
    if len(lines) > _MAX_LINES or not sent:
        return ""
    at = [number for number, line in enumerate(lines) if _FIELD.match(line)]
    if not at:
        return ""
    first = at[0]
    last = first
    while last + 1 < len(lines) and _FIELD.match(lines[last + 1]):
        last += 1
    if last > first + 1 and last + 1 == len(lines):
        # "Read: 20 April" looks like one more field.
        last -= 1
    values = [found[1] for line in lines[first : last + 1] if (found := _FIELD.match(line))]
    said = " ".join(lines[last + 1 :])
    about = any(fold_line(value) == fold_line(sent) for value in values)
    formed = len(values) > 1 and 1 <= first <= 2 and 0 < len(said) <= 400
    return said if about and formed and any(char.isdigit() for char in said) else ""


def _recall(mail: Mail, subject: str, lines: list[str]) -> MailReading | None:
    """Somebody takes a mail back that they wrote: Outlook's one sentence, "NAME would like to recall the message ...".

    It begins with the name of who wrote, and quotes the subject: a person who asks to be called does neither.
    """
    sent, sentence = fold_line(after_lead(subject)), fold_line(" ".join(lines))
    name = fold_line(decode_words(mail.headers.get("from")).partition("<")[0].strip(' "'))
    quoted = re.search(rf"{_QUOTE}\s?{re.escape(sent)}\s?{_QUOTE}", sentence)
    if len(lines) > 3 or len(sentence) > 400 + len(sent) or not sent or not name or quoted is None:
        return None
    if not sentence.startswith((name, " ".join(reversed(name.replace(",", " ").split())))):
        return None
    return MailReading(InboundEvent.AUTO_REPLY, ("recall",), (), original_message_id(mail))
