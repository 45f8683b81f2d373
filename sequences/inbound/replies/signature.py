"""Signatures and mobile taglines, known by greetings, sign-offs and disclaimers beside them: not what a person says."""

from __future__ import annotations

import re

from sequences.inbound.replies import quote_markers

GAP = "\ue003"
"""Stands where a quote was taken away: what follows may be an answer, so a signature never reaches over it."""

_SIGNATURE_LINES = 20
_RULE_LINES = 8
_GREETING = re.compile(
    r"^\s*(?:(?:good (?:morning|afternoon|evening|day)|hi|hello|hey|dear|hallo|guten (?:tag|morgen|"
    r"abend)|liebe[rs]?|sehr geehrte[rs]?|moin|servus|"
    r"bonjour|bonsoir|salut|chère?|cher|hola|buenos días|buenas (?:tardes|noches)|estimad[oa]s?|"
    r"querid[oa]s?|ciao|buongiorno|buonasera|salve|gentile|"
    r"egregio|beste|geachte|dag|goede(?:morgen|middag|navond)|olá|bom dia|boa tarde|prezad[oa]|hej|"
    r"kära|cześć|dzień dobry|szanown[yai]|hei|moi|terve|hyvää (?:päivää|huomenta)|god (?:dag|morgen|morgon)|goedendag|"
    r"car[oa]|prezad[oa]s|bună(?: ziua)?|dobrý den|ahoj|greetings|to whom it may concern|"
    r"cher?e? (?:madame|monsieur))\b)"
    r"[^.!?\d]{0,45}[,!.:]?\s*$",
    re.I,
)
_SIGN_OFF = re.compile(
    r"^\s*(?:(?:kind|best|warm|warmest|kindest|many|with (?:kind|best|warm))?\s?(?:regards|wishes)|"
    r"best|cheers|sincerely(?: yours)?|yours(?: (?:sincerely|faithfully|truly))?|"
    r"(?:many )?thanks(?: (?:again|a lot|in advance|so much|and (?:kind |best )?regards))?|thank you|"
    r"thx|br|rgds|kr|all the best|take care|"
    r"(?:mit )?(?:freundliche[nr]?|besten?|herzliche[nr]?|liebe|viele|schöne|beste) (?:grü(?:ß|ss)en?|"
    r"gruß)|(?:mfg|lg|vg)|gru(?:ß|ss)|danke|vielen dank|"
    r"(?:bien )?cordialement|bien à vous|(?:très )?cordialement|salutations(?: distinguées)?|"
    r"merci(?: d'avance)?|amicalement|"
    r"(?:un )?saludos?(?: cordiales| cordial)?|atentamente|gracias|un abrazo|cordiali saluti|"
    r"distinti saluti|saluti|grazie|un saluto|"
    r"(?:met )?vriendelijke groet(?:en)?|mvg|groet(?:en|jes)?|bedankt|atenciosamente|cumprimentos|obrigad[oa]|abraços?|"
    r"(?:med )?v[äe]nlig(?:a)? h[äi]lsning(?:ar)?|mvh|hälsningar|med venlig hilsen|hilsen|pozdrawiam|"
    r"z poważaniem|(?:serdecznie )?pozdrawiam|dziękuję|med vänliga hälsningar|(?:med )?vennlig hilsen|bästa hälsningar|"
    r"de bedste hilsner|beste hilsener|mange hilsner|takk|tack|tak|ystävällisin terveisin|terveisin|kiitos|"
    r"abraço|com os melhores cumprimentos|melhores cumprimentos|respeitosamente|s pozdravem|üdvözlettel|"
    r"cu stimă|с уважением|saygılarımla|met hartelijke groet|hartelijke groeten|kærlig hilsen|"
    r"(?:meilleures|sincères) salutations|bonne (?:journée|soirée)|bien amicalement|buona giornata|"
    r"schönen (?:tag|abend)(?: noch)?|have a (?:good|great|nice) (?:day|one|weekend|evening))\b"
    r"(?:\s?[/|]\s?[^\W\d_][^.!?\n]{2,50})?[\s,.!–-]*$",
    re.I,
)
_DISCLAIMER = re.compile(
    r"^\W*(?:(?:this|the) (?:e-?mail|message|communication|information)\b.{0,120}\b(?:confidential|"
    r"intended|privileged)|confidentiality (?:notice|note)|"
    r"disclaimer|diese e-?mail\b.{0,80}\bvertraulich|ce (?:message|courriel|"
    r"mail)\b.{0,120}\bconfidentiel|este (?:mensaje|correo)\b.{0,120}\bconfidencial|"
    r"dit (?:bericht|e-?mailbericht)\b.{0,120}\bvertrouwelijk|questo messaggio\b.{0,120}\briservat|"
    r"please consider the environment|aviso (?:legal|de confidencialidad)|avviso di riservatezza|"
    r"aviso de confidencialidade|"
    r"(?:vertraulichkeits|rechtlicher )hinweis|dieses? (?:e-?mail|nachricht)\b.{0,80}\bvertraulich|"
    r"ce (?:message|courriel|"
    r"mail)\b.{0,120}\b(?:confidentiel|destinataire)|est[ea] (?:mensagem|e-?mail)\b.{0,120}\bconfidencia|"
    r"(?:dit|deze) (?:bericht|e-?mail\w{0,8})\b.{0,120}\b(?:bestemd|vertrouwelijk)|"
    r"niniejsz[aey] (?:wiadomość|e-?mail)\b|(?:detta|dette) (?:meddelande|e-?post\w{0,10}|e-?mail)\b.{0,120}\b"
    r"(?:konfidentiel|fortrolig)|privileged (?:and|&) confidential|registered (?:office|in england)|"
    r"sitz der gesellschaft|(?:handelsregister|amtsgericht)\b.{0,60}\bHR|"
    r"if you (?:have received|are not the intended)|caution: this email (?:originated|came)|"
    r"external (?:e-?mail|sender))",
    re.I,
)
_CONTACT = re.compile(
    r"https?://|www\.|@|(?:\+|\(0?\d|\b0)\d[\d\s()./-]{5,}|\b(?:tel|phone|mobile|mob|fax|fon|handy)\b", re.I
)
# A line of a business card, standing for itself.
_CARD = re.compile(
    r"^\W*(?:(?:t|m|p|f|e|w|tel|telefon|phone|mob|mobile|mobil|fax|mail|e-?mail|web|direct|office)\W{1,4}[\w+(].*|"
    r"(?:https?://|www\.)\S{3,200}|\+?[(\d][\d ()./-]{6,25}|<?\S{1,64}@\S{3,100}>?|\[(?:cid:|https?:)[^\]]{1,300}\]|"
    r"[^|]{2,60}\|[^|]{2,60}(?:\|.{0,120})?)\W*$",
    re.I,
)
# What servers put under a mail, in no line of the author's.
_SCANNED = re.compile(
    r"\b(?:(?:scanned|checked|verified|screened) (?:by|for|with)\b.{0,60}\b(?:virus\w*|guard|security|anti-?\w+)|"
    r"virus(?:es|-?free)\b|anti-?virus|auf viren|believed to be clean|antivirenprogramm|(?:sans|de) virus|virenfrei|"
    r"antivirus\w*|антивирус\w*|вирус\w*|subscribed to (?:the|this))",
    re.I,
)
_ANSWER = re.compile(
    r"(?:yes|no|none|never|nothing|ok|okay|sure|maybe|stop|unsubscribe|remove|ja|nein|kein\w*|gerne?|oui|non|jamais|s[ií]|"
    r"nunca|sim|não|nee|nej|nie|tak|ei|da|ne|ano|igen|nem|evet|hayır|да|нет|thanks|done|agreed|correct)\b",
    re.I,
)
# "PS:", "P.S.", "P.-S. :", Spanish "PD:"; initials ("P. S. Miller") and firms ("PS Tools Ltd") are of a signature.
_POST_SCRIPT = re.compile(
    r"[\s*_]{0,4}(?:(?:PPS|PS|PD|ps|pps)(?:\.?\s?:|\s?[-\u2013]\s|[.,]\s|\s(?=[^|@]{15,300}[.!?]\s*$))|"
    r"(?:P\.){1,2}-?[SD]\.?[\s:,]|P\. [SD]\.\s?:|П\.?\s?С\.?[\s:])"
)
_DELIMITERS = frozenset("-_*#~=+•·—–ᐧ")


