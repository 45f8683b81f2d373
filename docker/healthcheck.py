"""Health check of a container: status 0 when the given address answers 200, else 1 and what it said.

``{host}`` in the address is the name of this container: that of its own worker, and of no other replica.
"""

from __future__ import annotations

import socket
import sys
import urllib.error
import urllib.request

_SECONDS = 8.0


def main(address: str) -> int:
    """The exit status."""
    address = address.replace("{host}", socket.gethostname())
    try:
        with urllib.request.urlopen(address, timeout=_SECONDS) as answer:  # noqa: S310 - the compose file says which
            return 0 if answer.status == 200 else 1
    except urllib.error.HTTPError as error:
        with error:
            sys.stderr.write(error.read(500).decode(errors="replace") + "\n")
    except OSError as error:
        sys.stderr.write(f"no answer: {error}\n")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
