"""What servers say when they refuse a mail: which words mean a dead address, and which mean anything else.

A wrong hard bounce loses a person for good, so anything about *us* (sender, reputation, policy, content), about *now*
(full, busy, delayed) or said after DATA outranks a word about the address.
"""

from __future__ import annotations

import re

ENHANCED = re.compile(r"(?<![\d.])#?([245]\.\d{1,3}\.\d{1,3})(?![\d.]*\.\d|\d)")
REPLY = re.compile(r"(?<![\d.:])([45]\d\d)(?=[ \-:#]|$)(?!-?\d)")

_SOFT: tuple[tuple[str, str], ...] = (
    (
        "mailbox_full",
        r"mailbox (?:is |was )?(?:full|exceed|over)|mail\s?box.{0,30}\bfull\b|over(?:\s|-)?quota|"
        r"quota.{0,30}(?:exceed|full|reached|violat)|"
        r"exceed\w*.{0,40}(?:quota|storage|mailbox size)|(?:exceed|insufficient|out of|"
        r"not enough).{0,30}(?:storage|disk|space)|inbox (?:is )?(?:out of|full)|"
        r"storage (?:limit|space)|disk (?:full|quota)|too much mail data|mailbox size limit|"
        r"account is full|receiv\w+ mail at a rate|full mailbox",
    ),
    (
        "suspended",
        r"\b(?:disabled|suspended|inactive|deactivated|is locked|account (?:has been )?(?:locked|"
        r"closed temporarily)|temporarily (?:disabled|unavailable)|"
        r"not (?:currently )?(?:active|accepting)|expired (?:account|mailbox)|dormant|on hold|refuse to accept)\b",
    ),
    (
        "sender",
        r"sender (?:address |domain |verif\w* |is )?.{0,30}(?:reject|denied|fail|unknown|invalid|"
        r"not exist|not found|blocked|refused|unauthori|not allowed|not verified|prohibited)|"
        r"(?:invalid|unknown|bad|unrouteable|unresolvable) sender|from address|mail from|domain of sender|"
        r"envelope sender|return address|reverse[- ]path|verify failed|"
        r"sending (?:address|domain)|your (?:domain|email address|address) (?:is|was|has|does)|backscatter",
    ),
    (
        "authentication",
        r"\b(?:spf|dkim|dmarc|sender id|unauthenticated|authentication (?:required|failed|results|"
        r"information|checks?|credentials)|not authenticated|fails? (?:authentication|to pass))\b",
    ),
    (
        "reputation",
        r"\b(?:black\s?list\w*|block\s?list\w*|blocked|rbl|dnsbl|spamhaus|barracuda|spamcop|sorbs|"
        r"reputation|banned|open relay|dynamic ip|dial-?up|ptr|reverse dns|"
        r"rdns|helo|ehlo|fcrdns|bad (?:dns|host)|no access from|cannot find your (?:hostname|reverse)|"
        r"client host|throttl\w+|too many|rate limit\w*|"
        r"greylist\w*|graylist\w*|try (?:again )?later|unsolicited|connection limits?|insecure)\b",
    ),
    (
        "content",
        r"\b(?:spam\w*|virus\w*|malware|phish\w*|infected|message content|content (?:rejected|filter)|"
        r"bad header|header error|line (?:length|limit|too long)|"
        r"too (?:big|large)|message size|size limit|maximum (?:message )?size|"
        r"exceeds? (?:the )?(?:maximum|size|limit)|attachments? (?:\S{1,20} )?(?:reject|block|not|type|"
        r"size)\w*|bare (?:cr|lf)|5322|2822|"
        r"malformed (?:message|header|mail)|syntax error|duplicate\w* header|mime)\b",
    ),
    (
        "policy",
        r"\b(?:polic(?:y|ies)|prohibited|not permitted|permission|permitted to|unauthori[sz]ed|"
        r"not authori[sz]ed|restricted|access denied|relay(?:ing)? (?:access )?(?:denied|not|is)|"
        r"(?:unable to|not|cannot) relay|relaying|not allowed|administrative\w*|administrator|violat\w+|"
        r"requires? (?:tls|starttls|encryption)|starttls|not rfc|certificate|"
        r"only accepts?|moderat\w+|do(?:es)? not accept mail from|rejected by (?:the )?(?:recipient|user)|"
        r"prefer|whitelist|security|suspicious)\b",
    ),
    (
        "expired",
        r"timed? ?out|too long in|in the queue too long|retry time|retries|delivery time expired|delayed|"
        r"not going to try|been queued|connection (?:timed|refused|reset|lost|dropped)|"
        r"(?:couldn't|unable to|wasn't able to|failed to|could not) (?:establish|connect)|"
        r"no route to host|network (?:is )?unreachable|temporar\w+|deferred|queue expired|"
        r"retry timeout|did not respond|lost connection|server (?:is )?(?:busy|unavailable|down)|"
        r"message expired|unreachable",
    ),
    (
        "name_server",
        r"servfail|malformed or unexpected name server|name server (?:time|fail|loop)|"
        r"(?:dns|mx|name) (?:\S{1,20} )?lookup (?:\S{1,20} )?(?:time|temporar)|host not found, try again",
    ),
    (
        "system",
        r"mail(?:er)? loop|too many hops|loop(?:s)? (?:detected|back)|routing loop|local (?:configuration|"
        r"delivery) error|command (?:died|failed|output)|program failure|can't (?:create|open|write)|"
        r"permission denied|internal (?:server )?error|service (?:unavailable|not available)|i/o error|"
        r"config(?:uration)? error|unknown mailer error|procmail|out of memory|pipe to|"
        r"local error|not implemented|protocol error|not supported|(?:mailer|system) error",
    ),
)
SOFT = tuple((name, re.compile(pattern, re.I)) for name, pattern in _SOFT)

