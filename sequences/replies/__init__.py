"""Replies and the recruiter: how a reply reaches its owner, and how an answer to it is written."""
