"""Sentences that sound like a wish to be left alone and are none. Read by ``sequences.reactions.opt_out.match`` only.

Lower-case regular expressions without punctuation, over one sentence. Each guard takes its whole sentence out of the
judgement, so it names the harmless thing narrowly: a guard that is too wide hides a real request.
"""

from __future__ import annotations

from typing import Final

_VERB: Final = (
    r"(?:stop|quit|cease|hesitate|cross (?:me|us|my \w+) off|scratch (?:me|us)|remove|unsubscribe|delete"
    r"|erase|wipe|forget|lose|drop|bin|block|cancel|close|strike"
    r"|exclude|opt (?:me )?out|take (?:me|us|my \w+|our \w+) (?:off|out)|leave (?:me|us|my \w+) (?:out|off|alone)"
    r"|write (?:me|us|him|her|them|it|this) off|write off|cut (?:me|us) (?:off|out)|count (?:me|us) out)"
)

GUARDS: Final = (
    # Footers and machines explain how to leave; they do not ask to.
    (
        r"\b(?:if you|should you|you can|you may|you have been|to|or) (?:wish to |want to |would like to "
        r"|prefer to )?(?:unsubscribe|opt out|be removed|stop receiving)d?\b.{0,40}\b(?:click|visit|reply|here|link"
        r"|below|at any)"
    ),
    r"\bif you (?:no longer|do not|don't) (?:wish|want|would like)\b",
    r"\breply (?:with )?[\\x22'“]?stop\b",
    r"\byou can unsubscribe\b",
    r"^to (?:stop|no longer) (?:receive|receiving|get|getting)\b.{0,60}\b(?:unsubscribe|click|visit|opt out|reply)\b",
    r"\b(?:unsubscribe|opt out) (?:in|via|at|through) your (?:profile|settings|account|preferences)\b",
    r"\byou (?:also |may )?have (?:the |a |certain )?rights? (?:to|under)\b",
    (
        r"\byour (?:personal )?(?:data|details|information) (?:is|are|will be) (?:handled|processed|held|stored|kept"
        r"|used)\b"
    ),
    r"\bdo not (?:reply|respond)\b",
    r"\bdon't reply to this\b",
    r"\bno-?reply\b",
    (
        r"\bwe (?:will )?(?:only )?(?:hold|process|store|keep|delete|erase) (?:your|personal|data|all|any|it"
        r"|candidate|information)\b"
    ),
    # "Don't remove me", "never stop", "did you delete my file?": the removal is what the writer does not want.
    rf"\b(?:don't|do not|doesn't|never|didn't|did not|won't|wouldn't|can't|cannot|couldn't|shouldn't|mustn't|not to)"
    rf" (?:ever |please |go and |you dare |dare |want (?:you )?to |wish to |intend to |mean to |let them )?{_VERB}\b",
    rf"\b(?:did|have|has|had) (?:you|someone|somebody|it|they)(?: lot| guys)? (?:just )?{_VERB}",
    (
        rf"\b(?:before|unless|in case|hope|hoping|afraid|worried|why (?:did|do|would|have)) (?:you|u) (?:might "
        rf"|don't )?{_VERB}"
    ),
    r"\bnon-?stop\b",
    r"\bstop (?:the press|everything)\b",
    r"\bif you (?:have )?received this\b",
    (
        r"\b(?:cross|gutted|sad|sorry|disappointed|upset|hate|mind|annoyed|shame|pity|furious"
        r"|devastated)\b.{0,20}\bif you\b"
    ),
    (
        r"\b(?:hate|sorry|sad|gutted) (?:for you )?to (?:be|get|see|have)\b.{0,20}\b(?:removed|taken off|left"
        r"|dropped|deleted|end|stop)\b"
    ),
    r"\bunsubscribed? (?:from )?(?:the )?(?:others?|everyone|everybody|all the|most|other|every other)\b",
    r"\byou can stop (?:chasing|selling|persuading|looking|searching|convincing|asking|worrying|apologi)",
    # A call to act: who says "enough mails, ring me at four" wants to go on.
    (
        r"(?<!don't )(?<!not )(?<!never )(?<!stop )(?<!or )(?<!to )(?<!and )(?<!you )\b(?:ring|call|phone) (?:me"
        r"|us) (?:at|on|after|tomorrow"
        r"|today|monday|tuesday|wednesday|thursday|friday|when|any ?time|back|now|this (?:morning|afternoon"
        r"|evening|week)|later|between)\b"
    ),
    (
        r"(?<!to )(?<!you )(?<!not )(?<!never )(?<!don't )\b(?:count me in|sign me up|put (?:me|us) (?:forward"
        r"|down for|on(?! (?:your|the) do)|through)|let's (?:just )?(?:talk|meet"
        r"|speak|chat)|when (?:do|can) (?:i|we) start|give (?:me|us) a (?:ring|call|bell|shout|buzz|tinkle))\b"
    ),
    (
        r"\b(?:don't|do not|stop) (?:call|ring|phone|text|e-?mail|message|write)(?:ing)?(?: to)? (?:me"
        r"|us) (?:please )?(?:call|ring|phone|text|e-?mail|message|speak|talk|try|ask|contact|i'll|i will)\b"
    ),
    r"\b(?:just|better) (?:come|pop|send|give|drop (?:by|in))\b",
    r"\bduplicate\b",
    r"\bkeep the other\b",
    r"\bkeep (?!on )(?:\w+ ){1,3}coming\b",
    r"(?<!don't )(?<!not )(?<!never )\buse (?:the|this|my) (?:one|gmail|new|other|personal|private)\b",
    (
        r"\b(?:unsubscribed?|removed|opted (?:me |us )?out|deleted|blocked)\b.{0,40}\b(?:by (?:mistake|accident)"
        r"|accidentally|in error)\b"
    ),
    (
        r"\b(?:by (?:mistake|accident)|accidentally|in error)\b.{0,20}\b(?:unsubscribed?|removed|opted out"
        r"|deleted|blocked)\b"
    ),
    r"\bre-?subscribe\b",
    r"\bput me back\b",
    r"\b(?:but|and) (?:leave|keep) me on (?:the|your)\b",
    r"\bback on (?:your|the) list\b",
    # What the writer nearly did, until something changed his mind.
    (
        r"\b(?:was|were) (?:just |already |all |fully |this close to )?(?:about|going|gonna|ready|set|tempted|planning"
        r"|asking|telling|meaning)\b.{0,60}\b(?:stop|quit|unsubscribe|remove|delete|block|leave|lose|spam|cease)"
    ),
    (
        r"\b(?:almost|nearly|half a mind to|normally|usually|ordinarily)\b.{0,30}\b(?:unsub|delete|block|report"
        r"|ask|marked)"
    ),
    # A wish about how, when or where is the opposite of an opt-out.
    r"\b(?:just|rather|instead|only|better) (?:to )?(?:call|ring|phone|text|e-?mail|mail|write|message|whatsapp)\b",
    (
        r"\b(?:text|e-?mail|mail|phone|call|message|whatsapp)s? (?:only|instead|(?:is |are |'s )?(?:better|best"
        r"|fine|preferred)|works)\b"
    ),
    r"\b(?:mobile|cell)(?:s|'s| is) best\b",
    r"\b(?:use|try|prefer|on) my (?:mobile|cell|private|personal|other|home|work)\b",
    r"\b(?:use|try|write to|send (?:it|them) to) the (?:other|new|personal|private)\b",
    r"\binstead\b",
    (
        r"\b(?:don't|do not|never|stop)\b.{0,20}\b(?:the|my) (?:office|work|house|home|desk|shop|landline|main|old)"
        r"(?: (?:line|number|phone))?\b"
    ),
    (
        r"\b(?:don't|do not|never|not|stop|no|avoid|quit|didn't)\b.{0,30}\b(?:call|ring|phone|text|e-?mail"
        r"|contact|message"
        r"|write|writ|disturb|sms|mail|whatsapp)(?:s|ing)?\b.{0,30}"
        r"\b(?:before (?!i )|until|till|after (?!this)|during|between|at work|at the office|at home|at night|yet|today"
        r"|tonight|tomorrow|on (?:mon|tues|wednes|thurs|fri|satur|sun)day|past (?:\d|nine|ten)|on my)"
    ),
    # A wish about one job, shift, document or referee.
    (
        r"\b(?:from|off|out of|out for|off for) (?:the |this |that |your |next |my |it "
        r"|for )?(?:[\w']+ )?(?:short-?list"
        r"|long-?list|process|role|rota|roster|shifts?|interviews?|application|running|nights|weekends?|consideration"
        r"|vacancy|project|agenda|invite|calendar|waiting list|wait ?list|cc|copy|thread|payroll|saturday|sunday"
        r"|monday|tuesday|wednesday|thursday|friday|drafts?|days|earlies|lates|site|ward)\b"
    ),
    (
        r"\b(?:delete|remove|bin|scrap|destroy) (?:my|the|that|this) (?:old|older|previous|first|wrong|outdated|last"
        r"|earlier|second|duplicate|reference|referee|photo|picture|attachment|version|application)\b"
    ),
    r"\b(?:new|newer|updated|latest|corrected) (?:cv|resume|version|one|number|address)\b",
    r"\bfrom (?:the|that|my) (?:advert|ad|spec|cv|resume|document|draft|form|attachment)\b",
    r"\bwrong (?:file|attachment|document|version|cv|resume|photo|link)\b",
    r"\b(?:asks?|asked|asking|offers?) (?:me )?(?:if|whether)\b.{0,30}\b(?:opt out|unsubscribe|stop)\b",
    # Contentment: "they leave me alone to get on with it".
    (
        r"\b(?:they|who|he|she|it|boss|managers?|team|people|staff|everyone|nobody|matron|foreman) "
        r"(?:all |mostly |just |pretty much |usually )?leaves? me (?:alone|be|in peace|to)\b"
    ),
    # The working-time opt-out, pensions.
    r"\b(?:48|forty.eight|working.time|pension|insurance)\b.{0,30}\bopt",
    r"\bopt\w*.{0,30}\b(?:48|pension|insurance|week)\b",
)
