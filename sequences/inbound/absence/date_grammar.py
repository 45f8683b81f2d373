"""The patterns by which days, weeks and months are found in a folded text."""

from __future__ import annotations

import re
from functools import cache
from typing import NamedTuple

from sequences.inbound.absence.calendar_words import any_of, names, word

# Other short names of weekdays are words as well: "per", "la", "man".
SURE_SHORT = frozenset({"mon", "tue", "tues", "wed", "thu", "thur", "thurs", "fri", "sat", "sun"})


class Grammar(NamedTuple):
    """One pattern for each kind of time."""

    day: re.Pattern[str]
    bare: re.Pattern[str]
    weekday: re.Pattern[str]
    week: re.Pattern[str]
    month: re.Pattern[str]


_TO = (
    "to|thru|through|until|till|til|bis|bis zum|au|à|al|a|até|ao|tot|tot en met|t/m|till och med|til og med|do|la|"
    "to the|bis einschließlich|и|по|до|по|і|and|und|et|et le|y|y el|e|en|och|og|i|και|έως|μέχρι|ως|à|al|e il|asti|és"
)
_NEXT = (
    "next|nächste|nächsten|nächster|nächstem|la próxima|próxima|próximo|prossima|prossimo|volgende|nästa|næste|neste|"
    "ensi|przyszły|przyszłym|przyszłą|przyszłego|następn*|příští|budúci|následující|следующ*|наступн*|jövő|önümüzdeki|"
    "gelecek|επόμενη|την επόμενη|următoarea|下|来|來|다음"
)
_COMING = (
    "this|coming|this coming|diesen|kommenden|kommender|kommende|este|questo|este próximo|aanstaande|deze|denna|"
    "på|kommande|kommende|tę|ten|ten piątek|tuto|toto|ближайш*|ezt|bu|tulevana|αυτή την"
)
_ENDING = (
    "the end of|end of|end|close of|ende|ende der|ende des|ende von|fin|la fin|fin de|la fin de|finales de|final de|"
    "fine|la fine di|fine di|fim de|final de|fim do mês de|o final de|eind|einde|het einde van|slutet av|slutten av|"
    "slutningen af|utgången av|utgangen af|udgangen af|konec|konce|końca|koniec|koncem|sfârșitul lui|sfârșitul lunii|"
    "sfârșitul|конца|конец|кінця|кінець|τέλος|τέλη|τα τέλη|konca|finals de|vége|vegeig"
)
_EARLY = (
    "anfang|early|в начале|на початку|początku|na początku|začátkem|na začiatku|începutul lui|alussa|în începutul|"
    "beginning of|the beginning of|start of|the start of|début|principios de|inizio|início de|begin"
)
_MID = (
    "mitte|mid|в середине|у середині|połowie|w połowie|połowy|v polovině|poloviny|jumătatea lui|middle of|"
    "the middle of|mi|mediados de|metà|meados de|medio|halverwege|mitten af|mitten av|midten av"
)
_SMALL = r"(?:st|nd|rd|th|er|e|eme|o|a|º|:e|-?go|-?[ег]о|-?е|ste|de|η|ης|°)"
_UNIT = (
    r"(?!\s?(?:%|€|\$|£|eur|usd|gbp|uhr|h(?!\w)|hrs|hours|stunden|heures|uur|pm(?!\w)|am\s*(?:$|[,.;)\n])|a\.m|p\.m|"
    r"mb|gb|kg|km|minut|million|mio|people|persons|floor|etage|stock|days?(?!\w)|tage?(?!\w)|jours|weeks?(?!\w)|"
    r"wochen))"
)


