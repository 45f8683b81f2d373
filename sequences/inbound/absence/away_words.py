"""What a mail says that a machine sent for somebody: that they are away, or that we must prove ourselves.

The words of absence count only where something else speaks for a machine: a person writes them, too.
"""

from __future__ import annotations

import re

_EN = (
    r"(?:i|we)(?:'m| am|'ll be| will be|'ve been| have been)? (?:currently |presently |now )?(?:be )?(?:away|absent|"
    r"abroad|"
    r"travell?ing|out of (?:the |my )?office|out until|off (?:work|until|sick)|on (?:\w+ )?(?:leave|vacation|"
    r"holidays?))|"
    r"(?:not|not be) (?:in|at) the office|limited access to (?:my )?e-?mail|(?:is|"
    r"are) (?:currently )?out of (?:the )?office|"
    r"office (?:is|will be) closed"
)
_GERMANIC = (
    r"(?:ich|wir|er|sie) (?:bin|sind|ist|werde|befinde) [^.\n]{0,60}(?:nicht (?:im|am|da|erreichbar|verfügbar)|"
    r"abwesend|"
    r"außer haus|im urlaub|urlaub|verreist|in elternzeit|krank|unterwegs)|nicht im (?:büro|buero|haus|dienst)|"
    r"(?:ik|wij) (?:ben|zijn) [^.\n]{0,40}(?:afwezig|vakantie|niet (?:op kantoor|aanwezig|bereikbaar)|met verlof)|"
    r"(?:jag|vi) är [^.\n]{0,40}(?:semester|frånvarande|ledig|föräldraledig|inte på kontoret|bortrest)|"
    r"(?:jeg|vi) er [^.\n]{0,40}(?:ferie|fraværende|ikke (?:på|til) |bortreist|bortrejst|orlov|permisjon)|"
    r"ég er [^.\n]{0,30}(?:fríi|orlofi|fjarverandi)"
)
_ROMANCE = (
    r"je (?:suis|serai) [^.\n]{0,40}(?:absente?|en congés?|en vacances|en déplacement|hors du bureau|indisponible)|"
    r"(?:estoy|estaré|me encuentro) [^.\n]{0,40}(?:fuera de (?:la )?oficina|ausente|de vacaciones|de baja|de viaje)|"
    r"(?:estou|estarei|encontro-me) [^.\n]{0,40}(?:fora do escritório|ausente|de férias|em férias|de licença)|"
    r"(?:sono|sarò) [^.\n]{0,40}(?:assente|in ferie|fuori (?:ufficio|sede)|in vacanza|in trasferta)|"
    r"(?:sunt|voi fi) [^.\n]{0,40}(?:plecat|absent|în concediu|in concediu|în afara biroului)|"
    r"(?:soc|estic|estaré) [^.\n]{0,30}(?:fora de l'oficina|de vacances|absent)"
)
_SLAVIC = (
    r"(?:jestem|będę) [^.\n]{0,40}(?:nieobecn|na urlopie|poza biurem|niedostępn)|przebywam na|"
    r"(?:jsem|budu) [^.\n]{0,40}(?:nepřítom|na dovolen|mimo kancelář|mimo práci)|"
    r"(?:som|budem) [^.\n]{0,40}(?:neprítom|na dovolenk|mimo kancelári)|"
    r"(?:odsut[ae]?n|nisam u uredu|na godišnjem|na odmoru|na bolovanju|izvan ureda|van kancelarije)|"
    r"(?:odsoten|odsotna|na dopustu|nisem v pisarni)|"
    r"(?:я|мы) [^.\n]{0,40}(?:в отпуске|отсутству|не в офисе|в командировке)|(?:буду|"
    r"нахожусь) [^.\n]{0,30}(?:в отпуске|вне офиса)|"
    r"(?:я|ми) [^.\n]{0,40}(?:у відпустці|відсутн|не в офісі)|(?:извън офиса|в отпуск|отсъствам|одсуствувам|одсутан|"
    r"на одмору)"
)
_OTHERS = (
    r"(?:olen|olemme) [^.\n]{0,40}(?:poissa|lomalla|vapaalla|vanhempainvapaalla|matkoilla)|"
    r"(?:szabadságon|nem vagyok (?:az irodában|elérhető)|távol vagyok|házon kívül)|"
    r"(?:izindeyim|izinli|ofis dışında|yıllık izin|tatildeyim|ofiste olmayacağım|ofiste değilim)|"
    r"(?:απουσιάζω|εκτός γραφείου|σε άδεια|λείπω)|(?:olen|viibin) [^.\n]{0,30}(?:puhkusel|eemal|kontorist ära)|"
    r"(?:esmu|atrodos) [^.\n]{0,30}(?:atvaļinājum|prombūtn)|(?:esu|būsiu) [^.\n]{0,30}(?:atostog|išvyk|nedarb)|"
    r"(?:אני|אהיה) [^.\n]{0,30}(?:בחופש|בחופשה|לא במשרד|מחוץ למשרד)|(?:أنا|سأكون) [^.\n]{0,30}(?:إجازة|خارج المكتب)|"
    r"(?:tôi|em) [^.\n]{0,30}(?:nghỉ phép|vắng mặt|đi công tác)|(?:saya) [^.\n]{0,30}(?:cuti|tidak berada di kantor|"
    r"di luar kantor)"
)
# No space stands between the words.
_EAST_ASIAN = (
    r"(?:休暇|不在|出張|留守)[^。\n]{0,30}(?:です|ます|おり|中|して)|休假|度假|"
    r"(?:我|本人)[^。\n]{0,20}(?:出差|外出|不在)|(?:휴가|부재|출장)\s?중"
)
AWAY_FIRST = re.compile(
    rf"[\s\S]{{0,160}}?(?:(?<![^\W\d_])(?:{_EN}|{_GERMANIC}|{_ROMANCE}|{_SLAVIC}|{_OTHERS})|{_EAST_ASIAN})", re.I
)
"""An absence in the first sentences; matched from the beginning."""

