"""Months, weekdays and the words of coming back, in the languages of Europe; for ``return_date``."""

from __future__ import annotations

import re

MONTHS = {
    "jan": 1, "januar": 1, "january": 1, "ledna": 1, "tammikuuta": 1, "jänner": 1, "janvier": 1, "janv": 1,
    "enero": 1, "ene": 1, "januari": 1, "gennaio": 1, "gen": 1, "janeiro": 1, "stycznia": 1,
    "feb": 2, "februar": 2, "february": 2, "února": 2, "helmikuuta": 2, "février": 2, "fevrier": 2, "févr": 2,
    "febrero": 2, "februari": 2, "febbraio": 2, "fevereiro": 2, "fev": 2, "lutego": 2,
    "mar": 3, "mär": 3, "märz": 3, "maerz": 3, "march": 3, "mars": 3, "marzo": 3, "maart": 3, "março": 3, "mrt": 3,
    "marca": 3, "marts": 3, "marec": 3, "března": 3, "maaliskuuta": 3,
    "apr": 4, "april": 4, "dubna": 4, "huhtikuuta": 4, "avril": 4, "avr": 4, "abril": 4, "abr": 4, "aprile": 4,
    "kwietnia": 4,
    "may": 5, "května": 5, "toukokuuta": 5, "mai": 5, "mayo": 5, "mei": 5, "maggio": 5, "mag": 5, "maio": 5, "maj": 5,
    "maja": 5,
    "jun": 6, "juni": 6, "june": 6, "června": 6, "kesäkuuta": 6, "juin": 6, "junio": 6, "giugno": 6, "giu": 6,
    "junho": 6, "czerwca": 6,
    "jul": 7, "juli": 7, "july": 7, "července": 7, "heinäkuuta": 7, "juillet": 7, "juil": 7, "julio": 7, "luglio": 7,
    "lug": 7, "julho": 7, "lipca": 7,
    "aug": 8, "august": 8, "srpna": 8, "elokuuta": 8, "août": 8, "aout": 8, "agosto": 8, "ago": 8, "augustus": 8,
    "augusti": 8, "sierpnia": 8,
    "sep": 9, "sept": 9, "september": 9, "září": 9, "syyskuuta": 9, "septembre": 9, "septiembre": 9, "settembre": 9,
    "set": 9, "setembro": 9, "września": 9,
    "oct": 10, "okt": 10, "october": 10, "října": 10, "lokakuuta": 10, "oktober": 10, "octobre": 10, "octubre": 10,
    "ottobre": 10, "ott": 10, "outubro": 10, "out": 10, "października": 10,
    "nov": 11, "november": 11, "listopadu": 11, "marraskuuta": 11, "novembre": 11, "noviembre": 11, "novembro": 11,
    "listopada": 11,
    "dec": 12, "dez": 12, "december": 12, "prosince": 12, "joulukuuta": 12, "dezember": 12, "décembre": 12,
    "decembre": 12, "déc": 12, "diciembre": 12, "dic": 12, "dicembre": 12, "dezembro": 12, "grudnia": 12,
}  # fmt: skip
WEEKDAYS = {
    "monday": 0, "montag": 0, "lundi": 0, "lunes": 0, "maandag": 0, "lunedì": 0, "segunda-feira": 0, "måndag": 0,
    "mandag": 0, "poniedziałek": 0, "maanantaina": 0, "pondělí": 0,
    "tuesday": 1, "dienstag": 1, "mardi": 1, "martes": 1, "dinsdag": 1, "martedì": 1, "terça-feira": 1, "tisdag": 1,
    "tirsdag": 1, "wtorek": 1, "tiistaina": 1, "úterý": 1,
    "wednesday": 2, "mittwoch": 2, "mercredi": 2, "miércoles": 2, "woensdag": 2, "mercoledì": 2, "quarta-feira": 2,
    "onsdag": 2, "środę": 2, "keskiviikkona": 2, "středu": 2, "mercoledi": 2, "miercoles": 2,
    "thursday": 3, "donnerstag": 3, "jeudi": 3, "jueves": 3, "donderdag": 3, "giovedì": 3, "quinta-feira": 3,
    "torsdag": 3, "czwartek": 3, "torstaina": 3, "čtvrtek": 3,
    "friday": 4, "freitag": 4, "vendredi": 4, "viernes": 4, "vrijdag": 4, "venerdì": 4, "sexta-feira": 4, "fredag": 4,
    "piątek": 4, "perjantaina": 4, "pátek": 4,
}  # fmt: skip
NAMES = "|".join(sorted(MONTHS, key=len, reverse=True))
WEEKDAY = re.compile(rf"\b({'|'.join(WEEKDAYS)})\b", re.I)
DATE = re.compile(
    rf"(?<![\d.])(?:(?P<iso>\d{{4}}-\d{{2}}-\d{{2}})|"
    rf"(?P<day>\d{{1,2}})(?:st|nd|rd|th|er|º|°|\.)?\s{{1,3}}(?:of |de |"
    rf"d')?(?P<month>{NAMES})\b\.?(?:,?\s{{1,3}}(?:de |del )?(?P<year>\d{{4}}))?|"
    rf"\b(?P<month2>{NAMES})\b\.?\s{{1,3}}(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\b(?!\s?(?::|h\b|am\b|"
    rf"pm\b))(?:,?\s{{1,3}}(?P<year2>\d{{4}}))?|"
    r"(?P<first>\d{1,2})(?P<sep>[./]|\.\s|-(?=\d{1,2}-\d))(?P<second>\d{1,2})"
    r"(?:(?P=sep)(?P<year3>\d{4}|\d{2})?|\.)?(?![\d/]|\.\d))",
    re.I,
)
# "in January", "by the end of May": a month without a day.
MONTH = re.compile(
    rf"\b(?:(?P<end>(?:the )?end of|ende|fin|finales de|fine|eind|slutet av|slutten av|slutningen af|konec|"
    rf"końca|fim de)"
    rf"|in|im|en|em|a|i|ab|from|since)\s(?P<month>{NAMES})\b(?!\.?\s?\d{{1,2}}\b)(?:,?\s(?:de )?(?P<year>20\d\d))?",
    re.I,
)
TOMORROW = re.compile(
    r"\b(?:tomorrow|morgen(?! (?:früh )?um)|demain|mañana|domani|amanhã|imorgon|i morgon|i morgen|jutro|huomenna)\b",
    re.I,
)
NEXT_WEEK = re.compile(
    r"\b(?:next week|(?:in der )?(?:nächste[nr]?|kommende[nr]?) woche|la semaine prochaine|"
    r"la (?:próxima semana|semana que "
    r"viene)|volgende week|la (?:prossima settimana|settimana prossima)|na próxima semana|nästa vecka|"
    r"næste uge|neste uke|"
    r"ensi viikolla)\b",
    re.I,
)
WEEK = re.compile(
    r"\b(?:kw|kalenderwoche|calendar week|week|vecka|v\.|uge|uke|semaine|semana)\s?(\d{1,2})\b(?!\s?[/.:]\d)", re.I
)
BACK = re.compile(
    r"\b(?:back|return\w*|resum\w+|available again|in the office again|reachable (?:again )?from|"
    r"zurück|wieder|ab dem|ab|de retour|retour(?:ne)?|reviens|reviendrai|"
    r"reprend\w*|regres\w+|vuelvo|volver\w*|vuelta|reincorpor\w+|rientr\w+|torn\w+|di nuovo|terug|weer|"
    r"regresso|retorn\w+|volto|voltarei|de volta|tillbaka|åter|tilbage|tilbake|wracam|wrócę|powr\w+|z powrotem|palaan|"
    r"palaa|takaisin|vrátím|zpět|zpátky)\b",
    re.I,
)
UNTIL = re.compile(
    r"\b(?:until|till|til|through|thru|bis(?: zum| einschließlich| inklusive)?|jusqu'?(?:au|à|"
    r"en)?|hasta|tot(?: en met)?|t/m|fino (?:al|a)|sino (?:al|a)|até|till och med|til og med|do)\b",
    re.I,
)
# These say "until" only behind another date: "du 4 au 15 mai", "4 - 15 May".
RANGE = re.compile(
    r"\d\W{0,4}(?:[^\W\d_]{2,12}\W{1,3}){0,3}(?:to|and|und|au|al|à|a|e|y|et|och|og|til|till|[–—-])\s{0,2}$", re.I
)
UNTIL_AFTER = re.compile(r"^\W{0,3}(?:asti|saakka)\b", re.I)
SINCE = re.compile(r"\b(?:since|seit(?: dem)?|depuis(?: le)?|sinds|sedan|siden)\s+(?:\w+,?\s+)?$", re.I)
EXCLUSIVE = re.compile(r"\b(?:until|till|til|tot)\b(?! en met)(?! og med)(?! och med)", re.I)
INCLUSIVE = re.compile(
    r"inclusive|including|einschließlich|inklusive|inkl|inclus|incluid|tot en met|t/m|through|thru|compreso|og med|"
    r"och med|włącznie|včetně",
    re.I,
)
ENGLISH = re.compile(r"\b(?:i|i'm|i'll|will|am|is|be|my|until|returning|out of)\b", re.I)
