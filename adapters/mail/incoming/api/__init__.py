"""Mailboxes that are read by the HTTP interface of their provider."""
