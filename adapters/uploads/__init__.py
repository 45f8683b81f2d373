"""Files that people send by a form: told by their content, kept under random names, never opened nor run."""
