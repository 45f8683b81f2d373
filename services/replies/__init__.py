"""Replies reach the recruiter, and the recruiter's answers reach the person."""
