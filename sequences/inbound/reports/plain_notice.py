"""Bounces without a machine-readable part: qmail, Exim, old Exchange, Yahoo, mobile carriers, home-made ones."""

from __future__ import annotations

import re

from sequences.inbound.absence.absence_words import ABSENCE, SUBJECT
from sequences.inbound.mime.body import Mail
from sequences.inbound.mime.headers import ADDRESS, addresses, bare_address, parameters
from sequences.inbound.model import Failure
from sequences.inbound.reports.address_verdict import ReportedRecipient, address_verdict
from sequences.inbound.reports.own_subject import answers, begins_in_lead

_ORIGINAL = re.compile(
    r"^[ \t>*-]*(?:-{2,}[^\n]{0,40}(?:original|unsent|returned|undelivered|copy of|below this line|"
    r"header of|body of|nachricht|message follows)[^\n]{0,80}|"
    r"original (?:message|mail)\b[^\n]{0,40}(?:follow\w*|headers?|as follows|:)[^\n]{0,10}|"
    r"(?:the )?(?:body|header|text) of (?:the|your) (?:original )?message[^\n]{0,60}|"
    r"your message (?:follows|was)[^\n]{0,20}:|returned message (?:follows|header)[^\n]{0,20}|"
    r"message header follows[^\n]{0,20}|"
    r"-{2,}\s?original mail info|_{2,}message|included is (?:a copy|the)[^\n]{0,80}|this (?:message|"
    r"mail) (?:headers|contents)[^\n]{0,20}:?|"
    r"(?:return-path|received|x-originating-ip|dkim-signature|message-id|arc-seal):[^\n]*)",
    re.I | re.M,
)
# As an address or a whole name: "Postmaster Pete" is a person.
_POSTMASTER = r"post-?master(?=[\w.+-]{0,40}@|[\s\"'>]*(?:<|$))"
_SENDER = re.compile(
    r"mailer[-._ ]?daemon|" + _POSTMASTER + r"|mail[-._ ]?(?:delivery|deliver|system|router)|"
    r"delivery[-._ ]?(?:system|subsystem|agent)|"
    r"\bbounces?\b[\w.+=-]{0,60}@|[-+]bounces?@|mail administrator|system administrator|ndr administrator|"
    r"\bno[-._]?reply\b[\w.+=-]{0,40}@|\bdo[-._]?not[-._]?reply\b[\w.+=-]{0,40}@|"
    r"complaints@|autoreply@amazonses|daemon@|microsoftexchange[0-9a-f]{16,64}@",
    re.I,
)
# Filters between us and the recipient, by their name or mailbox; people work at their makers, too.
_GATEWAY = re.compile(
    r"mimecast|proofpoint|barracuda|message ?labs|symantec|sophos|trend ?micro|\bimss\b|\bimsva\b|ironport|"
    r"forcepoint|"
    r"websense|mail ?marshal|fortimail|fortinet|mailinblack|spam ?titan|spam ?(?:filter|firewall|gateway)|anti-?spam|"
    r"anti-?virus|virus ?(?:scanner|wall|alert)|quarantine|mailguard|mail ?scanner|mail ?sweeper|clearswift|"
    r"hornet ?security|"
    r"retarus|cisco secure email|content ?filter|e?mail ?(?:gateway|security|filter|protection)|amavis|"
    r"exchange online",
    re.I,
)
_SERVICE = re.compile(
    r"(?:e-?mail|mail|web) (?:security|gateway|protection|filter)|security (?:service|gateway|solution|policy)|"
    r"firewall|"
    r"anti-?(?:spam|virus)|content (?:filter|monitor|scan)\w*|automat\w{2,8}",
    re.I,
)
_MAILBOX_NAME = re.compile(r"@[^\s>,\"]*")
_STRONG_SENDER = re.compile(
    r"mailer[-._ ]?daemon|" + _POSTMASTER + r"|mail[-._ ]delivery|delivery (?:sub)?system|mail deliver system|"
    r"ndr administrator|no-?reply@sns|microsoftexchange[0-9a-f]{16,64}@",
    re.I,
)
_SUBJECT = re.compile(
    r"^\W{0,3}(?:rejected|blocked|quarantined|returned|refused|held|not delivered)\s?[:：]|undeliver|"
    r"returned mail|return(?:ed)? (?:to sender|message)|returning message|failure not|"
    r"delivery (?:\S{1,12} )?(?:status|fail|report|error|problem|notif|incomplete|denied)|"
    r"failed delivery|failure delivery|mail (?:delivery|system) (?:fail|error|problem)|mail error|"
    r"mail fail|(?:mail|message|delivery) (?:delivery )?(?:has )?fail|could ?n[o']t be delivered|"
    r"not (?:be )?delivered|non[- ]deliver|unable to deliver|cannot be delivered|"
    r"error sending your mail|undelivered|nondeliverable|delayed mail|warning: (?:message|could not)|"
    r"loop alert|permanent (?:delivery )?fail|bounced?\b|"
    r"(?:e-?mail|message|mail)s? (?:you sent |from you )?(?:was |has been |is |were |could not be )?(?:blocked|"
    r"rejected|quarantined|"
    r"refused|placed on hold|on hold|held\b|not accepted|returned|delayed)|attachment (?:blocked|policy|rejected)|"
    r"unzustellbar|nicht zugestellt|zustellung|unzustellbarkeit|zustellfehler|non (?:remis|distribu|délivr)|"
    r"échec de (?:la |l['’])?(?:remise|livraison|distribution|envoi)|remise (?:impossible|différée)|no se (?:pudo|"
    r"ha podido) entregar|utilisateur inconnu|"
    r"no entregado|sin entregar|no entregable|error de entrega|mancato recapito|mancata consegna|non recapitabile|"
    r"impossibile recapitare|onbestelbaar|niet (?:bezorgd|afgeleverd)|não (?:entregue|foi entregue|"
    r"é possível entregar)|"
    r"falha (?:na|de) entrega|no lliurat|olevererbart|kunde inte levereras|kan ikke leveres|kunne ikke leveres|"
    r"ei voi(?:tu|da)? toimittaa|toimitus epäonnistui|niedostarczon|nie (?:można|udało się) dostarczyć|"
    r"zwrot(?:na|u) wiadomo|nedoruč|nelze doručit|nemožno doručiť|kézbesíthetetlen|sikertelen kézbesítés|nelivra|"
    r"neisporuč|ni mogoče dostaviti|teslim edileme|iletilemedi|не ?доставлен|недоставлен|невозможно доставить|"
    r"δεν (?:παραδόθηκε|είναι δυνατή)|αδυναμία παράδοσης|không (?:thể )?gửi được|tidak terkirim|"
    r"配信|エラー|送信でき|届けでき|配達でき|失敗|失败|退信|退件|无法(?:投递|送达|传递|发送)|無法(?:投遞|送達|"
    r"傳遞|傳送)|"
    r"未送达|未送達|배달(?:되지|할 수)|전송 실패|반송|לא ניתן למסור|لم يتم (?:تسليم|التسليم)|تعذر (?:تسليم|التسليم)",
    re.I,
)
_BODY = re.compile(
    r"(?:could|can|was|were|has|have) ?n[o']t(?: be| been)? (?:successfully )?(?:be )?(?:delivered|"
    r"deliver)|unable to deliver|undeliverable|delivery (?:to the following|has failed|failed|"
    r"status notification)|"
    r"not able to deliver|delivery errors|permanent(?:ly)? (?:fatal )?(?:error|fail)|did not reach|"
    r"undelivered|failed to deliver|returned to (?:you|sender)|failed permanently|has been delayed|"
    r"still being retried|"
    r"following address(?:es|\(es\))? (?:failed|had)|user unknown|unknown user|no such user|"
    r"mailbox (?:is )?full|over quota|host unknown|transcript of session|"
    r"\brcpt to:\s?<|delivery (?:attempt|of your)|error sending|rejected by a remote|returned mail|"
    r"mail delivery|konnte nicht zugestellt|n'a pas pu être|no (?:se )?pudo (?:ser )?entrega|"
    r"non è stato possibile|"
    r"failure reasons|送信できません|送信はできません|delivered to mobile|existe ?n[o']t|\b5\d\d[ -]5?\.?\d?|"
    r"(?:not been|not be|never|not) delivered|(?:been|was|is being|were) (?:blocked|held|quarantined|placed on hold)|"
    r"(?:blocked|rejected|quarantined|refused) by (?:our|the|your|a)\b|"
    r"无法(?:投递|送达|传递|发送)|無法(?:投遞|送達|傳遞|傳送)|未能(?:送达|投递)|не (?:было|может быть|удалось) достав|"
    r"nie (?:można|udało się|została) (?:było )?dostarcz|nelze doručit|nebyl\w? doručen|kunde inte (?:levereras|"
    r"leverera)|"
    r"kunne ikke (?:leveres|levere)|no (?:ha )?(?:sido|fue) entregad|não (?:foi|pôde ser|pode ser) entregue|"
    r"kon niet worden (?:bezorgd|afgeleverd)|n'a (?:pas )?(?:pu )?être (?:remis|distribu|délivr)|nem kézbesíthető|"
    r"teslim edileme|배달할 수",
    re.I,
)
# Filters that stopped a mail, keep it, or turned it away: in their subject, and in their words.
_FILTER_SUBJECT = re.compile(
    r"(?:considered|apparently) (?:unsolicited|spam|bulk)|^\W{0,3}(?:virus|banned|spam)\b[^\n]{0,60}\bfrom you\b|"
    r"(?:e-?mail|nachricht) [^\n]{0,40}(?:abgewiesen|abgelehnt|zurückgewiesen|blockiert)|"
    r"message (?:bloqué|rejeté|refusé|mis en quarantaine)|(?:mensaje|correo) (?:bloquead|rechazad|retenid)|"
    r"messaggio (?:bloccat|rifiutat|respint)|mensagem (?:bloquead|rejeitad|recusad)|bericht (?:geblokkeerd|geweigerd)",
    re.I,
)
_FILTER_BODY = re.compile(
    r"(?:was|been|is) considered (?:unsolicited|spam|bulk|junk)|delivery of [^.\n]{0,40}(?:was|been) stopped|"
    r"(?:virus|malware|banned (?:name|content|file))\b[^.\n]{0,40}\bin (?:an? |the |your )?(?:e-?mail|message|mail)|"
    r"nicht zugestellt|(?:wurde|wird|ist) [^.\n]{0,60}(?:abgewiesen|abgelehnt|zurückgewiesen|blockiert|"
    r"quarantäne)|a été (?:bloqué|rejeté|refusé|mis en quarantaine|intercepté)|"
    r"(?:ha sido|fue) (?:bloquead|rechazad|retenid|puest[oa] en cuarentena)|è stat[oa] (?:bloccat|rifiutat|respint|"
    r"mess[oa] in quarantena)|foi (?:bloquead|rejeitad|recusad|colocad[oa] em quarentena)|"
    r"(?:is|werd) [^.\n]{0,40}(?:geblokkeerd|geweigerd|in quarantaine)|(?:har|blev|ble) [^.\n]{0,20}(?:blockerat|"
    r"blokeret|blokkert|avvisat|afvist|avvist)|został[ao]? (?:zablokowan|odrzucon)|byl[ao]? (?:zablokován|odmítnut)|"
    r"(?:заблокирован|отклонен|отклонён|помещено в карантин)",
    re.I,
)
# What only a server says: a reply code with its enhanced code, or a piece of the dialogue.
_DIALOGUE = re.compile(r"\b5\d\d[ -]#?5\.\d{1,3}\.\d{1,3}\b|\brcpt to:\s?<|^\s*(?:<<<|>>>)\s|smtp error", re.I | re.M)
_SUBJECT_NAMED = re.compile(
    r"^\s*(?:to|recipient|recipient address|failed recipient|for|user)\s*[:=]\s*<?([^\s<>]{1,200}@[^\s<>:;,]{1,200})",
    re.I | re.M,
)
_RCPT = re.compile(r"rcpt to:\s?<?([^\s<>]{1,128}@[^\s<>:;,]{1,200})", re.I)
_LINE = re.compile(
    r"^[ \t>*•-]{0,12}(?:to:?\s|\d{3}[ -])?[<\"'(]{0,2}([^\s<>\"'()]{1,128}@[^\s<>\"'():;,\]]{1,200})"
    r"[>\"')]{0,2}(?=\s|:|$|\.\.\.|,)",
    re.I | re.M,
)
# Quoted by hand; ">>> RCPT TO" is a piece of a dialogue.
_QUOTED = re.compile(r"^[ \t]{0,3}>(?!>{2}[ \t])[^\n]*$", re.M)
_DAEMON = re.compile(r"mailer[-._ ]?daemon|mail delivery (?:sub)?system", re.I)
_NDR = "x-ms-exchange-message-is-ndr"
_FAILED_HEADERS = ("x-failed-recipients", "x-actual-recipients")
_MAX_ZONE = 20_000


