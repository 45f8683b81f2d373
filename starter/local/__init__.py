"""The embedded stack: Temporal, Postgres, mail and text capture, worker and hooks in one process tree, no Docker."""
