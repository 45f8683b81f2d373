"""Somebody is away: who says so, and until when."""
