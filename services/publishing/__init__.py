"""Sequence files: made, checked, previewed, rendered, published."""