@cache
def grammar() -> Grammar:
    """All patterns, compiled when first asked for."""
    known = names()
    all_months = "|".join(sorted((re.escape(name) for name in known.months), key=len, reverse=True))
    wholes = "|".join(sorted((re.escape(name) for name in known.whole_months), key=len, reverse=True))
    weekdays = "|".join(sorted((re.escape(name) for name in known.weekdays), key=len, reverse=True))
    shorts = "|".join(sorted((re.escape(name) for name in known.short_weekdays), key=len, reverse=True))
    # "Feb 19 - Mar 10": a month, and a Tuesday to the French.
    named = rf"(?!mar(?!\w))(?:{weekdays}|{shorts})(?!\w)"
    sure = "|".join(sorted(SURE_SHORT, reverse=True))
    article = r"(?:the|den|dem|der|d\.|le|el|il|o dia|o|de|dia|zum|am|on)\s+"
    join = rf"\s*(?:[-~]|(?<!\w){any_of(_TO)}(?!\w))\s*(?:(?:{named})[.,]?\s*)?(?:{article})?"

    def month(key: str) -> str:
        # Turkish: "3 Mayısta".
        return rf"(?P<{key}>{all_months})(?:(?!\w)|(?=[dt][ae]n?(?!\w)))(?:\.(?=\s*(?:\d|$)))?"

    def tail(key: str) -> str:
        return rf"(?:(?:[\s,./]{{1,3}}|-)(?:de |del |of |do |anul )?(?P<{key}>(?:19|20)\d\d|'\d\d)(?!\d))?"

    day_first = (
        rf"(?:(?P<from1>\d{{1,2}}){_SMALL}?\.?(?:{join}))?"
        rf"(?P<day1>\d{{1,2}})(?:{_SMALL}(?!\w))?\.?\s{{0,3}}[-/]?\s?(?:of |de |d'|do |del |di |-an )?"
        + month("month1")
        + tail("year1")
    )
    month_first = (
        r"(?:(?P<year2b>20\d\d)[.,]?\s+)?(?<![^\W\d_])"
        + month("month2")
        + rf"\s{{0,3}}(?:the )?(?P<day2>\d{{1,2}})(?:{_SMALL}(?!\w))?\.?"
        rf"(?:{join}(?P<to2>\d{{1,2}})(?:{_SMALL}(?!\w))?(?![\d:/]|\.\d|\s?(?:of |de )?(?:{all_months})(?!\w)))?"
        rf"(?!\d|[:/]\d|\s?h\b|\s?[ap]\.?m\b|\s?(?:of |de )?(?:{all_months})(?!\w))" + tail("year2")
    )
    year_first = (
        r"(?P<year3>20\d\d)\s?[-/.年년]\s?(?P<month3>\d{1,2})\s?[-/.月월]\s?(?P<day3>\d{1,2})(?!\d)"
        r"(?:\s?[日号號일]|\.)?"
    )
    era = r"令和(?P<year4>\d{1,2})年(?P<month4>\d{1,2})月(?P<day4>\d{1,2})日"
    eastern = r"(?P<month5>\d{1,2})\s?[月월]\s?(?P<day5>\d{1,2})\s?[日号號일]"
    numbers = (
        r"(?:(?P<from6>\d{1,2})\.?\s*(?:[-~]|bis(?:\s+zum)?)\s*)?"
        r"(?!24/7(?!\d))(?P<one6>\d{1,2})(?P<sep6>\.\s?|/|-(?=\d{1,2}-\d))(?P<two6>\d{1,2})"
        r"(?:(?:(?P=sep6)|\.\s?)(?P<year6>20\d\d|\d\d(?!\d|[:.]\d))|\.(?!\d))?(?![\d/]|\.\d)" + _UNIT
    )
    day = rf"(?<![\d./+#])(?<!\d[,:])(?:{year_first}|{era}|{eastern}|{day_first}|{numbers})|(?<!\w){month_first}"
    bare = (
        rf"(?:(?<!\w)(?P<named>{weekdays}|{sure}|"
        rf"(?:{shorts})(?=[.,]))[.,]?\s+(?:{article})?(?P<day7>\d{{1,2}})(?:{_SMALL}(?!\w)|\.(?!\d))?|"
        rf"(?<![\d.,/+#:-])(?P<day8>\d{{1,2}})(?:st|nd|rd|th)(?!\w)|"
        rf"(?<!\w)(?:am|zum|den|dem|ab|vom|le|au|du|el|al|del|il|dal|dia|op de|de|op|tot|o dia|no dia|ao dia|на)\s+"
        rf"(?P<day9>\d{{1,2}})(?:\.|e|ste|de|a|o|er|:e)?(?=\s*(?:$|[,;!)\n]|\.\s|\.$|(?:wieder|zuruck|erreichbar|"
        rf"inclu\w*|"
        rf"einschliesslich|de retour|terug|weer|tillbaka|tilbage|tilbake)(?!\w)|-\s))|"
        rf"(?<![\d月월/年.-])(?P<day10>\d{{1,2}})[日일](?![間间])|"
        rf"(?<![\d.])(?P<day12>\d{{1,2}})(?=\.?-(?:(?:j?[ae]i?)?(?:ig|t[oe]l)|[ae]n|j[ae]n)(?!\w))|"
        rf"\((?:{named})\.?\s*(?P<day11>\d{{1,2}})\))"
        rf"(?P<nextm>\s+(?:of )?(?:next month|nachsten monats|du mois prochain|del proximo mes))?"
        rf"(?!\s?(?:[:/.]\d|\d|{_CLOCKISH}))" + _UNIT
    )
    either = rf"(?:(?P<next>(?:(?<!\w){any_of(_NEXT)}|下|来|來|다음))\s?|(?<!\w)(?P<coming>{any_of(_COMING)})\s+)?"
    weekday = (
        rf"{either}(?:(?<!\w)(?P<name>{weekdays})(?!\w)|(?:星期|周|週|礼拜)(?P<cjk>[一二三四五六日天])|"
        rf"(?P<jp>[月火水木金土日])曜日?|(?P<kr>[월화수목금토일])요일)(?P<late>\s+(?:prochaine?|proximo|"
        rf"prossim[oa]|que viene))?"
    )
    week = (
        rf"(?:(?<!\w)(?P<ending>{any_of(_ENDING)})\s+)?(?<!\w)(?:(?:der |the |de |la |av |af )?(?:kw|kalenderwoche|"
        r"calendar week|week|wk|vecka|v(?:\.|(?=\s))|uge|uke|semaine|semana|settimana|tydzien|tygodnia|tyden|"
        r"tydne|viikko|viikon|viikolla|viikot|viikoilla|"
        r"hafta|saptamana|неделя|недели|тижня))\s?(?:nr\.?|no\.?)?\s?(?:(?P<wfrom>\d{1,2})\s?(?:[-/+&~]|und|and|"
        r"bis|to|et|"
        r"och|og|tot)\s?(?:kw\s?)?)?(?P<number>\d{1,2})(?:\s?[/.-]\s?(?P<wyear>20\d\d)|"
        r"\s(?P<wyear2>20\d\d))?(?!\s?[/.:]?\d|\w)"
    )
    # "Der 25. und 26. KW".
    week += (
        rf"|(?:(?<!\w)(?P<ending2>{any_of(_ENDING)})\s+)?(?:der |the )?(?<![\d.])(?:(?P<wfrom2>\d{{1,2}})\.?\s?"
        r"(?:[-/+&]|und|bis|to)\s?)?(?P<number2>\d{1,2})\.\s?(?:kw|kalenderwoche)(?!\w)"
    )
    whole = (
        rf"(?:(?<!\w)(?:(?P<mending>{any_of(_ENDING)})|(?P<early>{any_of(_EARLY)})|"
        rf"(?P<mid>{any_of(_MID)}))[\s-]+(?:of )?)?"
        rf"(?<![^\W_])(?P<whole>{wholes})(?:(?P<loc>ssa|ban|ben|'?[dt][ae])(?!\w)|(?!\w)|(?=(?:ig|t[oe]l|"
        rf"hun)(?!\w)))(?!\.?\s?\d{{1,2}}(?!\d))(?:,?\s?(?:de |del |of )?(?P<myear>20\d\d)(?!\d))?|"
        rf"(?<![^\W_])(?P<abbr>{all_months})\.?\s(?P<ayear>20\d\d)(?!\d)|"
        r"(?P<cyear>20\d\d)[年년]\s?(?P<cmonth>\d{1,2})[月월](?!\s?\d)(?P<cending>末|底|말)?|"
        r"(?<![\d年/])(?P<cmonth2>\d{1,2})[月월](?!\s?\d)(?P<cending2>末|底|말)?(?!間)"
    )
    return Grammar(*(re.compile(pattern) for pattern in (day, bare, weekday, week, whole)))


