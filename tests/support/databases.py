"""Statements outside any pool."""

from __future__ import annotations

import asyncpg


async def run_sql(url: str, statement: str) -> None:
    """Opens a connection for one statement: ``CREATE DATABASE`` runs in no transaction, and in nobody's pool."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(statement)
    finally:
        await connection.close()
