"""The reviewed list of opt-out patterns, part one: stop it, and no more of it.

Lower-case regular expressions without punctuation, over one sentence whose spelling was evened out ("u", "pls",
"txts"); ``<name>`` stands for a part of ``parts``. Read by ``match`` only; extend the table in its
test with every change.
"""

from __future__ import annotations

from typing import Final

STOPPING: Final[dict[str, tuple[str, ...]]] = {
    "stop": (
        r"^(?:(?:oi|please|haha|ok|just|now|seriously|eish) )+stop(?: it)?(?: now)?$",
        r"\b(?:but|so) (?:\w+ )?stop (?:it )?now\b",
        r"^stop (?:it )?now(?: please| thanks)*\b",
        r"^stop for the \w+ time\b",
        r"^sms stop$",
        r"^stop all\b(?! the)",
        r"\bhow many times\b.{0,40}\b(?:type|say|text|send|write|ask)\b.{0,12}\b(?:stop|unsubscribe)\b",
        r"\bhow many stops\b",
        r"\btried (?:\w+ )?stop\b",
        r"\bdiscontinue (?:it|this|sending|all)\b",
        r"\bcancel (?:them |it )?all(?: that| of (?:it|them))?(?: please)?$",
        r"\b(?:<message>|all of it) (?:should |must |to |has to )?(?:ends?|stops?) (?:here|now|today|immediately)\b",
        r"^(?:can|could|will|would) you (?:please )?stop(?: (?:it|this|these|them|please|thanks))*$",
        r"\b(?:can|could|will|would) you (?:please )?stop (?:these|them|it|this)(?: please)?(?:$| i\b| i'm\b)",
        r"^(?:i have|i've) (?:asked|told) you to stop$",
        r"\bi want (?:it|this|them|these) to (?:stop|end)$",
        r"\bi'd like (?:it|this|them|these) to (?:stop|end)$",
        r"\binterested stop$",
        r"^spam stop$",
        r"^no stop$",
        r"^please to stop\b",
        (
            r"(?<!i )(?<!had to )(?<!we )\b(?:stop|quit|cease|end) (?:it )?(?:all |this |the |your "
            r"|me )?<contacting>\b(?! (?:my cv|cvs|applications|songs|code|(?:on )?the (?:landline|office|house"
            r"|switchboard|shop|home|desk)|(?:4|for) (?:now|a bit|today)|at (?!all|us|me)|so early|late|while|when))"
        ),
        r"\bstop \w+(?: \w+)? from <contacting> (?:me|us|my)\b",
        (
            r"\b(?:stop|cease|discontinue|halt|suspend|terminate) (?:it )?(?:with )?(?:(?:the|these|those|this|your"
            r"|all|any|further|such|sending) )*(?:[\w-]+ )?<message>\b(?! (?:at|before|after|until))"
        ),
        r"\b(?:stop|quit) <contact>(?: me| us|$| please)",
        r"\b(?:quit|stop|pack) (?:it |it in )?with (?:the|these|your) (?:[\w-]+ )?(?:<message>|jobs|vacancies)\b",
        r"\bpack it in(?: with .{1,60}| now| please| will you| thanks)*$",
        r"^cut it out(?: for good| now)*$",
        r"\bgive over <contacting>\b",
        r"\b(?:refrain|desist|abstain) from (?:\w+ )?(?:further |all |any )*(?:<contacting>|<message>)",
        (
            r"^(?:ok |no |nope |enough |just |right |and |yes )*please (?:just )?stop(?: (?:it|this|now|them|thanks"
            r"|thank you|xx?))*$"
        ),
        (
            r"\b(?:interested|interest(?: at all)?|thanks|thank you|no|enough|list)(?: at all)? (?:so "
            r"|and )?please stop"
            r"(?: (?:it|this|now|them|thanks))*$"
        ),
        (
            r"^(?:you|you all|you lot|you guys) (?:really |just )?(?:need to|have to|must|should|better) stop(?: it"
            r"| this)?$"
        ),
        r"\b(?:love of god|god's sake|heaven's sake|pete's sake) stop(?: it| this)?$",
        r"\bstop (?:them|these)(?: please)?$",
        r"\bmake (?:it|them|this|these|this stuff) (?:all )?stop\b",
        r"\bmake these (?:\w+ )?go away\b",
        r"\bput a stop to (?:it|this|these)\b",
        r"^(?:please )?put an end to (?:it|this|these)\b",
        r"\bstop sending (?:her|him) (?!my\b|the\b|to\b|in\b)",
        r"\b(?:have|want|get) (?:them|these|it|this) (?:ended|stopped|switched off|turned off)$",
        (
            r"\b(?:turn|switch) (?:off )?(?:\w+ )?(?:these|those|all|the|my|your|them"
            r"|every)(?: [\w-]+){0,2}? ?(?:alerts?|emails?|mails|texts|messages)?(?: off)\b"
        ),
        (
            r"\b(?:turn|switch) off (?:\w+ )?(?:these|those|all|the|my|your)(?: [\w-]+){0,2}? (?:alerts?|emails?"
            r"|mails|texts|messages|notifications)\b"
        ),
        (
            r"\b(?:if|that|wish|rather|prefer|time|appreciate it if) (?:you|your (?:\w+ ){1,3}?)(?: all| would| could"
            r"| just| please)*"
            r" ?(?:stopped|ceased|quit|removed|deleted|took|erased|forgot|left(?= \w+ (?:alone|be\b"
            r"|in peace))) (?:<contacting>|me\b|us\b|my (?:name|number|details"
            r"|data|profile)|our|these|those|this number|sending)"
        ),
        (
            r"\b(?:how|what|where) (?:do|can|would|does|must|should|could)? ?(?:i|we|one)?\b.{0,20}\b(?:stop|end"
            r"|get off|get out of|turn off"
            r"|switch off|leave|get rid of|come off|cancel) (?:all )?(?:of )?(?:these|this(?: (?:list|mailing|thing"
            r"|stuff|nonsense))?$"
            r"|your <message>|your (?:\w+ )?<list>|them|it$|you$|receiving|getting|the <message>|<contacting>)"
        ),
        r"\bget you (?:lot |people |guys )?to (?:stop|leave me)\b",
        (
            r"\b(?:asked|told|begged|instructed|warned|requested) (?:you|your)\b.{0,40}\bto (?:stop|remove|delete"
            r"|unsubscribe|quit|cease|take (?:me|us|my)|leave (?:me|us))\b"
        ),
        r"\bi(?:'ve)? (?:\w+ )?(?:said|texted|typed|replied|wrote|sent) (?:\w+ ){0,2}?stop\b(?! (?:by|at|for|in))",
        r"\bcan (?:you )?stop (?:or not|anot|already|liao|la|lah)\b",
        r"\bstop (?:can|la|lah|leh)$",
        r"\bfinish please$",
        r"^(?:please )?(?:stop|end|cancel)(?: all)?(?: <message>| subscription| alerts)(?: now| please| thanks)*$",
        r"\bcan (?:this|these|it|they) (?:please )?stop\b",
        (
            r"\b(?:emails|mails|texts|messages|calls|alerts|newsletters?|check-ins|notifications|mailings) (?:can"
            r"|may|should|could) (?:all )?(?:stop|end|cease)(?: now| please)*\b"
        ),
        r"\b(?:please )?end (?:these|those|all these|your) (?:[\w-]+ )?<message>",
        r"\b(?:please|kindly|you) desist\b",
        r"\bask (?:that )?.{0,30}<message> (?:with \w+ )?(?:ends?|stops?|ceases?)\b",
        r"\b(?:alerts|emails|mails|texts|notifications) off please$",
        r"\bend it all$",
        r"\bplease (?:shut|close) (?:it|the pair of them|them|both)(?: down| for me)?\b",
        r"\b(?:stop|quit) \w+ing (?:up )?my (?:phone|inbox|line|number|dms)\b",
        r"^(?:please )?(?:cease|discontinue|desist)(?: please| now| this)*$",
        r"^stop please\b",
        r"^please cease\b",
        r"\bcease (?:and desist|all|any|your|this|contact|using)\b",
        r"\b<message> (?:all )?(?:have|has|must|need|needs|ought|should) (?:to )?(?:end|stop|cease)\b",
        r"\blet the (?:\w+ )?<message> (?:be over|end|stop|also end)\b",
        r"\bend (?:all |any )?(?:mailings?|<message>) to (?:me|us)\b",
        r"\b(?:end|stop) (?:them|all this|the (?:weekly|daily|job) \w+)(?: please)?$",
    ),
    "no more messages": (
        r"^(?:please )?no <message> (?:any more|ever)(?: again)?(?: please)?$",
        r"^(?:so )?no more from (?:you|any)\b",
        r"\bnothing else from you\b",
        r"\bzero contact\b(?! with)",
        (
            r"(?<!there were )(?<!there are )(?<!there'll be )(?<!have )(?<!had )(?<!got )(?<!received )(?<!been"
            r" )(?<!'ve )\bno (?:more|further|other)"
            r" (?:of )?(?:these |your |those )?(?:[\w-]+ )?<message>\b(?! (?:are|is|were|will|have|can|needed"
            r"|required|from the|necessary|details?))"
        ),
        r"\bno (?:more|further) (?:jobs?|vacanc(?:y|ies)|offers?|ads|openings)(?: please| thanks|$)",
        (
            r"\bno (?:more |further )?<message> (?:and |or )?no (?:more |further )?<message>\b(?! (?:yet|came"
            r"|so far|received))"
        ),
        r"^(?:please |thanks |thank you |ok |and |so )*no more(?: of (?:these|this|them))?(?: please| thanks| merci)+$",
        r"\bno more of (?:these|this)(?: please| thanks| for me| to me)*$",
        (
            r"\b(?:if|that|ensure|sure|see)\b.{0,12}\bno (?:further|more) (?:[\w-]+ ){1,2}?(?:came|come|comes|reach"
            r"|arrive|be sent|is sent|are sent|gets?|goes)\b"
        ),
        (
            r"(?<!not )\benough (?:of )?(?:with )?(?:the |these |your |all )?(?:[\w-]+ )?(?:emails|mails|texts"
            r"|messages|sms|alerts|spam|calls)\b(?! to)"
        ),
        r"\bnot one more (?:\w+ )?<message>\b",
        r"\bneed never be another (?:email|message|text|call)\b",
        r"\bno (?:\w+ )?<message> wanted\b",
        r"\b(?:no|not) another (?:line|word|<message>) (?:from you|please)\b",
        r"\bno more (?:[\w-]+ ){1,7}?(?:emails|mails|texts|messages|alerts|mailings)(?: please| thanks|$)",
        (
            r"\b(?:don't|do not) send (?:me |us )?(?:another|these|those|any of these)(?: (?:please|any more|again"
            r"|emails|mails|texts|<message>))*$"
        ),
        (
            r"\b(?:let|make|making) (?:it |sure )?(?:that )?(?:this|that|it|the \w+) (?:is |be "
            r"|to be )?the (?:very )?last(?: (?:one|<message>|letter|time|i|we|you|of)\b|$)"
        ),
        r"\b(?:can|could|may|like|want) (?:this|that|it) (?:to )?be (?:the|your) last (?:one|<message>|letter|i|we)\b",
        r"\blet (?:this|that|it) be the end\b(?! of (?:the|my|our|your))",
        r"\bnothing (?:more|further|else) (?:(?:was|is|be|gets|will be|should be) )?(?:sent|come|comes|came|mailed)\b",
        r"\b(?:send|sent|sends) (?:me |us |him |her )?nothing (?:more|further|else)\b",
        r"\bnothing with (?:his|her|my|our) name\b",
        r"\b(?:texting|emailing|calling|writing|whatsapp)\b.{0,40}\bnever again$",
        r"^please never again$",
    ),
}
