"""``relance rehearse``: months of a sequence on the real engine with time skipped; nothing reaches anybody."""
