"""The reviewed words behind ``sequences.opt_out``: what asks not to be contacted, and what only looks like it.

Regular expressions over one lower-case sentence without punctuation; ``<name>`` stands for an entry of ``PARTS``.
To add one: write it under its name, and a line into each half of the table in the tests, asking and not asking.
"""

from __future__ import annotations

from typing import Final

PARTS: Final = {
    "ask": (r"(?:please|pls|plz|kindly|can you|could you|would you|will you|just|now|and|then|to)"),
    "whom": (
        r"(?:me|us|him|her|them|(?:my|our|this|his|her|the|your) (?:[\w'-]+ ){0,2}?(?:name|details?|data"
        r"|information|info|number|e-?mail|mail id|email id|address|account|profile|records?|company|school"
        r"|practice|firm|father|mother|husband|wife|cv|file|phone))"
    ),
    "messages": (
        r"(?:e-?mails?|mails?|texts?|messages?|msgs?|sms(?:es)?|calls?|alerts?|spam|newsletters?|contact|rubbish)"
    ),
    "list": (r"(?:lists?|books|database|data ?base|systems?|records|files|distribution|mails?|e-?mails?|mailings?)"),
    "contacting": (
        r"(?:e-?mailing|mailing|texting|messaging|msging|calling|ringing|phoning|contacting|writing|sending"
        r"|spamming|bothering|pestering|harassing|disturbing)"
    ),
    "contact": (r"(?:e-?mail|mail|text|message|msg|call|ring|phone|contact|write(?: to)?|bother|disturb|message)"),
    "not": (r"(?:do not|don'?t|dont|dun|never|no longer|not to|not)"),
}

GUARDS: Final = (
    # Footers and machines explain how to leave; they do not ask to.
    (
        r"\b(?:if you|should you|you can|you may|you have been|to|or) (?:wish to |want to |would like to "
        r"|prefer to )?(?:unsubscribe|opt out|be removed|stop receiving)d?\b.{0,40}\b(?:click|visit|reply|here|link"
        r"|below|from your|at any)"
    ),
    r"\bif you (?:no longer|do not|don't) (?:wish|want|would like)\b",
    r"\breply (?:with )?[\\x22'“]?stop\b",
    r"\byou can unsubscribe\b",
    r"\bdo not (?:reply|respond)\b",
    r"\bdon'?t reply to this\b",
    r"\bno-?reply\b",
    r"\bwe (?:will )?(?:only )?(?:hold|process|store|keep|delete|erase)\b",
    # A wish about how, when or where is the opposite of an opt-out.
    r"\b(?:just|rather|instead|only|better) (?:to )?(?:call|ring|phone|text|e-?mail|mail|write|message|whatsapp)\b",
    r"\b(?:use|try|prefer|on) my (?:mobile|cell|private|personal|other|home|work)\b",
    r"\binstead\b",
    (
        r"\b(?:call|ring|phone|text|e-?mail|contact|message|write|disturb)\b.{0,30}\b(?:before|until|till|after"
        r"|during|between|at work|at the office|yet|today|tonight|tomorrow|on (?:mon|tues|wednes|thurs|fri|satur"
        r"|sun)day)"
    ),
    r"\bdo ?n[o']?t (?:stop|hesitate|remove|unsubscribe|delete|forget|take me off|drop me)\b",
    r"\bnever stop\b",
    r"\bcan'?t stop\b",
    r"\bnon-?stop\b",
    # A wish about one job, shift or document.
    (
        r"\b(?:from|off) (?:the |this |that |your |next |my )?(?:[\w']+ )?(?:short-?list|process|role|rota|shifts?"
        r"|interviews?|application|running|nights|weekends|consideration|vacancy|project|agenda|invite|calendar)\b"
    ),
    r"\b(?:new|newer|updated|latest|corrected) (?:cv|resume|version|one|number|address)\b",
    # The working-time opt-out, pensions.
    r"\b(?:48|forty.eight|working.time|pension|insurance)\b",
    r"\b(?:unsubscribed?|removed|opted out) (?:by (?:mistake|accident)|accidentally)\b",
    r"\bre-?subscribe\b",
)

