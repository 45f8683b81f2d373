"""Meetings that people book on a page of their recruiter: the personal link, and what the calendars tell us."""
