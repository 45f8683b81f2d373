"""Does the writer ask not to be contacted any more? Judged by a reviewed list, beside the model.

The model recognises most such wishes; the list makes sure that the plain ones are never left to it alone. A text is
read sentence by sentence, with the spelling of texts evened out ("pls", "ur", "txts"). A sentence that matches a
*guard* (a footer, a ticket notice, "do not call before ten") can never be an opt-out; any other that matches a
*pattern* is one. Each pattern has a name: the reason shown to people.
"""

from __future__ import annotations

import re
from typing import Final

from sequences.reactions.opt_out.contact import CONTACT
from sequences.reactions.opt_out.guards import GUARDS
from sequences.reactions.opt_out.languages import LANGUAGES
from sequences.reactions.opt_out.parts import PARTS
from sequences.reactions.opt_out.removal import REMOVAL
from sequences.reactions.opt_out.rights import RIGHTS
from sequences.reactions.opt_out.stopping import STOPPING


def _compiled(pattern: str) -> re.Pattern[str]:
    for name, part in PARTS.items():
        pattern = pattern.replace(f"<{name}>", part)
    return re.compile(pattern)


_GUARDS: Final = tuple(_compiled(guard) for guard in GUARDS)
_PATTERNS: Final = tuple(
    (name, _compiled(pattern))
    for name, patterns in (REMOVAL | RIGHTS | STOPPING | CONTACT | LANGUAGES).items()
    for pattern in patterns
)
_BARE: Final = re.compile(
    r"^(?:please )?(?:stop|stopall|stop all|end|quit|cancel|unsubscribe|revoke|optout)"
    r"(?: stop| messages| texts| alerts| msgs| all| please| it| now| this| thanks| thank you)*$"
)
# "Cancel?" asks whether it is off.
_EVERYDAY: Final = frozenset({"cancel", "end", "quit"})
# Unmistakable only when nothing else is said: "Please don't ring. A text is fine."
_ALONE: Final = re.compile(
    r"^(?:please |so |ok )*(?:no more|(?:do not|don't) (?:call|ring|phone|text|mail|write))(?: please| thanks)*$"
)
# "Sorry, that attachment was my daughter's. Delete it." is about a file.
_POINTING: Final = re.compile(r"\b(?:delete|remove|bin|erase|scrap) (?:it|that|this)\b")
_DOCUMENT: Final = re.compile(r"\b(?:attach\w*|wrong (?:file|cv|one|version)|draft|photo|payslip|scan)\b")
# "Unsubscribe? Certainly not!" asks itself.
_NOT_AT_ALL: Final = re.compile(
    r"^(?:certainly not|absolutely not|of course not|no way(?! to)|no chance|not a chance|not on your life|not likely"
    r"|hardly|don't be (?:daft|silly)|(?:god|hell|heck|lord) no|as if|perish the thought|wouldn't dream of it|never$"
    # "No more mails. Come round." wants to go on, "stop sending me lorry jobs. Vans only please" too.
    r"|come (?:round|over|by)|let's (?:just )?(?:talk|meet|speak)"
    r"|(?!(?:i|it|this|that|you|we|they|he|she)\b)\w+ only(?= please|$))\b"
)
# "Don't want these mails? Opt out in your profile." offers it.
_OFFERED: Final = re.compile(
    r"^(?:don't|do not|no longer) (?:want|wish)\b.{0,60} (?:opt out|unsubscribe|click|change|manage|update)"
    r" (?:[\w']+ ){0,4}?(?:profile|settings|preferences|link|here)\b"
)
_SENTENCE_END: Final = re.compile(r"(?<=[.!?;])\s+|\n+|(?<!\s)\s+(?=\u2013|\u2014)")
_NOISE: Final = re.compile(r"[.,!?;:\"“”()\[\]\u2013\u2014\u2026*_<>{}#]+")
_SPELLINGS: Final = {
    spelling: meant
    for meant, spellings in {
        "you": "u ya yous youse y'all yall",
        "your": "ur yer yr",
        "please": "pls plz plse kindly pleas plase pleese",
        "thanks": "thx thnx ta tks cheers ty",
        "text": "txt tex",
        "texts": "txts",
        "texting": "txting textin txtin textn",
        "message": "msg mesage",
        "messages": "msgs mesages",
        "messaging": "msging msgin messagin",
        "sending": "sendin",
        "calling": "callin",
        "ringing": "ringin",
        "emailing": "emailin e-mailing",
        "hitting": "hittin",
        "bothering": "botherin",
        "phone": "fone phne",
        "them": "em 'em",
        "and": "n",
        "be": "b",
        "want to": "wanna",
        "going to": "gonna imma",
        "don't": "dont dnt donot dinnae dinna",
        "doesn't": "doesnt",
        "no more": "nomore",
        "more": "mair",
        "no": "nae",
        "stop": "stp stpo sotp stopp stoppp stopppp",
        "number": "num numba",
        "one": "1",
        "any more": "anymore any-more",
        "i'm": "im",
        "with": "w w/ wit",
        "are": "r",
        "this": "dis",
        "blocking": "blockin",
        "blocked": "blockd blokd",
        "reporting": "reportin",
        "stop it": "stoppit stopit",
        "i've": "ive",
        "remove": "rmv remov",
        "delete": "del delet",
        "take": "tek tkae tak",
        "off": "of' offa",
        "list": "lsit lisst",
        "address": "adress addres",
        "lose": "loose",
        "unsubscribe": "unsubcribe unsubscibe unsuscribe unsubscrib usubscribe unsubscrbe unsubsribe unsubsrcibe",
    }.items()
    for spelling in spellings.split()
}
_PHRASES: Final = (
    ("any longer", "any more"),
    ("all off it", "all of it"),
    (" off you're ", " off your "),
    ("take me of ", "take me off "),
)
_LIMIT: Final = 20_000
"""Characters read from each end of a text: a wish to be left alone stands at the start or at the end of a long mail."""
_SENTENCE_LIMIT: Final = 600
"""Characters read from each end of a sentence, so that no pattern ever meets a long one."""


