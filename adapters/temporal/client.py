"""Connects to Temporal and checks what the worker needs of it."""

from __future__ import annotations

import asyncio
import dataclasses
import os
from typing import TYPE_CHECKING

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.client import Client
from temporalio.converter import DataConverter, DefaultFailureConverterWithEncodedAttributes
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError

from adapters.settings import home
from sequences.errors import SettingsError, UnavailableError
from sequences.names import SEARCH_ATTRIBUTES

if TYPE_CHECKING:
    from collections.abc import Mapping

_CONNECT_SECONDS = 10.0


def converter() -> DataConverter:
    """The data converter of client, worker and replayer alike. Failure messages travel as payloads, not in clear."""
    return dataclasses.replace(
        DataConverter.default, failure_converter_class=DefaultFailureConverterWithEncodedAttributes
    )


def connect_environment() -> dict[str, str]:
    """The environment that envconfig reads: the process's, over ``local.env`` of the local stack."""
    local = home() / "local.env"
    values: dict[str, str] = {}
    if local.exists():
        pairs = (line.partition("=") for line in local.read_text().splitlines() if "=" in line)
        values = {key.strip(): value.strip() for key, _, value in pairs if key.startswith("TEMPORAL_")}
    return {**values, **os.environ}


async def connect(environment: Mapping[str, str] | None = None) -> Client:
    """Connects by ``TEMPORAL_ADDRESS``, ``TEMPORAL_NAMESPACE``, ``TEMPORAL_API_KEY`` and the like.

    Raises:
        UnavailableError: nobody answers there.
    """
    config = ClientConfig.load_client_connect_config(override_env_vars=dict(environment or connect_environment()))
    config.setdefault("target_host", "localhost:7233")
    try:
        async with asyncio.timeout(_CONNECT_SECONDS):
            return await Client.connect(**config, data_converter=converter())
    except (RuntimeError, RPCError, TimeoutError) as error:
        raise UnavailableError(
            f"Temporal does not answer at {config['target_host']}; start it (`relance up` brings its own) "
            "or correct TEMPORAL_ADDRESS"
        ) from error


async def missing_search_attributes(client: Client) -> dict[str, str]:
    """Search attributes of our registry that the namespace does not know, by name with their type.

    Raises:
        SettingsError: one exists with another type.
    """
    answer = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    missing = {}
    for name, kind in SEARCH_ATTRIBUTES.items():
        wanted = IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        found = answer.custom_attributes.get(name)
        if found is None:
            missing[name] = kind
        elif found != wanted:
            raise SettingsError(f"the search attribute {name} exists with another type; it must be a {kind}")
    return missing


async def register_search_attributes(client: Client) -> None:
    """Adds what is missing; for the local stack and tests. In production the namespace job does it."""
    missing = await missing_search_attributes(client)
    if missing:
        await client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                namespace=client.namespace,
                search_attributes={
                    name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}") for name, kind in missing.items()
                },
            )
        )


async def require_search_attributes(client: Client) -> None:
    """Fails fast: an attribute that the server does not know would hang every run for ever.

    Raises:
        SettingsError: some are missing; the message says the command that adds them.
    """
    missing = await missing_search_attributes(client)
    if missing:
        flags = " ".join(f"--name {name} --type {kind}" for name, kind in missing.items())
        raise SettingsError(
            f"search attributes are missing; add them: temporal operator search-attribute create {flags}"
        )
