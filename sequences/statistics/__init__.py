"""Statistics of sequences: what is counted, over what, and how sure a rate is. Pure."""