_PROOF = re.compile(
    r"(?:verif|confirm|authenticat)\w{1,7} (?:that )?(?:you(?:r (?:e-?mail|address|identity|message))?|yourself|"
    r"the sender|"
    r"as (?:a )?sender)\b.{0,200}\b(?:(?:be|is|get) (?:delivered|released)|(?:deliver|release) (?:it|your|the|this)\b)|"
    r"click [^.\n]{0,60}(?:authenticate|verify|confirm) (?:yourself|your (?:e-?mail|message|identity|address))|"
    r"requires? (?:that you )?verif\w+.{0,80}(?:human|real|live|sender)|"
    r"not (?:yet )?(?:on|in) (?:my|our|the|his|her|their) (?:list of )?(?:allowed|approved|white\s?list\w*|trusted|"
    r"address ?book)|"
    r"(?:this|your) (?:is|being) (?:a )?one[- ]time (?:verification|confirmation|request)|"
    r"(?:protect\w*|protecting) (?:myself|himself|herself|my inbox|his inbox|her inbox|this mailbox) (?:from|"
    r"against) (?:junk|spam|unwanted)|"
    r"(?:merci|veuillez|invit\w+) [^.\n]{0,40}(?:vous )?authentifier|(?:authentifiez-vous|"
    r"vous identifier) [^.\n]{0,80}(?:message|mail|courriel)|"
    r"(?:bestätigen|verifizieren) sie [^.\n]{0,80}(?:absender|kein (?:spam|roboter)|zugestellt)|"
    r"(?:confirme|verifique) [^.\n]{0,60}(?:humano|remitente|robot)|"
    r"(?:is being held|was held|is held) until the (?:list )?moderator|await\w* (?:moderator )?approval",
    re.I | re.S,
)
# One of these stands in each of the above: most mails hold none, and are done.
_HINTS = (
    "verif",
    "confirm",
    "authenti",
    "identifier",
    "approv",
    "allowed",
    "white",
    "trusted",
    "addressbook",
    "address book",
    "protect",
    "bestätig",
    "moderator",
)


def wants_proof(text: str) -> bool:
    """True for the mail of a filter that lets ours through once its sender, or somebody else, has said yes."""
    lowered = text.lower()
    return any(hint in lowered for hint in _HINTS) and _PROOF.search(text) is not None
