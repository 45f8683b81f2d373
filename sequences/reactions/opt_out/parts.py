"""The parts that the reviewed list of opt-out patterns is put together from: ``<message>``, ``<list>``, ``<law>``.

Lower-case regular expressions, without capturing groups. Read by ``sequences.reactions.opt_out.match`` only.
"""

from __future__ import annotations

from typing import Final

PARTS: Final = {
    "ask": (r"(?:please|can you|could you|would you|will you|just|now|and|then|to|go ahead and|you can|you may)"),
    "whom": (
        r"(?:me|us|him|her|them|everyone here|(?:my|our|this|his|her|these|both my|all my|all our) (?:[\w'-]+ ){0,2}?"
        r"(?:name|details?|data|information|info|number|no|digits|e-?mail|mail id|email id|address|addresses"
        r"|account|profile|records?"
        r"|company|school|practice|firm|father|mother|husband|wife|file|phone|contact|inbox|surgery|office|plant"
        r"|domain))"
    ),
    "remove": (
        r"(?:remove|delete|erase|unlist|delist|wipe|scrub|purge|scrap|blacklist|deregister|expunge"
        r"|get rid of|exclude|suppress|shred|destroy|drop (?=this|my|our))"
    ),
    "message": (
        r"(?:e-?mails?|mails?|texts?|messages?|sms(?:es)?|calls?|alerts?|spam|newsletters?|mailings?"
        r"|notifications?|notices"
        r"|digests?|circulars?|bulletins?|whatsapps?|correspondence|communications?|contact|mailshots?|robocalls?"
        r"|junk|rubbish"
        r"|blasts?|follow-?ups|outreach|solicitations?)"
    ),
    "det": (
        r"(?:(?:your|the|this|that|these|those|all|any|every|each|job|\w+'s)(?: (?:your|the|of your|of the|these"
        r"|those))?)"
    ),
    "list": (
        r"(?:lists?|books|database|data ?base|systems?|records|files|distribution|mails?|e-?mails?|mailings?"
        r"|sequence|outreach"
        r"|crm|talent pool|talent community|pool|contacts|(?<=your )(?:phone|portal)|blasts|alerts|call sheet"
        r"|sheet|newsletters?|register"
        r"|circulation|cadence|campaigns?|prospects|directory|roster of contacts|(?<=this )thing|mailshots?|tool"
        r"|bulletins?|databases|marketing)"
    ),
    "contacting": (
        r"(?:e-?mailing|mailing|texting|messaging|calling|ringing|phoning|contacting|writing|spamming|bothering"
        r"|pestering"
        r"|harassing|disturbing|approaching|soliciting|pinging|badgering|hounding|hassling|(?:chasing"
        r"|hitting)(?= (?:me|us|my))|sending(?= (?:me|us|these|this|them|those|any|all|more|e-?mails|mails|texts"
        r"|messages"
        r"|sms|your|it|to|jobs?|offers|alerts|please|stuff|spam)\b|$))"
    ),
    "contact": (
        r"(?:e-?mail|mail|text|message|call|ring|phone|contact|write(?: to)?|bother|disturb|sms|whatsapp|approach"
        r"|solicit|ping"
        r"|pester|hassle|get in touch(?: with)?|reach out(?: to)?|be in touch|dm)"
    ),
    "not": (
        r"(?<!if )(?<!they )(?<!he )(?<!she )(?<!people )(?<!who )(?<!agencies )(?<!i )(?<!we"
        r" )(?<!(?<!thank )you )"
        r"\b(?:do not|don't|dun|never|no longer|not to|must not|should not|(?<=you )not)"
    ),
    "whose": (
        r"(?:me|us|him|her|them|here|anyone here|this (?:number|address|office|inbox|phone|mobile|family|business"
        r"|house|school|mailbox)|again|any more|(?:my|our"
        r"|any of (?:my|our)"
        r"|these) (?:\w+ )?(?:staff|team|family|employees|managers|teachers|nurses|people|colleagues|number"
        r"|office|artisans))"
    ),
    "law": (
        r"(?:gdpr|ccpa|cpra|popia?|pdpa|dpdp(?: act)?|dpa|pipeda|lgpd|ndpr|casl|pecr|can-?spam(?: act)?|tcpa|tsr"
        r"|spam act"
        r"|privacy act|privacy laws?|data protection(?: act| laws?| regulations?)?|do not call (?:act|rules?))"
    ),
    "watch": (
        r"(?:regulator|ombudsman|ico|information commissioner|ofcom|ftc|fcc|acma|attorneys?|lawyers?|solicitors?"
        r"|police|trai"
        r"|authorit(?:y|ies)|data protection \w+|datatilsynet|watchdog)"
    ),
}
