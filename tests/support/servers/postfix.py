"""Debian's Postfix and Dovecot (with Sieve) as they are, on free loopback ports, in a folder that goes with the test.

They need root: Postfix changes to its own user, Dovecot to the mailboxes'. No service of the machine is touched.
"""

from __future__ import annotations

import asyncio
import contextlib
import mailbox
import os
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from starter.local.ports import free_port
from tests.support import waiting
from tests.support.waiting import PATIENCE

POSTFIX = "/usr/sbin/postfix"
DOVECOT = "/usr/sbin/dovecot"
SIEVEC = "/usr/bin/sievec"
USER, PASSWORD = "dana@agency.example", "pass-word"
REPLY_DOMAIN = "reply.relance.example"
LOCAL_DOMAINS = ("client.example", "agency.example")


def why_not() -> str | None:
    """Why the servers cannot be started here, or None."""
    missing = [
        path for path in (POSTFIX, DOVECOT, "/usr/lib/dovecot/modules/lib90_sieve_plugin.so") if not exists(path)
    ]
    if missing:
        return f"Debian's postfix, dovecot-imapd, dovecot-lmtpd and dovecot-sieve are not installed ({missing[0]})"
    return None if os.geteuid() == 0 else "Postfix and Dovecot need root"


def exists(path: str) -> bool:
    return Path(path).exists()


