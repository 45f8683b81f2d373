"""Postgres at size: a seeded database, and every query of ours with its plan and its time: see ``__main__``."""