def trim(lines: list[str]) -> list[str]:
    """Without empty lines around, and without rules ("-----") at the end."""
    start, end = 0, len(lines)
    while start < end and not lines[start].strip():
        start += 1
    while end > start and (not lines[end - 1].strip() or quote_markers.RULE.match(lines[end - 1][:200])):
        end -= 1
    return lines[start:end]


def without_signature(lines: list[str]) -> list[str]:
    """Drops from a signature delimiter or a mobile tagline to the end of that stretch of the author's words."""
    out: list[str] = []
    stretch: list[str] = []
    for line in [*lines, GAP]:
        if line != GAP:
            stretch.append(line)
            continue
        if stretch:
            own = _cut_stretch(stretch, first=not any(entry.strip() for entry in out))
            out += own + _post_script(stretch[len(own) :])
        out.append(GAP)
        stretch = []
    return out[:-1]


def _post_script(below: list[str]) -> list[str]:
    """What somebody has added under the signature, and says so."""
    return next((below[at:] for at, line in enumerate(below) if _POST_SCRIPT.match(line[:300])), [])


def _cut_stretch(lines: list[str], *, first: bool) -> list[str]:
    below, written = sum(bool(line.strip()) for line in lines), False
    for index, line in enumerate(lines):
        if not line.strip():
            continue
        below -= 1
        short = line[:200]
        if len(line) < 160 and quote_markers.TAGLINE.match(short):
            # A tagline with nothing above it stands before words that somebody typed below.
            return lines[:index] if written or not below or not first else lines[:index] + lines[index + 1 :]
        if (
            (written or not first)
            and line.lstrip()[0] in _DELIMITERS
            and _opens_signature(lines, index, below, foot=not written)
        ):
            return lines[:index]
        written = True
    return lines