def opt_out_reasons(text: str) -> tuple[str, ...]:
    """Names of the patterns by which the writer asks not to be contacted; empty when there are none.

    Args:
        text: what the person wrote, without quotes and signature.
    """
    found: dict[str, None] = {}
    sentences = read_sentences(text)
    for index, sentence in enumerate(sentences):
        asked = sentence in _EVERYDAY and text.rstrip().endswith("?")
        if _is_bare_stop(sentence) and not asked and index == len(sentences) - 1:
            found["stop"] = None
        if len(sentences) == 1 and _ALONE.match(sentence):
            found["no more messages"] = None
        if _POINTING.search(sentence) and _DOCUMENT.search(" ".join(sentences[max(0, index - 1) : index + 1])):
            continue
        following = " ".join(sentences[index + 1 : index + 2])
        if any(guard.search(sentence) for guard in _GUARDS) or _NOT_AT_ALL.match(following):
            continue
        if _OFFERED.match(f"{sentence} {following}"):
            continue
        for name, pattern in _PATTERNS:
            if pattern.search(sentence):
                found[name] = None
    return tuple(found)


def _is_bare_stop(sentence: str) -> bool:
    return _BARE.match(sentence) is not None


def read_sentences(text: str) -> list[str]:
    """The sentences as the patterns see them: lower case, plain quotes, no punctuation, evened spelling.

    Of a long text only both ends are read, and of a long sentence too: at most 1,200 characters each in two parts, and
    twice ``_LIMIT`` in all. This keeps the work linear in the number of sentences, whatever somebody sends.
    """
    if len(text) > 2 * _LIMIT:
        text = text[:_LIMIT] + "\n" + text[-_LIMIT:]
    plain = text.replace("\u2019", "'").replace("\u2018", "'").lower()
    cleaned = (_evened(" ".join(_NOISE.sub(" ", part).split()).strip(" ,-'")) for part in _SENTENCE_END.split(plain))
    return [short for sentence in cleaned if sentence for short in _shortened(sentence)]


def _evened(sentence: str) -> str:
    """The sentence in the spelling that the patterns are written in."""
    words = " ".join(_SPELLINGS.get(word, word) for word in sentence.split())
    for phrase, meant in _PHRASES:
        words = words.replace(phrase, meant)
    return words


def _shortened(sentence: str) -> tuple[str, ...]:
    if len(sentence) <= 2 * _SENTENCE_LIMIT:
        return (sentence,)
    return sentence[:_SENTENCE_LIMIT], sentence[-_SENTENCE_LIMIT:]