def notice_text(mail: Mail) -> str:
    """The words of the notice itself, without the mail that came back with it."""
    text = "\n".join(part.text[:_MAX_ZONE] for part in mail.of_kind("text/plain")[:2])
    if not text.strip():
        from_html = [part.text[:_MAX_ZONE] for part in mail.of_kind("text/html")[:1]]
        text = "\n".join(_TAGS.sub(" ", source) for source in from_html)
    text = text[:_MAX_ZONE]
    match = _ORIGINAL.search(text, 1)
    text = text[: match.start()] if match and text[: match.start()].strip() else text
    unquoted = _QUOTED.sub("", text)
    return unquoted if unquoted.strip() else text


_TAGS = re.compile(r"<[^<>]{0,1000}>")


def may_be_notice(mail: Mail) -> bool:
    """True when anything but the words of the text speaks for a notice: most mails are a person's, told cheaply."""
    return (
        mail.kind == "multipart/report"
        or mail.original is not None
        or any(part.kind.endswith("delivery-status") for part in mail.parts)
        or any(name in mail.headers for name in (*_FAILED_HEADERS, _NDR))
        or _null_path(mail)
        or _SENDER.search(_sender(mail)) is not None
        or _is_gateway(mail)
    )


def looks_like_notice(mail: Mail, notice: str, *, automatic: bool = False) -> tuple[str, ...]:
    """The reasons to take the mail for a bounce, or nothing.

    A human who answers or forwards a bounce is neither a machine by name nor by an empty Return-Path. Of the subject
    only what stands before its first colon counts, of the text only what is not our own subject.

    Args:
        mail: taken apart.
        notice: of ``notice_text``, without our subject.
        automatic: the header says that a machine answered, which may be for somebody who is away.
    """
    if any(name in mail.headers for name in (*_FAILED_HEADERS, _NDR)):
        return ("bounce_header",)
    if _is_report(mail):
        return ("report_without_fields",)
    if not may_be_notice(mail) and not automatic:
        return ()
    sender = _sender(mail)
    subject = mail.headers.text("subject")
    spoken = begins_in_lead(_SUBJECT, subject) or begins_in_lead(_FILTER_SUBJECT, subject)
    strong = _STRONG_SENDER.search(sender) is not None
    if strong and spoken:
        return ("bounce_sender", "bounce_subject")
    body = (_BODY.search(notice) or _FILTER_BODY.search(notice)) is not None
    if strong and body:
        return ("bounce_sender", "bounce_body")
    if _DAEMON.search(sender) and not _says_automatic(mail):
        # Nobody else writes under that name, in whatever language.
        return ("bounce_sender",)
    if _SENDER.search(sender) and spoken and body:
        return ("bounce_sender", "bounce_subject", "bounce_body")
    if _is_gateway(mail) and body and (spoken or _SERVICE.search(notice)) and not answers(mail.headers.text("subject")):
        return ("bounce_sender", "bounce_subject" if spoken else "bounce_body")
    if spoken and not addresses(mail.headers.get("from")):
        return ("null_return_path", "bounce_subject")
    dialogue = _DIALOGUE.search(notice) is not None
    if spoken and _null_path(mail) and (dialogue or (body and not automatic and _names_another(mail, notice))):
        return ("null_return_path", "bounce_subject", "bounce_body")
    if _SENDER.search(sender) and body and mail.original is not None:
        return ("bounce_sender", "bounce_body", "original_attached")
    if spoken and dialogue and mail.original is not None:
        return ("bounce_subject", "bounce_body", "original_attached")
    return ()


