"""Measures the reader of incoming mail on labelled corpora: ``python benchmarks/inbound_corpus.py [--corpora PATH]``.

The folder holds ``mail.jsonl`` (``file``, ``event``) beside the mails, and ``replies.jsonl`` (``corpus``, ``text``,
``expected``). Every mail is read with LF, CRLF and bare CR line ends.
"""

from __future__ import annotations

import argparse
import json
import re
import sys
import time
from collections import Counter
from email.header import decode_header
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from sequences.inbound import InboundMail, parse_mail
from sequences.inbound.mime.html_text import html_to_text, without_marks
from sequences.inbound.replies.reply_text import reply_text

_VARIANTS = {"LF": b"\n", "CRLF": b"\r\n", "CR": b"\r"}
_MACHINES_NAMED = re.compile(
    r"^(?:Final-Recipient|X-Failed-Recipients)\s*:\s*(?:[\w-]+\s*;)?\s*<?([^\s<>@]+@[^\s<>,]+)", re.I | re.M
)
# Projects that take a signature for the author's words.
_SIGNATURE_KEPT = frozenset({"talon", "talon-html", "quotequail"})
_WORD = re.compile(r"\w+")


def _without_encoded_words(address: str) -> str:
    """As it was before a server put encoded-words (RFC 2047) into it, where they do not belong; told by the library."""
    pieces = decode_header(address)
    return "".join(text.decode(charset or "ascii") if isinstance(text, bytes) else text for text, charset in pieces)


def _family(event: str) -> str:
    return "bounce" if event.endswith("bounce") else event


def measure_mail(folder: Path, line_end: bytes) -> dict[str, Any]:
    """Scores ``mail.jsonl`` with this line end."""
    count: Counter[str] = Counter()
    wrong: list[str] = []
    spent = 0.0
    for line in (folder / "mail.jsonl").read_text().splitlines():
        case = json.loads(line)
        raw = (folder / case["file"]).read_bytes().replace(b"\r\n", b"\n")
        varied = raw.replace(b"\n", line_end)
        began = time.process_time()
        mail = parse_mail(varied)
        spent += time.process_time() - began
        count["mails"] += 1
        count["same_as_lf"] += _answer(mail) == _answer(parse_mail(raw))
        if case["event"] is not None:
            _score(case, mail, raw, count, wrong)
    hard = count["hard_right"]
    return {
        "mails": count["mails"],
        "labelled": count["labelled"],
        "family": _share(count["family_right"], count["labelled"]),
        "hard_precision": _share(hard, hard + count["hard_false"]),
        "hard_recall": _share(hard, hard + count["hard_missed"]),
        "human_as_machine": count["human_as_machine"],
        "recipient": _share(count["recipient_right"], count["recipient_named"]),
        "original_id": _share(count["original_id"], count["bounces"]),
        "same_as_lf": _share(count["same_as_lf"], count["mails"]),
        "mails_per_second": round(count["mails"] / spent) if spent else None,
        "wrong": wrong,
    }


def _answer(mail: InboundMail) -> tuple[object, ...]:
    """What a caller acts on."""
    return (mail.event, mail.recipient, mail.status, mail.original_message_id, mail.return_date, mail.failures)


def _share(part: int, whole: int) -> float | None:
    return round(part / whole, 4) if whole else None


