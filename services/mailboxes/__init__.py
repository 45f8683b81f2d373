"""Mailboxes of their own: kept, chosen, connected to, and what happens when one is away."""
