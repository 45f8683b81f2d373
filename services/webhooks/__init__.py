"""Receivers of webhooks with secrets of their own: adding, rotating and removing them, tests, and the log of tries."""
