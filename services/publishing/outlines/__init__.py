"""Files that `relance new` begins a sequence with."""