PATTERNS: Final[dict[str, tuple[str, ...]]] = {
    "unsubscribe": (
        (
            r"^(?:ok |no |hi |hello )?(?:please |pls |plz |kindly |just )?(?:unsub|unsubscribe)(?: me| now| please"
            r"| us| pls| thanks)*$"
        ),
        r"\bunsub(?:scribe)? (?:me|us|this (?:e-?mail|address|number)|my \w+)\b",
        r"\b<ask> unsub(?:scribe)?\b",
        r"\b(?:want|like|wish|trying|tried|how do i|how to|did|already) (?:to )?unsubscribed?\b",
        r"\b(?:i|we)(?:'ve| have)?(?: already)? (?:unsubscribed|clicked unsubscribe|opted out)\b",
        r"\bcancel (?:my|our|this|the) subscription\b",
        r"\bturn (?:off )?(?:these|those|all|the) \w* ?(?:alerts|mails|emails)",
    ),
    "opt out": (
        r"\bopt(?:ing)? (?:me |us )?out\b",
        r"^optout$",
        r"\bopted out of (?:this|these|your)\b",
    ),
    "remove me": (
        (
            r"\b(?:remove|delete|erase|unlist|wipe|scrub|strike) <whom>(?=$| from\b| off\b| and\b| now\b| please\b"
            r"| pls\b| immediately\b| at once\b| or\b| under\b| permanently\b| asap\b| in\b)"
        ),
        (
            r"\b(?:take|get|keep|strike) <whom> (?:off|out of|from) (?:of )?(?:(?:your|ur|the|this|that|all|any|every"
            r"|these|those|\w+'s) )*(?:[\w-]+ )?<list>\b"
        ),
        r"\btake <whom> off(?: please| pls| now| this| immediately)*$",
        r"\b<ask> (?:remove|erase|delete) (?:it|this|that|everything|all)(?: (?:from|about|you hold)\b.*)?$",
        r"^(?:remove|delete) it(?: now| please| from .*)?$",
        r"\binterested remove$",
        (
            r"\b(?:be|get|me|us|was|being) (?:removed|taken off|deleted|unlisted)(?: (?:from )?(?:your|this|the|all"
            r"|any)[\w ]*)?$"
        ),
        r"\btaken off (?:your|this|the|all|any) (?:[\w-]+ )?lists?\b",
        r"\boff (?:your|ur|the) (?:[\w-]+ )?lists?(?: please| pls)?$",
        r"\b(?:not|still) on (?:any of )?(?:your|ur) (?:[\w-]+ )?lists?$",
        r"^remove$",
        r"^off the list\b",
        (
            r"\b(?:want|get|drop me|like to get) (?:off|from) (?:of )?(?:your|ur|this|the|that|all)"
            r" (?:[\w-]+ )?<list>\b"
        ),
        r"\b(?:want|wish|like|ask|asked|asking) to be (?:removed|taken off|deleted|unsubscribed|unlisted)\b",
        r"\b(?:don'?t|do not) want to be on (?:your|this|the|any) (?:[\w-]+ )?lists?\b",
        r"\bremove (?:please|pls)$",
        r"\b(?:rmv|del) (?:me|my number)\b",
    ),
    "stop": (
        r"^(?:can|could|will|would) (?:yo)?u (?:please |pls )?stop(?: (?:it|this|please|pls))*$",
        r"^(?:i have|i've) (?:asked|told) you to stop$",
        r"\bstop (?:it )?with (?:the|these|your) <messages>",
        r"\bi want (?:it|this|them) to stop$",
        r"\binterested stop$",
        r"^spam stop$",
        r"^no stop$",
        (
            r"\b(?:stop|quit) (?:all )?(?:this |the |your |ur |me )?<contacting>(?: (?:me|us|my|our|here|this|these"
            r"|those|it|any|all|more|your|to me|<messages>)\b|$)"
        ),
        r"\bstop (?:with )?(?:the|these|those|this|your|ur|all|all the|any) (?:[\w-]+ )?<messages>\b",
        (
            r"^(?:ok |no |nope |enough |just |right |and )*(?:please|pls|plz) (?:just )?stop(?: (?:it|this|now|thanks"
            r"|thank you))*$"
        ),
        r"\b(?:interested|thanks|thank you|no|enough|list)(?: at all)? (?:so |and )?(?:please|pls|plz) stop$",
    ),
    "no more messages": (
        (
            r"(?<!there were )(?<!there are )\bno (?:more|further) (?:of these |of your )?<messages>\b(?! (?:are|is"
            r"|were|will|have|can|needed|required))"
        ),
    ),
    "do not contact": (
        (
            r"\b<not> (?:ever |please |you )?<contact> (?:(?:or|and|nor) <contact> )?(?:with )?(?:me|us|here|this"
            r" (?:number|address)|again|any ?more|my (?:staff|team|family))\b"
        ),
        (
            r"\b<not> (?:ever |please )?(?:send|write|give)(?: to)? (?:me|us) (?:any|another|anything|more|these|this"
            r"|your|again|e-?mails|mails|texts)(?! (?:than|before))"
        ),
        (
            r"\b(?:do not|don'?t|dont|no longer|not|never) (?:wish|want|like|care|expect|need) (?:for )?(?:me "
            r"|us )?(?:to )?(?:be )?(?:contacted|approached|e-?mailed|called|texted|messaged|mailed)\b"
        ),
        (
            r"\b(?:do not|don'?t|dont|no longer|not|rather not|prefer not to|sooner not) (?:(?:wish|want|like"
            r"|care) )?(?:to )?(?:be )?(?:receive|receiving|get|getting|hear(?:ing)? from|sent)"
            r" (?:any ?(?:more)? ?(?:of )?)?(?:these|those|you|your|them|further|more|any|<messages>)\b(?!"
            r" (?:confirmation|reply|answer|attachment))"
        ),
        (
            r"\b(?:do not|don'?t|dont|never) want (?:to hear from|any ?more|any further|your|ur|these)"
            r" (?:\w+ )?(?:<messages>|again|company)\b"
        ),
        r"^(?:please |pls |not me )*(?:don'?t|dont|do not|dun) (?:text|msg|message)(?: back)?$",
        r"^(?:wrong number )?dont text back$",
        r"\bdon'?t send any (?:more|further) (?:of these|emails|mails|messages|texts)\b",
        r"^(?:thanks )?no more of these(?: please| thanks)*$",
        r"\b(?:refrain|desist) from (?:further |all |any )?<contacting>",
        r"\bcease (?:and desist|all|any|your|this|contact)",
        r"\bnot (?:be )?(?:contacted|called|emailed|texted) (?:again|in future|any ?more|further)\b",
        r"\bno longer (?:write|email|call|text|contact)",
    ),
    "leave me alone": (
        r"\bleave (?:me|us) (?:alone|in peace|be)$",
        r"\blose (?:my|this) (?:number|address|email)\b",
        r"\bleave my (?:number|address|inbox) alone\b",
        r"\bforget my (?:number|address|email)\b",
        r"\btake my (?:number|name|email|address) (?:off|out)\b",
    ),
    "blocked": (
        r"\b(?:you(?:'re| are)|ur|u r) (?:now )?blocked\b",
        r"\b(?:i'm|im|i am) blocking (?:you|u|this)\b",
        r"\bblocked and reported\b",
        r"\b(?:marking|marked|reporting|reported) (?:you |this (?:\w+ )?|it |these )?as spam\b",
    ),
    "data protection": (
        r"\b(?:article|art\.?) ?(?:17|21)\b",
        r"\bright (?:to be forgotten|to erasure|of erasure|to object)\b",
        (
            r"\b(?:i|we) (?:hereby )?(?:withdraw|revoke|object)\b.{0,40}\b(?:consent|processing|marketing|use of my"
            r"|my data)\b"
        ),
        (
            r"\b(?:erase|delete|remove|destroy)\b.{0,30}\b(?:data|information|details|records?)\b.{0,30}\b(?:law"
            r"|about|on|of|hold|have|gdpr|popia|pdpa|ccpa)\b"
        ),
        (
            r"\b(?:gdpr|ccpa|popia|pdpa|data protection)\b.{0,60}\b(?:erase|delete|remove|request|forget|object|copy"
            r"|access|stop)\b"
        ),
        r"\brequest (?:the )?(?:deletion|erasure|removal) of\b",
        r"\bdelete all (?:of )?(?:my|our) (?:details|data|information)\b",
        r"\b(?:suppress|erase) (?:this|my|our) (?:address|number|data|email|details)\b",
        r"\bcopy of (?:all )?(?:the |my )?(?:personal )?data\b",
    ),
    # German, French, Spanish, Dutch: such a reply is held for a human anyway, but this wish need not wait for one.
    "another language": (
        r"\b(?:bitte|hiermit)\b.{0,60}\b(?:abmelden|austragen|abbestellen|löschen)\b",
        r"\bkeine (?:weiteren )?(?:e-?mails|mails|nachrichten|werbung) mehr\b",
        r"\bdésabonne",
        r"\bdésinscri",
        r"\bne (?:me|nous) (?:contactez|écrivez|envoyez) plus\b",
        r"\bretirez[- ]moi\b",
        r"\bsupprimez mes données\b",
        r"\b(?:darme|denme|dadme|deme|dame) de baja\b",
        r"\bno me (?:escriba|escribas|contacte|contactes|mande|mandes|envíe|envíes)n? más\b",
        r"\b(?:uitschrijven|afmelden)\b",
        r"\bgeen (?:e-?mails|mails|berichten) meer\b",
    ),
}
