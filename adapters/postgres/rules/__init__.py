"""Published rules as SQL, run against the records."""