def _opens_signature(lines: list[str], index: int, below: int, *, foot: bool) -> bool:
    """True for a delimiter below which a signature stands, and not more of what the author has to say.

    Args:
        lines: one stretch of the author's words.
        index: of the delimiter.
        below: how many lines with anything on them stand under it.
        foot: the stretch begins with it, under a quote and an answer above that: what a server puts there.
    """
    line = lines[index]
    short = line[:200]
    ruler = quote_markers.LONG_RULE.match(short) is not None and "_" in short
    if not below or below > (_RULE_LINES if ruler else _SIGNATURE_LINES):
        return False
    if not ruler and not quote_markers.SIGNATURE.match(short):
        first = next((entry for entry in lines[index + 1 :] if entry.strip()), "")
        return quote_markers.RULE.match(short) is not None and _SCANNED.search(first[:300]) is not None
    if foot:
        return True
    under = lines[index + 1 : len(lines) - len(_post_script(lines[index + 1 :]))]
    rest = _before_disclaimer(["", *(entry for entry in under if entry.strip())])[1:]
    if not rest:
        return True
    # RFC 3676 section 4.3: dashes and a space are a signature's; what a person types between answers has none.
    exact = line.startswith("-- ") and not line.strip("- ")
    again = [at for at, entry in enumerate(rest) if entry.strip() == line.strip()]
    if exact and not again:
        # Whoever has only greeted goes on below the signature that the program had put there.
        greeted = all(_GREETING.match(entry[:120]) for entry in lines[:index] if entry.strip())
        return not any(_is_said(entry) for entry in (rest if greeted else rest[:1]))
    if again:
        # The same line again divides sections: one of them says something, or fills in a form.
        return False
    reached = [_CONTACT.search(entry[:300]) is not None or _CARD.match(entry[:300]) is not None for entry in rest]
    if any(_is_said(entry, whole=reached[0]) for entry in rest):
        return False
    return any(reached) or _is_name(rest[0]) or _SIGN_OFF.match(rest[0][:120]) is not None


def _is_said(line: str, *, whole: bool = False) -> bool:
    """True for a line that tells or asks something, as few lines of a signature do; ``whole``: by its end alone."""
    line = line.strip(" *_>\t")[:300]
    if quote_markers.TAGLINE.match(line) or _DISCLAIMER.match(line) or _CONTACT.search(line) or "|" in line:
        return False
    if _SCANNED.search(line):
        return False
    words = line.split()
    if "?" in line or (len(words) > 1 and line.endswith(("!", ".", "…", "。"))):
        return True
    if whole or _SIGN_OFF.match(line):
        return False
    small = sum(word[0].islower() for word in words)
    return len(words) > 3 and 2 * small > len(words)


def _is_name(line: str) -> bool:
    """True for one to five words with capitals, and particles between them, as a name or a title is written."""
    words = line.strip(" *_>,\t").split()
    if not 0 < len(words) <= 5 or line.rstrip().endswith((".", "!", "?", ":")) or _ANSWER.match(line.strip()):
        return False
    if not words[0][0].isalpha() or words[0][0].islower():
        return False
    return all(not word[0].islower() or len(word) <= 3 for word in words) and not any(char.isdigit() for char in line)


def _before_disclaimer(lines: list[str]) -> list[str]:
    for index, line in enumerate(lines):
        if index and _DISCLAIMER.match(line[:400]):
            return lines[:index]
    return lines