def _score(case: dict[str, Any], mail: InboundMail, raw: bytes, count: Counter[str], wrong: list[str]) -> None:
    wanted, got = case["event"], mail.event.value
    count["labelled"] += 1
    if _family(wanted) == _family(got):
        count["family_right"] += 1
    else:
        wrong.append(f"{case['file']}: {wanted} read as {got}")
    if wanted == "human" and got != "human":
        count["human_as_machine"] += 1
    if "hard_bounce" in (wanted, got) and _family(wanted) == "bounce":
        key = "hard_right" if wanted == got else "hard_false" if got == "hard_bounce" else "hard_missed"
        count[key] += 1
        if key != "hard_right":
            wrong.append(f"{case['file']}: {wanted} read as {got} ({mail.status or 'no status'}, {mail.reasons[-1]})")
    elif got == "hard_bounce":
        count["hard_false"] += 1
    if _family(wanted) == "bounce":
        count["bounces"] += 1
        count["original_id"] += bool(mail.original_message_id)
        # The corpora do not label recipients: the report's own fields are the oracle where it has them.
        found = _MACHINES_NAMED.findall(raw.decode("latin-1"))
        named = {form.lower() for address in found for form in (address, _without_encoded_words(address))}
        if named:
            count["recipient_named"] += 1
            count["recipient_right"] += mail.recipient in named
            if mail.recipient not in named:
                wrong.append(f"{case['file']}: recipient is not one of those that the report names")


def measure_replies(folder: Path) -> dict[str, Any]:
    """Scores ``replies.jsonl``, each corpus in its own convention, white space folded."""
    total: Counter[str] = Counter()
    exact: Counter[str] = Counter()
    lost, leaked = 0, 0
    for line in (folder / "replies.jsonl").read_text().splitlines():
        case = json.loads(line)
        text, expected, corpus = case["text"], case["expected"], case["corpus"]
        if case.get("kind") == "html":
            text, expected = html_to_text(text), without_marks(html_to_text(expected))
        got = reply_text(text, keep_signature=corpus in _SIGNATURE_KEPT)
        total[corpus] += 1
        exact[corpus] += _folded(got) == _folded(expected)
        missing = Counter(_WORD.findall(_unquoted(expected))) - Counter(_WORD.findall(got))
        extra = Counter(_WORD.findall(got)) - Counter(_WORD.findall(expected))
        # The expected HTML of one source has no white space left, so its words cannot be counted.
        html = case.get("kind") == "html"
        lost += _letters(expected) not in _letters(got) if html else bool(missing)
        leaked += sum(extra.values()) > max(2, sum(Counter(_WORD.findall(expected)).values()) // 10)
    cases = sum(total.values())
    return {
        "cases": cases,
        "exact": _share(sum(exact.values()), cases),
        "lost": _share(lost, cases),
        "leaked": _share(leaked, cases),
        "by_corpus": {name: f"{exact[name]}/{total[name]}" for name in total},
    }


def _folded(text: str) -> str:
    return "".join(text.split())


def _letters(text: str) -> str:
    return "".join(_WORD.findall(text))


def _unquoted(text: str) -> str:
    return "\n".join(line for line in text.split("\n") if not line.lstrip().startswith(">"))


def main() -> int:
    """Prints the table, or JSON with ``--json``; ``--wrong`` lists the cases that were read wrongly."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--corpora", type=Path, default=Path("../shared/corpora"))
    options.add_argument("--json", action="store_true")
    options.add_argument("--wrong", action="store_true")
    chosen = options.parse_args()
    if not (chosen.corpora / "mail.jsonl").is_file():
        options.error(f"no mail.jsonl in {chosen.corpora}")
    found = {name: measure_mail(chosen.corpora, end) for name, end in _VARIANTS.items()}
    replies = measure_replies(chosen.corpora)
    if chosen.json:
        print(json.dumps({"mail": found, "replies": replies}, indent=2))  # noqa: T201
        return 0
    _print(found, replies, wrong=chosen.wrong)
    return 0


def _print(found: dict[str, dict[str, Any]], replies: dict[str, Any], *, wrong: bool) -> None:
    rows = [key for key in found["LF"] if key != "wrong"]
    lines = [f"{'':20}" + "".join(f"{name:>10}" for name in found)]
    lines += [f"{key:20}" + "".join(f"{scores[key]!s:>10}" for scores in found.values()) for key in rows]
    lines += ["", *(f"reply text {key:10}{value}" for key, value in replies.items())]
    if wrong:
        lines += ["", *found["LF"]["wrong"]]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    sys.exit(main())
