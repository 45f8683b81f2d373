"""A sequence as authored: the models of its file, and what they compile to."""
