"""The reviewed list of opt-out patterns, part four: close the account, and rights under data protection law.

Lower-case regular expressions without punctuation, over one sentence whose spelling was evened out ("u", "pls",
"txts"); ``<name>`` stands for a part of ``parts``. Read by ``match`` only; extend the table in its
test with every change.
"""

from __future__ import annotations

from typing import Final

RIGHTS: Final[dict[str, tuple[str, ...]]] = {
    "close the account": (
        (
            r"\b(?:close|shut|end|terminate|deactivate|cancel|remove|delete|erase|purge|wipe|scrub"
            r"|discontinue)(?: down| out)?"
            r" (?:my|our|this|the|all|his|her) (?:[\w-]+ ){0,2}?(?:account|profile|subscription|membership"
            r"|registration|file"
            r" (?:on|with)|record)s?\b"
        ),
        (
            r"\b(?:cancel|end|stop|disable|deactivate|kill|delete|discontinue|unset) (?:my|our|all|every|any|the"
            r"|these|your|this) (?:[\w-]+ ){0,2}?(?:alerts?|newsletters?|mailings?|notifications?|digests?"
            r"|subscriptions?|emails|texts)\b"
        ),
        (
            r"\b(?:want|like|wish|have|could|can|expect|ask|request|must|should|if|see|need)\b.{0,20}\b(?:my|our|his"
            r"|her|the|this)"
            r" (?:[\w-]+ ){0,2}?(?:profile|account|data|details|cv|resume|record|file|number|address"
            r"|information) (?:to )?(?:be |is "
            r"|was |get |gets )?(?:\w+ly )?(?:removed|deleted|erased|gone|destroyed|closed|purged|wiped|disappeared"
            r"|shredded)\b"
        ),
    ),
    "data protection": (
        r"\b(?:records?|data|details) (?:of|about|on) (?:me|us) (?:to )?be (?:deleted|erased|destroyed|removed)\b",
        r"\bobject to (?:your|the) legitimate interest\b",
        r"\brevoke (?:my|our) agreement\b",
        r"^(?:please )?stop (?:all )?processing(?: (?:it|my|our|please)\b.*)?$",
        r"\b(?:article|art) ?(?:17|21)\b",
        r"\bright (?:to be forgotten|(?:to|of) (?:erasure|deletion|object|objection|withdraw|opt out))\b",
        (
            r"\b(?:object|objection) to (?:the |any |all |your |this |further )*(?:processing|direct marketing"
            r"|marketing|use of my)\b"
        ),
        (
            r"\b(?:withdraw(?:n|ing|s|al)?|revok(?:e|ed|ing)|retract(?:ed|ing)?|rescind(?:ed"
            r"|ing)?)\b.{0,30}\b(?:consent|permission"
            r"|authori[sz]ation|opt-?in)\b(?! (?:for|to) (?:the |my |a )?(?:reference|referee|background|dbs|photo"
            r"|take up))"
        ),
        r"\b(?:consent|permission)\b.{0,60}\b(?:withdrawn|revoked|cancelled|rescinded)\b",
        (
            r"\b(?:not|never|don't|didn't|haven't|isn't) (?:\w+ )?consent(?:ed)?(?: (?:to (?:receiv|being contacted"
            r"|be contacted|my (?:personal )?(?:data|details|information)"
            r"|this|these|any|whatsapp|your)|for this)|$)"
        ),
        (
            r"\b(?:erase|delete|remove|destroy|purge|wipe|scrub|bin|shred|anonymi[sz]e|get rid of"
            r"|chuck)\b.{0,40}\b(?:data|information"
            r"|info|details|records?|particulars|profile|cv|resume|everything"
            r"|anything)\b.{0,20}\b(?:you (?:\w+ )?(?:hold|have|keep"
            r"|scraped|store)|law|about me|on me|of mine|on file|hold|in the bin|from your)\b"
        ),
        (
            r"\b(?:erase|delete|remove|destroy|purge|wipe|bin|shred|anonymi[sz]e) (?:all |any )?(?:of )?(?:(?:my"
            r"|our|the|their|his|her|personal|any|entire|whole|applicant) )+(?:(?:personal|candidate|contact"
            r"|applicant) )?(?:details|data|information|info|particulars|records?|profile|file)\b"
        ),
        r"\b(?:delete|erase|destroy|purge|remove) (?:what|whatever|everything|anything|all) (?:that )?(?:you|of it)\b",
        (
            r"\b(?:request|demand|require|want)(?:ing)? (?:the |that )?(?:immediate )?(?:deletion|erasure|removal"
            r"|restriction) of\b"
        ),
        (
            r"\b<law>\b.{0,80}\b(?:erase|erasure|delete|deletion|remove|removal|request|forget|object|cease|withdraw"
            r"|stop|unsubscribe"
            r"|purge|opt out|entitled|not to|suppress|unsolicited|violat\w+|breach|no longer|do not|don't)\b"
        ),
        (
            r"\b(?:erase|erasure|delete|deletion|remove|cease|withdraw|stop|purge|opt out|suppress|unsolicited"
            r"|violat\w+|breach"
            r"|no longer|do not (?:call|contact|consent|sell)|not consent)\b.{0,80}\b<law>\b"
        ),
        r"\b(?:suppress|erase) (?:this|my|our) (?:address|number|data|email|details)\b",
        r"\bcopy of (?:all )?(?:the |my |any )?(?:personal )?data\b",
        r"\bpersonal data (?:do )?you (?:hold|have|store|keep) (?:on|about)\b",
        r"^(?:this is a |formal |please treat this as a )?(?:data )?subject access request\b",
        r"\b(?:making|submitting|file|make) a (?:data )?subject access request\b",
        r"\bas (?:a |the )?data subject i\b",
        r"\b(?:my|our|personal) data and (?:the )?end of (?:any |all )?processing\b",
        r"\bbreach(?:es)? (?:our|my|company|the) (?:\w+ )?policy\b.{0,60}\b(?:none|nothing|no more|stop|not)\b",
        (
            r"\b(?:on|registered with|joined|in|activated|respect) (?:the |a )?(?:national |federal "
            r"|state )?(?:do not call|do-not-call"
            r"|dnc|dncr|tps|telephone preference|dnd|do not disturb)\b|\bdnd (?:activated|active|registered|is on)\b"
        ),
    ),
}
