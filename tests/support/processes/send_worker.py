"""A send worker to be killed: each line on standard input starts one, as a process of its own, whose id it prints.

It forks after everything is imported, so that a hundred of them cost no more than a few. It does what Temporal would
let it do: every step that is planned, some at a time, again after it was killed. Arguments: DATABASE_URL SMTP_PORT.
"""

# ruff: noqa: T201 - it talks to the test by its standard output
from __future__ import annotations

import asyncio
import os
import signal
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

from temporalio.testing import ActivityEnvironment

from adapters.mail.outgoing.pool import SmtpSettings, Tls
from adapters.mail.outgoing.smtp import SmtpTransport
from sequences.runs.state import StepCall

# Outside pytest "tests" may be a package that somebody else installed: here it is ours.
_ours = ModuleType("tests")
_ours.__path__ = [str(Path(__file__).parents[2])]
sys.modules["tests"] = _ours

from tests.support.rigs.send import NOW, send_rig  # noqa: E402

AT_ONCE = 8
_PLANNED = "SELECT enrollment_id, due_at FROM enrollment_step WHERE state = 'planned' ORDER BY random() LIMIT 64"


async def work(database_url: str, port: int) -> None:
    async with send_rig(database_url) as rig:
        settings = SmtpSettings("127.0.0.1", port, tls=Tls.NONE, timeout=5.0, data_timeout=5.0)
        transport = SmtpTransport(settings)
        steps = rig.steps(transport)
        while rows := await rig.fetch(_PLANNED):
            waiting = iter(rows)

            async def take(waiting: Any = waiting) -> None:
                for row in waiting:
                    # A step that was put off is taken at its time; the run's own clock says when that is.
                    call = StepCall(enrollment=row["enrollment_id"], step="one", now=max(row["due_at"], NOW))
                    await ActivityEnvironment().run(steps.take_step, call)

            await asyncio.gather(*(take() for _ in range(AT_ONCE)))
        await transport.aclose()


def main() -> None:
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)
    print("ready", flush=True)
    for _ in sys.stdin:
        child = os.fork()
        if child == 0:
            asyncio.run(work(sys.argv[1], int(sys.argv[2])))
            os._exit(0)
        print(child, flush=True)


if __name__ == "__main__":
    main()
