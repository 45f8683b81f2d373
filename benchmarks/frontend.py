"""Stands in for Temporal's frontend and acknowledges at once: ``python -m benchmarks.frontend`` prints its address.

It speaks as much of HTTP/2 and gRPC as the client needs for calls with one request and one answer, and gives each the
empty message: what ``SignalWorkflowExecution`` answers by its contract. Signals are read and counted; SIGTERM prints
how many there were, and how many reactions were in them. So what is left of a dispatcher's time is its own.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import signal
import struct
import sys
from collections import Counter
from typing import Final

from google.protobuf.message import DecodeError
from temporalio.api.workflowservice.v1 import SignalWorkflowExecutionRequest

_PREFACE: Final = len(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n")
_DATA, _HEADERS, _SETTINGS, _PING, _WINDOW = 0x0, 0x1, 0x4, 0x6, 0x8
_END_STREAM, _END_HEADERS, _ACK, _PADDED = 0x1, 0x4, 0x1, 0x8
_INITIAL_WINDOW = 0x4
_WIDE = 2**30
# HPACK without Huffman codes: ":status: 200" is number 8 of the static table, other names are written out.
_ANSWER = b"\x88" + b"\x00\x0ccontent-type\x10application/grpc"
_TRAILERS = b"\x00\x0bgrpc-status\x010"
_COMPRESSED: Final = b"\x01"
_EMPTY: Final = b"\x00" * 5
"""A message of no bytes, in the five bytes that come before each."""


def _frame(kind: int, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return struct.pack(">I", len(payload))[1:] + bytes((kind, flags)) + struct.pack(">I", stream) + payload


_HELLO = _frame(_SETTINGS, 0, 0, struct.pack(">HI", _INITIAL_WINDOW, _WIDE)) + _frame(
    _WINDOW, 0, 0, struct.pack(">I", _WIDE)
)


class Frontend:
    """Counts what it was told.

    Attributes:
        reactions: how often each id of a reaction was signalled.
    """

    def __init__(self) -> None:
        self.signals = 0
        self.reactions: Counter[str] = Counter()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection of a client."""
        try:
            await reader.readexactly(_PREFACE)
            writer.write(_HELLO)
            requests: dict[int, bytes] = {}
            while True:
                head = await reader.readexactly(9)
                kind, flags, stream = head[3], head[4], struct.unpack(">I", head[5:])[0]
                payload = await reader.readexactly(int.from_bytes(head[:3], "big"))
                if kind == _DATA:
                    data = payload[1 : len(payload) - payload[0]] if flags & _PADDED else payload
                    requests[stream] = requests.get(stream, b"") + data
                if kind in (_DATA, _HEADERS) and flags & _END_STREAM:
                    self._read(requests.pop(stream, b""))
                    writer.write(
                        _frame(_HEADERS, _END_HEADERS, stream, _ANSWER)
                        + _frame(_DATA, 0, stream, _EMPTY)
                        + _frame(_HEADERS, _END_HEADERS | _END_STREAM, stream, _TRAILERS)
                    )
                elif kind == _SETTINGS and not flags & _ACK:
                    writer.write(_frame(_SETTINGS, _ACK, 0))
                elif kind == _PING and not flags & _ACK:
                    writer.write(_frame(_PING, _ACK, 0, payload))
        except (asyncio.IncompleteReadError, asyncio.CancelledError, ConnectionError):
            return
        finally:
            writer.close()

    def _read(self, request: bytes) -> None:
        """Requests of other methods are not read: none of them has the fields of a signal."""
        try:
            message = gzip.decompress(request[5:]) if request[:1] == _COMPRESSED else request[5:]
            told = SignalWorkflowExecutionRequest.FromString(message)
        except (DecodeError, OSError, EOFError):
            return
        if not told.signal_name or not told.input.payloads:
            return
        self.signals += 1
        first, *more = (json.loads(payload.data) for payload in told.input.payloads)
        for each in (first, *(reaction for several in more for reaction in several)):
            self.reactions[each.get("id", "")] += 1


async def _serve() -> None:
    frontend = Frontend()
    stopped = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopped.set)
    server = await asyncio.start_server(frontend.serve, "127.0.0.1", 0)
    _say(f"acknowledging on 127.0.0.1:{server.sockets[0].getsockname()[1]}")
    await stopped.wait()
    twice = sum(count > 1 for count in frontend.reactions.values())
    server.close()
    _say(f"signals {frontend.signals}, reactions {len(frontend.reactions)}, twice {twice}")


def _say(words: str) -> None:
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def main() -> int:
    """Serves until it is told to stop."""
    asyncio.run(_serve())
    return 0


if __name__ == "__main__":
    sys.exit(main())