def _sender(mail: Mail) -> str:
    return f"{mail.headers.get('from')} {mail.headers.get('sender')}"


def _says_automatic(mail: Mail) -> bool:
    subject = mail.headers.text("subject")[:200]
    return SUBJECT.match(subject) is not None or ABSENCE.match(subject) is not None


def _is_gateway(mail: Mail) -> bool:
    return _GATEWAY.search(_MAILBOX_NAME.sub("", _sender(mail))) is not None


def _null_path(mail: Mail) -> bool:
    return mail.headers.get("return-path").strip() == "<>"


def _is_report(mail: Mail) -> bool:
    """A report by its type that lacks the fields; of one that names its kind, only that of deliveries."""
    if mail.of_kind("message/delivery-status", "message/global-delivery-status"):
        return True
    if mail.kind != "multipart/report" or mail.of_kind("message/disposition-notification", "message/feedback-report"):
        return False
    return (
        parameters(mail.headers.get("content-type")).get("report-type", "delivery-status").lower() == "delivery-status"
    )


def _names_another(mail: Mail, notice: str) -> bool:
    """True when the text names an address that is neither the writer's nor one that the mail was sent to."""
    own = {a for name in ("from", "to", "cc", "delivered-to") for a in addresses(mail.headers.get(name))}
    return any(bare_address(found.group(1)) not in own for found in ADDRESS.finditer(notice[:4_000]))