@dataclass
class MailServers:
    """The running pair.

    Attributes:
        submission: port with STARTTLS and login (SASL by Dovecot).
        smtps: port with TLS from the start and login.
        expired, unknown, wrong_name: TLS ports, each with a certificate that nobody may trust.
        plain: port without TLS and without login, as an old relay.
        small: as ``plain``, and takes mails of 1,500 bytes at the most.
        mx: what other servers deliver to.
        introspection: address at which Dovecot asks whose an OAuth 2.0 token is; empty: there are only passwords.
        lmtp_of_relance: where Postfix hands over what is for ``reply.relance.example``.
        recruiters: addresses of further mailboxes.
        outside: ports of the servers of other domains, by the domain.
    """

    folder: Path
    submission: int = field(default_factory=free_port)
    smtps: int = field(default_factory=free_port)
    expired: int = field(default_factory=free_port)
    unknown: int = field(default_factory=free_port)
    wrong_name: int = field(default_factory=free_port)
    plain: int = field(default_factory=free_port)
    small: int = field(default_factory=free_port)
    mx: int = field(default_factory=free_port)
    imap: int = field(default_factory=free_port)
    imaps: int = field(default_factory=free_port)
    lmtp: int = field(default_factory=free_port)
    auth: int = field(default_factory=free_port)
    lmtp_of_relance: int = field(default_factory=free_port)
    recruiters: tuple[str, ...] = ()
    outside: Mapping[str, int] = field(default_factory=dict)
    dovecot: asyncio.subprocess.Process | None = None
    introspection: str = ""

    @property
    def local_domains(self) -> list[str]:
        """Those whose mailboxes lie here."""
        found = (*LOCAL_DOMAINS, *(each.rpartition("@")[2] for each in self.recruiters))
        return [each for each in dict.fromkeys(found) if each not in self.outside]

    @property
    def ca(self) -> Path:
        """The authority that signed the good certificate."""
        return self.folder / "tls" / "ca.pem"

    def home(self, address: str) -> Path:
        """Home of a mailbox; ``.dovecot.sieve`` and ``Maildir`` lie in it."""
        return self.folder / "mail" / address

    def mails(self, address: str, folder: str = "") -> list[mailbox.MaildirMessage]:
        """What lies in a mailbox, oldest first."""
        place = self.home(address) / "Maildir" / (f".{folder}" if folder else "")
        if not (place / "cur").exists():
            return []
        return sorted(mailbox.Maildir(place, create=False), key=lambda mail: mail.get_date())

    def raw(self, address: str) -> list[bytes]:
        """The same as bytes."""
        place = self.home(address) / "Maildir"
        return [file.read_bytes() for part in ("new", "cur") for file in sorted((place / part).glob("*"))]

    def sieve(self, address: str, script: str) -> None:
        """Gives a mailbox a script, as its owner would."""
        home = self.home(address)
        home.mkdir(parents=True, exist_ok=True)
        (home / ".dovecot.sieve").write_text(script)
        shutil.chown(home, "nobody", "nogroup")

    def deliver(self, mail: EmailMessage | bytes, sender: str, *recipients: str) -> None:
        """Hands a mail to the MX, as another server would."""
        with smtplib.SMTP("127.0.0.1", self.mx, timeout=PATIENCE) as client:
            client.sendmail(sender, list(recipients), mail if isinstance(mail, bytes) else mail.as_bytes())

    def log(self) -> str:
        """What both wrote."""
        files = [self.folder / "postfix.log", self.folder / "dovecot.log"]
        return "\n".join(file.read_text(errors="replace") for file in files if file.exists())

    # --- Postfix ------------------------------------------------------------------------------------------------

    async def start_postfix(self) -> None:
        await self._postfix("start")
        await until(lambda: all(map(listens, (self.submission, self.mx, self.plain, self.small))), "Postfix listens")

    async def set_postfix(self, **settings: str) -> None:
        """Changes settings of ``main.cf`` while it runs."""
        words = [f"{name}={value}" for name, value in settings.items()]
        command = ["/usr/sbin/postconf", "-c", str(self.folder / "etc"), "-e", *words]
        await asyncio.to_thread(subprocess.run, command, check=True, capture_output=True)
        await self._postfix("reload")

    async def stop_postfix(self) -> None:
        await self._postfix("abort")
        await until(lambda: not listens(self.mx), "Postfix has ended")

    async def _postfix(self, command: str) -> None:
        done = await asyncio.to_thread(
            subprocess.run,
            [POSTFIX, "-c", str(self.folder / "etc"), command],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            raise RuntimeError(f"postfix {command}: {done.stdout}{done.stderr}{self.log()[-2_000:]}")

    def flush(self) -> None:
        """Tries at once what waits in the queue."""
        subprocess.run([POSTFIX, "-c", str(self.folder / "etc"), "flush"], check=True, capture_output=True)

    # --- Dovecot ------------------------------------------------------------------------------------------------

    async def start_dovecot(self) -> None:
        # It ends at once when one of its ports is taken, such as by a connection of another test that soon closes.
        await until(
            lambda: all(map(listens, (self.imap, self.lmtp, self.auth))), "Dovecot listens", again=self._dovecot
        )

    async def _dovecot(self) -> None:
        if self.dovecot is not None and self.dovecot.returncode is None:
            return
        self.dovecot = await asyncio.create_subprocess_exec(
            DOVECOT,
            "-F",
            "-c",
            str(self.folder / "dovecot.conf"),
            stdout=asyncio.subprocess.DEVNULL,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )

    async def stop_dovecot(self) -> None:
        if self.dovecot is not None and self.dovecot.returncode is None:
            self.dovecot.terminate()
            await self.dovecot.wait()
        self.dovecot = None

    def freeze_dovecot(self, *, frozen: bool) -> None:
        """Stops all its processes where they stand, or lets them go on."""
        assert self.dovecot is not None
        os.killpg(self.dovecot.pid, signal.SIGSTOP if frozen else signal.SIGCONT)

    async def doveadm(self, *words: str) -> None:
        """Dovecot's own tool, on this instance."""
        command = ["/usr/bin/doveadm", "-c", str(self.folder / "dovecot.conf"), *words]
        done = await asyncio.to_thread(subprocess.run, command, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr


def listens(port: int) -> bool:
    import socket

    with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=2):
        return True
    return False


async def until(
    condition: Callable[[], bool], what: str, *, again: Callable[[], Awaitable[None]] | None = None
) -> None:
    """Waits for a condition that may block; ``again`` is done before each look."""

    async def met() -> bool:
        if again is not None:
            await again()
        return await asyncio.to_thread(condition)

    await waiting.until(met, what=what, between=0.05)


@asynccontextmanager
async def mail_servers(folder: Path, introspection: str = "", **more: Any) -> AsyncIterator[MailServers]:
    """Both servers, started and, whatever happens, stopped; ``more`` is of ``MailServers``."""
    servers = MailServers(folder, introspection=introspection, **more)
    _configure(servers)
    try:
        await servers.start_dovecot()
        await servers.start_postfix()
        yield servers
    finally:
        with contextlib.suppress(RuntimeError):
            await servers.stop_postfix()
        await servers.stop_dovecot()


@asynccontextmanager
async def mail_servers_or_skip(introspection: str = "", **more: Any) -> AsyncIterator[MailServers]:
    """Both servers in a folder of their own; the test is skipped, and says why, where they cannot be started."""
    reason = why_not()
    if reason is not None:
        pytest.skip(reason)
    # Not under pytest's folder: that is shut to other users, and Postfix and Dovecot are some.
    folder = Path(tempfile.mkdtemp(prefix="relance-mail-"))
    try:
        async with mail_servers(folder, introspection, **more) as servers:
            yield servers
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _configure(servers: MailServers) -> None:
    servers.folder.chmod(0o755)
    _certificates(servers.folder / "tls")
    _write_dovecot(servers)
    _write_postfix(servers)


def _certificates(folder: Path) -> None:
    """An authority, and four certificates of which only one deserves trust."""
    folder.mkdir()

    def openssl(*words: str) -> None:
        subprocess.run(["openssl", *words], check=True, capture_output=True, cwd=folder)

    def signed(name: str, host: str, *dates: str, by: str = "ca") -> None:
        openssl(
            "req",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            f"/CN={host}",
            "-keyout",
            f"{name}.key",
            "-out",
            f"{name}.csr",
        )
        (folder / f"{name}.ext").write_text(
            f"subjectAltName=DNS:{host}" + (",IP:127.0.0.1" if host == "localhost" else "")
        )
        openssl(
            "x509",
            "-req",
            "-in",
            f"{name}.csr",
            "-CA",
            f"{by}.pem",
            "-CAkey",
            f"{by}.key",
            "-CAcreateserial",
            "-extfile",
            f"{name}.ext",
            "-out",
            f"{name}.pem",
            *(dates or ("-days", "2")),
        )

    for authority in ("ca", "other"):
        openssl(
            "req",
            "-x509",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-days",
            "2",
            "-subj",
            f"/CN={authority}",
            "-keyout",
            f"{authority}.key",
            "-out",
            f"{authority}.pem",
        )
    signed("good", "localhost")
    signed("expired", "localhost", "-days", "-1")
    signed("unknown", "localhost", by="other")
    signed("wrong_name", "mail.elsewhere.example")


def _write_dovecot(servers: MailServers) -> None:
    folder = servers.folder
    mail = folder / "mail"
    mail.mkdir()
    shutil.chown(mail, "nobody", "nogroup")
    (folder / "dovecot").mkdir()
    (folder / "dovecot.conf").write_text(
        f"""
base_dir = {folder}/dovecot/run
state_dir = {folder}/dovecot/state
log_path = {folder}/dovecot.log
info_log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
mail_location = maildir:~/Maildir
mail_uid = nobody
mail_gid = nogroup
first_valid_uid = 1
last_valid_uid = 0
mailbox_list_index = no
auth_mechanisms = plain login{" xoauth2 oauthbearer" if servers.introspection else ""}
disable_plaintext_auth = no
auth_username_format = %Lu
ssl = yes
ssl_cert = <{folder}/tls/good.pem
ssl_key = <{folder}/tls/good.key
postmaster_address = postmaster@client.example
hostname = mail.client.example
submission_host = 127.0.0.1:{servers.mx}
recipient_delimiter = +
lda_mailbox_autocreate = yes
mail_plugins = $mail_plugins quota
{_write_oauth(servers)}
passdb {{
  driver = static
  args = password={PASSWORD}
}}
userdb {{
  driver = passwd-file
  args = username_format=%Lu {folder}/users
}}
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
service imap-login {{
  inet_listener imap {{
    port = {servers.imap}
  }}
  inet_listener imaps {{
    port = {servers.imaps}
    ssl = yes
  }}
}}
service lmtp {{
  inet_listener lmtp {{
    port = {servers.lmtp}
  }}
}}
service auth {{
  inet_listener {{
    port = {servers.auth}
  }}
}}
protocol lmtp {{
  mail_plugins = $mail_plugins sieve
}}
namespace inbox {{
  inbox = yes
}}
plugin {{
  sieve = file:~/sieve;active=~/.dovecot.sieve
  quota = maildir:User quota
  quota_rule = *:storage=0
  quota_status_success = DUNNO
}}
"""
    )
    _write_users(servers)


def _write_oauth(servers: MailServers) -> str:
    """Dovecot takes tokens, and asks whose they are; Postfix has logins checked by Dovecot."""
    if not servers.introspection:
        return ""
    file = servers.folder / "oauth2.conf.ext"
    file.write_text(
        f"introspection_mode = auth\nintrospection_url = {servers.introspection}\n"
        "username_attribute = email\nactive_attribute = active\nactive_value = true\n"
    )
    return f"passdb {{\n  driver = oauth2\n  mechanisms = xoauth2 oauthbearer\n  args = {file}\n}}"


def _write_users(servers: MailServers) -> None:
    """Who has a mailbox; that of ``full`` has room for nothing."""
    people = ("ada", "ben", "cleo", "dev", "full", "away", "never", *(f"p{number}" for number in range(40)))
    lines = []
    for name in (USER, *servers.recruiters, *(f"{person}@client.example" for person in people)):
        limit = "userdb_quota_rule=*:storage=1K" if name.startswith("full@") else ""
        lines.append(f"{name}:::::{servers.home(name)}::{limit}\n")
    (servers.folder / "users").write_text("".join(lines))


def _write_postfix(servers: MailServers) -> None:
    folder, etc = servers.folder, servers.folder / "etc"
    etc.mkdir()
    for name, owner in (("queue", "root"), ("data", "postfix")):
        (folder / name).mkdir()
        shutil.chown(folder / name, owner)
    (etc / "main.cf").write_text(
        f"""
compatibility_level = 3.6
queue_directory = {folder}/queue
data_directory = {folder}/data
maillog_file = {folder}/postfix.log
maillog_file_prefixes = {folder}
multi_instance_enable = no
myhostname = mail.relay.example
mydestination =
local_recipient_maps =
local_transport = error:no local mail here
alias_maps =
alias_database =
mynetworks = 127.0.0.0/8
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
relay_domains = {", ".join((REPLY_DOMAIN, *servers.local_domains, *servers.outside))}, late.example
transport_maps = texthash:{etc}/transport
smtpd_recipient_restrictions =
  check_recipient_access texthash:{etc}/recipients, permit_mynetworks, permit_sasl_authenticated, reject
smtpd_relay_restrictions = permit_mynetworks, permit_sasl_authenticated, reject
smtpd_sasl_type = dovecot
smtpd_sasl_path = inet:127.0.0.1:{servers.auth}
smtpd_tls_cert_file = {folder}/tls/good.pem
smtpd_tls_key_file = {folder}/tls/good.key
message_size_limit = 83886080
mailbox_size_limit = 0
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 2s
maximal_queue_lifetime = 1d
bounce_queue_lifetime = 1d
smtputf8_enable = yes
"""
    )
    (etc / "transport").write_text(
        f"{REPLY_DOMAIN} lmtp:[127.0.0.1]:{servers.lmtp_of_relance}\n"
        + "".join(f"{domain} lmtp:[127.0.0.1]:{servers.lmtp}\n" for domain in servers.local_domains)
        + "".join(f"{domain} smtp:[127.0.0.1]:{port}\n" for domain, port in servers.outside.items())
        + f"late.example smtp:[127.0.0.1]:{free_port()}\n"
    )
    (etc / "recipients").write_text("nobody@client.example 550 5.1.1 User unknown\n")
    login = "-o smtpd_sasl_auth_enable=yes -o smtpd_client_restrictions=permit_sasl_authenticated,reject"
    tls = "-o smtpd_tls_wrappermode=yes -o smtpd_tls_security_level=encrypt"
    bad = "".join(
        f"127.0.0.1:{getattr(servers, name)} inet n - n - - smtpd {tls} {login}"
        f" -o smtpd_tls_cert_file={folder}/tls/{name}.pem -o smtpd_tls_key_file={folder}/tls/{name}.key\n"
        for name in ("expired", "unknown", "wrong_name")
    )
    (etc / "master.cf").write_text(
        f"127.0.0.1:{servers.submission} inet n - n - - smtpd -o smtpd_tls_security_level=encrypt {login}\n"
        f"127.0.0.1:{servers.smtps} inet n - n - - smtpd {tls} {login}\n{bad}"
        f"127.0.0.1:{servers.plain} inet n - n - - smtpd -o smtpd_tls_security_level=none\n"
        f"127.0.0.1:{servers.small} inet n - n - - smtpd -o smtpd_tls_security_level=none -o message_size_limit=1500\n"
        f"127.0.0.1:{servers.mx} inet n - n - - smtpd -o smtpd_tls_security_level=none\n"
        "pickup unix n - n 60 1 pickup\ncleanup unix n - n - 0 cleanup\nqmgr unix n - n 2 1 qmgr\n"
        "rewrite unix - - n - - trivial-rewrite\nbounce unix - - n - 0 bounce\ndefer unix - - n - 0 bounce\n"
        "trace unix - - n - 0 bounce\nflush unix n - n 1000? 0 flush\nproxymap unix - - n - - proxymap\n"
        "smtp unix - - n - - smtp\nrelay unix - - n - - smtp\nlmtp unix - - n - - lmtp\nshowq unix n - n - - showq\n"
        "error unix - - n - - error\nretry unix - - n - - error\ndiscard unix - - n - - discard\n"
        "anvil unix - - n - 1 anvil\nscache unix - - n - 1 scache\ntlsmgr unix - - n 1000? 1 tlsmgr\n"
        "verify unix - - n - 1 verify\npostlog unix-dgram n - n - 1 postlogd\n"
    )