# Beside a 5.4.x: Microsoft's edge for a user that it does not know, and a name server that knows of no such domain.
CERTAIN = re.compile(r"recipient address rejected: access denied|\bnxdomain\b|domainnonexistent", re.I)
ADDRESS_WORDS = re.compile(
    r"user (?:is )?(?:un\s?known|not (?:known|found|exist|listed)|doesn'?t|does not)|unknown (?:user|"
    r"recipient|local|address|account|mailbox|or illegal)|no such (?:user|recipient|mailbox|address|"
    r"account|person|domain|"
    r"local|email|host)|(?:recipient|address|mailbox|account|e-?mail|user(?:name)?|addressee|"
    r"name)(?: address)?(?: \S{1,80})?(?: (?:that|you) [^.]{3,60})? (?:is |was |has |has been |could |"
    r"can)?(?:not |n't )?(?:be )?"
    r"(?:unknown|invalid|not found|found|couldn'?t be found|un\s?available|does ?n[o']t exist|"
    r"does not exist|do not exist|not exist|doesn'?t|not known|not valid|not listed|not recognized|"
    r"undeliverable|removed|"
    r"closed|deleted|terminated|incorrect|possibly incorrect|no longer|not in|is not a)|"
    r"invalid (?:recipient|user|address|mailbox|account|rcpt)|bad (?:destination|address|recipient|"
    r"mailbox)|"
    r"no (?:mailbox|account|valid recipients?|user)\b.{0,30}|not (?:a )?(?:known|valid|our) (?:user|"
    r"recipient|mailbox|address|customer|local)|not our customer|unroute?able|"
    r"does ?n[o']t exist|does not exist|doesn't have an? .{1,60} account|no longer (?:valid|available|"
    r"on|with|in|works|used|active|employed)|recipientnotfound|recipnotfound|unknownrecipient|"
    r"(?<!recipient )address (?:rejected|unknown|error|is not)|recipient (?:address )?(?:not found|"
    r"unknown|invalid)|undeliverable address|user (?:has )?(?:moved|left)|has (?:moved|changed)|"
    r"wasn'?t found|could ?n[o']t be found|mailbox (?:unavailable|not found)|unknown address|"
    r"there is no (?:one|user)|undefined (?:user|mailbox)|"
    r"not exist|recipient.{0,20}unknown|destinataire inconnu|utilisateur inconnu|"
    r"empfänger (?:unbekannt|existiert nicht)|adresse (?:inconnue|unbekannt)|usuario desconocido|"
    r"utente sconosciuto|"
    r"no mailbox here|mailbox name not allowed|address not present|not listed in (?:domino|directory)|"
    r"destination mailbox address invalid",
    re.I,
)
# A server that looked into its own directory and says so is believed without a code.
DIRECTORY_WORDS = re.compile(
    r"recipient name is not recognized|not listed in (?:public name|domino directory|the directory)|"
    r"\bunknown user: |no valid recipients|invalid final delivery userid",
    re.I,
)
HOST_WORDS = re.compile(
    r"host(?: name)? (?:or domain name )?(?:un\s?known|not found|lookup failure|is unknown)|"
    r"unknown host|domain (?:name )?(?:not found|does ?n[o']t exist|does not exist|is (?:not|in)valid|"
    r"isn'?t)|no such (?:domain|host)|"
    r"unrouteable (?:mail )?(?:domain|address)|unroutable|domain .{1,80} (?:couldn'?t|"
    r"could not) be found|(?:couldn'?t|could not|cannot|can't|unable to) find (?:any |a )?(?:host|"
    r"mail exchanger|domain|route)|"
    r"name (?:or service not known|lookup failure|server: .{1,80}: host not found)|no (?:mx|"
    r"mail exchanger|a record)|null\s?mx|nxdomain|"
    # Such mail as ours is another matter: "without a subject line", "from you", "that is larger than".
    r"(?:does not|doesn'?t) accept (?:any )?(?:e-?)?mails?(?=\s*(?:$|[.;,()\[\]:!]|<<|at all|for (?:this|the|"
    r"that) (?:domain|host)))|"
    r"host not found|illegal host|"
    r"no (?:valid )?(?:mail )?hosts?|bad domain|invalid domain|domain isn'?t|"
    r"all relevant mx records point to non-existent hosts|dns error|not a fully qualified|"
    r"host .{1,80} not found|"
    r"indicated no smtp service|domain is not reachable|domain not exist",
    re.I,
)
AFTER_DATA = re.compile(
    r"(?:end of|in reply to end of|after end of|after|reply to) \"?(?:message )?data\b|end of data|"
    r"after pipelined data|\(in reply to DATA|end of message|"
    r">>> (?:DATA|\.)\s*$|smtp command\s+data\b",
    re.I | re.M,
)
OF_THE_MAILBOX = frozenset({"mailbox_full", "suspended"})
# KDDI's phones answer so, with no address, when the subscriber filters us out: the address is alive.
NAMELESS = re.compile(r"\b550\s?:?\s?:\s?user unknown", re.I)
CODE = re.compile(r"(?<![\d.])5\d\d\b|(?<![\d.])5\.\d{1,3}\.\d{1,3}\b|rcpt to", re.I)
FULL_STATUS = {"2.2": "mailbox_full", "3.4": "content", "2.3": "content", "2.1": "suspended"}


def says_of_mailbox(text: str) -> bool:
    """True for words about a mailbox that is there and takes nothing now."""
    return any(pattern.search(text) for name, pattern in SOFT if name in OF_THE_MAILBOX)
