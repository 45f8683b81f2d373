"""Connects to Temporal and checks what the worker needs of it."""

from __future__ import annotations

import asyncio
import os
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes, PayloadCodec
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from adapters.payload_settings import PayloadSettings
from adapters.settings_source import local_environment, read_part
from adapters.temporal.payloads import MessageConverter
from adapters.tracing import tracing_plugins
from sequences.errors import RelanceError, SettingsError, UnavailableError
from sequences.names import SEARCH_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from temporalio.runtime import Runtime

_CONNECT_SECONDS = 10.0


def converter() -> DataConverter:
    """The data converter of client, worker and replayer alike.

    Failure messages and stack traces travel as payloads, not in clear. With ``RELANCE_PAYLOAD_KEYS`` all payloads are
    encrypted; search attributes never are, since the server sorts by them.

    Raises:
        SettingsError: a key is too weak.
    """
    return DataConverter(
        payload_converter_class=MessageConverter,
        failure_converter_class=DefaultFailureConverterWithEncodedAttributes,
        payload_codec=payload_codec(read_part(PayloadSettings).payload_secrets()),
    )


def payload_codec(secrets: Sequence[bytes]) -> PayloadCodec | None:
    """What encrypts payloads with these secrets, the newest first; None without any."""
    if not secrets:
        return None
    from adapters.temporal.payload_codec import EncryptedPayloads  # noqa: PLC0415 - OpenSSL only for who encrypts

    return EncryptedPayloads(secrets)


def connect_environment() -> dict[str, str]:
    """The environment that envconfig reads: the process's, over ``local.env`` of the local stack."""
    local = {key: value for key, value in local_environment().items() if key.startswith("TEMPORAL_")}
    return {**local, **os.environ}


async def connect(environment: Mapping[str, str] | None = None, runtime: Runtime | None = None) -> Client:
    """Connects by ``TEMPORAL_ADDRESS``, ``TEMPORAL_NAMESPACE``, ``TEMPORAL_API_KEY`` and the like.

    ``runtime`` is one that keeps metrics; the SDK's default keeps none.

    Raises:
        UnavailableError: nobody answers there.
    """
    config = ClientConfig.load_client_connect_config(override_env_vars=dict(environment or connect_environment()))
    config.setdefault("target_host", "localhost:7233")
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await Client.connect(
                **config, data_converter=converter(), runtime=runtime, plugins=tracing_plugins()
            )
    except (RuntimeError, RPCError, TimeoutError) as error:
        raise UnavailableError(
            f"Temporal does not answer at {config['target_host']}; start it (`relance up` brings its own) "
            "or correct TEMPORAL_ADDRESS"
        ) from error


async def missing_search_attributes(client: Client) -> dict[str, str]:
    """Search attributes of our registry that the namespace does not know, by name with their type.

    Raises:
        SettingsError: one exists with another type, or there is no such namespace.
        UnavailableError: Temporal does not answer.
    """
    try:
        answer = await client.operator_service.list_search_attributes(
            ListSearchAttributesRequest(namespace=client.namespace)
        )
    except RPCError as error:
        raise _not_asked(client, error) from error
    missing = {}
    for name, kind in SEARCH_ATTRIBUTES.items():
        wanted = IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        found = answer.custom_attributes.get(name)
        if found is None:
            missing[name] = kind
        elif found != wanted:
            raise SettingsError(f"the search attribute {name} exists with another type; it must be a {kind}")
    return missing


async def register_search_attributes(client: Client) -> dict[str, str]:
    """Adds what is missing; the same again changes nothing. Temporal may need some seconds to know them everywhere.

    Returns:
        What was added, by name with its type.

    Raises:
        SettingsError: one exists with another type, or we may not add any here.
        UnavailableError: Temporal does not answer.
    """
    missing = await missing_search_attributes(client)
    if missing:
        kinds = {name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in missing.items()}
        try:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=kinds)
            )
        except RPCError as error:
            if error.status is not RPCStatusCode.ALREADY_EXISTS:
                raise _not_asked(client, error) from error
    return missing


async def require_search_attributes(client: Client) -> None:
    """Fails fast: an attribute that the server does not know would hang every run for ever.

    Raises:
        SettingsError: some are missing; the message names them and the command that adds them.
        UnavailableError: Temporal does not answer.
    """
    missing = await missing_search_attributes(client)
    if missing:
        raise SettingsError(words_of_missing(client.namespace, missing))


def words_of_missing(namespace: str, missing: Mapping[str, str]) -> str:
    """What to tell about missing search attributes: their names, and both ways to add them."""
    # The CLI takes names and types in pairs: with one type for several names it makes the first one only.
    pairs = " ".join(f"--name {name} --type {kind}" for name, kind in missing.items())
    return (
        f"search attributes are missing in the namespace {namespace} of Temporal: {', '.join(missing)}; add them:"
        f" relance setup temporal (or: temporal operator search-attribute create --namespace {namespace} {pairs})"
    )


async def without_attributes(client: Client, error: RPCError) -> SettingsError | None:
    """The error in our words when Temporal refused a start for want of our search attributes; None otherwise."""
    if error.status is not RPCStatusCode.INVALID_ARGUMENT:
        return None
    try:
        missing = await missing_search_attributes(client)
    except RelanceError:
        return None
    return SettingsError(words_of_missing(client.namespace, missing)) if missing else None


def _not_asked(client: Client, error: RPCError) -> RelanceError:
    if error.status is RPCStatusCode.NOT_FOUND:
        return SettingsError(
            f"Temporal has no namespace {client.namespace}; create it, or correct TEMPORAL_NAMESPACE"
            f" (temporal operator namespace create --namespace {client.namespace} --retention 30d)"
        )
    if error.status in (RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED):
        pairs = ", ".join(f"{name} ({kind})" for name, kind in SEARCH_ATTRIBUTES.items())
        return SettingsError(
            f"Temporal does not allow access to search attributes here ({error.status.name}); add them with its own"
            f" tools: {pairs}"
        )
    return UnavailableError(f"Temporal did not list its search attributes ({error.status.name})")
