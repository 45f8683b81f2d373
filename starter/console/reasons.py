"""Reasons as people read them. What is stored is for programs too, such as ``replied.positive (default)``."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from sequences.reactions.same_client import SAME_CLIENT
from sequences.sending.send_obstacles import SAME_ADDRESS

if TYPE_CHECKING:
    from starter.console.words import Words

_CODE: Final = re.compile(r"[a-z]+(?:[_.][a-z]+)*")
_RULE: Final = re.compile(r"(?P<what>.+) \((?P<rule>[a-z_.]+)\)")
_MOVED: Final = "moved by "
_AHEAD: Final = re.compile(r"cannot be sent at present \((?P<code>[a-z_]+)\)")
_CRM: Final = re.compile(r"suppressed in the CRM \((?P<channel>[a-z]+)\)")
_FIRST: Final = re.compile(r"(?P<code>replied\.[a-z]+|[a-z_]+)(?P<rest>.*)", re.DOTALL)


class Reasons:
    """The catalogue's words for what is stored.

    Args:
        words: the catalogue.
    """

    def __init__(self, words: Words) -> None:
        self._words = words

    def why(self, stored: str | None) -> str:
        """A reason in words; what is in words already stays as it is.

        Args:
            stored: of a decision, a step, a run, a review or a send; None: there is none.
        """
        if not stored:
            return ""
        if stored == SAME_ADDRESS:
            return self._code("same_address")
        if stored.startswith(_MOVED):
            moved = stored.removeprefix(_MOVED).split(", ")
            return ", ".join(self._words.word("editor.moved_", each) for each in moved)
        if found := _AHEAD.fullmatch(stored):
            return self._words.t("reason.not_at_present", why=self._code(found["code"]))
        if found := _CRM.fullmatch(stored):
            return self._words.t("reason.suppressed_in_crm", channel=self._words.word("channels.", found["channel"]))
        if found := _RULE.fullmatch(stored):
            return self._by_rule(found["what"], found["rule"])
        return ", ".join(self._part(part) for part in stored.split(", "))

    def what(self, stored: str) -> str:
        """What happened, in words: what came back is named by its kind."""
        found = _FIRST.fullmatch(stored)
        key = f"reaction.{found['code'].replace('.', '_')}" if found else ""
        return self._words.t(key) + found["rest"] if found and self._words.has(key) else stored

    def _part(self, part: str) -> str:
        before, colon, after = part.partition(": ")
        if colon and before == "suppressed":
            return self._words.t("reason.suppressed_for", why=self._words.word("suppressed_for.", after))
        if colon and before == "stop_when":
            return self._words.t("reason.stop_rule", field=after)
        return self._code(part)

    def _by_rule(self, what: str, rule: str) -> str:
        """``replied.positive (replied.positive)``: what came back, and whether the sequence says what is done then."""
        if not self._words.has(f"reaction.{rule.replace('.', '_')}") and rule != "default":
            return f"{self._part(what)} ({self._part(rule)})"
        # Some are named by their kind, and told by more: "out_of_office by its words".
        told = self.what(what) if " " in what else self._part(what)
        return self._words.t("reason.by_default" if rule == "default" else "reason.by_rule", what=told)

    def _code(self, code: str) -> str:
        if not _CODE.fullmatch(code):
            return code
        plain = code.replace(".", "_")
        for part in ("reason.", "reaction."):
            if self._words.has(part + plain):
                return self._words.t(part + plain)
        return self._words.t("reaction.same_client") if code == SAME_CLIENT else code.replace("_", " ")
