"""Why somebody is or is not in a sequence."""
