"""Backups of everything that is ours, their restore, and what rows and Temporal disagree on afterwards."""
