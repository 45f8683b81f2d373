"""What runs in a process of ``adapters.side_processes``: one piece of work after the other, each within its limits.

Work comes by standard input and results go by standard output, pickled. Whoever started us ends us by closing our
standard input, also by dying; a signal to the whole group of processes does not end work that somebody waits for.
"""

from __future__ import annotations

import os
import pickle
import resource
import signal
import struct
import sys
from pathlib import Path
from typing import Any, BinaryIO

from sequences.errors import RelanceError

HEADER = struct.Struct("!Qdq")
"""Before a piece of work: its bytes, seconds of processor time, bytes of memory."""
LENGTH = struct.Struct("!Q")
"""Before a result: its bytes."""
READY = b"R"
"""Said once, when work can come."""


def main() -> None:
    """Works until standard input ends."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    # Nothing that prints may get between the results, and no traceback may quote a stranger's words in our log.
    results = os.fdopen(os.dup(1), "wb")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    work = sys.stdin.buffer
    loaded = _address_space()
    results.write(READY)
    results.flush()
    os.dup2(nowhere, 2)
    while len(header := work.read(HEADER.size)) == HEADER.size:
        length, seconds, memory = HEADER.unpack(header)
        _limit_memory(loaded + memory if loaded else 0)
        # By default the signal ends the process, in the middle of a regular expression too. Processor time: a busy
        # machine takes nothing of it.
        signal.setitimer(signal.ITIMER_PROF, seconds)
        _do(work, length, results)
        signal.setitimer(signal.ITIMER_PROF, 0)


def _do(work: BinaryIO, length: int, results: BinaryIO) -> None:
    try:
        function, arguments, keywords = pickle.loads(work.read(length))  # noqa: S301 - from the process that started us
        result = _packed(True, function(*arguments, **keywords))
    except RelanceError as error:
        # Our own errors have words for people, and quote nothing.
        result = _packed(False, error)
    except Exception as error:  # noqa: BLE001 - whatever went wrong, somebody waits for an answer
        # The type alone: the words of an error may quote what was read.
        result = _packed(False, type(error).__name__)
    results.write(LENGTH.pack(len(result)))
    results.write(result)
    results.flush()


def _packed(good: bool, value: Any) -> bytes:
    return pickle.dumps((good, value), pickle.HIGHEST_PROTOCOL)


def _address_space() -> int:
    """Bytes that we have mapped; 0 where that cannot be told, and then memory has no limit."""
    statistics = Path("/proc/self/statm")
    return int(statistics.read_text().split()[0]) * resource.getpagesize() if statistics.exists() else 0


def _limit_memory(most: int) -> None:
    if most:
        resource.setrlimit(resource.RLIMIT_AS, (most, resource.getrlimit(resource.RLIMIT_AS)[1]))


if __name__ == "__main__":
    main()
