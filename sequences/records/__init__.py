"""Records as sequences see them: the field catalogue, and when two values are the same."""
