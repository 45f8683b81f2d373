"""Backups: the tables of one instant, and the file that holds them."""
