"""How a record gets into a sequence: eligibility, the row, the window, Temporal after."""
