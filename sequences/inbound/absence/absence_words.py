"""How machines that answer for somebody put it, in the languages of Europe: in the subject, and in the first lines.

A subject that begins with "Re:" never counts: a person who answers an auto-reply is a person.
"""

from __future__ import annotations

import re

_LEAD = r"^\W{0,6}(?:\[[^\]]{1,30}\]\s*)?(?:(?:auto|ooo)\s?:\s*)?"
_AUTOMATIC = (
    r"(?:auto|automat\w{0,12}|automát\w{0,8}|automaatti\w{0,5}|αυτόματη|otomatik|автоматическ\w{1,3}|автоматичн\w{1,3})"
)
_ANSWER = (
    r"(?:reply|response|responder|message d'absence|antwort|rückmeldung|rueckmeldung|eingangsbestätigung|antwoord|"
    r"reactie|svar|réponse|reponse|respuesta|resposta|risposta|odpowied[źz]|vastaus|odpověď|odpoveď|válasz|răspuns|"
    r"raspuns|yanıt|απάντηση|ответ|відповідь|odgovor|abwesenheits?\w{0,20})"
)
_OFFICE = r"out[ -]of[ -](?:the[ -])?office"
SUBJECT = re.compile(
    _LEAD + r"(?:"
    rf"{_AUTOMATIC}[ :-]{{0,3}}(?:generated )?(?:e-?mail )?{_ANSWER}(?!\w)|"
    r"(?:réponse|reponse|respuesta|resposta|risposta|odpowiedź|odpověď|răspuns|message|mensaje|mensagem|messaggio|"
    r"vastaus)\s(?:d'absence|autom[aá]t\w{0,8})|"
    rf"auto(?:reply|response|responder|svar|odpowiedź|antwort|antwoord)\b|автоответ|"
    rf"(?:i'?m |i am )?(?:currently |presently |away - )?{_OFFICE}|ooo\b|"
    rf"(?:[\w.-]{{1,30}} ){{1,3}}is (?:currently )?{_OFFICE}|"
    r"i am (?:currently )?(?:away|on (?:annual |sick |parental |maternity )?(?:leave|vacation|holiday))|"
    r"away from (?:my |the )?(?:desk|office|e-?mail)|vacation (?:reply|response|notice|message|responder)|"
    r"abwesenheits(?:notiz|meldung|nachricht|assistent|benachrichtigung|info)|"
    r"urlaubs?(?:notiz|meldung|abwesenheit)|absence du bureau|absente? du bureau|message d'absence|"
    r"notification d'absence|avis d'absence|je suis absente?\b|fuera de (?:la )?oficina|ausente de la oficina|"
    r"fora do escritório|ausente do escritório|fuori (?:ufficio|sede|dall'ufficio)|assen(?:te|za) dall'ufficio|"
    r"afwezigheids(?:bericht|melding|assistent)|niet op kantoor|frånvaromeddelande|fravær(?:s)?(?:besked|melding)|"
    r"ikke på (?:kontoret|jobb|arbejde)|inte på kontoret|ei toimistolla|poissaolo(?:ilmoitus|viesti)|"
    r"вне офиса|нет на месте|自動返信|自动回复|自動応答|不在)"
    r"|^.{0,120}\((?:auto-?(?:reply|response)|automatic (?:reply|response))\)\s*$",
    re.I,
)
# A bare word of absence may also be what a person writes about: it counts before a colon, at the end, or before a date.
_LEAVE = r"(?:annual|maternity|paternity|parental|sick|medical) leave"
ABSENCE = re.compile(
    r"^\W{0,6}(?:(?:away|on (?:annual |maternity |parental |sick )?(?:leave|vacation|holiday)|abwesend|abwesenheit|"
    r"nicht im (?:büro|buero|haus|dienst)|außer haus|im urlaub|in elternzeit|absente?|en (?:congés?|vacances)|ausente|"
    r"ausencia|ausência|de vacaciones|de baja|de férias|em férias|assente|assenza|in ferie|afwezig|afwezigheid|"
    r"niet aanwezig|met vakantie|op vakantie|frånvarande|frånvaro|på semester|fraværende|fravær|på ferie|"
    r"ikke til stede|poissa|poissaolo|lomalla|nieobecn\w{1,4}|poza biurem|na urlopie|nepřítomn\w{1,3}|"
    r"mimo kancelář|távollét)(?:\s(?:temporal|temporária|temporanea|temporaire))?(?=\s*[:;])|"
    rf"(?:away|{_LEAVE}|on (?:annual |maternity |parental |sick )?(?:leave|vacation|holiday)|abwesend|abwesenheit|"
    r"nicht im (?:büro|buero|haus|dienst)|außer haus|im urlaub|in elternzeit|absente?|en (?:congés?|vacances)|ausente|"
    r"ausencia|ausência|de vacaciones|de baja|de férias|em férias|assente|assenza|in ferie|afwezig|afwezigheid|"
    r"niet aanwezig|met vakantie|op vakantie|frånvarande|frånvaro|på semester|fraværende|fravær|på ferie|"
    r"ikke til stede|poissa|poissaolo|lomalla|nieobecn\w{1,4}|poza biurem|na urlopie|nepřítomn\w{1,3}|"
    r"mimo kancelář|távollét)"
    r"(?=\s*$|\s?[:;-]?\s(?:re|aw|antw|sv|vs|tr|rv|odp)\s?:|\s(?:from|until|till|to|vom|von|bis|ab|du|jusqu|del|desde|"
    r"hasta|dal|fino|de|até|van|tot|t/m|från|till|fra|til|od|do)\b.{0,20}\d))",
    re.I,
)
# Anywhere in what a machine wrote: that it speaks for somebody who is not there.
AWAY = re.compile(
    rf"\b(?:{_OFFICE}|ooo|i(?:'m| am|'ll be| will be) (?:currently |presently )?(?:away|off|travell?ing|on {_LEAVE}|"
    rf"on (?:leave|vacation|holidays?))|{_LEAVE}|on (?:vacation|holidays?|leave)|not in the office|"
    r"(?:abwesen|urlaub|elternzeit)\w*|nicht im (?:büro|buero|haus)|außer haus|absente?\b|en congés?|en vacances|"
    r"fuera de (?:la )?oficina|ausente|vacaciones|férias|fuori (?:ufficio|sede)|in ferie|assente|afwezig\w*|"
    r"met vakantie|op vakantie|niet op kantoor|frånvar\w*|på semester|fravær\w*|på ferie|poissa\w*|lomalla|"
    r"nieobecn\w*|na urlopie|nepřítomn\w*|dovolen\w*|neprítomn\w*|szabads[aá]g\w*|távollét\w*|"
    r"вне офиса|отпуск\w*|отсутству\w*|командировк\w*|відпуст\w*|відсутн\w*|відрядженн\w*|concediu\w*|"
    r"plecat[ăa]? din birou|izinde\w*|izinli\w*|ofis dışında\w*|άδεια|απουσιάζ\w*|απουσία|godišnj\w* odmor\w*|"
    r"na dopustu|puhkusel|ledig|bortrest|bortreist|kesälomalla|vuosilomalla)|"
    # The East writes no spaces: these stand inside what looks like one word.
    r"不在|休暇|お休み|出張|休業|休假|请假|請假|出差|度假|年假|外出|휴가|부재|출장|휴직",
    re.I,
)
# What the answering machine itself says, in the first words of its mail.
CHALLENGE = re.compile(
    r"(?:confirm|verify|prove) that you are (?:a )?(?:human|real person|not a robot)|"
    r"your (?:message|e-?mail) (?:is being|has been|was) held\b.{0,200}\b(?:click|confirm|verif|reply)|"
    r"to control spam, i (?:now )?(?:only )?allow|senders? i have (?:already )?approved|"
    r"(?:complete|pass) (?:this|the) (?:short )?(?:verification|request form|challenge)|"
    r"add(?:ed)? (?:yourself )?to (?:my|the|his|her|their) guest list|your (?:message|e-?mail)\b.{0,120}\bwaitlisted",
    re.I | re.S,
)
_MADE = r"(?:generiert|erstellt|versendet|verschickt|gesendet|erzeugt)"
SAYS_SO = re.compile(
    r"(?:^|[.!*]\s|\n)\W{0,6}(?:please note(?: that)?:? )?(?:"
    r"this (?:is|was) an? (?:auto(?:mated|matic|matically generated|-?generated)|auto-?) ?(?:e-?mail )?"
    r"(?:reply|response|message|e-?mail|mail|notification|acknowledg\w{1,7}|confirmation|answer)\b|"
    r"this (?:e-?mail|message|mail|reply|response) (?:is|was|has been) (?:an )?(?:auto-?generated|"
    r"(?:generated|sent) automatically|automatically (?:generated|sent))\b|"
    r"i apologi[sz]e for this automatic reply|"
    r"dies ist eine automati\w{1,20}(?: \w{5,12})? (?:nachricht|antwort|e-?mail|mail|mitteilung|benachrichtigung|"
    r"eingangsbestätigung)|"
    rf"diese (?:e-?mail|nachricht|antwort) (?:wurde|wird) automatisch {_MADE}|"
    r"ceci est (?:un (?:message|courriel|e-?mail)|une réponse) (?:générée? |envoyée? )?automati|"
    r"cet? (?:e-?mail|message|courriel) (?:est un message automati|(?:est|a été) (?:généré|envoyé) automati)|"
    r"est[ea] es (?:un|una) (?:mensaje|correo|respuesta) (?:generad[oa] )?autom|"
    r"quest[oa] è un[oa]?[ ']?(?:messaggio|e-?mail|risposta) (?:generat[oa] )?automatic|"
    r"dit is een automatisch\w? (?:gegenereerd\w? )?(?:bericht|antwoord|e-?mail|mail|reactie)|"
    r"est[ea] é uma? (?:mensagem|e-?mail|resposta) autom|"
    r"to jest automatyczn\w{1,3} (?:wygenerowan\w{1,3} )?(?:wiadomość|odpowiedź|e-?mail)|"
    r"ta wiadomość została wygenerowana automatycznie|"
    r"detta är ett auto\w{0,12} ?(?:genererat )?(?:svar|meddelande|mejl|mail|e-post)|"
    r"dette er (?:en|et) auto\w{0,12} ?(?:genereret |generert )?(?:svar|besked|melding|mail|e-?post)|"
    r"tämä on automaatti\w{0,8} ?(?:vastaus|viesti))",
    re.I,
)
