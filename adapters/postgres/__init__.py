"""Postgres: the truth about records, runs, sends and what came back. SQL lives in named ``.sql`` files."""
