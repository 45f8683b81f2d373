"""Sequences that somebody writes in the console: kept, checked, compared with what is published, and published."""
