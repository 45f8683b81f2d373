"""A certificate that nobody vouches for."""

import shutil
import ssl
import subprocess
from pathlib import Path

import pytest


@pytest.fixture
def own_certificate(tmp_path: Path) -> ssl.SSLContext:
    """TLS for 127.0.0.1 by a key of our own."""
    if shutil.which("openssl") is None:
        pytest.skip("needs openssl to make a certificate")
    cert, key = tmp_path / "cert.pem", tmp_path / "key.pem"
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1"]
    subprocess.run([*command, "-keyout", key, "-out", cert], check=True, capture_output=True)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    return context
