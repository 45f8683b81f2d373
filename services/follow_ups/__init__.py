"""What we do about a reaction: rows of ours at once, what goes out later."""
