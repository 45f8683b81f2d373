"""Removing what is older than its period, and what is known of it."""
