"""Is this file a good sequence? Every problem with its place, what was found and what is allowed."""
