"""How a machine says that somebody is gone for good, or that nobody reads an address any more.

It is asked only of what a machine answered: a colleague who writes the same is a person, whose words are read.
"""

from __future__ import annotations

import re

_WHERE = (
    r"(?:here|there|at|for|with|in (?:this|that|the|our) (?:company|firm|organi[sz]ation|business|team|department|"
    r"position|role|office)|as (?:a|an|the)\b)"
)
_EN = (
    rf"no longer (?:(?:be )?work(?:s|ing)? {_WHERE}|(?:be )?employed|with (?!access)|a (?:member|part|colleague)|"
    r"part of|associated|affiliated|holds?|occup\w+|in (?:the|this|that|my|his|her) (?:role|position|post|company|"
    r"firm))|"
    r"(?:do|does)(?:n't| not) work (?:here|there|for \S{1,40}|at \S{1,40}|with \S{1,40}) (?:any ?more|any longer)|"
    r"(?:has|have|'ve|having)? ?(?:now |recently |since )?left (?:the |our |my |his |her |this )?(?:company|firm|"
    r"business|"
    r"organi[sz]ation|employ\w*|position|role|job|team|agency|practice)|(?:moved|moving) on (?:from|to (?:a )?new)|"
    r"(?:has|have|am|is|'ve) (?:now |since |recently )?retired|\b(?:my|his|her|their) last (?:working )?day (?:at|"
    r"with|was)|"
    r"passed away|is deceased|(?:mailbox|inbox|e-?mail(?: address| account)?|address|account) (?:is|was|has been|"
    r"will be) "
    r"(?:no longer (?:in use|used|monitored|active|valid|checked|read|attended)|discontinued|deactivated|retired|"
    r"closed)"
)
_GERMANIC = (
    r"nicht (?:mehr|länger) (?:(?:im|in|bei|für|hier|dort) [^.\n]{0,60}(?:tätig|beschäftigt|angestellt|arbeite)|"
    r"im unternehmen|in (?:unserem|diesem|unserer|der) (?:unternehmen|firma|haus)|tätig|beschäftigt|angestellt|"
    r"bei uns|"
    r"für (?:uns|die firma|das unternehmen))|arbeite[tn]? (?:hier |dort |nicht |leider ){0,2}nicht (?:mehr|länger)|"
    r"arbeite[tn]? (?:[^.\n]{0,40}) nicht mehr|(?:unternehmen|firma|haus|gesellschaft) [^\n]{0,30}verlassen|"
    r"(?:aus (?:dem|der|unserem|unserer) \S{1,30} )?ausgeschieden|(?:im|in den) (?:ruhestand|vorruhestand)|in rente|"
    r"verstorben|(?:adresse|postfach|konto|account) [^.\n]{0,40}(?:nicht mehr (?:gültig|aktiv|genutzt|gelesen|"
    r"verwendet|"
    r"abgerufen|in gebrauch|bearbeitet)|stillgelegt|deaktiviert)|"
    r"(?:werk|werkt|werkzaam|in dienst)\b[^.\n]{0,40}niet (?:meer|langer)|niet (?:meer|"
    r"langer) [^.\n]{0,30}(?:werkzaam|"
    r"in dienst|werken|werkt)|uit dienst|met pensioen|(?:mailbox|adres|account) [^.\n]{0,30}niet (?:meer|langer) "
    r"(?:in gebruik|actief|gelezen|gebruikt)|"
    r"(?:arbetar|jobbar) (?:inte |ej )?[^.\n]{0,30}(?:längre|ej kvar)|(?:har|jag har) slutat|inte längre (?:kvar|"
    r"anställd|på)|"
    r"(?:arbejder|arbeider|jobber) (?:[^.\n]{0,30})ikke (?:længere|lenger|mer)|ikke (?:længere|lenger) (?:ansat|"
    r"ansatt|hos|i )|"
    r"(?:er|har) (?:fratrådt|fratrådte|sluttet|stoppet|gått av|gået på pension)|ég starfa ekki lengur|hættur störfum"
)
_ROMANCE = (
    r"ne (?:fai[st]|fera|ferai) plus partie|ne travaill\w+ plus|n'(?:est|es) plus (?:en poste|salariée?|employée?|"
    r"chez|dans|"
    r"au sein|parmi|utilisée?|valide|active?|consultée?|à \S+)|ne suis plus (?:en poste|salariée?|employée?|chez|"
    r"dans|au)|"
    r"(?:a|ai|ayant) quitté (?:la|l'|l’|notre|nos|ses|mes|le|son|mon|ma|sa) ?(?:société|entreprise|fonctions?|poste|"
    r"groupe|cabinet|structure|effectifs?)|(?:à|en|ma|sa) (?:la )?retraite|est décédée?|"
    r"ya no (?:trabaj\w+|form[ao] parte|pertene\w+|labor\w+|est[oáa]y? (?:en|con) (?:la|esta|nuestra)|colabor\w+|"
    r"est[áa] (?:en uso|activ[ao]|operativ[ao]))|(?:ha|he) dejado (?:la (?:empresa|compañía)|de (?:trabajar|prestar|"
    r"pertenecer|formar))|dejé la empresa|(?:me he|se ha) jubilado|ha fallecido|"
    r"já não (?:trabalh\w+|faz(?:o|em)? parte|faço parte|integr\w+|est[áa] (?:em uso|ativ[ao]))|não (?:trabalh\w+|"
    r"fazo? parte|faço parte|fa(?:ço|z) mais parte|integr\w+|est[áa] mais|é mais|pertenç\w+|pertence) "
    r"(?:mais|em uso|ativ[ao]|d[ao]|n[ao])\b|"
    r"(?:deixou|deixei) (?:a empresa|de (?:trabalhar|fazer parte|integrar))|foi desligad[oa]|se aposentou|"
    r"non (?:lavor\w+|fa(?:ccio)?|collabor\w+) più|non (?:è|sono) più (?:in (?:azienda|servizio|forza)|presso|"
    r"un dipendente|"
    r"una dipendente|dipendente|parte|attiv[oa]|utilizzat[oa]|impiegat[oa])|(?:ha|ho) lasciato (?:l'azienda|"
    r"la (?:società|"
    r"ditta)|il (?:gruppo|lavoro))|in pensione|è decedut[oa]|"
    r"nu mai (?:lucr\w+|fac\w* parte|este (?:angajat|activ)\w*|sunt angajat\w*)|(?:a|am) părăsit (?:compania|firma)|"
    r"ja no (?:treball\w+|form[ao] part)"
)
_SLAVIC = (
    r"(?:już|juz) nie (?:pracuj\w+|jest\w* (?:pracown\w+|zatrudnion\w+))|nie (?:pracuj\w+|"
    r"jest\w* zatrudnion\w+) (?:już|juz)|"
    r"(?:zakończył\w*|zakonczyl\w*) (?:współpracę|pracę|zatrudnienie)|(?:na|przeszedł na|przeszła na) emerytur\w+|"
    r"(?:již|už) (?:ve? \S{1,30} |zde |tady |u nás )?(?:nepracuj\w+|není zaměstn\w+|nejsem zaměstn\w+)|"
    r"nepracuj\w+ (?:již|už)|"
    r"(?:už|viac) (?:tu |v \S{1,30} |u nás )?(?:nepracuj\w+|nie je zamestn\w+)|nepracuj\w+ (?:už|viac)|"
    r"više ne\s?radi\w*|ne radi\w* više|(?:nije|nisam) više (?:zaposlen\w*|dio|deo)|"
    r"(?:ne dela\w*|ni) več (?:zaposlen\w*|v|pri|na)|ne dela\w* več|"
    r"вече не работ\w+|не работ\w+ вече|напусна\w* (?:компанията|фирмата)|више не ради\w*|не ради\w* више|"
    r"(?:больше|уже|более) не работа\w+|не работа\w+ (?:больше|уже|более)|уволил(?:ся|ась)|"
    r"(?:покинул\w*|ушел из|ушла из|ушёл из) (?:компани\w+|организаци\w+)|(?:більше|вже) не прац\w+|"
    r"не прац\w+ (?:більше|вже)|"
    r"звільнив(?:ся|лась)"
)
_OTHERS = (
    r"en (?:enää )?(?:ole )?(?:enää )?(?:työskentele|töissä)|ei (?:enää )?(?:ole )?(?:enää )?(?:töissä|palveluksessa|"
    r"työskentele)|(?:on )?(?:jäänyt eläkkeelle|siirtynyt pois)|"
    r"már nem (?:dolgoz\w+|munkatárs\w+)|nem dolgoz\w+ (?:már|tovább|többé)|elhagyt\w+ a (?:céget|vállalatot)|"
    r"artık [^.\n]{0,50}(?:çalışm\w+|görev yapm\w+)|(?:şirket\w+|görev\w+|iş\w+|kurum\w+) ayrıl\w+|emekli ol\w+|"
    r"δεν (?:εργάζ\w+|απασχολ\w+) (?:πλέον|πια)|(?:πλέον|πια) δεν (?:εργάζ\w+|απασχολ\w+)|"
    r"(?:enam ei|ei) (?:tööta|töötab)(?: enam)?|vairs nestrād\w+|nebedirb\w+|"
    r"(?:لم|لا) (?:أعد|يعد|تعد|يعمل|تعمل) (?:أعمل|يعمل|تعمل|بعد الآن)|(?:אינו|אינה|לא) (?:עובד|עובדת) (?:יותר|עוד|"
    r"כאן)|"
    r"כבר (?:לא|אינו|אינה) (?:עובד|עובדת)|không còn (?:làm việc|công tác)|đã nghỉ việc|tidak lagi bekerja|"
    r"sudah tidak bekerja"
)
_EAST_ASIAN = (
    r"退職(?:いた|し|致|となり)|退社(?:いたしました|しました|致しました)|(?:異動|転職)(?:いたし|し|致し)ました|"
    r"已(?:经|經)?(?:离职|離職|离开|離開|退休|辞职|辭職)|不再(?:任职|任職|工作|在[^。\n]{0,20}(?:工作|任职|任職)|使用|担任|擔任)|"
    r"퇴사|퇴직|더 이상 (?:근무|재직)"
)
_LEFT = re.compile(rf"(?<![^\W\d_])(?:{_EN}|{_GERMANIC}|{_ROMANCE}|{_SLAVIC}|{_OTHERS})|{_EAST_ASIAN}", re.I)
_FIRST_WORDS = 800


def says_left(subject: str, own_words: str) -> bool:
    """True when an automatic answer says that the person is not there any more, or that nobody reads the address.

    Args:
        subject: decoded; ours may stand behind its colon and is not asked.
        own_words: the text without what it quotes.
    """
    lead = subject[:200] if ":" not in subject else subject[:200].partition(":")[0]
    return _LEFT.search(lead) is not None or _LEFT.search(own_words[:_FIRST_WORDS]) is not None
