"""Writes the typed client of the HTTP API."""
