"""Which programs give themselves away by their User-Agent: crawlers, scanners, previews, libraries. No browser may.

The names are those of a list that others keep (the package ``crawler-user-agents``), and words that machines give
themselves. A telephone's model may read like one ("CUBOT", "Robot 5"), and so may an app in which people read
("Slack/4.35"): the browser inside an app says both its engine and the app.
"""

from __future__ import annotations

import re
from functools import lru_cache

from crawleruseragents import is_crawler

_LONGEST = 1_000
# Nobody's browser tells where to read about it; an old component for the windows of programs does.
_ADDRESS = re.compile(r"https?:/|\bwww\.|\+[a-z0-9-]{1,60}\.[a-z]{2,12}/|[\w.+-]{1,60}@[\w-]{1,60}\.[a-z]{2,12}", re.I)
_COMPONENT = re.compile(r"(?:from: )?https?://(?:www\.)?bsalsa\.com/?", re.I)
_WORDS = re.compile(
    r"bot(?:s?\b|_)|crawl|spider|slurp|preview|scan|proxy|monitor|fetch|curl|wget|python|httpx|aiohttp|axios|"
    r"java/|apache-httpclient|go-http|okhttp|libwww|perl/|\bruby(?:$|[/ ]\d)|php/|postman|headless|phantomjs|puppeteer|"
    r"playwright|selenium|barracuda|proofpoint|mimecast|messagelabs|safelinks|symantec|trend ?micro|ironport|fireeye|"
    r"forcepoint|websense|virustotal|sophos|fortinet|fortigate|zscaler|checkpoint|cloudmark|vade ?secure|"
    r"facebookexternalhit|^(?:slack|whatsapp|telegram|viber|skype|discord|snapchat|linkedin|twitter|facebook)|"
    r"microsoft office|ms-office|^dalvik/|^outlook-",
    re.I,
)
_ENGINE = re.compile(r"AppleWebKit/|Gecko/|\bChrome/|Trident/|Presto/|\bMSIE \d")
# Model and build of a telephone, which its maker names as he likes.
_DEVICE = re.compile(r"\(Linux; (?:U; |arm_64; )?(?:Android|Tizen|HarmonyOS)\b(?:[^()]|\([^()]{0,80}\)){0,300}\)")
_SELF = re.compile(r"(?:bot|crawler|spider|scanner)[a-z-]{0,30}/\d|https?:/", re.I)
# Inside an app: the web views of telephones, and of desktop programs.
_VIEW = re.compile(r"; wv\)|\bVersion/4\.0 Chrome/|\bMobile/\w|\bElectron/")
_APP = re.compile(
    r"\b(?:slack(?:_ssb)?|sonic|whatsapp|viber|telegram(?:-android|-ios)?|discord|snapchat|line|skype|signal|pinterest|"
    r"linkedinapp|instagram|twitter(?: for iphone|android)?|teams(?:mobile)?(?:-ios|-android)?)\b(?:/[\w.]+)?",
    re.I,
)
# Outlook shows pages in the old browser of Windows, which then names the program.
_IN_OUTLOOK = re.compile(r"; (?:microsoft outlook [\d.]+|ms-office|msoffice \d+)(?=[;)])", re.I)


@lru_cache(maxsize=4_096)
def is_machine(agent: str) -> bool:
    """True for the agent of a program that nobody looks at pages with.

    Args:
        agent: the User-Agent, as it came. An empty one says nothing, and is none.
    """
    agent = agent[:_LONGEST].strip()
    if _ENGINE.search(agent):
        agent = _COMPONENT.sub("", agent)
        if _VIEW.search(agent):
            agent = _APP.sub("", agent)
        agent = _DEVICE.sub(lambda found: found[0] if _SELF.search(found[0]) else "", agent)
        agent = _IN_OUTLOOK.sub("", agent)
    return bool(_ADDRESS.search(agent) or _WORDS.search(agent) or is_crawler(agent))


# Mail providers that load pictures for their users: Gmail, Yahoo and AOL, Outlook on the web, Apple's privacy
# protection (which says only "Mozilla/5.0"), Proton, Fastmail, DuckDuckGo's and Hey's.
_IMAGE_PROXY = re.compile(
    r"googleimageproxy|ggpht\.com|yahoo ?mail ?proxy|yahoocachesystem|outlook(?:-|\.)?image|owa[ /-]image|"
    r"^mozilla/5\.0$|\bmail ?proxy|image ?proxy|protonmail|fastmail|duckduckgo|"
    r"\bchrome/42\.0\.2311\.135 safari/537\.36 edge/12\.246 mozilla/5\.0",
    re.I,
)


def is_image_proxy(agent: str) -> bool:
    """True for the agent of a mail provider that loads pictures for its users.

    Args:
        agent: the User-Agent, as it came.
    """
    return bool(_IMAGE_PROXY.search(agent[:_LONGEST].strip()))
