"""Durable clocks and mailboxes: one file, one workflow. They wait and call; decisions live in ``sequences``."""
