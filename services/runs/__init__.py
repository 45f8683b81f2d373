"""One run: its row, what comes next, what people may ask of it, and its end."""
