"""Mailboxes of their own: what is known of one, and which one a run sends from."""
