"""What people ask of runs, windows, rules and replies, whichever way they ask."""
