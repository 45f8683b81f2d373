"""What the message of a step says to one run: its template and subject, and which variant that is. Pure.

The variant is drawn by weighted rendezvous hashing (Thaler and Ravishankar 1998; the weights as in Schindelhauer and
Schomaker, "Weighted Distributed Hash Tables", 2005): each variant gets a number from a hash of the run, the step and
its own name, scaled by its weight, and the smallest wins. So everybody who asks gets the same answer, the order in the
file does not matter, and a variant that is added, removed or weighed anew moves only the runs that it gains or loses.
"""

from __future__ import annotations

import hashlib
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sequences.definition.follow_ups import Send

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sequences.definition.model import SequenceDefinition
    from sequences.definition.steps import Step
    from sequences.definition.variants import Variant


@dataclass(frozen=True, slots=True)
class Wording:
    """What one message says.

    Attributes:
        template: its name.
        subject: in place of the template's own; None: the template's.
        variant: its name; None: the step has no variants.
        share: of the runs that get it, more than 0 and at most 1.
    """

    template: str
    subject: str | None = None
    variant: str | None = None
    share: float = 1.0

    @property
    def content(self) -> tuple[str, str | None]:
        """What tells it from another wording of the step."""
        return self.template, self.subject


def wordings(step: Step) -> tuple[Wording, ...]:
    """Everything that a step may say, in the order of the file; empty for a step that sends nothing."""
    if step.template is None:
        return ()
    if step.variants is None:
        return (Wording(step.template, step.subject),)
    whole = sum(variant.weight for variant in step.variants)
    return tuple(
        Wording(each.template or step.template, each.subject or step.subject, each.name, each.weight / whole)
        for each in step.variants
    )


def wording_of(step: Step, variant: str) -> Wording | None:
    """The wording of that name, or None when the step has no such variant."""
    return next((each for each in wordings(step) if each.variant == variant), None)


def drawn(step: Step, enrollment: str) -> Wording | None:
    """The wording that a run gets; None for a step that sends nothing."""
    found = wordings(step)
    if step.variants is None:
        return found[0] if found else None
    variants = {variant.name: variant for variant in step.variants}
    return min(found, key=lambda each: _distance(enrollment, step.id, variants[each.variant or ""]), default=None)


def _distance(enrollment: str, step: str, variant: Variant) -> float:
    digest = hashlib.sha256("\x1f".join(("variant", enrollment, step, variant.name)).encode()).digest()
    # From 53 bits, in (0, 1): the logarithm of neither end is wanted.
    unit = ((int.from_bytes(digest[:8]) >> 11) + 0.5) / 2**53
    return -math.log(unit) / variant.weight


def settled_on(step: Step, wording: Wording) -> Step:
    """The step with this wording and no other."""
    return step.model_copy(update={step.channel: wording.template, "subject": wording.subject, "variants": None})


def answers_of(definition: SequenceDefinition) -> tuple[str, ...]:
    """Names of the templates that a sequence may send in answer to reactions, each once, in the order of the file."""
    return tuple(
        dict.fromkeys(item.send for rule in definition.reactions for item in rule.do if isinstance(item, Send))
    )


def answer_id(template: str) -> str:
    """What stands for the id of a step where a message answers a reaction: no name that an author can give."""
    return f"answer:{template}"


def templates_of(definition: SequenceDefinition) -> frozenset[str]:
    """Names of all templates that a sequence may send, in steps and in answer to reactions."""
    of_steps = (each.template for step in definition.steps for each in wordings(step))
    return frozenset((*of_steps, *answers_of(definition)))


def alike(step: Step) -> Iterator[tuple[Wording, Wording]]:
    """Variants that say the same as an earlier one, each with that one: between them there is nothing to find out."""
    seen: dict[tuple[str, str | None], Wording] = {}
    for each in wordings(step):
        if each.content in seen:
            yield seen[each.content], each
        seen.setdefault(each.content, each)
