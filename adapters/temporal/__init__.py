"""Temporal as adapters see it: a client, and runs reached by id. Workflows are named, never imported, here."""
