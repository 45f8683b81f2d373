"""Whether a hit of a tracked link was a person's or a machine's. When in doubt it was a machine's: clicks stop runs.

One hit says little: scanners pose as browsers. What gives them away is what else they do, so a hit is judged a while
after it came, from everything known of its message, and of others that the same address asked for.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache

from sequences.reactions.user_agents import is_image_proxy, is_machine

JUDGED_AFTER = timedelta(seconds=30)
"""How long the rest of a burst is waited for."""
AROUND = timedelta(minutes=10)
"""Hits of the same message as far away as this can matter to a verdict."""
ACROSS = timedelta(seconds=10)
"""Hits of other people's messages by the same address that are as close as this were one machine's."""
BURST = timedelta(seconds=2)
"""Nobody follows two links of one message within this."""

_SECONDS_A_PERSON_NEEDS = timedelta(seconds=5)
_SECONDS_TO_AN_OPEN = timedelta(seconds=15)
_INSIDE = tuple(
    ipaddress.ip_network(net)
    for net in (
        *("127.0.0.0/8", "10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10", "169.254.0.0/16"),
        *("::1/128", "fc00::/7", "fe80::/10"),
    )
)


@dataclass(frozen=True)
class Hit:
    """One request to a tracked link.

    Attributes:
        at: UTC.
        prefetch: the program said that nobody has asked for the page yet.
        link: id of the link.
        send: id of the message that holds it.
        person: id of whom the message was sent to.
        honeypot: the link is the one that no person can see.
        pixel: the picture that tells of an open, not a link.
    """

    at: datetime
    method: str
    user_agent: str
    address: str
    prefetch: bool = False
    link: str = ""
    send: str = ""
    person: str = ""
    honeypot: bool = False
    pixel: bool = False


@dataclass(frozen=True)
class Judgement:
    """What a hit was. ``reasons`` are those for a machine; a person's hit has none."""

    reasons: tuple[str, ...] = ()

    @property
    def human(self) -> bool:
        """Nothing speaks of a machine."""
        return not self.reasons

    @property
    def verdict(self) -> str:
        """``human | machine``."""
        return "human" if self.human else "machine"


def judge_click(hit: Hit, sent_at: datetime | None, around: Iterable[Hit]) -> Judgement:
    """The verdict on ``hit``.

    Reasons: ``method`` (a person's browser asks with GET), ``prefetch``, ``agent_empty``, ``agent_bare`` (no browser
    says only ``Mozilla/5.0``; Apple's proxy does), ``agent_known`` (``user_agents``), ``honeypot``, ``not_sent``,
    ``too_soon`` (within 5 seconds of the send), ``burst`` (another link of the message within 2 seconds, from
    wherever), ``with_honeypot`` (who asked for the hidden link asked for this one too), ``across_recipients`` (the same
    address, another person's message, within 10 seconds).

    Args:
        hit: the one to judge.
        sent_at: when the mail was handed over, UTC. A hit that seems to lie before it (a run has a clock of its own)
            is not called too quick. None: it was never sent.
        around: other hits that are near: of the message's other links within ``BURST``, of its honeypot within
            ``AROUND``, by the same address within ``ACROSS``. More than these, and ``hit`` itself, do no harm.
    """
    others = tuple(around)
    return Judgement((*_by_itself(hit), *_by_time(hit, sent_at), *_by_company(hit, others)))


def judge_open(hit: Hit, sent_at: datetime | None, around: Iterable[Hit]) -> Judgement:
    """The verdict on a hit of a mail's picture: whether a person *likely* opened the mail. When in doubt a machine did.

    The reasons are those of ``judge_click`` with two differences: ``image_proxy`` (the picture was loaded by a mail
    provider for its users, perhaps before anybody looked), and ``too_soon`` is within 15 seconds of the send, because
    gateways load pictures when a mail arrives. Another link of the same message says nothing: who opens may click.

    Args:
        hit: the one to judge.
        sent_at: when the mail was handed over, UTC; None: it was never sent.
        around: as for ``judge_click``.
    """
    others = tuple(around)
    proxy = ("image_proxy",) if is_image_proxy(hit.user_agent) else ()
    by_time = _by_time(hit, sent_at, _SECONDS_TO_AN_OPEN)
    return Judgement((*proxy, *_by_itself(hit), *by_time, *_by_company(hit, others)))


def _by_itself(hit: Hit) -> Iterator[str]:
    agent = hit.user_agent.strip()
    if hit.method.upper() != "GET":
        yield "method"
    if hit.prefetch:
        yield "prefetch"
    if not agent:
        yield "agent_empty"
    elif is_machine(agent):
        yield "agent_known"
    elif "(" not in agent:
        # Every browser names its platform in parentheses.
        yield "agent_bare"
    if hit.honeypot:
        yield "honeypot"


def _by_time(hit: Hit, sent_at: datetime | None, needs: timedelta = _SECONDS_A_PERSON_NEEDS) -> Iterator[str]:
    if sent_at is None:
        yield "not_sent"
    elif timedelta(0) <= hit.at - sent_at < needs:
        yield "too_soon"


def _by_company(hit: Hit, others: tuple[Hit, ...]) -> Iterator[str]:
    same = [other for other in others if other.send == hit.send]
    # A mail program loads the picture, and its reader clicks: two hits of one message, and no burst.
    links = [other for other in same if not other.pixel and other.link != hit.link]
    if not hit.pixel and any(abs(other.at - hit.at) <= BURST for other in links):
        yield "burst"
    if not hit.honeypot and any(other.honeypot and _one_machine(hit, other) for other in same):
        yield "with_honeypot"
    if any(
        other.person != hit.person and _same_address(hit, other) and abs(other.at - hit.at) <= ACROSS
        for other in others
    ):
        yield "across_recipients"


def _one_machine(hit: Hit, trapped: Hit) -> bool:
    """Whoever fell into the trap is a machine, and so is all it did around then.

    Bounded in time, because a gateway may share its address with the person it guards, or pose as that very browser;
    that person may still click later.
    """
    apart = abs(hit.at - trapped.at)
    address, agent = _same_address(hit, trapped), hit.user_agent == trapped.user_agent
    return (address and agent and apart <= AROUND) or ((address or agent) and apart <= JUDGED_AFTER)


def _same_address(one: Hit, other: Hit) -> bool:
    """The same visitor by address. An inside address is a proxy's in front of us: then the agent must be the same too.

    Otherwise everybody behind a proxy that hides its visitors would be one machine.
    """
    if one.address != other.address:
        return False
    return not _inside(one.address) or one.user_agent == other.user_agent


@lru_cache(maxsize=4096)
def _inside(address: str) -> bool:
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return True
    return any(parsed.version == net.version and parsed in net for net in _INSIDE)
