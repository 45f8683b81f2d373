"""Mail by HTTP: one file for each provider, and what they share."""
