"""Which field somebody meant who named one that there is not. A hint never leads from one person to another.

A template that says ``first_name`` means the person who gets the mail; a hint at the owner's would greet Alex as Dana.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Mapping

from sequences.records.catalogue import Group

_ORDER: Mapping[str, int] = {
    group.value: place
    for place, group in enumerate(
        (Group.PERSON, Group.PLACEMENT, Group.CLIENT, Group.CUSTOM, Group.OWNER, Group.SENDER)
    )
}
"""The order of the groups in a hint: who receives comes first, who sends last."""
_PEOPLE = frozenset({Group.PERSON.value, Group.OWNER.value, Group.SENDER.value})
_OTHER_WORDS: Mapping[str, tuple[str, ...]] = {
    "company": ("person.company", "client.name"),
    "company_name": ("person.company", "client.name"),
    "employer": ("person.company", "client.name"),
    "organisation": ("person.company", "client.name"),
    "organization": ("person.company", "client.name"),
    "account": ("client.name", "person.company"),
    "name": ("person.full_name", "person.first_name"),
    "firstname": ("person.first_name",),
    "lastname": ("person.last_name",),
    "surname": ("person.last_name",),
    "mail": ("person.email",),
    "email_address": ("person.email",),
    "mobile": ("person.phone",),
    "title": ("person.job_title", "placement.job_title"),
    "position": ("person.job_title", "placement.job_title"),
    "recruiter": ("owner.full_name",),
}
"""Common names that are no fields, and what they mean."""
_GROUP_WORDS = {
    "candidate": "person",
    "contact": "person",
    "recipient": "person",
    "user": "person",
    "lead": "person",
    "job": "placement",
    "assignment": "placement",
    "company": "client",
    "account": "client",
    "customer": "client",
    "recruiter": "owner",
    "consultant": "owner",
}
_MOST = 3


def field_hint(name: str, fields: Iterable[str]) -> tuple[str, ...]:
    """Fields that ``name`` may have meant, the likeliest first; at most three, often none.

    Args:
        name: as written, with or without a group.
        fields: full names that are allowed there.
    """
    allowed = sorted(fields, key=lambda field: (_ORDER.get(field.partition(".")[0], len(_ORDER)), field))
    by_lower = {field.lower(): field for field in allowed}
    group, dot, short = name.lower().strip().rpartition(".")
    short = short.replace(" ", "_").replace("-", "_")
    group = _GROUP_WORDS.get(group, group)
    if dot and any(field.startswith(f"{group}.") for field in by_lower):
        return tuple(by_lower[found] for found in _in_group(group, short, list(by_lower)))
    meant = [field for field in _OTHER_WORDS.get(short, ()) if field in by_lower]
    exact = [field for field in by_lower if field.partition(".")[2] == short]
    if meant or exact:
        # Of what we send ourselves nothing stands beside a field of the person: both would be somebody's.
        found = dict.fromkeys([*meant, *exact])
        return tuple(by_lower[field] for field in list(found)[:_MOST])
    shorts = list(dict.fromkeys(field.partition(".")[2] for field in by_lower))
    close = difflib.get_close_matches(short, shorts, n=1, cutoff=0.7)
    if close:
        return tuple(by_lower[field] for field in by_lower if field.partition(".")[2] == close[0])[:_MOST]
    near = difflib.get_close_matches(name.lower(), [field for field in by_lower if not _sends(field)], n=1, cutoff=0.6)
    return (by_lower[near[0]],) if near else ()


def did_you_mean_field(name: str, fields: Iterable[str]) -> str:
    """`` Did you mean `x` or `y`?`` with a leading space, or nothing."""
    found = field_hint(name, fields)
    return f" Did you mean {' or '.join(f'`{field}`' for field in found)}?" if found else ""


def _in_group(group: str, short: str, fields: list[str]) -> list[str]:
    own = [field for field in fields if field.startswith(f"{group}.")]
    full = f"{group}.{short}"
    if full in own:
        return [full]
    known = [field for field in _OTHER_WORDS.get(short, ()) if field in own]
    # "owner.firstname": what it says of the person, it says of the owner.
    known += [f"{group}.{word.partition('.')[2]}" for word in _OTHER_WORDS.get(short, ())]
    known = [field for field in dict.fromkeys(known) if field in own]
    if known:
        return known[:1]
    close = difflib.get_close_matches(short, [field.partition(".")[2] for field in own], n=1, cutoff=0.6)
    if close:
        return [f"{group}.{close[0]}"]
    if group == Group.PERSON:
        # Their own fields, and their placement's.
        return [field for field in (f"custom.{short}", f"placement.{short}") if field in fields][:1]
    if group in _PEOPLE:
        return []
    # A placement or a client has a person: "placement.first_name" is theirs.
    return [field for field in fields if field.partition(".")[2] == short and not _sends(field)][:1]


def _sends(field: str) -> bool:
    return field.partition(".")[0] in ("owner", "sender")
