"""Asks DNS what other mail servers will ask it: where mail goes, who may send, and which key signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import dns.asyncresolver
import dns.exception
import dns.resolver

from sequences.errors import UnavailableError

if TYPE_CHECKING:
    from dns.rdata import Rdata

_SECONDS: Final = 3.0
_THERE_IS_NONE: Final = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


class Dns:
    """The resolver of this machine. A name without such records has none; only silence is an error."""

    def __init__(self) -> None:
        try:
            self._resolver = dns.asyncresolver.Resolver()
        except dns.resolver.NoResolverConfiguration as error:
            raise UnavailableError("this machine has no DNS") from error
        self._resolver.lifetime = _SECONDS

    async def txt(self, name: str) -> list[str]:
        """The texts of a name.

        Raises:
            UnavailableError: DNS does not answer.
        """
        return [
            b"".join(record.strings).decode("utf-8", "replace")  # type: ignore[attr-defined]
            for record in await self._records(name, "TXT")
        ]

    async def mx(self, name: str) -> list[str]:
        """The mail servers of a domain.

        Raises:
            UnavailableError: DNS does not answer.
        """
        return [str(record.exchange).rstrip(".") for record in await self._records(name, "MX")]  # type: ignore[attr-defined]

    async def _records(self, name: str, kind: str) -> list[Rdata]:
        try:
            return list(await self._resolver.resolve(name, kind, search=False))
        except _THERE_IS_NONE:
            return []
        except (dns.exception.DNSException, OSError) as error:
            raise UnavailableError(f"DNS does not answer ({type(error).__name__})") from error
