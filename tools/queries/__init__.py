"""Writes ``adapters/postgres/queries`` from the ``.sql`` files beside it: see ``__main__``."""
