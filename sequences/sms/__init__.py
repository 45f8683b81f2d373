"""Texts: what comes in (``reading`` is the door), and what goes out: segments, encoding, the opt-out line."""