def read_notice(mail: Mail, notice: str, own: frozenset[str]) -> list[Failure]:
    """One ``Failure`` per address that the notice complains about; one without address when it names none."""
    named = _named(mail, notice, own)
    lowered = notice.lower()
    starts = {address: lowered.find(address) for address in named}
    failures = []
    for address in named:
        begin = max(0, starts[address])
        later = [at for other, at in starts.items() if other != address and at > begin]
        said = notice[begin : min(later, default=len(notice))]
        if len(named) == 1:
            said = notice
        failures.append(
            address_verdict(ReportedRecipient(address, "", said, action="delayed" if _delayed(mail, notice) else ""))
        )
    return failures or [
        address_verdict(ReportedRecipient("", "", notice, action="delayed" if _delayed(mail, notice) else ""))
    ]


def _delayed(mail: Mail, notice: str) -> bool:
    return bool(_DELAYED.search(mail.headers.text("subject")[:200]) or _DELAYED.search(notice[:4_000]))


_DELAYED = re.compile(
    r"\(delay\)|warning message only|this is a warning only|delayed mail|"
    r"delivery (?:status notification )?\(?delayed|has been delayed|still being retried|"
    r"(?:been|was|were|is|is being) (?:held|quarantined|placed on hold)|will be retried|will continue to (?:try|"
    r"attempt)|"
    r"no action is required on your part|not yet been delivered|message delayed|zustellung verzögert|remise différée",
    re.I,
)


def _named(mail: Mail, notice: str, own: frozenset[str]) -> list[str]:
    for name in _FAILED_HEADERS:
        found = [a for value in mail.headers.all(name) for a in addresses(value)]
        if found:
            return list(dict.fromkeys(found))[:50]
    for pattern in (_LINE, _RCPT, _SUBJECT_NAMED, ADDRESS):
        found = []
        for match in pattern.finditer(notice):
            address = bare_address(match.group(1))
            if ADDRESS.fullmatch(address) and address not in own and not _STRONG_SENDER.search(address):
                found.append(address)
        if found:
            return list(dict.fromkeys(found))[: 1 if pattern is ADDRESS else 20]
    if mail.original is not None:
        return [a for a in addresses(mail.original.get("to")) if a not in own][:1]
    inline = _INLINE_TO.search("\n".join(part.text[:_MAX_ZONE] for part in mail.of_kind("text/plain")[:1]))
    return list(addresses(inline.group(1)))[:1] if inline else []


_INLINE_TO = re.compile(r"^[ \t]*To[ \t]*:([^\n]{3,300})", re.I | re.M)
