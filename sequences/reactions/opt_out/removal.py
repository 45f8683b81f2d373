"""The reviewed list of opt-out patterns, part three: unsubscribe, off the list, out of the files.

Lower-case regular expressions without punctuation, over one sentence whose spelling was evened out ("u", "pls",
"txts"); ``<name>`` stands for a part of ``parts``. Read by ``match`` only; extend the table in its
test with every change.
"""

from __future__ import annotations

from typing import Final

REMOVAL: Final[dict[str, tuple[str, ...]]] = {
    "unsubscribe": (
        r"\bwhere(?:'s| is) (?:the|your) (?:unsub\w*|opt-?out)\b",
        r"\bun sub ?scribe\b",
        r"^(?:ok |no |hi |hello )?(?:please |just )*(?:unsub|unsubscribe)(?: me| now| please| us| thanks)*$",
        r"\bunsub(?:scribe)? (?:me|us|this (?:e-?mail|address|number)|my \w+)\b",
        r"\b<ask> unsub(?:scribe)?\b",
        r"\b(?:want|like|wish|trying|tried|how do i|how to|did|already) (?:to )?unsubscribed?\b",
        (
            r"\b(?:i|we)(?:'ve| have)?(?: already)? (?:unsubscribed|clicked unsubscribe|opted out)\b(?! (?:from"
            r"|of) (?!your|this|these|all|it\b))"
        ),
        (
            r"\bunsubscri(?:be|bing)\b(?: (?:link|button|page))?(?! settings).{0,40}\b(?:doesn't|does not|don't"
            r"|didn't|not|isn't|404"
            r"|broken|dead|fails?|clicked|hit|nothing|times|groove)\b"
        ),
        r"\b(?:clicked|hit|pressed|used|tried)\b.{0,20}\bunsubscribe\b",
        r"\b(?:link|button) to leave\b",
        r"(?<!reason )(?<!about )(?<!need )\bto unsubscribe\b(?! (?:from )?(?:the others|everyone))",
        r"\bunsubscribe (?:now|please|all|immediately|asap|from (?:all|your|this|these|everything))\b",
        (
            r"\b(?:consider|treat|take) this (?:\w+ )?(?:as |to be )?(?:my |a |our |the |an )?(?:\w+ )?(?:opt-?out"
            r"|unsubscri\w+|removal|cease|goodbye to|instruction to"
            r"|objection)\b"
        ),
        (
            r"\b(?:request|requesting|want|demand|require|ask for|asking for|confirm) (?:the |my |our |immediate "
            r"|a |an )*(?:removal|unsubscription|deregistration|opt-?out)\b"
        ),
        (
            r"\b(?:no longer|don't|do not) (?:wish|want|care|need|desire) to be (?:on|in|part of|registered"
            r"|included|subscribed)\b(?! (?:nights|the night|a|site|an))"
        ),
        r"\b(?:sign|check) me (?:off|down)\b",
        r"\bsign down\b",
        r"\bde-?register (?:me|us|my)\b",
        r"\bopt(?:ing|ed)?[- ](?:me |us |my \w+ )?out\b(?! of (?:the|my|a)\b(?! (?:list|mail|text|alert)))",
        r"^optout$",
        r"\bopted out of (?:this|these|your)\b",
        r"\brevok(?:e|ing) (?:my|our) (?:registration|subscription|permission)\b",
    ),
    "remove me": (
        r"\bdeactivate (?:me|us)\b",
        r"^(?:please )?forget me(?: please| completely| now)*$",
        r"\b(?:like|want|ask) you to forget me\b",
        r"\bplease forget me\b",
        (
            r"\b(?:put|add|place|enter|move|keep)\b.{0,50}\b(?:suppression|exclusion|opt-?out|blocked?"
            r"|unsubscribed?|do-not-\w+) (?:list|register)\b"
        ),
        r"\bto (?:get off|leave|come off|get out of) (?:your|this|the mailing|the distribution) (?:[\w-]+ )?<list>\b",
        (
            r"\b(?:removing|deleting|erasing|dropping) (?:me|us|(?:my|our) (?:address|details|data|number|profile"
            r"|account|name|e-?mail|department|company|school|firm))\b"
        ),
        r"\bdrop (?:our|my) (?:office|school|company|name|surgery|address|firm) from\b",
        r"\b(?:take|get|strike) this (?:business|school|company|office|practice|house) off\b",
        r"\b<remove> (?:the )?(?:practice|school|surgery|firm|company|business|home)\b(?! (?:name|laptop|phone))",
        r"\bi'd like my (?:cv|details|data|number|profile|name) (?:taken down|off|gone|out)\b",
        (
            r"\b<remove> <whom>\b(?! (?:for (?!good|ever)|until|till|when|if|on (?:mon|tues|wed|thur|fri|sat|sun)"
            r"|with|as your"
            r"|and (?:use|save|add|replace|put|send me)|from (?:the|that) (?:advert|ad|spec|job|cv|document|draft"
            r"|e-?mail|thread"
            r"|form|team|group|meeting)))"
        ),
        (
            r"\b(?:(?:take|keep|strike|cut|cross|drop|leave|scratch) (?:[\w'-]+ ){1,8}?(?:off|out of)|(?:get"
            r"|pull) (?:me|us|this number|my name) (?:off|out of)"
            r"|(?:remove|delete|erase|exclude|omit|bin|drop|cut|strike|cross) (?:me|us|him|her|them|it|this|my|our"
            r"|his|these|both|all|everything)\b"
            r"(?: [\w'-]+){0,8}? (?:off|from|out of)|(?:strike|exclude|omit|remove) (?:[\w'-]+ ){1,8}?from(?= your))"
            r" (?:of )?(?:all of )?<det> (?:[\w-]+ ){0,2}?<list>\b(?! of (?:worries|things|concerns|jobs to))"
        ),
        (
            r"\b(?:take|cross|strike) off (?:me|us|(?:my|our|this) (?:\w+ )?(?:name|number|e-?mail|address|details"
            r"|company|data))\b"
        ),
        (
            r"\b(?:strike us|(?:strike|cut|lose|bin|ditch|chuck) (?:my|our) (?:name|details|e-?mail|address|number"
            r"|data|info))\b(?! (?:in(?! the bin)|down|for|a|from the (?:cv|form)))"
        ),
        (
            r"(?<!to )(?<!i )(?<!we )(?<!i'd )(?<!would )\b(?:lose|delete|remove|erase|wipe|scrub) (?:it"
            r"|this)(?: off| please| now| immediately| fully| completely| permanently| today| thanks)*$"
        ),
        (
            r"\b(?:take|cross|strike|leave|scratch) (?:<whom>|it) (?:right )?off(?: please| now| this| immediately"
            r"| in future| for good)*$"
        ),
        (
            r"\b(?:take|get) (?:me|us) off (?:this(?: thing| stuff)?$|it$|everything|all of (?:it|them|this|that)"
            r"|whatever)"
        ),
        r"^(?:job alerts )?out of (?:the|your|this) <list>(?: please)?$",
        r"\b(?:rub|scratch) (?:my name|me|us) (?:out|off)\b",
        (
            r"\b(?:my|our|it|both|these|name|number|address|e-?mail)\b.{0,20}\b(?:should |to )?(?:come |taken "
            r"|be )?(?:off|out of) (?:your|ur) (?:[\w-]+ ){0,2}?<list>\b"
        ),
        (
            r"\bleave (?:me|us) (?:out|off)(?: of (?:it|this|these|your \w+))?(?: from (?:here|now) on| in future"
            r"| please)+$"
        ),
        r"\btake (?:it|me|us|this one) out(?: please| now)*$",
        (
            r"\btake (?:him|her|me|us|(?:my|his|her|our|this|the) (?:number|address|name|email|details)) (?:off"
            r"|out)\b(?! for)"
        ),
        r"\btake (?:it|this|that|my (?:number|cv)) (?:down|off) (?:your|the system|and don't)\b",
        (
            r"\b(?:please|can you|could you|would you|will you|just|now|and|then) (?:remove|erase|delete) (?:it"
            r"|this|that|everything|all|these|this one)(?: (?:from|about|you hold)\b.*)?$"
        ),
        r"^(?:remove|delete) it(?: now| please| asap| immediately| from .*)?$",
        r"^(?:please )?(?:remove|delete) (?:immediately|now|at once|asap)(?: please| thanks)?$",
        (
            r"\b(?:please|just|and) (?:remove|delete|erase) (?:the|that) (?:number|e-?mail|address|contact)"
            r"(?: (?:please|thanks|now|asap))*$"
        ),
        r"\bplease drop (?:my|our|this) (?:\w+ )?(?:address|number|name|e-?mail|company)(?: please| thanks| from .*)?$",
        r"\blose (?:me|us) (?:from|off) (?:the|that|this|your)\b",
        r"\b(?:interested|number|messaging) (?:so )?(?:please )?remove(?: it)?$",
        r"^(?:please )?(?:remove|delete)(?: please| thanks)*$",
        r"\bremove please$",
        (
            r"\b(?:be|get|me|us|was|being) (?:removed|taken off|deleted|unlisted|struck off|left off|delisted)"
            r"(?: (?:from )?(?:your|this|the|all|any)[\w ]*)?$"
        ),
        (
            r"\b(?:being|be|was|is) (?:left|taken|struck|dropped|removed) (?:off|from"
            r"|out of) <det> (?:[\w-]+ ){0,2}?<list>\b"
        ),
        r"\boff (?:your|the|all) (?:[\w-]+ ){0,2}?lists?(?: please)?$",
        r"\boff (?:your )?(?:the )?(?:database|newsletter|mailing list)\b.{0,30}\boff (?:the|every|your)",
        r"^off (?:the list|your <list>)\b",
        r"\bblock (?:me|us|this number)(?:$| please| (?:on|from|at) (?:your|all))",
        (
            r"\b(?:want|wants|like|wish|need|how do (?:i|we)|drop me|prefer) (?:to )?(?:get |be |come |go |drop |out )*"
            r"(?:off|from|out of) (?:of )?(?:<det> (?:[\w-]+ ){0,2}?<list>|whatever|(?<=off )(?:this"
            r"|these)(?: please)?$)"
        ),
        (
            r"\b(?:want|wish|like|ask|asked|asking) to be (?:removed|taken off|deleted|unsubscribed|unlisted"
            r"|left off|forgotten)\b"
        ),
        (
            r"\b(?:don't|do not|no need to|nor|not to|please not|never) (?:\w+ ){0,4}?(?:keep|hold|store|retain|add"
            r"|put|include"
            r"|be|appear|be part) (?:(?:me|us|my \w+) )?(?:in|on|of|to) <det> (?:[\w-]+ ){0,2}?<list>\b"
        ),
        r"\b(?:drop|let) (?:me|us) (?:go )?(?:from|off) <det> (?:[\w-]+ ){0,2}?<list>\b",
        r"\bgoodbye to <det> (?:[\w-]+ )?<list>\b",
        r"\b(?:off|out of) (?:your|the) <list> (?:for good|altogether|permanently|entirely|forever)\b",
        (
            r"\b(?:mark|put|add|list|flag|set|treat|tag|register|move)\b.{0,50}\b(?:do[- ]not|don't|no)[- ](?:contact"
            r"|call|e-?mail"
            r"|mail|text|disturb)\b"
        ),
        (
            r"\b(?:blacklist|blocklist|suppress|unlist) (?:me|us|my|our|this (?:number|address)"
            r"|all) ?(?:\w+ )?(?:in|on|from|at|$)"
        ),
    ),
}
