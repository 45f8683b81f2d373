"""Users of the console: inviting them, signing them in, ending their sessions, and the audit log."""
