"""Edits of sequence files that keep comments, order and layout: only what somebody changes is written."""
