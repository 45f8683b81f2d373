"""A stand-in of the local stack as a process of its own: ``python -m starter.local.stand_in mail|sms PORT``.

It is started by ``LocalStack(stand_ins_apart=True)``, which hands over the rest by the environment. What the mail
server does wrong is read from ``faults.json`` in its folder at each mail; the one for texts is told over HTTP.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from pathlib import Path

from starter.local.mail_capture import MailCapture, MailFaults
from starter.local.twilio.server import TwilioStandIn
from starter.local.twilio.settings import StandInSettings
from starter.process import set_by_signals

_FAULTS = "faults.json"


def write_faults(folder: Path, faults: MailFaults) -> None:
    """What the mail server of this folder does wrong from now on."""
    fields = {"refuse": faults.refuse, "lose_answer": faults.lose_answer, "delay_seconds": faults.delay_seconds}
    temporary = folder / f"{_FAULTS}.tmp"
    temporary.write_text(json.dumps(fields))
    temporary.replace(folder / _FAULTS)


def read_faults(folder: Path) -> MailFaults:
    """What it does wrong now; nothing as long as nobody wrote it."""
    try:
        return MailFaults(**json.loads((folder / _FAULTS).read_text()))
    except FileNotFoundError:
        return MailFaults()


def _server(kind: str, port: int) -> MailCapture | TwilioStandIn:
    given = os.environ
    if kind == "mail":
        folder = Path(given["RELANCE_MAIL_FOLDER"])
        return MailCapture(folder, port=port, faults=lambda: read_faults(folder))
    return TwilioStandIn(
        StandInSettings(
            account_sid=given["RELANCE_TWILIO_ACCOUNT_SID"],
            auth_token=given["RELANCE_TWILIO_AUTH_TOKENS"],
            folder=Path(given["RELANCE_TEXTS_FOLDER"]),
            inbound_url=f"{given['RELANCE_PUBLIC_URL']}/twilio/inbound",
            port=port,
        )
    )


async def _serve(kind: str, port: int) -> None:
    asked = asyncio.Event()
    server = _server(kind, port)
    with set_by_signals(asked):
        await server.start()
        try:
            await asked.wait()
        finally:
            await server.stop()


if __name__ == "__main__":
    asyncio.run(_serve(sys.argv[1], int(sys.argv[2])))
