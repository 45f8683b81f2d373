"""Payloads that only who has a key reads, and those that were written before there was one."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError
from temporalio.api.common.v1 import Payload

from adapters.payload_settings import PayloadSettings
from adapters.temporal.client import payload_codec
from adapters.temporal.payload_codec import KEY_ID, EncryptedPayloads
from sequences.errors import SettingsError

OLD, NEW = b"an-old-key-of-payloads", b"a-new-key-of-payloads"
PAYLOAD = Payload(metadata={"encoding": b"json/plain"}, data=b'{"person": "p1"}')


def _encoded(codec: EncryptedPayloads, *payloads: Payload) -> list[Payload]:
    return asyncio.run(codec.encode(payloads))


def _decoded(codec: EncryptedPayloads, *payloads: Payload) -> list[Payload]:
    return asyncio.run(codec.decode(payloads))


@given(st.binary(max_size=2000), st.dictionaries(st.text(max_size=20), st.binary(max_size=20), max_size=3))
def test_what_is_encrypted_comes_back_as_it_was(data: bytes, metadata: dict[str, bytes]) -> None:
    codec = EncryptedPayloads([NEW])
    given = Payload(metadata=metadata, data=data)
    [sealed] = _encoded(codec, given)
    assert set(sealed.metadata) == {"encoding", KEY_ID}
    assert sealed.metadata["encoding"] == b"binary/encrypted"
    assert len(data) < 8 or data not in sealed.data
    assert _decoded(codec, sealed) == [given]


def test_the_same_payload_is_never_encrypted_alike() -> None:
    codec = EncryptedPayloads([NEW])
    assert len({each.data for each in _encoded(codec, *[PAYLOAD] * 50)}) == 50


def test_what_was_written_before_it_was_switched_on_is_read() -> None:
    codec = EncryptedPayloads([NEW])
    assert _decoded(codec, PAYLOAD, *_encoded(codec, PAYLOAD), Payload()) == [PAYLOAD, PAYLOAD, Payload()]


def test_the_first_key_encrypts_and_all_decrypt() -> None:
    before, rotated = EncryptedPayloads([OLD]), EncryptedPayloads([NEW, OLD])
    [old], [new] = _encoded(before, PAYLOAD), _encoded(rotated, PAYLOAD)
    assert old.metadata[KEY_ID] != new.metadata[KEY_ID]
    assert _decoded(rotated, old, new) == [PAYLOAD, PAYLOAD]
    with pytest.raises(SettingsError, match="put it back behind the newest one"):
        _decoded(before, new)
    # The id stays the same from process to process, and is no part of the key.
    assert _encoded(EncryptedPayloads([OLD]), PAYLOAD)[0].metadata[KEY_ID] == old.metadata[KEY_ID]
    assert OLD.hex().encode() not in old.metadata[KEY_ID]


@pytest.mark.parametrize("place", [0, 11, 12, 40, -1])
def test_what_was_changed_on_the_way_is_refused(place: int) -> None:
    codec = EncryptedPayloads([NEW])
    [sealed] = _encoded(codec, PAYLOAD)
    data = bytearray(sealed.data)
    data[place] ^= 1
    sealed.data = bytes(data)
    with pytest.raises(SettingsError, match="changed after it was encrypted"):
        _decoded(codec, sealed)
    sealed.data = b"short"
    with pytest.raises(SettingsError, match="changed after it was encrypted"):
        _decoded(codec, sealed)


def test_without_keys_nothing_is_encrypted() -> None:
    assert payload_codec(PayloadSettings().payload_secrets()) is None
    assert PayloadSettings(payload_keys=f"{NEW.decode()} , {OLD.decode()},").payload_secrets() == (NEW, OLD)


@pytest.mark.parametrize("keys", ["hunter2", f"{NEW.decode()},changeme", "aaaaaaaaaaaaaaaaaaaa"])
def test_a_weak_key_is_refused_and_not_quoted(keys: str) -> None:
    with pytest.raises(ValidationError) as error:
        PayloadSettings(payload_keys=keys)
    assert "openssl rand" in str(error.value)
    assert keys not in str(error.value.errors()[0]["msg"])


@pytest.mark.parametrize("origin", ["*", "temporal.agency.example", "https://temporal.agency.example/", "null"])
def test_what_is_no_origin_is_refused(origin: str) -> None:
    with pytest.raises(ValidationError, match="not an origin"):
        PayloadSettings(codec_origin=origin)
