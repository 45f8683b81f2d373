"""The reviewed list of opt-out patterns, part two: do not contact me, leave me alone, you are blocked.

Lower-case regular expressions without punctuation, over one sentence whose spelling was evened out ("u", "pls",
"txts"); ``<name>`` stands for a part of ``parts``. Read by ``match`` only; extend the table in its
test with every change.
"""

from __future__ import annotations

from typing import Final

CONTACT: Final[dict[str, tuple[str, ...]]] = {
    "do not contact": (
        r"\b(?:do not|don't) send (?:a )?(?:third|fourth|fifth|sixth|seventh|eighth|another)(?: one)?$",
        r"\b(?:do not|don't) send any(?: of (?:these|them))?$",
        r"\b(?:do not|don't) follow up(?: again| please)*$",
        r"\b(?:don't|do not) want (?:any )?<message> (?:or|nor|and) <message>\b",
        (
            r"\b(?:rather|prefer|love it if|like it if|glad if|happier if) (?:you )?never (?:to )?(?:get|hear"
            r"|receive|wrote|contacted|texted|called)\b(?! back)"
        ),
        r"\b(?:not|never) agree(?:d)? to (?:marketing|these|receive|receiving|being contacted|be contacted)\b",
        r"\blike not to be (?:e-?)?mailed\b",
        r"\b(?:do not|don't) <contacting> (?:to )?(?:me|us)\b",
        (
            r"\b(?:do not|don't|no) (?:send|write|text|call|message) (?:here |me |us )?(?:again|any more)\b"
            r"(?! (?:until|before))"
        ),
        r"\b(?:asking|ask|beg|begging|urge|tell|telling) you (?:please )?(?:not|never) to <contact> (?:me|us)\b",
        (
            r"\b(?:don't|do not) (?:want|need) (?:any )?(?:more |further )(?:letters|approaches|enquiries|pitches|cvs)"
            r" from (?:you|your)\b"
        ),
        r"\bno (?:further |more )?approach(?:es)?(?: please| by| to)\b",
        (
            r"<not> (?:ever |please |you |dare |try to )*<contact> (?:(?:or|and|nor) <contact> )?(?:with )?<whose>\b"
            r"(?! (?:off|as|for (?!job|work|good|any)|about (?!job|any|work|vacanc|roles|this|these)|on (?!this)"
            r"|at (?!all)|via|by|through|with"
            r" (?:the|a|anything(?= (?:under|below|outside|less|beyond))) |late|so early|too|if|unless|when|while"
            r"|i'll|i will|first|straight))"
        ),
        (
            r"<not> (?:ever |please )?<contact> (?:[\w']+ ){1,3}?(?:again|any more|ever|in future|in the future"
            r"|going forward)\b(?! (?:until|before))"
        ),
        r"\b(?:do not|don't) <contact>(?: (?:or|and|nor|please)){0,2} (?:do not|don't) <contact>\b",
        (
            r"\b(?:do not|don't|never) use (?:it|(?:this|my|our) (?:\w+ )?(?:address|number|e-?mail|inbox|mailbox"
            r"|phone|mobile)) (?:for .{0,30} )?again\b"
        ),
        r"\bfor jobs don't use it\b",
        (
            r"<not> (?:ever |please |keep )*(?:send|write|give|sending)(?: to)? (?:me|us|them|him"
            r"|her)(?: with)? (?:any|another"
            r"|anything|more|these|this again|those|your|again|any more|e-?mails|mails|texts|offers|jobs?)(?! (?:than"
            r"|before|other))(?! (?:[\w-]+ ){0,2}?(?:outside|in(?! future)|under|below|with|without|that|where|on"
            r"|over|from|than|about|past|beyond|involving|like)\b)"
        ),
        r"\b(?:do not|don't|dun) (?:ever |please )?(?:keep|go on|continue) <contacting>\b",
        r"\b(?:do not|don't|not) (?:please )?send (?:any )?(?:more|further|again)\b(?! (?:than|until))",
        r"\b(?:don't|do not) send any (?:more|further) (?:of these|emails|mails|messages|texts|alerts)\b",
        (
            r"\b(?:do not|don't|no longer|not|never|nor) (?:wish|want|like|care|expect|need"
            r"|desire)(?:ing)? (?:for )?(?:me |us )?(?:to )?"
            r"(?:be )?(?:contacted|approached|e-?mailed|called|texted|messaged|mailed|solicited|disturbed)\b"
        ),
        (
            r"\b(?:do not|does not|doesn't|don't|no longer|not|rather not|prefer not to|sooner not) (?:(?:wish|want"
            r"|like|care|desire|wanting"
            r"|chosen) )?(?:to )?(?:be )?(?:receive|receiving|get|getting|hear(?:ing)? from|sent) (?:any (?:more "
            r"|of )?)?(?:of )?(?:(?:these"
            r"|your|further|more|unsolicited|job|weekly|any more) )*(?:<message>|you|them|(?:these|those|any more"
            r"|any)$)\b(?! (?:confirmation"
            r"|reply|answer|attachment|yet|back|lot about))"
        ),
        (
            r"\b(?:do not|don't|doesn't|no longer|never|not|neither of us|none of us|nobody here) (?:wants?|wanting"
            r"|wish for|need|would like)"
            r" (?:to hear from|any ?(?:more)?|any further|further|your|the|these|those|more|get) ?(?:of )?(?:these "
            r"|your |the |any )?(?:[\w-]+ )?"
            r"(?:(?:emails|mails|texts|sms|messages|alerts|newsletters?|mailings|spam|notifications"
            r"|circulars)\b(?: (?:any|at all|no more|please"
            r"|i|for|from your?|thanks)\b|$|.{0,15}any more)|(?:you|company) again|shifts sent|contact\b|mail$)"
        ),
        (
            r"\b(?:do not|don't|no longer) (?:want|need|wanting) (?:these|them|those)(?: (?:emails|texts|messages"
            r"|mails))?(?: any more| in my inbox| at all| coming)"
        ),
        (
            r"\b(?:not|no) (?:interested|interest) in (?:(?:receiving|getting|hearing|any|more|further|future|your"
            r"|these|the) ){1,3}"
            r"(?:[\w-]+ )?(?:<message>|from you|of these)"
        ),
        (
            r"\b(?:prefer|rather|wish|want|like) (?:not )?(?:to )?(?:not |stop )?(?:receive|get|getting|receiving"
            r"|be sent) (?:any )?(?:more|further)"
            r" (?:[\w-]+ )?(?:vacancies|jobs|offers|openings|ads|adverts|suggestions|recommendations"
            r"|updates)(?: please| thanks| from you|$)"
        ),
        (
            r"\b(?:don't|do not|rather|prefer(?: that)?|wish|asking) (?:want |like )?you (?:lot |people "
            r"|guys )?(?:to |not to |not |didn't |don't |wouldn't |never )"
            r"(?:ever )?<contact> <whose>\b(?! (?:at|on|about|for|with|before))"
        ),
        r"\b(?:wants?|wish|desire) (?:nothing|no more) (?:more |further |else )?to do with (?:you|your|this|it)\b",
        r"\byou (?:do not|don't|no longer) have (?:my|our) (?:\w+ )?(?:permission|consent)\b",
        (
            r"\bnever (?:gave|given) (?:you )?(?:my |any )?(?:permission|consent)(?: to (?:contact|be|text|call"
            r"|e-?mail|receive|this|write)| for (?:this|these)|$)"
        ),
        (
            r"\b(?:don't|do not|prefer not to|rather not|not to|wish not to|asked? not to) (?:wish to |want to "
            r"|care to )?be (?:approached|written to|contacted|rung|phoned|called|texted|e-?mailed|messaged|reached"
            r"|disturbed|bothered)\b(?! (?:at|before|during|on|by (?:text|phone|e-?mail)))"
        ),
        (
            r"\b(?:so that|that|see that|ensure|sure) (?:i|we)(?: am|'m| are|'re) not (?:contacted|called|e-?mailed"
            r"|texted|approached|written to|on any of your <list>)"
        ),
        (
            r"\b(?:do not|don't) (?:send|write|e-?mail|mail)(?: \w+)?(?: to)? (?:this|our|my) (?:mailbox|inbox"
            r"|address|e-?mail|number)\b(?: (?:again|any more|please|ever)|$)"
        ),
        r"\b(?:do not|don't) <contact> (?:[\w']+ ){1,4}?(?:or|and|nor) <contact> (?:to )?(?:me|us)\b",
        (
            r"\b(?:do not|don't) (?:contact|call|e-?mail|text|message|approach|write to) (?:me "
            r"|us )?about (?:[\w']+ ){1,3}or (?:anything|any other)"
        ),
        r"\b(?:don't|do not) message about others\b",
        r"\b(?:don't|do not) need any more (?:emails|mails|texts|messages|alerts)\b",
        r"\bcan you not (?:text|call|e-?mail|message|contact) (?:me|us)\b(?! (?:at|before|on|so))",
        r"^(?:please )?(?:do not|don't|never) (?:try|write|add|do|come|mail|knock)\b(?: [\w']+){1,6} again$",
        r"\bdecline (?:all|any|further) (?:further )?<message>\b",
        r"\bneither <message>\b",
        r"\b(?:wants?|accepts?|wish|tolerate) no (?:further |more |such )?<message>\b",
        r"^(?:please )?no contact(?: please)?$",
        (
            r"\b(?:never (?:want|wish|care|need) to|if (?:i|we) never|rather never|hope never to) (?:hear"
            r"|heard) from (?:you|your|any of you)\b"
        ),
        r"^(?:please |not me )*(?:don't|do not|dun) (?:text|message)(?: back)?$",
        r"\bwrong number don't text back$",
        (
            r"(?<!was )(?<!were )(?<!am )(?<!i'm )\bnot (?:to )?(?:be )?(?:contacted|called|e-?mailed"
            r"|texted) (?:again|in future|any more|further)\b"
        ),
        r"\bno longer (?:write|e-?mail|call|text|contact|get in touch)",
        (
            r"\b(?:don't|do not) (?:reach out|get in touch|be in touch|pass it to anyone|contact)(?: (?:please"
            r"|any more|no more|again|thanks))*$"
        ),
        r"\b(?:don't|do not) <contact> (?:\w+ )?no more\b",
        r"\bno need (?:to )?send me\b.{0,20}\bany more\b",
        r"\b(?:don't|do not) need (?:the |your |these )?(?:\w+ )?<message> (?:no more|any more|now|so)\b",
    ),
    "leave me alone": (
        r"\b(?:be|get) left (?:in peace|alone)(?= from| please| by you| now|$)",
        r"\blet this number be$",
        (
            r"\bleave (?:my|our) (?:\w+ )?(?:phone|inbox|number|mother|mum|family|staff|wife|husband|dad) (?:alone"
            r"|in peace)\b"
        ),
        r"\btake my (?:data|address|number|name|details) (?:with you|out of)\b",
        (
            r"\bleave (?:me|us|him|her|them|my \w+|the \w+|our \w+)(?: and (?:me|my \w+|them))?(?: tf"
            r"| the hell)? (?:alone|in peace|be)"
            r"(?= (?:ok|please|now|thanks|thank|will|from|for good|and|you)\b|$)"
        ),
        r"\bleave in peace\b",
        r"\blet me be (?:will you|please|now)",
        r"\bleave my (?:number|address|inbox|phone) (?:alone|out)\b",
        r"\b(?:stay|keep) out of my (?:inbox|phone|mailbox|dms?)\b",
        r"\bkeep my (?:number|name|address|email) out of\b",
        (
            r"\b(?:lose|bin|ditch) (?:(?:my|this|the|these) (?:number|address|e-?mail|digits|details|contact)"
            r"|(?:my|this|these) no|the no(?= (?:please|now|thanks)|$))\b"
        ),
        r"\bforget (?:that )?(?:i exist|(?:my|this) (?:number|no|address|e-?mail))\b",
        r"\bforget (?:that )?you (?:ever )?had my\b",
        r"\btake my (?:number|digits) out\b",
        r"\bdrop this contact\b",
        r"\b(?:don't|do not) lose sleep over deleting me\b",
    ),
    "blocked": (
        r"^(?:ok )?blocked you\b",
        r"^blocking (?:this|you)\b",
        r"\b(?:one more|any more|next) (?:<message>|one|time)\b.{0,30}\b(?:<watch>|harassment|blocked)\b",
        r"\b<contact> (?:me|us) (?:again|one more time)\b.{0,30}\b(?:<watch>|final warning|last warning)\b",
        r"\b(?:you(?:'re| are|r)|ur|your) (?:now )?(?:blocked|going in(?:to)? my block)\b",
        r"^(?:number )?blocked(?: you)?$",
        r"^block(?: and (?:delete|report)(?: \w+)?)?$",
        r"\b(?:i'm|im|i am|am|still|just) blocking (?:you|this|your)\b",
        r"^blocking (?:you|this)\b",
        r"\bblock incoming\b",
        r"\bmy block list\b",
        r"\b(?:that's|thats) you blocked\b",
        r"\bgoing (?:in|into|on|to) my block\b",
        r"\bblocked and reported\b",
        r"\breported and blocked\b",
        r"\bi've blocked (?:you|this|your|the other)\b",
        r"\b(?:marking|marked|reporting|reported) (?:you |this (?:\w+ )?|it |these )?as (?:spam|junk)\b",
        r"\b(?:report|reporting) (?:you|this|it|your \w+)\b.{0,40}\b(?:if|again|<watch>)\b",
        (
            r"\b(?:text|e-?mail|write|contact|message|call|ring) (?:to )?(?:me|us) again\b.{0,30}\b(?:report"
            r"|complain|<watch>)"
        ),
        (
            r"\b(?:again|another|one more|next one|next text|next e-?mail|next message"
            r"|follow-?up)\b.{0,50}\b(?:report|goes to|forward|complain|complaint)\w*\b.{0,25}\b(?:you|<watch>)\b"
        ),
        r"\bcomplain to (?:the )?<watch>\b.{0,30}\bagain\b",
    ),
}
