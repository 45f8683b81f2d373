"""What comes back: row in Postgres first, acknowledged only then, signal after (design section 9)."""
