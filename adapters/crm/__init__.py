"""CRMs, a folder each: what is read from them and written to them, by their own contracts."""
