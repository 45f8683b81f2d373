"""Text messages: what comes in (``reading``), and what goes out: segments, encoding, the opt-out line."""
