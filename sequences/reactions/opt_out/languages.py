"""The reviewed list of opt-out patterns, part five: the plain wishes in other languages of Europe.

Lower-case regular expressions without punctuation, over one sentence whose English spelling was evened out: Swedish
"ta" is read as "thanks", Spanish "ya" as "you". Read by ``match`` only; extend the table in its test with
every change.
"""

from __future__ import annotations

from typing import Final

LANGUAGES: Final[dict[str, tuple[str, ...]]] = {
    # Such a reply is held for a human anyway, but this wish need not wait for one.
    "another language": (
        r"\b(?:bitte|hiermit)\b.{0,60}\b(?:abmelden|austragen|abbestellen|löschen)\b",
        r"(?<!um )\bkeine (?:weiteren )?(?:e-?mails|mails|sms|textnachrichten|nachrichten|werbung) mehr\b",
        r"\b(?:lassen sie|lasst|lass) (?:mich|uns) (?:bitte |endlich )?in ruhe$",
        r"\b(?:schreiben|kontaktieren) sie (?:mir|mich|uns) (?:bitte )?nicht mehr\b",
        (
            r"\b(?:nehmen|nehmt|nimm|streichen|streicht|streich|entfernen|entfernt|entferne|löschen|löscht|lösche)"
            r" (?:sie )?(?:bitte )?(?:mich|uns|meine?n? [\w-]+|unsere?n? [\w-]+|diese \w+) (?:\w+ ){0,3}?(?:aus"
            r"|von|raus|heraus)"
            r" (?:dem|den|der|ihre[mnr]|eure[mnr]|deine[mnr]|diese[mnr]|alle[mnr]|sämtlichen)"
            r" (?:\w+ )?\w*(?:verteiler\w*|listen?|datenbank\w*|datenbestand|kartei|adressbuch|datei"
            r"|system)\b(?! (?:der|des|von|mit|für)\b)"
        ),
        r"\b(?:tragen sie|tragt|trag|melden sie|meldet|melde) (?:mich|uns) (?:bitte )?(?:\w+ ){0,4}?(?:aus|ab)$",
        (
            r"\b(?:löschen|löscht|lösche) (?:sie )?(?:bitte )?(?:alle )?(?:meine|unsere) (?:\w+ )?(?:daten"
            r"|adresse|kontaktdaten)\b"
        ),
        (
            r"\b(?:möchte|möchten|will|wollen|wünschen?) (?:\w+ ){0,3}?keine (?:\w+ )?(?:e-?mails|mails"
            r"|nachrichten|anrufe|werbung) mehr\b"
        ),
        r"\bdésabonne",
        r"\bdésinscri",
        r"\bne (?:me |nous |m')(?:contactez|écrivez|envoyez) plus\b",
        r"\barr[êe]te[zr]? de (?:me |nous |m')(?:contacter|écrire|envoyer|solliciter)\b",
        r"\bstop (?:à|aux|a) (?:vos |tes |ces )?(?:sms|messages|mails|textos)\b",
        r"\b(?:retirez|enlevez|supprimez|[ôo]tez|rayez|radiez|effacez)[- ](?:moi|nous)\b",
        (
            r"\b(?:supprim|retir|enlev|effac)(?:ez|er) (?:mon (?:adresse|nom|num[ée]ro|e-?mail)"
            r"|mes (?:donn[ée]es|coordonn[ée]es))"
            r"\b(?! (?:bancaires|dans le cv|du cv))"
        ),
        (
            r"^(?:merci |non |svp |s'il vous pla[îi]t |et |donc )*plus (?:de|aucun) "
            r"(?:e-?mails?|mails?|messages?|courriels?|sms"
            r"|sollicitations?)(?: s'il vous pla[îi]t| svp| merci)*$"
        ),
        r"\b(?:darme|denme|dadme|deme|dame) de baja\b",
        r"\bb[oó]rr(?:a|e|en)me de\b",
        r"\bno (?:me|nos) (?:escriba|escribas|contacte|contactes|mande|mandes|env[ií]e|env[ií]es)n? m[aá]s\b",
        # "ya" is read as "you", as in English texts.
        r"\b(?:ya|you) no (?:me|nos) (?:manden?|escriban?|llamen?)\b",
        r"(?<!no )\bdejen? de (?:escribir|mandar|enviar|contactar|molestar)(?:me|nos)\b",
        r"\bno m[aá]s (?:textos|mensajes|correos|llamadas)\b",
        r"\bbasta (?:de )?(?:messages|mensajes)\b",
        r"\b(?:uitschrijven|afmelden)\b",
        r"(?<!om )\bgeen (?:e-?mails|mails|berichten|sms(?:'?jes)?) meer\b",
        r"\blaat (?:me|mij|ons) met rust\b",
        (
            r"\b(?:haal|verwijder|schrap) (?:me|mij|ons|mijn \w+|onze \w+) (?:\w+ ){0,3}?(?:van|uit)"
            r" (?:de|het|uw|je|jullie|deze) (?:\w+ )?\w*(?:lijst|bestand|database|systeem)\b"
        ),
        # Swedish, Danish, Norwegian, Finnish.
        (
            r"\b(?:ta|thanks) bort (?:mig|oss|min \w+|mina \w+|vår \w+) (?:\w+ ){0,2}?(?:från|ur)\b(?! (?:mötet"
            r"|teamet|projektet))"
        ),
        r"\bavregistrera (?:mig|oss)\b",
        (
            r"\b(?:fjern|slet|slett|stryk) (?:mig|meg|os|oss|min \w+|mine \w+) (?:\w+ ){0,2}?(?:fra|af"
            r"|av)\b(?! (?:mødet|møtet|projektet))"
        ),
        r"\b(?:afmeld|avmeld) (?:mig|meg|os|oss)\b|\bmeld (?:mig|meg|os|oss) (?:af|av)\b",
        r"\bpoista(?:kaa)? (?:minut|meidät|tietoni|osoitteeni)\b",
        # Polish, Czech, Slovak, Croatian, Slovenian, Hungarian, Romanian, Turkish.
        (
            r"\b(?:usuń(?:cie)?|usunąć|usunięcie|wypisz(?:cie)?|wypisać|wykreśl(?:cie|ić)?) (?:mnie|nas|mojego"
            r"|mój adres|moje dane|moich danych)\b"
        ),
        (
            r"\b(?:vyřaďte|odhlaste|odstraňte|smažte|vymažte|vyraďte|odhláste|odstráňte) (?:prosím )?(?:mě|mne"
            r"|nás|ma|moje \w+|mé \w+|můj \w+)\b"
        ),
        r"\b(?:uklonite|izbrišite|obrišite|odjavite|odstranite) (?:me|nas|moje \w+|moju \w+)\b",
        r"\b(?:töröljenek|töröljön|töröljétek|vegyenek le|vegyen le|iratkoztassanak le)\b",
        r"\b(?:ștergeți|stergeti|eliminați|eliminati|scoateți|scoateti|dezabonați|dezabonati)-(?:mă|ma|ne)\b",
        r"\b(?:beni|bizi) (?:\w+ ){0,2}?liste(?:nizden|den) (?:çıkar|sil)",
        (
            r"\b(?:togliete|cancellate|rimuovete|eliminate|toglie|cancell|rimuov|elimin)(?:temi|teci|mi|armi"
            r"|ermi|mici)\b"
            r"|\bmi (?:tolga|cancelli|rimuova|elimini) (?:\w+ ){0,2}?(?:dal|dalla|dai|dalle)\b"
        ),
        r"\b(?:cancellate|cancelli|eliminate|elimini) (?:i miei dati|il mio indirizzo)\b",
        r"\bnon (?:scrivetemi|scrivermi|contattatemi|contattarmi|mandatemi|mandarmi) più\b",
        r"(?<!não )(?<!nao )\bparem? de (?:me|nos) (?:enviar|mandar|escrever|contactar|contatar)\b",
        r"\b(?:remov|retir|exclu|tir|apag|elimin|descadastr)(?:a|e|am|em|ar?)-?(?:me|nos) (?:d[aeo]s?|please) \w",
        (
            r"\b(?:retire|remova|exclua|tire|apague|elimine|quite|borre|saque)[nm]? (?:o )?(?:meu|mi|mis"
            r"|nuestro|nosso) (?:[\w-]+ )?d[aeo]s? "
        ),
        r"\b(?:qu[ií]t[ae]n?|qu[ií]te|s[áa]quen?|elim[ií]ne?n?|elim[ií]na)(?:me|nos) de\b",
        r"\bn[ãa]o (?:me|nos) (?:envie|mande|escreva|contacte|contate)[sm]? mais\b",
        r"\bне (?:пишите|присылайте|беспокойте)(?: мне| меня| нам| нас)?(?: больше)?$",
        r"\b(?:удалите|уберите|исключите|отпишите|вычеркните) (?:меня|нас|мой адрес|мои данные|мой номер)\b",
        r"\b(?:видаліть|приберіть|відпишіть) (?:мене|нас|мою адресу|мої дані)\b",
        r"\bбольше не (?:пишите|присылайте|беспокойте)\b",
    ),
}
