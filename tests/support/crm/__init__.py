"""CRMs on real ports that speak the published contracts; each can be as bad as it likes to be."""
