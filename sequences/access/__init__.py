"""Who may do what in the console: roles, acts, and the one rule that joins them."""
