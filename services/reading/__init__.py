"""What people and programs look at: read models. Nothing here writes."""
