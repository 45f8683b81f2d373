"""E-mail going out: bytes are built once, handed over once, and the answer is reported as it was."""