_CLOCKISH = r"uhr|h(?!\w)|o'clock|uur"
_NEAR_WORDS: tuple[tuple[str, str], ...] = (
    (
        "after_tomorrow",
        "the day after tomorrow|day after tomorrow|übermorgen|après-demain|pasado mañana|dopodomani|depois de amanhã|"
        "overmorgen|i övermorgon|i overmorgen|pojutrze|pozítří|послезавтра|післязавтра|holnapután|poimâine|"
        "ylihuomenna|μεθαύριο|öbür gün",
    ),
    (
        "tomorrow",
        "tomorrow|tomorrow's|morgen|morgen früh|demain|mañana|domani|amanhã|imorgon|i morgon|i morgen|jutro|jutra|"
        "huomenna|huomiseen|zítra|zítřka|zajtra|завтра|mâine|yarın|yarına|holnap|holnapig|αύριο|утре|demà|jutri|homme",
    ),
    (
        "end_of_next_week",
        "the end of next week|end of next week|ende nächster woche|ende der nächsten woche|ende kommender woche|"
        "fin de la semaine prochaine|la fin de la semaine prochaine|eind volgende week|finales de la próxima semana|"
        "slutet av nästa vecka|slutningen af næste uge|slutten av neste uke|fine della prossima settimana",
    ),
    (
        "end_of_week",
        "the end of the week|end of the week|end of this week|the end of this week|end of week|the rest of the week|"
        "ende der woche|ende dieser woche|wochenende|la fin de la semaine|fin de semaine|finales de semana|"
        "final de la semana|la fine della settimana|fine settimana|fim da semana|o final da semana|eind van de week|"
        "het einde van de week|einde van de week|slutet av veckan|slutningen af ugen|slutten av uken|"
        "utgången av veckan|"
        "końca tygodnia|konce týdne|konca týždňa|конца недели|кінця тижня|hét végéig|viikon loppuun|hafta sonuna|"
        "sfârșitul săptămânii|το τέλος της εβδομάδας|all week|the whole week|die ganze woche|toute la semaine|"
        "toda la semana|tutta la settimana|de hele week|"
        "hela veckan|hele ugen|hele uken|this week|diese woche|cette semaine|esta semana|questa settimana|"
        "deze week|denna vecka|den här veckan|denne uge|denne uken",
    ),
    (
        "next_week",
        "next week|nächste woche|nächsten woche|nächster woche|kommende woche|kommenden woche|kommender woche|"
        "la semaine prochaine|semaine prochaine|la próxima semana|próxima semana|la semana que viene|"
        "la semana próxima|volgende week|la prossima settimana|prossima settimana|settimana prossima|"
        "na próxima semana|nästa vecka|næste uge|neste uke|ensi viikolla|ensi viikkoon|przyszłym tygodniu|"
        "przyszłego tygodnia|příští týden|příštího týdne|budúci týždeň|следующей неделе|следующей недели|"
        "наступного тижня|наступному тижні|jövő héten|jövő hétig|gelecek hafta|önümüzdeki hafta|haftaya|"
        "săptămâna viitoare|την επόμενη εβδομάδα|следващата седмица",
    ),
    (
        "end_of_next_month",
        "the end of next month|end of next month|ende nächsten monats|ende des nächsten monats|la fin du mois prochain|"
        "eind volgende maand|finales del próximo mes",
    ),
    (
        "end_of_month",
        "the end of the month|end of the month|end of this month|the end of this month|end of month|month end|"
        "the rest of the month|ende des monats|ende dieses monats|monatsende|la fin du mois|fin du mois|"
        "fin de mes|finales de mes|final de mes|la fine del mese|fine mese|fim do mês|o final do mês|final do mês|"
        "eind van de maand|het einde van de maand|einde van de maand|eind deze maand|månadens slut|slutet av månaden|"
        "månedens udgang|slutningen af måneden|slutten av måneden|utgangen av måneden|końca miesiąca|konce měsíce|"
        "konca mesiaca|конца месяца|кінця місяця|a hónap végéig|hónap végéig|kuun loppuun|ay sonuna|"
        "sfârșitul lunii|το τέλος του μήνα",
    ),
    (
        "next_month",
        "next month|nächsten monat|nächster monat|le mois prochain|mois prochain|el próximo mes|"
        "il prossimo mese|il mese prossimo|próximo mês|volgende maand|nästa månad|næste måned|neste måned",
    ),
    (
        "end_of_year",
        "the end of the year|end of the year|end of year|year end|ende des jahres|jahresende|la fin de l'année|"
        "fin de l'année|fin de año|final de año|fine anno|fim do ano|o final do ano|het einde van het jaar|"
        "eind van het jaar|årets slut|årsskiftet|årets udgang|utgangen av året|końca roku|konce roku|конца года|"
        "кінця року|év végéig|vuoden loppuun|yıl sonuna|sfârșitul anului",
    ),
)
_NEAR_CJK = {
    "after_tomorrow": "明後日|後天|后天|모레",
    "tomorrow": "明日|明天|내일",
    "end_of_week": "今週|本周|本週|이번 주",
    "next_week": "来週|來週|下[周週](?![一二三四五六日天])|다음 주|다음주",
    "end_of_month": r"今月末|本月底|(?<!\d)月末|월말|이달 말",
    "end_of_year": "年末(?!年始)|年底|연말",
}


@cache
def near_words() -> re.Pattern[str]:
    """Tomorrow, next week, the end of the month: the name of the group that matches says which."""
    ways = [f"(?P<{key}>{word(phrases)}" for key, phrases in _NEAR_WORDS]
    return re.compile(
        "|".join(
            f"{way}{'|' + _NEAR_CJK[key] if key in _NEAR_CJK else ''})"
            for (key, _), way in zip(_NEAR_WORDS, ways, strict=True)
        )
    )
