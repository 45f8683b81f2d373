"""The documentation as the program has it: each page points to the one in ``docs/``, and is packed with the code."""
