"""What encrypting payloads costs a run: ``python -m benchmarks.payload_codec [--rounds N]``.

Every payload of a stored history (a run of three mails without answers) is encrypted and decrypted, and the history is
replayed, in clear and encrypted, turn by turn. Times are of the processor, so a busy machine hardly minds.
"""

from __future__ import annotations

import asyncio
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from temporalio.api.common.v1 import Payload
from temporalio.client import WorkflowHistory
from temporalio.worker import Replayer

import worker
from adapters.temporal.checked_runner import CheckedRunner
from adapters.temporal.client import converter
from adapters.temporal.payload_codec import EncryptedPayloads
from benchmarks.report import Report, at_least_one, median, options, ratio

if TYPE_CHECKING:
    from collections.abc import Iterator

_HISTORY = Path(__file__).parent.parent / "tests" / "replay" / "histories" / "planned-silent.json"
_REPEATED = 1_000
_REPLAYS = 5


def payloads(message: Any) -> Iterator[Payload]:
    """Every payload in a protobuf message; those of search attributes are never encrypted."""
    for field, value in message.ListFields():
        if field.message_type is None or field.name == "search_attributes":
            continue
        is_map = field.message_type.GetOptions().map_entry
        for each in value.values() if is_map else value if field.is_repeated else (value,):
            if isinstance(each, Payload):
                yield each
            elif hasattr(each, "ListFields"):
                yield from payloads(each)


async def measure(rounds: int) -> Report:
    """Encrypts, decrypts and replays; ``rounds`` replays of each kind, five in a row."""
    report = Report("a run of three mails, its payloads encrypted")
    codec = EncryptedPayloads([b"a-key-of-payloads-for-benchmarks"])
    clear, sealed = _history(), _history()
    found = [each for event in sealed.events for each in payloads(event)]
    before = time.process_time()
    for _ in range(_REPEATED):
        encrypted = await codec.encode(found)
    written = time.process_time() - before
    before = time.process_time()
    for _ in range(_REPEATED):
        await codec.decode(encrypted)
    read = time.process_time() - before
    for payload, other in zip(found, encrypted, strict=True):
        payload.CopyFrom(other)
    plain = converter()
    spent: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for history, codec_used, into in ((clear, None, spent[0]), (sealed, codec, spent[1])):
            replayer = Replayer(
                workflows=worker.WORKFLOWS,
                workflow_runner=CheckedRunner(),
                data_converter=replace(plain, payload_codec=codec_used),
            )
            before = time.process_time()
            for _ in range(_REPLAYS):
                await replayer.replay_workflow(history)
            into.append((time.process_time() - before) / _REPLAYS)
    each = 1e6 / _REPEATED / len(found)
    report.add("payloads of a run", len(found), "payloads")
    report.add("encrypting a payload", written * each, "us", "processor time")
    report.add("decrypting a payload", read * each, "us", "processor time")
    report.add("both, for a run", (written + read) / _REPEATED * 1e3, "ms", "each payload once")
    report.add("size of the history, encrypted / clear", ratio(_size(sealed), _size(clear)), "ratio")
    report.add("replay, clear", median(spent[0]) * 1e3, "ms", "processor time, with a worker of its own")
    report.add("replay, encrypted / clear", ratio(median(spent[1]), median(spent[0])), "ratio")
    return report


def _history() -> WorkflowHistory:
    return WorkflowHistory.from_json("silent", _HISTORY.read_text())


def _size(history: WorkflowHistory) -> float:
    return float(sum(event.ByteSize() for event in history.events))


def main() -> int:
    """Prints the figures."""
    parser = options(__doc__)
    parser.add_argument("--rounds", type=at_least_one, default=15)
    chosen = parser.parse_args()
    asyncio.run(measure(chosen.rounds)).show(as_json=chosen.json)
    return 0


if __name__ == "__main__":
    sys.exit(main())
