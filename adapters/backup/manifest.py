"""The manifest of a backup: what is in it, of when, by which release, and what is not in it."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from datetime import datetime
from typing import TYPE_CHECKING, Final

from pydantic import BaseModel, ConfigDict, Field

if TYPE_CHECKING:
    from collections.abc import Iterable

FORMAT: Final = 1
_SCRYPT: Final = {"n": 2**14, "r": 8, "p": 1}


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TablePart(_Part):
    """One table: its rows in the text format of COPY."""

    rows: int = Field(ge=0)
    size: int = Field(ge=0)
    sha256: str
    columns: tuple[str, ...]


class UploadPart(_Part):
    """One file beside the database."""

    size: int = Field(ge=0)
    sha256: str


class KeyMark(_Part):
    """By what a key is recognised, and not found out: a slow hash with a salt of its own."""

    salt: str
    hash: str

    @classmethod
    def of(cls, key: bytes) -> KeyMark:
        """The mark of a key."""
        salt = secrets.token_bytes(16)
        return cls(salt=salt.hex(), hash=_slow_hash(key, salt))

    def is_of(self, key: bytes) -> bool:
        """Whether it is that key's."""
        return hmac.compare_digest(self.hash, _slow_hash(key, bytes.fromhex(self.salt)))


class Manifest(_Part):
    """What a backup says of itself.

    Attributes:
        format: of the file.
        relance: the release that wrote it.
        postgres: the server's version.
        taken_at: the instant of which all rows are.
        migrations: those that the database had.
        tables: by name.
        numbers: of each generated number, ``table.column``, what it had come to.
        files: by their name in the folder of uploads.
        token_key: mark of the newest of RELANCE_TOKEN_KEYS.
        settings: names of settings that were set and are not in it: they are kept elsewhere.
    """

    format: int
    relance: str
    postgres: str
    taken_at: datetime
    migrations: tuple[str, ...]
    tables: dict[str, TablePart]
    numbers: dict[str, int]
    files: dict[str, UploadPart]
    token_key: KeyMark
    settings: tuple[str, ...]

    @property
    def schema_number(self) -> str:
        """Of the newest migration that the database had."""
        return max(self.migrations, default="").partition("_")[0]

    @property
    def rows(self) -> int:
        """In all tables."""
        return sum(table.rows for table in self.tables.values())

    def knows_one_of(self, keys: Iterable[bytes]) -> bool:
        """Whether links and reply addresses of before can be read with one of these keys."""
        return any(self.token_key.is_of(key) for key in keys)


def _slow_hash(key: bytes, salt: bytes) -> str:
    return hashlib.scrypt(key, salt=salt, n=_SCRYPT["n"], r=_SCRYPT["r"], p=_SCRYPT["p"]).hex()
