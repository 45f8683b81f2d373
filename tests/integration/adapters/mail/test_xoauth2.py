"""XOAUTH2: the token of a setting or of a command, kept until a server refuses it."""

from __future__ import annotations

import asyncio
import base64
import sys
from pathlib import Path
from typing import Any

import pytest

from adapters.mail.outgoing.smtp import SmtpSettings, SmtpTransport, Tls
from adapters.mail.xoauth2 import Tokens
from sequences.errors import UnavailableError
from sequences.sending.outcome import TransportOutcome, TransportVerdict

OFFER = {"ehlo": "250-test.invalid\r\n250 AUTH LOGIN PLAIN XOAUTH2"}
EXPIRED = "535 5.7.8 token expired"
USER = "dana@agency.example"


def counting(folder: Path, words: str = "'token-%d' % count") -> str:
    """A command that says another token at each run."""
    script = folder / "token.py"
    script.write_text(
        "import pathlib, sys\n"
        f"file = pathlib.Path({str(folder / 'runs')!r})\n"
        "count = int(file.read_text()) + 1 if file.exists() else 1\n"
        "file.write_text(str(count))\n"
        f"print({words})\n"
    )
    return f"{sys.executable} {script} {{user}}"


def runs(folder: Path) -> int:
    return int((folder / "runs").read_text())


async def send(port: int, tokens: Tokens, mails: int = 1, **changes: Any) -> list[TransportOutcome]:
    values: dict[str, Any] = {"tls": Tls.NONE, "timeout": 2.0, "data_timeout": 2.0} | changes
    transport = SmtpTransport(SmtpSettings("127.0.0.1", port, USER, tokens=tokens, **values))
    try:
        return [
            await transport.send(envelope_from="b@example.org", recipient="z@example.com", content=b"a: b\r\n\r\nc")
            for _ in range(mails)
        ]
    finally:
        await transport.aclose()


def said(server: Any) -> list[str]:
    """The tokens that the server was shown."""
    logins = [line.split(" ")[2] for line in server.commands if line.startswith("AUTH XOAUTH2 ")]
    return [base64.b64decode(login).decode().split("Bearer ")[1].rstrip("\x01") for login in logins]


async def test_a_token_of_a_setting_is_said_as_the_mechanism_wants_it(start_server: Any) -> None:
    server = await start_server(OFFER)
    (outcome,) = await send(server.port, Tokens("s3cret"))
    assert outcome.verdict is TransportVerdict.ACCEPTED
    line = next(line for line in server.commands if line.startswith("AUTH"))
    assert base64.b64decode(line.split(" ")[2]) == b"user=dana@agency.example\x01auth=Bearer s3cret\x01\x01"


async def test_a_token_that_stands_still_and_is_refused_delays_the_mail(start_server: Any) -> None:
    # The refusal comes as a challenge with its details, and an empty line asks for its code.
    server = await start_server(OFFER | {"auth": "334 eyJzdGF0dXMiOiI0MDEifQ=="})
    (outcome,) = await send(server.port, Tokens("old"))
    assert (outcome.verdict, outcome.stage, outcome.code) == (TransportVerdict.RETRY, "auth", "535 5.7.8")
    assert said(server) == ["old"]
    assert server.bodies == []


async def test_a_command_is_run_once_for_many_connections(start_server: Any, tmp_path: Path) -> None:
    server = await start_server(OFFER)
    tokens = Tokens(command=counting(tmp_path))
    outcomes = await asyncio.gather(*(send(server.port, tokens) for _ in range(5)))
    assert {one.verdict for part in outcomes for one in part} == {TransportVerdict.ACCEPTED}
    assert (server.connections, runs(tmp_path), set(said(server))) == (5, 1, {"token-1"})


async def test_a_refused_token_is_fetched_anew_and_the_mail_goes(start_server: Any, tmp_path: Path) -> None:
    server = await start_server(OFFER)
    server.once["auth"] = EXPIRED
    (outcome,) = await send(server.port, Tokens(command=counting(tmp_path)))
    assert outcome.verdict is TransportVerdict.ACCEPTED
    assert said(server) == ["token-1", "token-2"]
    assert len(server.bodies) == 1


async def test_a_server_in_trouble_does_not_cost_a_good_token(start_server: Any, tmp_path: Path) -> None:
    server = await start_server(OFFER | {"auth": "454 4.7.0 temporary"})
    tokens = Tokens(command=counting(tmp_path))
    (outcome,) = await send(server.port, tokens)
    assert (outcome.verdict, outcome.stage, outcome.code) == (TransportVerdict.RETRY, "auth", "454 4.7.0")
    server.answers = dict(OFFER)
    await send(server.port, tokens)
    assert runs(tmp_path) == 1


async def test_a_server_without_the_mechanism_is_shown_no_token(start_server: Any) -> None:
    server = await start_server({"ehlo": "250-test.invalid\r\n250 AUTH PLAIN LOGIN"})
    (outcome,) = await send(server.port, Tokens("s3cret"))
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "auth")
    assert not any(line.startswith("AUTH") for line in server.commands)


@pytest.mark.parametrize(
    ("command", "says"),
    [
        ("/nowhere/token", "cannot be run"),
        ("'", "cannot be run"),
        (f"{sys.executable} -c 'raise SystemExit(3)'", "status 3"),
        (f"{sys.executable} -c 'print(\"two words\")'", "not a token"),
        (f"{sys.executable} -c 'print()'", "not a token"),
        (f"{sys.executable} -c 'print(\"{{}}\")'", "without access_token"),
    ],
)
async def test_a_command_that_yields_none_delays_the_mail(start_server: Any, command: str, says: str) -> None:
    with pytest.raises(UnavailableError, match=says):
        await Tokens(command=command).token(USER)
    server = await start_server(OFFER)
    (outcome,) = await send(server.port, Tokens(command=command))
    assert (outcome.verdict, outcome.stage) == (TransportVerdict.RETRY, "auth")
    assert says in outcome.reason
    assert server.bodies == []


async def test_json_and_the_user_in_the_command(tmp_path: Path) -> None:
    command = counting(tmp_path, words="'{\"access_token\": \"for-' + sys.argv[1][:4] + '\"}'")
    assert await Tokens(command=command).token(USER) == "for-dana"


def test_a_token_is_not_shown() -> None:
    assert "s3cret" not in repr(SmtpSettings("h", 25, USER, tokens=Tokens("s3cret")))
    assert "s3cret" not in repr(Tokens("s3cret"))
