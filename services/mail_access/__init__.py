"""Mailboxes that their owners connect at Google or Microsoft: who granted what, and the tokens of it."""
