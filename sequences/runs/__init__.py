"""The state of a run, and what workflow, activities and people say about it."""
